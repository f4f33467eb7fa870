package authz

import (
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// decideBucket: a bucket or an object, by their own name or behind an access point.
func (x *decider) decideBucket(a *authorization) {
	if a.target.throughPoint && a.target.bucket == "" {
		point, _ := parseARN(a.target.point)
		c := x.add(a, evidence.LayerBucketPolicy, "", Unknown, policy.Unknown)
		c.note("which bucket the access point is of was not read")
		c.need("s3:GetAccessPoint", point.account, a.target.point)
		return
	}
	says := x.match(a.target.facts.policy, a, "")
	acl := x.acl(a)
	x.limits(a, x.bucketReach(a, &says, &acl))

	needless := acl.instead().Or(initiator(a))
	blocks := says.deny.Or(a.same.Or(says.allow).Or(needless).Not())
	switch rootKeepsPolicy(a) {
	case policy.Yes:
		says.deny, blocks = policy.No, policy.No
	case policy.Unknown:
		says.deny, blocks = says.deny.And(policy.Unknown), blocks.And(policy.Unknown)
	case policy.No:
	}
	c := x.add(a, evidence.LayerBucketPolicy, a.target.account, says.verdict(blocks), blocks)
	c.says(&says, a.same.Or(needless).Not())
	x.explainBucketPolicy(c, a, &says, &acl)
	x.publicAccess(a)
	x.ownership(a, &acl)
	if !x.asking {
		x.ofTheCall(a)
	}
}

// initiator says whether the requester is who began a multipart upload, and may list
// its parts and stop it without being allowed to. That is not in the evidence.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
func initiator(a *authorization) policy.Truth {
	if a.action != "s3:abortmultipartupload" && a.action != "s3:listmultipartuploadparts" {
		return policy.No
	}
	return policy.Of(a.caller.signed()).And(policy.Unknown)
}

// bucketReach is what the bucket policy makes unnecessary. A bucket behind an access
// point must let the request pass as well, by its policy, or in the requester's own
// account by the requester's IAM policies on the bucket. To a multi-region access
// point of the requester's own account the bucket is open.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointPermissions.html
func (x *decider) bucketReach(a *authorization, s *says, acl *aclAnswer) reach {
	if !a.target.throughPoint {
		g := x.grantsOf(s)
		if g.identity != policy.Yes && acl.everybody != policy.No {
			// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
			g.because = "an ACL may let everybody in: whether the requester's own policies need allow then is not documented"
			perhaps := acl.everybody.And(policy.Unknown)
			g.identity, g.boundary, g.session = g.identity.Or(perhaps), g.boundary.Or(perhaps), g.session.Or(perhaps)
		}
		if g.anywhere = initiator(a); g.anywhere != policy.No {
			g.because = "who began a multipart upload may list its parts and stop it without; who it was is not known"
		}
		return g
	}
	g := needsAll()
	g.lenient = s.allow.Or(a.same.Not())
	if point, _ := parseARN(a.target.point); point.region == "" {
		g.lenient = policy.Yes
	}
	return g
}

// explainBucketPolicy says what besides its statements made the check of a bucket
// policy what it is.
func (x *decider) explainBucketPolicy(c *Check, a *authorization, s *says, acl *aclAnswer) {
	switch {
	case s.state == evidence.StateAbsent:
		c.note("the bucket has no policy")
	case s.state == evidence.StateUnreadable || s.state == evidence.StateNotRead || s.unread > 0:
		c.note("the bucket policy was not read" + because(s.why))
		c.need("s3:GetBucketPolicy", a.target.account, a.target.bucketARN())
	}
	switch {
	case rootKeepsPolicy(a) == policy.Yes:
		c.note("the root user of the bucket's account keeps the right to read, replace and delete the bucket policy")
	case rootKeepsPolicy(a) == policy.Unknown && c.Blocks == policy.Unknown:
		c.note("whether the requester is the root user of the bucket's account, which keeps the right to read, replace and delete the bucket policy, is not known")
	case s.allow == policy.No && s.deny != policy.Yes && a.same == policy.Yes:
		c.note("it need not allow: requester and bucket are of one account")
	case s.allow == policy.No && acl.instead() == policy.Yes:
		c.note("it need not allow: an ACL does, or the object is not the bucket owner's")
	case c.Blocks == policy.Yes && acl.ignored:
		c.fact("IgnorePublicAcls", "", "true", "a public ACL would grant it, and IgnorePublicAcls has public ACLs ignored")
	case c.Blocks == policy.Unknown && a.same == policy.Unknown:
		c.note("whether requester and bucket are of one account is not known")
	case c.Blocks == policy.Unknown && s.allow != policy.Yes && initiator(a) == policy.Unknown:
		c.note("who began a multipart upload may list its parts and stop it without; who it was is not known")
	case c.Blocks == policy.Unknown && s.allow != policy.Yes && acl.instead() == policy.Unknown:
		c.note("whether an ACL allows it instead, or the object is not the bucket owner's, is not known")
	}
}

// rootKeepsPolicy: the root user of the bucket's account can always read, replace and
// delete the bucket policy, whatever it denies.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
func rootKeepsPolicy(a *authorization) policy.Truth {
	switch a.action {
	case "s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy":
		return ownerRoot(a)
	}
	return policy.No
}
