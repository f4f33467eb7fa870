package authz

import (
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// ownership makes the check of ACLs and of the object's owner: of an object of
// another account than the bucket's, while ACLs count, only its own ACL and its
// owner's IAM policies allow anything.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
func (x *decider) ownership(a *authorization, acl *aclAnswer) {
	account := a.target.account
	none := func(why string) {
		x.add(a, evidence.LayerACLOwnership, account, NotApplicable, policy.No).note(why)
	}
	switch {
	case !acl.concerned:
		none("ACLs do not speak of this action")
		return
	case acl.enabled == policy.No:
		none("the bucket has ACLs disabled: everything in it is the bucket owner's")
		return
	}
	passes := acl.reached.Or(acl.grants).Or(acl.own)
	v := NoAllow
	switch {
	case acl.grants == policy.Yes, acl.reached == policy.Yes && onExisting(a), passes == policy.Yes && acl.own == policy.Yes:
		v = Allow
	case passes == policy.Unknown, acl.grants == policy.Unknown:
		v = Unknown
	}
	c := x.add(a, evidence.LayerACLOwnership, account, v, passes.Not())
	b := a.target.facts
	ownership := ownershipOf(b.OwnershipControls)
	switch {
	case acl.grants == policy.Yes:
		c.note("an ACL grants it")
	case acl.missing:
		c.note("there is no object, and so no other owner")
	case onExisting(a) && acl.reached == policy.Yes:
		c.note("the object belongs to the bucket's account")
	case acl.own == policy.Yes:
		c.note("the object belongs to the requester's account")
	case c.Blocks == policy.Yes:
		c.fact("ObjectOwnership", "BucketOwnerEnforced", ownership,
			"the object belongs to another account ("+acl.owner+") than the bucket: the bucket policy does not reach it, and its ACL does not grant it")
	case v == NoAllow:
		c.note("no ACL grants it")
	}
	if v == Unknown || acl.instead() == policy.Unknown {
		x.needACL(c, a, acl)
	}
}

func ownershipOf(r evidence.Read[evidence.OwnershipControls]) string {
	if v, ok := r.Value(); ok {
		return v.ObjectOwnership
	}
	return "ObjectWriter"
}

func (x *decider) needACL(c *Check, a *authorization, acl *aclAnswer) {
	account := a.target.account
	b := a.target.facts
	if acl.enabled == policy.Unknown {
		c.note("whether ACLs count for the bucket was not read" + because(b.OwnershipControls.Reason()))
		c.need("s3:GetBucketOwnershipControls", account, a.target.bucketARN())
	}
	if onExisting(a) {
		o := a.target.object
		if o.Owner.Unknown() && acl.owner == "" || o.ACL.Unknown() && acl.grants == policy.Unknown {
			c.note("the owner and the ACL of the object were not read" + because(o.ACL.Reason()))
			c.need("s3:GetObjectAcl", account, a.target.objectARN())
		}
	} else if b.ACL.Unknown() {
		c.note("the ACL of the bucket was not read" + because(b.ACL.Reason()))
		c.need("s3:GetBucketAcl", account, a.target.bucketARN())
	}
	if x.caller.signed() && x.caller.policy.CanonicalID == "" && acl.grants.Or(acl.own) == policy.Unknown {
		c.note("the canonical user id of the requester's account is not known")
		c.need("s3:ListAllMyBuckets", x.caller.Account, "")
	}
	if acl.grants == policy.Unknown && x.setting(&a.target, ignores) == policy.Unknown {
		c.note("whether Block Public Access ignores public ACLs was not read")
		x.needSettings(c, &a.target)
	}
	if disputed(a.action) && acl.owner != "" && acl.reached == policy.Unknown && a.target.ownerID() != "" {
		c.note("the object belongs to another account (" + acl.owner + ") than the bucket; whether the bucket owner decides on this action is not documented clearly")
	}
	if a.action == "s3:deleteobject" && acl.owner != "" && !x.caller.signed() && acl.grants == policy.Unknown {
		c.note("WRITE of the bucket lets the owner of an object delete it; whether that is the requester is not known")
	}
	if acl.own == policy.Unknown && acl.owner == anonymousID {
		c.note("the object was uploaded without a signature; what that lets others without one do is not documented")
	}
	if a.action == "s3:deleteobject" && acl.owner == "" && acl.grants == policy.Unknown {
		c.note("the owner of the object, who may delete it with WRITE of the bucket, was not read" + because(a.target.object.Owner.Reason()))
		c.need("s3:GetObjectAcl", account, a.target.objectARN())
	}
	if onExisting(a) && a.target.ownerID() == "" {
		c.note("the canonical user id of the bucket's account is not known")
		c.need("s3:GetBucketAcl", account, a.target.bucketARN())
	}
}
