package console

import "strings"

// Style is how text is written: with or without colour, with or without symbols
// beyond ASCII, and how wide.
type Style struct {
	Color   bool
	Unicode bool
	Width   int // columns; 0 means 100
}

func (s Style) width() int {
	if s.Width <= 0 || s.Width > 100 {
		return 100
	}
	return max(s.Width, 40)
}

const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
	dim    = "2"
)

func (s Style) paint(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// mark is the sign of a verdict: it passes, blocks, is unknown, or has no part.
type mark uint8

const (
	passes mark = iota
	blocks
	unknown
	uninvolved
)

func (s Style) mark(m mark) string {
	symbols, colors := [...]string{"ok", "x", "?", "-"}, [...]string{green, red, yellow, dim}
	if s.Unicode {
		symbols = [...]string{"✓", "✗", "?", "–"}
	}
	return s.paint(colors[m], symbols[m])
}

// wrap breaks text at spaces into lines of at most width columns; a word that is
// longer, such as an ARN, is never broken.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(text) {
		switch {
		case line == "":
			line = w
		case len([]rune(line))+1+len([]rune(w)) > width:
			lines = append(lines, line)
			line = w
		default:
			line += " " + w
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
