package authz

import (
	"time"

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
		add(Unknown, policy.Unknown).note("how Requester Pays treats AWS services is not documented")
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
	if a.Action != "s3:PutObject" && a.Action != "s3:ReplicateObject" {
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

// objectLock: a version under retention or legal hold cannot be deleted. Retention in
// governance mode can be bypassed, with a permission and a header.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
func (x *decider) objectLock(a *authorization) {
	if a.Action != "s3:DeleteObjectVersion" {
		return
	}
	add := func(v Verdict, blocks policy.Truth) *Check {
		return x.add(a, evidence.LayerObjectLock, a.target.account, v, blocks)
	}
	lock := a.target.facts.ObjectLock
	config, known := lock.Value()
	if lock.State() == evidence.StateAbsent || known && config.ObjectLockEnabled != "Enabled" {
		add(NotApplicable, policy.No).note("the bucket has no Object Lock")
		return
	}
	o := a.target.object
	if head, ok := o.Head.Value(); ok && head.DeleteMarker {
		add(Allow, policy.No).note("delete markers are never locked")
		return
	}
	hold := policy.Unknown
	if v, ok := o.LegalHold.Value(); ok {
		hold = policy.Of(v.Status == "ON")
	} else if o.LegalHold.State() == evidence.StateAbsent {
		hold = policy.No
	}
	retained, text := x.retained(a, o.Retention)
	blocks := hold.Or(retained)
	switch {
	case hold == policy.Yes:
		add(Deny, policy.Yes).fact("LegalHold", "OFF", "ON", "the version is under legal hold")
	case blocks == policy.Yes:
		add(Deny, policy.Yes).fact("Retention", "", "", text)
	case blocks == policy.No:
		add(Allow, policy.No).note("the version is not locked against this request")
	default:
		c := add(Unknown, policy.Unknown)
		if text == "" {
			text = "retention and legal hold of the version were not read" + because(o.Retention.Reason())
		}
		c.note(text)
		if o.Retention.Unknown() || o.LegalHold.Unknown() {
			c.need("s3:GetObjectRetention, s3:GetObjectLegalHold", a.target.account, a.target.objectARN())
		}
	}
	bypass := x.request.Context.Lookup(HeaderBypassGovernance)
	if retention, ok := o.Retention.Value(); ok && retention.Mode == "GOVERNANCE" && retained != policy.Yes && bypass.State == policy.Present {
		x.askOnce(evidence.Authorization{Action: "s3:BypassGovernanceRetention", Resource: a.Resource, Account: a.Account}, a.target,
			"the request bypasses the retention of the version")
	}
}

// retained says whether retention keeps the version, and why.
func (x *decider) retained(a *authorization, read evidence.Read[evidence.Retention]) (policy.Truth, string) {
	r, ok := read.Value()
	if !ok {
		if read.State() == evidence.StateAbsent {
			return policy.No, ""
		}
		return policy.Unknown, ""
	}
	now, known := x.now()
	until := r.RetainUntilDate.UTC().Format(time.RFC3339)
	switch {
	case !known:
		return policy.Unknown, "the version is retained until " + until + "; when the request was made is not known"
	case !r.RetainUntilDate.After(now):
		return policy.No, ""
	case r.Mode == "COMPLIANCE":
		return policy.Yes, "the version is retained in compliance mode until " + until + ", which nobody can shorten"
	}
	bypass := x.request.Context.Lookup(HeaderBypassGovernance)
	sent := sends(bypass)
	if bypass.State == policy.Present {
		sent = policy.Of(len(bypass.Values) == 1 && bypass.Values[0] == "true")
	}
	switch sent {
	case policy.Yes:
		return policy.No, ""
	case policy.No:
		return policy.Yes, "the version is retained in governance mode until " + until + ", and the request does not bypass it by x-amz-bypass-governance-retention"
	default:
		return policy.Unknown, "the version is retained in governance mode until " + until + "; whether the request bypasses it is not known"
	}
}

// now returns when the request was made, or else when the evidence was read.
func (x *decider) now() (time.Time, bool) {
	v := x.request.Context.Lookup("aws:currenttime")
	if len(v.Values) == 1 {
		if t, err := time.Parse(time.RFC3339, v.Values[0]); err == nil {
			return t, true
		}
	}
	return x.from.ReadAt, !x.from.ReadAt.IsZero()
}

// mfaDelete: where MFA delete is on, a version is deleted and versioning changed only
// by the root user with a code of its MFA device.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html
func (x *decider) mfaDelete(a *authorization) {
	if a.Action != "s3:DeleteObjectVersion" && a.Action != "s3:PutBucketVersioning" {
		return
	}
	add := func(v Verdict, blocks policy.Truth) *Check {
		return x.add(a, evidence.LayerMFADelete, a.target.account, v, blocks)
	}
	read := a.target.facts.Versioning
	v, known := read.Value()
	on := policy.Unknown
	switch {
	case known:
		on = policy.Of(v.MFADelete == "Enabled")
	case read.State() == evidence.StateAbsent:
		on = policy.No
	}
	sent := sends(x.request.Context.Lookup(HeaderMFA))
	text := "whether the request carries a code of the MFA device is not known"
	switch x.caller.Type {
	case evidence.PrincipalRoot:
	case evidence.PrincipalAccount:
		if sent == policy.Yes {
			sent, text = policy.Unknown, "the request carries a code of an MFA device; whether the requester is the root user is not known"
		}
	default:
		sent = policy.No
	}
	switch blocks := on.And(sent.Not()); {
	case on == policy.No:
		add(NotApplicable, policy.No).note("the bucket has no MFA delete")
	case blocks == policy.Yes:
		add(Deny, policy.Yes).fact("MFADelete", "Disabled", "Enabled", "the bucket has MFA delete on: only the root user with a code of its MFA device can do this")
	case blocks == policy.No:
		add(Allow, policy.No).note("the request carries a code of the MFA device")
	default:
		c := add(Unknown, policy.Unknown)
		if on == policy.Unknown {
			c.note("whether the bucket has MFA delete on was not read" + because(read.Reason()))
			c.need("s3:GetBucketVersioning", a.target.account, a.target.bucketARN())
		} else {
			c.note(text)
		}
	}
}

// expectedOwner: a request that says whose bucket it expects is refused where it is
// somebody else's.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
func (x *decider) expectedOwner(a *authorization) {
	add := func(v Verdict, blocks policy.Truth) *Check {
		return x.add(a, evidence.LayerExpectedOwner, a.target.account, v, blocks)
	}
	v := x.request.Context.Lookup(HeaderExpectedOwner)
	switch {
	case v.State == policy.Absent:
		add(NotApplicable, policy.No).note("the request expects no owner")
	case v.State == policy.NotKnown || len(v.Values) != 1:
		add(Unknown, policy.Unknown).note("whether the request expects another owner of the bucket (x-amz-expected-bucket-owner) is not known")
	case a.target.account == "":
		add(Unknown, policy.Unknown).note("the bucket's account is not known, and the request expects " + v.Values[0])
	case v.Values[0] == a.target.account:
		add(Allow, policy.No).note("the bucket is of the account that the request expects")
	default:
		add(Deny, policy.Yes).fact("x-amz-expected-bucket-owner", a.target.account, v.Values[0], "the request expects the bucket to be of account "+v.Values[0]+", and it is of "+a.target.account)
	}
}
