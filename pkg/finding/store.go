package finding

import (
	"context"
	"errors"
	"time"
)

// ErrNotFound is returned for a finding that a store does not have.
var ErrNotFound = errors.New("no such finding")

// Recorded is what came of recording the occurrences of one finding.
type Recorded struct {
	Finding Finding
	// New is how many occurrences were counted, Duplicates how many had been
	// counted before.
	New, Duplicates int
}

// Store keeps findings. Its methods are safe for concurrent use.
type Store interface {
	// Record counts occurrences of one finding, each once, whatever is delivered
	// again. All have the same key.
	Record(ctx context.Context, occurrences []Occurrence) (Recorded, error)
	// Announced notes what people have been told of a finding, as Finding.Announce does.
	Announced(ctx context.Context, id string, a Announcement) error
	// Get returns the finding of that id, or of the only one that begins so. A store
	// may want the whole id.
	Get(ctx context.Context, id string) (Finding, error)
	// List returns all findings, the one seen last first.
	List(ctx context.Context) ([]Finding, error)
}

// GuardLife is how long a store remembers that an event was counted. SQS keeps a
// message 14 days at most, EventBridge tries for 24 hours.
const GuardLife = 15 * 24 * time.Hour
