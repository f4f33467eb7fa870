package main

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/rules"
	"why403/pkg/stack"
	"why403/pkg/telemetry"
)

// lost reports whether something could not be read that should: AWS refuses it in an account
// that is configured. What nobody may read, or what is not there, is no loss.
func (h *handler) lost(f diagnosis.Failed) bool {
	return slices.Contains(h.reads, f.Account) && (strings.Contains(f.Because, "AccessDenied") || strings.HasPrefix(f.Because, "UnauthorizedOperation"))
}

// measure writes what a batch was, as metrics. Their dimensions are the service and the
// cause, never a name from an event: who can choose names could make metrics without end.
func (h *handler) measure(ctx context.Context, report auditor.Report, received int) {
	if h.metrics == nil {
		return
	}
	now := h.now()
	var ignored, own, unreadable, undetermined, denials, duplicates, fresh, updated, sent, held, unread int
	causes := make(map[string]int)
	var lag time.Duration
	for _, r := range report.Results {
		switch {
		case r.Err != nil && !r.Retry:
			unreadable++
		case r.Ignored.Ignored && r.Ignored.By == rules.OwnReads:
			own++
		case r.Ignored.Ignored:
			ignored++
		case r.FindingID != "":
			denials++
			causes[finding.Finding{Diagnosis: r.Diagnosis}.Cause()]++
			if r.Diagnosis.Outcome != diagnosis.Explained {
				undetermined++
			}
			if slices.ContainsFunc(r.Diagnosis.Failed, h.lost) {
				unread++
			}
		}
		if !r.Denial.Time.IsZero() {
			lag = max(lag, now.Sub(r.Denial.Time))
		}
	}
	for _, t := range report.Touched {
		duplicates += t.Duplicates
		switch {
		case t.New > 0 && t.New == t.Finding.Count:
			fresh++
		case t.New > 0:
			updated++
		}
		switch {
		case t.Sent:
			sent++
		case t.Reason != alert.None && t.Held != "":
			held++
		}
	}
	count := func(name string, n int) telemetry.Metric {
		return telemetry.Metric{Name: name, Unit: telemetry.Count, Value: float64(n)}
	}
	service := map[string]string{"Service": "auditor"}
	err := telemetry.Line(h.metrics, now, service,
		count("EventsReceived", received), count("Denials", denials), count("Ignored", ignored), count("OwnSkipped", own),
		count("Duplicates", duplicates), count("Unreadable", unreadable), count("Undetermined", undetermined), count("EvidenceUnreadable", unread),
		count("FindingsNew", fresh), count("FindingsUpdated", updated), count("AlertsSent", sent), count("AlertsHeld", held),
		telemetry.Metric{Name: "PipelineLagSeconds", Unit: telemetry.Seconds, Value: lag.Seconds()})
	for _, cause := range slices.Sorted(maps.Keys(causes)) {
		if err == nil {
			err = telemetry.Line(h.metrics, now, map[string]string{"Service": "auditor", "Cause": cause}, count("Denials", causes[cause]))
		}
	}
	if err != nil {
		h.log.LogAttrs(ctx, slog.LevelWarn, "metrics not written", slog.String("error", stack.Brief(err)))
	}
}
