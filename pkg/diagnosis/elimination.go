package diagnosis

import (
	"fmt"
	"slices"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
	"why403/pkg/trail"
)

// sinceThen explains an endpoint policy that refuses what it let pass.
const sinceThen = "but S3 records no data event for a request that a VPC endpoint policy denies: the policy has changed since"

// nothingRead reports whether no evidence was read at all.
func (j *join) nothingRead() bool {
	e := &j.evidence.Evidence
	return len(e.Accounts)+len(e.Principals)+len(e.Sessions)+len(e.Buckets)+len(e.Objects)+len(e.Keys)+len(e.KeyAliases)+len(e.VPCEndpoints)+len(e.AccessPoints) == 0
}

// unsettled reports whether something that could be read is missing. What the request
// alone knows, such as a header that CloudTrail does not record, can not be.
func (j *join) unsettled() bool {
	if len(j.decision.Authorizations) == 0 {
		return true
	}
	for _, c := range j.decision.Blocking(policy.Unknown) {
		if c.Layer != evidence.LayerExpectedOwner && !j.settledByRecord(c) {
			return true
		}
	}
	return false
}

// whatIsMissing says what stands between the diagnosis and a cause.
func (j *join) whatIsMissing() string {
	var ids []string
	for _, o := range j.open {
		if o.ID != ExpectedBucketOwner && !slices.Contains(ids, string(o.ID)) {
			ids = append(ids, string(o.ID))
		}
	}
	n := 0
	for _, c := range j.decision.Blocking(policy.Unknown) {
		if c.Layer != evidence.LayerExpectedOwner && !j.settledByRecord(c) {
			n++
		}
	}
	switch {
	case n == 0 && j.named.why != "":
		return j.named.why
	case n == 1:
		return "what was read lets the request pass, and 1 check is not settled"
	}
	return fmt.Sprintf("what was read lets the request pass, and %d checks are not settled", n)
}

// byElimination returns a cause that is likely: S3 refused, every other check is known
// to pass, and what remains has one name. Where AWS's words name a type of policy, only
// what they may mean is asked about. That a request may expect another bucket
// owner, which no record shows, stays open beside it.
func (j *join) byElimination(d trail.Denial) *Cause {
	if j.nothingRead() || j.named.id != "" || d.ErrorCode != "" && d.ErrorCode != "AccessDenied" {
		return nil
	}
	var left *authz.Check
	var ids []CauseID
	for _, c := range j.decision.Blocking(policy.Unknown) {
		if c.Layer == evidence.LayerExpectedOwner || j.settledByRecord(c) {
			continue
		}
		meant := j.meant(openCauses(j.refusal, j.decision, c))
		if len(meant) == 0 {
			continue
		}
		if left != nil {
			return nil
		}
		left, ids = c, meant
	}
	if left == nil {
		return nil
	}
	if left.Layer == evidence.LayerKeyPolicy && left.Denies != policy.Unknown && (left.MustAllow == policy.No || left.Allows == policy.Yes) {
		return nil // it is not known whether a key is used, and which
	}
	if len(ids) != 1 || ids[0] == "" || left.Layer == evidence.LayerSession && left.Denies == policy.Unknown && left.Allows == policy.Unknown && len(j.decision.Needs(left)) == 0 {
		return nil
	}
	b := blocker{id: ids[0], check: left, reasons: j.decision.Reasons(left), denies: left.Denies != policy.No && left.Allows == policy.Yes}
	if j.namesPolicy() {
		b.denies = j.Message.Explicit
	}
	if b.id == BucketPolicyNoAllow || b.id == BucketPolicyExplicitDeny {
		b.sharpen(j.refusal, j.decision)
	}
	c := j.causeOf(&b, Likely)
	if j.namesPolicy() {
		c.Because = append([]Reason{{Layer: left.Layer, Text: j.ErrorMessage}}, c.Because...)
		c.Summary += " (nothing else that AWS's message may mean refuses it)"
	} else {
		c.Summary += " (every other check passes)"
	}
	j.told = append(j.told, nil)
	c.Needs = j.openOf(left, ids[0], nil).Needs
	j.open = slices.DeleteFunc(j.open, func(o Open) bool {
		is := o.ID == b.id || o.ID == b.isA
		if is && c.Needs == "" {
			c.Needs = o.Needs
		}
		return is
	})
	return &c
}

// namesPolicy reports whether AWS's words name a type of policy, and several things may
// be meant.
func (j *join) namesPolicy() bool {
	return j.Message.Form == trail.FormPolicy && len(j.named.open) > 0
}

// meant keeps those of several causes that AWS's words may mean.
func (j *join) meant(ids []CauseID) []CauseID {
	if !j.namesPolicy() {
		return ids
	}
	var out []CauseID
	for _, id := range ids {
		if slices.ContainsFunc(j.named.open, func(o Open) bool { return o.ID == id }) {
			out = append(out, id)
		}
	}
	return out
}
