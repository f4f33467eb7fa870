package mcp

import (
	"encoding/json"
	"strings"
	"testing"

	"why403/pkg/clean/cleantest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
)

// marker stands in front of every hostile text, so that it can be found. Of two words: a
// single one can be the id of a cause that a newer version knows.
const marker = "qzmarker qz"

// TestForeignText holds that whatever stands in whichever field of a diagnosis or a finding
// reaches an assistant in members named untrusted only, and safe.
func TestForeignText(t *testing.T) {
	for _, h := range cleantest.Hostile() {
		t.Run(h.Name, func(t *testing.T) {
			x := everywhere(marker + h.Text)
			a := answerOf(x)
			f := finding.Finding{ID: marker + h.Text, Title: marker + h.Text, Key: finding.Key{Requester: marker + h.Text, Place: marker + h.Text}, Diagnosis: x}
			for name, v := range map[string]any{"answer": a, "line": lineOf(f)} {
				text, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				var back any
				if err := json.Unmarshal(text, &back); err != nil {
					t.Fatal(err)
				}
				checkForeign(t, name, back, false)
			}
			if strings.Contains(a.text(), marker) {
				t.Errorf("in the text: %s", a.text())
			}
		})
	}
}

func checkForeign(t *testing.T, name string, v any, untrusted bool) {
	t.Helper()
	switch v := v.(type) {
	case string:
		if err := cleantest.CheckModel(v); untrusted && err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !untrusted && strings.Contains(v, marker) {
			t.Errorf("%s: outside of what is untrusted: %q", name, v)
		}
	case []any:
		for _, e := range v {
			checkForeign(t, name, e, untrusted)
		}
	case map[string]any:
		for member, e := range v {
			checkForeign(t, name+"."+member, e, untrusted || member == "untrusted")
		}
	}
}

// everywhere is a diagnosis with one text in all its fields.
func everywhere(text string) diagnosis.Diagnosis {
	quoted, err := json.Marshal(map[string]string{text: text})
	if err != nil {
		quoted = nil
	}
	reason := diagnosis.Reason{Layer: evidence.Layer(text), Policy: text, SID: text, Source: quoted, Text: text, Fact: text}
	cause := diagnosis.Cause{ID: diagnosis.CauseID(text), Confidence: diagnosis.Confidence(text), Summary: text, Account: text, Because: []diagnosis.Reason{reason}, Doc: text}
	return diagnosis.Diagnosis{
		Outcome: diagnosis.Outcome(text), Because: text, Cause: &cause, Contributing: []diagnosis.Cause{cause},
		Denial: diagnosis.Denial{
			Region: text, Operation: text, Bucket: text, Key: text, ErrorCode: text, ErrorMessage: text, SourceIP: text, UserAgent: text,
			Principal: evidence.Principal{Type: evidence.PrincipalRole, ARN: text, Account: text, ID: text, Session: text},
		},
		RuledOut: []diagnosis.RuledOut{{ID: diagnosis.CauseID(text), Because: text}},
		Open:     []diagnosis.Open{{ID: diagnosis.CauseID(text), Because: text, Needs: text}},
		Checks:   []diagnosis.Check{{Layer: evidence.Layer(text), Action: text, Resource: text, Verdict: diagnosis.Verdict(text), Blocks: text}},
		Intended: diagnosis.Intended{Ask: true, Because: text},
		Remedy: diagnosis.Remedy{If: text, Because: text, Steps: []diagnosis.Step{{
			Account: text, Cause: diagnosis.CauseID(text), Kind: text, Title: text, Target: text, Diff: "+ " + text, Commands: []string{"aws " + text}, Caution: text,
		}}},
	}
}

// TestBounds holds that an answer stays small, and says that it was cut.
func TestBounds(t *testing.T) {
	x := everywhere("a")
	for range 1000 {
		x.Contributing = append(x.Contributing, *x.Cause)
		x.Open = append(x.Open, x.Open[0])
		x.Checks = append(x.Checks, x.Checks[0])
		x.Remedy.Steps = append(x.Remedy.Steps, diagnosis.Step{Title: strings.Repeat("t", 10_000), Diff: strings.Repeat("+ line\n", 10_000), Commands: []string{strings.Repeat("x\n", 10_000)}})
	}
	x.Denial.Key = strings.Repeat("k", 1<<20)
	a := answerOf(x)
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	if !a.Shortened || len(text) > 100_000 {
		t.Errorf("%d bytes, shortened %v", len(text), a.Shortened)
	}
}

// TestCommands holds that a command is shown as it is meant, or not at all.
func TestCommands(t *testing.T) {
	var x diagnosis.Diagnosis
	x.Remedy.Steps = []diagnosis.Step{{Commands: []string{
		"aws s3api put-object-acl --bucket acme-data \\\n  --key report.csv",
		"aws s3api put-object-acl --key '\u202e'",
		"aws s3api put-object-acl --key " + strings.Repeat("k", 300),
	}}}
	a := answerOf(x)
	if got := strings.Join(a.Untrusted.Steps[0].Commands, "\n"); got != x.Remedy.Steps[0].Commands[0] || !a.Shortened {
		t.Errorf("shortened %v, commands:\n%s", a.Shortened, got)
	}
}

func TestAllowed(t *testing.T) {
	for _, tt := range []struct {
		name string
		x    diagnosis.Diagnosis
		want string
	}{
		{"a check blocks", diagnosis.Diagnosis{Outcome: diagnosis.Explained, Checks: []diagnosis.Check{{Blocks: "unknown"}, {Blocks: "yes"}}}, "no"},
		{"likely, because S3 is taken to have refused", diagnosis.Diagnosis{Outcome: diagnosis.Explained, Checks: []diagnosis.Check{{Blocks: "unknown"}}}, "unknown"},
		{"all is read and allows", diagnosis.Diagnosis{Outcome: diagnosis.Unexplained, Checks: []diagnosis.Check{{}}}, "yes"},
		{"something is not read", diagnosis.Diagnosis{Outcome: diagnosis.Undetermined}, "unknown"},
	} {
		if got := allowed(tt.x); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
