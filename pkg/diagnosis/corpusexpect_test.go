package diagnosis_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"why403/pkg/diagnosis"
)

// expect holds a diagnosis to what the case says of it.
func (c *corpusCase) expect(t *testing.T, x diagnosis.Diagnosis) {
	t.Helper()
	same := func(what, got, want string) {
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	if want := c.Get("outcome"); want != "" {
		same("outcome", string(x.Outcome), want)
	}
	if want := c.Get("cause"); want != "" {
		same("cause", causeText(x.Cause, strings.Contains(want, " in ")), want)
	}
	if want := c.Get("contributing"); want != "" || c.Get("cause") != "" {
		in := strings.Contains(want, " in ")
		var got []string
		for i := range x.Contributing {
			got = append(got, causeText(&x.Contributing[i], in))
		}
		same("contributing", strings.Join(got, ", "), strings.Join(list(want), ", "))
	}
	if want := c.Get("open"); want != "" {
		got, wanted := openIDs(x), list(want)
		slices.Sort(got)
		slices.Sort(wanted)
		same("open", strings.Join(got, ", "), strings.Join(wanted, ", "))
	}
	c.expectMessage(t, x)
	c.expectRemedy(t, x)
	c.expectTexts(t, x)
}

func causeText(c *diagnosis.Cause, account bool) string {
	if c == nil {
		return "none"
	}
	s := string(c.ID)
	if c.IsA != "" {
		s += " isA " + string(c.IsA)
	}
	if c.Confidence != diagnosis.Confirmed {
		s += " " + string(c.Confidence)
	}
	if account {
		s += " in " + c.Account
	}
	return s
}

func (c *corpusCase) expectMessage(t *testing.T, x diagnosis.Diagnosis) {
	if want := c.Get("agrees"); want != "" {
		got := "none"
		if x.Message != nil {
			got = "unknown"
			if a := x.Message.Agrees; a != nil {
				got = map[bool]string{true: "yes", false: "no"}[*a]
			}
		}
		if got != want {
			t.Errorf("agrees: %s, want %s", got, want)
		}
	}
	if want := c.Get("intended"); want != "" {
		yes, because, _ := strings.Cut(want, " ")
		if x.Intended.Ask != (yes == "yes") || !strings.Contains(x.Intended.Because, because) {
			t.Errorf("intended: %+v, want %s", x.Intended, want)
		}
	}
	for _, id := range list(c.Get("near")) {
		if is := standing(x, id); is != "" {
			t.Errorf("%s is %s", id, is)
		}
	}
	for _, id := range list(c.Get("unread")) {
		if is := standing(x, id); is != "open" && is != "likely" && (is != "" || !sharper(diagnosis.CauseID(id))) {
			t.Errorf("%s is %q, want open or likely", id, is)
		}
	}
	for _, want := range list(c.Get("ruled")) {
		if !slices.Contains(ruledOutIDs(x), want) {
			t.Errorf("%s is not ruled out", want)
		}
	}
}

// sharper reports whether a cause is only ever told as what another one is exactly, so
// that where it cannot be told the other one is.
func sharper(id diagnosis.CauseID) bool {
	switch id {
	case diagnosis.PrincipalMismatch, diagnosis.StalePrincipalID, diagnosis.ACLNoGrant, diagnosis.BPAIgnorePublicACLs, diagnosis.KMSAWSManagedKeyCrossAcct:
		return true
	default:
		return false
	}
}

// standing says how a cause stands in a diagnosis: confirmed, likely, open; or not
// at all.
func standing(x diagnosis.Diagnosis, id string) string {
	for _, cause := range append(slices.Clone(x.Contributing), deref(x.Cause)) {
		if string(cause.ID) == id || string(cause.IsA) == id {
			return string(cause.Confidence)
		}
	}
	if slices.Contains(openIDs(x), id) {
		return "open"
	}
	return ""
}

func deref(c *diagnosis.Cause) diagnosis.Cause {
	if c == nil {
		return diagnosis.Cause{}
	}
	return *c
}

func (c *corpusCase) expectRemedy(t *testing.T, x diagnosis.Diagnosis) {
	if want := c.Get("steps"); want != "" {
		var got []string
		for _, s := range x.Remedy.Steps {
			kind := s.Kind
			if kind == "" {
				kind = "untried"
			}
			got = append(got, strings.TrimSpace(kind+" "+s.Account))
		}
		if g, w := strings.Join(got, ", "), strings.Join(list(want), ", "); g != w {
			t.Errorf("steps: %s, want %s", g, w)
		}
	}
	if want := c.Get("verified"); want != "" && x.Remedy.Verified != (want == "yes") {
		t.Errorf("verified: %v, want %s", x.Remedy.Verified, want)
	}
}

// expectTexts looks for texts where they must be, and must not be.
func (c *corpusCase) expectTexts(t *testing.T, x diagnosis.Diagnosis) {
	var causes, because, titles, cautions, commands, alone, needs []string
	for _, cause := range append([]diagnosis.Cause{deref(x.Cause)}, x.Contributing...) {
		causes = append(causes, cause.Summary)
		because = append(because, reasonTexts(cause.Because)...)
	}
	for i, s := range x.Remedy.Steps {
		titles, cautions, commands = append(titles, s.Title), append(cautions, s.Caution), append(commands, s.Commands...)
		alone = append(alone, fmt.Sprintf("%d %s", i+1, s.Alone))
	}
	if x.Cause != nil && x.Cause.Needs != "" {
		needs = append(needs, fmt.Sprintf("%s: %s", x.Cause.ID, x.Cause.Needs))
	}
	for _, o := range x.Open {
		needs = append(needs, fmt.Sprintf("%s: %s; %s", o.ID, o.Because, o.Needs))
	}
	for name, in := range map[string][]string{
		"says": causes, "because": because, "title": titles, "caution": cautions, "command": commands, "alone": alone, "needs": needs,
		"remedy": {x.Remedy.Because}, "why": {x.Because},
	} {
		for _, want := range c.All(name) {
			if !slices.ContainsFunc(in, func(s string) bool { return strings.Contains(s, want) }) {
				t.Errorf("%s: %q is not in\n%s", name, want, strings.Join(in, "\n"))
			}
		}
	}
	text, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	for _, never := range c.All("never") {
		if strings.Contains(string(text), never) || strings.Contains(dump(x), never) {
			t.Errorf("says %q", never)
		}
	}
}

// reasonTexts writes reasons in short: bucket-policy Grant[0] Allow Condition
// StringEquals aws:SourceVpce.
func reasonTexts(reasons []diagnosis.Reason) []string {
	var out []string
	for _, r := range reasons {
		s := string(r.Layer)
		switch {
		case r.Statement != nil:
			s += fmt.Sprintf(" %s[%d] %s %s %s %s", r.Policy, *r.Statement, r.Effect, r.Element, r.Operator, r.Key)
			if len(r.Wanted)+len(r.Got) > 0 {
				s += fmt.Sprintf(" wanted %s got %s", strings.Join(r.Wanted, " "), strings.Join(r.Got, " "))
			}
			s += " " + r.State
		case r.Fact != "":
			s += " " + r.Fact
		default:
			s += " " + r.Policy + " " + r.Text
		}
		out = append(out, strings.TrimSpace(regexp.MustCompile(` +`).ReplaceAllString(s, " ")))
	}
	return out
}
