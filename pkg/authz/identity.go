package authz

import (
	"cmp"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// principalLayer makes the check of one layer of the requester's own policies. It
// need not allow where bypass is Yes; it must never deny.
func (x *decider) principalLayer(a *authorization, l evidence.Layer, docs documents, bypass policy.Truth, g reach) {
	lenient := g.lenient
	s := x.match(docs, a, "")
	passes := s.deny.Not().And(s.allow.Or(bypass)).Or(lenient.And(s.deny.And(policy.Unknown).Not()))
	blocks := passes.Not()
	c := x.add(a, l, x.caller.Account, s.verdict(blocks), blocks)
	c.says(&s, bypass.Or(lenient).Not())
	if s.allow == policy.No && s.deny != policy.Yes && bypass == policy.Yes {
		c.note(cmp.Or(g.because, "it need not allow: the resource's own policy names the requester"))
	}
	if s.state == evidence.StateUnreadable || s.state == evidence.StateNotRead || s.unread > 0 {
		c.note(unreadNote(l, s.why))
		c.need(readsOf(l, &x.caller), x.caller.Account, x.caller.ARN)
	}
	switch {
	case blocks != policy.Unknown || s.deny == policy.Unknown:
	case s.deny == policy.Yes:
		c.note("what it denies of the bucket behind the access point may not count: that is not documented")
	case s.allow == policy.No && bypass == policy.Unknown:
		c.note(cmp.Or(g.because, "whether the resource's own policy names the requester, so that it need not allow, is not known"))
	case s.allow == policy.No:
		c.note("whether the bucket itself lets the requests of the access point pass, so that it need not allow, is not known")
	}
}

func unreadNote(l evidence.Layer, why string) string {
	switch l {
	case evidence.LayerBoundary:
		return "the requester's permissions boundary was not read" + because(why)
	case evidence.LayerSession:
		return "it is not known with which policy the session was issued" + because(why)
	default:
		return "not every IAM policy of the requester was read" + because(why)
	}
}

// readsOf returns the permissions that reading a layer takes. Where only a unique id
// is known, all users and roles have to be looked through for it.
func readsOf(l evidence.Layer, c *caller) string {
	unnamed := c.ARN == "" || c.Type == evidence.PrincipalAccount
	user := c.Type == evidence.PrincipalUser || c.Type == evidence.PrincipalFederated
	switch {
	case l == evidence.LayerSession:
		return "cloudtrail:LookupEvents"
	case unnamed:
		return "iam:GetAccountAuthorizationDetails"
	case l == evidence.LayerBoundary && user:
		return "iam:GetUser, iam:GetPolicy, iam:GetPolicyVersion"
	case l == evidence.LayerBoundary:
		return "iam:GetRole, iam:GetPolicy, iam:GetPolicyVersion"
	case user:
		return "iam:ListUserPolicies, iam:GetUserPolicy, iam:ListAttachedUserPolicies, iam:ListGroupsForUser, iam:ListGroupPolicies, iam:GetGroupPolicy, iam:ListAttachedGroupPolicies, iam:GetPolicy, iam:GetPolicyVersion"
	}
	return "iam:ListRolePolicies, iam:GetRolePolicy, iam:ListAttachedRolePolicies, iam:GetPolicy, iam:GetPolicyVersion"
}

// identityPolicies: the IAM policies of the user or role. The root user needs none;
// of a federated session they are those of the user that asked for it.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
func (x *decider) identityPolicies(a *authorization, g reach) {
	if !x.caller.hasIAM() {
		x.add(a, evidence.LayerIdentity, x.caller.Account, NotApplicable, policy.No).note("the requester has no IAM policies")
		return
	}
	var docs documents
	if x.caller.identity != nil {
		docs = x.caller.identity.policies
	}
	bypass := g.identity
	if x.caller.Type == evidence.PrincipalAccount && docs.state == evidence.StateNotRead {
		// It may be the root user, which needs no policy: nothing is known.
		bypass = bypass.Or(policy.Unknown)
	}
	x.principalLayer(a, evidence.LayerIdentity, docs, bypass, g)
}

// boundary: the permissions boundary of the user or role, if it has one.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
func (x *decider) boundary(a *authorization, g reach) {
	var docs documents
	if x.caller.identity != nil {
		docs = x.caller.identity.boundary
	}
	if !x.caller.hasIAM() || docs.state == evidence.StateAbsent {
		x.add(a, evidence.LayerBoundary, x.caller.Account, NotApplicable, policy.No).note("the requester has no permissions boundary")
		return
	}
	x.principalLayer(a, evidence.LayerBoundary, docs, g.boundary, reach{lenient: g.lenient, because: g.because})
}

// sessionPolicy: the policies that the session was issued with. A role session
// without one is not limited by it; a federated session without one may do nothing
// but what resources grant to it.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
func (x *decider) sessionPolicy(a *authorization, g reach) {
	c := &x.caller
	none := func(why string) {
		x.add(a, evidence.LayerSession, c.Account, NotApplicable, policy.No).note(why)
	}
	var docs documents
	if c.session != nil {
		docs = c.session.policies
	}
	switch {
	case c.Type == evidence.PrincipalUser:
		none("an IAM user's own credentials have no session policy")
		return
	case !c.signed(), c.cloudFront:
		none("the requester has no session")
		return
	case c.Type == evidence.PrincipalRoot && x.rootSession() == policy.No:
		none("the root user's own credentials have no session policy")
		return
	case docs.state == evidence.StateAbsent && c.Type != evidence.PrincipalFederated:
		none("the session was issued without a policy")
		return
	}
	x.principalLayer(a, evidence.LayerSession, docs, g.session, reach{lenient: g.lenient, because: g.because})
}

// rootSession says whether a root user acts in a session of AssumeRoot, which may do
// no more than its task.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
func (x *decider) rootSession() policy.Truth {
	key := x.request.Context.Lookup("aws:assumedroot")
	switch {
	case key.State == policy.Absent, len(x.caller.AccessKeyID) > 4 && x.caller.AccessKeyID[:4] == "AKIA":
		return policy.No
	case key.State == policy.NotKnown || len(key.Values) != 1:
		return policy.Unknown
	}
	return policy.Of(key.Values[0] == "true")
}
