package console_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/clean/cleantest"
	"why403/pkg/console"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/trail"
)

var update = flag.Bool("update", false, "write the texts in testdata anew")

// sample is the diagnosis of a sample event.
func sample(t testing.TB, name string) diagnosis.Diagnosis {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("../../events", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	d, ignored, err := trail.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	if ignored != "" {
		return diagnosis.Ignore(d, ignored)
	}
	return diagnosis.FromDenial(d)
}

// proven is a diagnosis with everything that evidence can tell.
func proven(t testing.TB) diagnosis.Diagnosis {
	t.Helper()
	x := sample(t, "bucket-policy-no-allow")
	second := 1
	x.Contributing = []diagnosis.Cause{{
		ID: diagnosis.SCP, Confidence: diagnosis.Likely, Summary: "A service control policy denies it", Account: "999999999999", Needs: "organizations:DescribePolicy in 999999999999",
		Because: []diagnosis.Reason{{Layer: evidence.LayerSCP, Policy: "deny-outside-eu", Statement: &second, SID: "OutsideEU", Element: "Condition", Key: "aws:RequestedRegion", Wanted: []string{"eu-*"}, Got: []string{"us-east-1"}}}, Doc: "https://docs.aws.amazon.com/",
	}}
	x.Open = nil
	x.Checks[0].Verdict, x.Checks[0].Because = diagnosis.Allow, []diagnosis.Reason{{Fact: "no policy of the organization denies it"}}
	x.Checks[1].Verdict, x.Checks[1].Blocks, x.Checks[1].Because = diagnosis.Deny, "yes", x.Contributing[0].Because
	x.Remedy.Steps = append(x.Remedy.Steps, diagnosis.Step{Account: "999999999999", Title: "Narrow the statement that denies"})
	x.Remedy.Verified, x.Remedy.Because = true, "with these 2 changes every check passes"
	return x
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("run go test -update if this is meant:\n%s", diff)
	}
}

// TestDiagnosis holds whole texts. Read them as somebody who sees the tool for the
// first time.
func TestDiagnosis(t *testing.T) {
	styles := map[string]console.Style{
		"80":        {Unicode: true, Width: 80},
		"100":       {Unicode: true, Width: 100},
		"80-ascii":  {Width: 80},
		"100-color": {Color: true, Unicode: true, Width: 100},
	}
	tests := []struct{ sample, styles string }{
		{"identity-no-allow", "80 100 100-color"},
		{"identity-explicit-deny", "80 100"},
		{"bucket-policy-no-allow", "80 100 80-ascii"},
		{"kms-key-out-of-reach", "80 100"},
		{"vpce-policy", "80 100"},
		{"scp-no-allow", "80 100"},
		{"requester-pays", "80 100 100-color"},
		{"missing-object", "80"},
		{"caller-anonymous", "80"},
		{"caller-assumed-root", "80"},
		{"hostile-key", "80 100"},
		{"not-a-denial", "80"},
		{"proven", "80 100-color"},
	}
	for _, tt := range tests {
		for _, style := range strings.Fields(tt.styles) {
			t.Run(tt.sample+"-"+style, func(t *testing.T) {
				x := proven(t)
				if tt.sample != "proven" {
					x = sample(t, tt.sample)
				}
				got := console.Diagnosis(x, styles[style])
				checkText(t, got, styles[style])
				golden(t, tt.sample+"-"+style, got)
			})
		}
	}
}

var escape = regexp.MustCompile("\x1b\\[(0|1|2|31|32|33)m")

// checkText holds a text to its style: colour by our own codes only, symbols
// beyond ASCII only if asked for, and no line longer than the width but for what
// cannot be broken.
func checkText(t testing.TB, text string, s console.Style) {
	t.Helper()
	plain := escape.ReplaceAllString(text, "")
	if !s.Color && plain != text {
		t.Error("colour that nobody asked for")
	}
	if err := cleantest.CheckTerminal(plain); err != nil {
		t.Errorf("%v in %q", err, plain)
	}
	// A colour that is begun ends on the same line.
	for _, line := range strings.Split(text, "\n") {
		on := false
		for _, code := range escape.FindAllString(line, -1) {
			if code == "\x1b[0m" == !on {
				t.Errorf("colours do not pair: %q", line)
			}
			on = code != "\x1b[0m"
		}
		if on {
			t.Errorf("colour does not end: %q", line)
		}
	}
	if !s.Unicode && strings.ContainsAny(plain, "✓✗–") {
		t.Error("symbols beyond ASCII")
	}
	width := min(max(s.Width, 40), 100)
	if s.Width == 0 {
		width = 100
	}
	for _, line := range strings.Split(plain, "\n") {
		if n := len([]rune(line)); n > width && !unbreakable(line) {
			t.Errorf("%d columns: %s", n, line)
		}
		if strings.HasSuffix(line, " ") {
			t.Errorf("a space at the end of %q", line)
		}
	}
	if !strings.HasSuffix(text, "\n") || strings.Contains(plain, "\n\n\n") {
		t.Error("the last line does not end, or gaps")
	}
}

// unbreakable reports whether a line is too long with reason: a command, a line of
// a statement, or a single name.
func unbreakable(line string) bool {
	line = strings.TrimSpace(strings.TrimLeft(line, " -+=>|?x✗"))
	name := regexp.MustCompile(`^((key|doc|who|requester|request) +)?(\(session )?\S*(arn:|[/:_.-])`)
	if checkRow.MatchString(line) {
		return true
	}
	return strings.HasPrefix(line, "aws ") || strings.HasPrefix(line, `"`) || !strings.Contains(line, " ") || name.MatchString(line)
}

// checkRow matches a check with one word about it, such as app-data[0].
var checkRow = regexp.MustCompile(`^[a-z-]+ +(ok|x|✓|✗|\?|-|–) \S+$`)

// TestEverySample: all samples in all widths keep the rules.
func TestEverySample(t *testing.T) {
	files, err := filepath.Glob("../../events/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no samples")
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if name == "sqs-batch" || name == "log-file" {
			continue
		}
		x := sample(t, name)
		for _, width := range []int{0, 1, 40, 57, 80, 100, 250} {
			for _, color := range []bool{false, true} {
				s := console.Style{Width: width, Color: color, Unicode: width%2 == 0}
				t.Run(fmt.Sprint(name, " ", width, color), func(t *testing.T) { checkText(t, console.Diagnosis(x, s), s) })
			}
		}
	}
}

// TestHostile: nothing in a diagnosis or a finding acts on the terminal.
func TestHostile(t *testing.T) {
	s := console.Style{Unicode: true, Width: 80}
	for _, h := range cleantest.Hostile() {
		t.Run(h.Name, func(t *testing.T) {
			x := everywhere(h.Text)
			f := finding.Finding{
				ID: h.Text, Status: finding.Status(h.Text), Title: h.Text, Count: 2,
				FirstSeen: time.Unix(0, 0), LastSeen: time.Unix(1, 0),
				Causes: []finding.CauseCount{{Cause: h.Text, Count: 1, Statement: h.Text}}, Keys: []string{h.Text, "b"}, Announced: []string{h.Text}, Diagnosis: x,
				Prefixes: []finding.PrefixCount{{Prefix: h.Text}}, Samples: []finding.Sample{{ID: h.Text, Operation: h.Text, Key: h.Text, Address: h.Text}},
				History: []finding.StatusChange{{Status: finding.Status(h.Text), By: h.Text, Reason: h.Text}},
				Brief:   finding.Brief{Outcome: diagnosis.Outcome(h.Text), Cause: diagnosis.CauseID(h.Text), Confidence: diagnosis.Confidence(h.Text), Account: h.Text, Statement: h.Text, Requester: h.Text, Bucket: h.Text},
			}
			f.Diagnosis.Failed = []diagnosis.Failed{{Account: h.Text, Because: h.Text}}
			brief, settled := f, f
			brief.Diagnosis, settled.Diagnosis.Open = diagnosis.Diagnosis{}, nil
			undetermined := x
			undetermined.Cause, undetermined.Outcome = nil, diagnosis.Undetermined
			ignored := x
			ignored.Outcome = diagnosis.Ignored
			for name, text := range map[string]string{
				"diagnosis":    console.Diagnosis(x, s),
				"undetermined": console.Diagnosis(undetermined, s),
				"ignored":      console.Diagnosis(ignored, s),
				"finding":      console.Finding(f, now(), s),
				"in brief":     console.Finding(brief, now(), s),
				"settled":      console.Finding(settled, now(), s),
				"findings":     console.Findings([]finding.Finding{f, f}, now(), s),
			} {
				if err := cleantest.CheckTerminal(text); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			// Whatever the names are, one finding is one line.
			if n := strings.Count(console.Findings([]finding.Finding{f, f}, now(), s), "\n"); n != 3 {
				t.Errorf("%d lines of 2 findings", n)
			}
		})
	}
}

// everywhere is a diagnosis with one text in all its fields.
func everywhere(text string) diagnosis.Diagnosis {
	one := 1
	quoted, err := json.Marshal(map[string]string{text: text})
	if err != nil {
		quoted = nil
	}
	reason := diagnosis.Reason{Layer: evidence.Layer(text), Policy: text, Statement: &one, SID: text, Element: text, Key: text, Wanted: []string{text}, Got: []string{text}, Text: text}
	cause := diagnosis.Cause{ID: diagnosis.CauseID(text), Confidence: diagnosis.Confidence(text), Summary: text, Account: text, Because: []diagnosis.Reason{reason}, Needs: text, Doc: text}
	return diagnosis.Diagnosis{
		Outcome: diagnosis.Explained, Because: text,
		Denial: diagnosis.Denial{
			EventID: text, Region: text, Operation: text, Authorizations: []evidence.Authorization{{Action: text, Resource: text, Account: text}},
			Bucket: text, Key: text, BucketAccount: text, AccessPoint: text,
			Principal: evidence.Principal{Type: evidence.PrincipalRole, ARN: text, Account: text, ID: text, Session: text, Via: text},
			ErrorCode: text, ErrorMessage: text, VPCEndpointID: text, SourceIP: text, UserAgent: text,
		},
		Cause: &cause, Contributing: []diagnosis.Cause{cause},
		RuledOut: []diagnosis.RuledOut{{ID: diagnosis.CauseID(text), Because: text}},
		Open:     []diagnosis.Open{{ID: diagnosis.CauseID(text), Because: text, Needs: text}, {ID: diagnosis.SCP, Because: text}},
		Checks:   []diagnosis.Check{{Layer: evidence.Layer(text), Action: text, Resource: text, Verdict: diagnosis.Verdict(text)}},
		Message:  &diagnosis.Message{Layer: evidence.Layer(text), Kind: text, PolicyARN: text},
		Intended: diagnosis.Intended{Ask: true, Because: text},
		Remedy: diagnosis.Remedy{If: text, Because: text, Steps: []diagnosis.Step{
			{Account: text, Title: text, Target: text, Patch: quoted, Commands: []string{text, "aws " + text, "a > " + text}, Caution: text},
			{Title: text, Patch: json.RawMessage(text), Alone: text},
			{Title: text, Diff: strings.Repeat("+ "+text+"\n- \n", 20), Alone: text},
		}},
	}
}

// TestSpacesInNames: two spaces in a key are not shown as one.
// TestHead: the first line says how far the diagnosis got.
func TestHead(t *testing.T) {
	for _, test := range []struct {
		outcome diagnosis.Outcome
		want    string
	}{
		{diagnosis.Unexplained, "denied[UNEXPLAINED] no cause found: everything was read"},
		{diagnosis.Undetermined, "denied[UNDETERMINED] cause not known yet: everything was read"},
		{diagnosis.Ignored, "ignored GetObject: everything was read"},
	} {
		x := diagnosis.Diagnosis{Outcome: test.outcome, Because: "everything was read", Denial: diagnosis.Denial{Operation: "GetObject"}}
		if got, _, _ := strings.Cut(console.Diagnosis(x, console.Style{Width: 100}), "\n"); got != test.want {
			t.Errorf("%s: %q, want %q", test.outcome, got, test.want)
		}
	}
}

func TestSpacesInNames(t *testing.T) {
	x := sample(t, "identity-no-allow")
	const arn = "arn:aws:s3:::acme-data/a  b   c.csv"
	x.Denial.Authorizations = []evidence.Authorization{{Action: "s3:GetObject", Resource: arn}}
	for _, width := range []int{40, 80, 100} {
		if text := console.Diagnosis(x, console.Style{Width: width}); !strings.Contains(text, arn) {
			t.Errorf("at %d columns the name is broken:\n%s", width, text)
		}
	}
}

// now is a day after the last of the findings.
func now() time.Time { return time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC) }

func findings(t testing.TB) []finding.Finding {
	t.Helper()
	at := time.Date(2026, 11, 23, 9, 58, 0, 0, time.UTC)
	return []finding.Finding{
		{ID: "7F3K2M9Q", Status: finding.Open, Count: 1, FirstSeen: at, LastSeen: at, Title: "role team/analytics/report-builder denied read on acme-data: bucket policy",
			Causes: []finding.CauseCount{{Cause: "BUCKET_POLICY_NO_ALLOW", Count: 1}}, Keys: []string{"home/report  final.csv"}, Diagnosis: sample(t, "two-copies-owner")},
		{ID: "00000001", Status: finding.Acknowledged, Count: 123456, FirstSeen: at.Add(-72 * time.Hour), LastSeen: at, Title: "an anonymous requester denied list on acme-data: cause not known yet",
			Causes:    []finding.CauseCount{{Cause: finding.Undetermined, Count: 123455}, {Cause: "ANONYMOUS_NO_GRANT", Count: 1}},
			Announced: []string{finding.Undetermined, "ANONYMOUS_NO_GRANT"}, Diagnosis: sample(t, "caller-anonymous-old")},
		{ID: "ZZZZZZZZ", Status: finding.Suppressed, Title: "x"},
	}
}

func TestFindings(t *testing.T) {
	all := findings(t)
	for _, width := range []int{0, 40, 60, 80, 100, 120, 160} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			got := console.Findings(all, now(), console.Style{Width: width, Unicode: width%80 == 0})
			for _, line := range strings.Split(strings.TrimSuffix(got, "\n"), "\n") {
				if n := len([]rune(line)); width > 0 && n > width {
					t.Errorf("%d columns: %s", n, line)
				}
			}
			golden(t, fmt.Sprintf("findings-%d", width), got)
		})
	}
	if got := console.Findings(nil, now(), console.Style{}); got != "no findings\n" {
		t.Errorf("got %q", got)
	}
}

// TestWideCharacters: characters of two columns do not push a line over the width.
func TestWideCharacters(t *testing.T) {
	f := findings(t)[0]
	f.Title = strings.Repeat("日本語のバケット", 10)
	lines := strings.Split(console.Findings([]finding.Finding{f}, now(), console.Style{Width: 80, Unicode: true}), "\n")
	if n := len([]rune(lines[1])); n > 31+25 || !strings.HasPrefix(lines[1][31:], "日本") || !strings.HasSuffix(lines[1], "ト") {
		t.Errorf("%d characters in %q", n, lines[1])
	}
}

// TestFindingLife: what people said and were told, where it was asked for, and that a
// suppression is over.
func TestFindingLife(t *testing.T) {
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	f := findings(t)[0]
	f.Approximate = true
	f.Causes = []finding.CauseCount{
		{Cause: "IDENTITY_NO_ALLOW", Count: 2, LastSeen: at, Statement: "app-data, ReadData (Allow)"},
		{Cause: finding.OtherCauses, Count: 1, LastSeen: at},
	}
	f.Prefixes = []finding.PrefixCount{{Prefix: "home/", Count: 7}, {Prefix: "", Count: 2}, {Prefix: finding.OtherPrefixes, Count: 1}}
	f.Samples = []finding.Sample{{Time: at, Operation: "GetObject", Key: "home/report  final.csv", Address: "203.0.113.7"}, {Key: "b"}}
	f = f.Announce(finding.Announcement{Causes: []string{"IDENTITY_NO_ALLOW"}, Told: finding.Told{At: at, Count: 1}})
	for _, c := range []finding.StatusChange{
		{Status: finding.Resolved, At: at, How: finding.ByRecheck},
		{Status: finding.Open, At: at, Reason: "it happened again"},
		{Status: finding.Resolved, At: at, How: finding.ByQuiet},
		{Status: finding.Suppressed, At: at, Until: at.Add(time.Hour), By: "arn:aws:iam::111111111111:user/anna", How: finding.ByHand, Reason: "meant to be denied while the data is moved from one bucket to another"},
	} {
		f = f.Change(c)
	}
	f.Diagnosis.Failed = []diagnosis.Failed{{Account: "222222222222", Because: "AccessDenied: no role why403-read"}}
	f.Diagnosis.Open = nil
	s := console.Style{Unicode: true, Width: 80}
	got := console.Finding(f, now(), s)
	checkText(t, got, s)
	golden(t, "finding-life", got)

	f.Brief = f.InBrief()
	f.Diagnosis = diagnosis.Diagnosis{}
	got = console.Finding(f, now(), s)
	checkText(t, got, s)
	golden(t, "finding-brief", got)
}

// TestSettled: what became known between two diagnoses.
func TestSettled(t *testing.T) {
	s := console.Style{Unicode: true, Width: 80}
	before, after := sample(t, "requester-pays"), proven(t)
	got := console.Settled(before, after, []string{"bucket-policy=policy.json"}, s)
	checkText(t, got, s)
	golden(t, "settled", got)
	if got := console.Settled(before, before, nil, s); !strings.Contains(got, "no check says anything else") {
		t.Errorf("nothing was settled: %s", got)
	}
	for _, h := range cleantest.Hostile() {
		x := everywhere(h.Text)
		if err := cleantest.CheckTerminal(console.Settled(before, x, []string{h.Text}, s) + console.Settled(x, after, nil, s)); err != nil {
			t.Errorf("%s: %v", h.Name, err)
		}
	}
}

func TestFinding(t *testing.T) {
	for i, f := range findings(t)[:2] {
		s := console.Style{Unicode: true, Width: 80}
		got := console.Finding(f, now(), s)
		checkText(t, got, s)
		golden(t, fmt.Sprintf("finding-%d", i+1), got)
	}
}
