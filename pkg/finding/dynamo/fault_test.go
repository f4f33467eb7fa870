package dynamo

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/finding"
	"why403/pkg/finding/findingtest"
)

// faulty fails one call, by its number, before it had its effect or after.
type faulty struct {
	API
	number int
	after  bool
	err    error
	calls  int
}

func (f *faulty) call(do func() error) error {
	f.calls++
	if f.calls != f.number {
		return do()
	}
	if f.after {
		if err := do(); err != nil {
			return err
		}
	}
	return f.err
}

func (f *faulty) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (out *dynamodb.GetItemOutput, err error) {
	err = f.call(func() (err error) { out, err = f.API.GetItem(ctx, in, o...); return err })
	return out, err
}

func (f *faulty) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (out *dynamodb.QueryOutput, err error) {
	err = f.call(func() (err error) { out, err = f.API.Query(ctx, in, o...); return err })
	return out, err
}

func (f *faulty) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (out *dynamodb.UpdateItemOutput, err error) {
	err = f.call(func() (err error) { out, err = f.API.UpdateItem(ctx, in, o...); return err })
	return out, err
}

// fault is a way to fail.
type fault struct {
	name string
	err  error
}

func faults() []fault {
	return []fault{
		{"error", errors.New("internal server error")},
		{"throttle", &types.ProvisionedThroughputExceededException{Message: aws.String("too many")}},
		{"timeout", context.DeadlineExceeded},
		{"conflict", &types.ConditionalCheckFailedException{Message: aws.String("changed")}},
	}
}

// testReviewFaults has each call of SetStatus, Announced and Claim fail in each way, while a
// person sets the status and somebody records: nothing of it is lost or overwritten.
func testReviewFaults(t *testing.T, b bench) {
	announced := finding.Announcement{Causes: []string{"A"}}
	operations := []struct {
		name string
		run  func(s *Store, id string) error
		// done checks what is there once the call returned without an error.
		done func(t *testing.T, f finding.Finding)
	}{
		{"SetStatus", func(s *Store, id string) error {
			_, err := s.SetStatus(t.Context(), id, finding.StatusChange{Status: finding.Suppressed, By: "eve"})
			return err
		}, func(t *testing.T, f finding.Finding) { same(t, "who", f.Changed.By, "eve") }},
		{"Announced", func(s *Store, id string) error { return s.Announced(t.Context(), id, announced) },
			func(t *testing.T, f finding.Finding) {
				same(t, "announced", f.Announced, announced.Causes)
				same(t, "status", f.Status, finding.Acknowledged)
			}},
		{"Claim", func(s *Store, id string) error {
			_, err := s.Claim(t.Context(), id, findingtest.Start(), time.Minute)
			return err
		}, func(t *testing.T, f finding.Finding) { same(t, "status", f.Status, finding.Acknowledged) }},
	}
	n := 0
	for _, op := range operations {
		for _, way := range faults() {
			for _, after := range []bool{false, true} {
				for number := 1; ; number++ {
					n++
					bucket := fmt.Sprintf("bucket-%d", n)
					healthy := New(b.api, b.table)
					id := mustRecord(t, healthy, findingtest.Samples(bucket, 1, 3)...).Finding.ID
					// Somebody acknowledges it in the console and it happens again, just
					// before the first write.
					between := &meanwhile{API: b.api, act: func() {
						if err := (edited{healthy, b}).typed(t.Context(), id, finding.Acknowledged); err != nil {
							t.Error(err)
						}
						mustRecord(t, healthy, findingtest.Samples(bucket, 3, 4)...)
					}}
					api := &faulty{API: between, number: number, after: after, err: way.err}
					err := op.run(New(api, b.table, WithSleep(func(context.Context, time.Duration) error { return nil })), id)
					if api.calls < number {
						break // every call had its turn
					}
					if between.act != nil {
						between.act()
						between.act = nil
					}
					name := fmt.Sprintf("%s: %s of call %d, after it: %v", op.name, way.name, number, after)
					if err == nil {
						f, err := healthy.Get(t.Context(), id)
						if err != nil {
							t.Fatal(err)
						}
						t.Run(name, func(t *testing.T) { op.done(t, f) })
					}
					// What failed is tried again, and what was recorded comes again.
					if err := op.run(healthy, id); err != nil {
						t.Errorf("%s: again: %v", name, err)
					}
					got := mustRecord(t, healthy, findingtest.Samples(bucket, 1, 5)...)
					if got.Finding.Count != 5 {
						t.Errorf("%s: count %d, want 5", name, got.Finding.Count)
					}
				}
			}
		}
	}
	if n < 3*8*2 {
		t.Errorf("only %d faults tried", n)
	}
}

// testFaults has each call of a recording fail in each way, and the batch come again:
// then every event is counted, and once.
func testFaults(t *testing.T, b bench) {
	n := 0
	for _, way := range faults() {
		for _, after := range []bool{false, true} {
			for number := 1; ; number++ {
				n++
				bucket := fmt.Sprintf("bucket-%d", n)
				healthy := New(b.api, b.table)
				mustRecord(t, healthy, findingtest.Samples(bucket, 1, 3)...)
				api := &faulty{API: b.api, number: number, after: after, err: way.err}
				_, err := New(api, b.table, WithSleep(func(context.Context, time.Duration) error { return nil })).
					Record(t.Context(), findingtest.Samples(bucket, 2, 130))
				if api.calls < number {
					break // every call had its turn
				}
				got := mustRecord(t, healthy, findingtest.Samples(bucket, 2, 130)...)
				if got.Finding.Count != 130 {
					t.Errorf("%s of call %d, after it: %v (error %v): count %d, want 130", way.name, number, after, err, got.Finding.Count)
				}
				if err == nil && got.New != 0 {
					t.Errorf("%s of call %d, after it: %v: reported as done, and %d were not", way.name, number, after, got.New)
				}
			}
		}
	}
	if n < 8*6 {
		t.Errorf("only %d faults tried", n)
	}
}

// testLostAnswer has the SDK try again by itself what was written already: the second
// try meets the first.
func testLostAnswer(t *testing.T, b bench) {
	mustRecord(t, New(b.api, b.table), findingtest.Sample("acme-data", 1))
	api := &faulty{API: b.api, number: 5, after: true, err: &types.ConditionalCheckFailedException{}}
	got := mustRecord(t, New(api, b.table), findingtest.Samples("acme-data", 1, 3)...)
	if got.New != 2 || got.Duplicates != 1 || got.Finding.Count != 3 {
		t.Errorf("%d new, %d duplicates, count %d; want 2, 1, 3", got.New, got.Duplicates, got.Finding.Count)
	}
}

// testWrites holds what a batch costs, whatever its size: the head and the events before.
// Its first batch has the diagnosis and samples besides.
func testWrites(t *testing.T, b bench) {
	for i, size := range []int{100, 1, 100, 100} {
		api := &counting{API: b.api}
		mustRecord(t, New(api, b.table), findingtest.Samples("acme-data", i*1000, i*1000+size-1)...)
		if most := map[int]int{0: 3}[i]; api.writes > max(most, 2) {
			t.Errorf("batch %d: %d writes", i, api.writes)
		}
	}
	api := &counting{API: b.api}
	mustRecord(t, New(api, b.table), findingtest.Samples("acme-data", 0, 99)...)
	mustRecord(t, New(api, b.table), findingtest.Samples("acme-data", 0, 99)...)
	if api.writes > 1 { // what was pending
		t.Errorf("duplicates: %d writes", api.writes)
	}
}

type counting struct {
	API
	writes int
}

func (c *counting) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	c.writes++
	return c.API.UpdateItem(ctx, in, o...)
}

// testReads holds that items of events that are full are read once by a store.
func testReads(t *testing.T, b bench) {
	api := &reading{API: b.api}
	s := New(api, b.table)
	mustRecord(t, s, findingtest.Samples("acme-data", 1, 2000)...)
	api.items = 0
	if got := mustRecord(t, s, findingtest.Samples("acme-data", 1, 50)...); got.New != 0 {
		t.Errorf("%d counted twice", got.New)
	}
	if api.items > 2 {
		t.Errorf("%d items read again", api.items)
	}
	if got := mustRecord(t, New(b.api, b.table), findingtest.Samples("acme-data", 1, 2001)...); got.New != 1 {
		t.Errorf("another store: %d new, want 1", got.New)
	}
}

// reading counts the items that queries read.
type reading struct {
	API
	items int
}

func (r *reading) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	out, err := r.API.Query(ctx, in, o...)
	if err == nil {
		r.items += len(out.Items)
	}
	return out, err
}

// testApproximate holds that counting goes on beyond what is remembered, and says so.
func testApproximate(t *testing.T, b bench) {
	s := New(b.api, b.table)
	got := mustRecord(t, s, findingtest.Samples("acme-data", 1, finding.MaxExact)...)
	if got.Finding.Count != finding.MaxExact || got.Finding.Approximate {
		t.Fatalf("count %d, approximate %v", got.Finding.Count, got.Finding.Approximate)
	}
	if again := mustRecord(t, s, findingtest.Samples("acme-data", 1, 100)...); again.New != 0 {
		t.Errorf("%d counted twice", again.New)
	}
	got = mustRecord(t, s, findingtest.Samples("acme-data", finding.MaxExact, finding.MaxExact+10)...)
	if got.Finding.Count != finding.MaxExact+10 || !got.Finding.Approximate {
		t.Errorf("count %d, approximate %v", got.Finding.Count, got.Finding.Approximate)
	}
	same(t, "attribute", b.head(t, got.Finding.ID)["count_approximate"], "true")
}
