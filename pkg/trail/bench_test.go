package trail_test

import (
	"os"
	"testing"

	"why403/pkg/trail"
)

// BenchmarkParse is one event on its way to a Denial: the aim is 25 µs.
func BenchmarkParse(b *testing.B) {
	for _, name := range []string{"identity-no-allow", "bucket-policy-no-allow", "caller-aws-service", "not-a-denial"} {
		doc, err := os.ReadFile("../../events/" + name + ".json")
		if err != nil {
			b.Fatal(err)
		}
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
