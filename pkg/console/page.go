package console

import (
	"fmt"
	"strings"

	"why403/pkg/clean"
)

// page is a text in the making.
type page struct {
	strings.Builder
	style Style
}

// margin is where text begins behind a label.
const margin = 6

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// text writes foreign or long text behind a label, and under it.
func (p *page) text(label, text string) { p.words(label, broken(text)) }

// broken cleans a text and breaks it into words.
func broken(text string) []string { return strings.Split(clean.Terminal(text), " ") }

// words writes words, which are never broken, behind a label and under it. They
// must be clean.
func (p *page) words(label string, words []string) {
	indent := columns(label)
	for i, l := range fill(words, p.style.width()-indent) {
		if i == 0 {
			p.line("%s%s", label, l)
		} else {
			p.line("%s%s", strings.Repeat(" ", indent), l)
		}
	}
}

// note writes text under the sign of a remark.
func (p *page) note(text string) { p.text("   = ", text) }

// begin writes a coloured word and text that goes on behind it.
func (p *page) begin(word, color, text string) {
	words := broken(text)
	words[0] = word + words[0] // not broken, or there would be no word to paint
	for i, l := range fill(words, p.style.width()-4) {
		if i == 0 {
			p.line("%s", p.painted(color, word, l))
		} else {
			p.line("    %s", l)
		}
	}
}

// painted is a line with its first word in colour.
func (p *page) painted(color, word, line string) string {
	if rest, ok := strings.CutPrefix(line, word); ok {
		return p.style.paint(color, word) + rest
	}
	return line
}

// labelled writes clean words behind a bold label at the left, and under it.
func (p *page) labelled(label string, words []string) {
	for i, l := range fill(words, p.style.width()-margin) {
		if i == 0 && label != "" {
			p.line(" %s%s%s", p.style.paint(bold, label), strings.Repeat(" ", margin-1-len(label)), l)
		} else {
			p.line("%s%s", strings.Repeat(" ", margin), l)
		}
	}
}

// sides writes clean words at the left and a remark at the right margin. It reports
// whether there was room for both.
func (p *page) sides(label string, words []string, remark string) bool {
	left := label + strings.Join(words, " ")
	gap := p.style.width() - columns(left) - columns(remark)
	if gap < 2 {
		p.words(label, words)
		return false
	}
	p.line("%s%s%s", left, strings.Repeat(" ", gap), remark)
	return true
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
