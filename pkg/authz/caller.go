package authz

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// caller is the requester with what the evidence knows of it.
type caller struct {
	evidence.Principal
	policy policy.Caller
	// cloudFront says that it is an origin access identity of CloudFront, which is no
	// principal of an account.
	cloudFront bool
	identity   *identity // nil: nothing of it was read
	session    *session  // nil likewise
	// linked says that it is a service-linked role.
	linked policy.Truth
}

// from finds the requester in the evidence: by its ARN, by its unique id, and by
// its name where the path of the role is not known.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func (c *caller) from(r *Request, e *Evidence) {
	c.Principal = r.Principal
	if c.Account == "" {
		a, _ := parseARN(c.ARN)
		c.Account = a.account
	}
	c.find(e)
	if c.cloudFront = c.Account == "CloudFront"; c.cloudFront {
		c.Account = "cloudfront" // as its ARN has it
	}
	c.policy = policy.Caller{
		Account: c.Account, ARN: c.ARN, ARNUncertain: c.PathUnknown, UniqueID: c.ID,
		Issuer: c.Issuer, Service: c.Service, Boundary: policy.No,
	}
	c.policy.CanonicalID, _ = e.account(c.Account).CanonicalID.Value()
	switch c.Type {
	case evidence.PrincipalUser:
		c.policy.Type = policy.CallerUser
	case evidence.PrincipalRole:
		c.policy.Type = policy.CallerRole
		if a, ok := parseARN(c.ARN); ok && c.Session != "" {
			c.policy.SessionARN = "arn:" + a.partition + ":sts::" + a.account + ":assumed-role/" + lastPart(a.resource) + "/" + c.Session
		}
		provider := r.Context.Lookup("aws:federatedprovider")
		c.policy.NoProvider = provider.State == policy.Absent
		if len(provider.Values) == 1 {
			c.policy.Provider = provider.Values[0]
		}
	case evidence.PrincipalRoot:
		c.policy.Type = policy.CallerRoot
	case evidence.PrincipalFederated:
		c.policy.Type = policy.CallerFederated
	case evidence.PrincipalAnonymous:
		c.policy.Type = policy.CallerAnonymous
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
}

// userID returns aws:userid; empty if it is not known.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
func (c *caller) userID() string {
	switch {
	case c.Type == evidence.PrincipalUser:
		return c.ID
	case c.Type == evidence.PrincipalRole && c.ID != "" && c.Session != "":
		return c.ID + ":" + c.Session
	case c.Type == evidence.PrincipalRoot:
		return c.Account
	case c.Type == evidence.PrincipalFederated && c.Account != "" && c.Session != "":
		return c.Account + ":" + c.Session
	case c.Type == evidence.PrincipalAnonymous:
		return "anonymous"
	}
	return ""
}

func (c *caller) find(e *Evidence) {
	name := c.ARN
	if c.Type == evidence.PrincipalFederated && c.Issuer != "" {
		name = c.Issuer
	}
	if c.Type == evidence.PrincipalRole || c.Type == evidence.PrincipalUser {
		if c.PathUnknown {
			key := nameKey(name)
			found, ok := e.byName[key]
			if byID := e.byID[c.ID]; found == "" && nameKey(byID) == key {
				found = byID
			}
			switch {
			case found != "":
				name, c.ARN, c.PathUnknown = found, found, false
			case ok:
				name = c.ID // which of them it is, is not known
			}
		}
		if name == "" && c.ARN == "" {
			name = e.byID[c.ID]
			c.ARN = name
		}
	}
	if _, ok := e.principals[name]; !ok && c.ID != "" {
		name = c.ID
	}
	if p, ok := e.principals[name]; ok {
		c.identity = p
		if id, ok := p.ID.Value(); ok && c.ID == "" && c.Type != evidence.PrincipalFederated {
			c.ID = id
		}
	}
	c.findSession(e)
}

// findSession: a session is known by its access key, or by principal id and name.
func (c *caller) findSession(e *Evidence) {
	if c.sessionBy(e, c.AccessKeyID) {
		return
	}
	if len(e.sessions) > 0 && !c.sessionBy(e, c.userID()) {
		c.sessionBy(e, c.ID)
	}
}

func (c *caller) sessionBy(e *Evidence, key string) bool {
	s, ok := e.sessions[key]
	if !ok || key == "" {
		return false
	}
	read := exists(s.policies.state) != policy.Unknown
	if read || c.session == nil {
		c.session = s
	}
	return read
}

// hasIAM reports whether IAM policies decide about the requester.
func (c *caller) hasIAM() bool {
	if c.cloudFront {
		return false
	}
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
