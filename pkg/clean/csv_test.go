package clean_test

import (
	"encoding/csv"
	"regexp"
	"strings"
	"testing"

	"why403/pkg/clean"
	"why403/pkg/clean/cleantest"
)

func TestCSV(t *testing.T) {
	specify(t, clean.CSV, []row{
		{"arn", "arn:aws:s3:::acme-data/a=b", "arn:aws:s3:::acme-data/a=b"},
		{"equals", "=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"},
		{"plus", "+1", "'+1"},
		{"minus", "-1", "'-1"},
		{"at", "@SUM(1)", "'@SUM(1)"},
		{"full width", "＝1", "'＝1"},
		{"small form", "﹦1", "'﹦1"},
		{"after spaces", "  =1", "'  =1"},
		{"after quotes", `"' =1`, `'"' =1`},
		{"after apostrophe", "'=1", "''=1"},
		{"after tab", "\t=1", `\x09=1`},
		{"after carriage return", "\r=1", `\x0d=1`},
		{"after semicolon", "a;=1; b; @c", "a;'=1; b;' @c"},
		{"apostrophe alone", "'tis", "'tis"},
		{"quotes are left to the writer", `a"b,c`, `a"b,c`},
		{"empty", "", ""},
	})
}

func TestCSVHostile(t *testing.T) {
	overCorpus(t, csvHolds)
}

func FuzzCSV(f *testing.F) {
	seed(f)
	f.Fuzz(csvHolds)
}

// added is the apostrophe that CSV puts before a formula.
var added = regexp.MustCompile(`(^|;)'([ '"]*[-=+@＝＋－＠﹦﹢﹣﹫])`)

func csvHolds(t *testing.T, text string) {
	got := clean.CSV(text)
	var file strings.Builder
	w := csv.NewWriter(&file)
	if err := w.Write([]string{"first", got, got}); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	if err := cleantest.CheckCSV(file.String()); err != nil {
		t.Errorf("%q became %q: %v", text, got, err)
	}
	mustRestore(t, text, got, reveal(added.ReplaceAllString(got, "$1$2")))
}
