package slack_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"why403/pkg/alert"
	"why403/pkg/alert/slack"
	"why403/pkg/auditor"
	"why403/pkg/clean/cleantest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// ownLinks are those that a message may hold.
func ownLinks() []string {
	return []string{"https://docs.aws.amazon.com/", "https://why403.example/docs/"}
}

func options() alert.Options {
	return alert.Options{
		DocsBaseURL: "https://why403.example/docs", Policy: alert.DefaultPolicy(), Table: "why403-FindingsTable-EXAMPLE", Region: "us-east-1",
		AccountNames: map[string]string{"111111111111": "analytics", "222222222222": "data lake"},
	}
}

// findings are those of every sample event and of every case that is shown elsewhere.
func findings(t testing.TB) map[string]finding.Finding {
	t.Helper()
	all := make(map[string]finding.Finding)
	for _, pattern := range []string{"../../../events/*.json", "../../console/testdata/cases/*.json", "../../../docs/causes/*.json", "../../../docs/testdata/case-*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			doc, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := auditor.Diagnose(doc)
			if err != nil || got.Diagnosis.Outcome == diagnosis.Ignored {
				continue // a batch, or no denial
			}
			d := got.Denial
			all[file] = finding.Finding{}.Apply([]finding.Occurrence{{ID: "1", Key: finding.KeyOf(d), Time: d.Time, ObjectKey: d.Key, Diagnosis: got.Diagnosis}})
		}
	}
	return all
}

// check reports what is wrong with a message in either form, whatever it is about.
func check(e alert.Event) error {
	p := slack.Alert(e)
	if err := p.Check(); err != nil {
		return err
	}
	if err := cleantest.CheckSlack(p.Text, ownLinks()...); err != nil {
		return err
	}
	for _, b := range p.Blocks {
		for _, t := range append(append([]slack.Text{}, b.Fields...), b.Elements...) {
			if err := cleantest.CheckSlack(t.Text, ownLinks()...); err != nil {
				return err
			}
		}
		if b.Text == nil {
			continue
		}
		checkText := func(s string) error { return cleantest.CheckSlack(s, ownLinks()...) }
		if b.Type == "header" {
			checkText = cleantest.CheckTerminal
		}
		if err := checkText(b.Text.Text); err != nil {
			return err
		}
	}
	n := slack.AmazonQ(e)
	if n.Version != "1.0" || n.Source != "custom" || n.Content.Description == "" || n.Content.Title == "" && e.Subject != "" || n.Metadata.ThreadID != n.ID {
		return errors.New("the notification lacks what the schema asks for")
	}
	texts := append(append([]string{n.Content.Title, n.Content.Description, n.Metadata.Summary}, n.Content.NextSteps...), n.Content.Keywords...)
	for _, v := range n.Metadata.AdditionalContext {
		texts = append(texts, v)
	}
	for _, text := range texts {
		if err := cleantest.CheckSlack(text, ownLinks()...); err != nil {
			return err
		}
	}
	return nil
}

func TestEveryCause(t *testing.T) {
	for name, f := range findings(t) {
		for _, reason := range []alert.Reason{alert.None, alert.NewFinding, alert.NewCause, alert.Magnitude, alert.StillFailing, alert.Reopened, alert.Resolved} {
			for _, o := range []alert.Options{options(), {}, {SummaryOnly: true}} {
				if err := check(alert.Compose(f, reason, noon, o, alert.Facts{}).Event); err != nil {
					t.Errorf("%s, %q: %v", name, reason, err)
				}
			}
		}
	}
}

// An event that came through a topic says the same as the one that was sent.
func TestThroughJSON(t *testing.T) {
	for name, f := range findings(t) {
		e := alert.Compose(f, alert.NewFinding, noon, options(), alert.Facts{}).Event
		doc, err := e.JSON()
		if err != nil {
			t.Fatal(err)
		}
		var back alert.Event
		if err := json.Unmarshal(doc, &back); err != nil {
			t.Fatal(err)
		}
		want, err := slack.Alert(e).JSON()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := slack.Alert(back).JSON(); err != nil || got != want {
			t.Errorf("%s: error %v, got\n%s\nwant\n%s", name, err, got, want)
		}
	}
}

// fill puts a text wherever a finding has one.
func fill(t *testing.T, f finding.Finding, text string) finding.Finding {
	t.Helper()
	n := 0
	source, err := json.Marshal(map[string]any{"Sid": text, "Effect": "Deny", "Principal": map[string]any{"AWS": []string{text, text}}, "Resource": text,
		"Condition": map[string]any{text: map[string]any{text: []string{text, "b"}}}})
	if err != nil {
		t.Fatal(err)
	}
	cause := diagnosis.Cause{ID: diagnosis.CauseID(text), Confidence: diagnosis.Confidence(text), Summary: text, Account: text, Doc: text}
	for _, element := range []string{"", "Principal", "Resource", "Condition"} {
		c := cause
		c.Because = []diagnosis.Reason{{Layer: "bucket-policy", Policy: text, At: text, Statement: &n, SID: text, Effect: "Deny", Matches: "yes", Element: element,
			Operator: text, Key: text, Wanted: []string{text}, Got: []string{text}, Source: source}}
		f.Diagnosis.Contributing = append(f.Diagnosis.Contributing, c)
	}
	cause.Because = []diagnosis.Reason{{Text: text}}
	x := &f.Diagnosis
	x.Cause = &cause
	x.Denial.Bucket, x.Denial.Key, x.Denial.SourceIP, x.Denial.VPCEndpointID, x.Denial.BucketAccount = text, text, text, text, text
	x.Denial.Principal = evidence.Principal{Type: "role", ARN: "arn:aws:iam::111111111111:role/" + text, Account: text, Session: text}
	for range 8 {
		x.Open = append(x.Open, diagnosis.Open{ID: diagnosis.CauseID(text), Because: text, Needs: text + " in " + text})
		x.RuledOut = append(x.RuledOut, diagnosis.RuledOut{ID: diagnosis.CauseID(text), Because: text})
		x.Checks = append(x.Checks, diagnosis.Check{Layer: evidence.Layer(text), Action: text, Verdict: diagnosis.Deny})
		x.Remedy.Steps = append(x.Remedy.Steps, diagnosis.Step{Account: text, Title: text, Caution: text, Commands: []string{text, "aws " + text}, Patch: source},
			diagnosis.Step{Title: text, Kind: "replace-statement", Diff: "+ " + text + "\n- " + text})
	}
	x.Remedy.Because, x.Intended = text, diagnosis.Intended{Ask: true, Because: text}
	f.ID, f.Title, f.Status, f.Key.Place = text, text, finding.Status(text), text
	return f
}

func TestHostile(t *testing.T) {
	base := findings(t)["../../../docs/testdata/case-three-accounts.json"]
	for _, c := range cleantest.Hostile() {
		o := options()
		o.AccountNames = map[string]string{c.Text: c.Text}
		f := fill(t, base, c.Text)
		e := alert.Compose(f, alert.NewFinding, noon, o, alert.Facts{}).Event
		if err := check(e); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		// Whoever could publish to the topic could write what no program of ours does. (A page
		// of the operator's own may be anywhere.)
		e.Links, e.Commands = alert.Links{AWS: c.Text}, &alert.Commands{Show: c.Text, Acknowledge: "aws " + c.Text}
		e.State, e.Subject, e.Actors = c.Text, c.Text, []alert.Actor{{Account: c.Text, Name: c.Text}, {Whose: c.Text}}
		if err := check(e); err != nil {
			t.Errorf("%s, in the event: %v", c.Name, err)
		}
		f.Diagnosis.Cause, f.Diagnosis.Outcome = nil, diagnosis.Undetermined
		if err := check(alert.Compose(f, alert.NewFinding, noon, o, alert.Facts{}).Event); err != nil {
			t.Errorf("%s, undetermined: %v", c.Name, err)
		}
		if err := check(alert.ComposeDigest([]finding.Finding{f, f, f}, alert.Burst, noon, o).Event); err != nil {
			t.Errorf("%s, digest: %v", c.Name, err)
		}
	}
}

// What is cut is said, and what matters is never cut.
func TestBudget(t *testing.T) {
	f := fill(t, findings(t)["../../../docs/testdata/case-three-accounts.json"], strings.Repeat("long words ", 100))
	p := slack.Alert(alert.Compose(f, alert.NewFinding, noon, options(), alert.Facts{}).Event)
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	doc, err := p.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Must act", "Left out for length", "Working as intended?"} {
		if !strings.Contains(doc, want) {
			t.Errorf("it lacks %q", want)
		}
	}
}

func TestCheck(t *testing.T) {
	text := slack.Text{Type: "mrkdwn", Text: "x"}
	long := slack.Text{Type: "mrkdwn", Text: strings.Repeat("x", 3001)}
	many := make([]slack.Block, 51)
	for i := range many {
		many[i] = slack.Block{Type: "section", Text: &text}
	}
	for name, p := range map[string]slack.Payload{
		"no text":                 {Blocks: many[:1]},
		"no blocks":               {Text: "x"},
		"too many blocks":         {Text: "x", Blocks: many},
		"a long section":          {Text: "x", Blocks: []slack.Block{{Type: "section", Text: &long}}},
		"a long field":            {Text: "x", Blocks: []slack.Block{{Type: "section", Text: &text, Fields: []slack.Text{{Text: strings.Repeat("x", 2001)}}}}},
		"an empty field":          {Text: "x", Blocks: []slack.Block{{Type: "section", Fields: []slack.Text{{}}}}},
		"too many fields":         {Text: "x", Blocks: []slack.Block{{Type: "section", Fields: make([]slack.Text, 11)}}},
		"an empty section":        {Text: "x", Blocks: []slack.Block{{Type: "section"}}},
		"a header of mrkdwn":      {Text: "x", Blocks: []slack.Block{{Type: "header", Text: &text}}},
		"a long header":           {Text: "x", Blocks: []slack.Block{{Type: "header", Text: &slack.Text{Type: "plain_text", Text: strings.Repeat("x", 151)}}}},
		"an empty context":        {Text: "x", Blocks: []slack.Block{{Type: "context"}}},
		"a block that is unknown": {Text: "x", Blocks: []slack.Block{{Type: "button"}}},
		"too long for Slack":      {Text: strings.Repeat("x", slack.Budget), Blocks: many[:1]},
	} {
		if p.Check() == nil {
			t.Errorf("%s: it passed", name)
		}
	}
}
