package policy

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds on documents, which come from foreign accounts. AWS's limits for what its
// customers write are far below: 20 KB for a bucket policy, 32 KB for a key policy.
// The longest of its own managed policies has 305 KB.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	MaxSize       = 1 << 20 // bytes
	MaxDepth      = 32      // objects and lists in one another
	MaxStatements = 4096
	MaxMembers    = 1024 // of an object; of the conditions of one statement
)

// reader reads JSON from left to right. encoding/json would keep neither the order
// of members nor that one stands twice. It is as strict as encoding/json, and
// refuses text that is not UTF-8, which encoding/json replaces: what AWS reads there
// is not known, and the bytes of wildcards must not be met in texts.
//
// After an error every method returns its zero value, so that the one who reads
// asks for the error at the end of an object only.
type reader struct {
	doc   string
	at    int
	depth int
	first bool // nothing of the innermost object or list has been read
	err   *Error
}

func (r *reader) fail(format string, args ...any) {
	if r.err != nil {
		return
	}
	at := min(r.at, len(r.doc))
	r.err = &Error{Line: 1 + strings.Count(r.doc[:at], "\n"), What: fmt.Sprintf(format, args...)}
	r.at = len(r.doc)
}

// peek goes to the next byte that is not white space and returns it; 0 at the end.
func (r *reader) peek() byte {
	for ; r.at < len(r.doc); r.at++ {
		switch c := r.doc[r.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// enter begins an object or a list.
func (r *reader) enter(open byte) {
	if r.peek() != open {
		r.fail("want %s, found %s", kindOf(open), r.what())
		return
	}
	if r.depth++; r.depth > MaxDepth {
		r.fail("nested deeper than %d", MaxDepth)
		return
	}
	r.at++
	r.first = true
}

// more reports whether the object or list goes on, and ends it if not.
func (r *reader) more(end byte) bool {
	if r.err != nil {
		return false
	}
	first := r.first
	r.first = false
	switch c := r.peek(); {
	case c == end:
		r.at++
		r.depth--
		return false
	case first && c != ',':
		return true
	case !first && c == ',':
		r.at++
		if r.peek() != end {
			return true
		}
	}
	r.fail("not JSON: found %s", r.what())
	return false
}

// name reads the name of a member.
func (r *reader) name() string {
	s := r.text()
	if r.peek() != ':' {
		r.fail("not JSON: no colon behind the name %q", s)
		return ""
	}
	r.at++
	return s
}

// text reads a string; one without escapes is a part of the document.
func (r *reader) text() string {
	if r.peek() != '"' || r.err != nil {
		r.fail("want a text, found %s", r.what())
		return ""
	}
	begin := r.at + 1
	ascii := true
	for i := begin; i < len(r.doc); i++ {
		switch c := r.doc[i]; {
		case c == '"':
			s := r.doc[begin:i]
			r.at = i + 1
			if !ascii && !utf8.ValidString(s) {
				r.fail("not UTF-8")
				return ""
			}
			return s
		case c == '\\':
			return r.escaped(begin)
		case c < ' ':
			r.at = i
			r.fail("not JSON: control character in a text")
			return ""
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	r.at = len(r.doc)
	r.fail("not JSON: a text without end")
	return ""
}

// escaped reads a string that has escapes.
func (r *reader) escaped(begin int) string {
	var b strings.Builder
	for r.at = begin; r.at < len(r.doc); r.at++ {
		switch c := r.doc[r.at]; {
		case c == '"':
			r.at++
			if !utf8.ValidString(b.String()) {
				r.fail("not UTF-8")
				return ""
			}
			return b.String()
		case c < ' ':
			r.fail("not JSON: control character in a text")
			return ""
		case c == '\\':
			r.at++
			if !r.escape(&b) {
				r.fail("not JSON: unknown escape in a text")
				return ""
			}
		default:
			b.WriteByte(c)
		}
	}
	r.fail("not JSON: a text without end")
	return ""
}

// escape reads what follows a backslash, up to its last byte.
func (r *reader) escape(b *strings.Builder) bool {
	if r.at >= len(r.doc) {
		return false
	}
	switch c := r.doc[r.at]; c {
	case '"', '\\', '/':
		b.WriteByte(c)
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'u':
		u, ok := r.hex(r.at + 1)
		if !ok {
			return false
		}
		r.at += 4
		if utf16.IsSurrogate(u) {
			low, ok := r.hex(r.at + 3)
			if !ok || !strings.HasPrefix(r.doc[r.at+1:], `\u`) {
				return false
			}
			if u = utf16.DecodeRune(u, low); u == utf8.RuneError {
				return false
			}
			r.at += 6
		}
		b.WriteRune(u)
	default:
		return false
	}
	return true
}

// hex reads four hexadecimal digits.
func (r *reader) hex(at int) (rune, bool) {
	if at+4 > len(r.doc) {
		return 0, false
	}
	var u rune
	for _, c := range []byte(r.doc[at : at+4]) {
		switch {
		case c >= '0' && c <= '9':
			u = u<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			u = u<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			u = u<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return u, true
}
