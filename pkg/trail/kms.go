package trail

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"

	"why403/pkg/evidence"
)

// readEncryptionContext finds the object for which S3 called KMS: the encryption
// context names it, or its bucket where an S3 Bucket Key is on and for directory
// buckets. Whoever calls KMS chooses the encryption context, so that it tells of
// S3 only where a service called.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
func readEncryptionContext(r *record, d *Denial) {
	a, ok := parseARN(encryptionContext(r)["aws:s3:arn"])
	if !ok || a.service != "s3" && a.service != "s3express" || !byService(r) {
		return
	}
	d.Bucket, d.Key, _ = strings.Cut(strings.TrimPrefix(a.resource, "bucket/"), "/")
	d.Partition = a.partition
	if isAccount(a.account) {
		d.BucketAccount = a.account
	}
}

func encryptionContext(r *record) map[string]string {
	context, ok := r.param("encryptionContext")
	if !ok {
		return nil
	}
	var pairs map[string]string
	if lenient(json.Unmarshal([]byte(context), &pairs)) != nil {
		return nil
	}
	return pairs
}

// byService reports whether an AWS service made the call, in its own name or on
// behalf of the requester. CloudTrail then shows the service instead of an
// address.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func byService(r *record) bool {
	if r.UserIdentity.InvokedBy != "" {
		return true
	}
	_, err := netip.ParseAddr(r.SourceIPAddress)
	return err != nil && (strings.HasSuffix(r.SourceIPAddress, ".amazonaws.com") || strings.HasPrefix(r.SourceIPAddress, "AWS Internal"))
}

func authorizeKMS(r *record, d *Denial) {
	if d.Operation == "ReEncrypt" {
		// One call, two actions, each on a key of its own.
		for _, side := range []struct{ action, param string }{{"kms:ReEncryptFrom", "sourceKeyId"}, {"kms:ReEncryptTo", "destinationKeyId"}} {
			id, _ := r.param(side.param)
			d.Authorizations = append(d.Authorizations, onKey(side.action, id))
		}
		return
	}
	id, _ := r.param("keyId")
	if i := slices.IndexFunc(r.Resources, func(res resource) bool { return res.Type == "AWS::KMS::Key" && isKey(res.ARN) }); i >= 0 {
		id = r.Resources[i].ARN
	}
	d.Authorizations = append(d.Authorizations, onKey("kms:"+d.Operation, id))
}

// onKey returns an action on a key, if the id of the key is its ARN. Other ids and
// aliases mean a key of an account and Region that the record does not name.
func onKey(action, id string) evidence.Authorization {
	if !isKey(id) {
		return evidence.Authorization{Action: action}
	}
	k, _ := parseARN(id)
	return evidence.Authorization{Action: action, Resource: id, Account: k.account}
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
	d.Authorizations = append(d.Authorizations, onKey("kms:GenerateDataKey", key))
	if d.Operation == "CreateMultipartUpload" {
		// The parts are decrypted when the upload is completed.
		d.Authorizations = append(d.Authorizations, onKey("kms:Decrypt", key))
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

// kms has the keys of a call that S3 makes to KMS, by the requester's own
// permissions (a forward access session).
//
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
func (k *keys) kms() {
	pairs := encryptionContext(k.r)
	if len(pairs) == 0 {
		return
	}
	names := make([]string, 0, len(pairs))
	for name := range pairs {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		k.present("kms:EncryptionContext:"+name, "", pairs[name])
	}
	k.present("kms:EncryptionContextKeys", "", names...)
	if isAccount(k.d.Principal.Account) {
		k.present("kms:CallerAccount", "", k.d.Principal.Account)
	}
	if k.d.Bucket != "" && k.d.Region != "" && k.d.Principal.Type != evidence.PrincipalService {
		// The same in every partition.
		k.present("kms:ViaService", "S3 called for the requester", "s3."+k.d.Region+".amazonaws.com")
	}
}
