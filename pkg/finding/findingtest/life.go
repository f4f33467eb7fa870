package findingtest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"why403/pkg/finding"
)

// unknown is an id that no sample has.
const unknown = "00000000"

func testAnnounced(t *testing.T, s finding.Store) {
	before := record(t, s, 1, 0, Sample("acme-data", 1))
	for _, causes := range [][]string{{"A"}, {"A", "B"}, {"B"}, nil} {
		if err := s.Announced(t.Context(), before.ID, finding.Announcement{Causes: causes}); err != nil {
			t.Fatal(err)
		}
	}
	want := before
	want.Announced = []string{"A", "B"}
	same(t, "finding", get(t.Context(), t, s, before.ID), want)

	told := finding.Told{At: Start().Add(time.Hour), Count: 1, Status: finding.Open}
	for _, earlier := range []time.Duration{0, time.Minute} { // one that is noted late does not count
		if err := s.Announced(t.Context(), before.ID, finding.Announcement{Told: finding.Told{At: told.At.Add(-earlier), Count: 1, Status: finding.Open}}); err != nil {
			t.Fatal(err)
		}
	}
	want.Told = &told
	same(t, "finding that a message was sent of", get(t.Context(), t, s, before.ID), want)

	after := record(t, s, 1, 0, Sample("acme-data", 2))
	same(t, "announced after another occurrence", after.Announced, want.Announced)
	same(t, "told after another occurrence", after.Told, want.Told)
}

func testAnnouncedUnknown(t *testing.T, s finding.Store) {
	if err := s.Announced(t.Context(), unknown, finding.Announcement{Causes: []string{"A"}}); !errors.Is(err, finding.ErrNotFound) {
		t.Errorf("got error %v, want ErrNotFound", err)
	}
	if _, err := s.Get(t.Context(), unknown); !errors.Is(err, finding.ErrNotFound) {
		t.Errorf("it has made a finding: error of Get is %v", err)
	}
}

func testGetAnyCase(t *testing.T, s finding.Store) {
	want := record(t, s, 1, 0, Sample("acme-data", 1))
	same(t, "finding", get(t.Context(), t, s, " "+strings.ToLower(want.ID)), want)
}

func testGetUnknown(t *testing.T, s finding.Store) {
	record(t, s, 1, 0, Sample("acme-data", 1))
	for _, id := range []string{unknown, unknown + "0"} {
		if f, err := s.Get(t.Context(), id); !errors.Is(err, finding.ErrNotFound) {
			t.Errorf("Get(%q) = %+v, error %v; want ErrNotFound", id, f, err)
		}
	}
	if f, err := s.Get(t.Context(), ""); err == nil {
		t.Errorf("Get without an id = %+v", f)
	}
}

func testList(t *testing.T, s finding.Store) {
	without := Sample("acme-time", 1)
	without.Time = time.Time{}
	late := record(t, s, 1, 0, Sample("acme-data", 9))
	tied := []finding.Finding{record(t, s, 1, 0, Sample("acme-logs", 5)), record(t, s, 1, 0, Sample("acme-site", 5))}
	unknownTime := record(t, s, 1, 0, without)
	early := record(t, s, 1, 0, Sample("acme-old", 2))
	for f, status := range map[*finding.Finding]finding.Status{
		&tied[0]: finding.Acknowledged, &tied[1]: finding.Suppressed, &early: finding.Resolved,
	} {
		*f = setStatus(t, s, f.ID, status)
	}
	slices.SortFunc(tied, func(a, b finding.Finding) int { return strings.Compare(a.ID, b.ID) })

	got, err := s.List(t.Context(), finding.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "list", bare(got...), bare(late, tied[0], tied[1], early, unknownTime))
}

func testReopened(t *testing.T, s finding.Store) {
	before := record(t, s, 1, 0, Sample("acme-data", 1))
	if err := s.Announced(t.Context(), before.ID, finding.Announcement{Causes: []string{"A"}}); err != nil {
		t.Fatal(err)
	}
	setStatus(t, s, before.ID, finding.Resolved)
	before = get(t.Context(), t, s, before.ID)
	same(t, "announced before", before.Announced, []string{"A"})
	got := record(t, s, 1, 0, Sample("acme-data", 2))
	same(t, "finding", got, before.Apply(Samples("acme-data", 2, 2)))
	same(t, "announced", len(got.Announced), 0)
	same(t, "status", got.Status, finding.Open)
}

func testResolvedStays(t *testing.T, s finding.Store) {
	id := record(t, s, 1, 0, Sample("acme-data", 1)).ID
	setStatus(t, s, id, finding.Resolved)
	got := record(t, s, 0, 1, Sample("acme-data", 1))
	same(t, "status", got.Status, finding.Resolved)
}

func testStatusSurvives(t *testing.T, s finding.Store) {
	id := record(t, s, 1, 0, Sample("acme-data", 1)).ID
	for i, status := range []finding.Status{finding.Acknowledged, finding.Suppressed} {
		setStatus(t, s, id, status)
		got := record(t, s, 1, 1, Samples("acme-data", 1+i, 2+i)...)
		same(t, "status after another occurrence", got.Status, status)
		if err := s.Announced(t.Context(), id, finding.Announcement{Causes: []string{string(status)}}); err != nil {
			t.Fatal(err)
		}
		same(t, "status after an alert", get(t.Context(), t, s, id).Status, status)
	}
}

func setStatus(t *testing.T, s finding.Store, id string, status finding.Status) finding.Finding {
	t.Helper()
	f, err := s.SetStatus(t.Context(), id, finding.StatusChange{Status: status, At: Start(), By: "ann", How: finding.ByHand})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "status returned", f.Status, status)
	same(t, "status set", get(t.Context(), t, s, id).Status, status)
	return f
}
