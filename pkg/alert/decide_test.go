package alert

import (
	"testing"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

func TestDecide(t *testing.T) {
	const (
		iam    = string(diagnosis.IdentityNoAllow)
		bucket = string(diagnosis.BucketPolicyNoAllow)
		none   = finding.Undetermined
	)
	tests := []struct {
		name      string
		status    finding.Status
		cause     string
		announced []string
		counted   int
		want      Reason
	}{
		{"nobody was told", finding.Open, iam, nil, 1, NewFinding},
		{"nobody was told, and the cause is not known", finding.Open, none, nil, 1, NewFinding},
		{"a message was lost, and what comes is a duplicate", finding.Open, iam, nil, 0, NewFinding},
		{"a message about a cause was lost, and what comes is a duplicate", finding.Open, bucket, []string{iam}, 0, NewCause},
		{"told", finding.Open, iam, []string{iam}, 1, None},
		{"told that it is not known", finding.Open, none, []string{none}, 1, None},
		{"another cause", finding.Open, bucket, []string{iam}, 1, NewCause},
		{"the cause was found", finding.Open, iam, []string{none}, 1, NewCause},
		{"the cause was lost", finding.Open, none, []string{iam}, 1, None},
		{"back to a cause that was told", finding.Open, iam, []string{iam, bucket}, 1, None},

		{"acknowledged, same cause", finding.Acknowledged, iam, []string{iam}, 1, None},
		{"acknowledged, another cause", finding.Acknowledged, bucket, []string{iam}, 1, NewCause},
		{"acknowledged, the cause was found", finding.Acknowledged, iam, []string{none}, 1, NewCause},
		{"acknowledged, the cause was lost", finding.Acknowledged, none, []string{iam}, 1, None},
		{"acknowledged before anybody was told", finding.Acknowledged, iam, nil, 1, None},
		{"suppressed", finding.Suppressed, bucket, []string{iam}, 1, None},
		{"suppressed before anybody was told", finding.Suppressed, iam, nil, 1, None},
		{"resolved", finding.Resolved, bucket, []string{iam}, 0, None},
		{"a status of another version", "parked", iam, nil, 1, None},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := finding.Finding{ID: "7F3K2MQ9", Status: tt.status, Announced: tt.announced,
				Diagnosis: diagnosis.Diagnosis{Format: diagnosis.Format, Outcome: diagnosis.Undetermined}}
			if tt.cause != none {
				f.Diagnosis.Outcome = diagnosis.Explained
				f.Diagnosis.Cause = &diagnosis.Cause{ID: diagnosis.CauseID(tt.cause)}
			}
			if got := Decide(finding.Recorded{Finding: f, New: tt.counted}); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestDecideOnNothing(t *testing.T) {
	if got := Decide(finding.Recorded{}); got != None {
		t.Errorf("no finding: got %q", got)
	}
	f := finding.Finding{ID: "7F3K2MQ9", Status: finding.Open, Diagnosis: diagnosis.Diagnosis{Outcome: diagnosis.Ignored}}
	if got := Decide(finding.Recorded{Finding: f}); got != None {
		t.Errorf("no denial: got %q", got)
	}
}

// Once what was said is noted, the same is not said again.
func TestDecideOnce(t *testing.T) {
	for name, f := range sampleFindings(t) {
		if got := Decide(finding.Recorded{Finding: f, New: 1}); got != NewFinding {
			t.Errorf("%s: got %q at first", name, got)
		}
		f.Announced = []string{f.Cause()}
		if got := Decide(finding.Recorded{Finding: f}); got != None {
			t.Errorf("%s: got %q after it was announced", name, got)
		}
	}
}
