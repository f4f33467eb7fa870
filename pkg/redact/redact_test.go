package redact_test

import (
	"encoding/json"
	"strings"
	"testing"

	"why403/pkg/diagnosis"
	"why403/pkg/redact"
)

// TestNothingIsLeft: no name of a case is left, of whatever kind and wherever.
func TestNothingIsLeft(t *testing.T) {
	const doc = `{"format":"why403.case/v1","request":{"principal":{"type":"role","arn":"arn:aws:iam::111122223333:role/blue/Payroll-reader","account":"111122223333","id":"AROAQWERTZUIOPASDFGHJ","session":"ann@corp.example","accessKeyId":"ASIAQWERTZUIOPASDFGH"},
"action":"s3:GetObject","resource":"arn:aws:s3:::umbrella-ledger/größe/résumé \"x\" because no identity-based policy.csv","errorCode":"AccessDenied","errorMessage":"Access Denied"},
"context":{"aws:SourceIp":"198.51.100.77","aws:SourceVpce":"vpce-0feedbeef"},
"evidence":{"buckets":{"umbrella-ledger":{"account":{"known":"444455556666"},"tags":{"known":{"Costcentre":"moonbase"}},
"policy":{"known":{"Statement":[{"Sid":"LetPayrollIn","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/blue/Payroll-reader"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::umbrella-led*/größe/*","Condition":{"IpAddress":{"aws:SourceIp":"198.51.100.0/24"},"StringEquals":{"aws:PrincipalTag/Costcentre":"moonbase"}}}]}}}}}}`
	c, m, err := redact.Document([]byte(doc), diagnosis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"111122223333", "444455556666", "blue", "Payroll", "AROAQWERTZUIOPASDFGHJ", "ann", "corp", "ASIAQWERTZUIOPASDFGH", "umbrella", "ledger", "größe", "résumé",
		"198.51.100", "feedbeef", "Costcentre", "moonbase", "LetPayrollIn",
	} {
		if strings.Contains(string(out), name) {
			t.Errorf("%q is left in\n%s", name, out)
		}
	}
	for _, own := range []string{"s3:GetObject", "aws:PrincipalTag/", "vpce-", "AROA", "/24", "arn:aws:s3:::"} {
		if !strings.Contains(string(out), own) {
			t.Errorf("%q is not kept in\n%s", own, out)
		}
	}
	if back := m.Restore(string(out)); !strings.Contains(back, "umbrella-ledger/größe") {
		t.Errorf("put back: %s", back)
	}
}

// FuzzDocument: what is given out is decided as before and has no word left; nothing
// crashes.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(`{"format":"why403.case/v1","request":{"principal":{"type":"anonymous"},"action":"s3:GetObject","resource":"arn:aws:s3:::b/${k}%2F*"}}`))
	f.Add([]byte(`{"eventSource":"s3.amazonaws.com","eventName":"GetObject","errorCode":"AccessDenied","requestParameters":{"key":"\n\u2028é","bucketName":"team-a"}}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if len(doc) > 4096 {
			return
		}
		c, m, err := redact.Document(doc, diagnosis.Options{})
		if err != nil {
			return
		}
		if got, again, err := redact.Case(c); err == nil && again.Restore(m.Restore(dumpCase(t, got))) == "" {
			t.Error("nothing is given out")
		}
	})
}

func dumpCase(t *testing.T, c any) string {
	t.Helper()
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
