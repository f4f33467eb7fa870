package excerpt

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// mostMembers is how many conditions of a long statement are shown: the rest is for
// whoever opens the policy.
const mostMembers = 4

// layout writes lines.
type layout struct {
	Options
	whole bool     // leave nothing out
	has   []string // what the request has where the element is
	lines []Line
}

// mostValues is how many values of a list are shown at most, where not all fit.
const mostValues = 8

// write writes a member: on one line if it fits, else with its lists cut, else over
// several lines.
func (p *layout) write(indent int, name string, n node, suffix string) {
	line := p.line(indent, name, n, suffix)
	for most := mostValues; !p.whole && most > 0 && columns(line.Text) > p.Width; most-- {
		line = p.line(indent, name, p.cut(n, most), suffix)
	}
	if columns(line.Text) <= p.Width || len(n.items) == 0 || n.kind != object && !p.whole {
		p.lines = append(p.lines, line)
		return
	}
	open, shut := "{", "}"
	if n.kind == list {
		open, shut = "[", "]"
	}
	p.lines = append(p.lines, p.line(indent, name, node{kind: literal, text: open, markName: n.markName}, ""))
	p.inside(indent+2, n)
	p.lines = append(p.lines, Line{Text: strings.Repeat(" ", indent) + shut + suffix})
}

// inside writes what stands between two brackets, one item a line.
func (p *layout) inside(indent int, n node) {
	kept := p.kept(n)
	left := len(n.items) - len(kept)
	for i, k := range kept {
		comma := ","
		if i == len(kept)-1 && left == 0 {
			comma = ""
		}
		item, name := n.items[k], ""
		item.mark = item.mark || n.mark
		if n.kind == object {
			name = n.names[k]
		}
		p.write(indent, name, item, comma)
	}
	if left > 0 {
		p.lines = append(p.lines, Line{Text: strings.Repeat(" ", indent) + p.more(left)})
	}
}

func (p *layout) more(n int) string { return fmt.Sprintf("%s %d more", p.More, n) }

// kept are the members that are shown where there are many: the first ones, and the
// one that decides.
func (p *layout) kept(n node) []int {
	deciding := slices.IndexFunc(n.items, marked)
	var all []int
	for i := range n.items {
		most := mostMembers
		if i < deciding {
			most-- // its place
		}
		if p.whole || len(all) < most || i == deciding {
			all = append(all, i)
		}
	}
	return all
}

// marked reports whether a value, or something in it, is marked.
func marked(n node) bool { return n.mark || n.markName || slices.ContainsFunc(n.items, marked) }

// cut leaves of each list so many values: the one that matters, and those that come
// first.
func (p *layout) cut(n node, most int) node {
	n.items = slices.Clone(n.items)
	if n.kind == list && len(n.items) > most {
		n.left = len(n.items) - most
		if best := p.best(n.items); best >= most {
			n.items[most-1] = n.items[best]
		}
		n.items = n.items[:most]
		return n
	}
	for i := range n.items {
		n.items[i] = p.cut(n.items[i], most)
	}
	return n
}

// best is the value that is nearest to what the request has.
func (p *layout) best(items []node) int {
	best, most := 0, 0
	for i, item := range items {
		for _, has := range p.has {
			if near := nearness(item.text, has); near > most {
				best, most = i, near
			}
		}
	}
	return best
}

// line writes a member on one line.
func (p *layout) line(indent int, name string, n node, suffix string) Line {
	w := inline{layout: p}
	w.WriteString(strings.Repeat(" ", indent))
	if name != "" {
		w.member(name, n, false)
	} else {
		w.value(n, false)
	}
	w.WriteString(suffix)
	return Line{Text: w.String(), From: w.from, To: w.to}
}

// inline writes values on one line and notes what is marked.
type inline struct {
	strings.Builder
	*layout
	from, to int
}

func (w *inline) member(name string, n node, mark bool) {
	w.quoted(name, n.markName)
	w.WriteString(": ")
	w.value(n, mark)
}

func (w *inline) value(n node, mark bool) {
	mark = mark || n.mark
	switch n.kind {
	case text:
		w.quoted(n.text, mark)
	case literal:
		w.marked(n.text, 0, mark)
	case list:
		w.WriteByte('[')
		w.items(n, mark)
		w.WriteByte(']')
	case object:
		w.WriteByte('{')
		w.items(n, mark)
		w.WriteByte('}')
	}
}

func (w *inline) items(n node, mark bool) {
	for i, item := range n.items {
		if i > 0 {
			w.WriteString(", ")
		}
		if n.kind == object {
			w.member(n.names[i], item, mark)
		} else {
			w.value(item, mark)
		}
	}
	if n.left > 0 {
		w.WriteString(", " + w.more(n.left))
	}
}

// quoted writes a string. What is marked of it is what stands between its quotation
// marks, if anything does.
func (w *inline) quoted(s string, mark bool) {
	q := w.Quote(s)
	if len(q) > 2 {
		w.marked(q, 1, mark)
	} else {
		w.marked(q, 0, mark)
	}
}

func (w *inline) marked(s string, without int, mark bool) {
	if mark {
		if w.to == 0 {
			w.from = columns(w.String()) + without
		}
		w.to = columns(w.String()) + columns(s) - without
	}
	w.WriteString(s)
}

func columns(s string) int { return utf8.RuneCountInString(s) }
