package authz

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// aclAnswer is what ACLs and the ownership of the object say.
type aclAnswer struct {
	concerned bool         // ACLs speak of the action, or ownership matters to it
	enabled   policy.Truth // ACLs count for the bucket
	grants    policy.Truth // an ACL lets the requester do it
	// reached says whether what the bucket policy allows reaches the object: it is the
	// bucket owner's. Yes for what is no reading of an object.
	reached policy.Truth
	// own says whether the object is of the requester's account.
	own   policy.Truth
	owner string // canonical id of the object's owner; empty if not known
	// ignored says that a public ACL would grant it if public ACLs were not ignored.
	ignored bool
}

// instead says whether the bucket policy need not allow: an ACL does, or the object is
// another account's, and the bucket policy does not control access to it.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
func (acl *aclAnswer) instead() policy.Truth {
	return acl.grants.Or(acl.own).Or(acl.reached.Not())
}

// aclPermission returns the permission that lets an ACL allow an action, and whether
// it is the ACL of the object.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions
func aclPermission(action string) (permission string, ofObject bool) {
	switch action {
	case "s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads":
		return "READ", false
	case "s3:putobject":
		return "WRITE", false
	case "s3:getbucketacl":
		return "READ_ACP", false
	case "s3:putbucketacl":
		return "WRITE_ACP", false
	case "s3:getobject", "s3:getobjectversion", "s3:getobjecttorrent":
		return "READ", true
	case "s3:getobjectacl", "s3:getobjectversionacl":
		return "READ_ACP", true
	case "s3:putobjectacl", "s3:putobjectversionacl":
		return "WRITE_ACP", true
	}
	return "", false
}

// onExisting reports whether an action is about an object that is there, so that its
// owner matters. Writing and deleting are the bucket owner's to allow. An object of which
// nobody knows which it is may be anybody's.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
func onExisting(a *authorization) bool {
	if !(a.target.kind == onUnknown || a.target.kind == onBucket && a.target.ofObject) {
		return false
	}
	switch a.action {
	case "s3:getobject", "s3:getobjectversion", "s3:getobjecttorrent", "s3:getobjectattributes", "s3:getobjectversionattributes",
		"s3:getobjectacl", "s3:getobjectversionacl", "s3:putobjectacl", "s3:putobjectversionacl",
		"s3:getobjecttagging", "s3:getobjectversiontagging", "s3:putobjecttagging", "s3:putobjectversiontagging",
		"s3:deleteobjecttagging", "s3:deleteobjectversiontagging",
		"s3:getobjectretention", "s3:getobjectlegalhold", "s3:putobjectretention", "s3:putobjectlegalhold", "s3:restoreobject":
		return true
	}
	return false
}

func (x *decider) acl(a *authorization) aclAnswer {
	permission, ofObject := aclPermission(a.action)
	out := aclAnswer{enabled: policy.No, grants: policy.No, reached: policy.Yes, own: policy.No}
	existing := onExisting(a)
	if out.concerned = existing || permission != "" && !ofObject; !out.concerned {
		return out
	}
	b := a.target.facts
	if out.enabled = aclsEnabled(b.OwnershipControls); out.enabled == policy.No {
		return out
	}
	acl := b.ACL
	if existing {
		o := a.target.object
		acl = o.ACL
		owner, known := o.Owner.Value()
		if !known && o.Owner.Unknown() {
			if v, ok := acl.Value(); ok {
				owner = v.Owner.ID
			}
		}
		out.owner = owner
		out.reached = sameID(owner, a.target.ownerID())
		if x.caller.signed() {
			out.own = x.isCaller(a, owner)
		}
		if o.Head.State() == evidence.StateAbsent || o.Owner.State() == evidence.StateAbsent {
			out.reached, out.own = policy.Yes, policy.No // there is no object, and so no other owner
		}
		if ofObject || permission == "" {
			out.reached = out.reached.Or(out.enabled.Not())
		}
	}
	grants, ignored := x.aclGrants(a, acl, permission)
	out.grants = out.enabled.And(grants)
	out.ignored = ignored && out.grants == policy.No
	out.own = out.own.And(out.enabled)
	return out
}

// aclsEnabled: a bucket without ownership controls is as it was before there were
// any.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
func aclsEnabled(r evidence.Read[evidence.OwnershipControls]) policy.Truth {
	v, ok := r.Value()
	switch {
	case ok:
		return policy.Of(v.ObjectOwnership != "BucketOwnerEnforced")
	case r.State() == evidence.StateAbsent:
		return policy.Yes
	}
	return policy.Unknown
}

// ownerID returns the canonical id of the bucket's owner; empty if not known.
func (t *target) ownerID() string {
	if id, ok := t.owner.CanonicalID.Value(); ok {
		return id
	}
	acl, _ := t.facts.ACL.Value()
	return acl.Owner.ID
}

func sameID(a, b string) policy.Truth {
	if a == "" || b == "" {
		return policy.Unknown
	}
	return policy.Of(a == b)
}

// isCaller says whether a canonical id is that of the requester's account. That of
// the bucket's owner tells it, too, where the requester's is not known.
func (x *decider) isCaller(a *authorization, id string) policy.Truth {
	t := sameID(id, x.caller.policy.CanonicalID)
	if t == policy.Unknown && id != "" && id == a.target.ownerID() {
		t = a.same
	}
	return t
}

// The groups that an ACL can name.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee-predefined-groups
const (
	groupEverybody     = "http://acs.amazonaws.com/groups/global/AllUsers"
	groupAuthenticated = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
	groupLogDelivery   = "http://acs.amazonaws.com/groups/s3/LogDelivery"
)

// aclGrants says whether an ACL gives the requester a permission.
func (x *decider) aclGrants(a *authorization, r evidence.Read[evidence.ACL], permission string) (t policy.Truth, ignoredOne bool) {
	if permission == "" {
		return policy.No, false
	}
	acl, ok := r.Value()
	if !ok {
		return policy.Of(r.State() != evidence.StateAbsent).And(policy.Unknown), false
	}
	ignored := x.setting(&a.target, ignores)
	t = policy.No
	for _, g := range acl.Grants {
		if g.Permission != permission && g.Permission != "FULL_CONTROL" {
			continue
		}
		switch g.Grantee.URI {
		case groupEverybody:
			t = t.Or(ignored.Not())
			ignoredOne = ignored == policy.Yes
		case groupAuthenticated:
			t = t.Or(policy.Of(x.caller.signed()).And(ignored.Not()))
			ignoredOne = ignoredOne || ignored == policy.Yes && x.caller.signed()
		case groupLogDelivery:
			t = t.Or(policy.Of(x.caller.Service == "logging.s3.amazonaws.com"))
		case "":
			if x.caller.signed() {
				t = t.Or(x.isCaller(a, g.Grantee.ID))
			}
		default:
		}
	}
	return t, ignoredOne
}

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
	if onExisting(a) && a.target.ownerID() == "" {
		c.note("the canonical user id of the bucket's account is not known")
		c.need("s3:GetBucketAcl", account, a.target.bucketARN())
	}
}

// publicACL says whether the request carries an ACL that is open to everybody.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
func publicACL(r *Request) policy.Truth {
	t := policy.No
	canned := r.Context.Lookup("s3:x-amz-acl")
	switch canned.State {
	case policy.NotKnown:
		t = policy.Unknown
	case policy.Present:
		for _, v := range canned.Values {
			switch v {
			case "public-read", "public-read-write", "authenticated-read":
				return policy.Yes
			default:
			}
		}
	case policy.Absent:
	}
	for _, key := range [...]string{"s3:x-amz-grant-read", "s3:x-amz-grant-write", "s3:x-amz-grant-read-acp", "s3:x-amz-grant-write-acp", "s3:x-amz-grant-full-control"} {
		v := r.Context.Lookup(key)
		if v.State == policy.NotKnown {
			t = t.Or(policy.Unknown)
		}
		for _, s := range v.Values {
			if strings.Contains(s, groupEverybody) || strings.Contains(s, groupAuthenticated) {
				return policy.Yes
			}
		}
	}
	return t
}
