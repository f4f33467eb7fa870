package rules

import (
	"fmt"
	"slices"
	"time"

	"why403/pkg/diagnosis"
)

// SoonDefault is how long before its end a rule counts as expiring soon.
const SoonDefault = 14 * 24 * time.Hour

// Warning is something about a rule that is allowed and perhaps not meant.
type Warning struct {
	Rule string
	Line int
	Text string
}

// Check returns what a person should know of rules that are valid: which are expired, or
// will be within soon, which can never apply since an earlier one fits all that they fit,
// and which are about every requester and bucket.
func (s Set) Check(now time.Time, soon time.Duration) []Warning {
	var out []Warning
	for i, r := range s.Rules {
		say := func(format string, args ...any) {
			out = append(out, Warning{Rule: r.Name, Line: r.Line, Text: fmt.Sprintf(format, args...)})
		}
		last := r.Expires.AddDate(0, 0, -1).Format(time.DateOnly)
		switch {
		case r.Expired(now):
			say("expired with %s: it does not apply", last)
		case r.Expired(now.Add(soon)):
			say("expires soon, with %s", last)
		}
		for _, before := range s.Rules[:i] {
			if !before.Expired(now) && !before.Expires.Before(r.Expires) && before.Match.covers(r.Match) {
				say("is never reached: %s, in line %d, fits all that it fits", before.Name, before.Line)
				break
			}
		}
		if len(r.Match.Principals)+len(r.Match.Accounts)+len(r.Match.Buckets) == 0 {
			say("is about every requester and every bucket")
		}
	}
	return out
}

// covers reports whether m fits, for certain, everything that o fits. A rule that is not
// exact does not apply to a denial with a Guard, so that it never covers one that is.
func (m Match) covers(o Match) bool {
	return (m.exact() || !o.exact()) &&
		coverAll(m.Principals, o.Principals, principalCovers) && coverAll(m.Buckets, o.Buckets, Pattern.covers) &&
		coverAll(m.Actions, o.Actions, Pattern.covers) && coverAll(m.UserAgents, o.UserAgents, Pattern.covers) &&
		coverAll(m.Accounts, o.Accounts, func(a, b string) bool { return a == b }) &&
		coverAll(m.Causes, o.Causes, func(a, b diagnosis.CauseID) bool { return a == b })
}

// principalCovers compares what is no ARN as it is written.
func principalCovers(p, q Pattern) bool {
	if p == q {
		return true
	}
	return p.matchARN(string(q)) && p.covers(q)
}

func coverAll[T any](all, some []T, covers func(a, b T) bool) bool {
	if len(all) == 0 {
		return true
	}
	return len(some) > 0 && !slices.ContainsFunc(some, func(b T) bool {
		return !slices.ContainsFunc(all, func(a T) bool { return covers(a, b) })
	})
}
