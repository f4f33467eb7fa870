package diagnosis

import (
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
	"why403/pkg/trail"
)

// blocker is a check that refuses the request, under the name of the cause that it
// is.
type blocker struct {
	id, isA CauseID
	check   *authz.Check
	reasons []authz.Reason
	denies  bool // something denies; else nothing allows
	// sharp says, where isA is set or the id's own words are too plain, what exactly it
	// is: a clause.
	sharp string
	// more are the checks of other authorizations that the same thing refuses.
	more []*authz.Check
}

// blockers returns the causes of everything that refuses the request, in the order in
// which they are told. One thing that refuses several authorizations is one blocker.
func blockers(r *refusal, d *authz.Decision) []blocker {
	var all []blocker
	add := func(b blocker) {
		if b.id == "" {
			return
		}
		b.sharpen(r, d)
		if i := sameBlocker(all, b, d); i >= 0 {
			all[i].more = append(all[i].more, b.check)
			return
		}
		all = append(all, b)
	}
	for _, c := range d.Blocking(policy.Yes) {
		denies := c.Denies == policy.Yes || c.Verdict == authz.Deny
		first := blocker{check: c, reasons: d.Reasons(c), denies: denies}
		first.id = causeOfCheck(r, d, c, denies)
		add(first)
		if !denies || c.MustAllow != policy.Yes || c.Allows != policy.No {
			continue
		}
		// Without its Deny the layer would still not allow.
		second := blocker{check: c, reasons: d.Lacking(c)}
		if second.id = causeOfCheck(r, d, c, false); second.id != first.id {
			add(second)
		}
	}
	sortBlockers(all)
	return all
}

// sameBlocker finds a blocker that is the same thing: the same cause, to be mended in
// the same place.
func sameBlocker(all []blocker, b blocker, d *authz.Decision) int {
	for i := range all {
		if all[i].id == b.id && all[i].check.Account == b.check.Account && all[i].check.Layer == b.check.Layer &&
			placeOf(d, all[i].check) == placeOf(d, b.check) {
			return i
		}
	}
	return -1
}

// placeOf returns what a check's policy is attached to: of the requester's own and of
// the organization's it is the requester, of the others the bucket, point or key.
func placeOf(d *authz.Decision, c *authz.Check) string {
	switch c.Layer {
	case evidence.LayerSCP, evidence.LayerRCP, evidence.LayerVPCE, evidence.LayerIdentity, evidence.LayerBoundary, evidence.LayerSession:
		return ""
	default:
	}
	resource := d.Authorizations[c.Authorization].Resource
	if service, account, rest, ok := splitARN(resource); ok && service == "s3" && account == "" {
		bucket, _, _ := strings.Cut(rest, "/")
		return bucket
	}
	return resource
}

// causeOfCheck names the cause that a check is if it refuses: because something
// denies, or because nothing allows.
func causeOfCheck(r *refusal, d *authz.Decision, c *authz.Check, denies bool) CauseID {
	a := d.Authorizations[c.Authorization]
	kms := strings.HasPrefix(a.Action, "kms:")
	pick := func(explicit, implicit CauseID) CauseID {
		if denies {
			return explicit
		}
		return implicit
	}
	switch c.Layer {
	case evidence.LayerRCP:
		return RCP
	case evidence.LayerSCP:
		return SCP
	case evidence.LayerVPCE:
		return VPCEPolicy
	case evidence.LayerIdentity:
		switch {
		case kms:
			return pick(KMSExplicitDeny, KMSIdentityNoAllow)
		case a.Action == createSession:
			return pick(IdentityExplicitDeny, DirectoryBucketSession)
		}
		return pick(IdentityExplicitDeny, IdentityNoAllow)
	case evidence.LayerBoundary:
		return PermissionsBoundary
	case evidence.LayerSession:
		return SessionPolicy
	case evidence.LayerBucketPolicy:
		return pick(BucketPolicyExplicitDeny, bucketNoAllow(r, a))
	case evidence.LayerAccessPoint:
		if notedElement(d, c) == "NetworkOrigin" {
			return AccessPointNetwork
		}
		return AccessPointPolicy
	case evidence.LayerMRAP:
		return MRAPPolicy
	case evidence.LayerKeyPolicy:
		return pick(KMSExplicitDeny, keyNoAllow(d, c))
	case evidence.LayerKeyState:
		return KMSKeyState
	case evidence.LayerPublicAccessBlock:
		switch notedElement(d, c) {
		case "BlockPublicAcls":
			return BPABlockPublicACLs
		case "BlockPublicPolicy":
			return BPABlockPublicPolicy
		}
		return BPARestrictPublicBuckets
	case evidence.LayerACLOwnership:
		return ObjectOwnership
	case evidence.LayerRequesterPays:
		return RequesterPays
	case evidence.LayerSSEC:
		return SSECBlocked
	case evidence.LayerObjectLock:
		return ObjectLock
	case evidence.LayerMFADelete:
		return MFADelete
	case evidence.LayerObjectExists:
		return MissingObject
	case evidence.LayerExpectedOwner:
		return ExpectedBucketOwner
	case evidence.LayerDirectorySession:
		return DirectoryBucketSession
	default:
		return ""
	}
}

// bucketNoAllow names the cause of a bucket policy that allows nothing: it depends on
// who asks, and through what.
func bucketNoAllow(r *refusal, a authz.Authorization) CauseID {
	switch {
	case r.Principal.Type == evidence.PrincipalAnonymous:
		return AnonymousNoGrant
	case a.Because != "" && r.point != "":
		return AccessPointDelegation
	case r.Principal.Type == evidence.PrincipalService:
		return ServicePrincipalCondition
	}
	return BucketPolicyNoAllow
}

func keyNoAllow(d *authz.Decision, c *authz.Check) CauseID {
	for _, reason := range d.Reasons(c) {
		if strings.HasPrefix(reason.Text, "AWS manages the key") {
			return KMSAWSManagedKeyCrossAcct
		}
	}
	return KMSKeyPolicyNoAllow
}

// notedElement returns the setting that decided a check which is no policy.
func notedElement(d *authz.Decision, c *authz.Check) string {
	for _, reason := range d.Reasons(c) {
		if reason.Policy == "" && reason.Key != "" {
			return reason.Key
		}
	}
	return ""
}

// openCauses returns the causes that a check may be of which it is not known whether
// it refuses.
func openCauses(r *refusal, d *authz.Decision, c *authz.Check) []CauseID {
	switch c.Layer {
	case evidence.LayerRCP, evidence.LayerSCP, evidence.LayerVPCE, evidence.LayerBoundary, evidence.LayerSession,
		evidence.LayerAccessPoint, evidence.LayerMRAP:
		return []CauseID{causeOfCheck(r, d, c, c.Denies != policy.No)}
	case evidence.LayerIdentity, evidence.LayerBucketPolicy, evidence.LayerKeyPolicy:
	default:
		return []CauseID{causeOfCheck(r, d, c, true)}
	}
	var ids []CauseID
	if c.Denies == policy.Unknown {
		ids = append(ids, causeOfCheck(r, d, c, true))
	}
	if c.MustAllow != policy.No && c.Allows != policy.Yes {
		ids = append(ids, causeOfCheck(r, d, c, false))
	}
	if ids == nil {
		// A key whose use is not certain is not asked for by its policies.
		ids = append(ids, causeOfCheck(r, d, c, false))
	}
	return ids
}

// seenFrom returns the denial as seen from one check that refuses: with the words that
// AWS would have for it.
func (r *refusal) seenFrom(d *authz.Decision, b *blocker) *refusal {
	c := b.check
	a := d.Authorizations[c.Authorization]
	if a.Because != "" && c.Layer == evidence.LayerObjectExists {
		return r
	}
	v := *r
	v.action, v.resource = a.Action, a.Resource
	v.Message = trail.Message{Form: trail.FormPolicy, Action: a.Action, Resource: a.Resource, Policy: policyType(c.Layer),
		Explicit: b.denies}
	for _, reason := range b.reasons {
		if reason.ARN != "" && v.Message.PolicyARN == "" {
			v.Message.PolicyARN = reason.ARN
		}
	}
	service, account, rest, ok := splitARN(a.Resource)
	switch {
	case ok && service == "kms":
		v.KMSKey = a.Resource
	case ok && service == "s3" && account == "":
		v.bucket, v.key, _ = strings.Cut(rest, "/")
		v.owner = a.Account
	case ok && service == "s3express":
		v.bucket, v.owner = strings.TrimPrefix(rest, "bucket/"), a.Account
	}
	if v.owner == "" {
		v.owner = c.Account
	}
	return &v
}

// policyType is AWS's word for the policies of a layer.
func policyType(l evidence.Layer) trail.PolicyType {
	switch l {
	case evidence.LayerRCP:
		return trail.ResourceControl
	case evidence.LayerSCP:
		return trail.ServiceControl
	case evidence.LayerVPCE:
		return trail.VPCEndpointPolicy
	case evidence.LayerIdentity:
		return trail.IdentityBased
	case evidence.LayerBoundary:
		return trail.PermissionsBoundary
	case evidence.LayerSession:
		return trail.SessionPolicy
	default:
		return trail.ResourceBased
	}
}
