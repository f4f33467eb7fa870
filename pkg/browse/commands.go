package browse

import (
	"fmt"
	"slices"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// steps are the steps of a change that have commands fit to be pasted, with only those.
func steps(f finding.Finding) []diagnosis.Step {
	var all []diagnosis.Step
	for _, s := range f.Diagnosis.Remedy.Steps {
		s.Commands = slices.DeleteFunc(slices.Clone(s.Commands), func(c string) bool { return c == "" || clean.Terminal(c) != c })
		if len(s.Commands) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// commands shows the commands of the change, and copies them if they are of one step. Among
// several the user chooses: they are often for different accounts.
func (m Model) commands() (Model, []Effect) {
	f, ok := m.detail(m.subject())
	switch all := steps(f); {
	case m.subject() == "":
		return m.copied("", "")
	case !ok:
		m.message = "the finding is not read yet"
		return m, nil
	case len(all) == 0:
		m.message = "the change has no commands"
		return m, nil
	case m.on(levelCommands):
		return m.copySteps(f, all)
	default:
		name := "commands"
		if len(m.levels) == 0 {
			name = f.ID + " > " + name
		}
		m = m.push(level{kind: levelCommands, name: name, id: f.ID})
		if len(all) == 1 {
			return m.copySteps(f, all)
		}
		return m, nil
	}
}

func (m Model) copyStep(i int) (Model, []Effect) {
	f, _ := m.detail(m.subject())
	all := steps(f)
	if i >= len(all) {
		m.message = fmt.Sprintf("there are %d steps with commands", len(all))
		return m, nil
	}
	return m.copySteps(f, all[i:i+1])
}

func (m Model) copySteps(f finding.Finding, all []diagnosis.Step) (Model, []Effect) {
	var lines []string
	for _, s := range all {
		lines = append(lines, s.Commands...)
	}
	what := "1 command"
	if len(lines) != 1 {
		what = fmt.Sprintf("%d commands", len(lines))
	}
	if !f.Diagnosis.Remedy.Verified {
		what += ", not proven to be enough"
	}
	return m.copied(strings.Join(lines, "\n")+"\n", what)
}

// commandText shows the commands of a change, by step.
func (m Model) commandText(id string, width int) string {
	f, ok := m.detail(id)
	if !ok {
		return "reading " + clean.Terminal(id) + m.more()
	}
	var b strings.Builder
	for i, step := range steps(f) {
		who := ""
		if step.Account != "" {
			who = "account " + step.Account + ": "
		}
		b.WriteString(prose(fmt.Sprintf("%d. ", i+1), clean.Terminal(who+step.Title), width))
		if step.Caution != "" {
			b.WriteString(prose("   ", "note: "+clean.Terminal(step.Caution), width))
		}
		for _, c := range step.Commands {
			b.WriteString(c + "\n") // clean: steps leaves out what is not
		}
		b.WriteString("\n")
	}
	word := "not proven: "
	if f.Diagnosis.Remedy.Verified {
		word = "proven: "
	}
	if f.Diagnosis.Remedy.Because != "" {
		b.WriteString(prose("", word+clean.Terminal(f.Diagnosis.Remedy.Because), width))
	}
	b.WriteString("Nothing is run: the commands go to the clipboard only.\n")
	return b.String()
}
