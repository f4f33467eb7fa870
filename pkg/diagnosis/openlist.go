package diagnosis

import (
	"slices"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// stillOpen lists the causes that it may be besides, each with what would settle it:
// where nothing was read, all that the record leaves; where something was, the checks
// that are not known to pass.
func (j *join) stillOpen() []Open {
	record := ruledOut(j.refusal, j.named)
	out := possible(j.named.open, record)
	texts := out
	if j.named.id == "" || !j.nothingRead() {
		texts = append(slices.Clone(out), unread(j.refusal)...)
	}
	if j.nothingRead() {
		return out
	}
	var all []Open
	for i := range j.decision.Checks {
		c := &j.decision.Checks[i]
		if c.Blocks != policy.Unknown || j.settledByRecord(c) {
			continue
		}
		for _, id := range openCauses(j.refusal, j.decision, c) {
			if id == "" || j.told != nil && j.told[0] == nil && id == j.named.id || slices.ContainsFunc(all, func(o Open) bool { return o.ID == id }) {
				continue
			}
			all = append(all, j.openOf(c, id, texts))
		}
	}
	// What AWS's words leave open, and no check speaks of.
	for _, o := range out {
		if !slices.ContainsFunc(all, func(a Open) bool { return a.ID == o.ID }) && !j.settled(o.ID) {
			all = append(all, o)
		}
	}
	return all
}

// settled reports whether every check that could have a cause is known.
func (j *join) settled(id CauseID) bool {
	seen := aboutKey(id) && j.usesNoKey()
	for i := range j.decision.Checks {
		c := &j.decision.Checks[i]
		if j.concerns(c, id) || id == BPAIgnorePublicACLs && c.Layer == evidence.LayerACLOwnership {
			seen = true
			if (c.Blocks == policy.Unknown || c.Verdict == authz.Unknown) && !j.halfKnown(c, id) {
				return false
			}
		}
	}
	return seen
}

// halfKnown reports whether the half of a check that has a cause is known to let the
// request pass: that nothing denies it, or that something allows it.
func (j *join) halfKnown(c *authz.Check, id CauseID) bool {
	switch c.Layer {
	case evidence.LayerAccessPoint:
		// Its policy and its network are two checks.
		return (id == AccessPointNetwork) != (notedElement(j.decision, c) == "NetworkOrigin")
	case evidence.LayerIdentity, evidence.LayerBucketPolicy, evidence.LayerKeyPolicy:
	default:
		return false
	}
	switch id {
	case causeOfCheck(j.refusal, j.decision, c, true):
		return c.Denies == policy.No
	case causeOfCheck(j.refusal, j.decision, c, false):
		return c.Allows == policy.Yes
	default:
		return false
	}
}

// settledByRecord reports whether the record itself shows that a check passed.
func (j *join) settledByRecord(c *authz.Check) bool {
	if c.Layer != evidence.LayerVPCE {
		return false
	}
	verdict, _ := endpointSettled(j.refusal)
	return verdict != Unknown
}

// openOf words what is open of a check.
func (j *join) openOf(c *authz.Check, id CauseID, texts []Open) Open {
	o := Open{ID: id}
	if i := slices.IndexFunc(texts, func(t Open) bool { return t.ID == id }); i >= 0 {
		o.Because = texts[i].Because
	} else if info, ok := Info(id); ok {
		o.Because = "perhaps " + info.Means
	}
	var needs, unsettled []string
	for _, n := range j.decision.Needs(c) {
		if s := n.String(); !slices.Contains(needs, s) {
			needs = append(needs, s)
		}
	}
	for _, reason := range j.decision.Reasons(c) {
		switch {
		case reason.Policy != "" && reason.Statement < 0:
			o.Because = "policy " + reason.Text
		case reason.Policy != "" && reason.Matches == policy.Unknown:
			o.Because = statementName(reason) + " " + hangs(reason)
			for _, key := range reason.Unsettled {
				if !slices.Contains(unsettled, key) {
					unsettled = append(unsettled, key)
				}
			}
		case reason.Policy == "" && reason.Text != "" && len(needs) > 0 && c.Layer != evidence.LayerPublicAccessBlock:
			if o.Because == "" || strings.HasPrefix(o.Because, "perhaps ") {
				o.Because = reason.Text
			}
		}
	}
	if len(needs)+len(unsettled) == 0 {
		needs = j.needsBeside(c)
	}
	o.Needs = strings.Join(needs, "; ")
	if o.Needs == "" && c.Layer == evidence.LayerRequesterPays {
		// The setting was read: what is not known is of the request.
		o.Needs = "the request's x-amz-request-payer header"
		if !isAccount(j.Principal.Account) {
			o.Needs += ", and the account that sent it"
		}
	}
	if o.Needs == "" && len(unsettled) > 0 {
		o.Needs = "the request's " + strings.Join(unsettled, ", ") + j.throughCloudFront(unsettled)
	}
	return o
}

// needsBeside are the reads that would settle a check which was read itself: what may
// make up for it was not, such as the grants of a key, or an ACL.
func (j *join) needsBeside(c *authz.Check) []string {
	var beside evidence.Layer
	switch c.Layer {
	case evidence.LayerBucketPolicy:
		beside = evidence.LayerACLOwnership
	case evidence.LayerKeyPolicy:
		beside = evidence.LayerKeyGrant
	default:
		return nil
	}
	var needs []string
	for i := range j.decision.Checks {
		d := &j.decision.Checks[i]
		if d.Authorization != c.Authorization || d.Layer != beside {
			continue
		}
		for _, n := range j.decision.Needs(d) {
			if s := n.String(); !slices.Contains(needs, s) {
				needs = append(needs, s)
			}
		}
	}
	return needs
}

// hangs says on what a statement hangs of which it is not known whether it matches.
func hangs(r authz.Reason) string {
	verb := "allows it"
	if r.Effect == policy.Deny {
		verb = "denies it"
	}
	switch {
	case len(r.Unsettled) > 0:
		return verb + " or not by " + strings.Join(r.Unsettled, ", ") + ", which is not known"
	case r.Doubt != "":
		return verb + " or not: " + r.Doubt
	}
	return verb + " or not: its " + r.Element.String() + " is not settled by what is known"
}

// ruledOut lists the causes that it cannot be: those that the record excludes, and
// those whose checks are all known to pass.
func (j *join) ruledOut(is func(CauseID) bool) []RuledOut {
	out := ruledOut(j.refusal, j.named)
	open := func(id CauseID) bool { return slices.ContainsFunc(j.open, func(o Open) bool { return o.ID == id }) }
	out = slices.DeleteFunc(out, func(o RuledOut) bool { return is(o.ID) || open(o.ID) })
	if j.nothingRead() {
		return out
	}
	for i := range j.decision.Checks {
		c := &j.decision.Checks[i]
		if c.Blocks != policy.No || c.Verdict == authz.Unknown && c.Denies == policy.Unknown {
			continue
		}
		for _, denies := range [...]bool{true, false} {
			id := causeOfCheck(j.refusal, j.decision, c, denies)
			if id == "" || is(id) || open(id) || slices.ContainsFunc(out, func(o RuledOut) bool { return o.ID == id }) || !j.settled(id) {
				continue
			}
			out = append(out, RuledOut{ID: id, Because: j.whyPasses(c, denies)})
		}
	}
	if j.usesNoKey() {
		for _, id := range keyCauses() {
			if !is(id) && !open(id) && !slices.ContainsFunc(out, func(o RuledOut) bool { return o.ID == id }) {
				out = append(out, RuledOut{ID: id, Because: j.decision.NoKey})
			}
		}
	}
	return out
}

// usesNoKey reports whether the request is known to use no KMS key.
func (j *join) usesNoKey() bool {
	return j.decision.NoKey != "" && !slices.ContainsFunc(j.decision.Authorizations, func(a authz.Authorization) bool { return strings.HasPrefix(a.Action, "kms:") })
}

// keyCauses are the causes in the KMS key of an object.
func keyCauses() []CauseID {
	return []CauseID{KMSIdentityNoAllow, KMSKeyPolicyNoAllow, KMSExplicitDeny, KMSAWSManagedKeyCrossAcct, KMSKeyState}
}

func aboutKey(id CauseID) bool { return slices.Contains(keyCauses(), id) }

// whyPasses says why a check lets the request pass.
func (j *join) whyPasses(c *authz.Check, denies bool) string {
	reasons := j.decision.Reasons(c)
	if !denies {
		for _, reason := range reasons {
			if reason.Policy != "" && reason.Effect == policy.Allow && reason.Matches == policy.Yes {
				return statementName(reason) + " allows it"
			}
		}
	}
	for _, reason := range reasons {
		if reason.Policy == "" && reason.Text != "" {
			return reason.Text
		}
	}
	if denies {
		return "no statement denies it"
	}
	return "the check passes"
}
