package diagnosis

import (
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
)

// sharpenACL tells a bucket that is shared by ACLs from one that has no policy yet: it
// has none, ACLs count, and one of them grants something to somebody else than the
// owner; but to the requester nothing that the action needs.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions
func (b *blocker) sharpenACL(d *authz.Decision, e *evidence.Evidence) {
	if b.id != BucketPolicyNoAllow {
		return
	}
	_, account, rest, ok := splitARN(d.Authorizations[b.check.Authorization].Resource)
	if !ok || account != "" {
		return
	}
	name, _, object := strings.Cut(rest, "/")
	bucket := e.Buckets[name]
	controls, known := bucket.OwnershipControls.Value()
	switch {
	case bucket.Policy.State() != evidence.StateAbsent,
		known && controls.ObjectOwnership == "BucketOwnerEnforced", bucket.OwnershipControls.Unknown():
		return
	}
	of := e.Objects[rest].ACL
	switch {
	case object && shares(of):
		b.sharp = "the object's ACL grants to others, and not this"
	case shares(bucket.ACL) && object:
		b.sharp = "the bucket's ACL grants to others, and what it grants on the bucket reads no object"
	case shares(bucket.ACL):
		b.sharp = "the bucket's ACL grants to others, and not this"
	default:
		return
	}
	b.id, b.isA = ACLNoGrant, BucketPolicyNoAllow
}

// shares reports whether an ACL grants anything to somebody else than the owner.
func shares(r evidence.Read[evidence.ACL]) bool {
	acl, _ := r.Value()
	for _, g := range acl.Grants {
		if g.Grantee.URI != "" || g.Grantee.ID != "" && g.Grantee.ID != acl.Owner.ID {
			return true
		}
	}
	return false
}
