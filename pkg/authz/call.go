package authz

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// requesterPays: a request on a Requester Pays bucket from another account must accept
// the charge. For a role that is the account of the role. Anonymous requests are
// never taken.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
func (x *decider) requesterPays(a *authorization) {
	read := a.target.facts.RequestPayment
	payment, known := read.Value()
	add := func(v Verdict, blocks policy.Truth) *Check {
		return x.add(a, evidence.LayerRequesterPays, a.target.account, v, blocks)
	}
	header := x.request.Context.Lookup(HeaderRequestPayer)
	accepted := policy.Unknown
	switch header.State {
	case policy.Absent:
		accepted = policy.No
	case policy.Present:
		accepted = policy.Of(len(header.Values) == 1 && header.Values[0] == "requester")
	case policy.NotKnown:
	}
	anonymous := x.caller.Type == evidence.PrincipalAnonymous
	switch {
	case known && payment.Payer != "Requester":
		add(Allow, policy.No).note("the bucket's account pays")
		return
	case a.same == policy.Yes:
		add(Allow, policy.No).note("the requester is of the bucket's account")
		return
	case accepted == policy.Yes && !anonymous:
		add(Allow, policy.No).note("the request accepts the charge")
		return
	case read.State() == evidence.StateAbsent:
		add(Allow, policy.No).note("the bucket has no payment configuration")
		return
	case x.caller.Type == evidence.PrincipalService:
		c := add(Unknown, policy.Unknown)
		c.note("how Requester Pays treats AWS services is not documented")
		if !known {
			c.need("s3:GetBucketRequestPayment", a.target.account, a.target.bucketARN())
		}
		return
	}
	blocks := policy.Of(known).Or(policy.Unknown)
	if !anonymous {
		blocks = blocks.And(accepted.Not()).And(a.same.Not())
	}
	if blocks == policy.Yes {
		text := "the bucket is Requester Pays, and the request does not accept the charge"
		if anonymous {
			text = "the bucket is Requester Pays, which takes no anonymous requests"
		}
		add(Deny, policy.Yes).fact("x-amz-request-payer", "requester", "", text)
		return
	}
	c := add(Unknown, blocks)
	if !known {
		c.note("who pays for requests to the bucket was not read" + because(read.Reason()))
		c.need("s3:GetBucketRequestPayment", a.target.account, a.target.bucketARN())
		return
	}
	c.fact("x-amz-request-payer", "requester", "", "the bucket is Requester Pays; whether the request accepts the charge is not known")
}

// customerKey: a bucket can refuse uploads under keys that the customer provides.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html
func (x *decider) customerKey(a *authorization) {
	if a.action != "s3:putobject" && a.action != "s3:replicateobject" {
		return
	}
	add := func(v Verdict, blocks policy.Truth) *Check {
		return x.add(a, evidence.LayerSSEC, a.target.account, v, blocks)
	}
	read := a.target.facts.Encryption
	encryption, known := read.Value()
	refused := policy.Unknown
	switch {
	case known:
		refused = policy.No
		for _, t := range encryption.BlockedEncryptionTypes {
			if t == "SSE-C" {
				refused = policy.Yes
			}
		}
	case read.State() == evidence.StateAbsent:
		refused = policy.No
	}
	sent := sends(x.request.Context.Lookup("s3:x-amz-server-side-encryption-customer-algorithm"))
	blocks := refused.And(sent)
	switch {
	case blocks == policy.Yes:
		add(Deny, policy.Yes).fact("BlockedEncryptionTypes", "", "SSE-C", "the request encrypts with a key of its own, and the bucket refuses those")
	case sent == policy.No:
		add(NotApplicable, policy.No).note("the request brings no encryption key")
	case blocks == policy.No:
		add(Allow, policy.No).note("the bucket takes uploads under customer-provided keys")
	default:
		c := add(Unknown, policy.Unknown)
		if refused == policy.Unknown {
			c.note("which kinds of encryption the bucket refuses was not read" + because(read.Reason()))
			c.need("s3:GetEncryptionConfiguration", a.target.account, a.target.bucketARN())
		} else {
			c.note("whether the request brings an encryption key of its own is not known")
		}
	}
}

// sends says whether a header was sent.
func sends(v policy.Value) policy.Truth {
	switch v.State {
	case policy.Present:
		return policy.Of(len(v.Values) > 0)
	case policy.Absent:
		return policy.No
	default:
		return policy.Unknown
	}
}

// expectedOwner: a request that says whose bucket it expects is refused where it is
// somebody else's. A copy says it of its source by a header of its own.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
func (x *decider) expectedOwner(a *authorization) {
	header := HeaderExpectedOwner
	if x.readsSource(a) {
		header = HeaderSourceExpectedOwner
	}
	for _, b := range x.asked[:a.place] {
		if b.target.bucket == a.target.bucket && b.target.kind == a.target.kind && x.readsSource(a) == x.readsSource(b) {
			return // it is asked once
		}
	}
	add := func(v Verdict, blocks policy.Truth) *Check {
		return x.add(a, evidence.LayerExpectedOwner, a.target.account, v, blocks)
	}
	name := strings.TrimPrefix(header, "s3:")
	v := x.request.Context.Lookup(header)
	switch {
	case a.action == "s3:createbucket":
		add(NotApplicable, policy.No).note("a request for a new bucket cannot expect an owner")
	case v.State == policy.Absent:
		add(NotApplicable, policy.No).note("the request expects no owner")
	case v.State == policy.NotKnown || len(v.Values) != 1:
		add(Unknown, policy.Unknown).note("whether the request expects another owner of the bucket (" + name + ") is not known")
	case a.target.account == "":
		add(Unknown, policy.Unknown).note("the bucket's account is not known, and the request expects " + v.Values[0])
	case v.Values[0] == a.target.account:
		add(Allow, policy.No).note("the bucket is of the account that the request expects")
	default:
		add(Deny, policy.Yes).fact(name, a.target.account, v.Values[0], "the request expects the bucket to be of account "+v.Values[0]+", and it is of "+a.target.account)
	}
}

// readsSource reports whether an authorization is on the source of a copy.
func (x *decider) readsSource(a *authorization) bool {
	return x.copies() && strings.HasPrefix(a.action, "s3:get")
}
