package authz

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// keyForWriting: what the request says, or else the bucket's default encryption. It
// returns nil if no key is used.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html
func (x *decider) keyForWriting(a *authorization) *leg {
	ctx := x.request.Context
	if sends(ctx.Lookup("s3:x-amz-server-side-encryption-customer-algorithm")) == policy.Yes {
		return nil
	}
	read := a.target.facts.Encryption
	encryption, known := read.Value()
	header, id := ctx.Lookup("s3:x-amz-server-side-encryption"), ""
	switch {
	case header.State == policy.Present && len(header.Values) == 1:
		if !strings.HasPrefix(header.Values[0], "aws:kms") {
			return nil
		}
		switch key := ctx.Lookup("s3:x-amz-server-side-encryption-aws-kms-key-id"); {
		case key.State == policy.NotKnown:
			return &leg{uncertain: "which KMS key the request names is not known"}
		case len(key.Values) == 1:
			id = key.Values[0]
		}
	case header.State == policy.NotKnown:
		return &leg{uncertain: "with what the request wants the object encrypted is not known"}
	case read.State() == evidence.StateAbsent, known && !strings.HasPrefix(encryption.SSEAlgorithm, "aws:kms"):
		return nil
	case !known:
		return &leg{
			uncertain: "the bucket's default encryption was not read" + because(read.Reason()),
			needs:     []Need{{"s3:GetEncryptionConfiguration", a.target.account, a.target.bucketARN()}},
		}
	default:
		id = encryption.KMSMasterKeyID
	}
	l := &leg{
		arn:   x.contextARN(a, read),
		alone: ctx.Lookup("s3:x-amz-server-side-encryption-context").State == policy.Absent,
	}
	if id == "" {
		id = "alias/aws/s3"
	}
	if l.key = x.resolve(a, id, l); l.key == "" && l.uncertain == "" && l.managed != policy.Yes {
		l.uncertain = "the KMS key " + id + " is not known"
	}
	return l
}

// contextARN returns what S3 gives as aws:s3:arn: the object, or under a Bucket Key
// the bucket. A request that says nothing of it is under the bucket's setting.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
func (x *decider) contextARN(a *authorization, read evidence.Read[evidence.Encryption]) string {
	encryption, known := read.Value()
	object := ""
	if a.target.key != "" { // else it is not known which object it is
		object = a.target.objectARN()
	}
	switch key := x.request.Context.Lookup("s3:x-amz-server-side-encryption-bucket-key-enabled"); {
	case len(key.Values) == 1 && key.Values[0] == "true":
		return a.target.bucketARN()
	case len(key.Values) == 1:
		return object
	case key.State == policy.NotKnown && known && encryption.BucketKeyEnabled, !known && read.State() != evidence.StateAbsent:
		return "" // not known
	case encryption.BucketKeyEnabled:
		return a.target.bucketARN()
	case key.State == policy.NotKnown:
		return ""
	}
	return object
}

// resolve returns the ARN of a key named by ARN, id or alias. One without an account
// is of the requester's: also the alias in a bucket's default encryption.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html
func (x *decider) resolve(a *authorization, id string, l *leg) string {
	if id == "" {
		return ""
	}
	arn, full := parseARN(id)
	if !full {
		region, _ := a.target.facts.Region.Value()
		if v := x.request.Context.Lookup("aws:requestedregion"); region == "" && len(v.Values) == 1 {
			region = v.Values[0]
		}
		if region == "" || !x.caller.signed() || x.caller.Account == "" {
			return ""
		}
		if arn.resource = id; !strings.HasPrefix(id, "alias/") {
			arn.resource = "key/" + id
		}
		id = "arn:" + a.target.partition + ":kms:" + region + ":" + x.caller.Account + ":" + arn.resource
		arn.account = x.caller.Account
	}
	if !strings.HasPrefix(arn.resource, "alias/") {
		return id
	}
	if l.alias = arn; arn.resource == "alias/aws/s3" {
		l.managed = policy.Yes
	}
	read := x.from.KeyAliases[id]
	switch key, ok := read.Value(); {
	case ok:
		return key
	case l.managed == policy.Yes:
		return "" // which it is matters to policies that name keys
	case read.State() == evidence.StateAbsent:
		l.uncertain = "there is no alias " + id
	default:
		l.uncertain = "which key " + id + " stands for was not read" + because(read.Reason())
	}
	l.needs = []Need{{"kms:DescribeKey", arn.account, id}}
	return ""
}
