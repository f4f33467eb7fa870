package authz

import (
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// setting returns a setting of Block Public Access as it is in force: the most
// restrictive of those of the organization, the account and the bucket.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
func (x *decider) setting(t *target, of func(evidence.PublicAccessBlock) bool) policy.Truth {
	return blocked(t.owner.OrganizationPublicAccessBlock, of).
		Or(blocked(t.owner.PublicAccessBlock, of)).
		Or(blocked(t.facts.PublicAccessBlock, of))
}

func blocked(r evidence.Read[evidence.PublicAccessBlock], of func(evidence.PublicAccessBlock) bool) policy.Truth {
	v, ok := r.Value()
	switch {
	case ok:
		return policy.Of(of(v))
	case r.State() == evidence.StateAbsent:
		return policy.No
	}
	return policy.Unknown
}

func restricts(p evidence.PublicAccessBlock) bool { return p.RestrictPublicBuckets }

// publicAccess makes the check of Block Public Access: whether a public bucket policy
// shuts out everybody but the bucket's account and AWS's services, and whether a
// request that would open something is refused. That public ACLs are ignored counts
// where ACLs are asked.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
func (x *decider) publicAccess(a *authorization) {
	c := x.add(a, evidence.LayerPublicAccessBlock, a.target.account, Allow, policy.No)
	deny := x.restrictPublic(a, c).Or(x.blockPublicACL(a, c)).Or(x.blockPublicPolicy(a, c))
	c.Blocks = deny
	switch deny {
	case policy.Yes:
		c.Verdict = Deny
	case policy.Unknown:
		c.Verdict = Unknown
		x.needPublic(c, a)
	case policy.No:
	}
}

func (x *decider) restrictPublic(a *authorization, c *Check) policy.Truth {
	member := a.same
	if a.target.throughPoint {
		point, _ := parseARN(a.target.point)
		member = member.Or(x.caller.same(point.account))
	}
	if x.caller.Type == evidence.PrincipalService || member == policy.Yes {
		return policy.No
	}
	restricted := x.setting(&a.target, restricts)
	if restricted == policy.No {
		return policy.No
	}
	public, why := x.publicPolicy(a)
	t := restricted.And(public).And(member.Not())
	if t != policy.No {
		text := "the bucket policy is public (" + why + "), and RestrictPublicBuckets then admits only the bucket's account and AWS services"
		if t == policy.Unknown {
			text = "whether RestrictPublicBuckets is on and the bucket policy public is not known for sure: " + why
		}
		c.fact("RestrictPublicBuckets", "false", "", text)
	}
	return t
}

// publicPolicy says whether the bucket policy is public: by S3's own answer, or else
// by its statements.
func (x *decider) publicPolicy(a *authorization) (policy.Truth, string) {
	b := a.target.facts
	docs := b.policy
	own, why := publicDocuments(docs, false)
	status, ok := b.PolicyStatus.Value()
	switch {
	case ok && status.IsPublic && own == policy.No:
		return policy.Yes, "S3 says so, although no statement of the policy read looks public"
	case ok && status.IsPublic:
		return policy.Yes, "S3 says so" + because(why)
	case ok && own == policy.Yes:
		return policy.No, "S3 says that it is not, although " + why
	case ok:
		return policy.No, "S3 says that it is not"
	case docs.state == evidence.StateAbsent:
		return policy.No, "the bucket has no policy"
	}
	return own, why
}

// blockPublicACL: requests with a public ACL are refused.
func (x *decider) blockPublicACL(a *authorization, c *Check) policy.Truth {
	switch a.Action {
	case "s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:PutBucketAcl":
	default:
		return policy.No
	}
	if a.target.throughPoint {
		return policy.No // the access point asked, for the bucket too
	}
	return x.refusePublicACL(a, c, x.setting(&a.target, func(p evidence.PublicAccessBlock) bool { return p.BlockPublicAcls }))
}

func (x *decider) refusePublicACL(a *authorization, c *Check, on policy.Truth) policy.Truth {
	carries := publicACL(x.request)
	if carries == policy.No && a.Action != "s3:PutObject" && !x.cannedACL() {
		carries = policy.Unknown // the ACL is in the body of the request
	}
	t := on.And(carries)
	switch t {
	case policy.Yes:
		c.fact("BlockPublicAcls", "false", "true", "the request carries a public ACL, and BlockPublicAcls refuses those")
	case policy.Unknown:
		c.fact("BlockPublicAcls", "false", "", "whether the request carries a public ACL, or BlockPublicAcls is on, is not known")
	case policy.No:
	}
	return t
}

// cannedACL reports whether the request names a canned ACL, and so has none in its
// body.
func (x *decider) cannedACL() bool {
	return x.request.Context.Lookup("s3:x-amz-acl").State == policy.Present
}

// blockPublicPolicy: a public policy is not taken.
func (x *decider) blockPublicPolicy(a *authorization, c *Check) policy.Truth {
	if a.Action != "s3:PutBucketPolicy" && a.Action != "s3:PutAccessPointPolicy" {
		return policy.No
	}
	on := x.setting(&a.target, func(p evidence.PublicAccessBlock) bool { return p.BlockPublicPolicy })
	public, why := policy.Unknown, "the request's policy is not known"
	if x.request.Document != nil {
		public, why = publicDocuments(documents{state: evidence.StateKnown, list: []document{parsed("policy of the request", "", x.request.Document)}}, a.Action == "s3:PutAccessPointPolicy")
	}
	t := on.And(public)
	switch t {
	case policy.Yes:
		c.fact("BlockPublicPolicy", "false", "true", "the request would store a public policy ("+why+"), and BlockPublicPolicy refuses those")
	case policy.Unknown:
		c.fact("BlockPublicPolicy", "false", "", "whether the request would store a public policy, or BlockPublicPolicy is on, is not known: "+why)
	case policy.No:
	}
	return t
}

func (x *decider) needPublic(c *Check, a *authorization) {
	x.needSettings(c, a)
	if b := a.target.facts; b.PolicyStatus.Unknown() {
		c.need("s3:GetBucketPolicyStatus", a.target.account, a.target.bucketARN())
	}
}

// needSettings asks for the settings of Block Public Access that were not read.
func (x *decider) needSettings(c *Check, a *authorization) {
	acc, b := a.target.owner, a.target.facts
	if acc.PublicAccessBlock.Unknown() {
		c.need("s3:GetAccountPublicAccessBlock", a.target.account, "")
	}
	if acc.OrganizationPublicAccessBlock.Unknown() {
		c.need("organizations:DescribeEffectivePolicy", a.target.account, "")
	}
	if b.PublicAccessBlock.Unknown() {
		c.need("s3:GetBucketPublicAccessBlock", a.target.account, a.target.bucketARN())
	}
}

// pointPublicAccess: an access point has settings of its own, which cannot be changed,
// beside those of its bucket and of both accounts; each of them can refuse. One for a
// VPC is never public.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html
func (x *decider) pointPublicAccess(a *authorization, read evidence.Read[evidence.AccessPointConfig]) {
	c := x.add(a, evidence.LayerPublicAccessBlock, a.target.account, Allow, policy.No)
	behind := x.from.behind(a.target, x.request.VersionID)
	setting := func(of func(evidence.PublicAccessBlock) bool) policy.Truth {
		acc := a.target.owner
		on := blocked(acc.OrganizationPublicAccessBlock, of).Or(blocked(acc.PublicAccessBlock, of))
		if config, known := read.Value(); known {
			on = on.Or(policy.Of(of(config.PublicAccessBlockConfiguration)))
		} else {
			on = on.Or(policy.Unknown)
		}
		return on.Or(x.setting(&behind, of))
	}
	deny := x.restrictPublicPoint(a, c, read, behind.account, setting(restricts))
	if a.Action == "s3:PutObject" || a.Action == "s3:PutObjectAcl" {
		on := setting(func(p evidence.PublicAccessBlock) bool { return p.BlockPublicAcls })
		deny = deny.Or(x.refusePublicACL(a, c, on))
	}
	c.Blocks = deny
	switch deny {
	case policy.Yes:
		c.Verdict = Deny
	case policy.Unknown:
		c.Verdict = Unknown
		c.need("s3:GetAccessPoint, s3:GetAccessPointPolicyStatus", a.target.account, a.target.point)
	case policy.No:
	}
}

func (x *decider) restrictPublicPoint(a *authorization, c *Check, read evidence.Read[evidence.AccessPointConfig], bucketAccount string, on policy.Truth) policy.Truth {
	config, known := read.Value()
	member := a.same.Or(x.caller.same(bucketAccount))
	if x.caller.Type == evidence.PrincipalService || member == policy.Yes || known && config.NetworkOrigin == "VPC" {
		return policy.No
	}
	public, why := publicDocuments(x.from.point(a.target.point).policy, true)
	if !known || config.NetworkOrigin == "" {
		public, why = public.And(policy.Unknown), why+"; whether the access point is for a VPC is not known"
	}
	t := on.And(public).And(member.Not())
	switch t {
	case policy.Yes:
		c.fact("RestrictPublicBuckets", "false", "true", "the access point policy is public ("+why+"), and RestrictPublicBuckets then admits only the accounts of the access point and the bucket")
	case policy.Unknown:
		c.fact("RestrictPublicBuckets", "false", "", "whether RestrictPublicBuckets is on and the access point policy public is not known for sure: "+why)
	case policy.No:
	}
	return t
}
