package live

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"why403/pkg/evidence"
)

// ofObject takes the name of an object apart.
func (a *attempt) ofObject() (bucket string, key, version *string) {
	bucket, k, _ := strings.Cut(a.name, "/")
	if a.version != "" {
		version = aws.String(a.version)
	}
	return bucket, aws.String(k), version
}

// noObject are AWS's codes for an object, or a version of it, that does not exist.
func noObject() []string { return []string{"NoSuchKey", "NoSuchVersion", "NotFound"} }

// notAllowed is AWS's code for asking about a version that is a delete marker.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
const notAllowed = "MethodNotAllowed"

// readObject reads whether there is an object, whose it is and whom its ACL lets in;
// and its head, where the operator allowed that.
func (a *attempt) readObject() change {
	bucket, key, version := a.ofObject()
	out, err := onS3(a, bucket, func(r bucketReader) (*s3.GetObjectAclOutput, error) {
		return r.client.GetObjectAcl(r, &s3.GetObjectAclInput{Bucket: r.bucket, Key: key, VersionId: version, ExpectedBucketOwner: r.owner})
	})
	var acl evidence.ACL
	if err == nil {
		acl = aclOf(out.Owner, out.Grants)
	}
	list := outcome(a, acl, err, noObject()...)
	owner := outcome(a, acl.Owner.ID, err, noObject()...)
	var head evidence.Read[evidence.ObjectHead]
	switch {
	case codeOf(err) == notAllowed:
		head = evidence.Known(evidence.ObjectHead{DeleteMarker: true})
	case list.State() == evidence.StateAbsent:
		head = evidence.Absent[evidence.ObjectHead](list.Reason())
	case a.accounts.ReadObjects:
		head = a.readHead(bucket, key, version)
	}
	if list.State() == evidence.StateUnreadable && version == nil {
		// Whose object it is, the bucket's account sees in a list even where it may not
		// read the object's ACL.
		switch found, listed := a.listObject(bucket, key); {
		case listed && found == nil:
			head = evidence.Absent[evidence.ObjectHead]("NoSuchKey")
		case listed && found.Owner != nil && aws.ToString(found.Owner.ID) != "":
			owner = evidence.Known(aws.ToString(found.Owner.ID))
		}
	}
	if head.State() == evidence.StateNotRead {
		head = evidence.Unreadable[evidence.ObjectHead]("the auditor may not read objects, not even their heads")
	}
	return onObject(a.name, a.version, func(o *evidence.ObjectVersion) { o.Head, o.Owner, o.ACL = head, owner, list })
}

func (a *attempt) readHead(bucket string, key, version *string) evidence.Read[evidence.ObjectHead] {
	out, err := onS3(a, bucket, func(r bucketReader) (*s3.HeadObjectOutput, error) {
		return r.client.HeadObject(r, &s3.HeadObjectInput{Bucket: r.bucket, Key: key, VersionId: version, ExpectedBucketOwner: r.owner})
	})
	if codeOf(err) == notAllowed {
		return evidence.Known(evidence.ObjectHead{DeleteMarker: true})
	}
	if err != nil {
		return outcome(a, evidence.ObjectHead{}, err, noObject()...)
	}
	return evidence.Known(evidence.ObjectHead{
		ServerSideEncryption: string(out.ServerSideEncryption), SSEKMSKeyID: aws.ToString(out.SSEKMSKeyId),
		BucketKeyEnabled: aws.ToBool(out.BucketKeyEnabled), SSECustomerAlgorithm: aws.ToString(out.SSECustomerAlgorithm),
		StorageClass: string(out.StorageClass), DeleteMarker: aws.ToBool(out.DeleteMarker),
	})
}

// listObject looks for an object by a list of the keys that begin with its own, of which
// it is the first. The second result is false if the list could not be had.
func (a *attempt) listObject(bucket string, key *string) (*types.Object, bool) {
	out, err := onS3(a, bucket, func(r bucketReader) (*s3.ListObjectsV2Output, error) {
		return r.client.ListObjectsV2(r, &s3.ListObjectsV2Input{
			Bucket: r.bucket, Prefix: key, MaxKeys: aws.Int32(1), FetchOwner: aws.Bool(true), ExpectedBucketOwner: r.owner,
		})
	})
	if err != nil {
		return nil, false
	}
	if len(out.Contents) > 0 && aws.ToString(out.Contents[0].Key) == *key {
		return &out.Contents[0], true
	}
	return nil, true
}

// readObjectLock reads what keeps a version from being deleted.
func (a *attempt) readObjectLock() change {
	bucket, key, version := a.ofObject()
	none := append(noObject(), "NoSuchObjectLockConfiguration")
	kept, err := onS3(a, bucket, func(r bucketReader) (*s3.GetObjectRetentionOutput, error) {
		return r.client.GetObjectRetention(r, &s3.GetObjectRetentionInput{Bucket: r.bucket, Key: key, VersionId: version, ExpectedBucketOwner: r.owner})
	})
	var retention evidence.Retention
	if c := config(kept, err, func(o *s3.GetObjectRetentionOutput) *types.ObjectLockRetention { return o.Retention }); c != nil {
		retention = evidence.Retention{Mode: string(c.Mode), RetainUntilDate: aws.ToTime(c.RetainUntilDate)}
	}
	v := outcome(a, retention, err, none...)
	held, err := onS3(a, bucket, func(r bucketReader) (*s3.GetObjectLegalHoldOutput, error) {
		return r.client.GetObjectLegalHold(r, &s3.GetObjectLegalHoldInput{Bucket: r.bucket, Key: key, VersionId: version, ExpectedBucketOwner: r.owner})
	})
	var hold evidence.LegalHold
	if c := config(held, err, func(o *s3.GetObjectLegalHoldOutput) *types.ObjectLockLegalHold { return o.LegalHold }); c != nil {
		hold.Status = string(c.Status)
	}
	w := outcome(a, hold, err, none...)
	marker := codeOf(err) == notAllowed
	return onObject(a.name, a.version, func(o *evidence.ObjectVersion) {
		o.Retention, o.LegalHold = v, w
		if marker {
			o.Head = evidence.Known(evidence.ObjectHead{DeleteMarker: true})
		}
	})
}

func (a *attempt) readObjectTags() change {
	bucket, key, version := a.ofObject()
	out, err := onS3(a, bucket, func(r bucketReader) (*s3.GetObjectTaggingOutput, error) {
		return r.client.GetObjectTagging(r, &s3.GetObjectTaggingInput{Bucket: r.bucket, Key: key, VersionId: version, ExpectedBucketOwner: r.owner})
	})
	var tags map[string]string
	if err == nil {
		tags = tagsOf(out.TagSet)
	}
	v := outcome(a, tags, err, append(noObject(), "NoSuchTagSet")...)
	return onObject(a.name, a.version, func(o *evidence.ObjectVersion) { o.Tags = v })
}
