package diagnosis_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"why403/pkg/console"
)

var update = flag.Bool("update", false, "write the golden diagnoses anew")

// oneScreen is how many lines a person sees at once: those of a diagnosis with up to three
// blockers.
const oneScreen = 64

// TestGolden keeps whole diagnoses, to be read in review: what the case is, what a person
// sees, and the document for a program.
func TestGolden(t *testing.T) {
	const least = 15
	n := 0
	for _, c := range readCorpus(t) {
		name := c.Get("golden")
		if name == "" {
			continue
		}
		n++
		t.Run(name, func(t *testing.T) {
			x := c.diagnose(t)
			text := console.Diagnosis(x, console.Style{Unicode: true, Width: 100})
			if lines := strings.Count(text, "\n") + 1; lines > oneScreen && len(x.Contributing) < 3 {
				t.Errorf("%d lines, want no more than a screen", lines)
			}
			var doc bytes.Buffer
			e := json.NewEncoder(&doc)
			e.SetEscapeHTML(false)
			e.SetIndent("", "  ")
			if err := e.Encode(x); err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("%s: %s\n\n%s\n\n%s", c.Topic, c.Name, strings.TrimRight(text, "\n"), doc.String())
			file := filepath.Join("testdata", "golden", name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v: run go test -update if it is new", err)
			}
			if string(want) != got {
				t.Errorf("run go test -update if this is meant:\n%s", firstDifference(string(want), got))
			}
		})
	}
	if n < least {
		t.Errorf("%d golden diagnoses, want %d", n, least)
	}
}

// firstDifference returns the first lines in which two texts differ.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) || w[i] != g[i] {
			return fmt.Sprintf("line %d\n- %s\n+ %s", i+1, w[i], strings.Join(g[min(i, len(g)):min(i+3, len(g))], "\n  "))
		}
	}
	return fmt.Sprintf("line %d\n+ %s", len(w)+1, g[len(w)])
}
