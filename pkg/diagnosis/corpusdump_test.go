package diagnosis_test

import (
	"fmt"
	"strings"

	"why403/pkg/diagnosis"
)

// dump writes a diagnosis for a person.
func dump(x diagnosis.Diagnosis) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%s %s", x.Outcome, x.Because)
	cause := func(what string, c *diagnosis.Cause) {
		line("%s: %s\n  %s", what, causeText(c, true), c.Summary)
		if c.Needs != "" {
			line("  needs %s", c.Needs)
		}
		for _, r := range reasonTexts(c.Because) {
			line("    %s", r)
		}
	}
	if x.Cause != nil {
		cause("cause", x.Cause)
	}
	for i := range x.Contributing {
		cause("contributing", &x.Contributing[i])
	}
	if m := x.Message; m != nil {
		agrees := "cannot tell"
		if m.Agrees != nil {
			agrees = map[bool]string{true: "agrees", false: "disagrees"}[*m.Agrees]
		}
		line("message: %s %s %s: %s", m.Layer, m.Kind, m.PolicyARN, agrees)
	}
	for _, o := range x.Open {
		line("open: %s: %s", o.ID, o.Because)
		if o.Needs != "" {
			line("  needs %s", o.Needs)
		}
	}
	for _, o := range x.RuledOut {
		line("ruled out: %s: %s", o.ID, o.Because)
	}
	if x.Intended.Ask {
		line("intended? %s", x.Intended.Because)
	}
	for i, s := range x.Remedy.Steps {
		line("step %d, %s, %s: %s", i+1, s.Account, s.Kind, s.Title)
		for _, part := range []struct{ name, text string }{
			{"target", s.Target}, {"patch", string(s.Patch)}, {"alone", s.Alone}, {"caution", s.Caution},
			{"diff", strings.ReplaceAll(s.Diff, "\n", "\n      ")}, {"run", strings.Join(s.Commands, "\n      ")},
		} {
			if part.text != "" {
				line("  %s: %s", part.name, part.text)
			}
		}
	}
	line("remedy, verified %v: %s", x.Remedy.Verified, x.Remedy.Because)
	return b.String()
}
