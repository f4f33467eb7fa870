package trail_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"why403/pkg/trail"
)

// BenchmarkParse is one event on its way to a Denial: the aim is 25 µs.
func BenchmarkParse(b *testing.B) {
	for _, name := range []string{"identity-no-allow", "bucket-policy-no-allow", "caller-aws-service", "not-a-denial"} {
		sample, err := os.ReadFile("../../events/" + name + ".json")
		if err != nil {
			b.Fatal(err)
		}
		var compact bytes.Buffer // as EventBridge delivers it
		if err := json.Compact(&compact, sample); err != nil {
			b.Fatal(err)
		}
		doc := compact.Bytes()
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			var r trail.Reader
			for b.Loop() {
				if _, _, err := r.Parse(doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLogFile is a log file of which one record in fifty is a denial, taken
// apart and read: the aim is 150 MB/s for a core.
func BenchmarkLogFile(b *testing.B) {
	compact := func(name string) string {
		sample, err := os.ReadFile("../../events/" + name)
		if err != nil {
			b.Fatal(err)
		}
		var out bytes.Buffer
		if err := json.Compact(&out, sample); err != nil {
			b.Fatal(err)
		}
		return out.String()
	}
	success, denial := compact("not-a-denial.json"), compact("bare-record.json")
	log := `{"Records":[` + strings.Repeat(strings.Repeat(success+",", 49)+denial+",", 40)
	log = strings.TrimSuffix(log, ",") + "]}"
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	for b.Loop() {
		denials := 0
		var r trail.Reader
		for s := trail.NewScanner(strings.NewReader(log)); ; {
			item, ok := s.Next()
			if !ok {
				break
			}
			if _, ignored, err := r.Parse(item.Raw); err != nil || item.Err != nil {
				b.Fatal(err, item.Err)
			} else if ignored == "" {
				denials++
			}
		}
		if denials != 40 {
			b.Fatal(denials)
		}
	}
}
