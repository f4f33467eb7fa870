package trail

import (
	"strconv"

	"why403/pkg/evidence"
)

// contextOf says of each condition key whether the request had it, as far as the
// record proves that. Keys that a record never shows (tags, organization) are not
// listed, and so are unknown.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
func contextOf(r *record, d *Denial) evidence.Context {
	k := &keys{all: make(evidence.Context, 0, 80), r: r, d: d}
	k.prefix, k.signing = keyPrefixes(d)
	if r.UserIdentity != (identity{}) { // else the record was cut
		k.principal()
		k.session()
		k.service()
	}
	k.network()
	k.transport()
	k.client()
	k.time()
	switch {
	case d.Category == CategoryNetworkActivity:
	case d.Service == "kms.amazonaws.com":
		k.kms()
	case k.prefix == directoryKeys:
		k.signature()
		k.mode()
		k.resource()
	default:
		k.signature()
		k.listing()
		k.headers()
		k.resource()
	}
	return k.all
}

// keys collects a context.
type keys struct {
	all    evidence.Context
	r      *record
	d      *Denial
	prefix string // of the keys that are S3's own
	// signing is the prefix of those about the connection and the signature.
	signing string
}

const directoryKeys = "s3express:"

// keyPrefixes returns the prefixes of S3's own condition keys: directory buckets
// and S3 on Outposts have the same keys under names of their own, Object Lambda
// some of them.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-policies.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3express.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3onoutposts.html
func keyPrefixes(d *Denial) (prefix, signing string) {
	if ofDirectoryBucket(d) {
		return directoryKeys, directoryKeys
	}
	switch dataService(d) {
	case "s3-outposts":
		return "s3-outposts:", "s3-outposts:"
	case "s3-object-lambda":
		return "s3:", "s3-object-lambda:"
	default:
		return "s3:", "s3:"
	}
}

func (k *keys) present(name, because string, values ...string) {
	k.all = append(k.all, evidence.ContextKey{Name: name, State: evidence.KeyPresent, Values: values, Because: because})
}

func (k *keys) absent(because string, names ...string) {
	for _, n := range names {
		k.all = append(k.all, evidence.ContextKey{Name: n, State: evidence.KeyAbsent, Because: because})
	}
}

func (k *keys) unknown(because string, names ...string) {
	for _, n := range names {
		k.all = append(k.all, evidence.ContextKey{Name: n, Because: because})
	}
}

// presentOr adds a key with its value, or as unknown where there is none.
func (k *keys) presentOr(name, value, because string) {
	if value != "" {
		k.present(name, "", value)
	} else {
		k.unknown(because, name)
	}
}

// time has the keys of when and where. A record has the time at which the request
// was completed, which is a moment after it was authorized.
func (k *keys) time() {
	d := k.d
	k.presentOr("aws:RequestedRegion", d.Region, "the record does not say")
	if d.Time.IsZero() {
		k.unknown("the record has no time that can be read", "aws:CurrentTime", "aws:EpochTime")
		return
	}
	k.present("aws:CurrentTime", "", d.Time.Format("2006-01-02T15:04:05Z"))
	k.present("aws:EpochTime", "", strconv.FormatInt(d.Time.Unix(), 10))
}
