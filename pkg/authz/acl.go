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
	// missing says that there is no object.
	missing bool
	// everybody says whether an ACL lets in whoever asks.
	everybody policy.Truth
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
	case "s3:putobject", "s3:deleteobject":
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
// owner matters. Writing, deleting and restoring are the bucket owner's to allow. An object of which
// nobody knows which it is may be anybody's.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-overview.html
func onExisting(a *authorization) bool {
	if !(a.target.kind == onUnknown || a.target.kind == onBucket && a.target.ofObject) {
		return false
	}
	switch a.action {
	case "s3:getobject", "s3:getobjectversion", "s3:getobjecttorrent", "s3:getobjectattributes", "s3:getobjectversionattributes",
		"s3:getobjectacl", "s3:getobjectversionacl", "s3:putobjectacl", "s3:putobjectversionacl",
		"s3:getobjecttagging", "s3:getobjectversiontagging", "s3:putobjecttagging", "s3:putobjectversiontagging",
		"s3:deleteobjecttagging", "s3:deleteobjectversiontagging",
		"s3:getobjectretention", "s3:getobjectlegalhold", "s3:putobjectretention", "s3:putobjectlegalhold":
		return true
	}
	return false
}

func (x *decider) acl(a *authorization) aclAnswer {
	permission, ofObject := aclPermission(a.action)
	out := aclAnswer{enabled: policy.No, grants: policy.No, reached: policy.Yes, own: policy.No, everybody: policy.No}
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
		acl = a.target.object.ACL
		x.ownerOf(a, &out)
	}
	grants := aclGrants{some: policy.No, everybody: policy.No}
	if !existing || !out.missing {
		grants = x.aclGrants(a, acl, permission)
	}
	if a.action == "s3:deleteobject" {
		// WRITE lets the owner of an object delete it, and nobody else.
		out.owner = a.target.objectOwner()
		grants.some = grants.some.And(x.owns(a, out.owner))
		grants.everybody = policy.No
	}
	out.grants, out.everybody = out.enabled.And(grants.some), out.enabled.And(grants.everybody)
	out.ignored = grants.ignored && out.grants == policy.No
	out.own = out.own.And(out.enabled)
	return out
}

// ownerOf finds whose an object is, and what follows from that.
func (x *decider) ownerOf(a *authorization, out *aclAnswer) {
	o := a.target.object
	out.owner = a.target.objectOwner()
	out.reached = sameID(out.owner, a.target.ownerID()).Or(out.enabled.Not())
	if disputed(a.action) {
		out.reached = out.reached.Or(policy.Unknown)
	}
	if x.caller.signed() || out.owner != "" && x.caller.Type == evidence.PrincipalAnonymous {
		out.own = x.owns(a, out.owner)
	}
	head, _ := o.Head.Value()
	gone := o.Head.State() == evidence.StateAbsent || o.Owner.State() == evidence.StateAbsent || head.DeleteMarker
	if _, read := o.ACL.Value(); gone && !read && out.owner == "" {
		out.missing, out.reached, out.own = true, policy.Yes, policy.No // there is no object, and so no other owner
	}
}

// owns says whether a canonical id is the requester's. Everybody without a signature
// has one and the same; those of AWS services are not documented.
func (x *decider) owns(a *authorization, id string) policy.Truth {
	switch {
	case x.caller.signed():
		return x.isCaller(a, id)
	case x.caller.Type == evidence.PrincipalAnonymous && id != "" && id != anonymousID:
		return policy.No
	}
	return policy.Unknown
}

// disputed reports whether AWS's pages disagree, or are silent, on an action on an
// object of another account: that the bucket owner has the permission and can give it
// to others, and that no policy of the bucket owner's reaches such objects.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
func disputed(action string) bool {
	return strings.Contains(action, "tagging") || strings.HasSuffix(action, "retention") || strings.HasSuffix(action, "legalhold")
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

// objectOwner returns the canonical id of the object's owner; empty if not known.
func (t *target) objectOwner() string {
	owner, known := t.object.Owner.Value()
	if !known && t.object.Owner.Unknown() {
		acl, _ := t.object.ACL.Value()
		owner = acl.Owner.ID
	}
	return owner
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
