package diagnosis

import (
	"cmp"
	"fmt"
	"slices"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// main returns the cause that AWS names, as the evidence has it where it was read, or
// else the first blocker. It says whether the two agree.
func (j *join) main(x *Diagnosis) *Cause {
	if j.named.id == "" {
		return j.ofBlockers(x)
	}
	found := slices.IndexFunc(j.blockers, func(b blocker) bool { return j.isNamed(b.id, b.isA) })
	if found >= 0 {
		c := j.causeOf(&j.blockers[found], Confirmed)
		c.Because = append(slices.Clone(j.named.because), c.Because...)
		j.agree(x, true)
		j.told = append(j.told, &j.blockers[found])
		return &c
	}
	c := &Cause{
		ID: j.named.id, Confidence: Confirmed, Summary: j.named.cause.summaryOf(j.refusal),
		Account: j.named.cause.actorOf(j.refusal), Because: slices.Clone(j.named.because), Doc: j.named.cause.Doc,
	}
	c.Account = cmp.Or(c.Account, j.actorOfLayer())
	j.told = append(j.told, nil)
	if !j.nothingRead() && j.passed(j.named.id) {
		j.agree(x, false)
		c.Summary += "; what was read now says otherwise, so that it has changed since" + changeOf(x.Changes)
	}
	return c
}

// ofBlockers returns the first blocker, among those that AWS's words may mean where
// they name several.
func (j *join) ofBlockers(x *Diagnosis) *Cause {
	if len(j.blockers) == 0 || j.settledByRecord(j.blockers[0].check) {
		return nil
	}
	first := 0
	if x.Message != nil && x.Message.Layer != "" {
		if i := slices.IndexFunc(j.blockers, func(b blocker) bool {
			return slices.ContainsFunc(j.named.open, func(o Open) bool { return o.ID == b.id || o.ID == b.isA })
		}); i >= 0 {
			first = i
			j.agree(x, true)
		}
	}
	c := j.causeOf(&j.blockers[first], Confirmed)
	if j.named.because == nil && x.Message != nil && x.Message.Agrees != nil {
		c.Because = append([]Reason{{Layer: x.Message.Layer, Text: j.ErrorMessage}}, c.Because...)
	}
	j.told = append(j.told, &j.blockers[first])
	return &c
}

func (j *join) agree(x *Diagnosis, yes bool) {
	if x.Message != nil {
		x.Message.Agrees = &yes
	}
}

// isNamed reports whether a cause is the one that AWS names, under a sharper name
// perhaps.
func (j *join) isNamed(id, isA CauseID) bool {
	return id == j.named.id || isA == j.named.id ||
		j.named.id == BucketPolicyNoAllow && (id == AnonymousNoGrant || id == BPAIgnorePublicACLs) ||
		j.named.id == IdentityNoAllow && id == DirectoryBucketSession
}

// passed reports whether the checks that a cause is of are all known to let the
// request pass, or refuse it for the other reason that they can have: nothing denies
// where AWS named a Deny, or something allows where it named none.
func (j *join) passed(id CauseID) bool {
	known := false
	for i := range j.decision.Checks {
		c := &j.decision.Checks[i]
		if !j.concerns(c, id) {
			continue
		}
		if j.halfKnown(c, id) {
			known = known || c.Layer != evidence.LayerAccessPoint
			continue
		}
		if c.Blocks != policy.No || c.Verdict == authz.Unknown {
			return false
		}
		known = known || c.Verdict != authz.NotApplicable || j.named.layer == c.Layer
	}
	return known
}

// concerns reports whether a check could have this cause.
func (j *join) concerns(c *authz.Check, id CauseID) bool {
	if slices.Contains(alike(c.Layer), id) {
		return true
	}
	return causeOfCheck(j.refusal, j.decision, c, true) == id || causeOfCheck(j.refusal, j.decision, c, false) == id
}

// alike are the causes that the same check of a layer may have, by who asks and for
// what.
func alike(l evidence.Layer) []CauseID {
	switch l {
	case evidence.LayerBucketPolicy:
		return []CauseID{BucketPolicyNoAllow, AccessPointDelegation, ServicePrincipalCondition, AnonymousNoGrant, PrincipalMismatch, StalePrincipalID}
	case evidence.LayerAccessPoint:
		return []CauseID{AccessPointPolicy, AccessPointNetwork}
	case evidence.LayerKeyPolicy:
		return []CauseID{KMSKeyPolicyNoAllow, KMSAWSManagedKeyCrossAcct}
	default:
		return nil
	}
}

// changeOf says which change of a policy came last.
func changeOf(changes []evidence.Change) string {
	if len(changes) == 0 {
		return ""
	}
	c := changes[0]
	by := ""
	if c.By != "" {
		by = " by " + c.By
	}
	return fmt.Sprintf(" (%s%s at %s)", c.Event, by, c.Time.UTC().Format("2006-01-02 15:04:05Z"))
}
