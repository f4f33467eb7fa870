package finding

import (
	"slices"
	"time"

	"why403/pkg/clean"
)

// Resolution is how a status came about.
type Resolution string

// The ways in which a status comes about. It is empty for a finding that happened again.
const (
	ByHand    Resolution = "by hand"
	ByRecheck Resolution = "recheck" // the request would be allowed now
	ByQuiet   Resolution = "quiet"   // it did not happen for long
)

// MaxHistory is how many changes of its status a finding keeps.
const MaxHistory = 10

// maxWords is the most runes that are kept of what a person wrote.
const maxWords = 200

// StatusChange is a change of the status of a finding.
type StatusChange struct {
	Status Status    `json:"status"`
	At     time.Time `json:"at,omitzero"`  // zero: not known
	By     string    `json:"by,omitempty"` // empty: not known
	Reason string    `json:"reason,omitempty"`
	// Until is when a suppression ends: what happens later opens the finding again. Zero:
	// it has no end.
	Until time.Time  `json:"until,omitzero"`
	How   Resolution `json:"how,omitempty"`
}

// Change returns the finding with another status.
func (f Finding) Change(c StatusChange) Finding {
	c.By, c.Reason = clean.Middle(c.By, maxWords), clean.Middle(c.Reason, maxWords)
	c.At, c.Until = whole(c.At), whole(c.Until)
	if c.Status != Suppressed {
		c.Until = time.Time{}
	}
	f.Status, f.Changed = c.Status, &c
	f.History = append(slices.Clone(f.History), c)
	f.History = f.History[max(0, len(f.History)-MaxHistory):]
	return f
}

// whole is a time as it comes back from a store.
func whole(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}

// StatusAt is the status at a time: a suppression that is over then counts as open.
func (f Finding) StatusAt(now time.Time) Status {
	c := f.Changed
	if f.Status == Suppressed && c != nil && c.Status == Suppressed && !c.Until.IsZero() && now.After(c.Until) {
		return Open
	}
	return f.Status
}
