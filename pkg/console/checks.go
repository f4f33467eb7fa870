package console

import (
	"slices"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
)

// checks writes what each check says: as a table where evidence was read, else as a
// strip, since a table of question marks tells nothing more. Where several things refuse,
// what each of them says stands above, and all should be seen at once.
func (p *page) checks(x diagnosis.Diagnosis) {
	if !evidenceRead(x) || len(x.Contributing) >= mostSteps {
		p.path(x)
		return
	}
	t := tableOf(x.Checks)
	switch width := p.cell(t); {
	case len(t.columns) == 1:
		p.single(t)
	case len(t.columns) > mostColumns || width < leastCell || t.alike():
		p.stacked(t)
	default:
		p.table(t, width)
	}
	var count [4]int
	for _, c := range x.Checks {
		count[markOf(c.Gate().Verdict)]++
	}
	p.legend(count)
}

// A table has at most so many columns of at least so many characters: else the
// authorizations stand under one another.
const (
	mostColumns = 3
	leastCell   = 20
)

// evidenceRead reports whether a check says more than AWS's message and the record do:
// that something lets the request pass is often known from the record alone.
func evidenceRead(x diagnosis.Diagnosis) bool {
	return slices.ContainsFunc(x.Checks, func(c diagnosis.Check) bool {
		named := slices.ContainsFunc(c.Because, func(r diagnosis.Reason) bool { return r.Text != "" })
		return !named && (c.Verdict == diagnosis.Deny || c.Verdict == diagnosis.NoAllow) ||
			slices.ContainsFunc(c.Because, func(r diagnosis.Reason) bool { return r.Statement != nil })
	})
}

// table is the checks by layer and by authorization.
type table struct {
	layers  []evidence.Layer
	columns []column
}

type column struct {
	action, resource string
	checks           map[evidence.Layer]diagnosis.Check
}

func tableOf(checks []diagnosis.Check) table {
	var t table
	for _, c := range checks {
		i := slices.IndexFunc(t.columns, func(k column) bool { return k.action == c.Action && k.resource == c.Resource })
		if i < 0 {
			i = len(t.columns)
			t.columns = append(t.columns, column{c.Action, c.Resource, make(map[evidence.Layer]diagnosis.Check)})
		}
		// AWS's words may be about a layer that was looked at as well.
		if old, ok := t.columns[i].checks[c.Layer]; !ok || markOf(c.Gate().Verdict) == blocking && markOf(old.Gate().Verdict) != blocking {
			t.columns[i].checks[c.Layer] = c
		}
		if !slices.Contains(t.layers, c.Layer) {
			t.layers = append(t.layers, c.Layer)
		}
	}
	return t
}

// alike reports whether two columns have one heading.
func (t table) alike() bool {
	seen := make(map[string]bool)
	for _, c := range t.columns {
		if seen[c.action] {
			return true
		}
		seen[c.action] = true
	}
	return false
}

// names is how many columns the names of the layers take.
func (t table) names() int {
	most := 0
	for _, l := range t.layers {
		most = max(most, columns(clean.Terminal(string(l))))
	}
	return most
}

// cell is the room for a verdict in words.
func (p *page) cell(t table) int {
	return (p.style.width()-margin-t.names()-2)/max(len(t.columns), 1) - 2
}

// table writes the layers as rows and the authorizations as columns. What no
// authorization involves has one line for all.
func (p *page) table(t table, width int) {
	names := t.names()
	heading := pad("", names)
	for _, c := range t.columns {
		heading += "  " + pad(clean.Truncate(clean.Terminal(c.action), width), width)
	}
	p.labelledLine("checks", strings.TrimRight(heading, " "))
	var idle []string
	for _, l := range t.layers {
		name := clean.Terminal(string(l))
		row, involved := pad(name, names), false
		for _, c := range t.columns {
			check, ok := c.checks[l]
			row += "  "
			if !ok {
				row += pad("", width)
				continue
			}
			m := markOf(check.Gate().Verdict)
			involved = involved || m != uninvolved
			text := short(check, width-columns(p.style.sign(m))-1)
			cell := pad(p.style.sign(m)+" "+text, width)
			row += p.style.mark(m) + strings.TrimPrefix(cell, p.style.sign(m))
		}
		if !involved {
			idle = append(idle, name)
			continue
		}
		p.line("%s%s", strings.Repeat(" ", margin), strings.TrimRight(row, " "))
	}
	p.idle(margin, uninvolved, idle)
}

// single writes the checks of one authorization with why each says what it says.
func (p *page) single(t table) {
	p.labelledLine("checks", "")
	names := t.names()
	for _, l := range t.layers {
		p.why(margin, names, t.columns[0].checks[l])
	}
}

// why writes one check with its reason.
func (p *page) why(indent, names int, c diagnosis.Check) {
	m := markOf(c.Gate().Verdict)
	name := pad(clean.Terminal(string(c.Layer)), names)
	begin := indent + names + 2 + columns(p.style.sign(passes)) + 1
	sign := p.style.mark(m) + strings.Repeat(" ", columns(p.style.sign(passes))-columns(p.style.sign(m)))
	lines := fill(broken(Why(c)), p.style.width()-begin)
	for i, l := range lines {
		if i == 0 {
			p.line("%s", strings.TrimRight(strings.Repeat(" ", indent)+name+"  "+sign+" "+l, " "))
		} else {
			p.line("%s%s", strings.Repeat(" ", begin), l)
		}
	}
}

// stacked writes the authorizations under one another: what refuses or may refuse with
// its reason, the rest by name.
func (p *page) stacked(t table) {
	p.labelledLine("checks", "")
	names := t.names()
	for _, c := range t.columns {
		words := []string{clean.Terminal(c.action)}
		if c.resource != "" {
			words = append(words, "on", clean.Terminal(c.resource))
		}
		p.words("   ", words)
		var rest [4][]string
		for _, l := range t.layers {
			check, ok := c.checks[l]
			if !ok {
				continue
			}
			switch m := markOf(check.Gate().Verdict); m {
			case blocking, unknown:
				p.why(margin, names, check)
			default:
				rest[m] = append(rest[m], clean.Terminal(string(l)))
			}
		}
		p.idle(margin, passes, rest[passes])
		p.idle(margin, uninvolved, rest[uninvolved])
	}
}

// idle names layers that come to the same.
func (p *page) idle(indent int, m mark, layers []string) {
	if len(layers) == 0 {
		return
	}
	words := strings.Split(m.String()+": "+strings.Join(layers, ", "), " ")
	begin := indent + columns(p.style.sign(m)) + 1
	for i, l := range fill(words, p.style.width()-begin) {
		if i == 0 {
			p.line("%s%s %s", strings.Repeat(" ", indent), p.style.mark(m), l)
		} else {
			p.line("%s%s", strings.Repeat(" ", begin), l)
		}
	}
}

// labelledLine writes a bold label and a text with columns of its own.
func (p *page) labelledLine(label, text string) {
	if text == "" {
		p.line(" %s", p.style.paint(bold, label))
		return
	}
	// The label may be as long as the margin: the first column of a heading is empty.
	rest := strings.Repeat(" ", margin) + text
	p.line(" %s%s", p.style.paint(bold, label), rest[min(1+len(label), len(rest)):])
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-columns(s), 0))
}
