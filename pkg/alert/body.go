package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// maxBody is the most bytes a body may have. SNS takes 256 KB; a mail of more than
// this nobody reads.
const maxBody = 8 << 10

// awsDocs is how the addresses of AWS's own pages begin.
const awsDocs = "https://docs.aws.amazon.com/"

// mail is a message in the making.
type mail struct {
	f      finding.Finding
	x      diagnosis.Diagnosis
	reason Reason
	o      Options
}

// section is a part of the body, set off by empty lines.
type section struct {
	lines []string
	// tight sections follow the one before without an empty line.
	tight bool
	// drop says when the section goes if the body is too long: the highest first,
	// 0 never.
	drop int
	// name is what the reader is told was left out, instead is what stands in its
	// place.
	name    string
	instead []string
}

// What goes first when a body is too long. What to paste goes last: it is long
// only where it was made to be.
const (
	keep = iota
	dropPaste
	dropOpen
	dropReasons
	dropChecks
	dropIntended
	dropWords
	dropChanges
	dropRuledOut
)

// blockers are all causes, the first first.
func (m mail) blockers() []diagnosis.Cause {
	if m.x.Cause == nil {
		return nil
	}
	return append([]diagnosis.Cause{*m.x.Cause}, m.x.Contributing...)
}

func (m mail) body() string {
	head := []section{
		{lines: wrap("", "  ", m.state())},
		{lines: m.what()},
		{lines: m.facts()},
	}
	foot := section{lines: m.foot()}
	if m.reason == Resolved {
		return layout(head, foot)
	}
	summary := append(slices.Clone(head), section{lines: m.mustActLines()})
	if m.o.SummaryOnly {
		return layout(summary, foot)
	}
	sections := append(slices.Clone(head), m.checks(), m.unsettled())
	sections = append(sections, m.causes()...)
	sections = append(sections, m.intended())
	sections = append(sections, m.remedy()...)
	sections = append(sections, m.open()...)
	sections = append(sections, m.ruledOut(), m.changes())
	if text := layout(sections, foot); len(text) <= maxBody {
		return text
	}
	// What is always kept is too long, which only a finding can be that was made
	// to be.
	return layout(append(summary, section{lines: wrap("LEFT OUT  ", indent(10), "for length: all but this summary.")}), foot)
}

// layout sets sections and foot into at most maxBody bytes.
func layout(sections []section, foot section) string {
	text := join(sections, nil, foot)
	if len(text) <= maxBody {
		return text
	}
	out := make(map[int]bool) // by index
	for rank := dropRuledOut; rank > keep && len(text) > maxBody; rank-- {
		for i := len(sections) - 1; i >= 0 && len(text) > maxBody; i-- {
			if sections[i].drop == rank && len(sections[i].lines) > 0 {
				out[i] = true
				text = join(sections, out, foot)
			}
		}
	}
	// One long section may have taken all that go before it along.
	for rank := dropPaste; rank <= dropRuledOut; rank++ {
		for i := range sections {
			if !out[i] || sections[i].drop != rank {
				continue
			}
			out[i] = false
			if with := join(sections, out, foot); len(with) <= maxBody {
				text = with
			} else {
				out[i] = true
			}
		}
	}
	return text
}

// join sets the sections without those that are out, and says which are.
func join(sections []section, out map[int]bool, foot section) string {
	var b strings.Builder
	write := func(lines []string, tight bool) {
		if len(lines) == 0 {
			return
		}
		if b.Len() > 0 && !tight {
			b.WriteByte('\n')
		}
		for _, l := range lines {
			b.WriteString(l)
			b.WriteByte('\n')
		}
	}
	var names []string
	for i, s := range sections {
		if !out[i] {
			write(s.lines, s.tight)
			continue
		}
		write(s.instead, s.tight)
		if !slices.Contains(names, s.name) {
			names = append(names, s.name)
		}
	}
	if len(names) > 0 {
		write(wrap("LEFT OUT  ", indent(10), "for length: "+strings.Join(names, ", ")+". The finding has all of it (below)."), false)
	}
	write(foot.lines, false)
	return b.String()
}

// foot is where to read on, what to do about the finding, and why this mail came.
func (m mail) foot() []string {
	c := m.o.commands(m.f.ID)
	if m.o.SummaryOnly {
		lines := []string{"Finding      " + finished(value(m.f.ID, mostName))}
		return append(append(lines, m.actions(c)...), m.why()...)
	}
	lines := append([]string{"Everything", indent(2) + c.Show}, m.actions(c)...)
	if cause := m.x.Cause; cause != nil {
		if page := link(cause.Doc); strings.HasPrefix(page, awsDocs) {
			lines = append(lines, "AWS's page   "+page)
		}
		if page := m.o.causePage(cause.ID); page != "" {
			lines = append(lines, "Cause page   "+page)
		}
	}
	return append(lines, m.why()...)
}

// actions are the commands that acknowledge and silence a finding.
func (m mail) actions(c Commands) []string {
	if m.f.Status != finding.Open {
		return nil
	}
	return []string{
		"Acknowledge (ends repeats; a new cause is still told)", indent(2) + c.Acknowledge,
		"Silence (counts on, and says nothing)", indent(2) + c.Suppress,
	}
}

// why says why this mail came, and when the next one will.
func (m mail) why() []string {
	because := map[Reason]string{
		None: "it was asked for", NewFinding: "this finding is new", NewCause: "this finding has a new cause",
		Magnitude:    "this finding happened ten times as often as when you last heard of it, or more",
		StillFailing: "this finding goes on", Reopened: "this finding was resolved and happened again",
		Resolved: "this finding is resolved",
	}[m.reason]
	return wrap("", "  ", "You get this because "+because+"; next mail "+m.next()+".")
}

// next says when people hear of the finding again.
func (m mail) next() string {
	if m.reason == Resolved {
		return "if it happens again"
	}
	var when []string
	if m.f.Status == finding.Open {
		if p := m.o.Policy; p.Again > 0 {
			when = append(when, "at "+magnitude(decade(m.f.Count))+" times")
		}
		if p := m.o.Policy; p.Still > 0 {
			when = append(when, "after "+duration(p.Still)+" if it goes on")
		}
	}
	switch {
	case m.x.Cause == nil:
		when = append(when, "when its cause is known")
	case m.reason == NewCause:
		when = append(when, "when another appears")
	default:
		when = append(when, "when a new cause appears")
	}
	return orList(when)
}

// magnitude writes a power of ten: 10, 100, 1,000.
func magnitude(zeros int) string {
	text := "1" + strings.Repeat("0", zeros)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// duration writes a time in the unit that serves.
func duration(d time.Duration) string {
	switch {
	case d >= 48*time.Hour && d%(24*time.Hour) == 0:
		return plural(int(d/(24*time.Hour)), "day", "days")
	case d >= time.Hour && d%time.Hour == 0:
		return plural(int(d/time.Hour), "hour", "hours")
	}
	return plural(int(d/time.Minute), "minute", "minutes")
}

func orList(all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
}

// causePage is the operator's own page about a cause; empty without one.
func (o Options) causePage(id diagnosis.CauseID) string {
	base := link(strings.TrimRight(o.DocsBaseURL, "/"))
	if base == "" || !plainID(string(id)) {
		return ""
	}
	return base + "/causes/" + strings.ReplaceAll(strings.ToLower(string(id)), "_", "-") + ".md"
}

// plainID reports whether an id is spelled as those of causes are, and may be part
// of a URL.
func plainID(id string) bool {
	for i := range len(id) {
		if c := id[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return id != ""
}

// link returns a URL that may stand in a mail as it is, or nothing.
func link(url string) string {
	if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
		return ""
	}
	for i := range len(url) {
		if c := url[i]; c <= ' ' || c > '~' || strings.IndexByte("<>\"\\`", c) >= 0 {
			return ""
		}
	}
	return url
}

// plural counts: "1 change", "2 changes".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
