package trail

import (
	"strings"

	"why403/pkg/evidence"
)

// readResource finds the bucket, object and access point of a call.
func readResource(r *record, d *Denial) {
	for _, res := range r.Resources {
		switch res.Type {
		case "AWS::S3::Bucket", "AWS::S3Express::DirectoryBucket":
			d.BucketAccount = res.AccountID
			if a, ok := parseARN(res.ARN); ok && d.Bucket == "" {
				d.Bucket, _, _ = strings.Cut(strings.TrimPrefix(a.resource, "bucket/"), "/")
				d.Partition = a.partition
			}
		case "AWS::S3::AccessPoint":
			d.AccessPoint = res.ARN
		}
	}
	if name, ok := r.param("bucketName"); ok && !strings.HasPrefix(name, "arn:") {
		d.Bucket = name
	}
	d.Key, _ = r.param("key")
	d.VersionID, _ = r.param("versionId")
	if d.Category == CategoryNetworkActivity {
		return
	}
	for _, res := range r.Resources {
		if res.Type != "AWS::S3::Object" || res.ARN == "" || d.Key != "" {
			continue
		}
		if a, ok := parseARN(res.ARN); ok {
			bucket, key, _ := strings.Cut(a.resource, "/")
			if d.Bucket == "" {
				d.Bucket = bucket
			}
			if bucket == d.Bucket {
				d.Key = key
			}
		}
	}
	if d.Service == "kms.amazonaws.com" {
		readEncryptionContext(r, d)
	}
}

// authorize lists what AWS checks for the call. What AWS's own message names is
// added: it was certainly checked.
func authorize(r *record, d *Denial) {
	switch {
	case d.Service == "kms.amazonaws.com":
		authorizeKMS(r, d)
	default:
		authorizeS3(r, d)
	}
	m := d.Message
	if m.Action == "" {
		return
	}
	for i, a := range d.Authorizations {
		if strings.EqualFold(a.Action, m.Action) {
			if a.Resource == "" {
				d.Authorizations[i].Resource = m.Resource
			}
			return
		}
	}
	named := evidence.Authorization{Action: m.Action, Resource: m.Resource}
	if a, ok := parseARN(m.Resource); ok {
		named.Account = a.account
		if a.service == "s3" && a.account == "" {
			named.Account = d.BucketAccount
		}
	}
	d.Authorizations = append(d.Authorizations, named)
}

func authorizeS3(r *record, d *Denial) {
	op, ok := lookup(d.Operation)
	if !ok {
		return
	}
	if op.action == "" {
		d.Unauthorized = op.reason
		return
	}
	resource, account := resourceOf(op, d)
	if d.Category == CategoryNetworkActivity && op.on != onAccount {
		resource, account = "", ""
	}
	action := op.action
	if d.VersionID != "" && op.versioned != "" {
		action = op.versioned
	}
	add := func(action string) {
		d.Authorizations = append(d.Authorizations, evidence.Authorization{Action: action, Resource: resource, Account: account})
	}
	if op.copies {
		addCopySource(r, d)
	}
	add(action)
	for _, a := range op.also {
		add(a)
	}
	if op.adds == 0 {
		return
	}
	for _, a := range additionTable() {
		if op.adds&a.when != 0 && a.sent(r) {
			add(a.action)
		}
	}
}

// resourceOf returns the ARN that a call's own authorizations are checked
// against, and the account that owns it.
func resourceOf(op operation, d *Denial) (arn, account string) {
	switch op.on {
	case onBucket, onObject:
		if d.Bucket == "" {
			return "", ""
		}
		arn, account = "arn:"+d.Partition+":s3:::"+d.Bucket, d.BucketAccount
		object := "/" + d.Key
		if d.AccessPoint != "" {
			arn, object = d.AccessPoint, "/object/"+d.Key
			if a, ok := parseARN(arn); ok {
				account = a.account
			}
		}
		if op.on == onObject {
			arn += object
		}
		return arn, account
	case onAccount:
		return "*", d.Principal.Account
	case onAccessPoint:
		return d.AccessPoint, ""
	}
	return "", ""
}

// addCopySource adds the reading of the object that x-amz-copy-source names:
// bucket/key or /bucket/key, URL-encoded, with ?versionId= for a version.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
func addCopySource(r *record, d *Denial) {
	source, ok := r.param("x-amz-copy-source")
	if !ok {
		return
	}
	path, version, _ := strings.Cut(source, "?versionId=")
	path = strings.TrimPrefix(unescape(path), "/")
	bucket, key, ok := strings.Cut(path, "/")
	if !ok || bucket == "" || strings.HasPrefix(path, "arn:") {
		return
	}
	a := evidence.Authorization{Action: "s3:GetObject", Resource: "arn:" + d.Partition + ":s3:::" + bucket + "/" + key}
	if version != "" {
		a.Action = "s3:GetObjectVersion"
	}
	if bucket == d.Bucket {
		a.Account = d.BucketAccount
	}
	d.Authorizations = append(d.Authorizations, a)
}
