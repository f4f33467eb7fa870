package trail

import (
	"strings"

	"why403/pkg/evidence"
)

// cloudFront stands in accountId for the account of CloudFront's origin access
// identities. Published records have it; no AWS page says so.
const cloudFront = "CloudFront"

// caller reads userIdentity. What the record lacks, such as the ARN in the bucket
// owner's copy of a foreign caller's request, is taken from AWS's message where
// that names the same account. Ids and accounts that are none, as in records that
// were redacted before they were published, are left out: two accounts that both
// read "xxxx" need not be one.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func caller(u identity, m Message) evidence.Principal {
	switch {
	case strings.EqualFold(u.AccountID, "anonymous") || u.AccountID == "ANONYMOUS_PRINCIPAL":
		return evidence.Principal{Type: evidence.PrincipalAnonymous}
	case u.Type == "AWSService" || u.Type == "" && u.InvokedBy != "" && u.ARN == "" && u.PrincipalID == "":
		return evidence.Principal{Type: evidence.PrincipalService, Service: u.InvokedBy}
	}
	p := evidence.Principal{Type: declared(u.Type), AccessKeyID: u.AccessKeyID, Via: u.InvokedBy}
	if isAccount(u.AccountID) || u.AccountID == cloudFront {
		p.Account = u.AccountID
	}
	id, session, _ := strings.Cut(u.PrincipalID, ":")
	if isUniqueID(id) {
		p.ID, p.Session = id, session
	}
	of, ok := ofARN(u.ARN)
	if !ok && speaksOf(m, u) {
		of, ok = ofARN(m.Principal)
	}
	if ok && (p.Type == of.Type || p.Type == evidence.PrincipalAccount) {
		p.Type, p.ARN, p.PathUnknown = of.Type, of.ARN, of.PathUnknown
		if p.Session == "" {
			p.Session = of.Session
		}
		if p.Account == "" && isAccount(of.Account) {
			p.Account = of.Account
		}
	}
	issuer, ok := ofARN(u.SessionContext.SessionIssuer.ARN)
	switch {
	case p.Type == evidence.PrincipalRole && ok && issuer.Type == evidence.PrincipalRole:
		p.ARN, p.PathUnknown = issuer.ARN, false
	case p.Type == evidence.PrincipalFederated && ok:
		p.Issuer = issuer.ARN
	case p.Type == evidence.PrincipalAccount && isAccount(p.Account):
		p.Type = ofUniqueID(p.ID)
	}
	return p
}

// declared returns the kind of requester that a type of userIdentity declares.
// For the others it is found out, if at all, from the ARN or the unique id.
func declared(identityType string) evidence.PrincipalType {
	switch identityType {
	case "IAMUser":
		return evidence.PrincipalUser
	case "Root":
		return evidence.PrincipalRoot
	case "FederatedUser":
		return evidence.PrincipalFederated
	case "AssumedRole", "Role":
		return evidence.PrincipalRole
	default:
		return evidence.PrincipalAccount
	}
}

// ofARN reads the ARN of a user, role, role session, federated user or root. The
// role's ARN is made from the session's, which drops the role's path.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
func ofARN(arn string) (evidence.Principal, bool) {
	a, ok := parseARN(arn)
	if !ok || a.account == "" {
		return evidence.Principal{}, false
	}
	p := evidence.Principal{ARN: arn, Account: a.account}
	kind, name, _ := strings.Cut(a.resource, "/")
	switch {
	case a.service == "iam" && a.resource == "root":
		p.Type = evidence.PrincipalRoot
	case name == "":
		return evidence.Principal{}, false
	case a.service == "iam" && kind == "user":
		p.Type = evidence.PrincipalUser
	case a.service == "iam" && kind == "role":
		p.Type = evidence.PrincipalRole
	case a.service == "sts" && kind == "federated-user":
		p.Type, p.Session = evidence.PrincipalFederated, name
	case a.service == "sts" && kind == "assumed-role":
		name, p.Session, _ = strings.Cut(name, "/")
		p.Type, p.PathUnknown = evidence.PrincipalRole, true
		p.ARN = "arn:" + a.partition + ":iam::" + a.account + ":role/" + name
	default:
		return evidence.Principal{}, false
	}
	return p, true
}

// speaksOf reports whether the requester whom AWS's message names can be the one
// of this identity: of the same account, and of the kind that its unique id
// proves.
func speaksOf(m Message, u identity) bool {
	named, ok := ofARN(m.Principal)
	if !ok || u.AccountID != "" && u.AccountID != named.Account {
		return false
	}
	kind := ofUniqueID(u.PrincipalID)
	return kind == evidence.PrincipalAccount || kind == named.Type
}

// ofUniqueID returns the kind of requester that a unique id proves.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
func ofUniqueID(id string) evidence.PrincipalType {
	switch {
	case strings.HasPrefix(id, "AROA"):
		return evidence.PrincipalRole
	case strings.HasPrefix(id, "AIDA"):
		return evidence.PrincipalUser
	default:
		return evidence.PrincipalAccount
	}
}

// isUniqueID reports whether s has the form of a unique id of IAM: AIDA…, AROA….
func isUniqueID(s string) bool {
	if len(s) < 8 || s[0] != 'A' {
		return false
	}
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}
