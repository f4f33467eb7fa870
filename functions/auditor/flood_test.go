package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"why403/pkg/awstest"
)

const (
	floodEvents   = 100_000
	floodFindings = 50
	floodBatch    = 1000
)

// TestFlood: 100,000 denials of 50 findings in random order, one in ten delivered twice and
// one in a hundred broken, worked off by two functions at once. Each denial is counted once,
// each finding is told first once at most, and every broken message is a dead letter.
func TestFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it takes a minute, and -short was asked for")
	}
	t.Parallel()
	s := newStack(t, awstest.BuildLambda(t, "./functions/auditor"), awstest.StartDynalite(t), awstest.StartMoto(t), "flood")
	var q queue
	var broken []string
	for i := range floodEvents {
		m := message{id: fmt.Sprintf("m%d", i), body: denied(i%floodFindings, i/floodFindings)}
		if i%10 == 3 {
			q.waiting = append(q.waiting, message{id: m.id + "-again", body: m.body})
		}
		q.waiting = append(q.waiting, m)
		if i%100 == 7 {
			b := message{id: fmt.Sprintf("b%d", i), body: m.body[:len(m.body)/2]}
			broken = append(broken, b.id)
			q.waiting = append(q.waiting, b)
		}
	}
	shuffle(q.waiting, 1)

	var functions sync.WaitGroup
	for range 2 {
		f := s.start(t)
		functions.Go(func() {
			for batch := q.take(floodBatch); len(batch) > 0; batch = q.take(floodBatch) {
				failed, answered := deliver(t, f, batch)
				if !answered {
					t.Errorf("the function did not answer for a batch of %d", len(batch))
				}
				q.settle(batch, failed)
			}
		})
	}
	functions.Wait()

	want := make(map[string]string)
	for i := range floodFindings {
		want[fmt.Sprintf("acme-%d", i)] = fmt.Sprint(floodEvents / floodFindings)
	}
	same(t, "counts by bucket", s.findings(t), want)
	slices.Sort(broken)
	slices.Sort(q.dead)
	same(t, "dead letters", q.dead, broken)
	first := make(map[string]int)
	for _, m := range s.receive() {
		if strings.Contains(m.Body, "this finding is new") {
			first[m.Subject]++
		}
	}
	for subject, n := range first {
		if n > 1 {
			t.Errorf("%d first alerts: %s", n, subject)
		}
	}
	// No more than 30 messages go to a topic in a quarter of an hour; the rest is in the digest.
	if len(first) < 30 || len(first) > floodFindings {
		t.Errorf("%d findings were told", len(first))
	}
	ops := make(map[string]int)
	for _, c := range s.calls {
		ops[c.op]++
	}
	t.Logf("%d deliveries, %d calls on AWS, %.1f for each finding of a batch: %v", q.receives, len(s.calls), float64(len(s.calls))/float64(q.receives/floodBatch*floodFindings), ops)
}

// TestTwoOnOneBatch: two functions work on the same batch at the same time, as when a queue
// delivers it twice.
func TestTwoOnOneBatch(t *testing.T) {
	s := newStack(t, awstest.BuildLambda(t, "./functions/auditor"), awstest.StartDynalite(t), awstest.StartMoto(t), "two")
	var batch []message
	for i := range 40 {
		batch = append(batch, message{id: fmt.Sprintf("m%d", i), body: denied(i%4, i/4)})
	}
	var both sync.WaitGroup
	for range 2 {
		f := s.start(t)
		both.Go(func() {
			for range 5 {
				if failed, _ := deliver(t, f, batch); len(failed) > 0 {
					t.Errorf("failed: %v", failed)
				}
			}
		})
	}
	both.Wait()
	same(t, "counts", s.findings(t), map[string]string{"acme-0": "10", "acme-1": "10", "acme-2": "10", "acme-3": "10"})
	told := make(map[string]int)
	for _, m := range s.receive() {
		told[m.Subject]++
	}
	for subject, n := range told {
		if n > 1 {
			t.Errorf("told %d times: %s", n, subject)
		}
	}
	if len(told) != 4 {
		t.Errorf("%d findings were told: %v", len(told), told)
	}
}

// TestPayloads keeps what the tests send in the shape that CloudTrail has.
func TestPayloads(t *testing.T) {
	if a, b := denied(1, 1), denied(1, 2); bytes.Equal(a, b) || !bytes.Contains(a, []byte(`"AIDAEXAMPLE000000001"`)) {
		t.Errorf("%s", a)
	}
}
