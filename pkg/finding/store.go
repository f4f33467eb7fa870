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

// GuardLife is how long a store remembers at least that an event was counted: longer than
// EventBridge (24 hours) or a queue whose messages are worked off tries to deliver it
// again.
const GuardLife = 48 * time.Hour

// MaxExact is how many events of a finding a store remembers at least. What is counted
// beyond may be counted again when it is delivered again, and the finding says so.
const MaxExact = 10_000
