package findingtest

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"why403/pkg/finding"
)

func testNothing(t *testing.T, s finding.Store) {
	got, err := s.Record(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "recorded", got, finding.Recorded{})
	all, err := s.List(t.Context(), finding.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "findings", len(all), 0)
}

func testNew(t *testing.T, s finding.Store) {
	o := Sample("acme-data", 1)
	got := record(t, s, 1, 0, o)
	same(t, "finding", got, finding.Finding{}.Apply([]finding.Occurrence{o}))
	same(t, "status", got.Status, finding.Open)
}

func testDuplicateWithin(t *testing.T, s finding.Store) {
	o := Sample("acme-data", 1)
	got := record(t, s, 2, 1, o, Sample("acme-data", 2), o)
	same(t, "count", got.Count, 2)
}

func testDuplicateAcross(t *testing.T, s finding.Store) {
	first := record(t, s, 2, 0, Samples("acme-data", 1, 2)...)
	again := record(t, s, 0, 2, Samples("acme-data", 1, 2)...)
	same(t, "finding after the same batch", again, first)
	mixed := record(t, s, 1, 2, Samples("acme-data", 1, 3)...)
	same(t, "finding after a mixed batch", mixed, finding.Finding{}.Apply(Samples("acme-data", 1, 3)))
}

func testWithoutID(t *testing.T, s finding.Store) {
	o := Sample("acme-data", 1)
	o.ID = ""
	record(t, s, 2, 0, o, o)
	got := record(t, s, 2, 0, o, Sample("acme-data", 2))
	same(t, "count", got.Count, 4)
}

func testEventOfTwoFindings(t *testing.T, s finding.Store) {
	record(t, s, 1, 0, Sample("acme-data", 1))
	record(t, s, 1, 0, Sample("acme-logs", 1))
}

func testLargeBatch(t *testing.T, s finding.Store) {
	record(t, s, 150, 0, Samples("acme-data", 1, 150)...)
	got := record(t, s, 100, 150, Samples("acme-data", 1, 250)...)
	same(t, "count", got.Count, 250)
	same(t, "last seen", got.LastSeen, Start().Add(250*time.Minute))
}

// testConcurrent has several batches of one finding at the same time. They all
// share an event, and a person is told of the finding meanwhile.
func testConcurrent(t *testing.T, s finding.Store) {
	const batches, size = 4, 5
	shared := Sample("acme-data", 1000)
	id := record(t, s, 1, 0, Sample("acme-data", 0)).ID
	recorded := make([]finding.Recorded, batches)
	var g errgroup.Group
	for b := range batches {
		g.Go(func() (err error) {
			batch := append(Samples("acme-data", 1+b*size, (b+1)*size), shared)
			recorded[b], err = s.Record(t.Context(), batch)
			return err
		})
		g.Go(func() error {
			return s.Announced(t.Context(), id, finding.Announcement{Causes: []string{fmt.Sprintf("CAUSE_%d", b)}})
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	fresh, copies := 0, 0
	for _, r := range recorded {
		fresh += r.New
		copies += r.Duplicates
	}
	got := get(t.Context(), t, s, id)
	same(t, "new", fresh, batches*size+1)
	same(t, "duplicates", copies, batches-1)
	same(t, "count", got.Count, 1+batches*size+1)
	same(t, "causes announced", len(got.Announced), batches)
}
