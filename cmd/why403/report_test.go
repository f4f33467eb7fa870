package main

import (
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
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

// TestReportTriesTheKeptCase: what audit keeps is enough to try each change.
func TestReportTriesTheKeptCase(t *testing.T) {
	env := map[string]string{"WHY403_STORE": filepath.Join(t.TempDir(), "findings.db"), "LANG": "C.UTF-8"}
	callWith(t, env, "", "audit", recordedCase(t)).expect(t, 0, nil, nil)
	page := callWith(t, env, "", "report")
	page.expect(t, 0, nil, nil)
	block := regexp.MustCompile(`id="block-0">([^<]*)<`).FindStringSubmatch(page.stdout)
	if block == nil {
		t.Fatal("the page has no details")
	}
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(block[1])))
	if err != nil {
		t.Fatal(err)
	}
	var details []struct {
		Way struct {
			Why    string
			Trials []struct{ Steps []int }
		}
	}
	if err := json.NewDecoder(z).Decode(&details); err != nil {
		t.Fatal(err)
	}
	if len(details) != 1 || details[0].Way.Why != "" || len(details[0].Way.Trials) != 8 {
		t.Errorf("got %+v, want one finding with all combinations of three changes", details)
	}
}

// recordedCase is the case of three accounts with a record instead of a question.
func recordedCase(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile("../../docs/testdata/case-three-accounts.json")
	if err != nil {
		t.Fatal(err)
	}
	record, err := os.ReadFile(samples + "identity-no-allow.json")
	if err != nil {
		t.Fatal(err)
	}
	same := strings.NewReplacer("role/team/app", "role/team/analytics/report-builder", "AROAEXAMPLEEXAMPLE", "AROAEXAMPLEWUP5FMYCV0", "home/report.csv", "home/reports/2026-11-22.csv")
	var c map[string]json.RawMessage
	if err := json.Unmarshal([]byte(same.Replace(string(doc))), &c); err != nil {
		t.Fatal(err)
	}
	delete(c, "request")
	delete(c, "context")
	c["event"] = record
	out, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "case.json", string(out))
}
