package recheck

import (
	"context"
	"log/slog"
	"time"

	"why403/pkg/auditor"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/history"
	"why403/pkg/trail"
)

// History is where changes are remembered.
type History interface {
	// Record remembers an event. What comes again is remembered once.
	Record(ctx context.Context, e history.Event) error
	// Since returns the changes under names since then, newest first, with what could be
	// read if it fails.
	Since(ctx context.Context, names []string, from time.Time) ([]evidence.Change, error)
	// Rechecked notes that a finding was decided again, and Latest returns when each was.
	Rechecked(ctx context.Context, id string, at time.Time) error
	Latest(ctx context.Context) (map[string]time.Time, error)
}

// Teller tells people of a finding that changed without happening again.
type Teller interface {
	Tell(ctx context.Context, f finding.Finding, d trail.Denial) (auditor.Touched, error)
}

// Config is what a Rechecker works with.
type Config struct {
	Store   finding.Store
	History History
	Teller  Teller
	// Evidence returns what reads evidence that is not older than a time.
	Evidence func(since time.Time) auditor.Evidence
	// Options are those of diagnoses.
	Options diagnosis.Options
	// Quiet is after which time a finding that does not happen any more is resolved; 0:
	// never.
	Quiet time.Duration
	Log   *slog.Logger
	// Now tells the time; nil: time.Now.
	Now func() time.Time
}

// Rechecker decides findings again. It is safe for concurrent use if what it works with
// is.
type Rechecker struct{ Config }

// New returns a Rechecker.
func New(c Config) *Rechecker {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Rechecker{c}
}

// atOnce is how many findings are decided at a time, and how many events are recorded.
const atOnce = 4

// Result is what came of deciding a finding again.
type Result string

// The results.
const (
	Same     Result = "same"      // it is refused, or not known to be allowed
	Better   Result = "diagnosed" // its cause is known now
	Resolved Result = "resolved"  // it would be allowed now
	Quiet    Result = "quiet"     // it did not happen for long
	Failed   Result = "failed"    // it could not be decided
)

// Report is how many findings had each result. Left are those that there was no time for.
type Report struct {
	Results map[Result]int
	Left    int
}

// watched are the statuses of findings that are decided again. Of one that is suppressed
// nobody wants to hear.
func watched() []finding.Status { return []finding.Status{finding.Open, finding.Acknowledged} }
