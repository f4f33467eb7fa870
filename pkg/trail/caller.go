package trail

import (
	"strings"

	"why403/pkg/evidence"
)

// caller reads userIdentity. What the record lacks, such as the ARN in the bucket
// owner's copy of a foreign caller's request, is taken from AWS's message where
// that names the same account.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func caller(u identity, m Message) evidence.Principal {
	p := evidence.Principal{Account: u.AccountID, AccessKeyID: u.AccessKeyID, Via: u.InvokedBy}
	id, session, _ := strings.Cut(u.PrincipalID, ":")
	p.ID = id
	switch {
	case strings.EqualFold(u.AccountID, "anonymous") || u.AccountID == "ANONYMOUS_PRINCIPAL":
		return evidence.Principal{Type: evidence.PrincipalAnonymous}
	case u.Type == "AWSService" || u.Type == "" && u.InvokedBy != "" && u.ARN == "":
		return evidence.Principal{Type: evidence.PrincipalService, Service: u.InvokedBy, Account: u.AccountID}
	case u.Type == "IAMUser":
		p.Type, p.ARN = evidence.PrincipalUser, u.ARN
	case u.Type == "Root":
		p.Type, p.ARN = evidence.PrincipalRoot, u.ARN
	case u.Type == "FederatedUser":
		p.Type, p.ARN, p.Session = evidence.PrincipalFederated, u.ARN, session
		p.Issuer = u.SessionContext.SessionIssuer.ARN
	case u.Type == "AssumedRole":
		p.Type, p.Session = evidence.PrincipalRole, session
		p.ARN = u.SessionContext.SessionIssuer.ARN
		if p.ARN == "" {
			p.ARN, p.PathUnknown = roleOfSession(u.ARN)
		}
		if p.Session == "" {
			p.Session = sessionName(u.ARN)
		}
	default:
		p.Type, p.ARN, p.Session = evidence.PrincipalAccount, u.ARN, session
	}
	if p.ARN == "" {
		fromMessage(&p, m)
	}
	if p.Account == "" {
		if a, ok := parseARN(p.ARN); ok {
			p.Account = a.account
		}
	}
	return p
}

// fromMessage completes a principal with the ARN that AWS's message gives, and
// with the type that a unique id proves.
func fromMessage(p *evidence.Principal, m Message) {
	a, ok := parseARN(m.Principal)
	if ok && (p.Account == "" || p.Account == a.account) {
		kind, rest, _ := strings.Cut(a.resource, "/")
		switch {
		case a.service == "sts" && kind == "assumed-role":
			p.Type = evidence.PrincipalRole
			p.ARN, p.PathUnknown = roleOfSession(m.Principal)
			p.Session = sessionName(m.Principal)
		case a.service == "sts" && kind == "federated-user":
			p.Type, p.ARN, p.Session = evidence.PrincipalFederated, m.Principal, rest
		case a.service == "iam" && kind == "user":
			p.Type, p.ARN = evidence.PrincipalUser, m.Principal
		case a.service == "iam" && a.resource == "root":
			p.Type, p.ARN = evidence.PrincipalRoot, m.Principal
		}
		return
	}
	if p.Type != evidence.PrincipalAccount {
		return
	}
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
	switch {
	case strings.HasPrefix(p.ID, "AROA"):
		p.Type = evidence.PrincipalRole
	case strings.HasPrefix(p.ID, "AIDA") && isAccount(p.Account):
		p.Type = evidence.PrincipalUser
	}
}

// roleOfSession makes the ARN of a role from that of its session, which drops the
// role's path.
func roleOfSession(session string) (role string, pathUnknown bool) {
	a, ok := parseARN(session)
	if !ok || a.service != "sts" {
		return "", false
	}
	rest, ok := strings.CutPrefix(a.resource, "assumed-role/")
	if !ok {
		return "", false
	}
	name, _, _ := strings.Cut(rest, "/")
	return "arn:" + a.partition + ":iam::" + a.account + ":role/" + name, true
}

func sessionName(session string) string {
	if i := strings.LastIndexByte(session, '/'); i >= 0 {
		return session[i+1:]
	}
	return ""
}
