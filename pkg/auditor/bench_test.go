package auditor_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/trail"
)

// warm is evidence that was read before.
type warm struct{ e *authz.Evidence }

func (w warm) Evidence(context.Context, trail.Denial, *authz.Request, bool) (*authz.Evidence, bool) {
	return w.e, true
}

// counter is a store that only counts: what it costs to keep findings is measured beside it.
type counter struct {
	finding.Store
	events atomic.Int64
}

func (c *counter) Record(_ context.Context, o []finding.Occurrence) (finding.Recorded, error) {
	c.events.Add(int64(len(o)))
	return finding.Recorded{Finding: finding.Finding{ID: o[0].Key.ID(), Key: o[0].Key, Status: finding.Suppressed}, New: len(o)}, nil
}

// BenchmarkRepeated is a flood: denials of 50 findings that come again and again with other
// ids and times, in batches of 100, through parsing, grouping and diagnosing with evidence
// that is there. One operation is one denial.
func BenchmarkRepeated(b *testing.B) {
	policy := evidence.Known([]evidence.Policy{{Name: "p", Document: []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`)}})
	e := evidence.Evidence{Principals: map[string]evidence.Identity{}}
	for i := range 50 {
		e.Principals[fmt.Sprintf("arn:aws:iam::111111111111:user/user%d", i)] = evidence.Identity{Policies: policy, Boundary: evidence.Absent[evidence.Policy]("none")}
	}
	store := &counter{}
	a := auditor.New(store, &outbox{}, alert.Options{}, auditor.WithDiagnoser(auditor.Diagnoser{Evidence: warm{authz.Compile(e)}}), auditor.WithScreen(auditor.Screen{Accounts: []string{"111111111111"}}))
	batch := make([]auditor.Input, 100)
	made, used := 0, time.Duration(0)
	b.ReportAllocs()
	for n := 0; n < b.N; n += len(batch) {
		b.StopTimer()
		for i := range batch {
			user := fmt.Sprintf("user%d", made%50)
			batch[i] = auditor.Input{ID: fmt.Sprint(i), Body: envelope(record(user, fmt.Sprintf("e%d", made), made/50%60, noIdentity(user)))}
			made++
		}
		b.StartTimer()
		before := processorTime(b)
		a.Handle(b.Context(), batch)
		used += processorTime(b) - before
	}
	// A machine that does other things meanwhile makes the time longer, and this hardly.
	b.ReportMetric(float64(b.N)/used.Seconds(), "denials/cpu-s")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MB-of-the-process")
	if store.events.Load() < int64(b.N) {
		b.Errorf("%d denials recorded of %d", store.events.Load(), b.N)
	}
}

// envelope is a record as EventBridge delivers it.
func envelope(record []byte) []byte {
	return fmt.Appendf(nil, `{"version":"0","id":"x","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","time":%q,"detail":%s}`, time.Time{}.Format(time.RFC3339), record)
}

// processorTime is what the process has used of the processors, the collector included.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
