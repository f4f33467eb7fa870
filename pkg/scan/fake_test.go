package scan_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/finding"
	"why403/pkg/finding/local"
	"why403/pkg/scan"
)

// compact is a sample event as it stands in a log file.
func compact(t testing.TB, name string) string {
	t.Helper()
	sample, err := os.ReadFile("../../events/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, sample); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// pattern is a denial whose id, time, account and Region are still to be said.
var pattern = sync.OnceValues(func() (string, error) {
	sample, err := os.ReadFile("../../events/bare-record.json")
	if err != nil {
		return "", err
	}
	var r map[string]any
	if err := json.Unmarshal(sample, &r); err != nil {
		return "", err
	}
	r["eventID"], r["eventTime"], r["recipientAccountId"], r["awsRegion"] = "@ID", "@TIME", "@ACCOUNT", "@REGION"
	delete(r, "sharedEventID")
	doc, err := json.Marshal(r)
	return string(doc), err
})

// denialOf is a denial with an event id, a time, an account and a Region of its own.
func denialOf(t testing.TB, id, at, account, region string) string {
	t.Helper()
	doc, err := pattern()
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("@ID", id, "@TIME", at, "@ACCOUNT", account, "@REGION", region).Replace(doc)
}

func logFile(records ...string) string { return `{"Records":[` + strings.Join(records, ",") + `]}` }

func gzipped(text string) string {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return z.String()
}

// tree makes a folder of files.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// world is a store of findings, and a pipeline into it.
type world struct {
	t     testing.TB
	store *local.Store
}

func newWorld(t testing.TB) *world {
	t.Helper()
	store, err := local.Open(filepath.Join(t.TempDir(), "findings.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return &world{t, store}
}

type silence struct{}

func (silence) Send(context.Context, alert.Message) error { return errors.New("an alert was sent") }

// scan scans with a pipeline of its own, as a process does.
func (w *world) scan(ctx context.Context, o scan.Options) (scan.Report, error) {
	bulk := w.store.Bulk()
	defer bulk.Close()
	return scan.Run(ctx, auditor.New(bulk, silence{}, alert.Options{}, auditor.Silent()), bulk, o)
}

func (w *world) options() alert.Options { return alert.Options{} }

func (w *world) mustScan(o scan.Options) scan.Report {
	w.t.Helper()
	r, err := w.scan(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// counted is how many denials the findings have together.
func (w *world) counted() (n int) {
	w.t.Helper()
	all, err := w.store.List(w.t.Context(), finding.Filter{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range all {
		n += f.Count
		if len(f.Announced) > 0 {
			w.t.Errorf("finding %s counts as told", f.ID)
		}
	}
	return n
}

// made is a source of files that are made while they are read.
type made struct {
	files int
	size  int64
	open  func(n int) io.Reader
	mu    sync.Mutex
	read  []string // the names of those that were opened
}

func (m *made) Name() string { return "made" }

func (m *made) Files(_ context.Context, v scan.Visitor) error {
	for n := range m.files {
		name := fmt.Sprintf("made/%06d.json", n)
		if err := v.File(scan.File{Name: name, Path: name, Size: m.size, Version: "1"}); err != nil {
			return err
		}
	}
	return nil
}

func (m *made) Open(_ context.Context, f scan.File) (io.ReadCloser, error) {
	m.mu.Lock()
	m.read = append(m.read, f.Name)
	m.mu.Unlock()
	var n int
	if _, err := fmt.Sscanf(f.Name, "made/%d.json", &n); err != nil {
		return nil, err
	}
	return io.NopCloser(m.open(n)), nil
}
