package authz

import (
	"strings"

	"why403/pkg/evidence"
)

// kind is what an authorization is on.
type kind uint8

const (
	onUnknown   kind = iota // the resource is not known
	onAccount               // no resource: "*"
	onBucket                // a bucket, or an object in it
	onPoint                 // an access point, or an object through it
	onMRAP                  // the same of a multi-region access point
	onDirectory             // a directory bucket
	onKey                   // a KMS key
	onOther                 // of another service, or of a kind that is not supported
)

// target is what an authorization is on, taken apart.
type target struct {
	kind kind
	// bucket and key are empty where they are not known; key as well for an
	// authorization on a whole bucket.
	bucket, key string
	point       string // ARN of the access point
	account     string // of the bucket, access point or KMS key; empty if not known
	partition   string
	region      string
	// ofObject says that it is an object, even if its key is not known.
	ofObject bool
	// throughPoint says that a bucket is reached through point.
	throughPoint bool

	facts  *bucket
	owner  *account
	object *evidence.ObjectVersion // or the version of it that the request names
}

// targetOf takes the resource of an authorization apart, and finds its account.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-resources-for-iam-policies
func (e *Evidence) targetOf(r *Request, a evidence.Authorization) target {
	t := target{account: a.Account}
	everything := a.Resource == "*"
	if everything && !onNoResource(strings.ToLower(a.Action)) {
		// Nothing is named: neither what it is nor whose.
		everything, a.Resource, t.account = false, "", ""
	}
	x, ok := parseARN(a.Resource)
	t.partition, t.region = x.partition, x.region
	switch {
	case everything:
		t.kind = onAccount
	case hasPrefixFold(a.Action, "kms:"):
		t.kind = onKey
		if ok && t.account == "" {
			t.account = x.account
		}
	case a.Resource == "" && r.Bucket != "":
		t.kind, t.bucket, t.partition = onUnknown, r.Bucket, partitionOf(&r.Principal)
		if isDirectory(t.bucket) {
			t.kind = onDirectory
		}
	case !ok:
		t.kind = onUnknown
	case x.service == "s3" && x.account == "" && x.region == "":
		t.kind = onBucket
		t.bucket, t.key, t.ofObject = strings.Cut(x.resource, "/")
		if isDirectory(t.bucket) {
			t.kind = onDirectory
		}
	case x.service == "s3" && strings.HasPrefix(x.resource, "accesspoint/"):
		e.throughPoint(&t, x)
	case x.service == "s3express" && strings.HasPrefix(x.resource, "bucket/"):
		t.kind = onDirectory
		t.bucket = strings.TrimPrefix(x.resource, "bucket/")
		t.account = x.account
	default:
		t.kind = onOther
	}
	e.lookUp(&t, r.VersionID)
	if (t.kind == onBucket || t.kind == onDirectory) && hasSuffixFold(a.Action, ":CreateBucket") {
		e.isNew(&t, r)
	}
	return t
}

// isNew: a bucket that is to be made is the requester's, and has nothing yet.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
func (e *Evidence) isNew(t *target, r *Request) {
	t.facts = &e.newBucket
	if r.Principal.Account != "" {
		t.account = r.Principal.Account
		t.owner = e.account(t.account)
	}
}

// isDirectory reports whether a bucket is a directory bucket: its name says so.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html
func isDirectory(bucket string) bool { return strings.HasSuffix(bucket, "--x-s3") }

// lookUp finds what is known of a target.
func (e *Evidence) lookUp(t *target, version string) {
	t.facts = e.bucket(t.bucket)
	if t.account == "" {
		t.account, _ = t.facts.Account.Value()
	}
	t.owner, t.object = e.account(t.account), &e.nothing.object
	if t.bucket == "" || t.key == "" {
		return
	}
	if o, ok := e.objects[t.bucket+"/"+t.key]; ok {
		t.object = &o.ObjectVersion
		if version != "" {
			v := o.Versions[version]
			t.object = &v
		}
	}
}

// throughPoint: arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME/object/KEY, and without a
// region and with an alias that ends in .mrap for a multi-region access point.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointPermissions.html
func (e *Evidence) throughPoint(t *target, x arn) {
	point, key, ofObject := strings.Cut(strings.TrimPrefix(x.resource, "accesspoint/"), "/object/")
	t.kind, t.account, t.key, t.ofObject = onPoint, x.account, key, ofObject
	if strings.HasSuffix(point, ".mrap") {
		t.kind = onMRAP
	}
	t.point = "arn:" + x.partition + ":s3:" + x.region + ":" + x.account + ":accesspoint/" + point
	config, _ := e.point(t.point).Config.Value()
	t.bucket = config.Bucket
}

// behind returns the bucket that an access point is of, as a target.
func (e *Evidence) behind(t target, version string) target {
	config, _ := e.point(t.point).Config.Value()
	b := target{kind: onBucket, bucket: t.bucket, key: t.key, ofObject: t.ofObject, point: t.point, throughPoint: true, partition: t.partition, region: t.region}
	if b.bucket == "" {
		b.kind = onUnknown
	}
	b.account = config.BucketAccountID
	e.lookUp(&b, version)
	return b
}

func (t *target) bucketARN() string {
	if t.bucket == "" {
		return ""
	}
	return "arn:" + t.partition + ":s3:::" + t.bucket
}

func (t *target) objectARN() string {
	if t.key == "" {
		return t.bucketARN()
	}
	return t.bucketARN() + "/" + t.key
}
