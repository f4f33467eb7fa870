package console

import (
	"strings"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/excerpt"
)

// bar stands before each line of a statement.
const bar = "   |  "

// quote writes the statement that decides: what decides is marked, and has beside or
// under it what the request has. only leaves out the other elements.
func (p *page) quote(x diagnosis.Diagnosis, r diagnosis.Reason, only bool) {
	o := excerpt.Options{Width: p.style.width() - len(bar), Quote: jsonString, More: p.style.ellipsis(), Only: only}
	lines, ok := excerpt.Lines(x, r, o)
	if !ok {
		p.unquoted(r)
		return
	}
	word := "matches"
	at := 0
	for _, l := range lines {
		if l.Matches && columns(l.Text) < o.Width-len(word)-1 {
			at = max(at, columns(l.Text)+3)
		}
	}
	at = min(at, o.Width-len(word))
	for _, l := range lines {
		switch {
		case l.To > l.From:
			p.line("%s%s", bar, l.Text)
			p.caret(l, excerpt.LabelOf(x, r))
		case l.Matches && columns(l.Text) < at:
			p.line("%s%s%s%s", bar, l.Text, strings.Repeat(" ", at-columns(l.Text)), p.style.paint(dim, word))
		default:
			p.line("%s%s", bar, l.Text)
		}
	}
}

// caret writes the mark under a line, and what the request has.
func (p *page) caret(l excerpt.Line, label excerpt.Label) {
	text := clean.Terminal(label.Text)
	pad := strings.Repeat(" ", l.From)
	room := p.style.width() - len(bar)
	carets := strings.Repeat("^", max(1, min(l.To, room)-l.From)) // a long value is not broken
	switch {
	case text == "":
		p.line("%s%s%s", bar, pad, p.style.paint(red, carets))
	case l.To+1+columns(text) <= room:
		p.line("%s%s%s %s", bar, pad, p.style.paint(red, carets), text)
	default:
		p.line("%s%s%s", bar, pad, p.style.paint(red, carets))
		p.barred(strings.Repeat(" ", min(l.From, max(room-columns(text), 0))), strings.Split(text, " "))
	}
	if label.Beside == "" {
		return
	}
	// Under one another two names are compared at a glance.
	value := clean.Terminal(label.Beside)
	if len(label.Name) < l.From && l.From+columns(value) <= room {
		p.line("%s%s%s%s", bar, label.Name, strings.Repeat(" ", l.From-len(label.Name)), value)
	} else {
		p.barred("", []string{label.Name, value})
	}
}

// barred writes clean words behind the bar.
func (p *page) barred(pad string, words []string) {
	for _, l := range fill(words, p.style.width()-len(bar)-len(pad)) {
		p.line("%s%s%s", bar, pad, l)
	}
}

// unquoted says in words what a statement wants and what it gets, where the statement
// itself is not at hand.
func (p *page) unquoted(r diagnosis.Reason) {
	var words []string
	for _, name := range []string{r.Element, r.Key} {
		if name != "" {
			words = append(words, clean.Terminal(name))
		}
	}
	if len(r.Wanted) > 0 {
		words = append(append(words, "wants"), broken(excerpt.Several(r.Wanted, 2))...)
	}
	switch {
	case r.State == "absent":
		words = append(words, "and", "is", "absent")
	case len(r.Got) > 0:
		got := r.Got[:1] // of several they are names of one requester
		if r.Element == "Condition" {
			got = r.Got
		}
		words = append(append(words, "and", "gets"), broken(excerpt.Several(got, 2))...)
	}
	if len(words) > 0 {
		p.barred("", words)
	}
}
