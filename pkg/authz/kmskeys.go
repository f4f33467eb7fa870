package authz

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// keyOf has the condition keys of a call that S3 makes to KMS for the requester.
// It keeps the requester's address, and not the network it came through.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
func (l *leg) keyOf(a *authorization, folded string) (policy.Value, bool) {
	if l.direct {
		return l.directKey(a, folded)
	}
	given, said := a.request.Context.Given(folded)
	if said && given.State != policy.NotKnown && strings.HasPrefix(folded, "kms:") {
		return given, true
	}
	if tag, ok := strings.CutPrefix(folded, "aws:resourcetag/"); ok {
		return tagged(a.from.Keys[l.key].Tags, tag)
	}
	switch folded {
	case "kms:viaservice":
		if a.target.region == "" || a.caller.Type == evidence.PrincipalService || l.express {
			return unknown()
		}
		return present("s3." + a.target.region + ".amazonaws.com")
	case "kms:calleraccount":
		return a.callerAccount()
	case "kms:encryptioncontext:aws:s3:arn":
		if l.arn == "" {
			return unknown()
		}
		return present(l.arn)
	case "kms:encryptionalgorithm":
		return present("SYMMETRIC_DEFAULT")
	}
	if strings.HasPrefix(folded, "kms:") {
		return unknown()
	}
	switch folded {
	case "aws:viaawsservice":
		return present("true")
	case "aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths":
		return absent()
	case "aws:sourceip":
		if given.State != policy.Present {
			return unknown()
		}
	case "aws:useragent", "aws:referer", "aws:securetransport", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast":
		return unknown()
	}
	if strings.HasPrefix(folded, "s3:") {
		return absent()
	}
	return policy.Value{}, false
}

// directKey has the condition keys of a call on KMS itself: they are the request's, but
// for whose the caller and the key are.
func (l *leg) directKey(a *authorization, folded string) (policy.Value, bool) {
	if tag, ok := strings.CutPrefix(folded, "aws:resourcetag/"); ok {
		return tagged(a.from.Keys[l.key].Tags, tag)
	}
	given, said := a.request.Context.Given(folded)
	switch {
	case said && given.State != policy.NotKnown:
	case folded == "kms:calleraccount":
		return a.callerAccount()
	case folded == "kms:viaservice" && a.caller.Via != "":
		return unknown() // it may be through that service
	}
	return policy.Value{}, false
}

// callerAccount returns kms:CallerAccount. Which it is where an AWS service uses a key
// in its own name is not documented.
func (a *authorization) callerAccount() (policy.Value, bool) {
	switch a.caller.Type {
	case evidence.PrincipalAnonymous:
		return absent()
	case evidence.PrincipalService:
		return unknown()
	default:
		return text(&a.account)
	}
}
