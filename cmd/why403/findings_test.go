package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"

	"why403/pkg/clean"
	"why403/pkg/clean/cleantest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/finding/local"
	"why403/pkg/trail"
)

var update = flag.Bool("update", false, "write the texts in testdata anew")

// day is the time of the tests: noon, the day after the samples.
var day = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// desk is somebody at a terminal, with a store.
type desk struct {
	env     map[string]string
	columns int
	now     time.Time
}

func (d desk) call(t *testing.T, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	status := run(args, surroundings{
		stdin: strings.NewReader(""), stdout: &out, stderr: &errs, columns: d.columns,
		getenv: func(name string) string { return d.env[name] },
		now:    func() time.Time { return d.now },
	})
	return result{status, out.String(), errs.String()}
}

// seeded is a desk with a store of findings.
func seeded(t testing.TB, occurrences ...finding.Occurrence) desk {
	t.Helper()
	path := filepath.Join(t.TempDir(), "findings.db")
	s, err := local.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range occurrences {
		if _, err := s.Record(t.Context(), []finding.Occurrence{o}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return desk{env: map[string]string{"WHY403_STORE": path, "LANG": "C.UTF-8", "USER": "anna"}, now: day}
}

// happened is one denial: who, where, why, who must act, and so many hours before the day.
func happened(role, bucket string, cause diagnosis.CauseID, account string, hours int) finding.Occurrence {
	p := evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/team/" + role, Account: "111111111111", ID: "AROA" + role}
	at := day.Add(-time.Duration(hours) * time.Hour)
	x := diagnosis.Diagnosis{Format: diagnosis.Format, Outcome: diagnosis.Undetermined, Denial: diagnosis.Denial{Time: at, Bucket: bucket, Principal: p, Operation: "GetObject"}}
	if cause != "" {
		x.Outcome = diagnosis.Explained
		x.Cause = &diagnosis.Cause{ID: cause, Confidence: diagnosis.Confirmed, Account: account, Because: []diagnosis.Reason{{Policy: "app-data", SID: "Read", Effect: "Deny"}}}
	}
	return finding.Occurrence{ID: fmt.Sprint(role, bucket, hours), Time: at, Operation: "GetObject", ObjectKey: "home/report.csv", Address: "203.0.113.7",
		Key: finding.Key{Requester: p.Account + "/" + p.ID, Place: bucket, Class: trail.ClassRead}, Diagnosis: x}
}

// four are four findings, in the order in which they were seen last.
func four() []finding.Occurrence {
	return []finding.Occurrence{
		happened("etl-nightly-export-to-partner", "acme-partner-exchange-production", diagnosis.BucketPolicyExplicitDeny, "222222222222", 300),
		happened("app", "acme-data", diagnosis.IdentityNoAllow, "111111111111", 20),
		happened("app", "acme-data", diagnosis.IdentityNoAllow, "111111111111", 19),
		happened("app", "acme-logs", "", "", 30),
		happened("report-builder", "acme-data", diagnosis.SCP, "999999999999", 100),
	}
}

// ids are the ids in a list, in order.
func (d desk) ids(t *testing.T, args ...string) []string {
	t.Helper()
	r := d.call(t, append([]string{"findings", "list", "--output", "json"}, args...)...)
	r.expect(t, 0, nil, nil)
	var all []string
	for line := range strings.Lines(r.stdout) {
		var f finding.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		if f.Diagnosis.Format != "" || f.Brief.Outcome == "" {
			t.Error("a list has what only some stores list, or lacks what all do")
		}
		all = append(all, f.ID)
	}
	return all
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("run go test -update if this is meant:\n%s", diff)
	}
}

// TestFindingsList is the list as people see it.
func TestFindingsList(t *testing.T) {
	d := seeded(t, four()...)
	id := d.ids(t)
	d.call(t, "findings", "ack", id[1], "--reason", "known").expect(t, 0, nil, nil)
	d.call(t, "findings", "resolve", id[2]).expect(t, 0, nil, nil)
	for _, columns := range []int{0, 40, 80, 120} {
		d.columns = columns
		d.env["NO_COLOR"] = "1"
		r := d.call(t, "findings", "list")
		r.expect(t, 0, []string{"1 resolved or suppressed not shown: --all shows them"}, nil)
		for line := range strings.Lines(r.stdout) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); columns > 0 && n > columns && !strings.Contains(line, "--all") {
				t.Errorf("%d columns of %d: %s", n, columns, line)
			}
		}
		golden(t, fmt.Sprintf("findings-list-%d.txt", columns), r.stdout)
	}
	for _, tt := range []struct {
		columns int
		env     string
		colour  bool
	}{{80, "", true}, {0, "", false}, {80, "1", false}} {
		d.columns, d.env["NO_COLOR"] = tt.columns, tt.env
		if r := d.call(t, "findings", "list"); strings.Contains(r.stdout, "\x1b[") != tt.colour {
			t.Errorf("%+v: %q", tt, r.stdout)
		}
	}
	seeded(t).call(t, "findings", "list").expect(t, 0, []string{"No findings."}, nil)
}

func TestFindingsChosen(t *testing.T) {
	d := seeded(t, four()...)
	all := d.ids(t)
	data, logs, builder, partner := all[0], all[1], all[2], all[3]
	d.call(t, "findings", "resolve", builder).expect(t, 0, nil, nil)
	d.call(t, "findings", "suppress", partner, "--reason", "meant", "--until", "1h").expect(t, 0, nil, nil)
	later := d
	later.now = day.Add(2 * time.Hour)
	for _, tt := range []struct {
		args string
		d    desk
		want []string
	}{
		{"", d, []string{data, logs}},
		{"--all", d, []string{data, logs, builder, partner}},
		{"", later, []string{data, logs, partner}}, // the suppression is over
		{"--status suppressed", d, []string{partner}},
		{"--status suppressed", later, nil},
		{"--status open", later, []string{data, logs, partner}},
		{"--status Resolved,suppressed", d, []string{builder, partner}},
		{"--bucket acme-logs", d, []string{logs}},
		{"--bucket acme", d, nil},
		{"--requester app", d, []string{data, logs}},
		{"--requester arn:aws:iam::111111111111:role/team/app", d, []string{data, logs}},
		{"--requester 111111111111/AROAapp", d, []string{data, logs}},
		{"--requester pp", d, nil},
		{"--cause identity-no-allow", d, []string{data}},
		{"--cause undetermined", d, []string{logs}},
		{"--account 999999999999 --all", d, []string{builder}},
		{"--since 1d", d, []string{data}},
		{"--since 25h", d, []string{data}},
		{"--since 1w --all", d, []string{data, logs, builder}},
		{"--since 2026-11-23", d, []string{data, logs}},
		{"--since 2026-11-24T00:00:00Z", d, nil},
		{"--all --sort first-seen", d, []string{partner, builder, logs, data}},
		{"--all --sort count", d, []string{data, logs, builder, partner}},
		{"--all --sort status", d, []string{data, logs, partner, builder}},
		{"--all --sort cause", d, []string{partner, data, builder, logs}},
		{"--all --sort last-seen --limit 2", d, []string{data, logs}},
	} {
		if got := tt.d.ids(t, strings.Fields(tt.args)...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.args, got, tt.want)
		}
	}
	d.call(t, "findings", "list", "-o", "json").expect(t, 0, nil, []string{"2 resolved or suppressed not shown"})
	d.call(t, "findings", "list", "--limit", "1").expect(t, 0, []string{"1 more: a larger --limit shows them"}, nil)
	for args, want := range map[string]string{
		"--status closed": "open, acknowledged, resolved or suppressed", "--sort size": "last-seen", "--cause IDENTITY": "IDENTITY_NO_ALLOW",
		"--account acme": "12 digits", "--since yesterday": "2026-12-31", "--since 7": "30d", "--since -3d": "time", "--since 99999999999w": "time", "--limit -1": "--limit", "--output yaml": "text, table, json or csv",
	} {
		d.call(t, append([]string{"findings", "list"}, strings.Fields(args)...)...).expect(t, 2, nil, []string{want})
	}
	d.call(t, "findings", "show", data, "-o", "csv").expect(t, 2, nil, []string{"want text or json"})
}

// TestFindingStatus: what is said of findings stays said, with who and why.
func TestFindingStatus(t *testing.T) {
	missing := desk{env: map[string]string{"WHY403_STORE": filepath.Join(t.TempDir(), "none.db")}, now: day}
	missing.call(t, "findings", "ack", "7F3K2M").expect(t, 1, nil, []string{"no findings store", "why403 audit", "--table"})
	if _, err := os.Stat(missing.env["WHY403_STORE"]); err == nil {
		t.Error("a mistyped path made a store")
	}
	d := seeded(t, four()...)
	all := d.ids(t)
	for _, tt := range []struct {
		args   []string
		status int
		stdout []string
		stderr string
		show   []string // of the first finding, afterwards
	}{
		{[]string{"ack", all[0], "--reason", "at it", "--by", "eva"}, 0, []string{all[0] + " is acknowledged: IAM policy: app"}, "", []string{"2026-11-24T12:00:00Z acknowledged by eva: at it"}},
		{[]string{"reopen", strings.ToLower(all[0][:5])}, 0, []string{all[0] + " is open: "}, "", []string{"open by anna"}},
		{[]string{"resolve", all[0], all[1]}, 0, []string{all[0] + " is resolved", all[1] + " is resolved"}, "", []string{"resolved by anna"}},
		{[]string{"ack", "QQQQQQQQ", all[0], "QQ", all[0]}, 1, []string{all[0] + " is acknowledged"}, "QQQQQQQQ: no such finding", []string{"acknowledged, IAM"}},
		{[]string{"suppress", all[0]}, 2, nil, "--reason is missing", nil},
		{[]string{"suppress", all[0], "--reason", " "}, 2, nil, "--reason is missing", nil},
		{[]string{"suppress", all[0], "--reason", "r", "--until", "2026-11-23"}, 2, nil, "is over", nil},
		{[]string{"suppress", all[0], "--reason", "r", "--until", "someday"}, 2, nil, `"someday" is no time`, nil},
		{[]string{"suppress", all[0], "--reason", "r"}, 0, []string{"suppressed without an end"}, "", nil},
		{[]string{"suppress", all[0], "--reason", "meant", "--until", "2026-12-31"}, 0, []string{"suppressed until 2026-12-31 23:59 UTC"}, "", []string{"suppressed until 2026-12-31T23:59:59Z by anna: meant"}},
		{[]string{"suppress", all[0], "--reason", "meant", "--until", "2w"}, 0, []string{"suppressed until 2026-12-08 12:00 UTC"}, "", nil},
		{[]string{"suppress", all[0], "--reason", "meant", "--until", "2026-11-24"}, 0, []string{"suppressed until 2026-11-24 23:59 UTC"}, "", nil},
		{[]string{"ack"}, 2, nil, "requires at least 1 arg", nil},
		{[]string{"ack", all[0], "--until", "3d"}, 2, nil, "unknown flag: --until", nil},
		{[]string{"ack", all[0], "-o", "json"}, 0, []string{`"status":"acknowledged"`, `"by":"anna"`}, "", nil},
	} {
		r := d.call(t, append([]string{"findings"}, tt.args...)...)
		r.expect(t, tt.status, tt.stdout, []string{tt.stderr})
		if n := strings.Count(r.stdout, all[0]+" is "); n > 1 {
			t.Errorf("%v: reported %d times", tt.args, n)
		}
		if tt.show != nil {
			d.call(t, "findings", "show", all[0]).expect(t, 0, tt.show, nil)
		}
	}
}

// TestFindingWrite: the policies of a remedy as files, and the commands that use them.
func TestFindingWrite(t *testing.T) {
	doc, err := os.ReadFile("../../docs/testdata/case-three-accounts.json")
	if err != nil {
		t.Fatal(err)
	}
	o := four()[1]
	var x diagnosis.Diagnosis
	if err := json.Unmarshal([]byte(call(t, string(doc), "diagnose", "-", "-o", "json").stdout), &x); err != nil {
		t.Fatal(err)
	}
	// What a finding holds is not ours: neither is the name of a file made of it.
	x.Remedy.Steps[1].Cause = "../../../etc/passwd"
	o.Diagnosis = x
	d := seeded(t, o)
	id := d.ids(t)[0]
	dir := filepath.Join(t.TempDir(), "fix it")
	r := d.call(t, "findings", "show", id, "--write", dir)
	r.expect(t, 0, []string{
		"wrote " + dir + "/" + id + "-1-IDENTITY-NO-ALLOW.json: the whole policy", "-2-etc-passwd.json", "account 333333333333",
		"\naws s3api put-bucket-policy --bucket=acme-data --policy=file://'" + dir + "/" + id + "-2-etc-passwd.json'\n",
		"Proven: with these 3 changes every check passes",
	}, nil)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 3 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil || !json.Valid(text) || !strings.Contains(string(text), `"Statement"`) {
			t.Errorf("%s: %v, %s", f.Name(), err, text)
		}
	}
	first := filepath.Join(dir, files[0].Name())
	if err := os.WriteFile(first, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, files[1].Name())); err != nil {
		t.Fatal(err)
	}
	d.call(t, "findings", "show", id, "--write", dir).expect(t, 1, nil, []string{"is there already: --force writes over it"})
	if text, _ := os.ReadFile(first); string(text) != "mine" {
		t.Error("a file was written over")
	}
	if _, err := os.Stat(filepath.Join(dir, files[1].Name())); err == nil {
		t.Error("some files were written although one was in the way")
	}
	// A link is replaced, and not followed.
	elsewhere := write(t, "elsewhere", "theirs")
	if err := os.Remove(first); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, first); err != nil {
		t.Fatal(err)
	}
	d.call(t, "findings", "show", id, "--write", dir, "--force", "-o", "json").expect(t, 0, []string{`{"id":"` + id}, []string{"wrote "})
	if text, _ := os.ReadFile(elsewhere); string(text) != "theirs" {
		t.Error("written through a link")
	}
	d.call(t, "findings", "show", id, "--force").expect(t, 2, nil, []string{"--write"})
	d.call(t, "findings", "show", id).expect(t, 0, []string{"identity", "why403 findings show " + id + " --write DIR", "why403 findings ack " + id}, nil)
	plain := seeded(t, four()...)
	plain.call(t, "findings", "show", plain.ids(t)[1], "--write", dir).expect(t, 0, []string{"Nothing to write"}, nil)
}

// TestFromFile: a policy in a command is read from the file instead; what else a command
// has stays.
func TestFromFile(t *testing.T) {
	const doc = `{"Statement":[{"Sid":"it's"}]}`
	inline := clean.Shell(doc)
	for command, want := range map[string]string{
		"aws x --policy=" + inline:                                        "aws x --policy=file://fix/p.json",
		"aws x --policy-document=" + inline + " --y=1":                    "aws x --policy-document=file://fix/p.json --y=1",
		`aws x --policy-id="$(aws y --content=` + inline + ` --query=z)"`: `aws x --policy-id="$(aws y --content=file://fix/p.json --query=z)"`,
		`aws x --policy='{ "Statement": [ {"Sid":"it'\''s"} ] }'`:         "aws x --policy=file://fix/p.json",
		`aws x --policy='{"Statement":[]}'`:                               `aws x --policy='{"Statement":[]}'`,
		"aws x --policy=file://policy.json":                               "aws x --policy=file://policy.json",
		"aws x --policy='{":                                               "aws x --policy='{",
		"aws x --policy='{'\\''":                                          "aws x --policy='{'\\''",
		"aws x":                                                           "aws x",
	} {
		if got := fromFile(command, []byte(doc), "fix/p.json"); got != want {
			t.Errorf("%s\nbecame %s\nwant   %s", command, got, want)
		}
	}
}

func TestFindingsExport(t *testing.T) {
	d := seeded(t, four()...)
	all := d.ids(t)
	d.call(t, "findings", "suppress", all[0], "--reason", "meant, by all; really", "--until", "30d").expect(t, 0, nil, nil)
	r := d.call(t, "findings", "export")
	r.expect(t, 0, []string{`"diagnosis":{"format":"` + diagnosis.Format, `"status":"suppressed"`}, nil)
	if n := strings.Count(r.stdout, "\n"); n != 4 || r.stderr != "" {
		t.Errorf("%d lines, stderr %q", n, r.stderr)
	}
	for _, args := range [][]string{{"export", "--format", "csv"}, {"export", "-o", "csv"}, {"list", "-o", "csv", "--all"}} {
		r := d.call(t, append([]string{"findings"}, args...)...)
		rows, err := csv.NewReader(strings.NewReader(r.stdout)).ReadAll()
		if err != nil || len(rows) != 5 || rows[1][0] != all[0] || rows[1][1] != "suppressed" || rows[1][17] != "meant, by all; really" || rows[1][18] != "2026-12-24T12:00:00Z" {
			t.Errorf("%v: error %v, rows %q", args, err, rows)
		}
	}
	d.call(t, "findings", "export", "--format", "ocsf").expect(t, 2, nil, []string{"want json or csv"})
}

// TestFindingsAreSafe pushes hostile text into every field of findings.
func TestFindingsAreSafe(t *testing.T) {
	for _, h := range cleantest.Hostile() {
		o := happened("app", "acme-data", diagnosis.IdentityNoAllow, "111111111111", 1)
		o.ID, o.Operation, o.ObjectKey, o.Address = h.Text, h.Text, h.Text+"/"+h.Text, h.Text
		o.Key = finding.Key{Requester: h.Text, Place: h.Text, Class: trail.Class(h.Text)}
		x := &o.Diagnosis
		x.Denial.Bucket, x.Denial.Principal.ARN, x.Denial.Principal.Account = h.Text, h.Text, h.Text
		x.Cause = &diagnosis.Cause{ID: diagnosis.CauseID(h.Text), Confidence: diagnosis.Confidence(h.Text), Account: h.Text, Because: []diagnosis.Reason{{Policy: h.Text, SID: h.Text, Effect: h.Text}}}
		x.Remedy = diagnosis.Remedy{If: h.Text, Because: h.Text, Steps: []diagnosis.Step{
			{Account: h.Text, Cause: diagnosis.CauseID(h.Text), Title: h.Text, Caution: h.Text, Commands: []string{h.Text, "aws --policy='" + h.Text}, Document: json.RawMessage(`{"Statement":[]}`)},
		}}
		d := seeded(t, o)
		id := o.Key.ID()
		dir := t.TempDir()
		for _, args := range [][]string{
			{"findings", "suppress", id, "--reason", h.Text + "r", "--by", h.Text + "b"}, {"findings", "list", "--all"}, {"findings", "show", id}, {"findings", "show", id, "--write", dir},
			{"findings", "ack", h.Text}, {"findings", "list", "--bucket", h.Text}, {"diagnose", h.Text}, {"__complete", "findings", "show", ""},
		} {
			for _, d.columns = range []int{0, 80} {
				d.env["NO_COLOR"] = "1"
				r := d.call(t, args...)
				for name, text := range map[string]string{"stdout": strings.ReplaceAll(r.stdout, "\t", " "), "stderr": r.stderr} {
					if err := cleantest.CheckTerminal(text); err != nil {
						t.Errorf("%s of %v: %s: %v", name, args[:2], h.Name, err)
					}
				}
				if args[1] == "suppress" && r.status != 0 {
					t.Errorf("%s: %s", h.Name, r.stderr)
				}
				if args[0] == "findings" && args[1] == "list" && len(args) == 3 && strings.Count(r.stdout, "\n") != 2+min(d.columns, 1) {
					t.Errorf("%s: one finding is %q", h.Name, r.stdout)
				}
			}
		}
		if err := cleantest.CheckCSV(d.call(t, "findings", "export", "--format", "csv").stdout); err != nil {
			t.Errorf("%s: %v", h.Name, err)
		}
		if files, err := filepath.Glob(filepath.Join(dir, id+"-1-*.json")); err != nil || len(files) != 1 {
			t.Errorf("%s: files %q", h.Name, files)
		}
	}
}

// TestManyFindings: ten thousand are listed, chosen and completed. Nothing is timed; with
// work that grows faster than they do, this does not end.
func TestManyFindings(t *testing.T) {
	d := seeded(t)
	// Recorded one by one they would take a write to the disk each.
	db, err := bolt.Open(d.env["WHY403_STORE"], 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	const many = 10_000
	err = db.Update(func(tx *bolt.Tx) error {
		findings, err := tx.CreateBucketIfNotExists([]byte("findings"))
		for n := range many {
			f := finding.Finding{}.Apply([]finding.Occurrence{happened(fmt.Sprint("role-", n), "acme-data", diagnosis.IdentityNoAllow, "111111111111", n%1000)})
			text, failed := json.Marshal(f)
			err = errors.Join(err, failed, findings.Put([]byte(f.ID), text))
		}
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	if n := len(d.ids(t)); n != many {
		t.Errorf("%d findings listed", n)
	}
	if n := len(d.ids(t, "--requester", "role-77")); n != 1 {
		t.Errorf("%d findings of one role", n)
	}
	if got := d.call(t, "findings", "list", "--limit", "3"); strings.Count(got.stdout, "\n") != 5 {
		t.Errorf("got %s", got.stdout)
	}
}
