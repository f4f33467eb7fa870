package livetest

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"why403/pkg/evidence"
)

// bucket returns a bucket, if it is the account's and so may be asked about.
func (c *Cloud) bucket(call Call, name, owner *string) (evidence.Bucket, error) {
	b := c.Evidence.Buckets[*name]
	if id, known := b.Account.Value(); known && (id != call.Account || aws.ToString(owner) != id) {
		return b, failure("AccessDenied", "Access Denied")
	}
	return b, nil
}

// of answers with one setting of a bucket.
func of[T, O any](c *Cloud, call Call, name, owner *string, none string, get func(evidence.Bucket) evidence.Read[T], out func(T) *O) (any, error) {
	b, err := c.bucket(call, name, owner)
	if err != nil {
		return nil, err
	}
	v, err := value(get(b), none)
	if err != nil {
		return nil, err
	}
	return out(v), nil
}

func (c *Cloud) s3(call Call) (any, error) {
	switch in := call.Input.(type) {
	case *s3.ListBucketsInput:
		return c.listBuckets(call, in)
	case *s3.GetBucketPolicyInput:
		b, err := c.bucket(call, in.Bucket, in.ExpectedBucketOwner)
		if err != nil {
			return nil, err
		}
		p, err := value(b.Policy, "NoSuchBucketPolicy")
		if err != nil {
			return nil, err
		}
		return &s3.GetBucketPolicyOutput{Policy: aws.String(string(p))}, nil
	case *s3.GetBucketPolicyStatusInput:
		return of(c, call, in.Bucket, in.ExpectedBucketOwner, "NoSuchBucketPolicy", func(b evidence.Bucket) evidence.Read[evidence.PolicyStatus] { return b.PolicyStatus }, func(v evidence.PolicyStatus) *s3.GetBucketPolicyStatusOutput {
			return &s3.GetBucketPolicyStatusOutput{PolicyStatus: &types.PolicyStatus{IsPublic: aws.Bool(v.IsPublic)}}
		})
	case *s3.GetPublicAccessBlockInput:
		return of(c, call, in.Bucket, in.ExpectedBucketOwner, "NoSuchPublicAccessBlockConfiguration", func(b evidence.Bucket) evidence.Read[evidence.PublicAccessBlock] { return b.PublicAccessBlock }, func(v evidence.PublicAccessBlock) *s3.GetPublicAccessBlockOutput {
			return &s3.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
				BlockPublicAcls: &v.BlockPublicAcls, IgnorePublicAcls: &v.IgnorePublicAcls, BlockPublicPolicy: &v.BlockPublicPolicy, RestrictPublicBuckets: &v.RestrictPublicBuckets,
			}}
		})
	case *s3.GetBucketOwnershipControlsInput:
		return of(c, call, in.Bucket, in.ExpectedBucketOwner, "OwnershipControlsNotFoundError", func(b evidence.Bucket) evidence.Read[evidence.OwnershipControls] { return b.OwnershipControls }, func(v evidence.OwnershipControls) *s3.GetBucketOwnershipControlsOutput {
			return &s3.GetBucketOwnershipControlsOutput{OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnership(v.ObjectOwnership)}}}}
		})
	case *s3.GetBucketAclInput:
		return of(c, call, in.Bucket, in.ExpectedBucketOwner, "NoSuchBucket", func(b evidence.Bucket) evidence.Read[evidence.ACL] { return b.ACL }, func(v evidence.ACL) *s3.GetBucketAclOutput {
			return &s3.GetBucketAclOutput{Owner: &types.Owner{ID: aws.String(v.Owner.ID)}, Grants: grants(v)}
		})
	case *s3.GetBucketRequestPaymentInput:
		return of(c, call, in.Bucket, in.ExpectedBucketOwner, "NoSuchBucket", func(b evidence.Bucket) evidence.Read[evidence.RequestPayment] { return b.RequestPayment }, func(v evidence.RequestPayment) *s3.GetBucketRequestPaymentOutput {
			return &s3.GetBucketRequestPaymentOutput{Payer: types.Payer(v.Payer)}
		})
	case *s3.GetBucketEncryptionInput:
		return of(c, call, in.Bucket, in.ExpectedBucketOwner, "ServerSideEncryptionConfigurationNotFoundError", func(b evidence.Bucket) evidence.Read[evidence.Encryption] { return b.Encryption }, encryption)
	case *s3.GetBucketVersioningInput:
		return of(c, call, in.Bucket, in.ExpectedBucketOwner, "NoSuchBucket", func(b evidence.Bucket) evidence.Read[evidence.Versioning] { return b.Versioning }, func(v evidence.Versioning) *s3.GetBucketVersioningOutput {
			return &s3.GetBucketVersioningOutput{Status: types.BucketVersioningStatus(v.Status), MFADelete: types.MFADeleteStatus(v.MFADelete)}
		})
	case *s3.GetObjectLockConfigurationInput:
		return of(c, call, in.Bucket, in.ExpectedBucketOwner, "ObjectLockConfigurationNotFoundError", func(b evidence.Bucket) evidence.Read[evidence.ObjectLock] { return b.ObjectLock }, func(v evidence.ObjectLock) *s3.GetObjectLockConfigurationOutput {
			return &s3.GetObjectLockConfigurationOutput{ObjectLockConfiguration: &types.ObjectLockConfiguration{ObjectLockEnabled: types.ObjectLockEnabled(v.ObjectLockEnabled)}}
		})
	case *s3.GetBucketTaggingInput:
		return of(c, call, in.Bucket, in.ExpectedBucketOwner, "NoSuchTagSet", func(b evidence.Bucket) evidence.Read[map[string]string] { return b.Tags }, func(v map[string]string) *s3.GetBucketTaggingOutput {
			return &s3.GetBucketTaggingOutput{TagSet: tagSet(v)}
		})
	case *s3.GetBucketAbacInput:
		return of(c, call, in.Bucket, in.ExpectedBucketOwner, "NoSuchBucket", func(b evidence.Bucket) evidence.Read[evidence.ABAC] { return b.ABAC }, func(v evidence.ABAC) *s3.GetBucketAbacOutput {
			return &s3.GetBucketAbacOutput{AbacStatus: &types.AbacStatus{Status: types.BucketAbacStatus(v.Status)}}
		})
	default:
		return c.objects(call)
	}
}

func (c *Cloud) objects(call Call) (any, error) {
	switch in := call.Input.(type) {
	case *s3.GetObjectAclInput:
		o, err := c.object(call, in.Bucket, in.ExpectedBucketOwner, in.Key, in.VersionId)
		if err != nil {
			return nil, err
		}
		acl, err := value(o.ACL, "NoSuchKey")
		if err != nil {
			return nil, err
		}
		owner, known := o.Owner.Value()
		if !known {
			owner = acl.Owner.ID
		}
		return &s3.GetObjectAclOutput{Owner: &types.Owner{ID: aws.String(owner)}, Grants: grants(acl)}, nil
	case *s3.HeadObjectInput:
		o, err := c.object(call, in.Bucket, in.ExpectedBucketOwner, in.Key, in.VersionId)
		if err != nil {
			return nil, err
		}
		h, err := value(o.Head, "NotFound")
		if err != nil {
			return nil, err
		}
		return &s3.HeadObjectOutput{
			ServerSideEncryption: types.ServerSideEncryption(h.ServerSideEncryption), SSEKMSKeyId: aws.String(h.SSEKMSKeyID),
			BucketKeyEnabled: &h.BucketKeyEnabled, StorageClass: types.StorageClass(h.StorageClass), DeleteMarker: &h.DeleteMarker,
		}, nil
	case *s3.ListObjectsV2Input:
		return c.list(call, in)
	case *s3.GetObjectRetentionInput:
		o, err := c.object(call, in.Bucket, in.ExpectedBucketOwner, in.Key, in.VersionId)
		if err != nil {
			return nil, err
		}
		r, err := value(o.Retention, "NoSuchObjectLockConfiguration")
		if err != nil {
			return nil, err
		}
		return &s3.GetObjectRetentionOutput{Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionMode(r.Mode), RetainUntilDate: &r.RetainUntilDate}}, nil
	case *s3.GetObjectLegalHoldInput:
		o, err := c.object(call, in.Bucket, in.ExpectedBucketOwner, in.Key, in.VersionId)
		if err != nil {
			return nil, err
		}
		h, err := value(o.LegalHold, "NoSuchObjectLockConfiguration")
		if err != nil {
			return nil, err
		}
		return &s3.GetObjectLegalHoldOutput{LegalHold: &types.ObjectLockLegalHold{Status: types.ObjectLockLegalHoldStatus(h.Status)}}, nil
	case *s3.GetObjectTaggingInput:
		o, err := c.object(call, in.Bucket, in.ExpectedBucketOwner, in.Key, in.VersionId)
		if err != nil {
			return nil, err
		}
		tags, err := value(o.Tags, "NoSuchTagSet")
		if err != nil {
			return nil, err
		}
		return &s3.GetObjectTaggingOutput{TagSet: tagSet(tags)}, nil
	}
	return nil, nil
}

func (c *Cloud) object(call Call, bucket, owner, key, version *string) (evidence.ObjectVersion, error) {
	if _, err := c.bucket(call, bucket, owner); err != nil {
		return evidence.ObjectVersion{}, err
	}
	o := c.Evidence.Objects[*bucket+"/"+*key]
	v := o.ObjectVersion
	if version != nil {
		v = o.Versions[*version]
	}
	if head := v.Head; head.State() == evidence.StateAbsent {
		return v, failure("NoSuchKey", "The specified key does not exist.")
	}
	if head, ok := v.Head.Value(); ok && head.DeleteMarker && version != nil {
		return v, failure("MethodNotAllowed", "The specified method is not allowed against this resource.")
	}
	return v, nil
}

// list finds the object of which the prefix is the whole key.
func (c *Cloud) list(call Call, in *s3.ListObjectsV2Input) (any, error) {
	o, err := c.object(call, in.Bucket, in.ExpectedBucketOwner, in.Prefix, nil)
	owner, known := o.Owner.Value()
	if err != nil || !known {
		return nil, cmp.Or(err, failure("AccessDenied", "the case does not say"))
	}
	return &s3.ListObjectsV2Output{Contents: []types.Object{{Key: in.Prefix, Owner: &types.Owner{ID: aws.String(owner)}}}}, nil
}

func (c *Cloud) listBuckets(call Call, in *s3.ListBucketsInput) (any, error) {
	var mine []types.Bucket
	for _, name := range slices.Sorted(maps.Keys(c.Evidence.Buckets)) {
		b := c.Evidence.Buckets[name]
		if id, _ := b.Account.Value(); id == call.Account {
			region, _ := b.Region.Value()
			mine = append(mine, types.Bucket{Name: aws.String(name), BucketRegion: aws.String(cmp.Or(region, "us-east-1"))})
		}
	}
	id, err := value(c.Evidence.Accounts[call.Account].CanonicalID, "NotFound")
	if err != nil && len(mine) == 0 {
		return nil, err
	}
	some, next := page(c, mine, in.ContinuationToken)
	return &s3.ListBucketsOutput{Buckets: some, ContinuationToken: next, Owner: &types.Owner{ID: aws.String(id)}}, nil
}

func encryption(v evidence.Encryption) *s3.GetBucketEncryptionOutput {
	rule := types.ServerSideEncryptionRule{BucketKeyEnabled: &v.BucketKeyEnabled}
	if v.SSEAlgorithm != "" {
		rule.ApplyServerSideEncryptionByDefault = &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryption(v.SSEAlgorithm), KMSMasterKeyID: aws.String(v.KMSMasterKeyID)}
	}
	if len(v.BlockedEncryptionTypes) > 0 {
		rule.BlockedEncryptionTypes = &types.BlockedEncryptionTypes{}
		for _, t := range v.BlockedEncryptionTypes {
			rule.BlockedEncryptionTypes.EncryptionType = append(rule.BlockedEncryptionTypes.EncryptionType, types.EncryptionType(t))
		}
	}
	return &s3.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{rule}}}
}

func grants(acl evidence.ACL) []types.Grant {
	var out []types.Grant
	for _, g := range acl.Grants {
		grantee := types.Grantee{Type: types.Type(g.Grantee.Type)}
		if g.Grantee.ID != "" {
			grantee.ID = aws.String(g.Grantee.ID)
		}
		if g.Grantee.URI != "" {
			grantee.URI = aws.String(g.Grantee.URI)
		}
		out = append(out, types.Grant{Grantee: &grantee, Permission: types.Permission(g.Permission)})
	}
	return out
}

func tagSet(tags map[string]string) []types.Tag {
	var out []types.Tag
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, types.Tag{Key: aws.String(k), Value: aws.String(strings.Clone(tags[k]))})
	}
	return out
}
