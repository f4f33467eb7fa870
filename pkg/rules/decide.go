package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
)

// Verdict is what one rule says of one denial.
type Verdict string

// The verdicts.
const (
	Applies Verdict = "applies" // it fits, and the denial is ignored unless an earlier rule applied
	Differs Verdict = "differs" // something of the denial does not fit
	Guarded Verdict = "guarded" // it fits, but is too wide for a denial with a Guard
	Expired Verdict = "expired" // it fits, but its time is over
	Off     Verdict = "off"     // an entry of the noise profile that fits is switched off
)

// Step is one rule's verdict and its reason.
type Step struct {
	// Rule is the name of the rule, and Noise says that it is an entry of the profile.
	Rule  string
	Noise bool
	// Line is where the rule stands in its file; 0 of the profile.
	Line    int
	Verdict Verdict
	Because string // a clause, such as: bucket is "acme-data"; foreign text in it is quoted
}

// Decision is what comes of a denial.
type Decision struct {
	Ignored bool
	// By names the rule or the entry of the noise profile that ignores it: rules by their
	// name, entries with noise/ before it. Denials are counted by it.
	By     string
	Reason string // of that rule
}

// Decide asks the rules in their order, then the noise profile.
func (s Set) Decide(d Subject, now time.Time) Decision { return s.Judge().Decide(d, now) }

// Judge decides by a Set as Set.Decide does, for many denials.
type Judge struct {
	set   Set
	noise []Noise
}

// Judge returns what decides by the set.
func (s Set) Judge() Judge { return Judge{s, NoiseProfile()} }

// Decide is Set.Decide.
func (j Judge) Decide(d Subject, now time.Time) Decision {
	for i := range j.set.Rules {
		r := &j.set.Rules[i]
		if r.Match.differs(d) != "" {
			continue
		}
		if v, _ := r.judge(d, now); v == Applies {
			return Decision{Ignored: true, By: r.Name, Reason: r.Reason}
		}
	}
	for i := range j.noise {
		n := &j.noise[i]
		if !n.asked(d) {
			continue
		}
		if v, _ := n.judge(d, j.set.noiseOn(*n)); v == Applies {
			return Decision{Ignored: true, By: "noise/" + n.Name, Reason: n.Reason}
		}
	}
	return Decision{}
}

// Explain returns the decision and what each rule and entry says, in the order in which
// they are asked.
func (s Set) Explain(d Subject, now time.Time) (Decision, []Step) {
	var steps []Step
	for _, r := range s.Rules {
		v, because := r.judge(d, now)
		steps = append(steps, Step{Rule: r.Name, Line: r.Line, Verdict: v, Because: because})
	}
	for _, n := range NoiseProfile() {
		v, because := n.judge(d, s.noiseOn(n))
		steps = append(steps, Step{Rule: n.Name, Noise: true, Verdict: v, Because: because})
	}
	return s.Decide(d, now), steps
}

func (s Set) noiseOn(n Noise) bool {
	if on, ok := s.Noise[n.Name]; ok {
		return on
	}
	return n.Default
}

func (r Rule) judge(d Subject, now time.Time) (Verdict, string) {
	if field := r.Match.differs(d); field != "" {
		return Differs, r.Match.difference(field, d)
	}
	if r.Expired(now) {
		return Expired, "it expired with " + r.Expires.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	if len(d.Guards) > 0 && !r.Match.exact() {
		return Guarded, guarded(d.Guards) + ": only a rule that names principal, bucket and cause without * applies"
	}
	return Applies, r.Reason
}

func guarded(guards []Guard) string {
	words := make([]string, len(guards))
	for i, g := range guards {
		words[i] = string(g)
	}
	return strings.Join(words, ", and ")
}

// differs names what does not fit; empty: everything does. Most rules do not fit most
// denials, so that no text is made here.
func (m Match) differs(d Subject) (field string) {
	switch {
	case len(m.Principals) > 0 && !slices.ContainsFunc(m.Principals, func(p Pattern) bool { return isPrincipal(p, d.Principal) }):
		return "principal"
	case len(m.Accounts) > 0 && !slices.Contains(m.Accounts, d.Principal.Account):
		return "account"
	case len(m.Buckets) > 0 && (d.Bucket == "" || !slices.ContainsFunc(m.Buckets, func(p Pattern) bool { return p.Match(d.Bucket) })):
		return "bucket"
	case len(m.Actions) > 0 && (len(d.Actions) == 0 || slices.ContainsFunc(d.Actions, m.isOther)):
		return "action"
	case len(m.UserAgents) > 0 && (d.UserAgent == "" || !slices.ContainsFunc(m.UserAgents, func(p Pattern) bool { return p.Match(d.UserAgent) })):
		return "userAgent"
	case len(m.Causes) > 0 && !slices.Contains(m.Causes, d.Cause):
		return "cause"
	}
	return ""
}

// isOther reports whether no pattern fits an action.
func (m Match) isOther(action string) bool {
	return !slices.ContainsFunc(m.Actions, func(p Pattern) bool { return p.matchFold(action) })
}

// difference says what a denial has in a field that does not fit.
func (m Match) difference(field string, d Subject) string {
	switch field {
	case "principal":
		return "principal is " + nameOf(d.Principal)
	case "account":
		return "account is " + or(d.Principal.Account)
	case "bucket":
		return "bucket is " + or(d.Bucket)
	case "action":
		if i := slices.IndexFunc(d.Actions, m.isOther); i >= 0 {
			return fmt.Sprintf("action is %q", d.Actions[i])
		}
		return "action is not known"
	case "userAgent":
		return "userAgent is " + or(d.UserAgent)
	}
	return "cause is " + causeName(d.Cause)
}

func causeName(id diagnosis.CauseID) string { return fmt.Sprintf("%q", string(id)) }

// isPrincipal compares a pattern with a requester. A role whose path is not known may
// be another than its ARN says, so that nothing fits it but a pattern that leaves the path
// open.
func isPrincipal(p Pattern, who evidence.Principal) bool {
	switch {
	case who.Type == evidence.PrincipalAnonymous:
		return p == "anonymous"
	case who.Type == evidence.PrincipalService:
		return who.Service != "" && p.Match(who.Service)
	case who.ARN == "" || !p.matchARN(who.ARN):
		return false
	case who.PathUnknown:
		return strings.Contains(string(p), ":role/*")
	}
	return true
}

func nameOf(p evidence.Principal) string {
	switch {
	case p.Type == evidence.PrincipalAnonymous:
		return "anonymous"
	case p.Type == evidence.PrincipalService:
		return or(p.Service)
	case p.PathUnknown:
		return fmt.Sprintf("%q, whose path is not known", p.ARN)
	}
	return or(p.ARN)
}

// or quotes a text, or says that there is none.
func or(s string) string {
	if s == "" {
		return "not known"
	}
	return fmt.Sprintf("%q", s)
}
