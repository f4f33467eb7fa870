package finding

import (
	"slices"
	"strings"
	"time"

	"why403/pkg/diagnosis"
)

// Status is where a finding stands in its life.
type Status string

// The statuses of a finding.
const (
	Open         Status = "open"
	Acknowledged Status = "acknowledged"
	Resolved     Status = "resolved"
	Suppressed   Status = "suppressed"
)

// Undetermined stands for the cause of a finding whose cause is not known.
const Undetermined = "UNDETERMINED"

// What a finding keeps at most.
const (
	MaxSamples = 20 // of its occurrences
	MaxKeys    = MaxSamples
)

// Finding is what is known of one kind of denial.
type Finding struct {
	ID     string `json:"id"`
	Key    Key    `json:"key"`
	Status Status `json:"status"`
	// Title is one line: why, to whom, and what is denied.
	Title string `json:"title"`
	Count int    `json:"count"`
	// Approximate says that Count may hold some events twice: there were more than a
	// store remembers.
	Approximate bool `json:"approximate,omitempty"`
	// FirstSeen and LastSeen are times of requests, not of their arrival.
	FirstSeen time.Time `json:"firstSeen,omitzero"`
	LastSeen  time.Time `json:"lastSeen,omitzero"`
	// Causes are those seen so far, in the order in which they first came up. What is
	// beyond MaxCauses is counted as OtherCauses.
	Causes []CauseCount `json:"causes"`
	// Prefixes are the beginnings of the object keys that were asked for.
	Prefixes []PrefixCount `json:"prefixes,omitempty"`
	// Samples are the first occurrences, the earliest first, and Keys their object keys.
	Samples []Sample `json:"samples,omitempty"`
	Keys    []string `json:"keys,omitempty"`
	// Announced are the causes that people have been told of since it was last opened.
	Announced []string `json:"announced,omitempty"`
	// Told is the latest message about the finding; nil if there was none.
	Told *Told `json:"told,omitempty"`
	// Changed is the latest change of the status; nil if there was none. History has the
	// latest MaxHistory, the earliest first.
	Changed *StatusChange  `json:"changed,omitempty"`
	History []StatusChange `json:"history,omitempty"`
	// Brief is what Diagnosis says, for those who have not loaded it. InBrief reads it.
	Brief Brief `json:"brief,omitzero"`
	// Diagnosis is that of the latest occurrence whose diagnosis differs from the one
	// before. A store may leave it out; then its Format is empty.
	Diagnosis diagnosis.Diagnosis `json:"diagnosis,omitzero"`
}

// Told is what the latest message about a finding said.
type Told struct {
	At     time.Time `json:"at,omitzero"`
	Count  int       `json:"count"`  // of the finding, then
	Status Status    `json:"status"` // of the finding, then
}

// Announcement is what people have been told of a finding.
type Announcement struct {
	Causes []string // that were named
	Told   Told     // the message; without a time there was none of its own
}

// Announce returns the finding with an announcement noted.
func (f Finding) Announce(a Announcement) Finding {
	f.Announced = slices.Clone(f.Announced)
	for _, c := range a.Causes {
		switch {
		case f.Knows(c):
		case len(f.Announced) < maxAnnounced:
			f.Announced = append(f.Announced, c)
		default:
			f.Announced = append(f.Announced, OtherCauses)
		}
	}
	if !a.Told.At.IsZero() && (f.Told == nil || !a.Told.At.Before(f.Told.At)) {
		f.Told = &a.Told
	}
	return f
}

// maxAnnounced bounds Finding.Announced: beyond, all causes count as announced.
const maxAnnounced = MaxCauses + 2

// Knows reports whether people have been told that the finding has a cause.
func (f Finding) Knows(cause string) bool {
	return slices.Contains(f.Announced, cause) || slices.Contains(f.Announced, OtherCauses)
}

// Occurrence is one denial, diagnosed.
type Occurrence struct {
	// ID is the same for every copy of the request; empty if the record has none,
	// and then it cannot be told from its copies.
	ID        string
	Key       Key
	Time      time.Time
	Operation string // the call, in CloudTrail's spelling
	ObjectKey string
	Address   string // the request came from: an IP address or the name of a service
	Diagnosis diagnosis.Diagnosis
	// Case returns the case (an evidence.Case as JSON) that the diagnosis was made of. It is
	// called only if the diagnosis is kept; nil: there is none. If it fails, the diagnosis is
	// kept without.
	Case func() ([]byte, error)
}

// Cause returns the cause of a finding's diagnosis, or Undetermined.
func (f Finding) Cause() string { return f.InBrief().causeID() }

// Apply adds occurrences that were not counted before to a finding; the zero
// Finding becomes a new one. A resolved finding that happens again is open again, and so is
// one whose suppression is over. The status that a person set otherwise stays.
func (f Finding) Apply(occurrences []Occurrence) Finding {
	f, _ = f.Add(occurrences)
	return f
}

// Add is Apply, and says which of the occurrences gave the finding its diagnosis; nil: it
// has the one that it had.
func (f Finding) Add(occurrences []Occurrence) (Finding, *Occurrence) {
	f.Causes = slices.Clone(f.Causes)
	f.Prefixes = slices.Clone(f.Prefixes)
	f.Samples = slices.Clone(f.Samples)
	f.Brief = f.InBrief()
	var kept *Occurrence
	for i := range occurrences {
		if f.add(occurrences[i]) {
			kept = &occurrences[i]
		}
	}
	f.settle()
	return f, kept
}

// add counts one occurrence, and reports whether its diagnosis stands now.
func (f *Finding) add(o Occurrence) bool {
	if f.ID == "" {
		f.ID, f.Key, f.Status = o.Key.ID(), o.Key, Open
	}
	if f.Status == Resolved || f.StatusAt(o.Time) != f.Status {
		// People are told again. What they were told before tells it from a new one.
		*f = f.Change(StatusChange{Status: Open, At: o.Time, Reason: "it happened again"})
		f.Announced = nil
	}
	f.Count++
	if !o.Time.IsZero() && (f.FirstSeen.IsZero() || o.Time.Before(f.FirstSeen)) {
		f.FirstSeen = o.Time
	}
	if !o.Time.Before(f.LastSeen) {
		f.LastSeen = o.Time
	}
	f.sample(o)
	f.prefix(o.ObjectKey)
	next := briefOf(o.Diagnosis, o.Key, o.Time)
	f.count(next, o)
	if !f.Brief.yields(next) {
		return false
	}
	f.Brief, f.Diagnosis, f.Title = next, o.Diagnosis, title(o)
	return true
}

// title is one line for lists: the cause, who, and what on where. The path of a
// requester is left out.
func title(o Occurrence) string {
	x := o.Diagnosis
	why := "cause not known"
	if x.Cause != nil {
		if info, ok := diagnosis.Info(x.Cause.ID); ok {
			why = info.Name
		}
	}
	who := diagnosis.Who(x.Denial.Principal)
	if i := strings.LastIndexByte(x.Denial.Principal.ARN, '/'); i >= 0 {
		who = x.Denial.Principal.ARN[i+1:]
	}
	return why + ": " + who + ", " + string(o.Key.Class) + " on " + o.Key.Place
}
