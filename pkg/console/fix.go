package console

import (
	"encoding/json"
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
	for i, s := range r.Steps {
		number := ""
		if len(r.Steps) > 1 {
			number = fmt.Sprintf("%d. ", i+1)
		}
		p.step(number, s, i == 0)
	}
	if len(r.Steps) > 0 && r.Because != "" {
		word := "not proven: "
		if r.Verified {
			word = "proven: "
		}
		p.text("      ", word+r.Because)
	}
}

func (p *page) step(number string, s diagnosis.Step, first bool) {
	who := ""
	if s.Account != "" {
		who = "account " + s.Account + ": "
	}
	label := "fix"
	if !first {
		label = ""
	}
	p.labelled(label, broken(number+who+s.Title))
	p.patch(s.Patch)
	if s.Caution != "" {
		p.text("      ", "note: "+s.Caution)
	}
	// Nothing but the command on its line: people paste.
	saved := ""
	for _, c := range s.Commands {
		if c == "" || clean.Terminal(c) != c {
			p.text("      ", "(a command that is not fit to be pasted)")
			continue
		}
		if saved != "" && strings.Contains(c, "file://"+saved) {
			p.text("      ", "edit "+saved+", then")
		}
		p.line("      %s", c)
		_, saved, _ = strings.Cut(c, " > ")
	}
}

// patch writes what is to be pasted, or what takes the place of what.
func (p *page) patch(raw json.RawMessage) {
	if len(raw) == 0 {
		return
	}
	var change struct {
		Replace json.RawMessage `json:"replace"`
		By      json.RawMessage `json:"by"`
	}
	if json.Unmarshal(raw, &change) != nil || change.Replace == nil || change.By == nil {
		p.line("%s", patch(raw))
		return
	}
	for _, side := range []struct {
		sign, color string
		value       json.RawMessage
	}{{"-", red, change.Replace}, {"+", green, change.By}} {
		for _, l := range strings.Split(patch(side.value), "\n") {
			p.line("      %s", p.style.paint(side.color, side.sign+" "+strings.TrimPrefix(l, "      ")))
		}
	}
}
