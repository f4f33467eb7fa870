package alert

import (
	"strings"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/excerpt"
)

// evidence is what decides: the statement, with what the request has, and the facts
// that stand in no policy. Many read mail in a font whose letters are not equally
// wide, so that a single sign points at what decides.
func (m mail) evidence(c diagnosis.Cause) []string {
	decide, perhaps := excerpt.Parts(c.Because)
	var lines []string
	if len(decide) > 0 {
		lines = append(lines, m.statement(decide[0])...)
		lines = append(lines, m.others("so does ", "so do ", decide[1:])...)
	}
	lines = append(lines, m.others("may deny it too: ", "may deny it too: ", perhaps)...)
	for _, r := range c.Because {
		if r.Statement == nil {
			lines = append(lines, m.fact(c, r)...)
		}
	}
	return lines
}

// statement quotes a statement without its Sid and Effect, which stand above it.
func (m mail) statement(r diagnosis.Reason) []string {
	words := excerpt.Place(r, m.x.Denial, name)
	switch {
	case r.Effect == "Allow" && r.Matches != "yes":
		words = append([]string{"nearest:"}, words...)
	case r.Effect == "Deny":
		words = append(words, "(Deny)")
	}
	lines := wrap(indent(4), indent(6), strings.Join(words, " "))
	const by = 6
	quoted, ok := excerpt.Lines(m.x, r, excerpt.Options{Width: width - by, Quote: quoteShort, More: "...", Only: excerpt.Far(r)})
	if !ok {
		return append(lines, m.unquoted(r)...)
	}
	for _, l := range quoted {
		switch deciding := l.To > l.From; {
		case !deciding && (strings.HasPrefix(l.Text, `"Sid"`) || strings.HasPrefix(l.Text, `"Effect"`)):
		case deciding:
			lines = append(lines, indent(by)+l.Text)
			lines = append(lines, pointer(excerpt.LabelOf(m.x, r), by, l.From)...)
		case l.Matches && columns(l.Text)+len(" (matches)") <= width-by:
			lines = append(lines, indent(by)+l.Text+" (matches)")
		default:
			lines = append(lines, indent(by)+l.Text)
		}
	}
	if note := excerpt.Note(r); note != "" {
		lines = append(lines, wrap(indent(by), indent(by), "Note: "+note+".")...)
	}
	return lines
}

// pointer says under a line what the request has, and shows it.
func pointer(l excerpt.Label, by, at int) []string {
	if l.Text == "" {
		return nil
	}
	text := fit(l.Text, mostSentence)
	at = by + max(2, min(at, width-by-2-columns(text)))
	lines := wrap(indent(at)+"^ ", indent(at)+"  ", text)
	if l.Beside != "" {
		lines = append(lines, wrap(indent(by), indent(by+2), l.Name+" "+arnValue(l.Beside))...)
	}
	return lines
}

// unquoted says in words what a statement wants and gets, where it is not at hand.
func (m mail) unquoted(r diagnosis.Reason) []string {
	var lines []string
	element := strings.TrimSpace(fit(r.Element, mostWord) + " " + fit(r.Key, mostName))
	if element != "" {
		lines = wrap(indent(6), indent(8), element)
	}
	has := r.Got
	if r.Element != "Condition" && len(has) > 1 {
		has = has[:1] // of a requester there are several names
	}
	for _, side := range []struct {
		label  string
		values []string
	}{{"wants   ", r.Wanted}, {"gets    ", has}} {
		const most = 3
		label := side.label
		for i, v := range side.values {
			if i == most {
				lines = append(lines, indent(14)+"and "+plural(len(side.values)-most, "more", "more"))
				break
			}
			lines = append(lines, wrap(indent(6)+label, indent(14), wantedValue(v))...)
			label = indent(8)
		}
	}
	if r.State == "absent" {
		lines = append(lines, indent(6)+"gets    nothing: the request has no such key")
	}
	return lines
}

// others names further statements that come to the same.
func (m mail) others(one, several string, rest []diagnosis.Reason) []string {
	const most = 3
	var places []string
	for i, r := range rest {
		if i == most {
			places = append(places, plural(len(rest)-most, "more", "more"))
			break
		}
		places = append(places, strings.Join(excerpt.Place(r, m.x.Denial, name), " "))
	}
	switch len(places) {
	case 0:
		return nil
	case 1:
		return wrap(indent(4), indent(6), one+places[0])
	}
	return wrap(indent(4), indent(6), several+strings.Join(places, "; "))
}

// fact is a reason that stands in no policy, unless the summary says it.
func (m mail) fact(c diagnosis.Cause, r diagnosis.Reason) []string {
	var lines []string
	if r.Fact != "" && !excerpt.Said(c.Summary, r.Fact) {
		lines = wrap(indent(4), indent(6), sentence(r.Fact))
	}
	if r.Policy != "" {
		lines = append(lines, wrap(indent(4), indent(6), "policy "+arnValue(r.Policy))...)
	}
	if len(r.Wanted)+len(r.Got) > 0 {
		lines = append(lines, m.unquoted(r)...)
	}
	return lines
}

// name is a name in a sentence: it is not broken.
func name(s string) string {
	most := mostName
	if strings.HasPrefix(s, "arn:") {
		most = mostARN
	}
	return strings.ReplaceAll(fit(s, most), " ", noBreak)
}

// quoteShort writes a JSON string that is not longer than what names can be.
func quoteShort(s string) string { return quote(clean.Middle(s, mostARN)) }

// wantedValue is an ARN, or a text short enough for its line.
func wantedValue(s string) string {
	if strings.HasPrefix(s, "arn:") {
		return arnValue(s)
	}
	return value(s, mostName-2)
}
