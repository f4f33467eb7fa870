package findingtest

import (
	"slices"
	"testing"
	"time"

	"why403/pkg/finding"
)

// RunLedger runs the suite of a ledger. Each test opens one of its own, which must be
// empty.
func RunLedger(t *testing.T, open func(t *testing.T) finding.Ledger) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, l finding.Ledger)
	}{
		{"what began once began then", testBegan},
		{"messages are counted by topic and window", testSent},
		{"what is held is due in its time, until it is released", testHeld},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func testBegan(t *testing.T, l finding.Ledger) {
	began := func(thing string, now, want time.Time, wantFirst bool) {
		t.Helper()
		at, first, err := l.Began(t.Context(), thing, now)
		if err != nil {
			t.Fatal(err)
		}
		if !at.Equal(want) || first != wantFirst {
			t.Errorf("%s began at %s, first %v; want %s, %v", thing, at, first, want, wantFirst)
		}
	}
	start, later := Start().Add(time.Nanosecond), Start().Add(time.Hour)
	began("deployment", start, start, true)
	began("deployment", later, start, false)
	began("account/111111111111", later, later, true)
	began("account/111111111111", start, later, false)
}

func testSent(t *testing.T, l finding.Ledger) {
	sent := func(topic string, window time.Time, want int) {
		t.Helper()
		n, err := l.Sent(t.Context(), topic, window)
		if err != nil || n != want {
			t.Errorf("%q at %s: %d, error %v; want %d", topic, window, n, err, want)
		}
	}
	first, next := Start(), Start().Add(15*time.Minute)
	sent("", first, 1)
	sent("", first, 2)
	sent("arn:aws:sns:us-east-1:111111111111:team", first, 1)
	sent("", first, 3)
	sent("", next, 1)
	sent("arn:aws:sns:us-east-1:111111111111:team", next, 1)
	sent("", next, 2)
}

func testHeld(t *testing.T, l finding.Ledger) {
	now := Start()
	due := func(at time.Time, want ...finding.Held) {
		t.Helper()
		got, err := l.Due(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			got[i].Until = got[i].Until.UTC()
		}
		slices.SortFunc(want, func(a, b finding.Held) int { return a.Until.Compare(b.Until) })
		same(t, "due at "+at.String(), got, want)
	}
	due(now)
	soon := finding.Held{Until: now.Add(time.Second), Why: "burst", ID: "AAAAAAAA"}
	precise := finding.Held{Until: now.Add(1500 * time.Millisecond), Why: "burst", ID: "BBBBBBBB"}
	late := finding.Held{Until: now.Add(24 * time.Hour), Why: "quiet start", Topic: "arn:aws:sns:us-east-1:111111111111:team", ID: "AAAAAAAA"}
	for _, h := range []finding.Held{late, soon, precise, soon, late} {
		if err := l.Hold(t.Context(), h); err != nil {
			t.Fatal(err)
		}
	}
	due(now)
	due(soon.Until, soon)
	due(precise.Until, soon, precise)
	due(late.Until, soon, precise, late)
	if err := l.Release(t.Context(), []finding.Held{soon, precise}); err != nil {
		t.Fatal(err)
	}
	due(late.Until, late)
	if err := l.Release(t.Context(), []finding.Held{late, late}); err != nil {
		t.Fatal(err)
	}
	due(late.Until)
}
