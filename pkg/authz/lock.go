package authz

import (
	"time"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// bulk reports whether a call deletes what its body lists. It may be versions, whatever
// the action that is known of it.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
func (x *decider) bulk(a *authorization) bool {
	return x.request.Operation == "DeleteObjects" && a.action == "s3:deleteobject"
}

// objectLock: a version under retention or legal hold cannot be deleted, and its
// retention not be shortened. Retention in governance mode can be bypassed, with a
// permission and a header.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
func (x *decider) objectLock(a *authorization) {
	bulk, retains := x.bulk(a), x.retains(a)
	if bypass := x.request.Context.Lookup(HeaderBypassGovernance); (retains || isDeletion(a.action)) && len(bypass.Values) == 1 && bypass.Values[0] == "true" {
		// Who sends the header needs the permission, whatever it finds.
		//
		// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
		x.askOnce(evidence.Authorization{Action: "s3:BypassGovernanceRetention", Resource: a.Resource, Account: a.Account}, a.target,
			"the request bypasses the retention of the version")
	}
	if a.action != "s3:deleteobjectversion" && !bulk && !retains {
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
	if bulk {
		c := add(Unknown, policy.Unknown)
		if !known {
			c.note("whether the bucket has Object Lock was not read" + because(lock.Reason()))
			c.need("s3:GetBucketObjectLockConfiguration", a.target.account, a.target.bucketARN())
			return
		}
		c.note("the bucket has Object Lock; which versions the request deletes is in its body")
		return
	}
	o := a.target.object
	if head, ok := o.Head.Value(); ok && head.DeleteMarker {
		add(Allow, policy.No).note("delete markers are never locked")
		return
	}
	hold := policy.Unknown
	switch v, ok := o.LegalHold.Value(); {
	case ok:
		hold = policy.Of(v.Status == "ON")
	case o.LegalHold.State() == evidence.StateAbsent:
		hold = policy.No
	}
	retained, text := x.retained(o.Retention)
	if retains {
		hold = policy.No
		if retained == policy.Yes {
			retained, text = policy.Unknown, text+"; whether the request shortens that is in its body"
		}
	}
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
}

func isDeletion(action string) bool {
	return action == "s3:deleteobject" || action == "s3:deleteobjectversion"
}

// retains reports whether the call sets the retention of a version that is there; an
// upload sets that of its own.
func (x *decider) retains(a *authorization) bool {
	return a.action == "s3:putobjectretention" && (x.request.Operation == "" || x.request.Operation == "PutObjectRetention")
}

// retained says whether retention keeps the version, and why.
func (x *decider) retained(read evidence.Read[evidence.Retention]) (policy.Truth, string) {
	r, ok := read.Value()
	if !ok {
		if read.State() == evidence.StateAbsent {
			return policy.No, ""
		}
		return policy.Unknown, ""
	}
	until := r.RetainUntilDate.UTC().Format(time.RFC3339)
	now, exact := x.now()
	switch after := r.RetainUntilDate.After(now); {
	case now.IsZero(), !after && !exact:
		return policy.Unknown, "the version is retained until " + until + "; when the request was made is not known"
	case !after:
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

// now returns when the request was made, or else when the evidence was read, which
// was later.
func (x *decider) now() (at time.Time, exact bool) {
	v := x.request.Context.Lookup("aws:currenttime")
	if len(v.Values) == 1 {
		if t, err := time.Parse(time.RFC3339, v.Values[0]); err == nil {
			return t, true
		}
	}
	return x.from.ReadAt, false
}

// mfaDelete: where MFA delete is on, a version is deleted and versioning changed only
// by the root user of the bucket's account with a code of its MFA device.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html
func (x *decider) mfaDelete(a *authorization) {
	bulk := x.bulk(a)
	if a.action != "s3:deleteobjectversion" && a.action != "s3:putbucketversioning" && !bulk {
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
	switch root := ownerRoot(a); {
	case root == policy.No:
		sent = policy.No
	case root == policy.Unknown && sent == policy.Yes:
		sent, text = policy.Unknown, "the request carries a code of an MFA device; whether the requester is the root user of the bucket's account is not known"
	}
	blocks := on.And(sent.Not())
	if bulk && blocks == policy.Yes {
		blocks, text = policy.Unknown, "the bucket has MFA delete on; whether the request deletes versions is in its body"
	}
	switch {
	case on == policy.No:
		add(NotApplicable, policy.No).note("the bucket has no MFA delete")
	case blocks == policy.Yes:
		add(Deny, policy.Yes).fact("MFADelete", "Disabled", "Enabled", "the bucket has MFA delete on: only the root user of its account with a code of the MFA device can do this")
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

// ownerRoot says whether the requester is the root user of the bucket's account.
func ownerRoot(a *authorization) policy.Truth {
	switch a.caller.Type {
	case evidence.PrincipalRoot:
		return a.same
	case evidence.PrincipalAccount:
		return a.same.And(policy.Unknown)
	default:
		return policy.No
	}
}
