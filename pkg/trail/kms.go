package trail

import (
	"encoding/json"
	"net/url"
	"strings"

	"why403/pkg/evidence"
)

// readEncryptionContext finds the object for which S3 called KMS: the encryption
// context names it, or its bucket where an S3 Bucket Key is on.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
func readEncryptionContext(r *record, d *Denial) {
	var context map[string]string
	if lenient(json.Unmarshal(r.RequestParameters["encryptionContext"], &context)) != nil {
		return
	}
	a, ok := parseARN(context["aws:s3:arn"])
	if !ok || a.service != "s3" {
		return
	}
	d.Bucket, d.Key, _ = strings.Cut(a.resource, "/")
	d.Partition = a.partition
}

func authorizeKMS(r *record, d *Denial) {
	a := evidence.Authorization{Action: "kms:" + d.Operation}
	for _, res := range r.Resources {
		if res.Type == "AWS::KMS::Key" {
			a.Resource, a.Account = res.ARN, res.AccountID
		}
	}
	if a.Resource == "" {
		if id, ok := r.param("keyId"); ok && strings.HasPrefix(id, "arn:") {
			a.Resource = id
		}
	}
	if k, ok := parseARN(a.Resource); ok && a.Account == "" {
		a.Account = k.account
	}
	d.Authorizations = append(d.Authorizations, a)
}

// addKMSHeader adds the use of the customer managed key that the request names for
// the object it writes. A key that only the bucket's default names is not in the
// record.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
func addKMSHeader(r *record, d *Denial) {
	algorithm, _ := r.param("x-amz-server-side-encryption")
	key, _ := r.param("x-amz-server-side-encryption-aws-kms-key-id")
	if !strings.HasPrefix(algorithm, "aws:kms") || !isKey(key) {
		return
	}
	k, _ := parseARN(key)
	actions := []string{"kms:GenerateDataKey"}
	if d.Operation == "CreateMultipartUpload" {
		// The parts are decrypted when the upload is completed.
		actions = append(actions, "kms:Decrypt")
	}
	for _, a := range actions {
		d.Authorizations = append(d.Authorizations, evidence.Authorization{Action: a, Resource: key, Account: k.account})
	}
}

// kmsKey returns the ARN of the key that stands in the message or in the request.
func kmsKey(r *record, d Denial) string {
	if isKey(d.Message.Resource) {
		return d.Message.Resource
	}
	for _, word := range strings.FieldsFunc(d.ErrorMessage, func(c rune) bool { return strings.ContainsRune(" \"'()", c) }) {
		if word = strings.TrimRight(word, ".,;:"); isKey(word) && d.Message.Principal == "" {
			return word
		}
	}
	for _, a := range d.Authorizations {
		if isKey(a.Resource) {
			return a.Resource
		}
	}
	if id, _ := r.param("x-amz-server-side-encryption-aws-kms-key-id"); isKey(id) {
		return id
	}
	return ""
}

func isKey(arn string) bool {
	a, ok := parseARN(arn)
	return ok && a.service == "kms" && strings.HasPrefix(a.resource, "key/")
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}
