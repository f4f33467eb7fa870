package docs_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"why403/pkg/alert"
	"why403/pkg/alert/slack"
	"why403/pkg/auditor"
	"why403/pkg/finding"
)

// TestAlertsAreReal: each example in docs/alerts, in all its forms, is what the program
// says today. Read them as the person on call.
func TestAlertsAreReal(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 3, 0, 0, time.UTC)
	o := alert.Options{
		Policy: alert.DefaultPolicy(), Table: "why403-FindingsTable-EXAMPLE", Region: "us-east-1",
		AccountNames: map[string]string{"111111111111": "analytics", "222222222222": "data lake"},
	}
	schema := compile(t, "alert.schema.json")
	for name, file := range map[string]string{
		"one-cause":        "causes/identity-no-allow.json",
		"several-accounts": "testdata/case-three-accounts.json",
		"undetermined":     "../events/message-truncated.json",
	} {
		t.Run(name, func(t *testing.T) {
			m := alert.Compose(findingOfFile(t, file), alert.NewFinding, now, o, alert.Facts{})
			golden(t, "alerts/"+name+".txt", []byte("Subject: "+m.Subject+"\n\n"+m.Body))
			doc, err := m.Event.JSON()
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "alerts/"+name+".json", indented(t, doc))
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(value); err != nil {
				t.Error(err)
			}
			p := slack.Alert(m.Event)
			if err := p.Check(); err != nil {
				t.Error(err)
			}
			for form, write := range map[string]func() (string, error){"slack": p.JSON, "amazonq": slack.AmazonQ(m.Event).JSON} {
				text, err := write()
				if err != nil {
					t.Fatal(err)
				}
				golden(t, "alerts/"+name+"."+form+".json", indented(t, []byte(text)))
			}
		})
	}
}

// TestDigestFitsItsSchema: a digest and a resolved finding are alerts too.
func TestDigestFitsItsSchema(t *testing.T) {
	schema := compile(t, "alert.schema.json")
	f := findingOfFile(t, "causes/identity-no-allow.json")
	now := time.Date(2026, 11, 23, 10, 3, 0, 0, time.UTC)
	for _, e := range []alert.Event{
		alert.ComposeDigest([]finding.Finding{f, {}}, alert.QuietStart, now, alert.Options{}).Event,
		alert.Compose(f, alert.Resolved, now, alert.Options{SummaryOnly: true, DocsBaseURL: "https://why403.example"}, alert.Facts{}).Event,
	} {
		doc, err := e.JSON()
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Error(err)
		}
		value.(map[string]any)["reason"] = "because"
		if schema.Validate(value) == nil {
			t.Error("a reason that there is none of passed")
		}
	}
}

// TestRoutesExample: the example of a routes file is one.
func TestRoutesExample(t *testing.T) {
	doc, err := os.ReadFile("alerts/routes.json")
	if err != nil {
		t.Fatal(err)
	}
	if routes, err := alert.ParseRoutes(doc); err != nil || len(routes) != 3 {
		t.Errorf("%d routes, error %v", len(routes), err)
	}
	if err := compile(t, "routes.schema.json").Validate(load(t, "alerts/routes.json")); err != nil {
		t.Error(err)
	}
}

func findingOfFile(t *testing.T, file string) finding.Finding {
	t.Helper()
	doc, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	got, err := auditor.Diagnose(doc)
	if err != nil {
		t.Fatal(err)
	}
	d := got.Denial
	at := d.Time
	if at.IsZero() { // a question has no time
		at = time.Date(2026, 11, 23, 9, 58, 0, 0, time.UTC)
	}
	return finding.Finding{}.Apply([]finding.Occurrence{{ID: "1", Key: finding.KeyOf(d), Time: at, ObjectKey: d.Key, Diagnosis: got.Diagnosis}})
}

func indented(t *testing.T, doc []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, doc, "", "  "); err != nil {
		t.Fatal(err)
	}
	return append(b.Bytes(), '\n')
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: run go test -update if this is meant:\n%s", file, diff)
	}
}
