package diagnosis

import (
	"cmp"
	"slices"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// checks lists every check of every authorization. What AWS's own words and the
// record prove stands where nothing was read.
func (j *join) checks() []Check {
	out := make([]Check, 0, len(j.decision.Checks)+1)
	named := false
	for i := range j.decision.Checks {
		c := &j.decision.Checks[i]
		a := j.decision.Authorizations[c.Authorization]
		k := Check{Layer: c.Layer, Action: a.Action, Resource: a.Resource, Account: cmp.Or(c.Account, a.Account), Verdict: Verdict(c.Verdict), Blocks: blocks(c.Blocks)}
		k.Because = reasonsOf(j.decision.Reasons(c))
		if j.isNamedCheck(c) {
			named = true
			if c.Blocks == policy.Unknown {
				k.Verdict, k.Blocks, k.Because = j.named.verdict, blocks(policy.Yes), append(slices.Clone(j.named.because), k.Because...)
			}
		} else if v, why := endpointSettled(j.refusal); c.Layer == evidence.LayerVPCE && c.Blocks == policy.Unknown && v != Unknown {
			k.Verdict, k.Blocks, k.Because = v, "", []Reason{{Layer: c.Layer, Fact: why}}
		}
		out = append(out, k)
	}
	if !named && j.named.layer != "" && j.named.verdict != "" && j.named.verdict != Unknown {
		a := j.authorization()
		if exactAction(a.Action) {
			out = append(out, Check{Layer: j.named.layer, Action: a.Action, Resource: a.Resource, Account: a.Account,
				Verdict: j.named.verdict, Blocks: blocks(policy.Yes), Because: j.named.because})
		}
	}
	return out
}

// isNamedCheck reports whether a check is the one that AWS's words are about.
func (j *join) isNamedCheck(c *authz.Check) bool {
	if j.named.verdict == "" || j.named.verdict == Unknown || c.Layer != j.named.layer {
		return false
	}
	a := j.decision.Authorizations[c.Authorization]
	switch {
	case c.Layer == evidence.LayerObjectExists, j.Message.Action == "":
		return true
	case a.Because != "" && a.Action == "s3:ListBucket":
		return false
	}
	return strings.EqualFold(a.Action, j.Message.Action) && (j.Message.Resource == "" || a.Resource == "" || a.Resource == j.Message.Resource)
}

// blocks says whether a check refuses the request, as the JSON has it: empty if it
// does not.
func blocks(t policy.Truth) string {
	if t == policy.No {
		return ""
	}
	return t.String()
}

// reasonsOf puts the reasons of a check into the form of the diagnosis.
func reasonsOf(reasons []authz.Reason) []Reason {
	out := make([]Reason, 0, len(reasons))
	for _, r := range reasons {
		x := Reason{Layer: r.Layer, Policy: r.Policy, PolicyARN: r.ARN, At: r.Level, SID: r.SID, Fact: r.Text}
		switch {
		case r.Policy == "":
			x.Element, x.Wanted, x.Got = r.Key, r.Wanted, r.Got
			if r.Layer == evidence.LayerPublicAccessBlock {
				x.Wanted = nil // not that the setting should be off
			}
		case r.Statement >= 0:
			n := r.Statement
			x.Statement = &n
			x.Effect = r.Effect.String()
			x.Source = r.Source
			f := r.Failure
			if len(r.Held) > 0 && r.Effect == policy.Deny {
				f = r.Held[0]
			}
			x.Element, x.Operator, x.Key, x.Wanted, x.Got = f.Element.String(), f.Operator, f.Key, f.Wanted, f.Got
			if f.Element == policy.ElementCondition && f.State != policy.Present {
				x.State = f.State.String()
			}
			if r.Matches == policy.Yes {
				x.Matches = "yes"
			} else {
				x.Matches = r.Matches.String()
			}
		}
		out = append(out, x)
	}
	return out
}
