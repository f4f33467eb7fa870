package trail

import (
	"net/url"
	"strings"

	"why403/pkg/evidence"
)

// authorize lists what AWS checks for the call. What AWS's own message names is
// added: it was certainly checked.
func authorize(r *record, d *Denial) {
	switch {
	case d.Service == "kms.amazonaws.com":
		authorizeKMS(r, d)
	case ofDirectoryBucket(d):
		authorizeDirectoryBucket(r, d)
	default:
		authorizeS3(r, d)
	}
	addNamed(r, d)
	if len(d.Authorizations) > 0 {
		d.Unauthorized = ""
	}
}

// addNamed adds the authorization that AWS's message names, or completes it.
func addNamed(r *record, d *Denial) {
	m := d.Message
	if m.Action == "" {
		return
	}
	named := evidence.Authorization{Action: m.Action, Resource: m.Resource}
	if a, ok := parseARN(m.Resource); ok {
		named.Account = a.account
		if a.service == "s3" && a.account == "" {
			bucket, _, _ := strings.Cut(a.resource, "/")
			named.Account = owner(r, d, bucket)
		}
	}
	for i, a := range d.Authorizations {
		if strings.EqualFold(a.Action, m.Action) && (a.Resource == "" || m.Resource == "" || a.Resource == m.Resource || a.Resource == "*") {
			if a.Resource == "" {
				d.Authorizations[i].Resource, d.Authorizations[i].Account = named.Resource, named.Account
			}
			return
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
	add := func(action string) {
		a := evidence.Authorization{Action: action}
		if strings.HasPrefix(action, "s3") && !strings.HasPrefix(action, "s3tables:") {
			a.Resource, a.Account = resource, account
		} // else the resource is another service's, which the record does not name
		d.Authorizations = append(d.Authorizations, a)
	}
	if op.copies {
		addCopySource(r, d)
	}
	action := op.action
	if d.VersionID != "" && op.versioned != "" {
		action = op.versioned
	}
	if service := dataService(d); service != "s3" && (op.on == onBucket || op.on == onObject) {
		action = service + ":" + strings.TrimPrefix(action, "s3:")
	}
	add(action)
	for _, a := range op.also {
		add(a)
	}
	if op.adds == 0 {
		return
	}
	for _, a := range additionTable {
		if op.adds&a.when != 0 && a.sent(r) {
			add(a.action)
		}
	}
	addKMSHeader(r, d)
}

// dataService returns the service prefix of the actions on objects: Object Lambda
// access points and S3 on Outposts have actions of their own.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-policies.html
// https://docs.aws.amazon.com/AmazonS3/latest/s3-outposts/S3OutpostsIAM.html
func dataService(d *Denial) string {
	a, _ := parseARN(d.AccessPoint)
	for _, service := range []string{"s3-object-lambda", "s3-outposts"} {
		if a.service == service || strings.HasPrefix(d.Service, service+".") {
			return service
		}
	}
	return "s3"
}

// ofDirectoryBucket reports whether a call is one on directory buckets.
func ofDirectoryBucket(d *Denial) bool {
	return directoryBucket(d.Bucket) || strings.HasSuffix(d.AccessPointAlias, "--xa-s3") ||
		strings.HasPrefix(d.Service, "s3express.") || d.Operation == "CreateSession"
}

// authorizeDirectoryBucket: calls on the objects of a directory bucket are made
// within a session, which is what is authorized; calls on the bucket have actions
// of their own.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-authenticating-authorizing.html
func authorizeDirectoryBucket(r *record, d *Denial) {
	op, ok := lookup(d.Operation)
	if !ok {
		d.Unauthorized = "the operation " + d.Operation + " is not known"
		return
	}
	if op.copies {
		addCopySource(r, d)
	}
	a := evidence.Authorization{Action: "s3express:" + strings.TrimPrefix(strings.TrimPrefix(op.action, "s3express:"), "s3:")}
	if op.on == onObject || op.inSession {
		a.Action = createSession
	}
	if op.on == onAccount {
		a.Resource, a.Account = "*", d.Principal.Account
	} else {
		a.Resource, a.Account = directoryResource(d)
	}
	d.Authorizations = append(d.Authorizations, a)
}

const createSession = "s3express:CreateSession"

// directoryResource returns the ARN of a directory bucket, or of its access point,
// as far as the record tells it: both have an account in them.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-security-iam.html
func directoryResource(d *Denial) (arn, account string) {
	if a, ok := parseARN(d.AccessPoint); ok {
		return d.AccessPoint, a.account
	}
	if d.Bucket == "" || d.BucketAccount == "" || d.Region == "" || d.Category == CategoryNetworkActivity {
		return "", d.BucketAccount
	}
	return "arn:" + d.Partition + ":s3express:" + d.Region + ":" + d.BucketAccount + ":bucket/" + d.Bucket, d.BucketAccount
}

// resourceOf returns the ARN that a call's own authorizations are checked
// against, and the account that owns it; both empty where the record does not
// name it.
func resourceOf(op operation, r *record, d *Denial) (arn, account string) {
	switch op.on {
	case onBucket, onObject:
		if dataService(d) == "s3" || d.AccessPoint != "" {
			return bucketOrObject(op, d)
		}
	case onAccount:
		return "*", d.Principal.Account
	case onAccessPoint:
		if a, ok := parseARN(d.AccessPoint); ok {
			return d.AccessPoint, a.account
		}
	default:
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
	switch {
	case op.on != onObject:
		return arn, account
	case d.Key == "":
		return "", account // the keys are in the body of the request
	}
	return arn + object, account
}

// owner returns the account of a bucket, empty if the record does not tell it.
func owner(r *record, d *Denial, bucket string) string {
	if bucket == d.Bucket && d.BucketAccount != "" {
		return d.BucketAccount
	}
	return ownerOf(r, bucket)
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
		if arn.service == "s3-outposts" {
			a.Action = "s3-outposts:GetObject"
		}
		d.Authorizations = append(d.Authorizations, a)
		return
	}
	bucket, key, ok := strings.Cut(path, "/")
	switch {
	case !ok || bucket == "":
		return
	case directoryBucket(bucket):
		a.Action, a.Account = createSession, owner(r, d, bucket)
		if bucket == d.Bucket {
			a.Resource, a.Account = directoryResource(d)
		}
	case !isAlias(bucket): // an alias does not tell the access point's ARN
		a.Resource, a.Account = "arn:"+d.Partition+":s3:::"+bucket+"/"+key, owner(r, d, bucket)
	}
	d.Authorizations = append(d.Authorizations, a)
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}
