package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"why403/pkg/diagnosis"
	"why403/pkg/excerpt"
)

// blockers are what refuses the request, each with who must act and the statement that
// decides.
func (c chat) blockers() []Block {
	all := c.causes()
	var blocks []Block
	for i, cause := range all[:min(len(all), mostBlockers)] {
		who := "account not known"
		if cause.Account != "" {
			who = c.account(cause.Account)
		}
		title := fmt.Sprintf("*%d · %s* · %s", i+1, who, code(string(cause.ID)))
		if cause.Confidence != "" {
			title += " " + prose(string(cause.Confidence), mostName)
		}
		blocks = append(blocks, later(i, section(title+"\n"+sentence(cause.Summary)), "further blockers"))
		if s := c.statement(cause); s != "" {
			blocks = append(blocks, section(s).droppable(dropStatement, "the statements that decide"))
		}
	}
	if more := len(all) - mostBlockers; more > 0 {
		blocks = append(blocks, note(fmt.Sprintf("and %d more", more)))
	}
	return blocks
}

// later lets all but the first be left out.
func later(i int, b Block, name string) Block {
	if i == 0 {
		return b
	}
	return b.droppable(dropMore, name)
}

// statement is where the deciding statement stands, and the part of it that decides.
func (c chat) statement(cause diagnosis.Cause) string {
	decide, _ := excerpt.Parts(cause.Because)
	if len(decide) == 0 {
		for _, r := range cause.Because {
			if r.Text != "" {
				return "AWS says:\n" + fence([]string{r.Text})
			}
		}
		return ""
	}
	r := decide[0]
	where := strings.Join(excerpt.Place(r, c.x.Denial, func(s string) string { return prose(s, mostName) }), " ")
	if r.Effect == "Allow" && r.Matches != "yes" {
		where = "nearest: " + where
	}
	lines, ok := excerpt.Lines(c.x, r, excerpt.Options{Width: 60, Quote: quote, More: "...", Only: true})
	if !ok {
		return where
	}
	var text []string
	for _, l := range lines {
		text = append(text, l.Text)
	}
	out := where + "\n" + fence(text)
	if label := excerpt.LabelOf(c.x, r); label.Text != "" {
		out += "\n" + upperFirst(sentence(label.Text))
		if label.Beside != "" {
			out += " The " + label.Name + ": " + longCode(label.Beside)
		}
	}
	return out
}

// quote writes a JSON string.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // strings always marshal
	}
	return string(b)
}

// steps are the changes, with the commands where they are short enough to be copied from
// a chat.
func (c chat) steps() []Block {
	steps := c.x.Remedy.Steps
	if len(steps) == 0 {
		if because := sentence(c.x.Remedy.Because); because != "" {
			return []Block{section("*Change* " + upperFirst(because))}
		}
		return nil
	}
	var blocks []Block
	for i, s := range steps[:min(len(steps), mostBlockers)] {
		label := "*Change*"
		if len(steps) > 1 {
			label = fmt.Sprintf("*Change %d*", i+1)
		}
		text := label + " "
		if s.Account != "" {
			text += "in " + c.account(s.Account) + ": "
		}
		text += sentence(s.Title)
		blocks = append(blocks, later(i, section(text), "further changes"))
		what := changeLines(s)
		if f := fence(what); f != "" {
			if caution := sentence(s.Caution); caution != "" {
				f += "\n_" + strings.Trim(caution, "_") + "_"
			}
			blocks = append(blocks, section(f).droppable(dropChange, "the changes"))
		}
		if b := stepCommands(s); b.Type != "" {
			blocks = append(blocks, b)
		}
	}
	if more := len(steps) - mostBlockers; more > 0 {
		blocks = append(blocks, note(fmt.Sprintf("and %d more changes", more)))
	}
	return blocks
}

// changeLines are the lines that change, or the statement to add.
func changeLines(s diagnosis.Step) []string {
	if s.Kind == "request" {
		return nil // the title says it
	}
	if s.Kind == "replace-statement" && s.Diff != "" {
		var lines []string
		for l := range strings.SplitSeq(s.Diff, "\n") {
			if strings.HasPrefix(l, "+") || strings.HasPrefix(l, "-") {
				lines = append(lines, l)
			}
		}
		return lines
	}
	lines, _ := excerpt.JSON(s.Patch, excerpt.Options{Width: 60, Quote: quote, More: "..."})
	return lines
}

// stepCommands are the commands of a step, each alone on its line. Longer ones stand in
// the mail and in the finding.
func stepCommands(s diagnosis.Step) Block {
	const most = 1200
	n := 0
	for _, command := range s.Commands {
		n += utf8.RuneCountInString(command)
	}
	if len(s.Commands) == 0 || n > most || !pasteable(s.Commands) {
		return Block{}
	}
	return section(commandFence(s.Commands)).droppable(dropCommands, "the commands")
}

func (c chat) proof() Block {
	r := c.x.Remedy
	if len(r.Steps) == 0 {
		return Block{}
	}
	text := "*Not proven.* "
	if r.Verified {
		text = "*Proven:* decided again with the change, every check passes. "
	}
	return note(strings.TrimSpace(text + upperFirst(sentence(r.Because))))
}

// open is what else it may be, by the account in which a read would tell.
func (c chat) open() []Block {
	if len(c.x.Open) == 0 {
		return nil
	}
	type need struct{ in, permissions string }
	var order []need
	ids := make(map[need][]string)
	for _, o := range c.x.Open {
		reads := excerpt.Reads(o.Needs)
		n := need{}
		if len(reads) > 0 {
			n = need{reads[0].In, join(reads[0].Permissions)}
		}
		if ids[n] == nil {
			order = append(order, n)
		}
		ids[n] = append(ids[n], string(o.ID))
	}
	slices.SortStableFunc(order, func(a, b need) int { return strings.Compare(a.in, b.in) })
	title := "*What it may be* (in no order) and what must be read to tell"
	if c.x.Cause != nil {
		title = "*Also possible* (in no order) and what must be read to tell"
	}
	lines := []string{title}
	const most = 12
	for i, n := range order {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %d more", len(order)-most))
			break
		}
		var names []string
		for _, id := range ids[n] {
			names = append(names, code(id))
		}
		line := "• " + join(names)
		if n.permissions == "" {
			line += ": cannot be read from AWS"
		} else {
			line += ": " + longCode(n.permissions) + " in " + c.account(n.in)
		}
		if utf8.RuneCountInString(strings.Join(append(lines, line), "\n")) > MaxSection-100 {
			lines = append(lines, "and more")
			break
		}
		lines = append(lines, line)
	}
	return []Block{section(strings.Join(lines, "\n")).droppable(dropOpen, "what else it may be")}
}

func (c chat) ruledOut() Block {
	if c.x.Cause != nil || len(c.x.RuledOut) == 0 {
		return Block{}
	}
	var ids []string
	for _, r := range c.x.RuledOut {
		ids = append(ids, prose(string(r.ID), mostName))
		if len(ids) == 15 {
			break
		}
	}
	return note("Ruled out: "+join(ids)).droppable(dropRuledOut, "what is ruled out")
}
