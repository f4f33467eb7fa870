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
	deny := x.restrictPublic(a, &t, c).Or(x.blockPublicACL(a, &t, c)).Or(x.blockPublicPolicy(a, &t, c))
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
	of, public := "bucket", x.publicPolicy
	if a.target.kind == onPoint || a.target.kind == onMRAP {
		of, public = "access point", x.publicPoint
	}
	isPublic, why := public(a)
	deny := restricted.And(isPublic).And(member.Not())
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

// carriesACL reports whether a call can carry an ACL.
func carriesACL(action string) bool {
	switch action {
	case "s3:putobject", "s3:putobjectacl", "s3:putobjectversionacl", "s3:putbucketacl", "s3:createbucket":
		return true
	}
	return false
}

// blockPublicACL: requests with a public ACL are refused, once for all that they need.
// Through an access point it is asked there, for the bucket too.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PublicAccessBlockConfiguration.html
func (x *decider) blockPublicACL(a *authorization, t *target, c *Check) policy.Truth {
	if !carriesACL(a.action) || a.target.throughPoint {
		return policy.No
	}
	for _, b := range x.asked[:a.place] {
		if carriesACL(b.action) && b.Resource == a.Resource {
			return policy.No
		}
	}
	on := x.setting(t, blocksACLs)
	carries := publicACL(x.request)
	if carries == policy.No && x.inBody(a) {
		carries = policy.Unknown
	}
	deny := on.And(carries)
	switch deny {
	case policy.Yes:
		c.fact("BlockPublicAcls", "false", "true", "the request carries a public ACL, and BlockPublicAcls refuses those")
	case policy.Unknown:
		c.fact("BlockPublicAcls", "false", "", "whether the request carries a public ACL, or BlockPublicAcls is on, is not known")
	case policy.No:
	}
	return deny
}

// inBody reports whether the ACL of a request is in its body: it has one in a header,
// or there.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
func (x *decider) inBody(a *authorization) bool {
	switch x.request.Operation {
	case "PutObjectAcl", "PutBucketAcl":
	case "":
		if a.action == "s3:putobject" || a.action == "s3:createbucket" {
			return false
		}
	default:
		return false
	}
	for _, header := range aclHeaders() {
		if x.request.Context.Lookup(header).State == policy.Present {
			return false
		}
	}
	return true
}

// blockPublicPolicy: a public policy is not taken for the bucket.
func (x *decider) blockPublicPolicy(a *authorization, t *target, c *Check) policy.Truth {
	if a.action != "s3:putbucketpolicy" {
		return policy.No
	}
	return x.refusePublicPolicy(c, x.setting(t, blocksPolicies), false)
}

// refusePublicPolicy says whether the policy that the request would store is refused,
// where the setting is on.
func (x *decider) refusePublicPolicy(c *Check, on policy.Truth, ofPoint bool) policy.Truth {
	public, why := policy.Unknown, "the request's policy is not known"
	if x.request.Document != nil {
		public, why = publicDocuments(documents{state: evidence.StateKnown, list: []document{parsed("policy of the request", "", x.request.Document)}}, ofPoint)
	}
	deny := on.And(public)
	switch deny {
	case policy.Yes:
		c.fact("BlockPublicPolicy", "false", "true", "the request would store a public policy ("+why+"), and BlockPublicPolicy refuses those")
	case policy.Unknown:
		c.fact("BlockPublicPolicy", "false", "", "whether the request would store a public policy, or BlockPublicPolicy is on, is not known: "+why)
	case policy.No:
	}
	return deny
}
