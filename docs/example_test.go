package docs_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/auditor"
)

var update = flag.Bool("update", false, "write what the examples lead to anew")

// TestExamplesAreReal: what these cases lead to is what the program says of them
// today.
func TestExamplesAreReal(t *testing.T) {
	for _, name := range []string{"three-accounts", "guardrail", "public-policy"} {
		t.Run(name, func(t *testing.T) {
			doc, err := os.ReadFile("testdata/case-" + name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			got, err := auditor.Diagnose(doc)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetIndent("", "  ")
			if err := e.Encode(got.Diagnosis); err != nil {
				t.Fatal(err)
			}
			file := "testdata/diagnosis-" + name + ".json"
			if *update {
				if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
				t.Errorf("run go test -update if this is meant:\n%s", diff)
			}
		})
	}
}
