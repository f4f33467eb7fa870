package scan_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"why403/pkg/scan"
)

// logs writes gzipped log files whose records differ as real ones do, and returns how many
// bytes of log they hold.
func logs(b *testing.B, root string, files, records, oneIn int) (bytes int64) {
	b.Helper()
	ok := compact(b, "not-a-denial.json")
	bad := denialOf(b, "EVENT", "TIME", mine, "us-east-1")
	random := rand.New(rand.NewPCG(1, 2))
	id := func() string {
		return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", random.Uint32(), random.IntN(1<<16), random.IntN(1<<12), random.IntN(1<<16), random.Int64N(1<<48))
	}
	detail := strings.Index(ok, `"eventID":"`)
	if detail < 0 {
		b.Fatal("the sample has no eventID")
	}
	for n := range files {
		var text strings.Builder
		text.WriteString(`{"Records":[`)
		for i := range records {
			record := ok
			if i%oneIn == oneIn/2 {
				record = bad
			}
			if i > 0 {
				text.WriteByte(',')
			}
			at := fmt.Sprintf("2026-11-23T%02d:%02d:%02dZ", n%24, i*60/records, random.IntN(60))
			text.WriteString(strings.NewReplacer(`"eventID":"EVENT"`, `"eventID":"`+id()+`"`, `"TIME"`, `"`+at+`"`,
				`"eventID":"`+between(ok, `"eventID":"`)+`"`, `"eventID":"`+id()+`"`,
				`"requestID":"`+between(ok, `"requestID":"`)+`"`, `"requestID":"`+id()+`"`,
				between(ok, `"key":"`), fmt.Sprintf("data/part-%06d.parquet", random.IntN(1e6)),
				`"eventTime":"`+between(ok, `"eventTime":"`)+`"`, `"eventTime":"`+at+`"`).Replace(record))
		}
		text.WriteString(`]}`)
		f, err := os.Create(filepath.Join(root, fmt.Sprintf("%04d.json.gz", n)))
		if err != nil {
			b.Fatal(err)
		}
		z := gzip.NewWriter(f)
		if _, err := io.WriteString(z, text.String()); err != nil {
			b.Fatal(err)
		}
		if err := z.Close(); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
		bytes += int64(text.Len())
	}
	return bytes
}

// between is the value of a member.
func between(record, from string) string {
	_, rest, _ := strings.Cut(record, from)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// BenchmarkScan scans log files of which few records are denials; Gunzip expands the same
// files, one on each CPU, and does nothing else.
func BenchmarkScan(b *testing.B) {
	for _, oneIn := range []int{50, 5000} {
		root := b.TempDir()
		bytes := logs(b, root, 8, 10_000, oneIn)
		b.Run(fmt.Sprintf("1 denial in %d", oneIn), func(b *testing.B) {
			b.SetBytes(bytes)
			for b.Loop() {
				w := newWorld(b)
				if r := w.mustScan(scan.Options{Sources: []scan.Source{scan.Folder(root)}}); r.Bytes != bytes || r.Unreadable > 0 {
					b.Fatalf("%+v", r)
				}
			}
		})
		b.Run(fmt.Sprintf("gunzip of 1 in %d", oneIn), func(b *testing.B) {
			b.SetBytes(bytes)
			for b.Loop() {
				gunzipAll(b, root)
			}
		})
	}
}

func gunzipAll(b *testing.B, root string) {
	b.Helper()
	names, err := filepath.Glob(filepath.Join(root, "*.gz"))
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error)
	work := make(chan string, len(names))
	for _, name := range names {
		work <- name
	}
	close(work)
	workers := runtime.GOMAXPROCS(0)
	for range workers {
		go func() {
			var failed error
			for name := range work {
				f, err := os.Open(name)
				if err != nil {
					failed = err
					continue
				}
				z, err := gzip.NewReader(f)
				if err == nil {
					_, err = io.Copy(io.Discard, z)
				}
				if err != nil {
					failed = err
				}
				_ = f.Close()
			}
			done <- failed
		}()
	}
	for range workers {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
}
