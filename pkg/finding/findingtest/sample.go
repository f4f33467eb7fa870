package findingtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/trail"
)

// Start is the time of the first sample.
func Start() time.Time { return time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC) }

// Sample returns the occurrence with number n of a role's denied reads of a
// bucket: its id is "event-n", its time n minutes after Start.
func Sample(bucket string, n int) finding.Occurrence {
	at := Start().Add(time.Duration(n) * time.Minute)
	id, objectKey := fmt.Sprintf("event-%d", n), fmt.Sprintf("reports/%d.csv", n)
	role := evidence.Principal{
		Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/report-builder",
		Account: "111111111111", ID: "AROAEXAMPLE",
	}
	return finding.Occurrence{
		ID: id, Time: at, ObjectKey: objectKey, Operation: "GetObject", Address: "192.0.2.1",
		Key: finding.Key{Requester: "111111111111/AROAEXAMPLE", Place: bucket, Class: trail.ClassRead},
		Diagnosis: diagnosis.Diagnosis{
			Format: diagnosis.Format, Outcome: diagnosis.Explained,
			Denial: diagnosis.Denial{EventID: id, Time: at, Operation: "GetObject", Bucket: bucket, Key: objectKey, Principal: role},
			Cause:  &diagnosis.Cause{ID: diagnosis.IdentityNoAllow, Confidence: diagnosis.Confirmed, Account: "111111111111"},
		},
	}
}

// Samples returns the samples from number first to number last.
func Samples(bucket string, first, last int) []finding.Occurrence {
	var all []finding.Occurrence
	for n := first; n <= last; n++ {
		all = append(all, Sample(bucket, n))
	}
	return all
}

// record records and checks the numbers that come of it, and that the finding
// returned is the one that is kept. It returns the whole of it.
func record(t *testing.T, s finding.Store, wantNew, wantDuplicates int, occurrences ...finding.Occurrence) finding.Finding {
	t.Helper()
	got, err := s.Record(t.Context(), occurrences)
	if err != nil {
		t.Fatal(err)
	}
	if got.New != wantNew || got.Duplicates != wantDuplicates {
		t.Errorf("got %d new and %d duplicates, want %d and %d", got.New, got.Duplicates, wantNew, wantDuplicates)
	}
	kept := get(t.Context(), t, s, got.Finding.ID)
	if got.Whole {
		same(t, "kept and returned finding", kept, got.Finding)
	}
	same(t, "kept and returned finding, in brief", bare(kept), bare(got.Finding))
	return kept
}

// bare are findings without what a store may keep apart.
func bare(all ...finding.Finding) []finding.Finding {
	var out []finding.Finding
	for _, f := range all {
		f.Diagnosis, f.Samples, f.Keys = diagnosis.Diagnosis{}, nil, nil
		out = append(out, f)
	}
	return out
}

func get(ctx context.Context, t *testing.T, s finding.Store, id string) finding.Finding {
	t.Helper()
	f, err := s.Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
