package clean_test

import (
	"strings"
	"testing"

	"why403/pkg/clean"
	"why403/pkg/clean/cleantest"
)

func TestTerminal(t *testing.T) {
	specify(t, clean.Terminal, []row{
		{"arn", "arn:aws:s3:::acme-data/home/*", "arn:aws:s3:::acme-data/home/*"},
		{"letters of all scripts", "façade/日本語/אבג", "façade/日本語/אבג"},
		{"colour", "\x1b[31mred", `\x1b[31mred`},
		{"line breaks", "a\r\nb\tc", `a\x0d\x0ab\x09c`},
		{"delete", "a\x7f", `a\x7f`},
		{"C1 is a character", "\u009b31m", `\u009b31m`},
		{"invalid byte is a byte", "\x9b31m", `\x9b31m`},
		{"surrogate", "\xED\xA0\x80", `\xed\xa0\x80`},
		{"bidi", "report\u202Egpj", `report\u202egpj`},
		{"above U+FFFF", "a\U000E0041", `a\U000e0041`},
		{"wide spaces", "a\u00a0b\u3000", `a\u00a0b\u3000`},
		{"joiner", "👩\u200d💻", `👩\u200d💻`},
		{"replacement character itself", "\uFFFD", "\uFFFD"},

		{"backslash", `CORP\alice C:\new`, `CORP\alice C:\new`},
		{"backslashes", `a\\b\`, `a\\b\`},
		{"backslash of an escape", `\x1b`, `\x5cx1b`},
		{"backslash of an upper case escape", `\x1B`, `\x5cx1B`},
		{"backslash of long escapes", `\u202e \U000e0041`, `\x5cu202e \x5cU000e0041`},
		{"backslash of no escape", `\x1 \xyz \users \u20 \U0`, `\x1 \xyz \users \u20 \U0`},
		{"backslash before an escape", "\\\x1b", `\\x1b`},
		{"backslashes of an escape", `\\x1b`, `\\x5cx1b`},

		{"accent", "e\u0301", "e\u0301"},
		{"accent first", "\u0301e", `\u0301e`},
		{"five accents", "e" + strings.Repeat("\u0301", 5), "e" + strings.Repeat("\u0301", 4) + `\u0301`},
	})
}

func TestTerminalHostile(t *testing.T) {
	overCorpus(t, terminalHolds)
}

func FuzzTerminal(f *testing.F) {
	seed(f)
	f.Fuzz(terminalHolds)
}

func terminalHolds(t *testing.T, text string) {
	got := clean.Terminal(text)
	mustSafe(t, text, got, cleantest.CheckTerminal(got))
	mustRestore(t, text, got, reveal(got))
}
