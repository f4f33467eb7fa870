package diagnosis

import (
	"fmt"
	"slices"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
)

// causeOf puts a blocker into words.
func (j *join) causeOf(b *blocker, sure Confidence) Cause {
	info, _ := find(b.id)
	v := j.seenFrom(j.decision, b)
	c := Cause{ID: b.id, IsA: b.isA, Confidence: sure, Doc: info.Doc, Account: j.actorOf(b, info, v)}
	c.Summary = info.summaryOf(v)
	if b.id != MissingObject && len(b.more) > 0 {
		c.Summary += " (the same for " + strings.Join(j.actions(b), ", ") + ")"
	}
	switch fact := factOf(b.reasons); {
	case b.id == KMSKeyState && fact != "":
		c.Summary = fmt.Sprintf("S3 cannot use %s: %s", v.keyName(), fact)
	case fact != "" && saysItself(b.id):
		c.Summary = upperFirst(fact)
	case b.sharp != "":
		c.Summary += ": " + b.sharp
	}
	if j.settledByRecord(b.check) {
		c.Summary += "; " + sinceThen
	}
	c.Because = reasonsOf(b.reasons)
	return c
}

// factOf returns what decided where that stands in no policy.
func factOf(reasons []authz.Reason) string {
	for _, reason := range reasons {
		if reason.Policy == "" && reason.Text != "" {
			return reason.Text
		}
	}
	return ""
}

// saysItself reports whether what decided says all that there is to say of a cause.
func saysItself(id CauseID) bool {
	switch id {
	case MFADelete, AccessPointNetwork, BPARestrictPublicBuckets, ExpectedBucketOwner:
		return true
	default:
		return false
	}
}

// actions are the further actions that a blocker refuses.
func (j *join) actions(b *blocker) []string {
	var out []string
	own := j.decision.Authorizations[b.check.Authorization].Action
	for _, c := range b.more {
		if a := j.decision.Authorizations[c.Authorization].Action; a != own && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	if out == nil {
		out = append(out, own+" on another resource")
	}
	return out
}

// actorOf is the account that has to act for a blocker. Of an organization that is its
// management account.
func (j *join) actorOf(b *blocker, info cause, v *refusal) string {
	switch b.check.Layer {
	case evidence.LayerSCP, evidence.LayerRCP:
		org, _ := j.evidence.Accounts[b.check.Account].Organization.Value()
		if org.ManagementAccount != "" {
			return org.ManagementAccount
		}
	case evidence.LayerVPCE, evidence.LayerAccessPoint, evidence.LayerMRAP, evidence.LayerKeyPolicy, evidence.LayerKeyState:
		if b.id != AccessPointNetwork && b.check.Account != "" {
			return b.check.Account
		}
	default:
	}
	return info.actorOf(v)
}

// actorOfLayer is the account that has to act for what AWS names, where the evidence
// knows it and the record does not.
func (j *join) actorOfLayer() string {
	for i := range j.decision.Checks {
		c := &j.decision.Checks[i]
		if c.Layer == j.named.layer && j.concerns(c, j.named.id) {
			return j.actorOf(&blocker{id: j.named.id, check: c}, j.named.cause, j.refusal)
		}
	}
	return ""
}
