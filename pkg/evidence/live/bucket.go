package live

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"why403/pkg/evidence"
)

// bucketReader calls S3 about one bucket, which must be the account's: one of the same
// name in other hands is refused by S3.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
type bucketReader struct {
	*attempt
	client        *s3.Client
	bucket, owner *string
}

// s3In returns what calls S3 in a region about a bucket.
func (a *attempt) s3In(region, bucket string) bucketReader {
	client := s3.NewFromConfig(a.config(a.account, region), func(o *s3.Options) {
		o.UsePathStyle = a.accounts.AWS.BaseEndpoint != nil // a stand-in has one name for all buckets
		o.DisableS3ExpressSessionAuth = aws.Bool(true)
	})
	return bucketReader{a, client, aws.String(bucket), aws.String(a.account)}
}

// onS3 makes a call on S3, and once more where the bucket is, if that is elsewhere.
func onS3[T any](a *attempt, bucket string, call func(bucketReader) (T, error)) (T, error) {
	v, err := call(a.s3In(a.region, bucket))
	if err == nil {
		return v, nil
	}
	if region := elsewhere(err); region != "" && region != a.region {
		return call(a.s3In(region, bucket))
	}
	return v, err
}

// readBucket reads one setting of a bucket.
func (a *attempt) readBucket() change {
	switch a.kind {
	case bucketPolicy:
		v := a.policyOfBucket()
		return onBucket(a.name, func(b *evidence.Bucket) { b.Policy = v })
	case bucketPolicyStatus:
		out, err := onS3(a, a.name, func(r bucketReader) (*s3.GetBucketPolicyStatusOutput, error) {
			return r.client.GetBucketPolicyStatus(r, &s3.GetBucketPolicyStatusInput{Bucket: r.bucket, ExpectedBucketOwner: r.owner})
		})
		var status evidence.PolicyStatus
		if err == nil && out.PolicyStatus != nil {
			status.IsPublic = aws.ToBool(out.PolicyStatus.IsPublic)
		}
		v := outcome(a, status, err, "NoSuchBucketPolicy")
		return onBucket(a.name, func(b *evidence.Bucket) { b.PolicyStatus = v })
	case bucketAccessBlock:
		out, err := onS3(a, a.name, func(r bucketReader) (*s3.GetPublicAccessBlockOutput, error) {
			return r.client.GetPublicAccessBlock(r, &s3.GetPublicAccessBlockInput{Bucket: r.bucket, ExpectedBucketOwner: r.owner})
		})
		var block evidence.PublicAccessBlock
		if c := config(out, err, func(o *s3.GetPublicAccessBlockOutput) *types.PublicAccessBlockConfiguration {
			return o.PublicAccessBlockConfiguration
		}); c != nil {
			block = evidence.PublicAccessBlock{
				BlockPublicAcls: aws.ToBool(c.BlockPublicAcls), IgnorePublicAcls: aws.ToBool(c.IgnorePublicAcls),
				BlockPublicPolicy: aws.ToBool(c.BlockPublicPolicy), RestrictPublicBuckets: aws.ToBool(c.RestrictPublicBuckets),
			}
		}
		v := outcome(a, block, err, "NoSuchPublicAccessBlockConfiguration")
		return onBucket(a.name, func(b *evidence.Bucket) { b.PublicAccessBlock = v })
	case bucketOwnership:
		return a.readOwnership()
	case bucketACL:
		out, err := onS3(a, a.name, func(r bucketReader) (*s3.GetBucketAclOutput, error) {
			return r.client.GetBucketAcl(r, &s3.GetBucketAclInput{Bucket: r.bucket, ExpectedBucketOwner: r.owner})
		})
		var acl evidence.ACL
		if err == nil {
			acl = aclOf(out.Owner, out.Grants)
		}
		v := outcome(a, acl, err)
		return onBucket(a.name, func(b *evidence.Bucket) { b.ACL = v })
	case bucketPayer:
		out, err := onS3(a, a.name, func(r bucketReader) (*s3.GetBucketRequestPaymentOutput, error) {
			return r.client.GetBucketRequestPayment(r, &s3.GetBucketRequestPaymentInput{Bucket: r.bucket, ExpectedBucketOwner: r.owner})
		})
		var payment evidence.RequestPayment
		if err == nil {
			payment.Payer = string(out.Payer)
		}
		v := outcome(a, payment, err)
		if err == nil && payment.Payer == "" {
			v = evidence.Unreadable[evidence.RequestPayment]("the answer names nobody")
		}
		return onBucket(a.name, func(b *evidence.Bucket) { b.RequestPayment = v })
	case bucketEncryption:
		return a.readEncryption()
	case bucketVersioning:
		out, err := onS3(a, a.name, func(r bucketReader) (*s3.GetBucketVersioningOutput, error) {
			return r.client.GetBucketVersioning(r, &s3.GetBucketVersioningInput{Bucket: r.bucket, ExpectedBucketOwner: r.owner})
		})
		var versioning evidence.Versioning
		if err == nil {
			versioning = evidence.Versioning{Status: string(out.Status), MFADelete: string(out.MFADelete)}
		}
		v := outcome(a, versioning, err)
		return onBucket(a.name, func(b *evidence.Bucket) { b.Versioning = v })
	case bucketLock:
		out, err := onS3(a, a.name, func(r bucketReader) (*s3.GetObjectLockConfigurationOutput, error) {
			return r.client.GetObjectLockConfiguration(r, &s3.GetObjectLockConfigurationInput{Bucket: r.bucket, ExpectedBucketOwner: r.owner})
		})
		var lock evidence.ObjectLock
		if err == nil && out.ObjectLockConfiguration != nil {
			lock.ObjectLockEnabled = string(out.ObjectLockConfiguration.ObjectLockEnabled)
		}
		v := outcome(a, lock, err, "ObjectLockConfigurationNotFoundError")
		return onBucket(a.name, func(b *evidence.Bucket) { b.ObjectLock = v })
	default:
		return a.readTags()
	}
}

// config returns the part of an answer that matters; nil without one.
func config[O, C any](out *O, err error, part func(*O) *C) *C {
	if err != nil || out == nil {
		return nil
	}
	return part(out)
}

func (a *attempt) policyOfBucket() evidence.Read[json.RawMessage] {
	out, err := onS3(a, a.name, func(r bucketReader) (*s3.GetBucketPolicyOutput, error) {
		return r.client.GetBucketPolicy(r, &s3.GetBucketPolicyInput{Bucket: r.bucket, ExpectedBucketOwner: r.owner})
	})
	if err != nil {
		return outcome(a, json.RawMessage(nil), err, "NoSuchBucketPolicy")
	}
	return document(aws.ToString(out.Policy))
}

// document is a policy document as AWS returns it: JSON in a string.
func document(text string) evidence.Read[json.RawMessage] {
	var whole map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		return evidence.Unreadable[json.RawMessage]("what AWS returned is no policy: " + err.Error())
	}
	return evidence.Known(json.RawMessage(text))
}

// readOwnership: a bucket that has no such setting is from before it, and has ACLs.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
func (a *attempt) readOwnership() change {
	out, err := onS3(a, a.name, func(r bucketReader) (*s3.GetBucketOwnershipControlsOutput, error) {
		return r.client.GetBucketOwnershipControls(r, &s3.GetBucketOwnershipControlsInput{Bucket: r.bucket, ExpectedBucketOwner: r.owner})
	})
	var controls evidence.OwnershipControls
	if c := config(out, err, func(o *s3.GetBucketOwnershipControlsOutput) *types.OwnershipControls { return o.OwnershipControls }); c != nil && len(c.Rules) > 0 {
		controls.ObjectOwnership = string(c.Rules[0].ObjectOwnership)
	}
	v := outcome(a, controls, err, "OwnershipControlsNotFoundError")
	if err == nil && controls.ObjectOwnership == "" {
		v = evidence.Unreadable[evidence.OwnershipControls]("the answer has no rule")
	}
	return onBucket(a.name, func(b *evidence.Bucket) { b.OwnershipControls = v })
}

func (a *attempt) readEncryption() change {
	out, err := onS3(a, a.name, func(r bucketReader) (*s3.GetBucketEncryptionOutput, error) {
		return r.client.GetBucketEncryption(r, &s3.GetBucketEncryptionInput{Bucket: r.bucket, ExpectedBucketOwner: r.owner})
	})
	var encryption evidence.Encryption
	if c := config(out, err, func(o *s3.GetBucketEncryptionOutput) *types.ServerSideEncryptionConfiguration {
		return o.ServerSideEncryptionConfiguration
	}); c != nil {
		for _, rule := range c.Rules {
			if d := rule.ApplyServerSideEncryptionByDefault; d != nil {
				encryption.SSEAlgorithm, encryption.KMSMasterKeyID = string(d.SSEAlgorithm), aws.ToString(d.KMSMasterKeyID)
			}
			encryption.BucketKeyEnabled = encryption.BucketKeyEnabled || aws.ToBool(rule.BucketKeyEnabled)
			if b := rule.BlockedEncryptionTypes; b != nil {
				for _, t := range b.EncryptionType {
					encryption.BlockedEncryptionTypes = append(encryption.BlockedEncryptionTypes, string(t))
				}
			}
		}
	}
	v := outcome(a, encryption, err, "ServerSideEncryptionConfigurationNotFoundError")
	return onBucket(a.name, func(b *evidence.Bucket) { b.Encryption = v })
}

// readTags reads the tags of a bucket, and whether they count.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
func (a *attempt) readTags() change {
	out, err := onS3(a, a.name, func(r bucketReader) (*s3.GetBucketTaggingOutput, error) {
		return r.client.GetBucketTagging(r, &s3.GetBucketTaggingInput{Bucket: r.bucket, ExpectedBucketOwner: r.owner})
	})
	var tags map[string]string
	if err == nil {
		tags = tagsOf(out.TagSet)
	}
	v := outcome(a, tags, err, "NoSuchTagSet")
	status, err := onS3(a, a.name, func(r bucketReader) (*s3.GetBucketAbacOutput, error) {
		return r.client.GetBucketAbac(r, &s3.GetBucketAbacInput{Bucket: r.bucket, ExpectedBucketOwner: r.owner})
	})
	var abac evidence.ABAC
	if c := config(status, err, func(o *s3.GetBucketAbacOutput) *types.AbacStatus { return o.AbacStatus }); c != nil {
		abac.Status = string(c.Status)
	}
	w := outcome(a, abac, err)
	if err == nil && abac.Status == "" {
		w = evidence.Known(evidence.ABAC{Status: "Disabled"}) // what a bucket has until somebody switches it on
	}
	return onBucket(a.name, func(b *evidence.Bucket) { b.Tags, b.ABAC = v, w })
}

func tagsOf(set []types.Tag) map[string]string {
	tags := make(map[string]string, len(set))
	for _, t := range set {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags
}

func aclOf(owner *types.Owner, grants []types.Grant) evidence.ACL {
	var acl evidence.ACL
	if owner != nil {
		acl.Owner.ID = aws.ToString(owner.ID)
	}
	for _, g := range grants {
		if g.Grantee == nil {
			continue
		}
		acl.Grants = append(acl.Grants, evidence.ACLGrant{
			Grantee:    evidence.Grantee{Type: string(g.Grantee.Type), ID: aws.ToString(g.Grantee.ID), URI: aws.ToString(g.Grantee.URI)},
			Permission: string(g.Permission),
		})
	}
	return acl
}
