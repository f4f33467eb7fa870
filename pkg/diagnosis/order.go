package diagnosis

import (
	"cmp"
	"slices"

	"why403/pkg/evidence"
)

// sortBlockers puts blockers into the order in which they are told: what denies
// outright comes before what fails to allow, and policies before the features of S3.
// AWS does not document which of several reasons it reports.
func sortBlockers(all []blocker) {
	slices.SortStableFunc(all, func(a, b blocker) int { return cmp.Compare(a.rank(), b.rank()) })
}

func (b *blocker) rank() int {
	explicit := []evidence.Layer{
		evidence.LayerRCP, evidence.LayerSCP, evidence.LayerVPCE, evidence.LayerBucketPolicy, evidence.LayerAccessPoint, evidence.LayerMRAP,
		evidence.LayerIdentity, evidence.LayerBoundary, evidence.LayerSession,
	}
	implicit := []evidence.Layer{
		evidence.LayerSCP, evidence.LayerVPCE, evidence.LayerBucketPolicy, evidence.LayerAccessPoint, evidence.LayerMRAP,
		evidence.LayerIdentity, evidence.LayerDirectorySession, evidence.LayerBoundary, evidence.LayerSession,
	}
	rest := []evidence.Layer{
		evidence.LayerACLOwnership, evidence.LayerKeyPolicy, evidence.LayerKeyGrant, evidence.LayerKeyState, evidence.LayerRequesterPays,
		evidence.LayerSSEC, evidence.LayerObjectLock, evidence.LayerMFADelete, evidence.LayerObjectExists, evidence.LayerExpectedOwner,
	}
	switch i := slices.Index(explicit, b.check.Layer); {
	case b.id == KMSIdentityNoAllow, b.id == KMSExplicitDeny:
		return 310 // with the key's own checks
	case b.denies && i >= 0:
		return i
	case b.check.Layer == evidence.LayerPublicAccessBlock:
		return 100
	}
	if i := slices.Index(implicit, b.check.Layer); i >= 0 {
		return 200 + i
	}
	return 300 + 10*slices.Index(rest, b.check.Layer)
}
