package console

import (
	"slices"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
)

// Settled says what became known between two diagnoses of one denial: which checks say
// something else, what it was found to be, and what is open no longer. given names what was
// handed over in between.
func Settled(before, after diagnosis.Diagnosis, given []string, s Style) string {
	p := &page{style: s}
	p.line("%s", s.paint(bold, "what this settles"))
	for _, g := range given {
		p.text("  given   ", g)
	}
	p.gates(before, after)
	p.causesSettled(before, after)
	return p.String()
}

// gates lists the layers that say something else.
func (p *page) gates(before, after diagnosis.Diagnosis) {
	was := make(map[string]mark)
	for _, g := range diagnosis.Strip(before.Checks) {
		was[string(g.Layer)] = markOf(g.Verdict)
	}
	var items [][]string
	for _, g := range diagnosis.Strip(after.Checks) {
		old, ok := was[string(g.Layer)]
		now := markOf(g.Verdict)
		switch {
		case ok && old == now:
		case ok:
			items = append(items, broken(string(g.Layer)+": was "+old.String()+", is "+now.String()))
		default:
			items = append(items, broken(string(g.Layer)+": "+now.String()))
		}
	}
	if len(items) == 0 {
		items = [][]string{broken("no check says anything else")}
	}
	p.list("checks", items)
}

func (p *page) causesSettled(before, after diagnosis.Diagnosis) {
	ids := func(x diagnosis.Diagnosis) (found, open []string) {
		if x.Cause != nil {
			found = append(found, string(x.Cause.ID))
		}
		for _, c := range x.Contributing {
			found = append(found, string(c.ID))
		}
		for _, o := range x.Open {
			open = append(open, string(o.ID))
		}
		return found, open
	}
	had, maybe := ids(before)
	found, open := ids(after)
	without := func(all []string, not ...[]string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(id string) bool {
			return slices.ContainsFunc(not, func(ids []string) bool { return slices.Contains(ids, id) })
		})
	}
	say := func(label string, all []string) {
		if len(all) > 0 {
			p.text("  "+pad(label, 8), strings.Join(all, ", "))
		}
	}
	say("found", without(found, had))
	say("settled", without(append(slices.Clone(had), maybe...), found, open))
	say("open", open)
	if len(open) == 0 && after.Outcome == diagnosis.Explained && before.Outcome != diagnosis.Explained {
		p.text("  now     ", clean.Terminal(string(after.Outcome)))
	}
}
