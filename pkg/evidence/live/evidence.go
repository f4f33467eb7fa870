package live

import (
	"context"
	"fmt"
	"slices"
	"time"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// Evidence is Read for those who want the evidence only, and whether some of it was kept
// from before.
func (r *Reader) Evidence(ctx context.Context, d trail.Denial, q *authz.Request, fresh bool) (e *authz.Evidence, kept bool) {
	return r.evidence(ctx, d, q, Options{Fresh: fresh})
}

// Snapshot reads as its Reader does, and believes nothing from before a time: denials that
// are decided together, and need the same, read it once.
type Snapshot struct {
	reader *Reader
	since  time.Time
}

// Since returns what reads nothing that was kept from before that time.
func (r *Reader) Since(at time.Time) Snapshot { return Snapshot{r, at} }

// Evidence is that of the Reader.
func (s Snapshot) Evidence(ctx context.Context, d trail.Denial, q *authz.Request, fresh bool) (e *authz.Evidence, kept bool) {
	return s.reader.evidence(ctx, d, q, Options{Fresh: fresh, Since: s.since})
}

func (r *Reader) evidence(ctx context.Context, d trail.Denial, q *authz.Request, o Options) (*authz.Evidence, bool) {
	found := r.Read(ctx, d, q, o)
	if r.accounts.Recent {
		// What changed decides nothing: without it the diagnosis is the same.
		_ = r.Changes(ctx, d, &found)
	}
	return found.Compiled, found.Kept > 0
}

// Changes adds to what was found the recent changes of the documents in it, as far as the
// history knows them. The error says what could not be looked up; the rest is there.
func (r *Reader) Changes(ctx context.Context, d trail.Denial, found *Found) error {
	if r.accounts.History == nil {
		return nil
	}
	e := &found.Evidence
	names := documents(e)
	if r.accounts.Recent {
		names = append(names, policies(e)...)
	}
	changes, err := r.accounts.History.Changes(ctx, d, names)
	e.Changes = changes
	found.Compiled = found.Compiled.WithChanges(changes)
	if err != nil {
		return fmt.Errorf("looking for recent changes: %w", err)
	}
	return nil
}

// documents are the names of what evidence has policies of.
func documents(e *evidence.Evidence) []string {
	var all []string
	for name := range e.Buckets {
		all = append(all, name)
	}
	for arn := range e.Principals {
		if accountOf(arn) != "" {
			all = append(all, arn)
		}
	}
	for arn := range e.Keys {
		all = append(all, arn)
	}
	slices.Sort(all)
	return all
}

// policies are the ARNs of the managed policies in evidence that somebody can change.
func policies(e *evidence.Evidence) []string {
	var all []string
	for _, who := range e.Principals {
		attached, _ := who.Policies.Value()
		for _, p := range attached {
			if account := accountOf(p.ARN); account != "" && account != "aws" && !slices.Contains(all, p.ARN) {
				all = append(all, p.ARN)
			}
		}
		if boundary, ok := who.Boundary.Value(); ok && accountOf(boundary.ARN) != "aws" && boundary.ARN != "" {
			all = append(all, boundary.ARN)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
