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

// MaxKeys is how many of the object keys asked for a finding keeps.
const MaxKeys = 20

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
	// Causes are those seen so far, in the order in which they first came up.
	Causes []CauseCount `json:"causes"`
	// Keys are the first object keys that were asked for.
	Keys []string `json:"keys,omitempty"`
	// Announced are the causes that people have been told of since it was last opened.
	Announced []string `json:"announced,omitempty"`
	// Told is the latest message about the finding; nil if there was none.
	Told *Told `json:"told,omitempty"`
	// Diagnosis is that of the latest occurrence.
	Diagnosis diagnosis.Diagnosis `json:"diagnosis"`
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
		if !slices.Contains(f.Announced, c) {
			f.Announced = append(f.Announced, c)
		}
	}
	if !a.Told.At.IsZero() && (f.Told == nil || !a.Told.At.Before(f.Told.At)) {
		f.Told = &a.Told
	}
	return f
}

// CauseCount is how often a finding had one cause.
type CauseCount struct {
	Cause    string    `json:"cause"`
	Count    int       `json:"count"`
	LastSeen time.Time `json:"lastSeen,omitzero"`
}

// Occurrence is one denial, diagnosed.
type Occurrence struct {
	// ID is the same for every copy of the request; empty if the record has none,
	// and then it cannot be told from its copies.
	ID        string
	Key       Key
	Time      time.Time
	ObjectKey string
	Diagnosis diagnosis.Diagnosis
}

// Cause returns the cause of a finding's latest occurrence, or Undetermined.
func (f Finding) Cause() string { return causeOf(f.Diagnosis) }

func causeOf(x diagnosis.Diagnosis) string {
	if x.Cause == nil {
		return Undetermined
	}
	return string(x.Cause.ID)
}

// Apply adds occurrences that were not counted before to a finding; the zero
// Finding becomes a new one. A resolved finding that happens again is open again.
// The status that a person set otherwise stays.
func (f Finding) Apply(occurrences []Occurrence) Finding {
	f.Causes = slices.Clone(f.Causes)
	f.Keys = slices.Clone(f.Keys)
	for _, o := range occurrences {
		f.add(o)
	}
	return f
}

func (f *Finding) add(o Occurrence) {
	if f.ID == "" {
		f.ID, f.Key, f.Status = o.Key.ID(), o.Key, Open
	}
	if f.Status == Resolved {
		// People are told again. What they were told before tells it from a new one.
		f.Status, f.Announced = Open, nil
	}
	f.Count++
	if !o.Time.IsZero() && (f.FirstSeen.IsZero() || o.Time.Before(f.FirstSeen)) {
		f.FirstSeen = o.Time
	}
	latest := !o.Time.Before(f.LastSeen)
	if latest {
		f.LastSeen = o.Time
	}
	if o.ObjectKey != "" && len(f.Keys) < MaxKeys && !slices.Contains(f.Keys, o.ObjectKey) {
		f.Keys = append(f.Keys, o.ObjectKey)
	}
	f.count(causeOf(o.Diagnosis), o.Time)
	// A diagnosis that explains stands against one that does not: the same cause
	// may be hidden behind a message that was cut.
	explains := o.Diagnosis.Outcome == diagnosis.Explained
	had := f.Diagnosis.Outcome == diagnosis.Explained
	if f.Diagnosis.Format == "" || explains && !had || explains == had && latest {
		f.Diagnosis = o.Diagnosis
		f.Title = title(o)
	}
}

func (f *Finding) count(cause string, at time.Time) {
	i := slices.IndexFunc(f.Causes, func(c CauseCount) bool { return c.Cause == cause })
	if i < 0 {
		f.Causes = append(f.Causes, CauseCount{Cause: cause})
		i = len(f.Causes) - 1
	}
	f.Causes[i].Count++
	if at.After(f.Causes[i].LastSeen) {
		f.Causes[i].LastSeen = at
	}
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
