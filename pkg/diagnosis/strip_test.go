package diagnosis_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
)

// TestStrip holds that a layer blocks if it blocks any authorization, and that
// what is not known hides what passes.
func TestStrip(t *testing.T) {
	check := func(l evidence.Layer, v diagnosis.Verdict) diagnosis.Check {
		return diagnosis.Check{Layer: l, Verdict: v}
	}
	got := diagnosis.Strip([]diagnosis.Check{
		check(evidence.LayerSCP, diagnosis.NotApplicable), check(evidence.LayerIdentity, diagnosis.Allow),
		check(evidence.LayerKeyPolicy, diagnosis.Unknown), check(evidence.LayerIdentity, diagnosis.NoAllow),
		check(evidence.LayerIdentity, diagnosis.Unknown), check(evidence.LayerSCP, diagnosis.Allow), check(evidence.LayerVPCE, "new word"),
	})
	want := []diagnosis.Gate{
		{Layer: evidence.LayerSCP, Verdict: diagnosis.Allow}, {Layer: evidence.LayerIdentity, Verdict: diagnosis.Deny},
		{Layer: evidence.LayerKeyPolicy, Verdict: diagnosis.Unknown}, {Layer: evidence.LayerVPCE, Verdict: diagnosis.Unknown},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diagnosis.Strip(nil) != nil {
		t.Error("a strip of nothing")
	}
}
