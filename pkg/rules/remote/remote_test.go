package remote

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func file(names ...string) []byte {
	text := "format: why403.rules/v1\nrules:\n"
	for _, n := range names {
		text += fmt.Sprintf("  - name: %s\n    reason: accepted\n    expires: 2030-01-01\n    match: {principal: \"arn:aws:iam::111111111111:role/%s\"}\n", n, n)
	}
	return []byte(text)
}

// TestSource is what is in force over time: what was read last and had no mistake.
func TestSource(t *testing.T) {
	at := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	answer, fails, reads := file("a"), error(nil), 0
	var changed, failed []string
	s := newSource("/why403/rules", func(context.Context) ([]byte, error) { reads++; return answer, fails })
	s.now = func() time.Time { return at }
	s.Changed = func(_ context.Context, v Version) { changed = append(changed, v.Set.Rules[0].Name) }
	s.Failed = func(_ context.Context, err error) { failed = append(failed, err.Error()) }
	for _, step := range []struct {
		name    string
		forward time.Duration
		answer  []byte
		fails   error
		want    string // the first rule in force
		reads   int
		changed int
		failed  string
	}{
		{name: "the first", answer: file("a"), want: "a", reads: 1, changed: 1},
		{name: "not asked again at once", forward: time.Minute, answer: file("b"), want: "a", reads: 1, changed: 1},
		{name: "a change", forward: Every, answer: file("b", "c"), want: "b", reads: 2, changed: 2},
		{name: "the same again", forward: Every, answer: file("b", "c"), want: "b", reads: 3, changed: 2},
		{name: "unreadable", forward: Every, fails: errors.New("throttled"), want: "b", reads: 4, changed: 2, failed: "reading rules from /why403/rules: throttled"},
		{name: "a mistake, asked a minute later", forward: time.Minute, answer: []byte("rules: 7"), want: "b", reads: 5, changed: 2, failed: "/why403/rules"},
		{name: "mended", forward: time.Minute, answer: file("d"), want: "d", reads: 6, changed: 3},
		{name: "a clock set back", forward: -time.Hour, answer: file("e"), want: "e", reads: 7, changed: 4},
	} {
		at = at.Add(step.forward)
		answer, fails, failed = step.answer, step.fails, nil
		got := s.Rules(t.Context())
		if len(got.Rules) == 0 || got.Rules[0].Name != step.want || reads != step.reads || len(changed) != step.changed {
			t.Errorf("%s: in force %+v, %d reads, changes %v", step.name, got.Rules, reads, changed)
		}
		if (step.failed == "") != (len(failed) == 0) || step.failed != "" && !strings.Contains(failed[0], step.failed) {
			t.Errorf("%s: failed %q, want %q", step.name, failed, step.failed)
		}
	}
}

func TestReference(t *testing.T) {
	for reference, want := range map[string]string{
		"/why403/rules": "", "s3://acme-config/why403/rules.yaml": "",
		"why403": "begins with a slash", "s3://acme-config": "want s3://BUCKET/KEY", "s3:///rules": "want s3://BUCKET/KEY", "": "begins with a slash",
	} {
		_, err := New(aws.Config{}, reference)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", reference, err)
		}
	}
}
