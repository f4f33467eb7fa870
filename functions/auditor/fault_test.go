package main

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/awstest"
)

// TestFaults makes each kind of fault at each call of the function on AWS, and then delivers
// what must come again until nothing is left: no denial is lost or counted twice, and no
// finding is silent. A message is sent twice at most, and only if a message had gone out
// before the fault, so that it may not have been noted.
func TestFaults(t *testing.T) {
	t.Parallel()
	binary, d, m := awstest.BuildLambda(t, "./functions/auditor"), awstest.StartDynalite(t), awstest.StartMoto(t)
	var batch []message
	for i := range 6 {
		batch = append(batch, message{id: fmt.Sprintf("m%d", i), body: denied(i%2, i/2*7)}) // the same object each time
	}
	well := newStack(t, binary, d, m, "well")
	f := well.start(t)
	work(t, well, &f, batch)
	f.Kill()
	for _, fault := range faults {
		for n, c := range well.calls {
			at := n + 1
			if fault.every > 1 && at%fault.every != 1 {
				continue
			}
			t.Run(fmt.Sprintf("%s/call %d %s", fault.name, at, c.op), func(t *testing.T) {
				t.Parallel() // most of the time is spent waiting
				s := newStack(t, binary, d, m, fmt.Sprintf("%s-%d", fault.table, at))
				f := s.start(t)
				victim := f
				var published atomic.Bool
				var done, afterwards bool // of the one call at which the fault is
				first := func(c call) bool {
					if c.n != at || done {
						return false
					}
					done, afterwards = true, published.Load()
					return true
				}
				s.before = func(c call) (int, string) {
					if c.op == "Publish" {
						published.Store(true)
					}
					if fault.before != nil && first(c) {
						return fault.before(c)
					}
					return 0, ""
				}
				s.after = func(c call) bool {
					return fault.after != nil && first(c) && fault.after(victim)
				}
				f.SetTimeout(cmp.Or(fault.time, time.Minute))
				work(t, s, &f, batch)
				same(t, "counts", s.findings(t), map[string]string{"acme-0": "3", "acme-1": "3"})
				told := make(map[string]int)
				for _, m := range s.receive() {
					told[m.Subject]++
				}
				if len(told) != 2 {
					t.Errorf("%d findings were told: %v", len(told), told)
				}
				for subject, n := range told {
					// What a process had asked for when it was killed, or its time was over, may
					// have gone out after the fault.
					if n > 2 || n > 1 && !afterwards && !fault.ends {
						t.Errorf("told %d times, a message had gone out before the fault: %t: %s", n, afterwards, subject)
					}
				}
			})
		}
	}
}

// faults are the kinds of fault. Those that take seconds are made at every other call.
var faults = []struct {
	name, table string
	before      func(call) (int, string)
	after       func(function) bool
	every       int
	time        time.Duration // that the first process has
	ends        bool          // the process is killed, or its time is over
}{
	{name: "an error", table: "error", before: func(c call) (int, string) {
		if c.service == "SNS" {
			return http.StatusForbidden, `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>`
		}
		return http.StatusBadRequest, `{"__type":"com.amazon.coral.service#AccessDeniedException","message":"no"}`
	}},
	{name: "throttled", table: "throttle", before: func(c call) (int, string) {
		if c.service == "SNS" {
			return http.StatusBadRequest, `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>Throttling</Code><Message>slow</Message></Error><RequestId>r</RequestId></ErrorResponse>`
		}
		return http.StatusBadRequest, `{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow"}`
	}},
	// The SDK asks again by itself.
	{name: "the answer is lost", table: "lost", after: func(function) bool { return true }},
	{name: "no answer in time", table: "timeout", before: func(c call) (int, string) {
		time.Sleep(invocationTime + 500*time.Millisecond)
		return http.StatusServiceUnavailable, ""
	}, every: 4, time: invocationTime, ends: true},
	{name: "killed before the next call", table: "killed", after: func(f function) bool { f.Kill(); return true }, ends: true},
}

// invocationTime is what the function has for a batch where there is no answer.
const invocationTime = 3 * time.Second

// work delivers a batch until nothing is left of it, as a queue does: later, when whoever
// had the right to tell of a finding does not have it any more, and to another process if
// the first is gone.
func work(t *testing.T, s *testStack, f *function, batch []message) {
	t.Helper()
	q := queue{waiting: slices.Clone(batch)}
	for len(q.waiting) > 0 {
		some := q.take(len(q.waiting))
		failed, answered := deliver(t, *f, some)
		q.settle(some, failed)
		if len(q.waiting) > 0 {
			s.timePasses(t)
		}
		if !answered {
			*f = s.start(t)
		}
	}
	if len(q.dead) > 0 {
		t.Errorf("dead letters: %s", strings.Join(q.dead, ", "))
	}
}

// timePasses ends what was claimed: a queue waits three minutes before it delivers again.
func (s *testStack) timePasses(t *testing.T) {
	t.Helper()
	cfg := s.dynalite.Config(t.Context())
	items, err := awstest.ScanTable(t.Context(), cfg, s.table)
	if err != nil {
		t.Fatal(err)
	}
	client := dynamodb.NewFromConfig(cfg)
	for _, item := range items {
		if item["claimed_until"] == nil {
			continue
		}
		if _, err := client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
			TableName: &s.table, Key: map[string]types.AttributeValue{"id": item["id"], "part": item["part"]},
			UpdateExpression: aws.String("SET claimed_until = :past"), ExpressionAttributeValues: map[string]types.AttributeValue{":past": &types.AttributeValueMemberN{Value: "1"}},
		}); err != nil {
			t.Fatal(err)
		}
	}
}
