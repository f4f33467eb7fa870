// Package auditor is the pipeline: documents in, findings and alerts out. The
// Lambda, the command line and the tests all run this one.
//
// A document that cannot be read fails alone. Denials of one finding are counted
// together: one write and at most one message for a batch, however many there are.
package auditor

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"why403/pkg/alert"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/trail"
)

// Input is one document as it was delivered: an EventBridge event, a CloudTrail
// record, what wraps one, or a case.
type Input struct {
	ID   string // names the input in its Result: an SQS message id, a file and its record
	Body []byte
}

// Result is what came of one Input.
type Result struct {
	ID        string
	Denial    trail.Denial
	Diagnosis diagnosis.Diagnosis
	FindingID string // empty if the input is no denial
	facts     alert.Facts
	made      func() ([]byte, error) // the case that it was made of
	// Err says why the input was not read, or not recorded. It should come again if
	// Retry is set; otherwise no repetition helps.
	Err   error
	Retry bool
}

// Touched is a finding that a batch added to, or tried to.
type Touched struct {
	finding.Recorded
	// Reason is why people are told, alert.None if they are not.
	Reason  alert.Reason
	Message alert.Message // what they are told
	// Held says why they are told in a digest, and Until when; empty: they were told at
	// once.
	Held  string
	Until time.Time
}

// Report is what came of a batch, each part in the order of the inputs.
type Report struct {
	Results []Result
	Touched []Touched
}

// Sender delivers alerts to people.
type Sender interface {
	Send(ctx context.Context, m alert.Message) error
}

// Auditor runs batches. It is safe for concurrent use if its store, sender and ledger
// are.
type Auditor struct {
	store  finding.Store
	sender Sender
	email  alert.Options
	policy alert.Policy
	ledger finding.Ledger // nil: nothing is held back
	now    func() time.Time
	// diagnoser says what comes of each denial.
	diagnoser Diagnoser

	mu    sync.Mutex
	began map[string]time.Time // what the ledger said
}

// Option changes an Auditor that New makes.
type Option func(*Auditor)

// WithLedger makes the policy's quiet start and limit of messages count: both need a
// memory.
func WithLedger(l finding.Ledger) Option { return func(a *Auditor) { a.ledger = l } }

// WithDiagnoser sets what diagnoses each denial.
func WithDiagnoser(x Diagnoser) Option { return func(a *Auditor) { a.diagnoser = x } }

// WithClock sets what tells the time, instead of time.Now.
func WithClock(now func() time.Time) Option { return func(a *Auditor) { a.now = now } }

// New returns an Auditor that keeps findings in store and delivers by sender, as the
// policy of the options says.
func New(store finding.Store, sender Sender, o alert.Options, options ...Option) *Auditor {
	a := &Auditor{store: store, sender: sender, email: o, policy: o.Policy, now: time.Now, began: make(map[string]time.Time)}
	for _, option := range options {
		option(a)
	}
	return a
}

// Handle diagnoses, records and announces a batch. It always returns one Result
// for each input.
func (a *Auditor) Handle(ctx context.Context, inputs []Input) Report {
	report := Report{Results: a.diagnoseAll(ctx, inputs)}
	groups := make(map[finding.Key][]int)
	var order []finding.Key
	for i, r := range report.Results {
		if r.FindingID == "" {
			continue
		}
		key := finding.KeyOf(r.Denial)
		if _, ok := groups[key]; !ok {
			order = append(order, key)
		}
		groups[key] = append(groups[key], i)
	}
	for _, key := range order {
		of := groups[key]
		touched, err := a.finding(ctx, key, of, report.Results)
		if err != nil {
			for _, i := range of {
				report.Results[i].Err, report.Results[i].Retry = err, true
			}
		}
		if touched.Finding.ID != "" {
			report.Touched = append(report.Touched, touched)
		}
	}
	return report
}

// diagnoseAll reads and diagnoses the inputs. Copies of one request are joined
// first: each then has the diagnosis of what both prove.
func (a *Auditor) diagnoseAll(ctx context.Context, inputs []Input) []Result {
	results := make([]Result, len(inputs))
	read := make([]parsed, len(inputs))
	copies := make(map[string][]int)
	var reader trail.Reader
	for i, in := range inputs {
		results[i].ID = in.ID
		read[i], results[i].Err = parse(in.Body, &reader)
		if id := read[i].denial.SharedEventID; id != "" && read[i].ignored == "" {
			copies[id] = append(copies[id], i)
		}
	}
	for _, of := range copies {
		whole := read[of[0]].denial
		for _, i := range of[1:] {
			if trail.SameRequest(whole, read[i].denial) {
				whole = trail.Merge(whole, read[i].denial)
			}
		}
		for _, i := range of {
			if trail.SameRequest(whole, read[i].denial) {
				read[i].denial = whole
			}
		}
	}
	a.diagnoseEach(ctx, inputs, read, results)
	return results
}

// finding records denials of one finding and tells people of it.
func (a *Auditor) finding(ctx context.Context, key finding.Key, of []int, results []Result) (Touched, error) {
	if err := ctx.Err(); err != nil {
		return Touched{}, fmt.Errorf("finding %s: no time left: %w", key.ID(), err)
	}
	occurrences := make([]finding.Occurrence, len(of))
	for n, i := range of {
		r := results[i]
		d := r.Denial
		occurrences[n] = finding.Occurrence{
			ID: d.OccurrenceID(), Key: key, Time: d.Time, Operation: d.Operation, ObjectKey: d.Key, Address: d.SourceIP,
			Diagnosis: r.Diagnosis, Case: r.made,
		}
	}
	// The earliest first: the finding ends with what was seen last.
	slices.SortStableFunc(occurrences, func(a, b finding.Occurrence) int { return a.Time.Compare(b.Time) })
	recorded, err := a.store.Record(ctx, occurrences)
	if err != nil {
		return Touched{}, err
	}
	return a.tell(ctx, recorded, results[of[0]].Denial, results[of[0]].facts)
}

// Failed returns the inputs that should be delivered again, and those that never
// can be read.
func (r Report) Failed() (retry, unreadable []Result) {
	for _, res := range r.Results {
		switch {
		case res.Err == nil:
		case res.Retry:
			retry = append(retry, res)
		default:
			unreadable = append(unreadable, res)
		}
	}
	return retry, unreadable
}
