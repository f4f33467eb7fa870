package auditor_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/finding"
	"why403/pkg/finding/local"
)

// clock is set by the test.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) forward(d time.Duration) { c.at = c.at.Add(d) }

// told is an auditor with a memory and a clock.
type told struct {
	*auditor.Auditor
	clock *clock
	out   *outbox
	store *local.Store
}

func telling(t *testing.T, p alert.Policy) told {
	t.Helper()
	a := told{clock: &clock{time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}, out: &outbox{}, store: newStore(t)}
	a.Auditor = auditor.New(a.store, a.out, alert.Options{Policy: p}, auditor.WithLedger(a.store), auditor.WithClock(a.clock.now))
	return a
}

// denied hands over a denial of a user; event tells it from others.
func (a told) denied(t *testing.T, user string, event int) auditor.Report {
	t.Helper()
	return a.Handle(t.Context(), inputs(record(user, fmt.Sprintf("%s-%d", user, event), event%60, noIdentity(user))))
}

func (a told) digest(t *testing.T) []alert.Message {
	t.Helper()
	sent, err := a.Digest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

func (a told) reasons() string {
	var all []string
	for _, m := range a.out.sent {
		all = append(all, string(m.Reason))
	}
	return strings.Join(all, ", ")
}

// TestLifeOfAFinding is what a mailbox gets of one denial over three days.
func TestLifeOfAFinding(t *testing.T) {
	a := telling(t, alert.DefaultPolicy())
	for event := range 9 {
		a.denied(t, "ann", event)
	}
	a.clock.forward(time.Hour)
	a.denied(t, "ann", 10) // the tenth
	a.denied(t, "ann", 11)
	a.clock.forward(24 * time.Hour)
	a.denied(t, "ann", 12)
	if got, want := a.reasons(), "new, magnitude, still failing"; got != want {
		t.Errorf("told: %s; want %s", got, want)
	}
	id := a.out.sent[0].FindingID
	if _, err := a.store.SetStatus(t.Context(), id, finding.StatusChange{Status: "resolved"}); err != nil {
		t.Fatal(err)
	}
	a.denied(t, "ann", 13)
	a.denied(t, "ann", 14)
	if got, want := a.reasons(), "new, magnitude, still failing, reopened"; got != want {
		t.Errorf("told: %s; want %s", got, want)
	}
	subject, found := strings.CutPrefix(a.out.sent[3].Subject, "REOPENED: ")
	for _, m := range a.out.sent[:3] {
		if !found || m.Subject != subject {
			t.Errorf("subject %q; all of one finding have the same: %q", m.Subject, subject)
		}
	}
}

func TestQuietStart(t *testing.T) {
	p := alert.DefaultPolicy()
	p.QuietStart = 24 * time.Hour
	a := telling(t, p)
	for event := range 3 {
		for _, user := range []string{"ann", "bob", "eve"} {
			report := a.denied(t, user, event)
			if held := report.Touched[0]; held.Held != alert.QuietStart || !held.Until.Equal(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)) {
				t.Fatalf("held %q until %s", held.Held, held.Until)
			}
		}
	}
	a.clock.forward(24*time.Hour - time.Second)
	if sent := a.digest(t); len(sent)+len(a.out.sent) > 0 {
		t.Fatalf("sent before its time: %q", subjects(sent))
	}
	a.clock.forward(time.Second)
	sent := a.digest(t)
	if len(sent) != 1 || sent[0].Subject != "3 findings of the first 24 hours [why403 digest]" || a.reasons() != "digest" {
		t.Fatalf("sent %q", subjects(sent))
	}
	if again := a.digest(t); len(again) > 0 {
		t.Errorf("sent again: %q", subjects(again))
	}
	a.denied(t, "ann", 50)
	a.denied(t, "max", 1)
	if got, want := a.reasons(), "digest, new"; got != want {
		t.Errorf("told: %s; want %s", got, want)
	}
}

// A flood of findings is some messages and one digest, and nothing is lost.
func TestBurst(t *testing.T) {
	p := alert.DefaultPolicy()
	p.Burst = 3
	a := telling(t, p)
	for user := range 10 {
		a.denied(t, fmt.Sprintf("user%d", user), 1)
	}
	if len(a.out.sent) != 3 {
		t.Fatalf("%d messages, want 3: %q", len(a.out.sent), subjects(a.out.sent))
	}
	if sent := a.digest(t); len(sent) > 0 {
		t.Fatalf("sent before the window was over: %q", subjects(sent))
	}
	a.clock.forward(15 * time.Minute)
	a.denied(t, "user9", 2) // it is told by itself, now that there is room
	sent := a.digest(t)
	if len(sent) != 1 || sent[0].Subject != "6 findings beyond 3 messages in 15 minutes [why403 digest]" {
		t.Fatalf("sent %q", subjects(sent))
	}
	if sent[0].Event.Digest == nil || len(sent[0].Event.Digest.Findings) != 6 {
		t.Errorf("digest %+v", sent[0].Event.Digest)
	}
	a.clock.forward(15 * time.Minute)
	a.denied(t, "user8", 3)
	if more := a.digest(t); len(more) > 0 || len(a.out.sent) != 5 {
		t.Errorf("told again: %q", subjects(a.out.sent))
	}
}

// What could not be sent is held on; what a person dealt with meanwhile is left out.
func TestDigestOfWhatIsLeft(t *testing.T) {
	p := alert.DefaultPolicy()
	p.QuietStart = time.Hour
	a := telling(t, p)
	report := a.denied(t, "ann", 1)
	a.denied(t, "bob", 1)
	if _, err := a.store.SetStatus(t.Context(), report.Touched[0].Finding.ID, finding.StatusChange{Status: "suppressed"}); err != nil {
		t.Fatal(err)
	}
	a.clock.forward(time.Hour)
	a.out.fail = errors.New("throttled")
	if _, err := a.Digest(t.Context()); err == nil || !strings.Contains(err.Error(), "throttled") {
		t.Fatalf("error %v", err)
	}
	a.out.fail = nil
	if sent := a.digest(t); len(sent) != 1 || sent[0].Event.Digest.Count != 1 {
		t.Errorf("sent %q", subjects(sent))
	}
}

// A ledger that fails fails the input, which comes again: nothing is told unseen.
func TestLedgerThatFails(t *testing.T) {
	store, out := newStore(t), &outbox{}
	p := alert.DefaultPolicy()
	a := auditor.New(store, out, alert.Options{Policy: p}, auditor.WithLedger(brokenLedger{store}))
	report := a.Handle(t.Context(), inputs(record("ann", "e1", 1, noIdentity("ann"))))
	if retry, _ := report.Failed(); len(retry) != 1 || len(out.sent) > 0 {
		t.Errorf("%d to be tried again, %d sent", len(retry), len(out.sent))
	}
}

type brokenLedger struct{ *local.Store }

func (brokenLedger) Sent(context.Context, string, time.Time) (int, error) {
	return 0, errors.New("throttled")
}

// A clock that jumps, back or forth, makes no finding silent, and repeats nothing.
func TestClockJumps(t *testing.T) {
	p := alert.DefaultPolicy()
	p.QuietStart = time.Hour
	a := telling(t, p)
	a.denied(t, "ann", 1) // held
	users := 0
	for _, jump := range []time.Duration{-3 * time.Hour, 30 * 24 * time.Hour, -30 * 24 * time.Hour, time.Minute, -time.Minute, 2 * time.Hour} {
		a.clock.forward(jump)
		users++
		for event := range 3 {
			a.denied(t, fmt.Sprintf("user%d", users), event)
		}
		a.digest(t)
	}
	a.clock.forward(2 * time.Hour)
	a.digest(t)
	all, err := a.store.List(t.Context(), finding.Filter{})
	if err != nil || len(all) != users+1 {
		t.Fatalf("%d findings, error %v", len(all), err)
	}
	told := make(map[string]int)
	for _, m := range a.out.sent {
		if m.Event.Digest == nil {
			told[m.FindingID]++
			continue
		}
		for _, f := range m.Event.Digest.Findings {
			told[f.ID]++
		}
	}
	for _, f := range all {
		if told[f.ID] != 1 {
			t.Errorf("%s was told %d times: %s", f.ID, told[f.ID], f.Title)
		}
	}
}
