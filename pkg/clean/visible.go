package clean

import (
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks one letter may carry. Vietnamese and
// Hebrew need up to three; far more are used to paint over neighbouring lines.
const maxMarks = 4

// visible writes hidden characters and invalid bytes as escapes. Every sink
// starts here.
func visible(s string) string {
	p := patch{s: s}
	// A mark at the start would sit on the last letter of the caller's text, so
	// it counts as one too many.
	marks := maxMarks
	for i := 0; i < len(s); {
		if c := s[i]; c >= ' ' && c <= '~' {
			if c == '\\' && readsAsEscape(s[i:]) {
				p.escape(i, rune(c), 1)
			}
			marks = 0
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case hidden(r, size):
			p.escape(i, r, size)
			marks = 0
		case !unicode.Is(unicode.M, r):
			marks = 0
		case marks >= maxMarks:
			p.escape(i, r, size)
		default:
			marks++
		}
		i += size
	}
	return p.String()
}

// hidden reports whether a reader could not see r as what it is. size is the
// number of bytes r was decoded from: 1 with RuneError is an invalid byte.
func hidden(r rune, size int) bool {
	switch {
	case r == utf8.RuneError:
		return size <= 1
	case r == '\u2800': // Braille blank: a symbol by category, a space by sight.
		return true
	}
	return !unicode.IsPrint(r) ||
		unicode.Is(unicode.Variation_Selector, r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// readsAsEscape reports whether s, which begins with a backslash, begins like
// an escape of this package. Upper-case digits count: people read them alike.
func readsAsEscape(s string) bool {
	if len(s) < 2 {
		return false
	}
	digits := 0
	switch s[1] {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		return false
	}
	if len(s) < 2+digits {
		return false
	}
	for i := 2; i < 2+digits; i++ {
		if !isHex(s[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// isWord reports whether c is an ASCII letter or digit.
func isWord(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
