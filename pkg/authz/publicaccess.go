package authz

import (
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// publicAccess makes the check of Block Public Access: whether a public policy shuts
// out everybody but the resource's account and AWS's services, and whether a request
// that would open something is refused. That public ACLs are ignored counts where ACLs
// are asked.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
func (x *decider) publicAccess(a *authorization) {
	t := a.target
	if t.kind == onPoint || t.kind == onMRAP {
		t = x.from.behind(t, x.request.VersionID)
	}
	c := x.add(a, evidence.LayerPublicAccessBlock, a.target.account, Allow, policy.No)
	deny := x.restrictPublic(a, &t, c).Or(x.blockPublicACL(a, &t, c)).Or(x.blockPublicPolicy(a, c))
	c.Blocks = deny
	switch deny {
	case policy.Yes:
		c.Verdict = Deny
	case policy.Unknown:
		c.Verdict = Unknown
		x.needSettings(c, &t)
		if b := t.facts; b.PolicyStatus.Unknown() && a.target.kind != onPoint && a.target.kind != onMRAP {
			c.need("s3:GetBucketPolicyStatus", t.account, t.bucketARN())
		}
	case policy.No:
	}
}

// restrictPublic: t is the bucket, through the access point or not.
func (x *decider) restrictPublic(a *authorization, t *target, c *Check) policy.Truth {
	member := x.caller.same(t.account)
	if t.point != "" {
		point, _ := parseARN(t.point)
		member = member.Or(x.caller.same(point.account))
	}
	if x.caller.Type == evidence.PrincipalService || member == policy.Yes {
		return policy.No
	}
	restricted := x.setting(t, restricts)
	if restricted == policy.No {
		return policy.No
	}
	public, why, of := policy.No, "", "bucket"
	if a.target.kind == onPoint || a.target.kind == onMRAP {
		of = "access point"
		public, why = x.publicPoint(a)
	} else {
		public, why = x.publicPolicy(a)
	}
	deny := restricted.And(public).And(member.Not())
	switch deny {
	case policy.Yes:
		c.fact("RestrictPublicBuckets", "false", "true", "the "+of+" policy is public ("+why+"), and RestrictPublicBuckets then admits only the "+of+"'s account and AWS services")
	case policy.Unknown:
		c.fact("RestrictPublicBuckets", "false", "", "whether RestrictPublicBuckets is on and the "+of+" policy public is not known for sure: "+why)
	case policy.No:
	}
	return deny
}

// publicPoint says whether the policy of an access point is public. One for a VPC
// never is.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status-access-points
func (x *decider) publicPoint(a *authorization) (policy.Truth, string) {
	point := x.from.point(a.target.point)
	config, known := point.Config.Value()
	if known && config.NetworkOrigin == "VPC" {
		return policy.No, "an access point for a VPC never is"
	}
	public, why := publicDocuments(point.policy, true)
	if public == policy.Yes && config.NetworkOrigin == "" && a.target.kind == onPoint {
		return policy.Unknown, why + "; but it may be an access point for a VPC"
	}
	return public, why
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

// blockPublicACL: requests with a public ACL are refused. Through an access point it
// is asked there, for the bucket too.
func (x *decider) blockPublicACL(a *authorization, t *target, c *Check) policy.Truth {
	switch a.action {
	case "s3:putobject", "s3:putobjectacl", "s3:putobjectversionacl", "s3:putbucketacl":
	default:
		return policy.No
	}
	if a.target.throughPoint {
		return policy.No
	}
	return x.refusePublicACL(a, c, x.setting(t, blocksACLs))
}

func (x *decider) refusePublicACL(a *authorization, c *Check, on policy.Truth) policy.Truth {
	carries := publicACL(x.request)
	if carries == policy.No && a.action != "s3:putobject" && !x.cannedACL() {
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
	if a.action != "s3:putbucketpolicy" && a.action != "s3:putaccesspointpolicy" {
		return policy.No
	}
	on := x.setting(&a.target, blocksPolicies)
	public, why := policy.Unknown, "the request's policy is not known"
	if x.request.Document != nil {
		public, why = publicDocuments(documents{state: evidence.StateKnown, list: []document{parsed("policy of the request", "", x.request.Document)}}, a.action == "s3:putaccesspointpolicy")
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
