package report_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"why403/pkg/auditor"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/report"
)

// The cases that the tests open, by how much refuses in them.
const (
	oneBlocker    = "../console/testdata/cases/kms-key-policy.json"
	twoBlockers   = "../console/testdata/cases/deny-without-condition.json"
	threeBlockers = "../../docs/testdata/case-three-accounts.json"
	undetermined  = "../console/testdata/cases/undetermined-much-unread.json"
	recordOnly    = "../../events/bucket-policy-explicit-deny.json"
	hostileNames  = "../console/testdata/cases/hostile-names.json"
)

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// item is the finding of one document, with its case if it is one.
func item(t testing.TB, file string) report.Item {
	t.Helper()
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := auditor.Diagnose(doc)
	if err != nil {
		t.Fatal(err)
	}
	var i report.Item
	if evidence.IsCase(doc) {
		c, err := evidence.ParseCase(doc)
		if err != nil {
			t.Fatal(err)
		}
		i.Case = &c
	}
	o := finding.Occurrence{
		ID: "event-1", Key: finding.KeyOf(got.Denial), Time: noon().Add(-2 * time.Hour), Operation: got.Denial.Operation,
		ObjectKey: got.Denial.Key, Address: got.Denial.SourceIP, Diagnosis: got.Diagnosis,
	}
	i.Finding = finding.Finding{}.Apply([]finding.Occurrence{o})
	return i
}

// items are findings of every kind, each with an id of its own.
func items(t testing.TB) []report.Item {
	t.Helper()
	var all []report.Item
	for n, file := range []string{
		threeBlockers, twoBlockers, oneBlocker, undetermined, recordOnly,
		"../console/testdata/cases/boundary-region.json", "../console/testdata/cases/copy-four-authorizations.json",
		"../console/testdata/cases/deny-source-vpce.json", "../console/testdata/cases/forty-statements.json",
		"../console/testdata/cases/requester-pays.json", "../console/testdata/cases/scp-level-missing.json",
		"../../docs/testdata/case-guardrail.json", "../../docs/testdata/case-event.json", "../../events/caller-anonymous.json",
		"../../events/requester-pays.json", "../../events/scp-explicit-deny.json",
	} {
		i := item(t, file)
		i.Finding.ID = idOf(n)
		i.Finding.LastSeen = i.Finding.LastSeen.Add(-time.Duration(n) * 26 * time.Hour)
		i.Finding.FirstSeen = i.Finding.LastSeen.Add(-time.Duration(n*n) * time.Hour)
		i.Finding.Count = 1 + 7*(n%5)
		all = append(all, i)
	}
	return all
}

func idOf(n int) string { return fmt.Sprintf("7F3K%04d", n) }

func html(t testing.TB, all []report.Item) []byte {
	t.Helper()
	page, err := report.HTML(all, report.Options{Made: noon(), Store: "findings.db"})
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// many are so many findings, of the kinds of items; one in ten has its case, since to
// decide it again takes longer than all else.
func many(t testing.TB, n int) []report.Item {
	t.Helper()
	kinds := items(t)
	all := make([]report.Item, 0, n)
	for k := range n {
		i := kinds[k%len(kinds)]
		i.Finding.ID = fmt.Sprintf("%08d", k)
		i.Finding.Key.Place = fmt.Sprintf("acme-data-%d", k%700)
		i.Finding.Count = k%90 + 1
		if k%10 > 0 {
			i.Case = nil
		}
		i.Finding.LastSeen = noon().Add(-time.Duration(k) * 7 * time.Minute)
		i.Finding.FirstSeen = i.Finding.LastSeen.Add(-time.Duration(k%200) * time.Hour)
		all = append(all, i)
	}
	return all
}
