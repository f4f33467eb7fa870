package auditor_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"why403/pkg/alert"
	"why403/pkg/finding"
)

// TestDaily is the digest of each day: once, of a day on which something happened, and not
// of the first.
func TestDaily(t *testing.T) {
	a := telling(t, alert.DefaultPolicy())
	a.digest(t) // the stack begins at 10:00
	first := a.denied(t, "ann", 1).Touched[0].Finding.ID
	a.denied(t, "bob", 1)
	a.clock.forward(13 * time.Hour)
	if sent := a.digest(t); len(sent) > 0 {
		t.Errorf("within the first day: %q", subjects(sent))
	}
	a.clock.forward(25 * time.Hour) // the day after: midnight of the second night
	if _, err := a.store.SetStatus(t.Context(), first, finding.StatusChange{Status: finding.Resolved, At: a.clock.at, How: finding.ByRecheck}); err != nil {
		t.Fatal(err)
	}
	a.Handle(t.Context(), inputs(bytes.Replace(record("max", "m1", 1, noIdentity("max")), []byte("2026-11-23T09"), []byte("2026-11-24T21"), 1)))
	a.out.fail = errors.New("throttled")
	if _, err := a.Digest(t.Context()); err == nil {
		t.Error("no error of a digest that could not be sent")
	}
	a.out.fail = nil
	sent := a.digest(t)
	if len(sent) != 1 || sent[0].Subject != "1 finding of the last 24 hours: 1 new, 1 resolved [why403 digest]" {
		t.Fatalf("sent %q", subjects(sent))
	}
	if d := sent[0].Event.Digest; d.Why != alert.Daily || d.Findings[0].Title != "IAM policy: max, read on acme-data" || d.Resolved[0].ID != first {
		t.Errorf("digest %+v", d)
	}
	for range 3 {
		a.clock.forward(time.Hour)
		if again := a.digest(t); len(again) > 0 {
			t.Errorf("sent again: %q", subjects(again))
		}
	}
	a.clock.forward(24 * time.Hour)
	a.digest(t)
	a.clock.forward(24 * time.Hour)
	if quiet := a.digest(t); len(quiet) > 0 {
		t.Errorf("of a day on which nothing happened: %q", subjects(quiet))
	}
}
