package findingtest

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

func testStatusChange(t *testing.T, s finding.Store) {
	id := record(t, s, 1, 0, Sample("acme-data", 1)).ID
	c := finding.StatusChange{
		Status: finding.Suppressed, At: Start().Add(time.Hour), By: "ann", Reason: "a scanner", Until: Start().Add(48 * time.Hour), How: finding.ByHand,
	}
	returned, err := s.SetStatus(t.Context(), id, c)
	if err != nil {
		t.Fatal(err)
	}
	got := get(t.Context(), t, s, id)
	same(t, "returned and kept", bare(returned), bare(got))
	same(t, "status", got.Status, finding.Suppressed)
	same(t, "change", got.Changed, &c)
	same(t, "history", got.History, []finding.StatusChange{c})
	for i := range finding.MaxHistory + 5 {
		c = finding.StatusChange{Status: finding.Acknowledged, By: fmt.Sprint(i)}
		if _, err := s.SetStatus(t.Context(), id, c); err != nil {
			t.Fatal(err)
		}
	}
	got = get(t.Context(), t, s, id)
	same(t, "length of the history", len(got.History), finding.MaxHistory)
	same(t, "latest change", got.History[finding.MaxHistory-1], c)
}

func testStatusUnknown(t *testing.T, s finding.Store) {
	if _, err := s.SetStatus(t.Context(), unknown, finding.StatusChange{Status: finding.Resolved}); !errors.Is(err, finding.ErrNotFound) {
		t.Errorf("got error %v, want ErrNotFound", err)
	}
	if _, err := s.Claim(t.Context(), unknown, Start(), time.Minute); !errors.Is(err, finding.ErrNotFound) {
		t.Errorf("claim: got error %v, want ErrNotFound", err)
	}
	if _, err := s.Case(t.Context(), unknown); !errors.Is(err, finding.ErrNotFound) {
		t.Errorf("case: got error %v, want ErrNotFound", err)
	}
}

func testSuppressionEnds(t *testing.T, s finding.Store) {
	id := record(t, s, 1, 0, Sample("acme-data", 1)).ID
	if err := s.Announced(t.Context(), id, finding.Announcement{Causes: []string{"A"}}); err != nil {
		t.Fatal(err)
	}
	until := Start().Add(10 * time.Minute)
	if _, err := s.SetStatus(t.Context(), id, finding.StatusChange{Status: finding.Suppressed, Until: until}); err != nil {
		t.Fatal(err)
	}
	before := record(t, s, 1, 0, Sample("acme-data", 10))
	same(t, "status at its end", before.Status, finding.Suppressed)
	after := record(t, s, 1, 0, Sample("acme-data", 11))
	same(t, "status after its end", after.Status, finding.Open)
	same(t, "announced after its end", len(after.Announced), 0)
	same(t, "changed", after.Changed.Status, finding.Open)
}

func testClaim(t *testing.T, s finding.Store) {
	id := record(t, s, 1, 0, Sample("acme-data", 1)).ID
	now := Start()
	claim := func(what string, at time.Time, want bool) {
		t.Helper()
		got, err := s.Claim(t.Context(), id, at, time.Minute)
		if err != nil || got != want {
			t.Errorf("%s: %v, error %v; want %v", what, got, err, want)
		}
	}
	claim("the first", now, true)
	claim("a second", now.Add(time.Second), false)
	record(t, s, 1, 0, Sample("acme-data", 2))
	claim("after another occurrence", now.Add(59*time.Second), false)
	claim("when the lease is over", now.Add(time.Minute), true)
	claim("a second of the second lease", now.Add(61*time.Second), false)
	if err := s.Announced(t.Context(), id, finding.Announcement{}); err != nil {
		t.Fatal(err)
	}
	claim("after what was announced", now.Add(62*time.Second), true)
	claim("by a clock that is a little behind", now.Add(30*time.Second), false)
	claim("after a clock was set back", now.Add(-time.Hour), true)
}

func testClaimConcurrent(t *testing.T, s finding.Store) {
	id := record(t, s, 1, 0, Sample("acme-data", 1)).ID
	var won atomic.Int32
	var g errgroup.Group
	for n := range 8 {
		g.Go(func() error {
			ok, err := s.Claim(t.Context(), id, Start(), time.Minute)
			if ok {
				won.Add(1)
			}
			return err
		})
		g.Go(func() error {
			_, err := s.Record(t.Context(), Samples("acme-data", 2+n, 2+n))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	same(t, "who has the right to tell", won.Load(), int32(1))
	same(t, "count", get(t.Context(), t, s, id).Count, 9)
}

// because is a sample with another cause.
func because(n int, id diagnosis.CauseID) finding.Occurrence {
	o := Sample("acme-data", n)
	c := *o.Diagnosis.Cause
	c.ID = id
	o.Diagnosis.Cause = &c
	return o
}

func testCase(t *testing.T, s finding.Store) {
	called := 0
	of := func(o finding.Occurrence, text string) finding.Occurrence {
		o.Case = func() ([]byte, error) { called++; return []byte(text), nil }
		return o
	}
	wantCase := func(id, want string) {
		t.Helper()
		got, err := s.Case(t.Context(), id)
		if string(got) != want || (err != nil) != (want == "") || err != nil && !errors.Is(err, finding.ErrNoCase) {
			t.Errorf("case %s, error %v; want %s", got, err, want)
		}
	}
	id := record(t, s, 1, 0, Sample("acme-data", 1)).ID
	wantCase(id, "")
	record(t, s, 1, 0, of(Sample("acme-data", 2), `{"case":2}`))
	wantCase(id, "") // its diagnosis says what the first said
	record(t, s, 2, 0, of(because(3, diagnosis.SCP), `{"case":3}`), of(because(4, diagnosis.SCP), `{"case":4}`))
	wantCase(id, `{"case":3}`)
	same(t, "cases made", called, 1)
	f := record(t, s, 1, 0, because(5, diagnosis.IdentityNoAllow))
	wantCase(id, "")
	same(t, "cause", f.Diagnosis.Cause.ID, diagnosis.IdentityNoAllow)
	same(t, "brief", f.Cause(), string(diagnosis.IdentityNoAllow))
}

func testCauses(t *testing.T, s finding.Store) {
	a, b := string(diagnosis.IdentityNoAllow), string(diagnosis.SCP)
	for _, batch := range []struct {
		of   []finding.Occurrence
		want []string
	}{
		{[]finding.Occurrence{Sample("acme-data", 1), because(2, diagnosis.SCP), Sample("acme-data", 3)}, []string{a, b}},
		{Samples("acme-data", 1, 4), nil},
		{[]finding.Occurrence{because(5, diagnosis.SCP), because(6, diagnosis.VPCEPolicy)}, []string{string(diagnosis.VPCEPolicy)}},
	} {
		got, err := s.Record(t.Context(), batch.of)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "new causes", got.NewCauses, batch.want)
	}
	f := get(t.Context(), t, s, Sample("acme-data", 1).Key.ID())
	var counts []int
	for _, c := range f.Causes {
		counts = append(counts, c.Count)
	}
	same(t, "counts", counts, []int{3, 2, 1})
	same(t, "sample of the second", f.Causes[1].Sample, "event-5")
}

func testBounded(t *testing.T, s finding.Store) {
	var all []finding.Occurrence
	for n := range 60 {
		o := because(n, diagnosis.CauseID(fmt.Sprintf("CAUSE_%d", n%20)))
		o.ObjectKey = fmt.Sprintf("team-%d/day-%d/%d.csv", n%3, n, n)
		all = append(all, o)
	}
	for some := range slices.Chunk(all, 7) {
		record(t, s, len(some), 0, some...)
	}
	f := get(t.Context(), t, s, all[0].Key.ID())
	if len(f.Samples) != finding.MaxSamples || len(f.Keys) != finding.MaxKeys || len(f.Causes) != finding.MaxCauses+1 || len(f.Prefixes) > finding.MaxPrefixes {
		t.Errorf("%d samples, %d keys, %d causes, %d prefixes", len(f.Samples), len(f.Keys), len(f.Causes), len(f.Prefixes))
	}
	causes, prefixes := 0, 0
	for _, c := range f.Causes {
		causes += c.Count
	}
	for _, p := range f.Prefixes {
		prefixes += p.Count
	}
	same(t, "all causes", causes, 60)
	same(t, "all prefixes", prefixes, 60)
	same(t, "first sample", f.Samples[0], finding.Sample{
		ID: "event-0", Time: Start(), Operation: "GetObject", Key: "team-0/day-0/0.csv", Address: "192.0.2.1"})
}

func testFilter(t *testing.T, s finding.Store) {
	data := record(t, s, 1, 0, Sample("acme-data", 1))
	logs := record(t, s, 1, 0, Sample("acme-logs", 9))
	setStatus(t, s, logs.ID, finding.Acknowledged)
	for _, test := range []struct {
		name  string
		which finding.Filter
		want  []string
	}{
		{"all", finding.Filter{}, []string{logs.ID, data.ID}},
		{"a status", finding.Filter{Statuses: []finding.Status{finding.Open}}, []string{data.ID}},
		{"two statuses", finding.Filter{Statuses: []finding.Status{finding.Open, finding.Acknowledged}}, []string{logs.ID, data.ID}},
		{"a bucket", finding.Filter{Bucket: "acme-logs"}, []string{logs.ID}},
		{"a bucket and a status", finding.Filter{Bucket: "acme-logs", Statuses: []finding.Status{finding.Open}}, nil},
		{"a requester", finding.Filter{Requester: "arn:aws:iam::111111111111:role/report-builder"}, []string{logs.ID, data.ID}},
		{"a requester by id", finding.Filter{Requester: "111111111111/AROAEXAMPLE", Bucket: "acme-data"}, []string{data.ID}},
		{"a cause", finding.Filter{Cause: "IDENTITY_NO_ALLOW"}, []string{logs.ID, data.ID}},
		{"another cause", finding.Filter{Cause: "SCP"}, nil},
		{"who must act", finding.Filter{ActorAccount: "111111111111"}, []string{logs.ID, data.ID}},
		{"since", finding.Filter{Since: Start().Add(9 * time.Minute)}, []string{logs.ID}},
	} {
		got, err := s.List(t.Context(), test.which)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, f := range got {
			ids = append(ids, f.ID)
		}
		same(t, test.name, ids, test.want)
	}
}

func testRediagnose(t *testing.T, s finding.Store) {
	o := Sample("acme-data", 1)
	o.Diagnosis = diagnosis.Diagnosis{Format: o.Diagnosis.Format, Outcome: diagnosis.Undetermined, Denial: o.Diagnosis.Denial}
	before := record(t, s, 1, 0, o)
	better := o.Diagnosis
	better.Outcome, better.Cause = diagnosis.Explained, &diagnosis.Cause{ID: diagnosis.BucketPolicyNoAllow, Confidence: diagnosis.Confirmed, Account: "222222222222"}
	made := func() ([]byte, error) { return []byte(`{"format":"why403.case/v1"}`), nil }

	if changed, err := s.Rediagnose(t.Context(), before.ID, o.Diagnosis, made); changed || err != nil {
		t.Errorf("one that is no better: changed %v, error %v", changed, err)
	}
	if changed, err := s.Rediagnose(t.Context(), before.ID, better, made); !changed || err != nil {
		t.Fatalf("changed %v, error %v", changed, err)
	}
	got := get(t.Context(), t, s, before.ID)
	same(t, "count", got.Count, 1)
	same(t, "cause", got.Cause(), string(diagnosis.BucketPolicyNoAllow))
	same(t, "status", got.Status, finding.Open)
	same(t, "last seen", got.LastSeen.Equal(before.LastSeen), true)
	if got.Diagnosis.Outcome != diagnosis.Explained || got.Title == before.Title {
		t.Errorf("diagnosis %+v, title %q", got.Diagnosis, got.Title)
	}
	if c, err := s.Case(t.Context(), before.ID); err != nil || string(c) != `{"format":"why403.case/v1"}` {
		t.Errorf("case %s, error %v", c, err)
	}
	worse := better
	worse.Cause = &diagnosis.Cause{ID: diagnosis.IdentityNoAllow}
	if changed, err := s.Rediagnose(t.Context(), before.ID, worse, made); changed || err != nil {
		t.Errorf("another that explains: changed %v, error %v", changed, err)
	}
	if _, err := s.Rediagnose(t.Context(), unknown, better, made); !errors.Is(err, finding.ErrNotFound) {
		t.Errorf("of an unknown finding: error %v", err)
	}
	again := record(t, s, 1, 0, Sample("acme-data", 2))
	same(t, "count after it happened again", again.Count, 2)
}
