package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/rules"
	"why403/pkg/trail"
)

// TestMetrics: what a batch was, in numbers, and nothing of who or where.
func TestMetrics(t *testing.T) {
	now := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	h := &handler{reads: []string{"111111111111"}, log: slog.New(slog.DiscardHandler), metrics: &out, now: func() time.Time { return now }}
	denied := func(x diagnosis.Diagnosis, age time.Duration) auditor.Result {
		return auditor.Result{FindingID: "F", Diagnosis: x, Denial: trail.Denial{Bucket: "acme-secret", Time: now.Add(-age)}}
	}
	scp := diagnosis.Diagnosis{Outcome: diagnosis.Explained, Cause: &diagnosis.Cause{ID: diagnosis.SCP}}
	h.measure(t.Context(), auditor.Report{
		Results: []auditor.Result{
			denied(scp, time.Minute), denied(scp, 90*time.Second),
			denied(diagnosis.Diagnosis{Outcome: diagnosis.Undetermined, Failed: []diagnosis.Failed{{Account: "111111111111", Because: "AccessDenied: no"}}}, 0),
			denied(diagnosis.Diagnosis{Outcome: diagnosis.Undetermined, Failed: []diagnosis.Failed{
				{Account: "333333333333", Because: "AccessDenied: not ours"}, {Account: "111111111111", Because: "the auditor may not read objects, not even their heads"},
			}}, 0),
			{Ignored: rules.Decision{Ignored: true, By: rules.OwnReads}}, {Ignored: rules.Decision{Ignored: true, By: "noise/macie"}},
			{Err: bytes.ErrTooLarge}, {Err: bytes.ErrTooLarge, Retry: true},
		},
		Touched: []auditor.Touched{
			{Recorded: finding.Recorded{New: 2, Finding: finding.Finding{Count: 2}}, Reason: alert.NewFinding, Sent: true},
			{Recorded: finding.Recorded{New: 1, Duplicates: 3, Finding: finding.Finding{Count: 9}}, Reason: alert.NewCause, Held: alert.Burst},
		},
	}, 7)
	if bytes.Contains(out.Bytes(), []byte("acme")) {
		t.Errorf("a name is in the metrics: %s", out.String())
	}
	got := map[string]map[string]float64{}
	dec := json.NewDecoder(&out)
	for dec.More() {
		var line map[string]any
		if err := dec.Decode(&line); err != nil {
			t.Fatal(err)
		}
		cause, _ := line["Cause"].(string)
		values := map[string]float64{}
		for k, v := range line {
			if n, ok := v.(float64); ok {
				values[k] = n
			}
		}
		got[cause] = values
	}
	for cause, want := range map[string]map[string]float64{
		"": {"EventsReceived": 7, "Denials": 4, "Ignored": 1, "OwnSkipped": 1, "Duplicates": 3, "Unreadable": 1, "Undetermined": 2, "EvidenceUnreadable": 1,
			"FindingsNew": 1, "FindingsUpdated": 1, "AlertsSent": 1, "AlertsHeld": 1, "PipelineLagSeconds": 90},
		"SCP": {"Denials": 2}, finding.Undetermined: {"Denials": 2},
	} {
		same(t, "metrics of "+cause, got[cause], want)
	}
}
