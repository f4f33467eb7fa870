package authz

import (
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// decidePoint: a request through an access point is asked for twice, at the access
// point and at the bucket behind it. Identity policies, session policies and the
// access point policy are about the access point's ARN.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointPermissions.html
func (x *decider) decidePoint(a *authorization) {
	layer, read := evidence.LayerAccessPoint, "s3:GetAccessPoint, s3:GetAccessPointPolicy"
	if a.target.kind == onMRAP {
		layer, read = evidence.LayerMRAP, "s3:GetMultiRegionAccessPoint, s3:GetMultiRegionAccessPointPolicy"
	}
	if managesPoint(a.action) {
		x.decidePointControl(a, layer, read)
		return
	}
	point := x.from.point(a.target.point)
	s := x.match(point.policy, a, "")
	x.limits(a, x.grantsOf(&s))
	blocks := s.deny.Or(a.same.Or(s.allow).Not())
	c := x.add(a, layer, a.target.account, s.verdict(blocks), blocks)
	c.says(&s, a.same.Not())
	if s.state != evidence.StateKnown && s.state != evidence.StateAbsent || s.unread > 0 {
		c.note("the access point policy was not read" + because(s.why))
		c.need(read, a.target.account, a.target.point)
	}
	if blocks == policy.Unknown && s.allow != policy.Yes && a.same == policy.Unknown {
		c.note("whether requester and access point are of one account is not known")
	}
	x.origin(a, point.Config)
	x.publicAccess(a)

	b := x.from.behind(a.target, x.request.VersionID)
	behind := x.ask(evidence.Authorization{Action: a.Action, Resource: b.objectARN(), Account: b.account}, b, "the access point is of this bucket")
	behind.listing, behind.prefix = a.listing, a.prefix
}

// origin: what an access point says in its policy and where it takes requests from are
// two checks of one layer, each of which can refuse.
func (x *decider) origin(a *authorization, read evidence.Read[evidence.AccessPointConfig]) {
	if a.target.kind != onPoint {
		return
	}
	elsewhere, origin := x.networkOrigin(a, read)
	if elsewhere == policy.No {
		return
	}
	verdict := Deny
	if elsewhere == policy.Unknown {
		verdict = Unknown
	}
	c := x.add(a, evidence.LayerAccessPoint, a.target.account, verdict, elsewhere)
	c.fact(origin.Element, origin.Wanted, origin.Got, origin.Text)
	x.needOrigin(c, a, read)
}

// networkOrigin says whether the request comes from elsewhere than the access point
// takes requests from: one for a VPC takes them from there only.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-vpc.html
func (x *decider) networkOrigin(a *authorization, read evidence.Read[evidence.AccessPointConfig]) (policy.Truth, Note) {
	config, known := read.Value()
	note := Note{Element: "NetworkOrigin", Wanted: config.VPCID}
	switch {
	case !known:
		return policy.Unknown, Note{Element: "NetworkOrigin", Text: "whether the access point admits only requests from a VPC was not read" + because(read.Reason())}
	case config.NetworkOrigin == "":
		return policy.Unknown, Note{Element: "NetworkOrigin", Text: "the network origin of the access point is not known"}
	case config.NetworkOrigin != "VPC":
		return policy.No, Note{}
	}
	vpc := a.context.Lookup("aws:sourcevpc")
	switch {
	case vpc.State == policy.Absent:
		note.Text = "the access point admits only requests from " + config.VPCID + ", and this one came through no VPC endpoint"
		return policy.Yes, note
	case vpc.State == policy.Present && len(vpc.Values) == 1 && config.VPCID != "":
		note.Got = vpc.Values[0]
		note.Text = "the access point admits only requests from " + config.VPCID + ", and this one came from " + note.Got
		return policy.Of(note.Got != config.VPCID), note
	}
	note.Text = "the access point admits only requests from " + config.VPCID + "; from which VPC this one came is not known"
	return policy.Unknown, note
}

func (x *decider) needOrigin(c *Check, a *authorization, read evidence.Read[evidence.AccessPointConfig]) {
	if read.Unknown() {
		c.need("s3:GetAccessPoint", a.target.account, a.target.point)
		return
	}
	id := x.request.Context.Lookup("aws:sourcevpce")
	if a.context.Lookup("aws:sourcevpc").State == policy.NotKnown && len(id.Values) == 1 {
		c.need("ec2:DescribeVpcEndpoints", "", id.Values[0])
	}
}
