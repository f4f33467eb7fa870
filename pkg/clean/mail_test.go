package clean_test

import (
	"testing"

	"why403/pkg/clean"
	"why403/pkg/clean/cleantest"
)

func TestMail(t *testing.T) {
	specify(t, clean.Mail, []row{
		{"file name", "report.2026.csv", "report.2026.csv"},
		{"service host", "s3.amazonaws.com", "s3.amazonaws.com"},
		{"bucket named like a domain", "arn:aws:s3:::example.com/a", "arn:aws:s3:::example.com/a"},
		{"address as session name", "alice@example.com", "alice@example.com"},
		{"s3 uri", "s3://my.bucket.name/report.csv", "s3://my.bucket.name/report.csv"},
		{"s3 uri of an option", "--source=s3://b.c/k", "--source=s3://b.c/k"},
		{"s3 uri in quotes", "'s3://b/k'", "'s3://b/k'"},

		{"link", "https://evil.example/a.b?c.d", "https[:]//evil[.]example/a.b?c.d"},
		{"link in a sentence", "see HTTP://a.b:8080/x.y, c.d", "see HTTP[:]//a[.]b:8080/x.y, c.d"},
		{"host ends at a space", "ftp://a.b c.d", "ftp[:]//a[.]b c.d"},
		{"more slashes", "https:////a.b/c.d", "https[:]////a[.]b/c.d"},
		{"longer scheme", "xs3://a.b/", "xs3[:]//a[.]b/"},
		{"two links", "https://a.b/x,https://c.d/y.z", "https[:]//a[.]b/x,https[:]//c[.]d/y.z"},
		{"www", "www.evil.example/a.b", "www[.]evil[.]example/a.b"},
		{"www alone", "www. a", "www. a"},
		{"mailto", "mailto:a.b@evil.example?subject=c.d", "mailto[:]a[.]b@evil[.]example?subject=c.d"},
		{"server path", `\\evil\share`, `\x5c\evil\share`},
		{"server path like an escape", `\\x41`, `\x5c\x5cx41`},
		{"server path after escapes", "\x1b\\\\\x1b", `\x1b\x5c\x5c\x1b`},
		{"drive path", `C:\new.txt`, `C:\new.txt`},
		{"line break", "a\nhttps://b", `a\x0ahttps[:]//b`},
		{"broken already", "https[:]//a[.]b", "https[:]//a[.]b"},
	})
}

func TestMailHostile(t *testing.T) {
	overCorpus(t, mailHolds)
}

func FuzzMail(f *testing.F) {
	seed(f)
	f.Fuzz(mailHolds)
}

func mailHolds(t *testing.T, text string) {
	got := clean.Mail(text)
	mustSafe(t, text, got, cleantest.CheckMail(got))
	if !bracketed(text) {
		mustRestore(t, text, got, reveal(relink(got)))
	}
}
