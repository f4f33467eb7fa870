package authz

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// authorization is one that is decided: the question to the policies, and what it
// is about.
type authorization struct {
	evidence.Authorization
	action  string // in lower case, as AWS compares it
	because string
	target  target
	same    policy.Truth // whether the requester is of the target's account
	place   int          // in Decision.Authorizations

	request *Request
	from    *Evidence
	caller  *caller
	leg     *leg // of the use of a KMS key; nil otherwise
	// listing says that S3 itself asks whether the caller may list, with s3:prefix
	// being the key of the object.
	listing bool

	question policy.Request
	context  policy.Context

	arn, account, kind, resource, prefix [1]string
}

func present(values ...string) (policy.Value, bool) {
	return policy.Value{State: policy.Present, Values: values}, true
}

func absent() (policy.Value, bool) { return policy.Value{State: policy.Absent}, true }

func unknown() (policy.Value, bool) { return policy.Value{}, true }

// text is a key with one value, which is not known if it is empty. The array lets a
// look-up do without an allocation.
func text(s *[1]string) (policy.Value, bool) {
	if s[0] == "" {
		return unknown()
	}
	return policy.Value{State: policy.Present, Values: s[:]}, true
}

// Key implements policy.Source: condition keys that follow from the requester, the
// resource and their organizations. What the request itself says comes first; but
// what is of the resource is of this authorization's.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (a *authorization) Key(folded string) (policy.Value, bool) {
	if v, ok := a.ofTarget(folded); ok {
		return v, true
	}
	if v, ok := a.request.Context.Given(folded); ok && v.State != policy.NotKnown {
		return v, true
	}
	if v, ok := a.ofPrincipal(folded); ok {
		return v, true
	}
	return a.ofNetwork(folded)
}

// ofTarget has the keys of the resource.
func (a *authorization) ofTarget(folded string) (policy.Value, bool) {
	if a.leg != nil {
		if v, ok := a.leg.keyOf(a, folded); ok {
			return v, true
		}
	}
	switch folded {
	case "aws:resourceaccount", "s3:resourceaccount":
		if a.target.kind == onAccount {
			return policy.Value{}, false
		}
		if given, ok := a.request.Context.Given(folded); ok && a.resource[0] == "" {
			return given, true
		}
		return text(&a.resource) // it is always there
	case "aws:resourceorgid":
		if a.target.kind == onAccount {
			return policy.Value{}, false
		}
		return a.from.orgID(a.target.account)
	case "aws:resourceorgpaths":
		if a.target.kind == onAccount {
			return policy.Value{}, false
		}
		return a.from.orgPaths(a.target.account)
	case "s3:prefix":
		if a.listing {
			return text(&a.prefix)
		}
	case "s3:delimiter", "s3:max-keys":
		if a.listing {
			return unknown() // S3 does not say what it asks with
		}
	}
	if strings.HasPrefix(folded, "s3:") {
		return a.ofPoint(folded)
	}
	if tag, ok := strings.CutPrefix(folded, "aws:resourcetag/"); ok {
		return a.bucketTag(tag)
	}
	return policy.Value{}, false
}

// ofPoint has the keys of access points and of tags on buckets and objects.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
func (a *authorization) ofPoint(folded string) (policy.Value, bool) {
	switch folded {
	case "s3:dataaccesspointarn":
		if a.target.point == "" {
			return a.throughNone()
		}
		return present(a.target.point)
	case "s3:dataaccesspointaccount":
		if a.target.point == "" {
			return a.throughNone()
		}
		p, _ := parseARN(a.target.point)
		return present(p.account)
	case "s3:accesspointnetworkorigin":
		if a.target.point == "" {
			return a.throughNone()
		}
		if config, ok := a.from.point(a.target.point).Config.Value(); ok && config.NetworkOrigin != "" {
			return present(config.NetworkOrigin)
		}
		return policy.Value{}, false
	}
	if tag, ok := strings.CutPrefix(folded, "s3:buckettag/"); ok {
		return a.bucketTag(tag)
	}
	if tag, ok := strings.CutPrefix(folded, "s3:existingobjecttag/"); ok {
		return a.objectTag(tag)
	}
	return policy.Value{}, false
}

// throughNone: a request on a bucket's own ARN went through no access point, unless
// its record says otherwise.
func (a *authorization) throughNone() (policy.Value, bool) {
	if a.target.kind != onBucket || a.request.throughPoint() {
		return policy.Value{}, false
	}
	for _, key := range []string{"s3:dataaccesspointarn", "s3:dataaccesspointaccount"} {
		if v, ok := a.request.Context.Given(key); ok && v.State != policy.Absent {
			return policy.Value{}, false
		}
	}
	return absent()
}

func (r *Request) throughPoint() bool {
	for _, a := range r.Authorizations {
		if strings.Contains(a.Resource, ":accesspoint/") {
			return true
		}
	}
	return false
}

// bucketTag: the tags of a bucket count only where ABAC is switched on for it.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
func (a *authorization) bucketTag(name string) (policy.Value, bool) {
	b, ok := a.from.buckets[a.target.bucket]
	if !ok || a.target.kind != onBucket {
		return policy.Value{}, false
	}
	abac, known := b.ABAC.Value()
	switch {
	case b.ABAC.State() == evidence.StateAbsent, known && abac.Status == "Disabled":
		return absent()
	case !known:
		return unknown()
	}
	return tagged(b.Tags, name)
}

// objectTag: only these actions know the tags that an object has.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
func (a *authorization) objectTag(name string) (policy.Value, bool) {
	if a.target.key == "" {
		return policy.Value{}, false
	}
	switch a.action {
	case "s3:getobject", "s3:getobjectversion", "s3:getobjectacl", "s3:getobjectversionacl", "s3:putobjectacl", "s3:putobjectversionacl",
		"s3:getobjecttagging", "s3:getobjectversiontagging", "s3:putobjecttagging", "s3:putobjectversiontagging",
		"s3:deleteobjecttagging", "s3:deleteobjectversiontagging":
		return tagged(a.target.object.Tags, name)
	}
	return policy.Value{}, false
}

// tagged returns a tag as a condition key. Its name, too, is compared without regard
// to case; tags whose names differ in case only are two, and which of them counts is
// not documented.
func tagged(tags evidence.Read[map[string]string], name string) (policy.Value, bool) {
	v, known := tags.Value()
	if !known {
		if tags.State() == evidence.StateAbsent {
			return absent()
		}
		return unknown()
	}
	found, value := 0, ""
	for k, tag := range v {
		if strings.EqualFold(k, name) {
			found++
			value = tag
		}
	}
	switch found {
	case 0:
		return absent()
	case 1:
		return present(value)
	}
	return unknown()
}

// ofNetwork has the keys of the VPC endpoint.
func (a *authorization) ofNetwork(folded string) (policy.Value, bool) {
	switch folded {
	case "aws:sourcevpc", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths":
	default:
		return policy.Value{}, false
	}
	id := a.request.Context.Lookup("aws:sourcevpce")
	switch {
	case id.State == policy.Absent:
		return absent()
	case id.State == policy.NotKnown || len(id.Values) != 1:
		return unknown()
	}
	v := a.from.endpoint(id.Values[0])
	if folded == "aws:sourcevpc" {
		if v.VPCID == "" {
			return unknown()
		}
		return present(v.VPCID)
	}
	owner := v.OwnerID
	if given := a.request.Context.Lookup("aws:vpceaccount"); owner == "" && len(given.Values) == 1 {
		owner = given.Values[0]
	}
	switch {
	case owner == "":
		return unknown()
	case folded == "aws:vpceaccount":
		return present(owner)
	case folded == "aws:vpceorgid":
		return a.from.orgID(owner)
	}
	return a.from.orgPaths(owner)
}
