package clean_test

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"why403/pkg/clean/cleantest"
)

// row says what one text becomes.
type row struct{ name, text, want string }

func specify(t *testing.T, sink func(string) string, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Helper()
			if got := sink(r.text); got != r.want {
				t.Errorf("%q\n got  %q\n want %q", r.text, got, r.want)
			}
		})
	}
}

// overCorpus runs check for every hostile text.
func overCorpus(t *testing.T, check func(t *testing.T, text string)) {
	t.Helper()
	for _, c := range cleantest.Hostile() {
		t.Run(c.Name, func(t *testing.T) { check(t, c.Text) })
	}
}

func seed(f *testing.F) {
	for _, c := range cleantest.Hostile() {
		if len(c.Text) <= 1024 {
			f.Add(c.Text)
		}
	}
}

// mustSafe fails the test unless the result is safe and on one line.
func mustSafe(t *testing.T, text, result string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%q became %q: %v", text, result, err)
	}
	if strings.Contains(result, "\n") {
		t.Errorf("%q became more than one line: %q", text, result)
	}
}

// mustRestore fails the test unless restored is the text again: then no two
// texts can have given the same result.
func mustRestore(t *testing.T, text, result, restored string) {
	t.Helper()
	if restored != text {
		t.Errorf("%q became %q, which reads as %q", text, result, restored)
	}
}

var escape = regexp.MustCompile(`\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})`)

// reveal reads the escapes of the package back, as its documentation has them.
func reveal(s string) string {
	return escape.ReplaceAllStringFunc(s, func(e string) string {
		n, err := strconv.ParseUint(e[2:], 16, 32)
		if err != nil {
			panic(err)
		}
		if e[1] == 'x' && n >= utf8.RuneSelf {
			return string([]byte{byte(n)})
		}
		return string(rune(n))
	})
}

// relink takes the brackets of broken links away.
func relink(s string) string {
	return strings.NewReplacer("[:]", ":", "[.]", ".").Replace(s)
}

// bracketed reports whether text holds such brackets itself, the one case that
// is not told apart.
func bracketed(text string) bool {
	return relink(text) != text
}

func slackShows(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

func browserShows(s string) string {
	return html.UnescapeString(s)
}
