package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"why403/pkg/clean/cleantest"
	"why403/pkg/diagnosis"
)

const samples = "../../events/"

// result is what a person would see of one call.
type result struct {
	status         int
	stdout, stderr string
}

// call runs the program with a store of its own.
func call(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	return callWith(t, map[string]string{"WHY403_STORE": filepath.Join(t.TempDir(), "findings.db"), "LANG": "C.UTF-8"}, stdin, args...)
}

func callWith(t *testing.T, env map[string]string, stdin string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	status := run(args, surroundings{
		stdin: strings.NewReader(stdin), stdout: &out, stderr: &errs,
		getenv: func(name string) string { return env[name] },
	})
	return result{status, out.String(), errs.String()}
}

func (r result) expect(t *testing.T, status int, stdout, stderr []string) {
	t.Helper()
	if r.status != status {
		t.Errorf("exit status %d, want %d; stderr:\n%s", r.status, status, r.stderr)
	}
	for _, want := range stdout {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("stdout lacks %q:\n%.3000s", want, r.stdout)
		}
	}
	for _, want := range stderr {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("stderr lacks %q:\n%s", want, r.stderr)
		}
	}
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func sample(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(samples + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDiagnose(t *testing.T) {
	t.Run("an event", func(t *testing.T) {
		call(t, "", "diagnose", samples+"identity-explicit-deny.json").expect(t, 0,
			[]string{"denied[IDENTITY_EXPLICIT_DENY] confirmed", "arn:aws:iam::111111111111:policy/guardrails/no-delete-published", "must act: account 111111111111", "identity ✗"}, nil)
	})
	t.Run("standard input with several documents", func(t *testing.T) {
		r := call(t, sample(t, "identity-no-allow.json")+"\n"+sample(t, "scp-no-allow.json"), "diagnose", "-", "--output", "json")
		r.expect(t, 0, nil, nil)
		lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
		if len(lines) != 2 {
			t.Fatalf("%d lines of JSON, want one for each document:\n%s", len(lines), r.stdout)
		}
		for i, want := range []diagnosis.CauseID{diagnosis.IdentityNoAllow, diagnosis.SCP} {
			var x diagnosis.Diagnosis
			if err := json.Unmarshal([]byte(lines[i]), &x); err != nil || x.Cause == nil || x.Cause.ID != want {
				t.Errorf("line %d: %v, cause %+v, want %s", i, err, x.Cause, want)
			}
		}
	})
	t.Run("a gzipped log file", func(t *testing.T) {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, _ = w.Write([]byte(sample(t, "log-file.json")))
		_ = w.Close()
		call(t, "", "diagnose", write(t, "log.json.gz", z.String())).expect(t, 0, []string{"record 5", "denied[SCP]", "ignored ", "denied[IDENTITY_NO_ALLOW]"}, nil)
	})
	t.Run("a case with a request", func(t *testing.T) {
		c := `{"format":"why403.case/v1","request":{"principal":{"type":"role","arn":"arn:aws:iam::111111111111:role/app","account":"111111111111"},
			"action":"s3:GetObject","resource":"arn:aws:s3:::acme-data/report.csv","resourceAccount":"222222222222"}}`
		call(t, c, "diagnose", "-").expect(t, 0, []string{"denied[UNDETERMINED]", "s3:GetBucketPolicy in 222222222222"}, nil)
	})
	t.Run("a case with an event", func(t *testing.T) {
		c := `{"format":"why403.case/v1","event":` + sample(t, "identity-no-allow.json") + `}`
		call(t, c, "diagnose", "-").expect(t, 0, []string{"denied[IDENTITY_NO_ALLOW]"}, nil)
	})
	t.Run("a folder", func(t *testing.T) {
		call(t, "", "diagnose", samples).expect(t, 0, []string{"identity-no-allow.json", "denied[REQUESTER_PAYS", "REQUESTER_PAYS"}[:1], nil)
	})
	t.Run("the reader's pipe is closed", func(t *testing.T) {
		var errs bytes.Buffer
		status := run([]string{"diagnose", samples + "identity-no-allow.json"}, surroundings{
			stdin: strings.NewReader(""), stdout: brokenPipe{}, stderr: &errs, getenv: func(string) string { return "" }})
		if status == 0 {
			t.Error("a failed write ended with status 0")
		}
	})
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }

// TestBadInput holds that what cannot be read is named and loses nothing else.
func TestBadInput(t *testing.T) {
	good := samples + "identity-no-allow.json"
	explained := []string{"denied[IDENTITY_NO_ALLOW]"}
	big := `{"Records":[` + sample(t, "bare-record.json") + `,{"eventName":"` + strings.Repeat("x", 2<<20) + `"},` + sample(t, "bare-record.json") + `]}`
	oneBad := `{"Records":[` + sample(t, "bare-record.json") + `,{"eventVersion": oops},"text",` + sample(t, "bare-record.json") + `]}`
	for _, tt := range []struct {
		name   string
		args   []string
		stderr []string
	}{
		{"broken JSON", []string{"diagnose", write(t, "broken.json", `{"detail": {"eventName": "Get`), good}, []string{"broken.json: ", "ends in the middle"}},
		{"text", []string{"diagnose", write(t, "notes.json", "hello\n"), good}, []string{"notes.json: ", "not JSON"}},
		{"an empty file", []string{"diagnose", write(t, "empty.json", ""), good}, []string{"empty.json: empty"}},
		{"white space", []string{"diagnose", write(t, "blank.json", " \n "), good}, []string{"blank.json: empty"}},
		{"a record of 2 MB", []string{"diagnose", write(t, "big.json", big)}, []string{"big.json: document 1, record 2: ", "2097"}},
		{"a log file with bad records", []string{"diagnose", write(t, "bad.json", oneBad)}, []string{"bad.json: document 1, record 2: ", "bad.json: document 1, record 3: "}},
		{"no such file", []string{"diagnose", "no-such-file.json", good}, []string{"no-such-file.json: no such file"}},
		{"another format", []string{"diagnose", write(t, "other.json", `{"hello":"world"}`), good}, []string{"other.json: neither a CloudTrail record"}},
		{"a case of another version", []string{"diagnose", write(t, "v9.json", `{"format":"why403.case/v9"}`), good}, []string{"v9.json: case: format is"}},
		{"audit goes on, too", []string{"audit", write(t, "broken.json", `{`), good}, []string{"broken.json: "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := explained
			if tt.args[0] == "audit" {
				want = []string{"IDENTITY_NO_ALLOW", "1 unreadable"}
			}
			call(t, "", tt.args...).expect(t, 1, want, tt.stderr)
		})
	}
}

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown command", []string{"explode"}, `no command "explode"`},
		{"unknown flag", []string{"diagnose", "--fast"}, "unknown flag"},
		{"no file", []string{"diagnose"}, "requires at least 1 arg"},
		{"unknown output", []string{"diagnose", "-o", "yaml", "-"}, "want text or json"},
		{"ask without anything", []string{"ask"}, "--principal, --action, --resource missing"},
		{"ask for a bad action", []string{"ask", "--principal", "anonymous", "--action", "GetObject", "--resource", "s3://b/k"}, "s3:GetObject"},
		{"ask for a bad principal", []string{"ask", "--principal", "bob", "--action", "s3:GetObject", "--resource", "s3://b/k"}, `"bob"`},
		{"ask for a bad resource", []string{"ask", "--principal", "anonymous", "--action", "s3:GetObject", "--resource", "b/k"}, "neither an ARN"},
		{"show without an id", []string{"findings", "show"}, "accepts 1 arg"},
	} {
		t.Run(tt.name, func(t *testing.T) { call(t, "", tt.args...).expect(t, 2, nil, []string{tt.want}) })
	}
}

func TestAsk(t *testing.T) {
	const message = `User: arn:aws:sts::111111111111:assumed-role/app/job-1 is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::acme-data" because no identity-based policy allows the s3:ListBucket action`
	t.Run("the message says it all", func(t *testing.T) {
		call(t, "", "ask", "--message", message).expect(t, 0, []string{"denied[IDENTITY_NO_ALLOW]", "role app", "s3:ListBucket"}, nil)
	})
	t.Run("text of the AWS command line", func(t *testing.T) {
		call(t, "", "ask", "--message", "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: "+message).
			expect(t, 0, []string{"denied[IDENTITY_NO_ALLOW]"}, nil)
	})
	t.Run("the command line's GetObject of a missing key", func(t *testing.T) {
		call(t, "", "ask", "--message", "fatal error: An error occurred (AccessDenied) when calling the GetObject operation: "+message).
			expect(t, 0, []string{"denied[MISSING_OBJECT]"}, nil)
	})
	t.Run("S3's XML", func(t *testing.T) {
		call(t, "", "ask", "--message", "<Error><Code>AccessDenied</Code><Message>"+strings.ReplaceAll(message, `"`, "&quot;")+"</Message></Error>").
			expect(t, 0, []string{"denied[IDENTITY_NO_ALLOW]", "arn:aws:s3:::acme-data"}, nil)
	})
	t.Run("quotation marks escaped by a log", func(t *testing.T) {
		call(t, "", "ask", "--message", strings.ReplaceAll(message, `"`, `\"`)).
			expect(t, 0, []string{"denied[IDENTITY_NO_ALLOW]"}, nil)
	})
	t.Run("a generic text of the command line", func(t *testing.T) {
		call(t, "", "ask", "--principal", "arn:aws:iam::111111111111:role/app", "--action", "s3:GetObject", "--resource", "s3://b/k",
			"--message", "An error occurred (403) when calling the HeadObject operation: Forbidden").
			expect(t, 0, []string{"denied[UNDETERMINED]", "AWS says no more than Access Denied"}, nil)
	})
	t.Run("without a message", func(t *testing.T) {
		call(t, "", "ask", "--principal", "arn:aws:iam::111111111111:role/team/app", "--action", "s3:GetObject", "--resource", "s3://acme-data/a b.csv", "--resource-account", "222222222222").
			expect(t, 0, []string{"denied[UNDETERMINED]", "arn:aws:s3:::acme-data/a b.csv", "organizations:ListPoliciesForTarget"}, nil)
	})
	t.Run("the case it makes can be diagnosed", func(t *testing.T) {
		made := call(t, "", "ask", "--message", message, "--case")
		made.expect(t, 0, []string{`"why403.case/v1"`}, nil)
		call(t, made.stdout, "diagnose", "-").expect(t, 0, []string{"denied[IDENTITY_NO_ALLOW]"}, nil)
	})
	t.Run("nothing is recorded", func(t *testing.T) {
		env := map[string]string{"WHY403_STORE": filepath.Join(t.TempDir(), "f.db")}
		callWith(t, env, "", "ask", "--message", message).expect(t, 0, nil, nil)
		callWith(t, env, "", "findings", "list").expect(t, 1, nil, []string{"no findings store"})
	})
}

// TestAudit is the README's first command and what follows it.
func TestAudit(t *testing.T) {
	env := map[string]string{"XDG_STATE_HOME": t.TempDir(), "LANG": "en_US.UTF-8"}
	first := callWith(t, env, "", "audit", samples)
	first.expect(t, 0, []string{"Subject: ", "DENIED, EXPLAINED", "DENIED, UNDETERMINED", "0 unreadable", "Findings by cause", "Ignored", "Next: why403 findings list"}, nil)
	for _, secret := range []string{"FAKE-SESSION-TOKEN", "deadbeef", "\x1b", "\u202e"} {
		if strings.Contains(first.stdout, secret) {
			t.Errorf("the output holds %q", secret)
		}
	}
	second := callWith(t, env, "", "audit", samples)
	second.expect(t, 0, []string{"known already: not sent again", "; 0 alerts", "had been counted before"}, nil)

	list := callWith(t, env, "", "findings", "list", "--output", "json")
	list.expect(t, 0, nil, nil)
	lines := strings.Split(strings.TrimSpace(list.stdout), "\n")
	var f struct {
		ID    string `json:"id"`
		Count int    `json:"count"`
	}
	if err := json.Unmarshal([]byte(lines[0]), &f); err != nil || f.ID == "" || f.Count == 0 {
		t.Fatalf("first finding: %v, %+v", err, f)
	}
	callWith(t, env, "", "findings", "list").expect(t, 0, []string{"ID ", f.ID}, nil)
	callWith(t, env, "", "findings", "show", strings.ToLower(f.ID[:6])).expect(t, 0, []string{"finding " + f.ID, "denied["}, nil)
	callWith(t, env, "", "findings", "show", "ZZZZZZZZ").expect(t, 1, nil, []string{"no such finding"})
}

func TestAuditJSON(t *testing.T) {
	r := call(t, "", "audit", "--output", "json", samples+"identity-no-allow.json", samples+"not-a-denial.json")
	r.expect(t, 0, []string{`"outcome":"explained"`, `"outcome":"ignored"`}, []string{"2 events read: 1 denial in 1 finding, 1 ignored, 0 unreadable; 1 alert"})
	for i, line := range strings.Split(strings.TrimSpace(r.stdout), "\n") {
		if !json.Valid([]byte(line)) {
			t.Errorf("line %d is not JSON: %.200s", i+1, line)
		}
	}
}

// TestTerminalIsSafe pushes hostile text through the whole program: as an object
// key, a session name and a message.
func TestTerminalIsSafe(t *testing.T) {
	for _, h := range cleantest.Hostile() {
		record := map[string]any{
			"eventVersion": "1.11", "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "errorCode": "AccessDenied", "errorMessage": h.Text,
			"eventID": "e-" + h.Name, "awsRegion": h.Text, "userAgent": h.Text, "sourceIPAddress": h.Text,
			"userIdentity":      map[string]any{"type": "AssumedRole", "principalId": "AROAEXAMPLE:" + h.Text, "arn": "arn:aws:sts::111111111111:assumed-role/app/" + h.Text, "accountId": "111111111111"},
			"requestParameters": map[string]any{"bucketName": h.Text, "key": h.Text},
		}
		doc, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"diagnose", "audit"} {
			r := call(t, string(doc), command, "-")
			for name, text := range map[string]string{"stdout": r.stdout, "stderr": r.stderr} {
				if err := cleantest.CheckTerminal(text); err != nil {
					t.Errorf("%s of %s with %s: %v", name, command, h.Name, err)
				}
			}
		}
	}
}

// TestColour holds when the output has colour: only on a terminal, never with
// NO_COLOR, --no-color or a dumb terminal.
func TestColour(t *testing.T) {
	for _, tt := range []struct {
		name    string
		columns int
		env     map[string]string
		args    []string
		want    bool
	}{
		{"on a terminal", 80, nil, nil, true},
		{"not on a terminal", 0, nil, nil, false},
		{"NO_COLOR", 80, map[string]string{"NO_COLOR": "1"}, nil, false},
		{"TERM=dumb", 80, map[string]string{"TERM": "dumb"}, nil, false},
		{"--no-color", 80, nil, []string{"--no-color"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			run(append([]string{"diagnose", samples + "identity-no-allow.json"}, tt.args...), surroundings{
				stdin: strings.NewReader(""), stdout: &out, stderr: &errs, columns: tt.columns,
				getenv: func(name string) string { return tt.env[name] }})
			if got := strings.Contains(out.String(), "\x1b["); got != tt.want {
				t.Errorf("colour: %v, want %v", got, tt.want)
			}
		})
	}
}

// TestHelp holds that every command explains itself and shows examples.
func TestHelp(t *testing.T) {
	for _, args := range [][]string{{}, {"audit"}, {"diagnose"}, {"ask"}, {"findings"}, {"findings", "list"}, {"findings", "show"}, {"findings", "ack"}, {"findings", "suppress"}, {"findings", "resolve"}, {"findings", "reopen"}, {"findings", "export"}} {
		r := call(t, "", append(args, "--help")...)
		r.expect(t, 0, []string{"Usage:", "Examples:", "why403"}, nil)
	}
	call(t, "", "help", "exit-codes").expect(t, 0, []string{"0  ", "1  ", "2  "}, nil)
	call(t, "", "help", "environment").expect(t, 0, []string{"WHY403_STORE", "NO_COLOR"}, nil)
	call(t, "", "version").expect(t, 0, []string{"why403 "}, nil)
}
