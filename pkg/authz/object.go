package authz

import (
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// objectExists: who asks for an object that is not there and may not list the bucket
// is told 403, not 404. S3 asks for the permission with s3:prefix being the key, once
// for all that a call needs. Whether that is so for what belongs to an object, such as
// its tags, is not documented. Who names a delete marker as a version is told 405.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
func (x *decider) objectExists(a *authorization) {
	documented, reads := readsObject(a.action)
	if !reads {
		return
	}
	for _, b := range x.asked[:a.place] {
		if first, _ := readsObject(b.action); first && b.Resource == a.Resource && b.target.kind == a.target.kind {
			return
		}
	}
	add := func(v Verdict, blocks policy.Truth) *Check {
		return x.add(a, evidence.LayerObjectExists, a.target.account, v, blocks)
	}
	head := a.target.object.Head
	v, read := head.Value()
	missing := policy.Unknown
	switch {
	case read && v.DeleteMarker && x.request.VersionID != "":
		add(Allow, policy.No).note("the version is a delete marker: S3 answers 405, not 403")
		return
	case read:
		missing = policy.Of(v.DeleteMarker)
	case head.State() == evidence.StateAbsent:
		missing = policy.Yes
	case known(a.target.object.ACL) || known(a.target.object.Owner):
		missing = policy.No // S3 shows neither of what is not there
	}
	if missing == policy.No {
		add(Allow, policy.No).note("the object exists")
		return
	}
	listing := x.listing(a)
	blocks := missing.And(listing.Allowed.Not())
	if !documented {
		blocks = blocks.And(policy.Unknown)
	}
	switch {
	case blocks == policy.Yes:
		add(NoAllow, policy.Yes).note("the object does not exist, and without s3:ListBucket S3 answers 403 instead of 404")
	case missing == policy.Yes && blocks == policy.No:
		add(Allow, policy.No).note("the object does not exist; with s3:ListBucket S3 answers 404, not 403")
	case blocks == policy.No:
		add(Allow, policy.No).note("whether the object exists is not known, but with s3:ListBucket S3 would answer 404, not 403")
	case missing == policy.Yes && listing.Allowed == policy.No:
		add(Unknown, policy.Unknown).note("the object does not exist; whether S3 then answers 403 instead of 404 without s3:ListBucket is not documented for this action")
	case missing == policy.Yes:
		c := add(Unknown, policy.Unknown)
		c.note("the object does not exist; whether the requester may list the bucket, so that S3 answers 404, is not known")
		for i := range listing.Checks {
			if listing.Checks[i].Blocks != policy.No {
				c.more().needs = append(c.more().needs, listing.Needs(&listing.Checks[i])...)
			}
		}
	default:
		c := add(Unknown, policy.Unknown)
		c.note("whether the object exists was not read" + because(head.Reason()))
		c.need("s3:GetObject, s3:ListBucket", a.target.account, a.target.objectARN())
	}
	if missing == policy.Yes {
		x.include(listing)
	}
}

func known[T any](r evidence.Read[T]) bool { return r.State() == evidence.StateKnown }

// readsObject reports whether an action reads an object, or what belongs to it; and
// whether it is documented that S3 answers 403 where there is none.
func readsObject(action string) (documented, reads bool) {
	switch action {
	case "s3:getobject", "s3:getobjectversion", "s3:getobjectattributes", "s3:getobjectversionattributes":
		return true, true
	case "s3:getobjectacl", "s3:getobjectversionacl", "s3:getobjecttagging", "s3:getobjectversiontagging",
		"s3:getobjectretention", "s3:getobjectlegalhold", "s3:getobjecttorrent":
		return false, true
	}
	return false, false
}

// listing decides whether the requester may list the bucket, as S3 itself asks.
func (x *decider) listing(a *authorization) *decider {
	t := a.target
	key := t.key
	t.key, t.ofObject = "", false
	resource := t.bucketARN()
	sub := &decider{Decision: &Decision{}, request: x.request, from: x.from, caller: x.caller, asking: true}
	if t.throughPoint {
		point, _ := parseARN(t.point)
		t = sub.from.targetOf(x.request, evidence.Authorization{Action: "s3:ListBucket", Resource: t.point, Account: point.account})
		resource = t.point
	}
	asked := sub.ask(evidence.Authorization{Action: "s3:ListBucket", Resource: resource, Account: t.account}, t, "the object does not exist")
	asked.listing, asked.prefix[0] = true, key
	sub.run(nil)
	return sub
}

// include takes the checks of another decision in, as ones that block nothing: what
// follows of them is said by the check that asked.
func (x *decider) include(sub *decider) {
	results, spans := len(x.results), len(x.spans)
	x.results = append(x.results, sub.results...)
	for _, s := range sub.spans {
		s.from, s.to = s.from+results, s.to+results
		x.spans = append(x.spans, s)
	}
	x.included = append(x.included, includedChecks{sub, spans})
}

// includedChecks are checks that are listed behind all others.
type includedChecks struct {
	*decider
	spans int // where their spans begin
}

// listIncluded lists the checks that were taken in.
func (x *decider) listIncluded() {
	for _, in := range x.included {
		first := len(x.asked)
		for _, a := range in.asked {
			a.place += first
			x.asked = append(x.asked, a)
		}
		for _, c := range in.Checks {
			c.Authorization += first
			c.from, c.to = c.from+in.spans, c.to+in.spans
			c.Blocks = policy.No
			x.Checks = append(x.Checks, c)
		}
	}
}
