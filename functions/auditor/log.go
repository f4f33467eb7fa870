package main

import (
	"context"
	"log/slog"
	"maps"
	"slices"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/clean"
	"why403/pkg/finding"
	"why403/pkg/stack"
)

// mostBecause is how much of a reason is logged, in runes: it can quote foreign text.
const mostBecause = 500

// group is what a batch had of one finding.
type group struct {
	inputs int
	first  auditor.Result
	err    error
}

// write logs a line for each finding of a batch and for each input that is none,
// and never an input itself.
func (h *handler) write(ctx context.Context, report auditor.Report) {
	groups := make(map[string]*group)
	var ids []string
	h.writeIgnored(ctx, report)
	for _, r := range report.Results {
		if r.Ignored.Ignored {
			continue
		}
		if r.Beyond != "" {
			h.log.LogAttrs(ctx, slog.LevelWarn, "own role", slog.String("eventId", r.Denial.EventID), slog.String("because", r.Beyond))
		}
		if r.FindingID == "" {
			h.writeOther(ctx, r)
			continue
		}
		g, ok := groups[r.FindingID]
		if !ok {
			g = &group{first: r}
			groups[r.FindingID], ids = g, append(ids, r.FindingID)
		}
		g.inputs++
		if r.Err != nil {
			g.err = r.Err
		}
	}
	touched := make(map[string]auditor.Touched)
	for _, t := range report.Touched {
		touched[t.Finding.ID] = t
	}
	for _, id := range ids {
		t, recorded := touched[id]
		h.writeFinding(ctx, id, *groups[id], t, recorded)
	}
}

// writeIgnored logs how many denials of a batch each rule ignored.
func (h *handler) writeIgnored(ctx context.Context, report auditor.Report) {
	counts := report.Ignored()
	for _, by := range slices.Sorted(maps.Keys(counts)) {
		h.log.LogAttrs(ctx, slog.LevelInfo, "ignored", slog.String("by", by), slog.Int("count", counts[by]))
	}
}

// writeOther logs an input that belongs to no finding.
func (h *handler) writeOther(ctx context.Context, r auditor.Result) {
	var attrs []slog.Attr
	if r.ID != "" {
		attrs = append(attrs, slog.String("messageId", r.ID))
	}
	if r.Err != nil {
		h.log.LogAttrs(ctx, slog.LevelError, "cannot be read", append(attrs, slog.String("error", stack.Brief(r.Err)))...)
		return
	}
	h.log.LogAttrs(ctx, slog.LevelInfo, "no finding", append(attrs, slog.String("eventId", r.Denial.EventID),
		slog.String("outcome", string(r.Diagnosis.Outcome)),
		slog.String("because", clean.Truncate(r.Diagnosis.Because, mostBecause)))...)
}

// writeFinding logs a finding and what came of it. Where a batch had several
// events of it, the first stands for all.
func (h *handler) writeFinding(ctx context.Context, id string, g group, t auditor.Touched, recorded bool) {
	attrs := []slog.Attr{slog.String("findingId", id), slog.String("eventId", g.first.Denial.EventID), slog.Int("inputs", g.inputs)}
	x, level, message := g.first.Diagnosis, slog.LevelInfo, "finding"
	if recorded {
		x = t.Finding.Diagnosis
		attrs = append(attrs, slog.String("status", string(t.Finding.Status)),
			slog.Int("count", t.Finding.Count), slog.Int("new", t.New), slog.Int("duplicates", t.Duplicates))
	}
	attrs = append(attrs, slog.String("cause", finding.Finding{Diagnosis: x}.Cause()), slog.String("outcome", string(x.Outcome)))
	if t.Reason != alert.None {
		attrs = append(attrs, slog.String("alert", string(t.Reason)))
		if t.Held != "" {
			attrs = append(attrs, slog.String("held", t.Held), slog.Time("until", t.Until))
		}
	}
	if g.err != nil {
		attrs = append(attrs, slog.String("error", stack.Brief(g.err)))
		level, message = slog.LevelError, "finding not recorded"
		if recorded {
			message = "finding recorded, alert failed"
		}
	}
	h.log.LogAttrs(ctx, level, message, attrs...)
}
