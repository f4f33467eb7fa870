package authz

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// managesPoint reports whether a call manages an access point, and asks for no data
// through it.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
func managesPoint(action string) bool {
	switch action {
	case "s3:tagresource", "s3:untagresource", "s3:listtagsforresource":
		return true
	}
	return strings.Contains(action, "accesspoint")
}

// decidePointControl: such a call is about the access point itself, by whatever way it
// comes, and its owner's IAM policies decide. What the access point policy is worth
// for it is not documented.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
func (x *decider) decidePointControl(a *authorization, layer evidence.Layer, read string) {
	docs := x.from.point(a.target.point).policy
	creates := strings.HasPrefix(a.action, "s3:create")
	if creates {
		docs = documents{state: evidence.StateAbsent}
	}
	s := x.match(docs, a, "")
	g := x.grantsOf(&s)
	g.because = "what the access point policy says of calls that manage it is not documented"
	g.identity, g.boundary, g.session = g.identity.And(policy.Unknown), g.boundary.And(policy.Unknown), g.session.And(policy.Unknown)
	x.limits(a, g)

	blocks := s.deny.Or(a.same.Not()).And(policy.Unknown)
	verdict := Allow
	if blocks == policy.Unknown {
		verdict = Unknown
	}
	c := x.add(a, layer, a.target.account, verdict, blocks)
	c.says(&s, policy.No)
	switch {
	case a.same == policy.No:
		c.note("whether another account can be let manage an access point is not documented")
	case a.same == policy.Unknown:
		c.note("whether requester and access point are of one account is not known")
	case s.deny == policy.Yes:
		c.note(g.because)
	case s.deny == policy.Unknown:
		c.note(g.because)
		if s.state != evidence.StateKnown || s.unread > 0 {
			c.note("the access point policy was not read" + because(s.why))
			c.need(read, a.target.account, a.target.point)
		}
	default:
		c.note("the access point is of the requester's account")
	}
	if !creates {
		x.publicPointPolicy(a)
	}
}

// publicPointPolicy: a public policy is not taken for an access point if its own
// setting, its account's or that of its bucket says so; the bucket's reaches access
// points of its own account only. One for a VPC is never public.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
func (x *decider) publicPointPolicy(a *authorization) {
	c := x.add(a, evidence.LayerPublicAccessBlock, a.target.account, Allow, policy.No)
	if a.action != "s3:putaccesspointpolicy" {
		return
	}
	on := x.pointSetting(a.target.point, blocksPolicies)
	config, known := x.from.point(a.target.point).Config.Value()
	b := x.from.behind(a.target, "")
	if b.account == "" || b.account == a.target.account {
		of := x.setting(&b, blocksPolicies)
		if b.account == "" {
			of = of.And(policy.Unknown)
		}
		on = on.Or(of)
	}
	if known && config.NetworkOrigin == "VPC" {
		on = policy.No
	}
	c.Blocks = x.refusePublicPolicy(c, on, true)
	switch c.Blocks {
	case policy.Yes:
		c.Verdict = Deny
	case policy.Unknown:
		c.Verdict = Unknown
		x.needSettings(c, &b)
	case policy.No:
	}
}
