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

	"golang.org/x/sync/errgroup"

	"why403/pkg/alert"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/rules"
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
	FindingID string // empty if the input is no denial, or one that is ignored
	// Ignored says whether and by which rule the denial is not told; it is counted.
	Ignored rules.Decision
	// Beyond says what a role of the auditor's own tried that the auditor never does.
	Beyond string
	key    finding.Key
	answer answer
	doc    []byte // the input, of which a case may be made
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
	Sent  bool // they were told, and it is noted
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
	silent bool // nobody is told
	// diagnoser says what comes of each denial.
	diagnoser Diagnoser

	watch   Screen
	screens bool // watch is set
	answers answers

	mu       sync.Mutex
	began    map[string]time.Time // what the ledger said
	detector *rules.Detector      // nil: nobody probes
	day      string               // of the latest digest of a day
}

// Option changes an Auditor that New makes.
type Option func(*Auditor)

// WithLedger makes the policy's quiet start and limit of messages count: both need a
// memory.
func WithLedger(l finding.Ledger) Option { return func(a *Auditor) { a.ledger = l } }

// WithDiagnoser sets what diagnoses each denial.
func WithDiagnoser(x Diagnoser) Option { return func(a *Auditor) { a.diagnoser = x } }

// WithScreen sets what is ignored, and who probes. Without it, every denial is told.
func WithScreen(s Screen) Option {
	return func(a *Auditor) {
		a.watch, a.screens = s, true
		if s.Probing.Within > 0 {
			a.detector = rules.NewDetector(s.Probing)
		}
	}
}

// Silent makes findings be recorded without anybody being told, or noted as told: whoever
// runs over the past, or asks, is no reason to speak.
func Silent() Option { return func(a *Auditor) { a.silent = true } }

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
		key := r.key
		if _, ok := groups[key]; !ok {
			order = append(order, key)
		}
		groups[key] = append(groups[key], i)
	}
	a.recordAll(ctx, fair(order, func(k finding.Key) string { return k.Requester }), groups, &report)
	return report
}

// recordingAtOnce is how many findings of a batch are recorded at a time.
const recordingAtOnce = 4

// recordAll records and announces the findings of a batch; groups are their inputs.
func (a *Auditor) recordAll(ctx context.Context, keys []finding.Key, groups map[finding.Key][]int, report *Report) {
	all := make([]Touched, len(keys))
	var group errgroup.Group
	group.SetLimit(recordingAtOnce)
	for n, key := range keys {
		group.Go(func() error {
			touched, err := a.finding(ctx, key, groups[key], report.Results)
			if err != nil {
				for _, i := range groups[key] {
					report.Results[i].Err, report.Results[i].Retry = err, true
				}
			}
			all[n] = touched
			return nil
		})
	}
	_ = group.Wait() // each result has its own error
	report.Touched = slices.DeleteFunc(all, func(t Touched) bool { return t.Finding.ID == "" })
}

// diagnoseAll reads and diagnoses the inputs. Copies of one request are joined
// first: each then has the diagnosis of what both prove.
func (a *Auditor) diagnoseAll(ctx context.Context, inputs []Input) []Result {
	results := make([]Result, len(inputs))
	read := make([]parsed, len(inputs))
	copies := make(map[string][]int)
	var reader trail.Reader
	for i, in := range inputs {
		results[i].ID, results[i].doc = in.ID, in.Body
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
	var s screening
	if a.screens {
		s = a.screen(ctx, read, results)
	}
	a.diagnoseEach(ctx, read, results)
	for i := range results {
		r := &results[i]
		r.key = finding.KeyOf(r.Denial)
		if a.screens {
			s.judge(r, a.now())
		}
	}
	return results
}

// finding records denials of one finding and tells people of it.
func (a *Auditor) finding(ctx context.Context, key finding.Key, of []int, results []Result) (Touched, error) {
	if err := ctx.Err(); err != nil {
		return Touched{}, fmt.Errorf("finding %s: no time left: %w", key.ID(), err)
	}
	occurrences := make([]finding.Occurrence, len(of))
	for n, i := range of {
		r := &results[i]
		d := r.Denial
		occurrences[n] = finding.Occurrence{
			ID: d.OccurrenceID(), Key: key, Time: d.Time, Operation: d.Operation, ObjectKey: d.Key, Address: d.SourceIP,
			Diagnosis: r.Diagnosis, Case: r.made(),
		}
	}
	// The earliest first: the finding ends with what was seen last.
	slices.SortStableFunc(occurrences, func(a, b finding.Occurrence) int { return a.Time.Compare(b.Time) })
	recorded, err := a.store.Record(ctx, occurrences)
	if err != nil {
		return Touched{}, err
	}
	if a.silent {
		return Touched{Recorded: recorded}, nil
	}
	return a.tell(ctx, recorded, results[of[0]].Denial, results[of[0]].answer.facts)
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

// Ignored counts the denials that were ignored, by the rule that did it.
func (r Report) Ignored() map[string]int {
	by := make(map[string]int)
	for _, res := range r.Results {
		if res.Ignored.Ignored {
			by[res.Ignored.By]++
		}
	}
	return by
}
