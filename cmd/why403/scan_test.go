package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"why403/pkg/clean/cleantest"
	"why403/pkg/scan"
)

// TestScanCommand holds what a person sees of a scan, and that audit and findings share
// its store.
func TestScanCommand(t *testing.T) {
	env := map[string]string{"WHY403_STORE": filepath.Join(t.TempDir(), "findings.db"), "LANG": "C.UTF-8"}
	root := t.TempDir()
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("log.json", sample(t, "log-file.json"))
	put("event.json", sample(t, "identity-no-allow.json"))
	put("readme.txt", "no log")

	callWith(t, env, "", "scan", root).expect(t, 0, []string{"2 files read", "1 file left out: no CloudTrail logs of calls", "succeeded", "Findings by cause", "IDENTITY_NO_ALLOW", "Next: why403 findings list"}, nil)
	callWith(t, env, "", "scan", root).expect(t, 0, []string{"0 files read", "2 files left out: read by an earlier scan"}, nil)
	callWith(t, env, "", "scan", "--again", root).expect(t, 0, []string{"2 files read", "had been counted before"}, nil)
	callWith(t, env, "", "findings", "list").expect(t, 0, []string{"read on acme-data"}, nil)
	// Nobody was told of what a scan found.
	callWith(t, env, "", "audit", filepath.Join(root, "event.json")).expect(t, 0, []string{"sent: "}, nil)

	put("broken.json", `{"Records":[{"eventName":`)
	r := callWith(t, env, "", "scan", root)
	r.expect(t, 1, []string{"1 unreadable"}, []string{"broken.json: document 1, record 1: not JSON"})

	r = callWith(t, env, "", "scan", "-o", "json", root)
	r.expect(t, 1, nil, nil)
	var got scanResult
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || got.FilesBefore != 2 || got.Unreadable != 1 || len(got.Problems) != 1 {
		t.Errorf("as JSON: %v, %+v", err, got)
	}
	if strings.ContainsAny(r.stdout+r.stderr, "\r\x1b") {
		t.Error("progress was written off a terminal")
	}
}

// TestScanMisuse holds that mistakes are told before anything is read.
func TestScanMisuse(t *testing.T) {
	for _, args := range [][]string{{"scan"}, {"scan", "--since", "yesterday", "."}, {"scan", "--until", "2026-13-01", "."}, {"scan", "--since", "-3d", "."}} {
		call(t, "", args...).expect(t, 2, nil, []string{"why403: "})
	}
	call(t, "", "scan", "--rules", "nowhere.yaml", ".").expect(t, 1, nil, []string{"nowhere.yaml: "})
	call(t, "", "scan", filepath.Join(t.TempDir(), "nowhere")).expect(t, 1, nil, []string{"nowhere: no such file"})
	call(t, "", "scan", t.TempDir()).expect(t, 1, nil, []string{"no log file there"})
}

// TestScanHostileNames holds that a hostile name of a file, or in a record, cannot act on a
// terminal.
func TestScanHostileNames(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a\x1b[31m\u202eb.json"), []byte(`{"eventName":"\u001b]0;x\u0007","eventSource":"\u001b[2J.amazonaws.com","errorCode":"X"} {`), 0o600); err != nil {
		t.Skip("this file system takes no such name")
	}
	r := call(t, "", "scan", root)
	r.expect(t, 1, nil, nil)
	for _, text := range []string{r.stdout, r.stderr} {
		if err := cleantest.CheckTerminal(text); err != nil {
			t.Error(err)
		}
	}
}

func TestParseWhen(t *testing.T) {
	now := time.Date(2026, 11, 23, 15, 4, 5, 0, time.UTC)
	for in, want := range map[string]string{
		"": "0001-01-01T00:00:00Z", "2026-11-01": "2026-11-01T00:00:00Z", "2026-11-01T10:00:00+02:00": "2026-11-01T08:00:00Z",
		"0d": "2026-11-23T00:00:00Z", "30d": "2026-10-24T00:00:00Z",
	} {
		if got, err := parseWhen(in, now); err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q is %s, error %v; want %s", in, got.Format(time.RFC3339), err, want)
		}
	}
}

func TestProgressLine(t *testing.T) {
	for want, s := range map[string]scan.State{
		"3 of 40 files, 50.0 MB of 150.0 MB, 5.0 MB/s, 1 denial, 20s left": {Files: 3, FilesOf: 40, Stored: 50e6, StoredOf: 150e6, Denials: 1, Listed: true},
		"0 of 9 files, 0 B of 1.0 kB, 0 B/s, 0 denials, still listing":     {FilesOf: 9, StoredOf: 1000},
	} {
		if got := progressLine(s, 10*time.Second); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
