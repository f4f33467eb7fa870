package diagnosis_test

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"

	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/policy"
	"why403/pkg/trail"
)

// TestWhatIf takes the same combinations of steps as they are printed, and decides
// again: every trial says what comes of it.
func TestWhatIf(t *testing.T) {
	several, failing := 0, 0
	for _, c := range readCorpus(t) {
		d, e := c.denial(t)
		x, trials := diagnosis.WhatIf(d, authz.Compile(e), c.options())
		if want := c.diagnose(t); !reflect.DeepEqual(x, want) {
			t.Errorf("%s: WhatIf diagnoses otherwise than Diagnose", c.Place)
		}
		if len(trials[0].Steps) > 0 || !reflect.DeepEqual(trials[0].Checks, x.Checks) {
			t.Errorf("%s: the first trial is not what is", c.Place)
		}
		for _, trial := range trials[1:] {
			if !x.Remedy.Verified { // what is printed need not be all that was tried
				continue
			}
			part := 0
			for _, step := range trial.Steps {
				part |= 1 << step
			}
			want, err := c.after(t, x.Remedy.Steps, part)
			if err != nil {
				t.Errorf("%s: %v", c.Place, err)
			}
			if trial.Passes != want {
				t.Errorf("%s: with the steps %v it passes: %s, want %s", c.Place, trial.Steps, trial.Passes, want)
			}
			if blocked := blocked(trial.Checks); blocked == (trial.Passes == policy.Yes) {
				t.Errorf("%s: with the steps %v it passes: %s, and a check blocks: %t", c.Place, trial.Steps, trial.Passes, blocked)
			}
			if len(trial.Steps) > 1 {
				several++
			}
			if trial.Passes != policy.Yes {
				failing++
			}
		}
		if x.Remedy.Verified && len(x.Remedy.Steps) > 0 && trials[len(trials)-1].Passes != policy.Yes {
			t.Errorf("%s: the remedy is proven, and with all its steps the request does not pass", c.Place)
		}
	}
	if several < 10 || failing < 10 {
		t.Errorf("%d trials of several steps, %d that do not open it", several, failing)
	}
}

// TestWhatIfTriesEveryCombination: of up to four steps all, each once, the smaller
// first.
func TestWhatIfTriesEveryCombination(t *testing.T) {
	most := 0
	for _, c := range readCorpus(t) {
		d, e := c.denial(t)
		x, trials := diagnosis.WhatIf(d, authz.Compile(e), c.options())
		n := len(x.Remedy.Steps)
		if !x.Remedy.Verified || n == 0 || n > diagnosis.MostTogether {
			continue
		}
		most = max(most, n)
		if len(trials) != 1<<n {
			t.Errorf("%s: %d steps, %d trials", c.Place, n, len(trials))
		}
		for i, trial := range trials {
			if !slices.IsSorted(trial.Steps) || i > 0 && len(trial.Steps) < len(trials[i-1].Steps) {
				t.Errorf("%s: trial %d has the steps %v", c.Place, i, trial.Steps)
			}
		}
	}
	if most < 3 {
		t.Errorf("no case has more than %d steps", most)
	}
}

// TestWhatIfOfTheRecord: where nothing was read nothing can be tried.
func TestWhatIfOfTheRecord(t *testing.T) {
	for _, s := range readSamples(t) {
		if s.ignored {
			continue
		}
		x, trials := diagnosis.WhatIf(s.denial, authz.Compile(evidence.Evidence{}), diagnosis.Options{})
		if len(trials) != 1 || !reflect.DeepEqual(trials[0].Checks, x.Checks) || trials[0].Passes == policy.Yes {
			t.Errorf("%s: %d trials; it passes: %s", s.name, len(trials), trials[0].Passes)
		}
	}
}

func blocked(checks []diagnosis.Check) bool {
	return slices.ContainsFunc(checks, func(c diagnosis.Check) bool {
		v := c.Gate().Verdict
		return v == diagnosis.Deny || v == diagnosis.Unknown
	})
}

// TestWhatIfOfManySteps: of five steps each is tried alone, the first ones together, and
// all.
func TestWhatIfOfManySteps(t *testing.T) {
	doc, err := os.ReadFile("testdata/five-blockers.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := evidence.ParseCase(doc)
	if err != nil {
		t.Fatal(err)
	}
	_, trials := diagnosis.WhatIf(trail.FromRequest(*c.Request, c.Context), authz.Compile(c.Evidence), diagnosis.Options{})
	var got []string
	for _, trial := range trials {
		got = append(got, fmt.Sprint(trial.Steps, trial.Passes))
	}
	want := []string{
		"[] no", "[0] no", "[1] no", "[2] no", "[3] no", "[4] no",
		"[0 1] no", "[0 1 2] no", "[0 1 2 3] no", "[0 1 2 3 4] yes",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
