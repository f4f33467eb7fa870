package trail_test

import (
	"fmt"
	"testing"

	"why403/pkg/trail"
)

// TestKMS holds what the record of a KMS call tells of the S3 request for which it
// was made: the encryption context has the object, or the bucket where an S3
// Bucket Key is on.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
func TestKMS(t *testing.T) {
	const (
		key     = "arn:aws:kms:us-east-1:444444444444:key/1"
		listed  = `[{"type":"AWS::KMS::Key","ARN":"` + key + `","accountId":"444444444444"}]`
		service = `"sourceIPAddress":"AWS Internal","userAgent":"AWS Internal"`
		other   = "a KMS call that was not made for S3"
	)
	for _, tt := range []struct {
		name, call, source, parameters, resources string
		ignored                                   string
		bucket, key, kmsKey, authorizations       string
	}{
		{
			name: "object", call: "Decrypt", source: service, parameters: `"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::b/a/k"}`, resources: listed,
			bucket: "b", key: "a/k", kmsKey: key, authorizations: "[{kms:Decrypt " + key + " 444444444444}]",
		},
		{
			name: "bucket key", call: "Decrypt", source: service, parameters: `"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::b","more":"x"}`, resources: listed,
			bucket: "b", kmsKey: key, authorizations: "[{kms:Decrypt " + key + " 444444444444}]",
		},
		{
			name: "write", call: "GenerateDataKey", source: service, parameters: `"keyId":"` + key + `","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::b/k"}`, resources: "[]",
			bucket: "b", key: "k", kmsKey: key, authorizations: "[{kms:GenerateDataKey " + key + " 444444444444}]",
		},
		{
			name: "alias: the key is not told", call: "GenerateDataKey", source: service, parameters: `"keyId":"alias/data","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::b/k"}`, resources: "[]",
			bucket: "b", key: "k", authorizations: "[{kms:GenerateDataKey  }]",
		},
		{
			name: "re-encryption", call: "ReEncrypt", source: service, parameters: `"destinationKeyId":"` + key + `","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::b/k"}`, resources: listed,
			bucket: "b", key: "k", kmsKey: key, authorizations: "[{kms:ReEncryptFrom  } {kms:ReEncryptTo " + key + " 444444444444}]",
		},
		{
			name: "directory bucket", call: "Decrypt", source: service, parameters: `"encryptionContext":{"aws:s3:arn":"arn:aws:s3express:us-east-1:222222222222:bucket/b--use1-az4--x-s3"}`, resources: listed,
			bucket: "b--use1-az4--x-s3", kmsKey: key, authorizations: "[{kms:Decrypt " + key + " 444444444444}]",
		},
		{
			name: "service by its name", call: "Decrypt", source: `"sourceIPAddress":"s3.amazonaws.com","userAgent":"s3.amazonaws.com"`, parameters: `"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::b/k"}`, resources: listed,
			bucket: "b", key: "k", kmsKey: key, authorizations: "[{kms:Decrypt " + key + " 444444444444}]",
		},
		{name: "the requester's own call", call: "Decrypt", source: `"sourceIPAddress":"203.0.113.7"`, parameters: `"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::b/k"}`, resources: listed, ignored: other},
		{name: "for another service", call: "Decrypt", source: service, parameters: `"encryptionContext":{"aws:secretsmanager:arn":"x"}`, resources: listed, ignored: other},
		{name: "no encryption context", call: "Decrypt", source: service, parameters: `"keyId":"` + key + `"`, resources: listed, ignored: other},
		{name: "an encryption context that is none", call: "Decrypt", source: service, parameters: `"encryptionContext":"xxxx"`, resources: listed, ignored: other},
		{name: "no ARN of S3", call: "Decrypt", source: service, parameters: `"encryptionContext":{"aws:s3:arn":"arn:aws:sqs:us-east-1:222222222222:b"}`, resources: listed, ignored: other},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, ignored, err := trail.Parse(fmt.Appendf(nil, `{"eventSource":"kms.amazonaws.com","eventName":%q,"awsRegion":"us-east-1","errorCode":"AccessDenied","errorMessage":"Access Denied",%s,
				"userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLEROLE:job","arn":"arn:aws:sts::111111111111:assumed-role/reader/job","accountId":"111111111111"},
				"requestParameters":{%s},"resources":%s}`, tt.call, tt.source, tt.parameters, tt.resources))
			if err != nil || ignored != tt.ignored {
				t.Fatalf("ignored %q, error %v; want %q", ignored, err, tt.ignored)
			}
			if ignored != "" {
				return
			}
			if got := fmt.Sprint(d.Authorizations); d.Bucket != tt.bucket || d.Key != tt.key || d.KMSKey != tt.kmsKey || got != tt.authorizations {
				t.Errorf("bucket %q, key %q, KMS key %q, %s", d.Bucket, d.Key, d.KMSKey, got)
			}
		})
	}
}

// TestKMSKey holds where the ARN of the KMS key of an S3 call is found.
func TestKMSKey(t *testing.T) {
	const key = "arn:aws:kms:us-east-1:444444444444:key/1"
	for _, tt := range []struct{ name, message, parameters, want string }{
		{"in AWS's message", "User: arn:aws:iam::111111111111:user/ann is not authorized to perform: kms:Decrypt on resource: " + key + " because no identity-based policy allows the kms:Decrypt action", "", key},
		{"in KMS's own message", key + " is disabled.", "", key},
		{"in KMS's own message, quoted", "Key '" + key + "' does not exist", "", key},
		{"in the request", "Access Denied", `,"x-amz-server-side-encryption-aws-kms-key-id":"` + key + `"`, key},
		{"an alias is no key", "Access Denied", `,"x-amz-server-side-encryption-aws-kms-key-id":"alias/data"`, ""},
		{"nowhere", "Access Denied", "", ""},
	} {
		d, _, err := trail.Parse(fmt.Appendf(nil, `{"eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"us-east-1","errorCode":"AccessDenied","errorMessage":%q,"requestParameters":{"bucketName":"b","key":"k"%s}}`, tt.message, tt.parameters))
		if err != nil {
			t.Fatal(err)
		}
		if d.KMSKey != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, d.KMSKey, tt.want)
		}
	}
}
