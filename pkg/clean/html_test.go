package clean_test

import (
	"strings"
	"testing"

	"why403/pkg/clean"
	"why403/pkg/clean/cleantest"
)

func TestHTML(t *testing.T) {
	specify(t, clean.HTML, []row{
		{"arn", "arn:aws:s3:::acme-data/*", "arn:aws:s3:::acme-data/*"},
		{"element", "</script><script>", "&lt;/script&gt;&lt;script&gt;"},
		{"quotes", `"a" 'b'`, "&#34;a&#34; &#39;b&#39;"},
		{"entity", "&amp;", "&amp;amp;"},
		{"nul", "a\x00", `a\x00`},
		{"line break", "a\nb", `a\x0ab`},
	})
}

func TestHTMLHostile(t *testing.T) {
	overCorpus(t, htmlHolds)
}

func FuzzHTML(f *testing.F) {
	seed(f)
	f.Fuzz(htmlHolds)
}

func htmlHolds(t *testing.T, text string) {
	got := clean.HTML(text)
	document := `<p title="` + got + `" lang='` + got + `'>` + got + `</p>`
	mustSafe(t, text, document, cleantest.CheckHTML(document))
	if strings.ContainsAny(got, `<>"'`) {
		t.Errorf("%q became %q", text, got)
	}
	mustRestore(t, text, got, reveal(browserShows(got)))
}
