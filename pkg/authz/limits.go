package authz

import (
	"cmp"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// limits makes the checks of the organizations, of the VPC endpoint and of the
// requester's own policies. g is what the resource's policy makes unnecessary.
func (x *decider) limits(a *authorization, g reach) {
	x.resourceControl(a)
	x.serviceControl(a)
	x.endpoint(a)
	g.identity, g.boundary, g.session = a.same.And(g.identity).Or(g.anywhere), a.same.And(g.boundary), a.same.And(g.session)
	x.identityPolicies(a, g)
	x.boundary(a, g)
	x.sessionPolicy(a, g)
}

const organizationReads = "organizations:ListParents, organizations:ListPoliciesForTarget, organizations:DescribePolicy"

// resourceControl: only a Deny of a resource control policy counts, since AWS's own
// that allows everything cannot be detached. They are for the resources of member
// accounts, whoever asks, but for service-linked roles, and not for AWS managed keys.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
func (x *decider) resourceControl(a *authorization) {
	none := func(why string) {
		x.add(a, evidence.LayerRCP, a.target.account, NotApplicable, policy.No).note(why)
	}
	owner := a.target.account
	acc := x.from.accounts[owner]
	applies, why := x.from.governed(owner)
	switch {
	case a.target.kind == onAccount:
		none("the action is on no resource")
		return
	case applies == policy.No:
		none(why)
		return
	case x.caller.linked == policy.Yes:
		none("resource control policies do not restrict service-linked roles")
		return
	case a.leg != nil && a.leg.managed == policy.Yes:
		none("resource control policies do not reach keys that AWS manages")
		return
	}
	s := says{deny: policy.No, allow: policy.Yes, from: len(x.spans), to: len(x.spans), state: evidence.StateNotRead}
	if acc != nil {
		s = x.levels(a, acc, func(l *level) *documents { return &l.rcps })
		s.allow = policy.Yes
	}
	if acc == nil || acc.path != evidence.StateKnown || !acc.whole {
		s.deny = s.deny.Or(policy.Unknown)
	}
	if applies == policy.Unknown || x.caller.linked == policy.Unknown || a.leg != nil && a.leg.managed == policy.Unknown {
		s.deny = s.deny.And(policy.Unknown)
	}
	c := x.add(a, evidence.LayerRCP, owner, s.verdict(s.deny), s.deny)
	c.says(&s, policy.No)
	if s.deny == policy.Unknown {
		c.organization(x.from, owner, why, acc, &s)
		c.mayBeLinked(&x.caller)
		if a.leg != nil && a.leg.managed == policy.Unknown {
			c.note("whether AWS manages the key, which these policies do not reach then, is not known")
			c.need("kms:DescribeKey", owner, a.leg.key)
		}
	}
}

// serviceControl: no level may deny, and every level must allow. They restrict the
// users, roles and root of member accounts, wherever the resource is.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
func (x *decider) serviceControl(a *authorization) {
	c := &x.caller
	none := func(why string) {
		x.add(a, evidence.LayerSCP, c.Account, NotApplicable, policy.No).note(why)
	}
	applies, why := x.from.governed(c.Account)
	switch {
	case !c.signed(), c.cloudFront:
		none("the requester is no user, role or root of an account")
		return
	case applies == policy.No:
		none(why)
		return
	case c.linked == policy.Yes:
		none("service control policies do not restrict service-linked roles")
		return
	}
	acc := x.from.accounts[c.Account]
	s := says{deny: policy.Unknown, allow: policy.Unknown, from: len(x.spans), to: len(x.spans), state: evidence.StateNotRead}
	if acc != nil {
		s = x.levels(a, acc, func(l *level) *documents { return &l.scps })
		if acc.path != evidence.StateKnown || !acc.whole {
			s.deny, s.allow = s.deny.Or(policy.Unknown), s.allow.And(policy.Unknown)
		}
	}
	blocks := s.deny.Or(s.allow.Not())
	if applies == policy.Unknown || c.linked == policy.Unknown {
		s.deny, blocks = s.deny.And(policy.Unknown), blocks.And(policy.Unknown)
		s.allow = s.allow.Or(policy.Unknown)
	}
	undocumented := a.target.throughPoint && blocks == policy.Yes
	if undocumented {
		blocks = policy.Unknown
	}
	check := x.add(a, evidence.LayerSCP, c.Account, s.verdict(blocks), blocks)
	check.says(&s, policy.Yes)
	switch {
	case undocumented:
		check.note("that the bucket behind an access point is asked for as well is not documented")
	case blocks == policy.Unknown:
		check.organization(x.from, c.Account, why, acc, &s)
		check.mayBeLinked(c)
	}
}

// mayBeLinked says that a check hangs on whether the requester is a service-linked
// role, if that is not known.
func (c *Check) mayBeLinked(r *caller) {
	if r.linked != policy.Unknown {
		return
	}
	permission := "iam:GetRole"
	if r.ARN == "" {
		permission = "iam:GetAccountAuthorizationDetails"
	}
	c.note("whether the requester is a service-linked role, which these policies do not restrict, is not known")
	c.need(permission, r.Account, r.ARN)
}

// governed says whether an account is one whose organization's policies hold: it is
// in an organization, and not its management account.
func (e *Evidence) governed(id string) (policy.Truth, string) {
	org := e.account(id).Organization
	v, ok := org.Value()
	switch {
	case org.State() == evidence.StateAbsent:
		return policy.No, "the account is in no organization"
	case ok && v.ManagementAccount == id:
		return policy.No, "the account is the management account of its organization"
	case ok && v.ManagementAccount != "":
		return policy.Yes, ""
	case ok:
		return policy.Unknown, "which account manages the organization is not known"
	}
	return policy.Unknown, "whether the account is in an organization is not known"
}

// levels asks the policies of each level of an account's path.
func (x *decider) levels(a *authorization, acc *account, of func(*level) *documents) says {
	all := says{deny: policy.No, allow: policy.Yes, from: len(x.spans), state: acc.path, why: acc.why}
	for i := range acc.levels {
		l := &acc.levels[i]
		docs := of(l)
		s := x.match(*docs, a, l.id)
		switch {
		case docs.state == evidence.StateNotRead:
			s.why = "no policy was read at " + l.id
		case docs.state == evidence.StateAbsent:
			s.allow = policy.Yes // this type of policy is not switched on
		case docs.state == evidence.StateKnown && len(docs.list) == 0:
			// AWS keeps one attached everywhere: the list is not whole, or the type is off.
			s.deny, s.allow = policy.Unknown, policy.Unknown
			s.why = "no policy is listed at " + l.id
		}
		all.deny, all.allow = all.deny.Or(s.deny), all.allow.And(s.allow)
		all.unread += s.unread
		if s.deny == policy.Unknown || s.allow == policy.Unknown {
			all.why = cmp.Or(all.why, s.why)
		}
	}
	all.to = len(x.spans)
	return all
}

// organization says what would settle a check of an organization's policies.
func (c *Check) organization(e *Evidence, id, why string, acc *account, s *says) {
	org, known := e.account(id).Organization.Value()
	switch {
	case !known:
		c.note(why)
		c.need("organizations:DescribeOrganization", id, "")
	case org.ManagementAccount == "":
		c.note(why)
		c.need("organizations:DescribeOrganization", id, "")
	case acc == nil || acc.path != evidence.StateKnown:
		c.note("the policies of the organization were not read" + because(s.why))
		c.need(organizationReads, org.ManagementAccount, "")
	case !acc.whole:
		c.note("the path of the account was not read from its root to the account")
		c.need(organizationReads, org.ManagementAccount, "")
	case s.why != "" || s.unread > 0:
		c.note("not every policy of the organization was read" + because(s.why))
		c.need(organizationReads, org.ManagementAccount, "")
	}
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// endpoint: a request through a VPC endpoint needs an Allow in its policy. The use
// of a KMS key is asked for by S3 itself, not through the endpoint.
//
// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
func (x *decider) endpoint(a *authorization) {
	id := x.request.Context.Lookup("aws:sourcevpce")
	switch {
	case a.leg != nil && !a.leg.direct:
		x.add(a, evidence.LayerVPCE, "", NotApplicable, policy.No).note("S3 itself calls KMS")
		return
	case id.State == policy.Absent:
		x.add(a, evidence.LayerVPCE, "", NotApplicable, policy.No).note("the request came through no VPC endpoint")
		return
	case id.State == policy.NotKnown || len(id.Values) != 1:
		x.add(a, evidence.LayerVPCE, "", Unknown, policy.Unknown).note("whether the request came through a VPC endpoint is not known")
		return
	}
	name := id.Values[0]
	v := x.from.endpoint(name)
	owner := v.OwnerID
	if given := x.request.Context.Lookup("aws:vpceaccount"); owner == "" && len(given.Values) == 1 {
		owner = given.Values[0]
	}
	s := x.match(v.policy, a, "")
	if v.VPCEndpointType != "Interface" {
		x.gatewayPrincipals(&s, v.VPCEndpointType == "Gateway")
	}
	blocks := s.deny.Or(s.allow.Not())
	c := x.add(a, evidence.LayerVPCE, owner, s.verdict(blocks), blocks)
	c.says(&s, policy.Yes)
	if s.state != evidence.StateKnown || s.unread > 0 {
		c.note("the policy of " + name + " was not read" + because(s.why))
		c.need("ec2:DescribeVpcEndpoints", owner, name)
	}
}

// gatewayPrincipals: in the policy of a gateway endpoint a principal other than "*"
// is not what it is elsewhere: an account means its root user only. What becomes of
// other ARNs is not documented; nor is it known of an endpoint whose type is not.
//
// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html#gateway-endpoint-policies
func (x *decider) gatewayPrincipals(s *says, gateway bool) {
	s.deny, s.allow = policy.No, policy.No
	for _, sp := range x.spans[s.from:s.to] {
		if sp.document.policy == nil {
			s.deny, s.allow = s.deny.Or(policy.Unknown), s.allow.Or(policy.Unknown)
		}
		for i := sp.from; i < sp.to; i++ {
			res := &x.results[i]
			t := res.Truth
			kinds := res.Kinds | res.Perhaps
			if kinds&policy.ByWildcard == 0 && t != policy.No && kinds != 0 {
				switch {
				case kinds == policy.ByAccount && x.caller.Type != evidence.PrincipalRoot && x.caller.Type != evidence.PrincipalAccount && gateway:
					t = policy.No
				case kinds == policy.ByAccount && x.caller.Type == evidence.PrincipalRoot:
				default:
					t = t.And(policy.Unknown)
				}
			}
			if t != res.Truth {
				res.Truth, res.Element = t, policy.ElementPrincipal
				if t == policy.No {
					res.Missed, res.Failed = res.Missed+1, res.Failed|1<<policy.ElementPrincipal
				}
			}
			if res.Effect == policy.Deny {
				s.deny = s.deny.Or(t)
			} else {
				s.allow = s.allow.Or(t)
			}
		}
	}
	if s.state != evidence.StateKnown && s.state != evidence.StateAbsent {
		s.deny, s.allow = policy.Unknown, policy.Unknown
	}
}
