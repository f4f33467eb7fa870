package recheck

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/trail"
)

// All decides all findings that are not resolved or suppressed, those first that were not
// for the longest time, as far as there is time: the next run goes on. Findings that have
// been quiet are resolved, and messages that a run before could not send are sent.
func (r *Rechecker) All(ctx context.Context) (Report, error) {
	all, err := r.Store.List(ctx, finding.Filter{Statuses: append(watched(), finding.Resolved)})
	if err != nil {
		return Report{}, err
	}
	latest, err := r.History.Latest(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("reading when findings were decided again: %w", err)
	}
	quiet := 0
	all = slices.DeleteFunc(all, func(f finding.Finding) bool {
		switch {
		case f.Status == finding.Resolved:
			r.untold(ctx, f)
			return true
		case r.Quiet > 0 && !f.LastSeen.IsZero() && r.Now().Sub(f.LastSeen) >= r.Quiet:
			if err := r.quiet(ctx, f); err != nil {
				r.failed(ctx, f.ID, err)
			} else {
				quiet++
			}
			return true
		}
		return false
	})
	slices.SortStableFunc(all, func(a, b finding.Finding) int {
		return cmp.Or(latest[a.ID].Compare(latest[b.ID]), cmp.Compare(a.ID, b.ID))
	})
	report := r.run(ctx, all, func(finding.Finding, stored) bool { return true })
	if quiet > 0 {
		report.Results[Quiet] = quiet
	}
	return report, nil
}

// quiet resolves a finding that did not happen for long. Nobody is told: there is nothing
// to do, and if it happens again they are.
func (r *Rechecker) quiet(ctx context.Context, f finding.Finding) error {
	_, err := r.Store.SetStatus(ctx, f.ID, finding.StatusChange{
		Status: finding.Resolved, At: r.Now(), By: "why403", How: finding.ByQuiet,
		Reason: "it was not seen since " + f.LastSeen.UTC().Format("2006-01-02 15:04 UTC"),
	})
	return err
}

// late is how long after it was resolved people are still told so.
const late = 24 * time.Hour

// untold sends the message about a finding that was resolved when sending failed.
func (r *Rechecker) untold(ctx context.Context, f finding.Finding) {
	c := f.Changed
	if c == nil || c.How != finding.ByRecheck || r.Now().Sub(c.At) > late || f.Told == nil || f.Told.Status == finding.Resolved {
		return
	}
	d := trail.Denial{Bucket: f.InBrief().Bucket}
	if was, err := r.load(ctx, f); err == nil {
		d = was.denial
	}
	if err := r.tell(ctx, f.ID, d); err != nil {
		r.failed(ctx, f.ID, err)
	}
}

// run decides findings again, as long as there is time. Those that whose case says that
// they are not meant are left as they are.
func (r *Rechecker) run(ctx context.Context, all []finding.Finding, meant func(finding.Finding, stored) bool) Report {
	report := Report{Results: make(map[Result]int)}
	// Who probes is refused many requests, and a finding of that has the case of one.
	all = slices.DeleteFunc(all, func(f finding.Finding) bool { return f.Cause() == string(diagnosis.Probing) })
	from := r.Evidence(r.Now())
	enough := r.enough(ctx)
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(atOnce)
	for _, f := range all {
		g.Go(func() error {
			if !enough() {
				mu.Lock()
				defer mu.Unlock()
				report.Left++
				return nil
			}
			was, err := r.load(ctx, f)
			if err == nil && !meant(f, was) {
				return nil
			}
			result := Failed
			if err == nil {
				result, err = r.one(ctx, f, was, from)
			}
			if errors.Is(err, finding.ErrNoCase) {
				result, err = Same, nil // there is nothing to decide
			}
			if err != nil {
				r.failed(ctx, f.ID, err)
			}
			// One that fails every time must not come first every time.
			if ctx.Err() == nil {
				if err := r.History.Rechecked(ctx, f.ID, r.Now()); err != nil {
					r.failed(ctx, f.ID, err)
				}
			}
			r.Log.LogAttrs(ctx, slog.LevelInfo, "rechecked", slog.String("findingId", f.ID), slog.String("result", string(result)))
			mu.Lock()
			defer mu.Unlock()
			report.Results[result]++
			return nil
		})
	}
	_ = g.Wait() // each finding has its own error, which is logged
	return report
}

// enough reports whether there is time for another finding: what is begun late would end
// without an answer.
func (r *Rechecker) enough(ctx context.Context) func() bool {
	end, ok := ctx.Deadline()
	if !ok {
		return func() bool { return ctx.Err() == nil }
	}
	const most = 15 * time.Second
	spare := min(time.Until(end)/4, most)
	return func() bool { return ctx.Err() == nil && time.Until(end) > spare }
}

// maxError is how much of an error is logged, in runes: errors quote foreign text.
const maxError = 500

func (r *Rechecker) failed(ctx context.Context, id string, err error) {
	r.Log.LogAttrs(ctx, slog.LevelError, "recheck failed", slog.String("findingId", id), slog.String("error", clean.Truncate(err.Error(), maxError)))
}
