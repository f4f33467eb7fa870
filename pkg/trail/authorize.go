package trail

import (
	"strings"

	"why403/pkg/evidence"
)

// authorize lists what AWS checks for the call. What AWS's own message names is
// added: it was certainly checked.
func authorize(r *record, d *Denial) {
	switch {
	case d.Service == "kms.amazonaws.com":
		authorizeKMS(r, d)
	case directoryBucket(d.Bucket) || strings.HasPrefix(d.Service, "s3express."):
		authorizeDirectoryBucket(d)
	default:
		authorizeS3(r, d)
	}
	addNamed(d)
	if len(d.Authorizations) > 0 {
		d.Unauthorized = ""
	}
}

// addNamed adds the authorization that AWS's message names, or completes it.
func addNamed(d *Denial) {
	m := d.Message
	if m.Action == "" {
		return
	}
	for i, a := range d.Authorizations {
		if strings.EqualFold(a.Action, m.Action) && (a.Resource == "" || m.Resource == "" || a.Resource == m.Resource || a.Resource == "*") {
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
		d.Unauthorized = "the operation " + d.Operation + " is not known"
		return
	}
	if op.action == "" {
		d.Unauthorized = op.reason
		return
	}
	resource, account := resourceOf(op, r, d)
	action := op.action
	if d.VersionID != "" && op.versioned != "" {
		action = op.versioned
	}
	if strings.HasPrefix(d.Service, "s3-outposts.") {
		action = "s3-outposts:" + strings.TrimPrefix(action, "s3:")
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
	addKMSHeader(r, d)
}

// authorizeDirectoryBucket: calls on the objects of a directory bucket are made
// within a session, which is what is authorized; calls on the bucket have actions
// of their own.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-authenticating-authorizing.html
func authorizeDirectoryBucket(d *Denial) {
	op, ok := lookup(d.Operation)
	if !ok {
		d.Unauthorized = "the operation " + d.Operation + " is not known"
		return
	}
	a := evidence.Authorization{Action: "s3express:CreateSession", Account: d.BucketAccount}
	if d.Bucket != "" {
		a.Resource = "arn:" + d.Partition + ":s3express:" + d.Region + ":" + d.BucketAccount + ":bucket/" + d.Bucket
	}
	inSession := op.on == onObject || d.Operation == "CreateSession" || d.Operation == "HeadBucket" ||
		d.Operation == "ListObjects" || d.Operation == "ListMultipartUploads"
	switch {
	case inSession:
	case op.action == "s3:ListAllMyBuckets":
		a.Action, a.Resource, a.Account = "s3express:ListAllMyDirectoryBuckets", "*", d.Principal.Account
	default:
		a.Action = "s3express:" + strings.TrimPrefix(op.action, "s3:")
	}
	d.Authorizations = append(d.Authorizations, a)
}

// resourceOf returns the ARN that a call's own authorizations are checked
// against, and the account that owns it; both empty where the record does not
// name it.
func resourceOf(op operation, r *record, d *Denial) (arn, account string) {
	switch op.on {
	case onBucket, onObject:
		return bucketOrObject(op, d)
	case onAccount:
		return "*", d.Principal.Account
	case onAccessPoint, onObjectLambda, onMRAP:
		if d.AccessPoint != "" {
			a, _ := parseARN(d.AccessPoint)
			return d.AccessPoint, a.account
		}
	}
	for _, res := range r.Resources {
		if a, ok := parseARN(res.ARN); ok && !strings.HasPrefix(res.Type, "AWS::S3::Bucket") && !strings.HasPrefix(res.Type, "AWS::S3::Object") {
			return res.ARN, a.account
		}
	}
	return "", ""
}

func bucketOrObject(op operation, d *Denial) (arn, account string) {
	object := "/" + d.Key
	switch {
	case d.Category == CategoryNetworkActivity:
		return "", ""
	case d.AccessPoint != "":
		a, _ := parseARN(d.AccessPoint)
		arn, account, object = d.AccessPoint, a.account, "/object/"+d.Key
	case d.Bucket != "":
		arn, account = "arn:"+d.Partition+":s3:::"+d.Bucket, d.BucketAccount
	default:
		return "", ""
	}
	if op.on == onObject {
		arn += object
	}
	return arn, account
}

// addCopySource adds the reading of the object that x-amz-copy-source names:
// bucket/key, /bucket/key, or the ARN of an access point with /object/key;
// URL-encoded, with ?versionId= for a version.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
func addCopySource(r *record, d *Denial) {
	source, ok := r.param("x-amz-copy-source")
	if !ok {
		return
	}
	path, version, _ := strings.Cut(source, "?versionId=")
	path = strings.TrimPrefix(unescape(path), "/")
	a := evidence.Authorization{Action: "s3:GetObject"}
	if version != "" {
		a.Action = "s3:GetObjectVersion"
	}
	if arn, ok := parseARN(path); ok {
		a.Resource, a.Account = path, arn.account
	} else {
		bucket, key, ok := strings.Cut(path, "/")
		if !ok || bucket == "" {
			return
		}
		a.Resource = "arn:" + d.Partition + ":s3:::" + bucket + "/" + key
		if bucket == d.Bucket {
			a.Account = d.BucketAccount
		}
	}
	d.Authorizations = append(d.Authorizations, a)
}
