package authz

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// ofPrincipal has the keys of the requester.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principal-properties
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
func (a *authorization) ofPrincipal(folded string) (policy.Value, bool) {
	c := a.caller
	switch folded {
	case "aws:principalarn":
		switch c.Type {
		case evidence.PrincipalAnonymous:
			return absent()
		case evidence.PrincipalService:
			return unknown() // it is in every signed request; what it is there is not documented
		default:
			return text(&a.arn)
		}
	case "aws:principalaccount":
		switch c.Type {
		case evidence.PrincipalAnonymous:
			return present("anonymous")
		case evidence.PrincipalService:
			return unknown() // it is in every request
		default:
			return text(&a.account)
		}
	case "aws:userid":
		if c.Type == evidence.PrincipalService {
			return policy.Value{}, false
		}
		if id := c.userID(); id != "" {
			return present(id)
		}
		return unknown()
	case "aws:principaltype":
		return text(&a.kind)
	case "aws:username":
		return a.userName()
	case "aws:principalorgid":
		if !c.signed() {
			return absent()
		}
		return a.from.orgID(c.Account)
	case "aws:principalorgpaths":
		if !c.signed() {
			return absent()
		}
		return a.from.orgPaths(c.Account)
	case "aws:principalisawsservice", "aws:principalservicename", "aws:principalservicenameslist":
		return a.ofService(folded)
	}
	if tag, ok := strings.CutPrefix(folded, "aws:principaltag/"); ok {
		return a.principalTag(tag)
	}
	return policy.Value{}, false
}

// ofService has the keys that tell AWS services from others. Of a requester of whom no
// more than the account is known the request may say that it does not know.
func (a *authorization) ofService(folded string) (policy.Value, bool) {
	c := a.caller
	if _, said := a.request.Context.Given(folded); said && c.Type == evidence.PrincipalAccount {
		return unknown()
	}
	switch folded {
	case "aws:principalisawsservice":
		if c.Type == evidence.PrincipalAnonymous {
			return absent()
		}
		if c.Type == evidence.PrincipalService {
			return present("true")
		}
		return present("false")
	case "aws:principalservicename", "aws:principalservicenameslist":
		if c.Type != evidence.PrincipalService {
			return absent()
		}
		if folded == "aws:principalservicename" && c.Service != "" {
			return present(c.Service)
		}
		return unknown()
	}
	return policy.Value{}, false
}

// principalType returns aws:PrincipalType; empty if it is not known.
func principalType(t evidence.PrincipalType) string {
	switch t {
	case evidence.PrincipalAnonymous:
		return "Anonymous"
	case evidence.PrincipalRoot:
		return "Account"
	case evidence.PrincipalUser:
		return "User"
	case evidence.PrincipalRole:
		return "AssumedRole"
	case evidence.PrincipalFederated:
		return "FederatedUser"
	default:
		return ""
	}
}

// userName: only IAM users have a name in this sense.
func (a *authorization) userName() (policy.Value, bool) {
	switch c := a.caller; {
	case c.Type == evidence.PrincipalAccount || c.Type == evidence.PrincipalUser && c.ARN == "":
		return unknown()
	case c.Type != evidence.PrincipalUser:
		return absent()
	default:
		return present(lastPart(c.ARN))
	}
}

// principalTag: the tags of a session stand before those of its role or user.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
func (a *authorization) principalTag(name string) (policy.Value, bool) {
	c := a.caller
	switch c.Type {
	case evidence.PrincipalAnonymous, evidence.PrincipalService, evidence.PrincipalRoot:
		return absent()
	case evidence.PrincipalUser:
		return c.tagged(name)
	default:
	}
	if c.session == nil || exists(c.session.policies.state) == policy.Unknown {
		return unknown()
	}
	if v, ok := tagged(evidence.Known(c.session.tags), name); v.State != policy.Absent {
		return v, ok
	}
	if c.session.moreTags {
		return unknown()
	}
	return c.tagged(name)
}

// tagged returns a tag of the user or role.
func (c *caller) tagged(name string) (policy.Value, bool) {
	if c.identity == nil {
		return unknown()
	}
	return tagged(c.identity.Tags, name)
}

// orgID returns the organization of an account; an account in none has no such key.
func (e *Evidence) orgID(id string) (policy.Value, bool) {
	if a, ok := e.accounts[id]; ok {
		return a.orgID, true
	}
	return unknown()
}

// orgPaths returns the path of an account: o-id/r-id/ou-id/.
func (e *Evidence) orgPaths(id string) (policy.Value, bool) {
	if a, ok := e.accounts[id]; ok {
		return a.orgPaths, true
	}
	return unknown()
}

// organizationKeys returns both keys of an account.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths
func organizationKeys(id string, a evidence.Account) (orgID, orgPaths policy.Value) {
	org, ok := a.Organization.Value()
	if !ok {
		if a.Organization.State() == evidence.StateAbsent {
			none, _ := absent()
			return none, none
		}
		return orgID, orgPaths
	}
	orgID, _ = present(org.ID)
	path, _ := a.Path.Value()
	if !wholePath(path, id) {
		return orgID, orgPaths
	}
	var b strings.Builder
	b.WriteString(org.ID + "/")
	for _, p := range path[:len(path)-1] {
		b.WriteString(p.ID + "/")
	}
	orgPaths, _ = present(b.String())
	return orgID, orgPaths
}

// wholePath reports whether a path leads from the root to the account.
func wholePath(path []evidence.PathElement, account string) bool {
	return len(path) >= 2 && strings.HasPrefix(path[0].ID, "r-") && path[len(path)-1].ID == account
}
