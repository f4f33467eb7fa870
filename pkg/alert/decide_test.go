package alert

import (
	"testing"
	"time"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// The table is what an operator is promised about when a message comes.
func TestDecide(t *testing.T) {
	const (
		iam    = string(diagnosis.IdentityNoAllow)
		bucket = string(diagnosis.BucketPolicyNoAllow)
		none   = finding.Undetermined
	)
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	told := func(ago time.Duration, count int, status finding.Status) *finding.Told {
		return &finding.Told{At: now.Add(-ago), Count: count, Status: status}
	}
	open := func(ago time.Duration, count int) *finding.Told { return told(ago, count, finding.Open) }
	tests := []struct {
		name      string
		status    finding.Status
		cause     string
		announced []string
		told      *finding.Told
		count     int // all that were counted, with the new ones
		counted   int // just now
		want      Reason
	}{
		{"nobody was told", finding.Open, iam, nil, nil, 1, 1, NewFinding},
		{"nobody was told, and the cause is not known", finding.Open, none, nil, nil, 1, 1, NewFinding},
		{"a message was lost, and what comes is a duplicate", finding.Open, iam, nil, nil, 1, 0, NewFinding},
		{"a message about a cause was lost, and what comes is a duplicate", finding.Open, bucket, []string{iam}, nil, 2, 0, NewCause},
		{"told a moment ago", finding.Open, iam, []string{iam}, open(time.Minute, 1), 2, 1, None},
		{"told that it is not known", finding.Open, none, []string{none}, open(time.Minute, 1), 2, 1, None},
		{"another cause", finding.Open, bucket, []string{iam}, open(time.Minute, 1), 2, 1, NewCause},
		{"the cause was found", finding.Open, iam, []string{none}, open(time.Minute, 1), 2, 1, NewCause},
		{"the cause was lost", finding.Open, none, []string{iam}, open(time.Minute, 1), 2, 1, None},
		{"back to a cause that was told", finding.Open, iam, []string{iam, bucket}, open(time.Minute, 1), 3, 1, None},

		{"ten times, within the hour", finding.Open, iam, []string{iam}, open(59*time.Minute, 1), 10, 1, None},
		{"ten times, after an hour", finding.Open, iam, []string{iam}, open(time.Hour, 1), 10, 1, Magnitude},
		{"ten times, and nothing new was counted", finding.Open, iam, []string{iam}, open(time.Hour, 1), 10, 0, None},
		{"nine times", finding.Open, iam, []string{iam}, open(23*time.Hour, 1), 9, 1, None},
		{"from ten to ninety-nine times", finding.Open, iam, []string{iam}, open(2*time.Hour, 10), 99, 1, None},
		{"from ten to a hundred times", finding.Open, iam, []string{iam}, open(2*time.Hour, 10), 100, 1, Magnitude},
		{"a thousand at once", finding.Open, iam, []string{iam}, open(2*time.Hour, 1), 5000, 900, Magnitude},
		{"the day before, and it goes on", finding.Open, iam, []string{iam}, open(24*time.Hour, 1), 2, 1, StillFailing},
		{"the day before, and it is over", finding.Open, iam, []string{iam}, open(24*time.Hour, 1), 2, 0, None},
		{"the day before, ten times", finding.Open, iam, []string{iam}, open(24*time.Hour, 1), 10, 1, Magnitude},
		{"told by a program that kept no time of it", finding.Open, iam, []string{iam}, nil, 12, 1, Magnitude},

		{"resolved, and happened again", finding.Open, iam, nil, told(time.Minute, 3, finding.Open), 4, 1, Reopened},
		{"resolved, told so, and happened again", finding.Open, iam, nil, told(time.Minute, 3, finding.Resolved), 4, 1, Reopened},
		{"reopened, and the message was lost", finding.Open, iam, nil, told(time.Minute, 3, finding.Resolved), 4, 0, Reopened},
		{"resolved, and people know it as open", finding.Resolved, iam, []string{iam}, open(time.Hour, 3), 3, 0, Resolved},
		{"resolved, and people know", finding.Resolved, iam, []string{iam}, told(time.Hour, 3, finding.Resolved), 3, 0, None},
		{"resolved before anybody was told", finding.Resolved, bucket, []string{iam}, nil, 1, 0, None},

		{"acknowledged, same cause", finding.Acknowledged, iam, []string{iam}, open(48*time.Hour, 1), 100, 1, None},
		{"acknowledged, another cause", finding.Acknowledged, bucket, []string{iam}, open(time.Minute, 1), 2, 1, NewCause},
		{"acknowledged, the cause was found", finding.Acknowledged, iam, []string{none}, open(time.Minute, 1), 2, 1, NewCause},
		{"acknowledged, the cause was lost", finding.Acknowledged, none, []string{iam}, open(time.Minute, 1), 2, 1, None},
		{"acknowledged before anybody was told", finding.Acknowledged, iam, nil, nil, 1, 1, None},
		{"suppressed", finding.Suppressed, bucket, []string{iam}, open(48*time.Hour, 1), 100, 1, None},
		{"suppressed before anybody was told", finding.Suppressed, iam, nil, nil, 1, 1, None},
		{"a status of another version", "parked", iam, nil, nil, 1, 1, None},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := finding.Finding{ID: "7F3K2MQ9", Status: tt.status, Announced: tt.announced, Told: tt.told, Count: tt.count,
				FirstSeen: now.Add(-3 * time.Hour), Diagnosis: diagnosis.Diagnosis{Format: diagnosis.Format, Outcome: diagnosis.Undetermined}}
			if tt.cause != none {
				f.Diagnosis.Outcome = diagnosis.Explained
				f.Diagnosis.Cause = &diagnosis.Cause{ID: diagnosis.CauseID(tt.cause)}
			}
			if got := Decide(Transition{Finding: f, New: tt.counted}, now, DefaultPolicy()); got != (Decision{Reason: tt.want}) {
				t.Errorf("got %+v, want %q", got, tt.want)
			}
		})
	}
}

// At the start everything waits for the digest, for exactly as long as it was said.
func TestDecideQuietStart(t *testing.T) {
	began := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	end := began.Add(24 * time.Hour)
	f := findingOf(denials(t, "identity-no-allow.json")[0])
	tests := []struct {
		name  string
		quiet time.Duration
		began time.Time
		now   time.Time
		want  time.Time
	}{
		{"the first event", 24 * time.Hour, began, began, end},
		{"the last moment", 24 * time.Hour, began, end.Add(-1), end},
		{"over", 24 * time.Hour, began, end, time.Time{}},
		{"none is wanted", 0, began, began, time.Time{}},
		{"the beginning is not known", 24 * time.Hour, time.Time{}, began, time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := DefaultPolicy()
			p.QuietStart = tt.quiet
			got := Decide(Transition{Finding: f, New: 1, Began: tt.began}, tt.now, p)
			if want := (Decision{Reason: NewFinding, Until: tt.want}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
	p := DefaultPolicy()
	p.QuietStart = 24 * time.Hour
	f.Announced, f.Told = []string{f.Cause()}, &finding.Told{At: began, Count: 1, Status: finding.Open}
	if got := Decide(Transition{Finding: f, New: 1, Began: began}, began, p); got != (Decision{}) {
		t.Errorf("what people know: %+v", got)
	}
}

func TestCrowded(t *testing.T) {
	p := Policy{Burst: 3, Window: 15 * time.Minute}
	now := time.Date(2026, 11, 23, 10, 7, 0, 0, time.UTC)
	end := time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC)
	for _, tt := range []struct {
		p       Policy
		number  int
		crowded bool
	}{{p, 1, false}, {p, 3, false}, {p, 4, true}, {p, 1000, true}, {Policy{}, 1000, false}, {Policy{Burst: 1}, 1000, false}} {
		until, crowded := tt.p.Crowded(tt.number, now)
		if crowded != tt.crowded || crowded && !until.Equal(end) {
			t.Errorf("%+v, message %d: crowded %v until %s", tt.p, tt.number, crowded, until)
		}
	}
}

func TestDecideOnNothing(t *testing.T) {
	if got := Decide(Transition{}, time.Time{}, DefaultPolicy()); got.Reason != None {
		t.Errorf("no finding: got %q", got.Reason)
	}
	f := finding.Finding{ID: "7F3K2MQ9", Status: finding.Open, Diagnosis: diagnosis.Diagnosis{Outcome: diagnosis.Ignored}}
	if got := Decide(Transition{Finding: f, New: 1}, time.Time{}, DefaultPolicy()); got.Reason != None {
		t.Errorf("no denial: got %q", got.Reason)
	}
}

// Once what was said is noted, the same is not said again.
func TestDecideOnce(t *testing.T) {
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for name, f := range sampleFindings(t) {
		d := Decide(Transition{Finding: f, New: 1}, now, DefaultPolicy())
		if d.Reason != NewFinding {
			t.Errorf("%s: got %q at first", name, d.Reason)
		}
		f = f.Announce(AnnouncementOf(f, now))
		if got := Decide(Transition{Finding: f, New: 1}, now.Add(time.Minute), DefaultPolicy()); got.Reason != None {
			t.Errorf("%s: got %q after it was announced", name, got.Reason)
		}
	}
}
