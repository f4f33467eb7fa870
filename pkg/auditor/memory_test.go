package auditor_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/rules"
)

// TestMemoryIsFlat: what is kept between batches has a bound, whoever asks for whatever:
// the second half of a long run needs no more than the first.
func TestMemoryIsFlat(t *testing.T) {
	a := auditor.New(&counter{}, &outbox{}, alert.Options{}, auditor.WithDiagnoser(auditor.Diagnoser{}),
		auditor.WithScreen(auditor.Screen{Probing: rules.Thresholds{Buckets: 10, Keys: 200, Within: 10 * time.Minute, Remembered: 200}}))
	made := 0
	run := func(events int) uint64 {
		batch := make([]auditor.Input, 100)
		for range events / len(batch) {
			for i := range batch {
				user := fmt.Sprintf("user%d", made) // never the same question twice
				batch[i] = auditor.Input{ID: "m", Body: record(user, fmt.Sprintf("e%d", made), made%60, noIdentity(user))}
				made++
			}
			a.Handle(t.Context(), batch)
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	first := run(memoryEvents)
	second := run(memoryEvents)
	runtime.KeepAlive(a)
	const room = 8 << 20
	if second > first+room {
		t.Errorf("the heap has %d KB after %d events and %d KB after twice as many", first>>10, memoryEvents, second>>10)
	}
	t.Logf("heap in use: %d KB, then %d KB", first>>10, second>>10)
}
