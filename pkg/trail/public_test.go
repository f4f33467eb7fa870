package trail_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"why403/pkg/trail"
)

// TestPublicRecords reads real records that people have published. They are not
// ours to distribute, so the test reads whatever folder of JSON files
// WHY403_PUBLIC_EVENTS names:
//
//	WHY403_PUBLIC_EVENTS=~/records go test ./pkg/trail -run Public -v
//
// Each is read or ignored with a reason, and nothing is claimed twice or without
// a reason; -v prints what was read, for a person to judge.
func TestPublicRecords(t *testing.T) {
	folder := os.Getenv("WHY403_PUBLIC_EVENTS")
	if folder == "" {
		t.Skip("WHY403_PUBLIC_EVENTS names no folder of published records")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", folder, len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			docs := documents(t, file)
			if len(docs) == 0 {
				t.Error("no document")
			}
			for i, doc := range docs {
				t.Run(fmt.Sprint(i+1), func(t *testing.T) {
					d, ignored, err := trail.Parse(doc)
					switch {
					case err != nil:
						t.Error(err)
					case ignored != "":
						t.Logf("%s %s: ignored: %s", d.Service, d.Operation, ignored)
					default:
						unique(t, d.Context)
						t.Log("\n" + dump(d))
					}
				})
			}
		})
	}
}
