package console

import (
	"strings"
	"unicode"
)

// Style is how text is written: with or without colour, with or without symbols
// beyond ASCII, and how wide.
type Style struct {
	Color   bool
	Unicode bool
	Width   int // columns; 0 means 100
}

// The bounds of a line. Longer ones are hard to read, and in shorter ones nothing
// would fit: only words that cannot be broken, such as ARNs, and commands are
// longer than the width.
const (
	widest    = 100
	narrowest = 40
)

func (s Style) width() int {
	if s.Width <= 0 || s.Width > widest {
		return widest
	}
	return max(s.Width, narrowest)
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
	blocking
	unknown
	uninvolved
)

func (m mark) String() string {
	return [...]string{"passed", "blocking", "not known", "not involved"}[m]
}

// color is that of the sign.
func (m mark) color() string { return [...]string{green, red, yellow, dim}[m] }

// sign is the mark without colour.
func (s Style) sign(m mark) string {
	symbols := [...]string{"ok", "x", "?", "-"}
	if s.Unicode {
		symbols = [...]string{"✓", "✗", "?", "–"}
	}
	return symbols[m]
}

// ellipsis stands for what is left out.
func (s Style) ellipsis() string {
	if s.Unicode {
		return "…"
	}
	return "..."
}

func (s Style) mark(m mark) string { return s.paint(m.color(), s.sign(m)) }

// fill sets words into lines of at most width columns. A word that is longer, such
// as an ARN, is never broken.
func fill(words []string, width int) []string {
	var lines []string
	line, n := "", 0
	for i, w := range words {
		size := columns(w)
		switch {
		case i == 0:
			line, n = w, size
		case n+1+size > width && strings.TrimSpace(line) != "":
			lines = append(lines, strings.TrimRight(line, " "))
			line, n = w, size
		default:
			line += " " + w
			n += 1 + size
		}
	}
	return append(lines, strings.TrimRight(line, " "))
}

// columns is how many columns a text takes.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += wide(r)
	}
	return n
}

// wide is how many columns a character takes: two for those of East Asian scripts and
// pictures, none for marks, which stand on the character before.
//
// https://www.unicode.org/reports/tr11/
func wide(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana, unicode.Yi),
		r >= 0x3000 && r <= 0x303e, r >= 0xff01 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff:
		return 2
	}
	return 1
}
