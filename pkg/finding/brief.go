package finding

import (
	"strconv"
	"strings"
	"time"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
)

// DiagnosisLife is how long a store keeps a diagnosis and its case at least.
const DiagnosisLife = 30 * 24 * time.Hour

// Lengths, in runes, of what is kept of foreign text.
const (
	maxStatement = 96
	maxName      = 512
)

// Brief is what a finding says of its diagnosis without it.
type Brief struct {
	Outcome    diagnosis.Outcome    `json:"outcome"`
	Cause      diagnosis.CauseID    `json:"cause,omitempty"` // empty if it is not known
	Confidence diagnosis.Confidence `json:"confidence,omitempty"`
	Account    string               `json:"account,omitempty"` // who must act; empty if unknown
	// Statement is the policy and the statement that decides, in one line.
	Statement string `json:"statement,omitempty"`
	// Requester is the ARN of who asked, or else as in Key; RequesterAccount the account.
	Requester        string    `json:"requester,omitempty"`
	RequesterAccount string    `json:"requesterAccount,omitempty"`
	Bucket           string    `json:"bucket,omitempty"`
	At               time.Time `json:"at,omitzero"` // of the request
}

// InBrief returns what the diagnosis says, whether or not it is loaded.
func (f Finding) InBrief() Brief {
	if f.Brief.Outcome != "" || f.Diagnosis.Outcome == "" {
		return f.Brief
	}
	return briefOf(f.Diagnosis, f.Key, f.Diagnosis.Denial.Time)
}

func briefOf(x diagnosis.Diagnosis, key Key, at time.Time) Brief {
	b := Brief{
		Outcome: x.Outcome, At: at, Requester: x.Denial.Principal.ARN,
		RequesterAccount: x.Denial.Principal.Account, Bucket: x.Denial.Bucket,
	}
	if b.Requester == "" {
		b.Requester = key.Requester
	}
	b.Requester = clean.Middle(b.Requester, maxName)
	b.Bucket = clean.Middle(b.Bucket, maxName)
	if c := x.Cause; c != nil {
		b.Cause, b.Confidence, b.Account, b.Statement = c.ID, c.Confidence, c.Account, statement(*c)
	}
	return b
}

func (b Brief) causeID() string {
	if b.Cause == "" {
		return Undetermined
	}
	return string(b.Cause)
}

// yields reports whether another diagnosis takes the place of this one. A diagnosis that
// explains stands against one that does not: the same cause may be hidden behind a message
// that was cut. One that says the same is replaced only before stores forget it.
func (b Brief) yields(next Brief) bool {
	if b.Outcome == "" {
		return true
	}
	explains, had := next.Outcome == diagnosis.Explained, b.Outcome == diagnosis.Explained
	if explains != had {
		return explains
	}
	if next.At.Before(b.At) {
		return false
	}
	same := b
	same.At = next.At
	return same != next || next.At.Sub(b.At) >= DiagnosisLife/2
}

// Rediagnose returns the finding with a better diagnosis of the request that it has one of:
// one that explains where the other did not, or is sure where the other was not. Nothing
// is counted. It is false if the diagnosis is no better.
func (f Finding) Rediagnose(x diagnosis.Diagnosis) (Finding, bool) {
	had := f.InBrief()
	b := briefOf(x, f.Key, had.At)
	if b.rank() <= had.rank() {
		return f, false
	}
	f.Brief, f.Diagnosis, f.Title = b, x, title(Occurrence{Key: f.Key, Time: had.At, Diagnosis: x})
	return f, true
}

// rank is how much a diagnosis says.
func (b Brief) rank() int {
	switch {
	case b.Outcome != diagnosis.Explained:
		return 0
	case b.Confidence != diagnosis.Confirmed:
		return 1
	}
	return 2
}

// statement names what decides: the policy and, if it is a statement, its Sid or number.
func statement(c diagnosis.Cause) string {
	for _, r := range c.Because {
		name := r.Policy
		if name == "" {
			name = r.PolicyARN
		}
		if name == "" {
			continue
		}
		switch {
		case r.SID != "":
			name += ", " + r.SID
		case r.Statement != nil:
			name += ", statement " + strconv.Itoa(*r.Statement+1)
		}
		if r.Effect != "" {
			name += " (" + r.Effect + ")"
		}
		return clean.Middle(strings.Join(strings.Fields(name), " "), maxStatement)
	}
	return ""
}
