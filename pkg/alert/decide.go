package alert

import (
	"slices"
	"time"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// Reason is why people are told of a finding.
type Reason string

// The reasons to speak.
const (
	// None: there is nothing new to say.
	None Reason = ""
	// NewFinding: nobody has been told of this finding.
	NewFinding Reason = "new"
	// NewCause: people know the finding, but not the cause it has now.
	NewCause Reason = "new cause"
	// Magnitude: it happened ten times as often as when people were last told, or more.
	Magnitude Reason = "magnitude"
	// StillFailing: people were told long ago, and it goes on.
	StillFailing Reason = "still failing"
	// Reopened: people were told that it was resolved, or knew it, and it happened again.
	Reopened Reason = "reopened"
	// Resolved: it is resolved, and people know it as open.
	Resolved Reason = "resolved"
	// Digest: several findings in one message.
	Digest Reason = "digest"
)

// Policy is what the operator chose about when to speak.
type Policy struct {
	// QuietStart is how long after a beginning, of a deployment or of an account's
	// first event, findings are only recorded, to be sent as one digest.
	QuietStart time.Duration
	// Again is the least time between two messages about one finding for its
	// magnitude; Still is after which time an open finding that goes on is told again.
	Again, Still time.Duration
	// Burst is the most messages to a topic in each Window; what is more goes into one
	// digest. SNS takes a mail address off a topic that sends it more than ten messages
	// a second. No limit if either is zero.
	//
	// https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html
	Burst  int
	Window time.Duration
	// Daily sends a digest of each day on which something was denied or resolved.
	Daily bool
}

// DefaultPolicy is the policy of a deployment, but for its quiet start.
func DefaultPolicy() Policy {
	return Policy{Again: time.Hour, Still: 24 * time.Hour, Burst: 30, Window: 15 * time.Minute, Daily: true}
}

// Transition is what happened to a finding.
type Transition struct {
	Finding finding.Finding // as it stands now
	New     int             // occurrences counted just now
	// Began is when the deployment, or the account that recorded the denial if that was
	// later, was first heard of; zero where nothing is known of it.
	Began time.Time
}

// Decision is whether and when to tell people.
type Decision struct {
	Reason Reason
	// Until is when a digest has to tell it instead of a message now; zero: now.
	Until time.Time
}

// Decide says why people should be told of a finding, and when.
//
// It asks what has been announced, not only what was just counted: a message that was
// lost between recording and publishing is sent on the next occasion, even if that is a
// repeated delivery with nothing new in it.
//
// A cause is news once, also when it alternates with others. That a cause is not known
// is news only for a finding nobody has heard of: going from a known cause to none adds
// nothing that could be acted upon.
//
// An acknowledged finding still speaks of a cause that was not announced: who
// acknowledged it knew another one, and the next blocker often shows only when the first
// was removed. If nothing was announced before it was acknowledged, that person saw the
// finding elsewhere, and it is not announced after the fact. A suppressed finding never
// speaks.
func Decide(t Transition, now time.Time, p Policy) Decision {
	d := Decision{Reason: p.reason(t, now)}
	if d.Reason == None || t.Began.IsZero() {
		return d
	}
	if until := t.Began.Add(p.QuietStart); now.Before(until) {
		d.Until = until
	}
	return d
}

func (p Policy) reason(t Transition, now time.Time) Reason {
	f := t.Finding
	if f.ID == "" || f.InBrief().Outcome == diagnosis.Ignored {
		return None
	}
	announced := len(f.Announced) > 0
	status := f.StatusAt(now)
	switch status {
	case finding.Open:
	case finding.Acknowledged:
		if !announced {
			return None
		}
	case finding.Resolved:
		if f.Told != nil && f.Told.Status != finding.Resolved {
			return Resolved
		}
		return None
	default:
		return None
	}
	switch {
	case !announced && f.Told != nil:
		return Reopened
	case !announced:
		return NewFinding
	case slices.ContainsFunc(Names(f), func(c string) bool { return c != finding.Undetermined && !f.Knows(c) }):
		return NewCause
	case status != finding.Open || t.New == 0:
		return None
	}
	return p.repeat(f, now)
}

// Names are the causes of a finding that a message about it names: that of its diagnosis,
// and those so far, as far as there is room.
func Names(f finding.Finding) []string {
	all := []string{f.Cause()}
	for _, c := range f.Causes[:min(len(f.Causes), mostCauses)] {
		if !slices.Contains(all, c.Cause) {
			all = append(all, c.Cause)
		}
	}
	return all
}

// repeat says whether an open finding that people know is told again.
func (p Policy) repeat(f finding.Finding, now time.Time) Reason {
	told := finding.Told{At: f.FirstSeen, Count: 1}
	if f.Told != nil {
		told = *f.Told
	}
	since := now.Sub(told.At)
	switch {
	case p.Again > 0 && since >= p.Again && decade(f.Count) > decade(told.Count):
		return Magnitude
	case p.Still > 0 && since >= p.Still:
		return StillFailing
	}
	return None
}

// decade is how many digits a count has: 1 to 9 are of one magnitude, 10 to 99 of the
// next.
func decade(n int) int {
	d := 0
	for ; n > 0; n /= 10 {
		d++
	}
	return d
}

// Crowded reports whether the message with that number in its window is one too many,
// and until when what is more has to wait.
func (p Policy) Crowded(number int, now time.Time) (until time.Time, crowded bool) {
	if p.Burst <= 0 || p.Window <= 0 || number <= p.Burst {
		return time.Time{}, false
	}
	return p.WindowOf(now).Add(p.Window), true
}

// WindowOf is when the window of a time began.
func (p Policy) WindowOf(now time.Time) time.Time { return now.Truncate(p.Window) }
