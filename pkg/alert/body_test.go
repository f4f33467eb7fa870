package alert

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

func TestWrap(t *testing.T) {
	arn := "arn:aws:s3:::acme-data/" + strings.Repeat("k", 80)
	tests := []struct {
		name, text string
		want       []string
	}{
		{"short", "a b", []string{"L a b"}},
		{"nothing", "", []string{"L"}},
		{"at the margin", strings.Repeat("x", 76) + " b", []string{"L " + strings.Repeat("x", 76), "  b"}},
		{"what cannot be broken has its line", "on " + arn + " b", []string{"L on", "  " + arn, "  b"}},
		{"letters count, not bytes", strings.Repeat("é", 74) + " b", []string{"L " + strings.Repeat("é", 74) + " b"}},
		{"names with spaces stay whole", strings.Repeat("x", 70) + " " + strings.ReplaceAll("a b c d", " ", noBreak), []string{"L " + strings.Repeat("x", 70), "  a b c d"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, wrap("L ", "  ", tt.text)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFlush(t *testing.T) {
	got := flush("left", "right")
	if len(got) != 1 || len(got[0]) != width || !strings.HasPrefix(got[0], "left ") || !strings.HasSuffix(got[0], " right") {
		t.Errorf("got %q", got)
	}
	got = flush(strings.Repeat("l", 74), "right")
	if len(got) != 2 || len(got[1]) != width {
		t.Errorf("got %q", got)
	}
}

func TestSpan(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tt := range []struct{ first, last, want string }{
		{"2026-11-23T09:58:01Z", "2026-11-23T09:58:59Z", "2026-11-23 09:58 UTC"},
		{"2026-11-23T09:58:01Z", "2026-11-23T10:02:00Z", "2026-11-23 09:58 to 10:02 UTC"},
		{"2026-11-23T09:58:01Z", "2026-11-24T09:58:01Z", "2026-11-23 09:58 to 2026-11-24 09:58 UTC"},
	} {
		if got := span(at(tt.first), at(tt.last)); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// A long body loses the least needed first, and says so.
func TestLayoutLeavesOut(t *testing.T) {
	long := func(n int) []string { return []string{strings.Repeat("x", n)} }
	foot := section{lines: []string{"foot"}}
	paste := section{lines: long(5000), drop: dropPaste, name: "the commands", instead: []string{"too long"}}
	out := section{lines: long(2000), drop: dropRuledOut, name: "what is ruled out"}
	words := section{lines: long(3000), drop: dropWords, name: "AWS's own words"}

	got := layout([]section{{lines: []string{"head"}}, paste, out}, foot)
	if strings.Contains(got, "LEFT OUT") {
		t.Error("left out what had room")
	}
	got = layout([]section{{lines: []string{"head"}}, paste, words, out}, foot)
	if !strings.Contains(got, "LEFT OUT  for length: what is ruled out.") || len(got) > maxBody {
		t.Errorf("want what is ruled out left out:\n%s", got)
	}
	// What is too long by itself does not take the others along.
	paste.lines = long(9000)
	got = layout([]section{{lines: []string{"head"}}, paste, words, out}, foot)
	if !strings.Contains(got, "LEFT OUT  for length: the commands.") || !strings.Contains(got, "too long") || len(got) > maxBody {
		t.Errorf("want only the commands left out:\n%s", got)
	}
}

func TestCommands(t *testing.T) {
	got := commands([]string{"aws s3api get-bucket-policy > policy.json", "aws s3api put-bucket-policy --policy file://policy.json"})
	want := []string{
		"    Run",
		"      aws s3api get-bucket-policy > policy.json",
		"    Edit policy.json as above, then run",
		"      aws s3api put-bucket-policy --policy file://policy.json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range []string{"", "reboot", "aws x\nb", "aws \x1b[31m", "aws \u202e", "aws https://evil.example", "aws file://../x", `aws \x1b`} {
		if pasteable(c) {
			t.Errorf("%q is taken for fit to be pasted", c)
		}
	}
}

// A grant to everybody is not shown, nor are the commands that go with it.
func TestStepTooWide(t *testing.T) {
	f := findingOf(denials(t, "identity-no-allow.json")[0])
	f.Diagnosis.Remedy.Steps = []diagnosis.Step{{
		Title: "open it", Patch: json.RawMessage(`{"Effect":"Allow","Principal":"*","Action":"s3:*"}`), Commands: []string{"aws s3api put-bucket-policy"},
	}}
	body := Email(f, NewFinding, Options{}).Body
	for _, s := range []string{`"Principal"`, "s3:*", "put-bucket-policy"} {
		if strings.Contains(body, s) {
			t.Errorf("the body has %s", s)
		}
	}
	if !strings.Contains(body, "No statement is shown: it would grant to everybody or grant everything.") {
		t.Error("the body does not say why nothing is shown")
	}
}

func TestState(t *testing.T) {
	steps := func(accounts ...string) (all []diagnosis.Step) {
		for _, a := range accounts {
			all = append(all, diagnosis.Step{Account: a, Title: "change it"})
		}
		return all
	}
	cause := &diagnosis.Cause{ID: diagnosis.IdentityNoAllow}
	tests := []struct {
		x    diagnosis.Diagnosis
		want string
	}{
		{diagnosis.Diagnosis{Outcome: diagnosis.Explained, Cause: cause, Remedy: diagnosis.Remedy{Steps: steps("111111111111")}},
			"DENIED, EXPLAINED: needs 1 change in account 111111111111, perhaps more."},
		{diagnosis.Diagnosis{Outcome: diagnosis.Explained, Cause: cause, Remedy: diagnosis.Remedy{Steps: steps("")}},
			"DENIED, EXPLAINED: needs 1 change, perhaps more."},
		{diagnosis.Diagnosis{Outcome: diagnosis.Explained, Cause: cause, Remedy: diagnosis.Remedy{Verified: true, Steps: steps("111111111111")}},
			"DENIED, EXPLAINED: 1 change in account 111111111111 opens it (proven)."},
		{diagnosis.Diagnosis{Outcome: diagnosis.Explained, Cause: cause, Remedy: diagnosis.Remedy{Verified: true, Steps: steps("111111111111", "222222222222", "111111111111")}},
			"DENIED, EXPLAINED: 3 changes in 2 accounts open it (proven)."},
		{diagnosis.Diagnosis{Outcome: diagnosis.Explained, Cause: cause, Intended: diagnosis.Intended{Ask: true}, Remedy: diagnosis.Remedy{Steps: steps("111111111111")}},
			"DENIED, EXPLAINED: perhaps intended; if not: 1 change in account 111111111111."},
		{diagnosis.Diagnosis{Outcome: diagnosis.Explained, Cause: cause, Intended: diagnosis.Intended{Ask: true}},
			"DENIED, EXPLAINED: perhaps intended; no change is proposed."},
		{diagnosis.Diagnosis{Outcome: diagnosis.Undetermined, Open: []diagnosis.Open{{ID: "A", Needs: "s3:GetBucketPolicy in 222222222222"}}},
			"DENIED, UNDETERMINED: 1 cause possible; read account 222222222222 to tell."},
		{diagnosis.Diagnosis{Outcome: diagnosis.Undetermined, Open: []diagnosis.Open{{ID: "A"}, {ID: "B"}}},
			"DENIED, UNDETERMINED: 2 causes possible, listed below."},
		{diagnosis.Diagnosis{Outcome: diagnosis.Undetermined}, "DENIED, UNDETERMINED: what was refused is known, why is not."},
		{diagnosis.Diagnosis{Outcome: diagnosis.Unexplained}, "DENIED, UNEXPLAINED: all that was read allows it now."},
		{diagnosis.Diagnosis{Outcome: diagnosis.Ignored, Because: "no error"}, "NOT A DENIAL BY S3: No error."},
	}
	for _, tt := range tests {
		f := finding.Finding{ID: "7F3K2MQ9", Diagnosis: tt.x}
		got, _, _ := strings.Cut(Email(f, NewFinding, Options{}).Body, "\n\n")
		if got = strings.ReplaceAll(got, "\n  ", " "); strings.TrimSpace(got) != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

// A check that one of the authorizations fails has failed.
func TestStripShowsTheWorst(t *testing.T) {
	f := finding.Finding{ID: "7F3K2MQ9"}
	f.Diagnosis.Checks = []diagnosis.Check{
		{Layer: "scp", Verdict: diagnosis.Allow}, {Layer: "identity", Verdict: diagnosis.Allow},
		{Layer: "scp", Verdict: diagnosis.Unknown}, {Layer: "identity", Verdict: diagnosis.Deny}, {Layer: "scp", Verdict: diagnosis.Allow},
	}
	if body := Email(f, NewFinding, Options{}).Body; !strings.Contains(body, "CHECKS    scp ?  identity ✗\n          (✗ blocks   ? not known)\n") {
		t.Errorf("got:\n%s", body)
	}
}

func TestSummaryOnly(t *testing.T) {
	for name, f := range sampleFindings(t) {
		body := Email(f, NewFinding, Options{SummaryOnly: true}).Body
		for _, s := range []string{"aws s3api", "aws iam", "aws kms", "    AWS says", "AWS SAYS", `"Effect"`, "CHECKS", "not authorized"} {
			if strings.Contains(body, s) {
				t.Errorf("%s: the summary has %s", name, s)
			}
		}
		for _, s := range []string{f.ID, "must act: ", "Who ", "What ", "Where ", "When "} {
			if !strings.Contains(body, s) {
				t.Errorf("%s: the summary lacks %s", name, s)
			}
		}
	}
}

func TestCausePage(t *testing.T) {
	f := findingOf(denials(t, "identity-no-allow.json")[0])
	for base, want := range map[string]string{
		"https://why403.example/docs":  "Cause page   https://why403.example/docs/causes/identity-no-allow.md\n",
		"https://why403.example/docs/": "Cause page   https://why403.example/docs/causes/identity-no-allow.md\n",
		"":                             "",
		"javascript:alert(403)":        "",
		"https://why403.example/\nx":   "",
	} {
		body := Email(f, NewFinding, Options{DocsBaseURL: base}).Body
		if has := strings.Contains(body, "Cause page"); has != (want != "") || !strings.Contains(body, want) {
			t.Errorf("base %q:\n%s", base, body)
		}
	}
}

// The zero Finding has no words that make sense, but it has some.
func TestEmailOfNothing(t *testing.T) {
	m := Email(finding.Finding{}, None, Options{})
	if m.Subject == "" || m.Body == "" {
		t.Errorf("got %+v", m)
	}
}
