package trail

import (
	"net/url"
	"slices"
	"strings"

	"why403/pkg/evidence"
)

// listing has the keys of requests that list. They are parameters of the request:
// one that was not sent is absent, one sent empty is the empty text.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#example-listbucket-prefix
func (k *keys) listing() {
	switch k.d.Operation {
	case "ListObjects", "ListObjectVersions", "ListMultipartUploads":
	default:
		k.absent("the request does not list", "s3:prefix", "s3:delimiter", "s3:max-keys")
		return
	}
	if k.r.RequestParameters == nil {
		k.unknown("the record has no request parameters", "s3:prefix", "s3:delimiter", "s3:max-keys")
		return
	}
	for _, name := range []string{"prefix", "delimiter"} {
		if v, ok := k.r.param(name); ok {
			k.present("s3:"+name, "", v)
		} else {
			k.absent("not sent", "s3:"+name)
		}
	}
	if v, ok := k.r.param("max-keys"); ok {
		k.present("s3:max-keys", "", v)
	} else {
		// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
		k.present("s3:max-keys", "not sent: S3's default", "1000")
	}
}

// header is a request header that is a condition key.
type header struct {
	key, parameter string
	// recorded: published records show that CloudTrail writes it down, so that a
	// record without it proves that it was not sent.
	recorded bool
}

func headerTable() [20]header {
	return [...]header{
		{"s3:x-amz-acl", "x-amz-acl", true},
		{"s3:x-amz-copy-source", "x-amz-copy-source", true},
		{"s3:x-amz-server-side-encryption", "x-amz-server-side-encryption", true},
		{"s3:x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-aws-kms-key-id", true},
		{"s3:x-amz-server-side-encryption-customer-algorithm", "x-amz-server-side-encryption-customer-algorithm", true},
		{"s3:x-amz-grant-read", "x-amz-grant-read", false},
		{"s3:x-amz-grant-write", "x-amz-grant-write", false},
		{"s3:x-amz-grant-read-acp", "x-amz-grant-read-acp", false},
		{"s3:x-amz-grant-write-acp", "x-amz-grant-write-acp", false},
		{"s3:x-amz-grant-full-control", "x-amz-grant-full-control", false},
		{"s3:x-amz-metadata-directive", "x-amz-metadata-directive", false},
		{"s3:x-amz-storage-class", "x-amz-storage-class", false},
		{"s3:x-amz-website-redirect-location", "x-amz-website-redirect-location", false},
		{"s3:x-amz-object-ownership", "x-amz-object-ownership", false},
		{"s3:object-lock-mode", "x-amz-object-lock-mode", false},
		{"s3:object-lock-retain-until-date", "x-amz-object-lock-retain-until-date", false},
		{"s3:object-lock-legal-hold", "x-amz-object-lock-legal-hold", false},
		{"s3:if-none-match", "if-none-match", false},
		{"s3:if-match", "if-match", false},
		{"s3:versionid", "versionId", true},
	}
}

// headers has the keys that are request headers. A header that was not sent is an
// absent key, whatever default the bucket fills in.
func (k *keys) headers() {
	writes := ClassOf(k.action()) == ClassWrite || k.d.Operation == "CreateBucket" || strings.HasPrefix(k.d.Operation, "PutBucket")
	for _, h := range headerTable() {
		v, ok := k.r.param(h.parameter)
		switch {
		case ok:
			k.present(h.key, "", v)
		case k.r.RequestParameters == nil:
			k.unknown("the record has no request parameters", h.key)
		case h.recorded:
			k.absent("not sent", h.key)
		case !writes:
			k.absent("the request does not write", h.key)
		default:
			k.unknown("not in the record, and it is not known that CloudTrail records it", h.key)
		}
	}
	k.requestTags(writes)
}

func (k *keys) action() string {
	if op, ok := lookup(k.d.Operation); ok {
		return op.action
	}
	return ""
}

// requestTags has the tags that the request sets on an object, from x-amz-tagging.
func (k *keys) requestTags(writes bool) {
	v, ok := k.r.param("x-amz-tagging")
	switch {
	case ok:
		tags, err := url.ParseQuery(v)
		if err != nil {
			k.unknown("x-amz-tagging cannot be read", "s3:RequestObjectTagKeys")
			return
		}
		names := make([]string, 0, len(tags))
		for name := range tags {
			names = append(names, name)
		}
		slices.Sort(names)
		k.present("s3:RequestObjectTagKeys", "", names...)
		for _, name := range names {
			k.present("s3:RequestObjectTag/"+name, "", tags[name]...)
		}
	case writes && k.d.Operation != "PutObjectTagging":
		k.unknown("not in the record, and it is not known that CloudTrail records it", "s3:RequestObjectTagKeys")
	case k.d.Operation == "PutObjectTagging":
		k.unknown("the tags are in the body of the request", "s3:RequestObjectTagKeys")
	default:
		k.absent("the request sets no tags", "s3:RequestObjectTagKeys")
	}
}

// resource has the keys about the bucket and the access point.
func (k *keys) resource() {
	d := k.d
	if isAccount(d.BucketAccount) {
		k.present("s3:ResourceAccount", "", d.BucketAccount)
		k.present("aws:ResourceAccount", "", d.BucketAccount)
	} else {
		k.unknown("this copy of the record does not name the bucket's account", "s3:ResourceAccount", "aws:ResourceAccount")
	}
	switch {
	case d.AccessPoint != "":
		a, _ := parseARN(d.AccessPoint)
		k.present("s3:DataAccessPointArn", "", d.AccessPoint)
		k.presentOr("s3:DataAccessPointAccount", a.account, evidence.KeyUnknown, "the record does not say")
		k.unknown("only the access point itself says", "s3:AccessPointNetworkOrigin")
	case d.AccessPointAlias != "":
		k.unknown("the record has no more than an alias of the access point", "s3:DataAccessPointArn", "s3:DataAccessPointAccount", "s3:AccessPointNetworkOrigin")
	default:
		k.absent("the request went to the bucket itself", "s3:DataAccessPointArn", "s3:DataAccessPointAccount", "s3:AccessPointNetworkOrigin")
	}
}
