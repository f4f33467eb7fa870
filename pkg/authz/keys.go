package authz

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// authorization is one that is decided: the question to the policies, and what it
// is about.
type authorization struct {
	evidence.Authorization
	action  string // in lower case, as AWS compares it
	because string
	target  target
	same    policy.Truth // whether the requester is of the target's account
	place   int          // in Decision.Authorizations
	decided bool         // its checks are made

	request *Request
	from    *Evidence
	caller  *caller
	leg     *leg // of the use of a KMS key; nil otherwise
	// listing says that S3 itself asks whether the caller may list, with s3:prefix
	// being the key of the object.
	listing bool

	question policy.Request
	context  policy.Context

	arn, account, kind, resource, prefix [1]string
}

func present(values ...string) (policy.Value, bool) {
	return policy.Value{State: policy.Present, Values: values}, true
}

func absent() (policy.Value, bool) { return policy.Value{State: policy.Absent}, true }

func unknown() (policy.Value, bool) { return policy.Value{}, true }

// text is a key with one value, which is not known if it is empty. The array lets a
// look-up do without an allocation.
func text(s *[1]string) (policy.Value, bool) {
	if s[0] == "" {
		return unknown()
	}
	return policy.Value{State: policy.Present, Values: s[:]}, true
}

// Key implements policy.Source: condition keys that follow from the requester, the
// resource and their organizations. What the request itself says comes first; but
// what is of the resource is of this authorization's.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (a *authorization) Key(folded string) (policy.Value, bool) {
	if v, ok := a.ofTarget(folded); ok {
		return v, true
	}
	if v, ok := a.request.Context.Given(folded); ok && v.State != policy.NotKnown {
		return v, true
	}
	if v, ok := a.ofPrincipal(folded); ok {
		return v, true
	}
	switch folded {
	case "aws:viaawsservice":
		return a.viaService()
	case "s3:versionid":
		return a.version()
	}
	return a.ofNetwork(folded)
}

// viaService: the key is in every request of a principal with credentials. A request
// whose context is complete and lacks it is as its principal says.
func (a *authorization) viaService() (policy.Value, bool) {
	_, said := a.request.Context.Given("aws:viaawsservice")
	switch {
	case a.caller.Via != "":
		return present("true")
	case !said && a.caller.signed() && a.request.Context.Lookup("aws:viaawsservice").State == policy.Absent:
		return present("false")
	}
	return policy.Value{}, false
}

// version: only what is done to a version has the key.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
func (a *authorization) version() (policy.Value, bool) {
	switch {
	case !a.target.ofObject || !strings.Contains(a.action, "version"):
		return policy.Value{}, false
	case a.request.VersionID == "":
		return unknown()
	}
	return present(a.request.VersionID)
}

// ofTarget has the keys of the resource.
func (a *authorization) ofTarget(folded string) (policy.Value, bool) {
	if a.leg != nil {
		if v, ok := a.leg.keyOf(a, folded); ok {
			return v, true
		}
	}
	switch folded {
	case "aws:resourceaccount", "s3:resourceaccount":
		if a.target.kind == onAccount {
			return policy.Value{}, false
		}
		if given, ok := a.request.Context.Given(folded); ok && a.resource[0] == "" {
			return given, true
		}
		return text(&a.resource) // it is always there
	case "aws:resourceorgid":
		if a.target.kind == onAccount {
			return policy.Value{}, false
		}
		return a.from.orgID(a.target.account)
	case "aws:resourceorgpaths":
		if a.target.kind == onAccount {
			return policy.Value{}, false
		}
		return a.from.orgPaths(a.target.account)
	case "s3:prefix":
		if a.listing {
			return text(&a.prefix)
		}
	case "s3:delimiter", "s3:max-keys":
		if a.listing {
			return unknown() // S3 does not say what it asks with
		}
	}
	if strings.HasPrefix(folded, "s3:") {
		return a.ofPoint(folded)
	}
	if tag, ok := strings.CutPrefix(folded, "aws:resourcetag/"); ok {
		return a.bucketTag(folded, tag)
	}
	return policy.Value{}, false
}

// ofNetwork has the keys of the VPC endpoint.
func (a *authorization) ofNetwork(folded string) (policy.Value, bool) {
	switch folded {
	case "aws:sourcevpc", "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths":
	default:
		return policy.Value{}, false
	}
	id := a.request.Context.Lookup("aws:sourcevpce")
	switch {
	case id.State == policy.Absent:
		return absent()
	case id.State == policy.NotKnown || len(id.Values) != 1, folded == "aws:sourcevpcarn":
		return unknown() // whose the VPC is is not in the evidence
	}
	v := a.from.endpoint(id.Values[0])
	if folded == "aws:sourcevpc" {
		if v.VPCID == "" {
			return unknown()
		}
		return present(v.VPCID)
	}
	owner := v.OwnerID
	if given := a.request.Context.Lookup("aws:vpceaccount"); owner == "" && len(given.Values) == 1 {
		owner = given.Values[0]
	}
	switch {
	case owner == "":
		return unknown()
	case folded == "aws:vpceaccount":
		return present(owner)
	case folded == "aws:vpceorgid":
		return a.from.orgID(owner)
	}
	return a.from.orgPaths(owner)
}
