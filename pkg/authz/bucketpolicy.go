package authz

import (
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

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
	case rootKeepsPolicy(a):
		c.note("the root user of the bucket's account keeps the right to read, replace and delete the bucket policy")
	case s.allow == policy.No && s.deny != policy.Yes && a.same == policy.Yes:
		c.note("it need not allow: requester and bucket are of one account")
	case s.allow == policy.No && acl.instead() == policy.Yes:
		c.note("it need not allow: an ACL does, or the object is not the bucket owner's")
	case c.Blocks == policy.Yes && acl.ignored:
		c.fact("IgnorePublicAcls", "", "true", "a public ACL would grant it, and IgnorePublicAcls has public ACLs ignored")
	case c.Blocks == policy.Unknown && a.same == policy.Unknown:
		c.note("whether requester and bucket are of one account is not known")
	}
}
