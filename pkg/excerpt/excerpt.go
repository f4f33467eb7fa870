// Package excerpt lays out the statement of a policy that decides a request, for
// every place that shows one: line by line, as its author wrote it, with the part
// that decides marked, and says what the request has in its place.
//
// Lines are JSON, as safe as the caller's Quote makes them. What else this package
// returns is as foreign as the diagnosis it is read from: the caller cleans it.
package excerpt

import (
	"cmp"
	"slices"

	"why403/pkg/diagnosis"
)

// Options say how lines are to be set.
type Options struct {
	Width int                 // columns; a value that is longer is not broken
	Quote func(string) string // writes a JSON string in ASCII
	More  string              // stands for what is left out: "…"
	Only  bool                // only the element that decides
}

// Line is one line of a statement.
type Line struct {
	Text string
	// From and To are the columns that are marked; none if they are equal.
	From, To int
	// Matches says that the element which begins here is known to fit the request.
	Matches bool
}

// Lines returns the statement of a reason, one element a line. ok is false if the
// reason has none, or one that cannot be read.
func Lines(x diagnosis.Diagnosis, r diagnosis.Reason, o Options) (lines []Line, ok bool) {
	s, err := parse(r.Source)
	if err != nil || r.Statement == nil || s.kind != object {
		return nil, false
	}
	s = inOrder(s)
	p := layout{Options: o}
	deciding := Deciding(r)
	for i, name := range s.names {
		item := s.items[i]
		if name == deciding {
			choose(r, &item)
		} else if o.Only {
			continue
		}
		p.has = has(x, r, name)
		from, suffix := len(p.lines), ","
		if i == len(s.names)-1 || o.Only {
			suffix = ""
		}
		p.write(0, name, item, suffix)
		p.lines[from].Matches = name != deciding && matches(r, x.Denial, name, item)
	}
	return p.lines, len(p.lines) > 0
}

// JSON returns an object or a list in lines, whole: an element that fits on a line has
// one. It is the same JSON still. ok is false if it is neither.
func JSON(doc []byte, o Options) (lines []string, ok bool) {
	n, err := parse(doc)
	if err != nil {
		return nil, false
	}
	if n.kind == object {
		n = inOrder(n)
	}
	p := layout{Options: o, whole: true}
	p.write(0, "", n, "")
	if len(p.lines) == 1 && len(n.items) > 1 {
		// A statement is read element by element, however short it is.
		p.lines = []Line{{Text: p.lines[0].Text[:1]}}
		p.inside(2, n)
		p.lines = append(p.lines, Line{Text: map[kind]string{object: "}", list: "]"}[n.kind]})
	}
	for _, l := range p.lines {
		lines = append(lines, l.Text)
	}
	return lines, true
}

// Deciding names the element that decides. A Deny without a condition does so by what
// it is.
func Deciding(r diagnosis.Reason) string {
	if r.Element == "" {
		return "Effect"
	}
	return r.Element
}

// choose marks what decides in its element: of a condition its key.
func choose(r diagnosis.Reason, n *node) {
	if r.Element == "Condition" {
		for i, operator := range n.names {
			for k, key := range n.items[i].names {
				if operator == r.Operator && key == r.Key {
					n.items[i].items[k].markName = true
					return
				}
			}
		}
	}
	n.mark = true
}

// inOrder sets the elements in the order in which people write them.
func inOrder(s node) node {
	usual := []string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
	at := make([]int, len(s.names))
	for i := range at {
		at[i] = i
	}
	rank := func(i int) int {
		if n := slices.Index(usual, s.names[i]); n >= 0 {
			return n
		}
		return len(usual)
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(rank(a), rank(b)) })
	out := node{kind: object}
	for _, i := range at {
		out.names = append(out.names, s.names[i])
		out.items = append(out.items, s.items[i])
	}
	return out
}
