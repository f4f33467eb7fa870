package trail_test

import (
	"bytes"
	"encoding/json"
	"os"
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
			for b.Loop() {
				if _, _, err := trail.Parse(doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
