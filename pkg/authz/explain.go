package authz

import (
	"fmt"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// Reason is one line of evidence for what a check says: a statement of a policy, or a
// fact that stands in none.
type Reason struct {
	Layer evidence.Layer
	// Policy is the name of the policy, and ARN its ARN; both are empty for a fact.
	Policy, ARN string
	Level       string // where in the organization it is attached
	Statement   int    // from 0; -1: the policy as a whole
	SID         string
	Effect      policy.Effect
	Matches     policy.Truth
	Kinds       policy.Kind // how the statement names the requester
	// Failure is the element that keeps the statement from matching, or on which it
	// hangs; zero for one that matches.
	policy.Failure
	// Held are the conditions of a statement that matches, with what they got.
	Held []policy.Failure
	// Unsettled are the condition keys that would settle it.
	Unsettled []string
	// Source is the statement itself, as JSON, and Version that of its document.
	Source  []byte
	Version string
	Text    string // of a fact
}

// String returns a reason in short: NAME[0] Deny Condition StringEquals aws:SourceVpce.
func (r Reason) String() string {
	if r.Policy == "" || r.Statement < 0 {
		return r.Text
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s[%d] %s", r.Policy, r.Statement, r.Effect)
	if r.Element != policy.ElementNone {
		fmt.Fprintf(&b, " %s", r.Element)
	}
	if r.Operator != "" {
		fmt.Fprintf(&b, " %s %s", r.Operator, r.Key)
	}
	return b.String()
}

// Reasons returns what made a check say what it says: the statements that deny or
// allow; where nothing allows, the statement that comes nearest to it; where it is not
// known, the statements that hang on something unknown. Facts that stand in no policy
// come last.
func (d *Decision) Reasons(c *Check) []Reason {
	var out []Reason
	spans := d.spans[c.from:c.to]
	switch c.Verdict {
	case Deny:
		out = d.matching(spans, policy.Deny, policy.Yes)
	case Allow:
		out = d.matching(spans, policy.Allow, policy.Yes)
	case NoAllow:
		out = append(d.nearest(spans), d.matching(spans, policy.Deny, policy.Unknown)...)
	case Unknown:
		out = append(d.matching(spans, policy.Deny, policy.Unknown), d.matching(spans, policy.Allow, policy.Unknown)...)
		for i := range spans {
			if doc := spans[i].document; doc.policy == nil {
				out = append(out, Reason{Policy: doc.name, ARN: doc.arn, Level: spans[i].level, Statement: -1, Text: doc.name + ": " + doc.why})
			}
		}
	case NotApplicable:
	}
	if c.text != "" {
		out = append(out, Reason{Statement: -1, Text: c.text})
	}
	for _, n := range c.facts() {
		r := Reason{Statement: -1, Text: n.Text}
		if n.Element != "" {
			r.Key = n.Element
			if n.Wanted != "" {
				r.Wanted = []string{n.Wanted}
			}
			if n.Got != "" {
				r.Got = []string{n.Got}
			}
		}
		out = append(out, r)
	}
	if len(out) == 0 && c.Verdict == NoAllow {
		out = append(out, Reason{Statement: -1, Text: "there is no policy"})
	}
	for i := range out {
		out[i].Layer = c.Layer
	}
	return out
}

func (c *Check) facts() []Note {
	if c.details == nil {
		return nil
	}
	return c.details.notes
}

// Lacking returns the statements of a check that come nearest to allowing, where none
// of its layer allows: what is wrong besides a statement that denies.
func (d *Decision) Lacking(c *Check) []Reason {
	out := d.nearest(d.spans[c.from:c.to])
	for i := range out {
		out[i].Layer = c.Layer
	}
	return out
}

// matching returns the statements with an effect whose match is so.
func (d *Decision) matching(spans []span, effect policy.Effect, t policy.Truth) []Reason {
	var out []Reason
	for _, s := range spans {
		for _, res := range d.results[s.from:s.to] {
			if res.Effect == effect && res.Truth == t {
				out = append(out, d.reason(s, res))
			}
		}
	}
	return out
}

// nearest returns the statement that comes nearest to allowing; of the levels of an
// organization, that of each level that does not allow.
func (d *Decision) nearest(spans []span) []Reason {
	var out []Reason
	for len(spans) > 0 {
		n := 1
		for n < len(spans) && spans[n].level == spans[0].level {
			n++
		}
		level := spans[:n]
		spans = spans[n:]
		var best policy.Result
		var where span
		found, allowed, whole := false, false, true
		for _, s := range level {
			whole = whole && s.document.policy != nil
			results := d.results[s.from:s.to]
			for _, res := range results {
				allowed = allowed || res.Effect == policy.Allow && res.Truth == policy.Yes
			}
			if res, ok := policy.Nearest(results, policy.Allow); ok && (!found || policy.Nearer(res, best)) {
				best, where, found = res, s, true
			}
		}
		switch {
		case allowed:
		case found:
			out = append(out, d.reason(where, best))
		case whole:
			out = append(out, Reason{Level: level[0].level, Statement: -1, Text: "no statement allows anything"})
		}
	}
	return out
}

func (d *Decision) reason(s span, res policy.Result) Reason {
	p := s.document.policy
	statement := &p.Statements()[res.Statement]
	r := Reason{
		Policy: s.document.name, ARN: s.document.arn, Level: s.level, Statement: res.Statement,
		SID: statement.SID(), Effect: res.Effect, Matches: res.Truth, Kinds: res.Kinds | res.Perhaps, Source: statement.JSON(), Version: p.Version(),
	}
	if res.Truth == policy.Yes {
		r.Held = p.Held(&s.asked.question, res)
	} else {
		r.Failure = p.Explain(&s.asked.question, res)
	}
	if res.Truth == policy.Unknown {
		r.Unsettled = p.Unsettled(&s.asked.question, res)
	}
	return r
}
