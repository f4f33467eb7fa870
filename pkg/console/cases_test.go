package console_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"why403/pkg/auditor"
	"why403/pkg/clean/cleantest"
	"why403/pkg/console"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
)

// readCase is the diagnosis of a case in testdata/cases, with all that was read for it.
func readCase(t testing.TB, name string) diagnosis.Diagnosis {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("testdata", "cases", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := auditor.Diagnose(doc)
	if err != nil {
		t.Fatal(err)
	}
	return got.Diagnosis
}

// TestCases holds whole texts of diagnoses for which policies were read. Read them as
// the person on call.
func TestCases(t *testing.T) {
	styles := map[string]console.Style{
		"60":        {Unicode: true, Width: 60},
		"100":       {Unicode: true, Width: 100},
		"80-ascii":  {Width: 80},
		"100-color": {Color: true, Unicode: true, Width: 100},
	}
	tests := []struct{ name, styles string }{
		{"cross-account-three-blockers", "100 60"},
		{"deny-source-vpce", "100 80-ascii 100-color"},
		{"scp-level-missing", "100"},
		{"kms-key-policy", "100"},
		{"requester-pays", "100"},
		{"undetermined-much-unread", "100"},
		{"forty-statements", "100 60"},
		{"hostile-names", "100"},
		{"copy-four-authorizations", "100"},
		{"everything-allows", "100"},
		{"boundary-region", "100"},
		{"deny-without-condition", "80-ascii"},
	}
	for _, tt := range tests {
		for _, style := range strings.Fields(tt.styles) {
			t.Run(tt.name+"-"+style, func(t *testing.T) {
				got := console.Diagnosis(readCase(t, tt.name), styles[style])
				checkText(t, got, styles[style])
				golden(t, filepath.Join("cases", tt.name+"-"+style), got)
			})
		}
	}
}

// TestCasesInEveryWidth: the rules hold whatever the width, and the marks stand under
// what they mark.
func TestCasesInEveryWidth(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases")
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		x := readCase(t, name)
		for _, width := range []int{40, 52, 60, 79, 80, 100, 250} {
			for _, unicode := range []bool{false, true} {
				s := console.Style{Width: width, Unicode: unicode}
				t.Run(fmt.Sprint(name, " ", width, unicode), func(t *testing.T) {
					text := console.Diagnosis(x, s)
					checkText(t, text, s)
					checkMarks(t, text, min(max(width, 40), 100))
				})
			}
		}
	}
}

// checkMarks holds that every mark stands under a whole value or key: it begins and
// ends at quotation marks, or goes to the margin.
func checkMarks(t *testing.T, text string, width int) {
	t.Helper()
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		from := strings.IndexByte(l, '^')
		if from < 0 || !strings.HasPrefix(l, "   |") {
			continue
		}
		above, to := []rune(lines[i-1]), strings.LastIndexByte(l, '^')+1
		if from == 0 || from > len(above) || above[from-1] != '"' {
			t.Errorf("a mark does not begin at a value:\n%s\n%s", lines[i-1], l)
		}
		if to < len(above) && above[to] != '"' && to != width {
			t.Errorf("a mark does not end at a value:\n%s\n%s", lines[i-1], l)
		}
	}
}

// TestHostileStatements: whatever a policy holds and whichever element decides, nothing
// of it acts on the terminal.
func TestHostileStatements(t *testing.T) {
	for _, h := range cleantest.Hostile() {
		t.Run(h.Name, func(t *testing.T) {
			n := 7
			for element, matches := range map[string]string{"Principal": "no", "Action": "unknown", "Resource": "no", "Condition": "yes", "": "yes", h.Text: "unknown"} {
				r := diagnosis.Reason{
					Layer: evidence.LayerIdentity, Policy: h.Text, At: h.Text, Statement: &n, SID: h.Text, Effect: "Deny", Matches: matches,
					Element: element, Operator: h.Text, Key: h.Text, Wanted: []string{h.Text, "b"}, Got: []string{h.Text, "c"}, Source: statement(t, h.Text),
				}
				x := diagnosis.Diagnosis{
					Cause:  &diagnosis.Cause{ID: diagnosis.IdentityExplicitDeny, Because: []diagnosis.Reason{r, {Fact: h.Text}, {Element: h.Text, Wanted: []string{h.Text}}}},
					Checks: []diagnosis.Check{{Layer: r.Layer, Action: h.Text, Verdict: diagnosis.Deny, Because: []diagnosis.Reason{r}}, {Layer: evidence.LayerSCP, Action: "b", Verdict: diagnosis.Unknown, Because: []diagnosis.Reason{{Fact: h.Text}}}},
				}
				if err := cleantest.CheckTerminal(console.Diagnosis(x, console.Style{Width: 100})); err != nil {
					t.Errorf("%s: %v", element, err)
				}
			}
		})
	}
}

// statement has one text wherever a statement may have one.
func statement(t *testing.T, text string) json.RawMessage {
	t.Helper()
	doc, err := json.Marshal(map[string]any{
		"Sid": text, "Effect": "Deny", "Principal": map[string][]string{"AWS": {text, text}}, "Action": []string{text}, "Resource": text,
		"Condition": map[string]any{text: map[string]any{text: []string{text, "b"}}}, text: []any{nil, 1, true, map[string]string{text: text}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestStatementsThatCannotBeRead are told in words.
func TestStatementsThatCannotBeRead(t *testing.T) {
	for _, source := range []string{"", "null", "[]", "{", `{"Effect":}`, `{"a":1} x`, strings.Repeat(`{"a":`, 50) + "1" + strings.Repeat("}", 50)} {
		x := readCase(t, "deny-source-vpce")
		x.Cause.Because[0].Source = json.RawMessage(source)
		text := console.Diagnosis(x, console.Style{})
		if !strings.Contains(text, "Condition aws:SourceVpce wants vpce-0a1b2c3d4e5fEXAMPLE and is absent") {
			t.Errorf("%s:\n%s", source, text)
		}
	}
}
