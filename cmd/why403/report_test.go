package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	env := map[string]string{"WHY403_STORE": filepath.Join(t.TempDir(), "findings.db"), "LANG": "C.UTF-8"}
	callWith(t, env, "", "report").expect(t, 1, nil, []string{"there is no findings store"})
	callWith(t, env, "", "audit", samples+"identity-no-allow.json", samples+"bucket-policy-explicit-deny.json").expect(t, 0, nil, nil)

	got := callWith(t, env, "", "report", "--title", "Storage <1>")
	got.expect(t, 0, []string{"<!doctype html>", "<h1>Storage &lt;1&gt;</h1>", `"rows":[{"id":"`, "</html>"}, nil)

	dir := t.TempDir()
	out := filepath.Join(dir, "report.html")
	callWith(t, env, "", "report", "--out", out).expect(t, 0, nil, []string{"2 findings in "})
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the report has the mode %s: it names what others need not see", info.Mode())
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v %v", files, err)
	}
	callWith(t, env, "", "report", "--out", filepath.Join(dir, "no", "folder.html")).expect(t, 1, nil, []string{"folder.html"})
	// The sample events are of one day.
	callWith(t, env, "", "report", "--since", "2030-01-01").expect(t, 0, []string{`"rows":[]`}, nil)
	callWith(t, env, "", "report", "--since", "soon").expect(t, 2, nil, []string{"--since"})
}

// TestReportNotOnATerminal: a page of HTML helps nobody there.
func TestReportNotOnATerminal(t *testing.T) {
	var out, errs strings.Builder
	status := run([]string{"report"}, surroundings{stdin: strings.NewReader(""), stdout: &out, stderr: &errs, getenv: func(string) string { return "" }, columns: 80})
	if status != 2 || out.Len() > 0 || !strings.Contains(errs.String(), "--out") {
		t.Errorf("exit status %d, stdout %q, stderr %q", status, out.String(), errs.String())
	}
}

func TestSinceTime(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]string{
		"": "0001-01-01T00:00:00Z", "30d": "2026-10-24T12:00:00Z", "12h": "2026-11-23T00:00:00Z", "2026-11-01": "2026-11-01T00:00:00Z",
		"2026-11-01T10:00:00Z": "2026-11-01T10:00:00Z", "-3h": "", "d": "", "99999999d": "", "yesterday": "",
	} {
		got, err := sinceTime(in, now)
		if want == "" {
			if err == nil {
				t.Errorf("%q: %s, want an error", in, got)
			}
			continue
		}
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q: %s %v, want %s", in, got.Format(time.RFC3339), err, want)
		}
	}
}
