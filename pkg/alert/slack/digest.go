package slack

import (
	"fmt"
	"strings"

	"why403/pkg/alert"
	"why403/pkg/clean"
	"why403/pkg/finding"
)

// digest words a digest.
func digest(e alert.Event) Payload {
	d := e.Digest
	p := Payload{
		Text: prose(e.Subject, mostSentence),
		Blocks: []Block{
			{Type: "header", Text: plainText(fit(plural(d.Count, "denial finding", "denial findings")+" in one message", MaxHeader, clean.Terminal))},
			section(sentence(e.State) + " "),
		},
	}
	names := make(map[string]string)
	for _, a := range e.Actors {
		names[a.Account] = a.Name
	}
	p.Blocks = append(p.Blocks, Block{Type: "section", Fields: []Text{
		mrkdwn("*Must act*\n" + tallies(d.Actors, func(account string) string {
			if account == "" {
				return "not known"
			}
			return strings.TrimSpace(prose(account, mostName) + " " + prose(names[account], mostName))
		})),
		mrkdwn("*Causes*\n" + tallies(d.Causes, func(cause string) string {
			if cause == finding.Undetermined {
				return "not known"
			}
			return code(cause)
		})),
	}})
	const most = 15
	var lines []string
	for i, f := range d.Findings {
		if i == most {
			break
		}
		lines = append(lines, code(f.ID)+" "+plural(f.Count, "time", "times")+" "+prose(f.Title, 120))
	}
	if more := d.Count - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	if len(lines) > 0 {
		p.add(section("*Findings*\n"+strings.Join(lines, "\n")).droppable(1, "the findings"))
	}
	if len(d.Resolved) > 0 {
		lines = nil
		for i, f := range d.Resolved {
			if i == most {
				lines = append(lines, fmt.Sprintf("and %d more", len(d.Resolved)-most))
				break
			}
			lines = append(lines, code(f.ID)+" "+prose(f.Title, 120))
		}
		p.add(section("*Resolved*\n"+strings.Join(lines, "\n")).droppable(1, "what was resolved"))
	}
	if d.List != "" && pasteable([]string{d.List}) {
		p.add(section("*All open findings*\n" + commandFence([]string{d.List})))
	}
	return p.shorten()
}

func tallies(all []alert.Tally, name func(string) string) string {
	const most = 6
	var lines []string
	for i, t := range all {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %d more", len(all)-most))
			break
		}
		lines = append(lines, fmt.Sprintf("%s: %d", name(t.Name), t.Count))
	}
	if len(lines) == 0 {
		return "none"
	}
	return strings.Join(lines, "\n")
}
