package main

import (
	"context"
	"log/slog"

	"why403/pkg/recheck"
	"why403/pkg/stack"
	"why403/pkg/telemetry"
)

// measure writes what a run did, as metrics.
func (h *handler) measure(ctx context.Context, changes int, r recheck.Report) {
	if h.metrics == nil {
		return
	}
	count := func(name string, n int) telemetry.Metric {
		return telemetry.Metric{Name: name, Unit: telemetry.Count, Value: float64(n)}
	}
	decided := 0
	for _, n := range r.Results {
		decided += n
	}
	err := telemetry.Line(h.metrics, h.now(), map[string]string{"Service": "recheck"},
		count("Changes", changes), count("Rechecked", decided), count("Resolved", r.Results[recheck.Resolved]+r.Results[recheck.Quiet]),
		count("RecheckFailed", r.Results[recheck.Failed]), count("RecheckLeft", r.Left))
	if err != nil {
		h.log.LogAttrs(ctx, slog.LevelWarn, "metrics not written", slog.String("error", stack.Brief(err)))
	}
}
