package live

import (
	"context"
	"time"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// Fact names one read, for tests of how its answers are told apart.
type Fact struct{ Of, Account, Region, Name, Version string }

// One reads one thing, as Read does for what a denial needs.
func (r *Reader) One(ctx context.Context, f Fact) evidence.Evidence {
	kinds := map[string]kind{
		"account of a bucket": bucketAccount, "bucket policy": bucketPolicy, "policy status": bucketPolicyStatus, "access block": bucketAccessBlock,
		"ownership": bucketOwnership, "bucket ACL": bucketACL, "payer": bucketPayer, "encryption": bucketEncryption, "versioning": bucketVersioning,
		"lock": bucketLock, "bucket tags": bucketTags, "object": object, "object lock": objectLock, "object tags": objectTags,
		"access point": accessPoint, "multi-region access point": multiRegionPoint, "account access block": accountAccessBlock,
		"canonical id": canonicalID, "principal": principal, "unique id": uniqueID, "key": keyMetadata, "key policy": keyPolicy, "grants": keyGrants,
		"key tags": keyTags, "alias": keyAlias, "endpoint": endpoint, "distributions": distributions, "organization": organization, "path": organizationPath,
		"organization's access block": organizationAccessBlock,
	}
	var e evidence.Evidence
	what := fact{kinds[f.Of], f.Account, f.Region, f.Name, f.Version}
	if k, ok := r.cache.get(what, time.Time{}); ok {
		k.value.(change)(&e) //nolint:forcetypeassert // it is one
		return e
	}
	r.read(ctx, what, time.Time{}, &trail.Denial{})(&e)
	return e
}

// Kept returns how many answers are kept.
func (r *Reader) Kept() int { return r.cache.answers.Len() }
