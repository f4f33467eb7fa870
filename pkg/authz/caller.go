package authz

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// caller is the requester with what the evidence knows of it.
type caller struct {
	evidence.Principal
	policy   policy.Caller
	identity *identity // nil: nothing of it was read
	known    evidence.Identity
	session  documents
	grant    evidence.Grant // of the session; nothing if it is not known
	// linked says that it is a service-linked role.
	linked policy.Truth
	// userID is aws:userid; empty if not known.
	userID string
}

// callerOf finds the requester in the evidence: by its ARN, by its unique id, and by
// its name where the path of the role is not known.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func callerOf(r *Request, e *Evidence) caller {
	c := caller{Principal: r.Principal}
	if c.Account == "" {
		a, _ := parseARN(c.ARN)
		c.Account = a.account
	}
	c.find(e)
	c.policy = policy.Caller{
		Account: c.Account, ARN: c.ARN, ARNUncertain: c.PathUnknown, UniqueID: c.ID,
		Issuer: c.Issuer, Service: c.Service, Boundary: policy.No,
	}
	c.policy.CanonicalID, _ = e.Accounts[c.Account].CanonicalID.Value()
	switch c.Type {
	case evidence.PrincipalUser:
		c.policy.Type = policy.CallerUser
		c.userID = c.ID
	case evidence.PrincipalRole:
		c.policy.Type = policy.CallerRole
		if a, ok := parseARN(c.ARN); ok && c.Session != "" {
			c.policy.SessionARN = "arn:" + a.partition + ":sts::" + a.account + ":assumed-role/" + lastPart(a.resource) + "/" + c.Session
		}
		if c.ID != "" && c.Session != "" {
			c.userID = c.ID + ":" + c.Session
		}
		provider := r.Context.Lookup("aws:FederatedProvider")
		c.policy.NoProvider = provider.State == policy.Absent
		if len(provider.Values) == 1 {
			c.policy.Provider = provider.Values[0]
		}
	case evidence.PrincipalRoot:
		c.policy.Type = policy.CallerRoot
		c.userID = c.Account
	case evidence.PrincipalFederated:
		c.policy.Type = policy.CallerFederated
		if c.Account != "" && c.Session != "" {
			c.userID = c.Account + ":" + c.Session
		}
	case evidence.PrincipalAnonymous:
		c.policy.Type = policy.CallerAnonymous
		c.userID = "anonymous"
	case evidence.PrincipalService:
		c.policy.Type = policy.CallerService
	case evidence.PrincipalAccount:
	}
	if c.hasIAM() {
		c.policy.Boundary = policy.Unknown
		if c.identity != nil {
			c.policy.Boundary = exists(c.identity.boundary.state)
		}
	}
	c.linked = c.serviceLinked()
	return c
}

func (c *caller) find(e *Evidence) {
	name := c.ARN
	if c.Type == evidence.PrincipalFederated && c.Issuer != "" {
		name = c.Issuer
	}
	if c.Type == evidence.PrincipalRole || c.Type == evidence.PrincipalUser {
		if c.PathUnknown {
			if found, ok := e.byName[nameKey(name)]; ok {
				name, c.ARN, c.PathUnknown = found, found, false
			}
		}
		if name == "" {
			name = e.byID[c.ID]
			if c.ARN = name; strings.HasPrefix(name, "A") || name == "" {
				c.ARN = "" // it is known by its unique id only
			}
		}
	}
	if _, ok := e.principals[name]; !ok && c.ID != "" {
		name = c.ID
	}
	if p, ok := e.principals[name]; ok {
		c.identity, c.known = p, e.Principals[name]
		if id, ok := c.known.ID.Value(); ok && c.ID == "" && c.Type != evidence.PrincipalFederated {
			c.ID = id
		}
	}
	c.findSession(e)
}

// findSession: a session is known by its access key, or by principal id and name.
func (c *caller) findSession(e *Evidence) {
	id := c.ID + ":" + c.Session
	if c.Type == evidence.PrincipalFederated {
		id = c.Account + ":" + c.Session
	}
	for _, key := range []string{c.AccessKeyID, id, c.ID} {
		if d, ok := e.sessions[key]; ok && key != "" {
			c.session = d
			c.grant, _ = e.Sessions[key].Value()
			return
		}
	}
}

// hasIAM reports whether IAM policies decide about the requester.
func (c *caller) hasIAM() bool {
	switch c.Type {
	case evidence.PrincipalUser, evidence.PrincipalRole, evidence.PrincipalFederated, evidence.PrincipalAccount:
		return true
	default:
		return false
	}
}

// signed reports whether the request is one of an account, with a signature.
func (c *caller) signed() bool {
	return c.Type != evidence.PrincipalAnonymous && c.Type != evidence.PrincipalService
}

// serviceLinked: such a role has the path /aws-service-role/, and a name that begins
// with AWSServiceRoleFor.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func (c *caller) serviceLinked() policy.Truth {
	switch {
	case c.Type != evidence.PrincipalRole && c.Type != evidence.PrincipalAccount:
		return policy.No
	case strings.Contains(c.ARN, ":role/aws-service-role/"):
		return policy.Yes
	case c.ARN == "", c.PathUnknown && strings.HasPrefix(lastPart(c.ARN), "AWSServiceRoleFor"):
		return policy.Unknown
	default:
		return policy.No
	}
}

// exists says whether there is what was read.
func exists(s evidence.State) policy.Truth {
	switch s {
	case evidence.StateKnown:
		return policy.Yes
	case evidence.StateAbsent:
		return policy.No
	default:
		return policy.Unknown
	}
}

// same says whether the requester is of an account.
func (c *caller) same(account string) policy.Truth {
	switch {
	case !c.signed():
		return policy.No
	case c.Account == "" || account == "":
		return policy.Unknown
	}
	return policy.Of(c.Account == account)
}
