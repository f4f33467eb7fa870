package difftest

import (
	"testing"

	"why403/pkg/policy/difftest/iamsim"
)

// TestDifferences asks both engines the same questions.
func TestDifferences(t *testing.T) {
	e := iamsim.Installed(t)
	seed := iamsim.Setting(t, "SEED", 1)
	count := iamsim.Setting(t, "COUNT", 12_000)
	t.Logf("iam-simulate %s, seed %d, %d questions", e.Version, seed, count)

	g := newGenerator(seed)
	questions := make([]*question, count)
	for i := range questions {
		questions[i] = g.next()
	}
	iamsim.Compare(t, e, questions, classes(), (*question).features)
}

// TestKnownDifferences holds the list of known differences.
func TestKnownDifferences(t *testing.T) {
	iamsim.Known(t, "testdata/known-differences.md", classes())
}
