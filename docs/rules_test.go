package docs_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"why403/pkg/rules"
)

// TestRulesPage reads the example of the page with the program and by the schema, and
// holds the table of the noise profile to the program's.
func TestRulesPage(t *testing.T) {
	page, err := os.ReadFile("rules.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")
	s, err := rules.Parse("rules.md", []byte(example))
	if err != nil || len(s.Rules) != 2 {
		t.Fatalf("%d rules, %v", len(s.Rules), err)
	}
	if err := compile(t, "rules.schema.json").Validate(asJSON(t, example)); err != nil {
		t.Errorf("by the schema: %v", err)
	}
	for _, n := range rules.NoiseProfile() {
		on := "off"
		if n.Default {
			on = "on"
		}
		_, row, found := strings.Cut(string(page), "| `"+n.Name+"` | "+on+" |")
		if row, _, _ = strings.Cut(row, "\n"); !found || !strings.Contains(row, n.Doc) {
			t.Errorf("the page has no row of %s, %s, %s", n.Name, on, n.Doc)
		}
		doc := "format: " + rules.Format + "\nnoise: {" + n.Name + ": true}"
		if err := compile(t, "rules.schema.json").Validate(asJSON(t, doc)); err != nil {
			t.Errorf("the schema does not know %s: %v", n.Name, err)
		}
	}
}

// TestRulesSchema holds the schema and the program to one another: what the one refuses
// as malformed the other refuses too.
func TestRulesSchema(t *testing.T) {
	const head = "format: why403.rules/v1\n"
	rule := func(match string) string {
		return head + "rules: [{name: r, reason: x, expires: '2027-01-01', match: " + match + "}]"
	}
	tests := []struct {
		name, doc string
		valid     bool
	}{
		{"a rule", rule("{bucket: acme-data}"), true},
		{"a list", rule("{bucket: [acme-data, acme-logs]}"), true},
		{"nothing to match", rule("{}"), false},
		{"an empty list", rule("{bucket: []}"), false},
		{"an unknown field", rule("{buckets: acme-data}"), false},
		{"no format", "rules: []", false},
		{"no reason", head + "rules: [{name: r, expires: '2027-01-01', match: {bucket: acme-data}}]", false},
		{"no expiry", head + "rules: [{name: r, reason: x, match: {bucket: acme-data}}]", false},
		{"no account", rule("{account: acme, bucket: acme-data}"), false},
		{"an entry that is none", head + "noise: {x: true}", false},
	}
	schema := compile(t, "rules.schema.json")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, parsed := rules.Parse("f", []byte(tt.doc))
			if validated := schema.Validate(asJSON(t, tt.doc)); (validated == nil) != tt.valid || (parsed == nil) != tt.valid {
				t.Errorf("want valid %v; the schema says %v; the program says %v", tt.valid, validated, parsed)
			}
		})
	}
}

// asJSON returns a YAML document as its JSON would be read. A day that is not quoted is a
// time to YAML, and a text to JSON.
func asJSON(t *testing.T, doc string) any {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(doc), &n); err != nil {
		t.Fatal(err)
	}
	untimed(&n)
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func untimed(n *yaml.Node) {
	if n.Tag == "!!timestamp" {
		n.Tag = "!!str"
	}
	for _, c := range n.Content {
		untimed(c)
	}
}
