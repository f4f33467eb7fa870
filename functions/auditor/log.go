package main

import (
	"context"
	"log/slog"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/clean"
	"why403/pkg/diagnosis"
)

// maxError is how much of an error is logged, in runes. Errors can quote what
// they are about, which is foreign.
const maxError = 500

func brief(err error) string { return clean.Truncate(err.Error(), maxError) }

// write logs a line for each finding of a batch and for each input that is none,
// and never an input itself.
func (h *handler) write(ctx context.Context, report auditor.Report) {
	failed := make(map[string]error) // by finding
	inputs := make(map[string]int)
	for _, r := range report.Results {
		switch {
		case r.FindingID != "":
			inputs[r.FindingID]++
			if r.Err != nil {
				failed[r.FindingID] = r.Err
			}
		case r.Err != nil:
			h.log.ErrorContext(ctx, "cannot be read", slog.String("messageId", r.ID), slog.String("error", brief(r.Err)))
		default:
			h.log.InfoContext(ctx, "no finding", slog.String("messageId", r.ID), slog.String("eventId", r.Denial.EventID),
				slog.String("outcome", string(r.Diagnosis.Outcome)), slog.String("because", clean.Truncate(r.Diagnosis.Because, maxError)))
		}
	}
	for _, t := range report.Touched {
		f := t.Finding
		attrs := []slog.Attr{
			slog.String("findingId", f.ID), slog.String("cause", f.Cause()), slog.String("outcome", string(f.Diagnosis.Outcome)),
			slog.String("eventId", f.Diagnosis.Denial.EventID), slog.String("status", string(f.Status)),
			slog.Int("count", f.Count), slog.Int("new", t.New), slog.Int("duplicates", t.Duplicates),
		}
		if t.Reason != alert.None {
			attrs = append(attrs, slog.String("alert", string(t.Reason)))
		}
		err, bad := failed[f.ID]
		if !bad {
			h.log.LogAttrs(ctx, slog.LevelInfo, "finding", attrs...)
			continue
		}
		h.log.LogAttrs(ctx, slog.LevelError, "finding recorded, alert failed", append(attrs, slog.String("error", brief(err)))...)
		delete(failed, f.ID)
	}
	for _, r := range report.Results {
		err, bad := failed[r.FindingID]
		if !bad {
			continue
		}
		h.log.ErrorContext(ctx, "finding not recorded", slog.String("findingId", r.FindingID),
			slog.String("cause", causeOf(r.Diagnosis)), slog.String("eventId", r.Denial.EventID),
			slog.Int("inputs", inputs[r.FindingID]), slog.String("error", brief(err)))
		delete(failed, r.FindingID)
	}
}

func causeOf(x diagnosis.Diagnosis) string {
	if x.Cause == nil {
		return ""
	}
	return string(x.Cause.ID)
}
