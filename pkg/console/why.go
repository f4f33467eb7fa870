package console

import (
	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/excerpt"
)

// short says why a check says what it says in so many columns: the statement, or a
// fact if it fits.
func short(c diagnosis.Check, room int) string {
	name, fact := because(c)
	text := fact
	switch {
	case name != "" && c.Verdict == diagnosis.NoAllow:
		text = "no Allow; nearest " + name
		if columns(text) > room {
			text = "no Allow"
		}
	case name != "":
		text = name + says(c)
		if columns(text) > room {
			text = name
		}
	}
	text = clean.Terminal(text)
	if columns(text) <= room {
		return text
	}
	switch markOf(c.Gate().Verdict) {
	case blocking, unknown:
		return clean.Truncate(text, room)
	default:
		return "" // it passes, and there is no room to say why
	}
}

// Why is why a check says what it says; empty where there is nothing to say. The text is
// as foreign as the check.
func Why(c diagnosis.Check) string {
	name, fact := because(c)
	switch {
	case name == "":
		return fact
	case c.Verdict == diagnosis.NoAllow && c.Blocks == "" && fact != "":
		return fact
	case c.Verdict == diagnosis.NoAllow:
		return "no statement allows it; nearest " + name
	case c.Verdict == diagnosis.Unknown && fact != "":
		return name + says(c) + "; " + fact
	}
	return name + says(c)
}

// because returns the statement that makes a check say what it says, in short, and the
// fact if one does.
func because(c diagnosis.Check) (name, fact string) {
	for _, r := range c.Because {
		if r.Statement != nil && name == "" {
			name = excerpt.Short(r)
		}
		if r.Fact != "" && fact == "" {
			fact = r.Fact
		}
		if r.Text != "" && fact == "" {
			fact = "AWS says so"
		}
	}
	if fact == "" && c.Verdict == diagnosis.NoAllow {
		fact = "no statement allows it"
	}
	return name, fact
}

// says is what the statement of a check does.
func says(c diagnosis.Check) string {
	effect := ""
	for _, r := range c.Because {
		if r.Statement != nil {
			effect = r.Effect
			break
		}
	}
	switch {
	case c.Verdict == diagnosis.Unknown && effect == "Deny":
		return " may deny"
	case c.Verdict == diagnosis.Unknown:
		return " may allow"
	case effect == "Deny", c.Verdict == diagnosis.Deny:
		return " denies"
	}
	return " allows"
}
