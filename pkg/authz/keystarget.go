package authz

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

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
		return a.orGiven(folded)
	}
	if strings.HasPrefix(folded, "s3:accesspointtag/") {
		if a.target.point == "" {
			return a.throughNone()
		}
		return a.orGiven(folded) // nobody reads them
	}
	if tag, ok := strings.CutPrefix(folded, "s3:buckettag/"); ok {
		return a.bucketTag(folded, tag)
	}
	if tag, ok := strings.CutPrefix(folded, "s3:existingobjecttag/"); ok {
		return a.objectTag(folded, tag)
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

// orGiven returns what the request itself says of a key of the resource, where what it
// follows from was not read: unknown, if it says nothing.
func (a *authorization) orGiven(folded string) (policy.Value, bool) {
	if v, ok := a.request.Context.Given(folded); ok {
		return v, true
	}
	return unknown()
}

// bucketTag: the tags of a general purpose bucket count only where ABAC is switched on
// for it, those of a directory bucket always. Whose tags aws:ResourceTag means at an
// access point, the bucket's or its own, two pages answer differently.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-tagging.html
func (a *authorization) bucketTag(folded, name string) (policy.Value, bool) {
	b := a.target.facts
	abac, known := b.ABAC.Value()
	switch {
	case a.target.kind == onAccount:
		return policy.Value{}, false
	case a.target.kind == onDirectory:
	case a.target.kind != onBucket && a.target.kind != onUnknown:
		return a.orGiven(folded)
	case b.ABAC.State() == evidence.StateAbsent, known && abac.Status == "Disabled":
		return absent()
	case !known:
		return a.orGiven(folded)
	}
	if b.Tags.Unknown() {
		return a.orGiven(folded)
	}
	return tagged(b.Tags, name)
}

// objectTag: only these actions know the tags that an object has.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
func (a *authorization) objectTag(folded, name string) (policy.Value, bool) {
	switch a.action {
	case "s3:getobject", "s3:getobjectversion", "s3:getobjectattributes", "s3:getobjectversionattributes",
		"s3:getobjectacl", "s3:getobjectversionacl", "s3:putobjectacl", "s3:putobjectversionacl",
		"s3:getobjecttagging", "s3:getobjectversiontagging", "s3:putobjecttagging", "s3:putobjectversiontagging",
		"s3:deleteobjecttagging", "s3:deleteobjectversiontagging":
		if a.target.object.Tags.Unknown() {
			return a.orGiven(folded)
		}
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
