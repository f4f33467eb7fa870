package diagnosis

import (
	"cmp"
	"slices"

	"why403/pkg/authz"
	"why403/pkg/policy"
	"why403/pkg/trail"
)

// MostTogether is up to how many steps of a remedy every combination is tried. Of more,
// each is tried alone, the first ones together, and all.
const MostTogether = 4

// Trial is what the checks say once some steps of a remedy are made, and no others.
type Trial struct {
	// Steps are those of Remedy.Steps that are made, by their number from 0, in rising
	// order; none: everything is as it is.
	Steps  []int
	Checks []Check
	// Passes says whether the request then passes: Unknown where something that was not
	// read decides.
	Passes policy.Truth
}

// WhatIf diagnoses a denial as Diagnose does, and decides it again with combinations of
// the steps of its remedy. The first trial is always that of no step, with the checks of
// the diagnosis. A step that cannot be tried on what was read is in no trial, and a
// combination whose steps need another one first is left out.
func WhatIf(d trail.Denial, e *authz.Evidence, o Options) (Diagnosis, []Trial) {
	x, j := diagnose(d, e, o)
	trials := []Trial{{Checks: x.Checks, Passes: j.passes(j.decision)}}
	var can []int
	for i := range j.proposed {
		if j.proposed[i].change != nil {
			can = append(can, i)
		}
	}
	if len(x.Remedy.Steps) != len(j.proposed) {
		return x, trials
	}
	for _, steps := range combinations(can) {
		if t, ok := j.try(steps); ok {
			trials = append(trials, t)
		}
	}
	return x, trials
}

// try makes steps in the order in which they were found, and decides again.
func (j *join) try(steps []int) (Trial, bool) {
	w := j.copyOf()
	inTurn := slices.SortedFunc(slices.Values(steps), func(a, b int) int {
		return cmp.Compare(j.proposed[a].turn, j.proposed[b].turn)
	})
	for _, i := range inTurn {
		if j.proposed[i].change.apply(w) != nil {
			return Trial{}, false
		}
	}
	after := j.within(w)
	return Trial{Steps: steps, Checks: after.checks(), Passes: after.passes(after.decision)}, true
}

// passes says whether a request passes. What AWS named and nobody could read still
// refuses it.
func (j *join) passes(d *authz.Decision) policy.Truth {
	if d.Allowed != policy.Yes {
		return d.Allowed
	}
	for _, c := range j.checks() {
		switch c.gate() {
		case Deny:
			return policy.No
		case Unknown:
			return policy.Unknown
		default:
		}
	}
	return policy.Yes
}

// combinations are the sets of steps to try, the smaller ones first.
func combinations(can []int) [][]int {
	var all [][]int
	if len(can) <= MostTogether {
		for set := 1; set < 1<<len(can); set++ {
			var steps []int
			for i, step := range can {
				if set>>i&1 == 1 {
					steps = append(steps, step)
				}
			}
			all = append(all, steps)
		}
		slices.SortStableFunc(all, func(a, b []int) int { return cmp.Compare(len(a), len(b)) })
		return all
	}
	for _, step := range can {
		all = append(all, []int{step})
	}
	for n := 2; n <= len(can); n++ {
		all = append(all, slices.Clone(can[:n]))
	}
	return all
}
