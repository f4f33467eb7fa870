package alert

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/trail"
)

const samples = "../../events"

// denials reads the denials of one sample file, whatever its envelope.
func denials(t testing.TB, file string) []trail.Denial {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join(samples, file))
	if err != nil {
		t.Fatal(err)
	}
	docs := []json.RawMessage{doc}
	var batch struct{ Records []json.RawMessage }
	if json.Unmarshal(doc, &batch) == nil && len(batch.Records) > 0 {
		docs = nil
		for _, r := range batch.Records {
			var message struct{ Body string }
			if json.Unmarshal(r, &message) == nil && message.Body != "" {
				r = json.RawMessage(message.Body)
			}
			docs = append(docs, r)
		}
	}
	var all []trail.Denial
	for _, doc := range docs {
		d, ignored, err := trail.Parse(doc)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if ignored == "" {
			all = append(all, d)
		}
	}
	return all
}

// findingOf counts denials as one finding.
func findingOf(all ...trail.Denial) finding.Finding {
	var occurrences []finding.Occurrence
	for _, d := range all {
		occurrences = append(occurrences, finding.Occurrence{
			ID: d.OccurrenceID(), Key: finding.KeyOf(d), Time: d.Time, ObjectKey: d.Key, Diagnosis: diagnosis.FromDenial(d),
		})
	}
	return finding.Finding{}.Apply(occurrences)
}

// sampleFindings are the findings of all sample events, by file.
func sampleFindings(t testing.TB) map[string]finding.Finding {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(samples, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	all := make(map[string]finding.Finding)
	for _, path := range files {
		file := filepath.Base(path)
		for i, d := range denials(t, file) {
			name := strings.TrimSuffix(file, ".json")
			if i > 0 {
				name += strings.Repeat("+", i)
			}
			all[name] = findingOf(d)
		}
	}
	return all
}

// options are those of the mails in testdata.
func options() Options {
	return Options{
		DocsBaseURL: "https://why403.example/docs/",
		Policy:      DefaultPolicy(),
		Table:       "why403-FindingsTable-EXAMPLE",
		Region:      "us-east-1",
		AccountNames: map[string]string{
			"111111111111": "analytics",
			"222222222222": "data lake",
			"999999999999": "management",
		},
	}
}
