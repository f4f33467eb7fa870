package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"why403/docs/causes"
	"why403/pkg/diagnosis"
)

// onTTY runs the program on a terminal of so many columns.
func onTTY(columns int, env map[string]string, args ...string) string {
	var out, errs bytes.Buffer
	run(args, surroundings{
		stdin: strings.NewReader(""), stdout: &out, stderr: &errs, columns: columns,
		getenv: func(name string) string { return env[name] },
	})
	return out.String() + errs.String()
}

func TestExplain(t *testing.T) {
	t.Run("a cause", func(t *testing.T) {
		r := call(t, "", "explain", "OBJECT_OWNERSHIP")
		r.expect(t, 0, []string{
			"OBJECT_OWNERSHIP: object ownership\n", "\nHow to fix it\n",
			"\naws s3api put-bucket-ownership-controls --bucket acme-data --ownership-controls 'Rules=[{ObjectOwnership=BucketOwnerEnforced}]'\n",
			"- BUCKET_POLICY_NO_ALLOW: ", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
		}, nil)
		for _, mark := range []string{"```", "](", "## ", "\x1b"} {
			if strings.Contains(r.stdout, mark) {
				t.Errorf("the output has %q", mark)
			}
		}
	})
	t.Run("however it is spelt", func(t *testing.T) {
		want := call(t, "", "explain", "KMS_KEY_STATE").stdout
		for _, spelt := range []string{"kms_key_state", "kms-key-state", "kms-key-state.md", " KMS-key-State "} {
			if got := call(t, "", "explain", spelt); got.status != 0 || got.stdout != want {
				t.Errorf("%q: exit status %d, %.60q", spelt, got.status, got.stdout)
			}
		}
	})
	t.Run("JSON", func(t *testing.T) {
		r := call(t, "", "explain", "SCP", "--output", "json")
		r.expect(t, 0, nil, nil)
		var got map[string]string
		if err := json.Unmarshal([]byte(r.stdout), &got); err != nil {
			t.Fatalf("%v: %s", err, r.stdout)
		}
		info, _ := diagnosis.Info(diagnosis.SCP)
		page, _ := causes.Page("SCP")
		want := map[string]string{"id": "SCP", "name": info.Name, "means": info.Means, "doc": info.Doc, "page": page}
		for name, value := range want {
			if got[name] != value {
				t.Errorf("%s is %.80q, want %.80q", name, got[name], value)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d fields, want %d", len(got), len(want))
		}
	})
	t.Run("the reader's pipe is closed", func(t *testing.T) {
		for _, args := range [][]string{{"explain"}, {"explain", "SCP"}, {"explain", "-o", "json"}} {
			var errs bytes.Buffer
			if run(args, surroundings{stdout: brokenPipe{}, stderr: &errs, getenv: func(string) string { return "" }}) == 0 {
				t.Errorf("%q: a failed write ended with status 0", args)
			}
		}
	})
	t.Run("help", func(t *testing.T) {
		call(t, "", "explain", "--help").expect(t, 0, []string{"Usage:", "Examples:", "why403 explain OBJECT_OWNERSHIP"}, nil)
		call(t, "", "--help").expect(t, 0, []string{"explain "}, nil)
	})
}

// TestExplainPages sets every page for a narrow terminal: text keeps to the width,
// code is word for word that of the page.
func TestExplainPages(t *testing.T) {
	const width = 60
	for _, info := range diagnosis.Causes() {
		page, ok := causes.Page(string(info.ID))
		if !ok {
			t.Errorf("%s has no page", info.ID)
			continue
		}
		got := onTTY(width, nil, "explain", string(info.ID))
		code := map[string]bool{}
		inside := false
		for line := range strings.Lines(page) {
			if strings.HasPrefix(line, "```") {
				inside = !inside
				continue
			}
			if inside {
				code[line] = true
				if !strings.Contains(got, "\n"+line) {
					t.Errorf("%s: code is missing or changed: %s", info.ID, line)
				}
			}
		}
		for line := range strings.Lines(got) {
			words := strings.Fields(strings.TrimPrefix(line, "- "))
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width && len(words) > 1 && !code[line] && !strings.Contains(line, "\x1b") {
				t.Errorf("%s: a line of %d columns: %s", info.ID, n, line)
			}
		}
		if strings.Contains(got, "**") || strings.Contains(got, "](") {
			t.Errorf("%s: marks of Markdown are left", info.ID)
		}
	}
}

func TestExplainHeadings(t *testing.T) {
	const bold = "\x1b[1mWho must act\x1b[0m\n"
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
		{"--no-color", 80, nil, []string{"--no-color"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := onTTY(tt.columns, tt.env, append([]string{"explain", "RCP"}, tt.args...)...)
			if strings.Contains(got, bold) != tt.want || strings.Contains(got, "\x1b") != tt.want {
				t.Errorf("bold: %v, want %v", !tt.want, tt.want)
			}
		})
	}
}

func TestExplainList(t *testing.T) {
	r := call(t, "", "explain")
	r.expect(t, 0, []string{"Requester Pays\n", "Access points\n", "Next: why403 explain CAUSE"}, nil)
	flat := strings.Join(strings.Fields(r.stdout), " ")
	for _, info := range diagnosis.Causes() {
		if !strings.Contains(flat, string(info.ID)+": "+info.Means) {
			t.Errorf("the list lacks %s", info.ID)
		}
	}
	if first := strings.Index(r.stdout, "IDENTITY_NO_ALLOW"); first < 0 || first > strings.Index(r.stdout, "BUCKET_POLICY_NO_ALLOW") {
		t.Error("the list does not begin with the causes of AWS's article")
	}
	lines := strings.Split(strings.TrimSpace(call(t, "", "explain", "-o", "json").stdout), "\n")
	if len(lines) != len(diagnosis.Causes()) {
		t.Errorf("%d lines of JSON, want one for each of %d causes", len(lines), len(diagnosis.Causes()))
	}
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %.100s", line)
		}
	}
}

func TestExplainUnknown(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want []string
	}{
		{"a letter wrong", []string{"explain", "IDENTITY_NO_ALOW"}, []string{`no cause "IDENTITY_NO_ALOW"`, "nearest are IDENTITY_NO_ALLOW,"}},
		{"part of an id", []string{"explain", "boundary"}, []string{"nearest are PERMISSIONS_BOUNDARY,"}},
		{"a word of several", []string{"explain", "object"}, []string{"OBJECT_OWNERSHIP"}},
		{"a word missing", []string{"explain", "KMS_NO_ALLOW"}, []string{"nearest are KMS_IDENTITY_NO_ALLOW, KMS_KEY_POLICY_NO_ALLOW,"}},
		{"nothing like any", []string{"explain", "42"}, []string{"nearest are "}},
		{"empty", []string{"explain", ""}, []string{`no cause ""`}},
		{"another file", []string{"explain", "../causes/README.md"}, []string{"no cause"}},
		{"the index", []string{"explain", "readme"}, []string{`no cause "readme"`}},
		{"two", []string{"explain", "SCP", "RCP"}, []string{"accepts at most 1 arg"}},
		{"hostile", []string{"explain", "\x1b[31m" + strings.Repeat("A", 10000)}, []string{"no cause"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := call(t, "", tt.args...)
			r.expect(t, 2, nil, tt.want)
			if strings.Contains(r.stderr, "\x1b") {
				t.Error("the error holds a control sequence")
			}
		})
	}
}

func TestExplainCompletion(t *testing.T) {
	for _, tt := range []struct {
		name   string
		begun  []string
		want   []string
		absent string
	}{
		{"nothing yet", []string{""}, []string{"IDENTITY_NO_ALLOW\tIAM policy\n", "CROSS_REGION_LOGGING\t"}, ""},
		{"a beginning", []string{"KMS_"}, []string{"KMS_KEY_STATE\tKMS key state\n"}, "SCP"},
		{"in lower case", []string{"kms-"}, []string{"KMS_KEY_STATE\t"}, "SCP"},
		{"after a cause", []string{"SCP", ""}, []string{":4\n"}, "RCP"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := call(t, "", append([]string{"__complete", "explain"}, tt.begun...)...)
			r.expect(t, 0, tt.want, nil)
			if tt.absent != "" && strings.Contains(r.stdout, tt.absent+"\t") {
				t.Errorf("%s is offered:\n%s", tt.absent, r.stdout)
			}
		})
	}
}
