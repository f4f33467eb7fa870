package trail_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/trail"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden holds what is read of every sample: one per caller shape and per
// cause.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("../../events/*.json")
	if err != nil || len(files) < 50 {
		t.Fatalf("samples: %d files, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) { golden(t, "testdata/golden/"+name+".txt", readFile(t, file)) })
	}
}

// TestGoldenShapes holds shapes that no sample has: endpoints, access points,
// directory buckets, copies, records with members missing or redacted.
func TestGoldenShapes(t *testing.T) {
	files, err := filepath.Glob("testdata/shapes/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("shapes: %d files, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) { golden(t, "testdata/shapes/"+name+".txt", readFile(t, file)) })
	}
}

// readFile dumps every document of a file.
func readFile(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b strings.Builder
	s := trail.NewScanner(f)
	for {
		item, ok := s.Next()
		if !ok {
			break
		}
		fmt.Fprintf(&b, "== %s\n", item.Where)
		if item.Err != nil {
			fmt.Fprintf(&b, "error: %v\n", item.Err)
			continue
		}
		d, ignored, err := trail.Parse(item.Raw)
		switch {
		case err != nil:
			fmt.Fprintf(&b, "error: %v\n", err)
		case ignored != "":
			fmt.Fprintf(&b, "ignored: %s %s\n", d.Operation, ignored)
		default:
			b.WriteString(dump(d))
		}
	}
	return b.String()
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
