package clean_test

import (
	"fmt"
	"strings"
	"testing"

	"why403/pkg/clean"
)

// sinks are all functions of the package that take a text.
func sinks() []struct {
	name string
	sink func(string) string
} {
	return []struct {
		name string
		sink func(string) string
	}{
		{"Terminal", clean.Terminal},
		{"Subject", clean.Subject},
		{"Mail", clean.Mail},
		{"Slack", clean.Slack},
		{"SlackCode", clean.SlackCode},
		{"HTML", clean.HTML},
		{"CSV", clean.CSV},
		{"Shell", clean.Shell},
		{"Model", clean.Model},
	}
}

const benchARN = "arn:aws:s3:::acme-data-production/home/2026/11/23/report_final.csv"

// TestCleanTextIsFree holds what makes it affordable to clean every value: a
// plain ARN is returned as it is.
func TestCleanTextIsFree(t *testing.T) {
	for _, s := range sinks() {
		if n := testing.AllocsPerRun(100, func() { s.sink(benchARN) }); n != 0 {
			t.Errorf("%s allocates %v times for a clean ARN", s.name, n)
		}
		if got := s.sink(benchARN); got != benchARN {
			t.Errorf("%s changes a clean ARN to %q", s.name, got)
		}
	}
}

func BenchmarkSinks(b *testing.B) {
	for _, text := range []struct{ name, text string }{
		{"arn", benchARN},
		{"unicode", "home/façade/日本語/Ελληνικά/русский/отчёт.csv"},
		{"hostile", "\x1b[31m<!channel> https://evil.example/`x` \u202E=1;=2\n"},
		{"escapes1024", strings.Repeat("\x1b", 1024)},
	} {
		for _, s := range sinks() {
			b.Run(fmt.Sprintf("%s/%s", s.name, text.name), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(text.text)))
				for b.Loop() {
					s.sink(text.text)
				}
			})
		}
	}
}
