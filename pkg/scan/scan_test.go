package scan_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"why403/pkg/auditor"
	"why403/pkg/scan"
)

const (
	mine   = "111111111111"
	theirs = "222222222222"
	noon   = "2026-11-23T12:00:00Z"
)

// trailTree is a trail's bucket: logs of two accounts, two Regions and three days, and what
// stands beside them.
func trailTree(t testing.TB) string {
	t.Helper()
	ok := compact(t, "not-a-denial.json")
	file := func(account, kind, region, day, at string) string {
		return fmt.Sprintf("AWSLogs/o-a1b2c3/%s/%s/%s/%s/%s_%s_%s_%sZ_aaaaaaaaaaaaaaaa.json.gz", account, kind, region, day, account, kind, region, at)
	}
	return tree(t, map[string]string{
		file(mine, "CloudTrail", "us-east-1", "2026/11/21", "20261121T1205"):                 gzipped(logFile(ok, denialOf(t, "e1", "2026-11-21T12:00:00Z", mine, "us-east-1"))),
		file(mine, "CloudTrail", "us-east-1", "2026/11/22", "20261122T1205"):                 gzipped(logFile(ok, denialOf(t, "e2", "2026-11-22T12:00:00Z", mine, "us-east-1"))),
		file(mine, "CloudTrail", "us-east-1", "2026/11/23", "20261123T1205"):                 gzipped(logFile(ok, denialOf(t, "e3", noon, mine, "us-east-1"))),
		file(mine, "CloudTrail", "eu-west-1", "2026/11/23", "20261123T1205"):                 gzipped(logFile(ok, denialOf(t, "e4", noon, mine, "eu-west-1"))),
		file(theirs, "CloudTrail", "us-east-1", "2026/11/23", "20261123T1205"):               gzipped(logFile(ok, denialOf(t, "e5", noon, theirs, "us-east-1"))),
		file(mine, "CloudTrail-NetworkActivity", "us-east-1", "2026/11/23", "20261123T1205"): gzipped(logFile(denialOf(t, "e6", noon, mine, "us-east-1"))),
		file(mine, "CloudTrail-Digest", "us-east-1", "2026/11/23", "20261123T1205"):          gzipped(`{"awsAccountId":"111111111111"}`),
		file(mine, "CloudTrail-Insight", "us-east-1", "2026/11/23", "20261123T1205"):         gzipped(`{"Records":[{"eventType":"AwsCloudTrailInsight"}]}`),
		"AWSLogs/111111111111/Config/us-east-1/2026/11/23/x.json.gz":                         gzipped(`{"configurationItems":[]}`),
		"notes.txt": "hello",
	})
}

// TestScan holds what of a trail's bucket is read, by the flags.
func TestScan(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name    string
		filter  scan.Filter
		denials int
		files   int // that are opened
	}{
		{"everything", scan.Filter{}, 6, 6},
		{"since a day", scan.Filter{Since: day(23)}, 4, 4},
		{"until a day, which may be delivered a day later", scan.Filter{Until: day(22)}, 1, 2},
		{"a day", scan.Filter{Since: day(22), Until: day(23)}, 1, 5},
		{"an hour of it", scan.Filter{Since: day(23).Add(13 * time.Hour)}, 0, 0},
		{"an account", scan.Filter{Accounts: []string{theirs}}, 1, 1},
		{"a Region", scan.Filter{Regions: []string{"eu-west-1"}}, 1, 1},
		{"a Region and a day", scan.Filter{Regions: []string{"us-east-1", "eu-west-1"}, Since: day(23), Accounts: []string{mine}}, 3, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			r := w.mustScan(scan.Options{Sources: []scan.Source{scan.Folder(trailTree(t))}, Filter: tt.filter})
			if got := w.counted(); got != tt.denials {
				t.Errorf("%d denials, want %d", got, tt.denials)
			}
			if r.Files != tt.files || r.Unreadable != 0 {
				t.Errorf("%d files read, %d unreadable, want %d and none: %+v", r.Files, r.Unreadable, tt.files, r.Problems)
			}
		})
	}
	t.Run("files whose path says nothing are chosen by their records", func(t *testing.T) {
		w := newWorld(t)
		root := tree(t, map[string]string{"a.jsonl": denialOf(t, "e1", noon, mine, "us-east-1") + "\n" + denialOf(t, "e2", noon, theirs, "us-east-1") + "\n" +
			denialOf(t, "e3", "2026-11-01T00:00:00Z", mine, "us-east-1")})
		r := w.mustScan(scan.Options{Sources: []scan.Source{scan.Folder(root)}, Filter: scan.Filter{Since: day(23), Accounts: []string{mine}}})
		if got := w.counted(); got != 1 || r.Outside != 2 {
			t.Errorf("%d denials and %d outside, want 1 and 2", got, r.Outside)
		}
	})
}

// TestResume holds that a file is read once, unless it changed or was not read well.
func TestResume(t *testing.T) {
	w := newWorld(t)
	root := tree(t, map[string]string{
		"a.json": logFile(denialOf(t, "e1", noon, mine, "us-east-1")),
		"b.json": logFile(denialOf(t, "e2", noon, mine, "us-east-1")) + `{"eventName":`,
	})
	o := scan.Options{Sources: []scan.Source{scan.Folder(root)}}
	steps := []struct {
		name                              string
		before                            func(o *scan.Options)
		files, known, unreadable, counted int
	}{
		{"the first time", func(*scan.Options) {}, 2, 0, 1, 2},
		{"again: the one with a problem", func(*scan.Options) {}, 1, 1, 1, 2},
		{"a file grew", func(*scan.Options) {
			text := logFile(denialOf(t, "e1", noon, mine, "us-east-1"), denialOf(t, "e3", noon, mine, "us-east-1"))
			if err := os.WriteFile(filepath.Join(root, "a.json"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}, 2, 0, 1, 3},
		{"the other was mended", func(*scan.Options) {
			if err := os.WriteFile(filepath.Join(root, "b.json"), []byte(logFile(denialOf(t, "e2", noon, mine, "us-east-1"))), 0o600); err != nil {
				t.Fatal(err)
			}
		}, 1, 1, 0, 3},
		{"nothing is left", func(*scan.Options) {}, 0, 2, 0, 3},
		{"all again", func(o *scan.Options) { o.Again = true }, 2, 0, 0, 3},
		{"with other rules", func(o *scan.Options) { o.Again, o.Basis = false, "other rules" }, 2, 0, 0, 3},
		{"with a filter", func(o *scan.Options) { o.Filter.Accounts = []string{mine} }, 2, 0, 0, 3},
	}
	for _, s := range steps {
		s.before(&o)
		r := w.mustScan(o)
		if got := w.counted(); r.Files != s.files || r.Before != s.known || r.Unreadable != s.unreadable || got != s.counted {
			t.Errorf("%s: %d files read, %d known, %d unreadable, %d denials; want %d, %d, %d, %d", s.name,
				r.Files, r.Before, r.Unreadable, got, s.files, s.known, s.unreadable, s.counted)
		}
	}
}

// stopping ends a scan at one of its batches.
type stopping struct {
	scan.Pipeline
	after  int
	cancel func()
}

func (s *stopping) Handle(ctx context.Context, in []auditor.Input) auditor.Report {
	if s.after--; s.after < 0 {
		s.cancel()
	}
	return s.Pipeline.Handle(ctx, in)
}

// TestInterrupted ends a scan at each of its batches: what was not read before is read
// then, and all is counted once.
func TestInterrupted(t *testing.T) {
	const files, denials = 6, 600
	source := func() *made {
		return &made{files: files, open: func(n int) io.Reader {
			var records []string
			for i := range denials {
				records = append(records, denialOf(t, fmt.Sprintf("e%d-%d", n, i), noon, mine, "us-east-1"))
			}
			return strings.NewReader(logFile(records...))
		}}
	}
	for after := range 4 {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		bulk := w.store.Bulk()
		p := &stopping{auditor.New(bulk, silence{}, w.options(), auditor.Silent()), after, cancel}
		first, err := scan.Run(ctx, p, bulk, scan.Options{Sources: []scan.Source{source()}})
		if err != nil || !first.Interrupted {
			t.Errorf("after %d batches: interrupted %v, error %v", after, first.Interrupted, err)
		}
		_ = bulk.Close()
		if had := w.counted(); after > 0 && had == 0 {
			t.Errorf("after %d batches nothing was kept", after)
		}
		rest := source()
		second := w.mustScan(scan.Options{Sources: []scan.Source{rest}})
		if got := w.counted(); got != files*denials {
			t.Errorf("after %d batches: %d denials in the end, want %d", after, got, files*denials)
		}
		if second.Before+len(rest.read) != files {
			t.Errorf("after %d batches: %d files known and %d read, of %d", after, second.Before, len(rest.read), files)
		}
		if after == 3 && second.Before == 0 {
			t.Error("no file was remembered")
		}
	}
}

// TestUnreadable holds that what cannot be read is named, in the order of the files, and
// that nothing else is lost.
func TestUnreadable(t *testing.T) {
	good := denialOf(t, "e1", noon, mine, "us-east-1")
	whole := gzipped(logFile(strings.Repeat(compact(t, "not-a-denial.json")+",", 2000)+good, denialOf(t, "e2", noon, mine, "us-east-1")))
	w := newWorld(t)
	root := tree(t, map[string]string{
		"a-cut.json.gz":   whole[:len(whole)-20],
		"b-empty.json":    "",
		"c-record.json":   logFile(`{"eventName":"GetObject","eventSource":"s3.amazonaws.com","errorCode":"AccessDenied","eventVersion":"9.0"}`, good),
		"d-text.json":     "hello\n",
		"e-no-gzip.gz":    "\x1f\x8bnothing",
		"f-no-call.json":  `{"some":"thing"}`,
		"g-good.json":     logFile(denialOf(t, "e3", noon, mine, "us-east-1")),
		"h-nothing.jsonl": strings.Repeat("x\n", 3),
	})
	r := w.mustScan(scan.Options{Sources: []scan.Source{scan.Folder(root), scan.Folder(filepath.Join(root, "missing"))}})
	wants := []string{"a-cut.json.gz: ", "b-empty.json: empty", "c-record.json: document 1, record 1: eventVersion", "d-text.json: not JSON",
		"e-no-gzip.gz: gzip", "f-no-call.json: neither a CloudTrail record", "h-nothing.jsonl: not JSON", "missing: no such file"}
	for i, want := range wants {
		if i >= len(r.Problems) {
			t.Fatalf("%d problems, want %d", len(r.Problems), len(wants))
		}
		p := r.Problems[i]
		if got := strings.TrimPrefix(p.Where, root+"/") + ": " + p.Err.Error(); !strings.HasPrefix(strings.TrimPrefix(got, "/"), want) {
			t.Errorf("problem %d is %q, want %q", i, got, want)
		}
	}
	if got := w.counted(); got < 2 {
		t.Errorf("%d denials, want those of the good files", got)
	}
}

// TestProblemsAreBounded holds that a log that is broken throughout fills no memory.
func TestProblemsAreBounded(t *testing.T) {
	w := newWorld(t)
	m := &made{files: 1, open: func(int) io.Reader {
		return strings.NewReader(logFile(strings.TrimSuffix(strings.Repeat(`{"x":1},`, 3*scan.MaxProblems), ",")))
	}}
	r := w.mustScan(scan.Options{Sources: []scan.Source{m}})
	if len(r.Problems) != scan.MaxProblems || r.Unreadable != 3*scan.MaxProblems {
		t.Errorf("%d problems of %d", len(r.Problems), r.Unreadable)
	}
}

// TestStoreFails holds that a scan ends where nothing can be kept, and marks nothing.
func TestStoreFails(t *testing.T) {
	w := newWorld(t)
	bulk := w.store.Bulk()
	to := auditor.New(bulk, silence{}, w.options(), auditor.Silent())
	full := errors.New("no space left")
	m := &made{files: 50, open: func(n int) io.Reader {
		return strings.NewReader(logFile(denialOf(t, fmt.Sprint("e", n), noon, mine, "us-east-1")))
	}}
	if _, err := scan.Run(t.Context(), to, failing{bulk, full}, scan.Options{Sources: []scan.Source{m}}); !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
	_ = bulk.Close()
	if got := w.counted(); got != 0 {
		t.Errorf("%d denials were kept", got)
	}
	if r := w.mustScan(scan.Options{Sources: []scan.Source{m}}); r.Before != 0 || w.counted() != 50 {
		t.Errorf("the next time: %d files known, %d denials", r.Before, w.counted())
	}
}

type failing struct {
	scan.Marks
	err error
}

func (f failing) Commit([]string) error { return f.err }

// TestOrder holds that the pipeline gets files in the order of their names, however many
// are read at once.
func TestOrder(t *testing.T) {
	var seen []string
	m := &made{files: 40, open: func(n int) io.Reader {
		if n%7 == 0 {
			time.Sleep(5 * time.Millisecond) // an early file may come last
		}
		return strings.NewReader(logFile(denialOf(t, fmt.Sprintf("e%02d", n), noon, mine, "us-east-1")))
	}}
	w := newWorld(t)
	w.mustScan(scan.Options{Sources: []scan.Source{m}, Workers: 8, Handled: func(r auditor.Report) {
		for _, res := range r.Results {
			seen = append(seen, res.Denial.EventID)
		}
	}})
	if len(seen) != 40 || !slices.IsSorted(seen) {
		t.Errorf("handled %v", seen)
	}
}

// TestMemory scans 300 MB that are made while they are read: the heap stays as it is.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 300 MB")
	}
	const files, perFile = 12, 25 << 20
	ok := compact(t, "not-a-denial.json") + ","
	var ids atomic.Int64
	m := &made{files: files, size: perFile, open: func(int) io.Reader {
		block := strings.Repeat(ok, 199)
		left := perFile / (len(ok) * 200)
		return io.MultiReader(strings.NewReader(`{"Records":[`), &repeat{left: left, next: func() string {
			return block + denialOf(t, fmt.Sprint("e", ids.Add(1)), noon, mine, "us-east-1") + ","
		}}, strings.NewReader(strings.TrimSuffix(ok, ",")+`]}`))
	}}
	w := newWorld(t)
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var most atomic.Uint64
	r := w.mustScan(scan.Options{Sources: []scan.Source{m}, Workers: 4, Handled: func(auditor.Report) {
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		most.Store(max(most.Load(), now.HeapAlloc))
	}})
	if r.Bytes < 290<<20 {
		t.Fatalf("%d bytes read", r.Bytes)
	}
	if got := w.counted(); got != int(ids.Load()) {
		t.Errorf("%d denials, want %d", got, ids.Load())
	}
	grown := int64(most.Load()) - int64(before.HeapAlloc)
	t.Logf("%d MB read, heap grown by %d MB", r.Bytes>>20, grown>>20)
	if grown > 64<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
}

// repeat is a text that is made piece by piece.
type repeat struct {
	left int
	next func() string
	have string
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.have == "" {
		if r.left == 0 {
			return 0, io.EOF
		}
		r.left--
		r.have = r.next()
	}
	n := copy(p, r.have)
	r.have = r.have[n:]
	return n, nil
}
