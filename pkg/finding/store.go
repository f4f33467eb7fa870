package finding

import (
	"context"
	"errors"
	"slices"
	"time"

	"why403/pkg/diagnosis"
)

// ErrNotFound is returned for a finding that a store does not have.
var ErrNotFound = errors.New("no such finding")

// ErrNoCase is returned for a finding whose diagnosis has no case, or none any more.
var ErrNoCase = errors.New("no case is kept")

// Recorded is what came of recording the occurrences of one finding.
type Recorded struct {
	Finding Finding
	// New is how many occurrences were counted, Duplicates how many had been
	// counted before.
	New, Duplicates int
	// NewCauses are the causes that the finding had not before.
	NewCauses []string
	// Whole says that Finding has its diagnosis and samples. A store that keeps them apart
	// reads them only in Get.
	Whole bool
}

// Filter chooses findings; its zero value all.
type Filter struct {
	Statuses []Status // any of them
	// Requester is an ARN, or the requester of a Key. ActorAccount is who must act.
	Bucket, Requester, Cause, ActorAccount string
	Since                                  time.Time // last seen then or later
}

// Matches reports whether the filter chooses a finding.
func (c Filter) Matches(f Finding) bool {
	b := f.InBrief()
	return (len(c.Statuses) == 0 || slices.Contains(c.Statuses, f.Status)) &&
		(c.Bucket == "" || c.Bucket == b.Bucket) &&
		(c.Requester == "" || c.Requester == b.Requester || c.Requester == f.Key.Requester) &&
		(c.Cause == "" || c.Cause == b.causeID()) &&
		(c.ActorAccount == "" || c.ActorAccount == b.Account) &&
		!f.LastSeen.Before(c.Since)
}

// Store keeps findings. Its methods are safe for concurrent use.
type Store interface {
	// Record counts occurrences of one finding, each once, whatever is delivered
	// again. All have the same key; their causes may differ.
	Record(ctx context.Context, occurrences []Occurrence) (Recorded, error)
	// SetStatus changes the status of a finding, by its whole id, as Finding.Change does,
	// and returns the finding, as List does.
	SetStatus(ctx context.Context, id string, c StatusChange) (Finding, error)
	// Rediagnose gives a finding another diagnosis without counting anything, as
	// Finding.Rediagnose does, with the case that it was made of. It is false if the
	// finding keeps the one that it has.
	Rediagnose(ctx context.Context, id string, x diagnosis.Diagnosis, made func() ([]byte, error)) (bool, error)
	// Claim takes the right to tell people of a finding, for as long as the lease. It is
	// false while somebody else has it. A lease that is much longer than this one, because a
	// clock was wrong, counts for nothing: see ClaimSkew.
	Claim(ctx context.Context, id string, now time.Time, lease time.Duration) (bool, error)
	// Announced notes what people have been told of a finding, as Finding.Announce does,
	// and gives back the right to tell them.
	Announced(ctx context.Context, id string, a Announcement) error
	// Get returns the finding of that id, or of the only one that begins so. A store
	// may want the whole id.
	Get(ctx context.Context, id string) (Finding, error)
	// Case returns the case that the diagnosis of a finding was made of, as JSON. It fails
	// with ErrNoCase if there is none.
	Case(ctx context.Context, id string) ([]byte, error)
	// List returns findings, the one seen last first. Those of a store that keeps
	// diagnoses and samples apart come without.
	List(ctx context.Context, which Filter) ([]Finding, error)
}

// ClaimSkew is how many leases long the rest of somebody else's may be: what is longer was
// taken by a clock that went wrong, and would silence a finding.
const ClaimSkew = 2

// GuardLife is how long a store remembers at least that an event was counted: longer than
// EventBridge (24 hours) or a queue whose messages are worked off tries to deliver it
// again.
const GuardLife = 48 * time.Hour

// MaxExact is how many events of a finding a store remembers at least. What is counted
// beyond may be counted again when it is delivered again, and the finding says so.
const MaxExact = 10_000
