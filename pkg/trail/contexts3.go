package trail

import (
	"net/url"
	"slices"
	"strings"
)

// listing has the keys of requests that list. They are parameters of the request:
// one that was not sent is absent, one sent empty is the empty text.
// s3:max-keys alone is always there; its default is S3's.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#condition-key-bucket-ops-2
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#example-numeric-condition-operators
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Numeric
func (k *keys) listing() {
	prefix, delimiter, maxKeys := k.prefix+"prefix", k.prefix+"delimiter", k.prefix+"max-keys"
	switch k.d.Operation {
	case "ListObjects", "ListObjectsV2", "ListObjectVersions":
	case "HeadBucket":
		k.absent("the request has no such parameter", prefix, delimiter)
		k.unknown("AWS does not say whether HeadBucket has it", maxKeys)
		return
	case "ListMultipartUploads":
		// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
		k.absent("its action has no such key", prefix, delimiter, maxKeys)
		return
	default:
		k.absent("the request does not list", prefix, delimiter, maxKeys)
		return
	}
	if k.r.RequestParameters == nil {
		k.unknown("the record has no request parameters", prefix, delimiter, maxKeys)
		return
	}
	for _, name := range []string{"prefix", "delimiter"} {
		if v, ok := k.r.param(name); ok {
			k.present(k.prefix+name, "", v)
		} else {
			k.absent("not sent", k.prefix+name)
		}
	}
	if v, ok := k.r.param("max-keys"); ok {
		k.present(maxKeys, "", v)
	} else {
		k.present(maxKeys, "not sent: S3's default", "1000")
	}
}

// header is a request header that is a condition key.
type header struct {
	key, parameter string // the key without its prefix
	// recorded: published records show that CloudTrail writes it down, so that a
	// record without it proves that it was not sent.
	recorded bool
	// reads: requests that read may have it, too.
	reads bool
}

var headers = [...]header{
	{key: "x-amz-acl", parameter: "x-amz-acl", recorded: true},
	{key: "x-amz-copy-source", parameter: "x-amz-copy-source", recorded: true},
	{key: "x-amz-server-side-encryption", parameter: "x-amz-server-side-encryption", recorded: true},
	{key: "x-amz-server-side-encryption-aws-kms-key-id", parameter: "x-amz-server-side-encryption-aws-kms-key-id", recorded: true},
	{key: "x-amz-server-side-encryption-customer-algorithm", parameter: "x-amz-server-side-encryption-customer-algorithm", recorded: true},
	{key: "x-amz-grant-read", parameter: "x-amz-grant-read"},
	{key: "x-amz-grant-write", parameter: "x-amz-grant-write"},
	{key: "x-amz-grant-read-acp", parameter: "x-amz-grant-read-acp"},
	{key: "x-amz-grant-write-acp", parameter: "x-amz-grant-write-acp"},
	{key: "x-amz-grant-full-control", parameter: "x-amz-grant-full-control"},
	{key: "x-amz-metadata-directive", parameter: "x-amz-metadata-directive"},
	{key: "x-amz-storage-class", parameter: "x-amz-storage-class"},
	{key: "x-amz-website-redirect-location", parameter: "x-amz-website-redirect-location"},
	{key: "x-amz-object-ownership", parameter: "x-amz-object-ownership"},
	{key: "object-lock-mode", parameter: "x-amz-object-lock-mode"},
	{key: "object-lock-retain-until-date", parameter: "x-amz-object-lock-retain-until-date"},
	{key: "object-lock-legal-hold", parameter: "x-amz-object-lock-legal-hold"},
	{key: "if-none-match", parameter: "if-none-match"},
	{key: "if-match", parameter: "if-match"},
	{key: "versionid", parameter: "versionId", recorded: true},
	// These are no condition keys: S3 itself looks at them.
	{key: "x-amz-request-payer", parameter: "x-amz-request-payer", recorded: true, reads: true},
	{key: "x-amz-expected-bucket-owner", parameter: "x-amz-expected-bucket-owner", reads: true},
	{key: "x-amz-bypass-governance-retention", parameter: "x-amz-bypass-governance-retention"},
	{key: "x-amz-mfa", parameter: "x-amz-mfa"},
	{key: "x-amz-server-side-encryption-bucket-key-enabled", parameter: "x-amz-server-side-encryption-bucket-key-enabled"},
	{key: "x-amz-server-side-encryption-context", parameter: "x-amz-server-side-encryption-context"},
}

// headers has the keys that are request headers. A header that was not sent is an
// absent key, whatever default the bucket fills in.
func (k *keys) headers() {
	op, ok := lookup(k.d.Operation)
	method, _ := k.r.additional("AuthenticationMethod")
	presigned := method == "QueryString"
	writes := !ok || ClassOf(op.action) == ClassWrite || k.d.Operation == "CreateBucket" || strings.HasPrefix(k.d.Operation, "PutBucket")
	for _, h := range headers {
		key := k.prefix + h.key
		v, sent := k.r.param(h.parameter)
		switch {
		case sent:
			k.present(key, "", v)
		case h.key == "versionid" && op.copies:
			k.unknown("the source and the destination of a copy have their own", key)
		case k.r.RequestParameters == nil:
			k.unknown("the record has no request parameters", key)
		case h.key == "x-amz-request-payer" && presigned:
			// Published records show it of signed headers only.
			k.unknown("not in the record, and it is not known that CloudTrail records it of presigned URLs", key)
		case h.recorded:
			k.absent("not sent", key)
		case !writes && !h.reads:
			k.absent("the request does not write", key)
		default:
			k.unknown("not in the record, and it is not known that CloudTrail records it", key)
		}
	}
	k.requestTags(writes)
}

// requestTags has the tags that the request sets on an object, from x-amz-tagging.
func (k *keys) requestTags(writes bool) {
	tagKeys := k.prefix + "RequestObjectTagKeys"
	v, sent := k.r.param("x-amz-tagging")
	tags, err := url.ParseQuery(v)
	switch {
	case k.r.RequestParameters == nil:
		k.unknown("the record has no request parameters", tagKeys)
	case sent && err != nil:
		k.unknown("x-amz-tagging cannot be read", tagKeys)
	case sent && len(tags) == 0:
		k.absent("x-amz-tagging is empty", tagKeys)
	case sent:
		names := make([]string, 0, len(tags))
		for name := range tags {
			names = append(names, name)
		}
		slices.Sort(names)
		k.present(tagKeys, "", names...)
		for _, name := range names {
			k.present(k.prefix+"RequestObjectTag/"+name, "", tags[name]...)
		}
	case k.d.Operation == "PutObjectTagging":
		k.unknown("the tags are in the body of the request", tagKeys)
	case writes:
		k.unknown("not in the record, and it is not known that CloudTrail records it", tagKeys)
	default:
		k.absent("the request sets no tags", tagKeys)
	}
}

// mode has the mode of a session on a directory bucket.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html
func (k *keys) mode() {
	v, _ := k.r.param("x-amz-create-session-mode")
	if k.d.Operation != "CreateSession" {
		v = ""
	}
	k.presentOr(k.prefix+"SessionMode", v, "the record does not say")
}

// resource has the keys about the bucket and the access point.
func (k *keys) resource() {
	d := k.d
	point, through := parseARN(d.AccessPoint)
	resourceAccount := k.prefix + "ResourceAccount"
	switch {
	case k.severalOwners():
		k.unknown("the call needs resources that may be of several accounts, each with its own", resourceAccount, "aws:ResourceAccount")
	case isAccount(d.BucketAccount):
		k.present(resourceAccount, "", d.BucketAccount)
		k.present("aws:ResourceAccount", "", d.BucketAccount)
	default:
		k.unknown("this copy of the record does not name the bucket's account", resourceAccount, "aws:ResourceAccount")
	}
	arn, account, origin := k.prefix+"DataAccessPointArn", k.prefix+"DataAccessPointAccount", k.prefix+"AccessPointNetworkOrigin"
	switch {
	case through && point.service == "s3-object-lambda":
		k.unknown("only the Object Lambda access point says which access point it stands on", arn, account, origin)
	case through:
		k.present(arn, "", d.AccessPoint)
		k.presentOr(account, accountOr(point.account, ""), "the record does not say")
		k.unknown("only the access point itself says", origin)
	case d.AccessPointAlias != "":
		k.unknown("the record has no more than an alias of the access point", arn, account, origin)
	case k.r.RequestParameters == nil && len(k.r.Resources) == 0:
		k.unknown("the record does not say what was called", arn, account, origin)
	default:
		k.absent("the request went through no access point", arn, account, origin)
	}
}

// severalOwners reports whether the resources that the call needs may be of more
// accounts than that of the bucket: the source of a copy, an access point.
func (k *keys) severalOwners() bool {
	if k.d.BucketAccount == "" {
		return false
	}
	for _, a := range k.d.Authorizations {
		ofS3 := strings.HasPrefix(a.Action, "s3:") || strings.HasPrefix(a.Action, "s3-") || strings.HasPrefix(a.Action, "s3express:")
		if ofS3 && a.Resource != "*" && a.Account != k.d.BucketAccount {
			return true
		}
	}
	return false
}
