package clean

import "strings"

// Shell writes s as one argument of a POSIX shell command.
//
// Guaranteed: printable, on one line, and read by a POSIX shell (dash, bash) as
// exactly the bytes of s, with one exception: an argument cannot hold NUL, which
// is replaced by U+2400 (␀). There are three forms, the plainest that serves:
//
//	acme-data/report.csv           letters, digits and _ @ % + = : , . / -
//	'my report $(date).csv'        all else that a reader can see
//	"$(printf 'a\012b')"           text with anything hidden in it, and text that
//	                               another sink would have to change (below)
//
// The last form is pure ASCII. Raw control characters would be correct inside
// single quotes too, but a terminal acts on them when they are pasted.
//
// A command survives the other sinks: [Terminal] and [Mail] return the result
// unchanged, [SlackCode] changes only & < >, which Slack shows as themselves.
// Backticks, links and backslashes that read as escapes therefore take the last
// form.
//
// The result is data to the shell, yet a value that begins with - can still be
// an option to the command: write --option=VALUE or put -- before it.
//
// A text that ends in a line feed needs a helper variable, named why403_nl,
// because command substitution drops line feeds at its end.
func Shell(s string) string {
	s = strings.ReplaceAll(s, "\x00", "␀")
	if strings.Contains(s, "`") || Mail(s) != s {
		return printfArgument(s)
	}
	if plainArgument(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// plainArgument reports whether s needs no quotes. A leading = does: zsh reads
// =name as the path of a command.
func plainArgument(s string) bool {
	if s == "" || s[0] == '=' {
		return false
	}
	for i := range len(s) {
		if !isWord(s[i]) && !strings.Contains("_@%+=:,./-", s[i:i+1]) {
			return false
		}
	}
	return true
}

const (
	// defineLF expands to nothing. On its way it gives why403_nl the value
	// "line feed, full stop": the full stop keeps the line feed from being
	// dropped. The pattern around it always matches all of $PWD, which is an
	// absolute path, so removing it leaves nothing.
	defineLF = `${PWD##*[/"${why403_nl:=$(printf '\012.')}"]*}`
	// lf expands to a line feed once why403_nl is set.
	lf = `${why403_nl%.}`
)

// printfArgument writes s as a word that is pure printable ASCII.
func printfArgument(s string) string {
	body := strings.TrimRight(s, "\n")
	var b strings.Builder
	b.WriteByte('"')
	if body != "" {
		b.WriteString(`$(printf '`)
		writeFormat(&b, body)
		b.WriteString(`')`)
	}
	if ends := len(s) - len(body); ends > 0 {
		b.WriteString(defineLF)
		b.WriteString(strings.Repeat(lf, ends))
	}
	b.WriteByte('"')
	return b.String()
}

// writeFormat writes s as a printf format inside single quotes.
func writeFormat(b *strings.Builder, s string) {
	var l linker
	for i := range len(s) {
		c := s[i]
		// The digits of an octal escape may come to stand before an s3://, which
		// makes another scheme of it, so that one is broken too.
		cut := l.cuts(s, i) || strings.HasPrefix(s[i:], "://")
		switch {
		case c == '%':
			b.WriteString("%%")
		// printf would take a leading - as an option.
		case cut, octal(c), i == 0 && c == '-':
			b.Write([]byte{'\\', '0' + c>>6, '0' + c>>3&7, '0' + c&7})
		default:
			b.WriteByte(c)
		}
	}
}

// octal reports whether c cannot stand for itself in a format inside
// "$(printf '...')". An exclamation mark there is read by interactive shells as
// a reference to an earlier command.
func octal(c byte) bool {
	return c < ' ' || c > '~' || strings.IndexByte("'\"\\!`", c) >= 0
}
