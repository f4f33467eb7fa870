package diagnosis_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
)

// TestStrip holds that a layer blocks if it blocks any authorization, that what is not
// known hides what passes, and that a layer which need not allow is not involved.
func TestStrip(t *testing.T) {
	check := func(l evidence.Layer, v diagnosis.Verdict) diagnosis.Check {
		blocks := map[diagnosis.Verdict]string{diagnosis.NoAllow: "yes", diagnosis.Deny: "yes", diagnosis.Unknown: "unknown"}
		return diagnosis.Check{Layer: l, Verdict: v, Blocks: blocks[v]}
	}
	got := diagnosis.Strip([]diagnosis.Check{
		check(evidence.LayerSCP, diagnosis.NotApplicable), check(evidence.LayerIdentity, diagnosis.Allow),
		check(evidence.LayerKeyPolicy, diagnosis.Unknown), check(evidence.LayerIdentity, diagnosis.NoAllow),
		check(evidence.LayerIdentity, diagnosis.Unknown), check(evidence.LayerSCP, diagnosis.Allow), check(evidence.LayerVPCE, "new word"),
		{Layer: evidence.LayerBucketPolicy, Verdict: diagnosis.NoAllow}, {Layer: evidence.LayerRCP, Verdict: diagnosis.Deny},
	})
	want := []diagnosis.Gate{
		{Layer: evidence.LayerSCP, Verdict: diagnosis.Allow}, {Layer: evidence.LayerIdentity, Verdict: diagnosis.Deny},
		{Layer: evidence.LayerKeyPolicy, Verdict: diagnosis.Unknown}, {Layer: evidence.LayerVPCE, Verdict: diagnosis.Unknown},
		{Layer: evidence.LayerBucketPolicy, Verdict: diagnosis.NotApplicable}, {Layer: evidence.LayerRCP, Verdict: diagnosis.Deny},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diagnosis.Strip(nil) != nil {
		t.Error("a strip of nothing")
	}
}
