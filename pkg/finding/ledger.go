package finding

import (
	"context"
	"time"
)

// Ledger keeps what has to be remembered about telling people, beyond single findings.
// Its methods are safe for concurrent use.
type Ledger interface {
	// Began returns when a thing was heard of first: now, and first is set, if that is
	// now.
	Began(ctx context.Context, thing string, now time.Time) (at time.Time, first bool, err error)
	// Sent counts a message to a topic in the window that began then, and returns how
	// many there are in it now.
	Sent(ctx context.Context, topic string, window time.Time) (int, error)
	// Hold keeps a finding for a digest. What is held already is held once.
	Hold(ctx context.Context, h Held) error
	// Due returns what is held until now or earlier, the earliest first.
	Due(ctx context.Context, now time.Time) ([]Held, error)
	// Release forgets what was held.
	Release(ctx context.Context, held []Held) error
}

// Held is a finding that a digest has to tell of.
type Held struct {
	Until time.Time `json:"until"` // when the digest is due
	Why   string    `json:"why"`   // that it was not told at once
	Topic string    `json:"topic,omitempty"`
	ID    string    `json:"id"` // of the finding
}

// HeldLife is how long a store keeps what is held beyond its time: by then a digest went
// out, or the function that sends it does not run, which its alarm tells.
const HeldLife = 15 * 24 * time.Hour
