package alert

import (
	"strings"

	"why403/pkg/diagnosis"
)

// The marks of verdicts.
const (
	markPasses  = "✓"
	markBlocks  = "✗"
	markUnknown = "?"
	markNone    = "–"
)

// checks is the strip of all layers with one mark each.
func (m mail) checks() section {
	gates := diagnosis.Strip(m.x.Checks)
	if len(gates) == 0 {
		return section{}
	}
	if lines := nothingKnown(gates); lines != nil {
		return section{lines: lines, drop: dropChecks, name: "the checks"}
	}
	var items []string
	used := make(map[string]bool)
	for _, g := range gates {
		mark := markOf(g.Verdict)
		used[mark] = true
		items = append(items, finished(value(string(g.Layer), mostWord))+" "+mark)
	}
	var legend []string
	for _, of := range []struct{ mark, means string }{
		{markPasses, "passes"}, {markBlocks, "blocks"}, {markUnknown, "not known"}, {markNone, "not involved"},
	} {
		if used[of.mark] {
			legend = append(legend, of.mark+" "+of.means)
		}
	}
	lines := spread("CHECKS    ", items)
	lines = append(lines, wrap(indent(10), indent(10), "("+strings.Join(glued(legend), "   ")+")")...)
	return section{lines: lines, drop: dropChecks, name: "the checks"}
}

// nothingKnown stands instead of a strip of question marks.
func nothingKnown(gates []diagnosis.Gate) []string {
	var not []string
	for _, g := range gates {
		switch markOf(g.Verdict) {
		case markPasses, markBlocks:
			return nil
		case markNone:
			not = append(not, value(string(g.Layer), mostWord))
		}
	}
	text := "No verdict is known yet."
	if len(not) > 0 {
		text += " Not involved: " + strings.Join(not, ", ") + "."
	}
	return wrap("CHECKS    ", indent(10), text)
}

// spread sets items with two spaces between them.
func spread(label string, items []string) []string {
	var lines []string
	line := label
	for i, item := range items {
		switch {
		case i == 0:
			line += item
		case columns(line)+2+columns(item) <= width:
			line += indent(2) + item
		default:
			lines = append(lines, line)
			line = indent(len(label)) + item
		}
	}
	return append(lines, line)
}

// glued keeps each text on one line.
func glued(texts []string) []string {
	all := make([]string, len(texts))
	for i, t := range texts {
		all[i] = strings.ReplaceAll(t, " ", noBreak)
	}
	return all
}

func markOf(v diagnosis.Verdict) string {
	switch v {
	case diagnosis.Allow:
		return markPasses
	case diagnosis.Deny:
		return markBlocks
	case diagnosis.NotApplicable:
		return markNone
	default:
		return markUnknown
	}
}
