package authz

import (
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// The settings of Block Public Access.
func blocksACLs(p evidence.PublicAccessBlock) bool     { return p.BlockPublicAcls }
func ignores(p evidence.PublicAccessBlock) bool        { return p.IgnorePublicAcls }
func blocksPolicies(p evidence.PublicAccessBlock) bool { return p.BlockPublicPolicy }
func restricts(p evidence.PublicAccessBlock) bool      { return p.RestrictPublicBuckets }

// setting returns a setting of Block Public Access as it is in force for a bucket:
// the most restrictive of those of the organization, the account and the bucket, and
// of the access point and its account where the request goes through one. ACLs are the
// bucket's: what an access point says of them it says for its bucket.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html
func (x *decider) setting(t *target, of func(evidence.PublicAccessBlock) bool) policy.Truth {
	on := accountSetting(t.owner, of).Or(blocked(t.facts.PublicAccessBlock, of))
	if t.point != "" {
		on = on.Or(x.pointSetting(t.point, of))
	}
	return on
}

// pointSetting is that of an access point and its account. One that an access point
// was made with cannot be changed.
func (x *decider) pointSetting(point string, of func(evidence.PublicAccessBlock) bool) policy.Truth {
	p, _ := parseARN(point)
	on := accountSetting(x.from.account(p.account), of)
	if config, known := x.from.point(point).Config.Value(); known {
		return on.Or(policy.Of(of(config.PublicAccessBlockConfiguration)))
	}
	return on.Or(policy.Unknown)
}

func accountSetting(acc *account, of func(evidence.PublicAccessBlock) bool) policy.Truth {
	return blocked(acc.OrganizationPublicAccessBlock, of).Or(blocked(acc.PublicAccessBlock, of))
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

// needSettings asks for the settings that were not read.
func (x *decider) needSettings(c *Check, t *target) {
	c.needAccountSettings(t.owner, t.account)
	if t.facts.PublicAccessBlock.Unknown() {
		c.need("s3:GetBucketPublicAccessBlock", t.account, t.bucketARN())
	}
	if t.point == "" {
		return
	}
	p, _ := parseARN(t.point)
	if p.account != t.account {
		c.needAccountSettings(x.from.account(p.account), p.account)
	}
	if point := x.from.point(t.point); point.Config.Unknown() || point.AccessPoint.Policy.Unknown() {
		c.need("s3:GetAccessPoint, s3:GetAccessPointPolicyStatus", p.account, t.point)
	}
}

func (c *Check) needAccountSettings(acc *account, id string) {
	if acc.PublicAccessBlock.Unknown() {
		c.need("s3:GetAccountPublicAccessBlock", id, "")
	}
	if acc.OrganizationPublicAccessBlock.Unknown() {
		c.need("organizations:DescribeEffectivePolicy", id, "")
	}
}
