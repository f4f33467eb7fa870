package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"why403/pkg/diagnosis"
)

func read(t *testing.T, name string) string {
	t.Helper()
	doc, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

// TestCasesInAStream: cases with a request and with an event, and events without a
// case, one after another: each leads to one diagnosis, in the order of the input.
func TestCasesInAStream(t *testing.T) {
	const examples = "../../docs/testdata/"
	in := read(t, examples+"case-three-accounts.json") + "\n" + read(t, samples+"scp-no-allow.json") + read(t, examples+"case-event.json")
	got := call(t, in, "diagnose", "-", "--output", "json")
	got.expect(t, 0, nil, nil)
	lines := strings.Split(strings.TrimSpace(got.stdout), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d diagnoses", len(lines))
	}
	all := make([]diagnosis.Diagnosis, len(lines))
	for i, l := range lines {
		if err := json.Unmarshal([]byte(l), &all[i]); err != nil {
			t.Fatal(err)
		}
	}
	x := all[0]
	if x.Cause == nil || x.Cause.ID != diagnosis.IdentityNoAllow || len(x.Contributing) != 2 || !x.Remedy.Verified || len(x.Remedy.Steps) != 3 {
		t.Errorf("three accounts: %s", lines[0])
	}
	if all[1].Cause == nil || all[1].Cause.ID != diagnosis.SCP || all[1].Remedy.Verified {
		t.Errorf("an event without evidence: %s", lines[1])
	}
	if all[2].Denial.EventID == "" || len(all[2].Checks) == 0 {
		t.Errorf("a case with an event: %s", lines[2])
	}
}

// TestProtectedBuckets: for them there are facts, and nothing to paste.
func TestProtectedBuckets(t *testing.T) {
	const three = "../../docs/testdata/case-three-accounts.json"
	got := call(t, "", "diagnose", three, "--protected", "other,acme-data")
	got.expect(t, 0, []string{"IDENTITY_NO_ALLOW", "KMS_KEY_POLICY_NO_ALLOW", "the bucket is protected", "no grant is proposed for a protected bucket"}, nil)
	if strings.Contains(got.stdout, "put-") {
		t.Errorf("a command to paste:\n%s", got.stdout)
	}
	call(t, "", "diagnose", three, "--protected", "other").expect(t, 0, []string{"put-role-policy", "with these 3 changes every check passes"}, nil)
}
