package console

import (
	"strings"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
)

// Columns is how many columns of a terminal a clean text without colour takes.
func Columns(text string) int { return columns(text) }

// Cut cuts the middle out of a clean text without colour that takes more columns.
func (s Style) Cut(text string, room int) string {
	if room <= 0 {
		return ""
	}
	return s.middle(text, room)
}

// Strip is the strip of checks in as many lines as it needs, without the legend: each
// layer once, the worst verdict of it. It is empty where nothing was checked.
func Strip(x diagnosis.Diagnosis, s Style) string {
	var lines []string
	n := 0
	for _, gate := range diagnosis.Strip(x.Checks) {
		m := markOf(gate.Verdict)
		name := clean.Terminal(string(gate.Layer))
		size := columns(name) + 1 + columns(s.sign(m))
		text := name + " " + s.mark(m)
		if len(lines) == 0 || n+2+size > s.width() {
			lines, n = append(lines, text), size
			continue
		}
		lines[len(lines)-1] += "  " + text
		n += 2 + size
	}
	return strings.Join(lines, "\n")
}
