package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// stream renders events as "go test -json" prints them.
func stream(t *testing.T, events ...event) string {
	t.Helper()
	var b strings.Builder
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.String()
}

func run(p, name string) event    { return event{Action: "run", Package: p, Test: name} }
func pass(p, name string) event   { return event{Action: "pass", Package: p, Test: name} }
func fail(p, name string) event   { return event{Action: "fail", Package: p, Test: name} }
func skip(p, name string) event   { return event{Action: "skip", Package: p, Test: name} }
func out(p, name, s string) event { return event{Action: "output", Package: p, Test: name, Output: s} }
func compiler(path, s string) event {
	return event{Action: "build-output", ImportPath: path, Output: s}
}

func TestSummarize(t *testing.T) {
	tests := []struct {
		name   string
		events []event
		ok     bool
		want   []string // in the report, in this order; the last one is the last line
		hidden []string // not in the report
	}{
		{
			name: "subtests are counted beside their parents",
			events: []event{
				run("m/a", "TestA"), run("m/a", "TestA/x"), out("m/a", "TestA/x", "    a_test.go:3: chatter\n"),
				pass("m/a", "TestA/x"), pass("m/a", "TestA"), pass("m/a", ""),
			},
			ok:     true,
			want:   []string{"ok    m/a", "2 passed, 0 failed, 0 skipped"},
			hidden: []string{"chatter", "skipped tests"},
		},
		{
			name: "a failure shows its output",
			events: []event{
				run("m/a", "TestA"), run("m/a", "TestB"), pass("m/a", "TestB"),
				out("m/a", "TestA", "=== RUN   TestA\n"), out("m/a", "TestA", "    a_test.go:3: got 1, want 2\n"),
				out("m/a", "TestA", "--- FAIL: TestA (0.00s)\n"), fail("m/a", "TestA"), out("m/a", "", "FAIL\n"), fail("m/a", ""),
			},
			want:   []string{"FAIL  m/a", "--- FAIL: TestA\n", "got 1, want 2", "1 passed, 1 failed, 0 skipped"},
			hidden: []string{"=== RUN", "(0.00s)"},
		},
		{
			name: "a skipped test is listed with the reason it gave last",
			events: []event{
				run("m/a", "TestA"), out("m/a", "TestA", "=== RUN   TestA\n"), out("m/a", "TestA", "    a_test.go:3: looking\n"),
				out("m/a", "TestA", "    a_test.go:9: moto_server\n"), out("m/a", "TestA", "        is not installed\n"),
				out("m/a", "TestA", "--- SKIP: TestA (0.00s)\n"), skip("m/a", "TestA"), pass("m/a", ""),
			},
			ok:     true,
			want:   []string{"skipped tests:\n  m/a TestA: moto_server is not installed\n", "0 passed, 0 failed, 1 skipped"},
			hidden: []string{"looking"},
		},
		{
			name: "a package that does not build is one failure",
			events: []event{
				compiler("m/a [m/a.test]", "a_test.go:3:1: undefined: x\n"), {Action: "build-fail", ImportPath: "m/a [m/a.test]"},
				{Action: "fail", Package: "m/a", FailedBuild: "m/a [m/a.test]"}, run("m/b", "TestB"), pass("m/b", "TestB"), pass("m/b", ""),
			},
			want: []string{"FAIL  m/a", "undefined: x", "ok    m/b", "1 passed, 1 failed, 0 skipped"},
		},
		{
			name:   "a test that never ended has failed",
			events: []event{run("m/a", "TestA"), out("m/a", "TestA", "panic: test timed out\n"), fail("m/a", "")},
			want:   []string{"--- FAIL: TestA", "test timed out", "0 passed, 1 failed, 0 skipped"},
		},
		{
			name:   "so has one whose run was cut off",
			events: []event{run("m/a", "TestA"), pass("m/a", "TestA"), run("m/a", "TestB")},
			want:   []string{"--- FAIL: TestB", "1 passed, 1 failed, 0 skipped"},
		},
		{
			name:   "a package without tests is no test, and no test is no success",
			events: []event{out("m/a", "", "?   \tm/a\t[no test files]\n"), skip("m/a", "")},
			want:   []string{"no test ran", "0 passed, 0 failed, 0 skipped"},
			hidden: []string{"m/a"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			sum, err := summarize(strings.NewReader(stream(t, tt.events...)), &b)
			if err != nil {
				t.Fatal(err)
			}
			got := b.String()
			if sum.ok() != tt.ok {
				t.Errorf("ok = %v, want %v", sum.ok(), tt.ok)
			}
			rest := got
			for _, want := range tt.want {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("report lacks %q, or has it too early:\n%s", want, got)
				}
				rest = after
			}
			if rest != "\n" {
				t.Errorf("after the totals comes %q:\n%s", rest, got)
			}
			for _, hidden := range tt.hidden {
				if strings.Contains(got, hidden) {
					t.Errorf("report has %q:\n%s", hidden, got)
				}
			}
		})
	}
}

func TestSummarizePassesOnOtherLines(t *testing.T) {
	var b strings.Builder
	if _, err := summarize(strings.NewReader("go: downloading example.com/x v1.0.0\n{\"not\": \"an event\"}\n"), &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"go: downloading example.com/x v1.0.0\n", "{\"not\": \"an event\"}\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("report lacks %q:\n%s", want, b.String())
		}
	}
}
