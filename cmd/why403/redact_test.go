package main

import (
	"strings"
	"testing"
)

// TestRedact: the diagnosis and the case have no name of the input left.
func TestRedact(t *testing.T) {
	for _, args := range [][]string{
		{"diagnose", "../../docs/testdata/case-three-accounts.json", "--redact"},
		{"diagnose", "../../docs/testdata/case-three-accounts.json", "--redact", "-o", "json"},
		{"ask", "--principal", "arn:aws:iam::111111111111:role/app", "--action", "s3:GetObject", "--resource", "s3://acme-data/report.csv", "--case", "--redact"},
	} {
		var out, errs strings.Builder
		code := run(args, surroundings{stdin: strings.NewReader(""), stdout: &out, stderr: &errs, getenv: func(string) string { return "" }})
		if code != exitOK {
			t.Errorf("%v: exit %d: %s", args, code, errs.String())
		}
		for _, name := range []string{"111111111111", "222222222222", "acme-data", "case-three"} {
			if strings.Contains(out.String(), name) {
				t.Errorf("%v: %q is left in\n%s", args, name, out.String())
			}
		}
		if !strings.Contains(out.String(), "s3:GetObject") {
			t.Errorf("%v: got\n%s", args, out.String())
		}
	}
}
