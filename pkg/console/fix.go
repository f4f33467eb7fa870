package console

import (
	"fmt"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
)

// fix writes the change that is proposed: the steps, numbered if there are several,
// and how sure it is that they are enough.
func (p *page) fix(r diagnosis.Remedy) {
	if len(r.Steps) == 0 && r.Because != "" {
		p.labelled("fix", broken("none: "+r.Because))
		return
	}
	label := "fix"
	if r.If != "" {
		p.labelled(label, broken("if "+r.If+":"))
		label = ""
	}
	for i, s := range r.Steps {
		number := ""
		if len(r.Steps) > 1 {
			number = fmt.Sprintf("%d. ", i+1)
		}
		p.step(label, number, s, len(r.Steps) > mostSteps)
		label = ""
		if s.Alone != "" && len(r.Steps) > 1 && len(r.Steps) <= mostAlone {
			p.text("      ", "alone: "+s.Alone)
		}
	}
	if len(r.Steps) > 0 && r.Because != "" {
		word := "not proven: "
		if r.Verified {
			word = "proven: "
		}
		p.text("      ", word+r.Because)
	}
}

// mostSteps is up to how many steps have their statements laid out in lines. Of more, each
// is one line, so that all of it is still seen at once.
const mostSteps = 2

func (p *page) step(label, number string, s diagnosis.Step, short bool) {
	who := ""
	if s.Account != "" {
		who = "account " + s.Account + ": "
	}
	p.labelled(label, broken(number+who+s.Title))
	switch {
	case s.Kind == ofRequest: // the title says it
	case s.Diff != "" && s.Kind != addStatement:
		p.diff(s.Diff)
	default:
		p.patch(s.Patch, short)
	}
	if s.Caution != "" {
		p.text("      ", "note: "+s.Caution)
	}
	p.commands(s.Commands)
}

// mostAlone is up to how many steps each is told with what it achieves alone. Of more,
// that is not much.
const mostAlone = 3

// The kinds of steps that need no diff: what is to be added is all in the patch, or
// nothing of a policy changes.
const (
	addStatement = "add-statement"
	ofRequest    = "request"
)

// longestCommand is how many characters a command may have to be shown: a whole policy
// may be in it.
const longestCommand = 1500

// commands writes commands, each on a line with nothing else: people paste.
func (p *page) commands(all []string) {
	saved := ""
	for _, c := range all {
		switch {
		case c == "" || clean.Terminal(c) != c:
			p.text("      ", "(a command that is not fit to be pasted)")
			continue
		case len(c) > longestCommand:
			p.text("      ", fmt.Sprintf("(a command of %d characters, with the whole policy: --output json has it)", len(c)))
			continue
		}
		if saved != "" && strings.Contains(c, "file://"+saved) {
			p.text("      ", "edit "+saved+", then")
		}
		p.line("      %s", c)
		_, saved, _ = strings.Cut(c, " > ")
	}
}
