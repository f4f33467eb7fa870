package alert

import (
	"strings"
	"unicode/utf8"
)

// width is how many columns a line has, if what is on it can be broken.
const width = 78

// noBreak stands for a space at which a line must not be broken. Cleaned text
// never holds it.
const noBreak = "\x00"

// wrap sets text in lines of at most width columns: the first begins with first,
// the others with rest. What has no space to break at, an ARN most of all, stays
// whole and gets a line of its own. Nothing at all gets none.
func wrap(first, rest, text string) []string {
	var lines []string
	line, empty := first, true
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case empty:
			line += word
		case columns(line)+1+columns(word) <= width:
			line += " " + word
		default:
			lines = append(lines, finished(line))
			line = rest + word
		}
		empty = false
	}
	if line = finished(line); line == "" && len(lines) == 0 {
		return nil
	}
	return append(lines, finished(line))
}

func finished(line string) string {
	return strings.TrimRight(strings.ReplaceAll(line, noBreak, " "), " ")
}

// flush sets right at the right margin of the line of left, or of the next line
// where the two do not fit.
func flush(left, right string) []string {
	if gap := width - columns(left) - columns(right); gap >= 2 {
		return []string{finished(left + strings.Repeat(" ", gap) + right)}
	}
	return []string{finished(left), finished(strings.Repeat(" ", max(4, width-columns(right))) + right)}
}

func columns(s string) int { return utf8.RuneCountInString(s) }

func indent(by int) string { return strings.Repeat(" ", by) }
