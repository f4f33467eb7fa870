package clean_test

import (
	"testing"

	"why403/pkg/clean"
	"why403/pkg/clean/cleantest"
)

func TestSubject(t *testing.T) {
	specify(t, clean.Subject, []row{
		{"plain", "IAM policy blocks s3:GetObject [why403 7F3K2M]", "IAM policy blocks s3:GetObject [why403 7F3K2M]"},
		{"header injection", "x\r\nBcc: a@example.com", `x\x0d\x0aBcc: a@example.com`},
		{"look-alike", "аcme", `\u0430cme`},
		{"emoji", "😀", `\U0001f600`},
		{"spaces at the ends", "  a  ", `\x20 a \x20`},
		{"one space", " ", `\x20`},
		{"empty", "", ""},
		{"backslash", `CORP\alice \x20`, `CORP\alice \x5cx20`},
	})
}

func TestSubjectHostile(t *testing.T) {
	overCorpus(t, subjectHolds)
}

func FuzzSubject(f *testing.F) {
	seed(f)
	f.Fuzz(subjectHolds)
}

func subjectHolds(t *testing.T, text string) {
	got := clean.Subject(text)
	mustRestore(t, text, got, reveal(got))
	subject := "denied: " + clean.Truncate(got, 60) + " [" + clean.Middle(got, 20) + "]"
	mustSafe(t, text, subject, cleantest.CheckSubject(subject))
	if got != "" {
		cut := clean.Truncate(got, 99)
		mustSafe(t, text, cut, cleantest.CheckSubject(cut))
	}
}
