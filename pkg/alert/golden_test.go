package alert

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/trail"
)

var update = flag.Bool("update", false, "write the mails in testdata anew")

// TestMails holds whole mails. Read them as the person on call.
func TestMails(t *testing.T) {
	one := func(file string) finding.Finding { return findingOf(denials(t, file+".json")[0]) }
	tests := []struct {
		name   string
		f      finding.Finding
		reason Reason
		change func(*Options)
	}{
		{name: "identity-no-allow", f: one("identity-no-allow")},
		{name: "identity-explicit-deny", f: one("identity-explicit-deny")},
		{name: "bucket-policy-no-allow", f: one("bucket-policy-no-allow")},
		{name: "kms-identity-no-allow", f: one("kms-identity-no-allow")},
		{name: "kms-key-out-of-reach", f: one("kms-key-out-of-reach")},
		{name: "scp-explicit-deny", f: one("scp-explicit-deny")},
		{name: "vpce-policy", f: one("vpce-policy")},
		{name: "missing-object", f: one("missing-object")},
		{name: "caller-anonymous", f: one("caller-anonymous")},
		{name: "requester-pays", f: one("requester-pays")},
		{name: "message-truncated", f: one("message-truncated")},
		{name: "hostile-key", f: one("hostile-key")},
		{name: "long-key", f: longKey(t)},
		{name: "summary-only", f: one("identity-explicit-deny"), change: func(o *Options) { o.SummaryOnly = true }},
		{name: "no-options", f: one("identity-no-allow"), change: func(o *Options) { *o = Options{} }},
		{name: "several-times", f: repeated(t)},
		{name: "new-cause", f: secondCause(t), reason: NewCause},
		{name: "magnitude", f: repeated(t), reason: Magnitude},
		{name: "reopened", f: severalBlockers(t), reason: Reopened},
		{name: "resolved", f: resolved(t), reason: Resolved},
		{name: "resolved-by-recheck", f: rechecked(t), reason: Resolved},
		{name: "several-blockers", f: severalBlockers(t)},
		{name: "case-three-blockers", f: ofCase(t, "cross-account-three-blockers")},
		{name: "case-deny-source-vpce", f: ofCase(t, "deny-source-vpce")},
		{name: "case-forty-statements", f: ofCase(t, "forty-statements")},
		{name: "case-hostile-names", f: ofCase(t, "hostile-names")},
		{name: "case-undetermined", f: ofCase(t, "undetermined-much-unread")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, reason := options(), tt.reason
			if reason == None {
				reason = NewFinding
			}
			if tt.change != nil {
				tt.change(&o)
			}
			m := Email(tt.f, reason, o)
			if err := checkMessage(m); err != nil && tt.name != "several-blockers" && tt.name != "reopened" && tt.change == nil {
				t.Error(err)
			}
			got := "Subject: " + m.Subject + "\n" + attributeLines(m.Attributes) + "\n" + m.Body
			path := filepath.Join("testdata", tt.name+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("mail (-want +got); write anew with -update and read it:\n%s", diff)
			}
		})
	}
}

// longKey is a denial of the longest key that S3 takes, in characters that need
// escapes wherever they are to be seen or pasted.
func longKey(t *testing.T) finding.Finding {
	t.Helper()
	d := denials(t, "identity-no-allow.json")[0]
	key := strings.Repeat("\u202e", 341)
	d.ErrorMessage = strings.Replace(d.ErrorMessage, d.Key, key, 1)
	d.Message.Resource = "arn:aws:s3:::" + d.Bucket + "/" + key
	d.Key, d.Authorizations = key, []evidence.Authorization{{Action: "s3:GetObject", Resource: d.Message.Resource}}
	return findingOf(d)
}

func attributeLines(attributes map[string]string) string {
	var names []string
	for n := range attributes {
		names = append(names, n)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, n := range names {
		b.WriteString("Attribute: " + n + "=" + attributes[n] + "\n")
	}
	return b.String()
}

// repeated is one denial of two keys over a day and a half.
func repeated(t *testing.T) finding.Finding {
	t.Helper()
	d := denials(t, "identity-no-allow.json")[0]
	second := d
	second.EventID, second.SharedEventID = "2", "2"
	second.Time = d.Time.Add(36 * time.Hour)
	second.Key = "other.csv"
	return findingOf(d, second, second)
}

func resolved(t *testing.T) finding.Finding {
	t.Helper()
	f := repeated(t)
	f.Status = finding.Resolved
	return f
}

// rechecked is a finding that was resolved because its bucket's policy was changed.
func rechecked(t *testing.T) finding.Finding {
	t.Helper()
	return repeated(t).Change(finding.StatusChange{
		Status: finding.Resolved, By: "why403", How: finding.ByRecheck,
		Reason: "2026-11-24 20:31 UTC PutRolePolicy on role/report-builder (111111111111) by user/eve (111111111111)",
	})
}

// secondCause is a finding whose IAM policy was put in order, so that the bucket
// policy shows.
func secondCause(t *testing.T) finding.Finding {
	t.Helper()
	d := denials(t, "identity-no-allow.json")[0]
	f := findingOf(d)
	f.Announced = []string{f.Cause()}
	next := d
	next.Time = d.Time.Add(20 * time.Minute)
	next.Message.Policy = "resource-based"
	next.ErrorMessage = strings.Replace(d.ErrorMessage, "identity-based", "resource-based", 1)
	return f.Apply([]finding.Occurrence{{Key: f.Key, Time: next.Time, ObjectKey: next.Key, Diagnosis: diagnosis.FromDenial(next)}})
}

// severalBlockers is a diagnosis of policies that were read: two blockers in two
// accounts, each with the statement that decides, and changes that are proven.
func severalBlockers(t *testing.T) finding.Finding {
	t.Helper()
	d := denials(t, "identity-no-allow.json")[0]
	f := findingOf(d)
	f.Count = 14
	doc, err := os.ReadFile(filepath.Join("testdata", "several-blockers.json"))
	if err != nil {
		t.Fatal(err)
	}
	denial := f.Diagnosis.Denial
	f.Diagnosis = diagnosis.Diagnosis{}
	if err := json.Unmarshal(doc, &f.Diagnosis); err != nil {
		t.Fatal(err)
	}
	f.Diagnosis.Denial = denial
	return f
}

// ofCase is the finding of a case for which policies were read. Cases are kept beside
// the tests of the other place that shows them.
func ofCase(t *testing.T, name string) finding.Finding {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("..", "console", "testdata", "cases", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := evidence.ParseCase(doc)
	if err != nil {
		t.Fatal(err)
	}
	d := trail.FromRequest(*c.Request, c.Context)
	d.Time = time.Date(2026, 11, 23, 9, 58, 0, 0, time.UTC)
	return finding.Finding{}.Apply([]finding.Occurrence{{
		ID: "1", Key: finding.KeyOf(d), Time: d.Time, ObjectKey: d.Key, Diagnosis: diagnosis.Diagnose(d, authz.Compile(c.Evidence), diagnosis.Options{}),
	}})
}
