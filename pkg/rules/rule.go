package rules

import (
	"slices"
	"time"

	"why403/pkg/diagnosis"
)

// Format is the format of a file of rules.
const Format = "why403.rules/v1"

// Undetermined is what a rule calls the cause of a denial whose cause is not known.
const Undetermined diagnosis.CauseID = "UNDETERMINED"

// Set is the rules that are in force, and the noise that is ignored.
type Set struct {
	// Accounts are the operator's own, beside those whose trails deliver records.
	Accounts []string
	// Rules are asked in their order; the first that applies decides.
	Rules []Rule
	// Noise switches entries of the noise profile; those that it does not name are as
	// NoiseProfile has them.
	Noise map[string]bool
}

// Rule says which denials are ignored, why and until when.
type Rule struct {
	Name   string
	Reason string
	// Expires is the first moment at which the rule does not apply any more: the end of
	// the day that the file names, in UTC.
	Expires time.Time
	Match   Match
	// Line is where the rule stands in its file, from 1.
	Line int
}

// Expired reports whether the rule does not apply any more.
func (r Rule) Expired(now time.Time) bool { return !now.Before(r.Expires) }

// Match says what a denial must have. Every field that is not empty must fit, by any of
// its values.
type Match struct {
	Principals []Pattern           // ARN, service principal, or anonymous
	Accounts   []string            // of the requester, 12 digits
	Buckets    []Pattern           // name
	Actions    []Pattern           // IAM actions: s3:GetObject
	UserAgents []Pattern           // without the brackets that S3 puts round it
	Causes     []diagnosis.CauseID // Undetermined among them
}

// exact reports whether the rule names principal, bucket and cause without a wildcard,
// as it must for a denial with a Guard. Probing is about many buckets, so that the
// principal is enough, but for anonymous requests, which are of anybody.
func (m Match) exact() bool {
	if len(m.Principals) == 0 || len(m.Causes) == 0 || wild(m.Principals) {
		return false
	}
	if len(m.Causes) == 1 && m.Causes[0] == diagnosis.Probing && !slices.Contains(m.Principals, "anonymous") {
		return true
	}
	return len(m.Buckets) > 0 && !wild(m.Buckets)
}

func wild(patterns []Pattern) bool {
	for _, p := range patterns {
		if p.Wild() {
			return true
		}
	}
	return false
}
