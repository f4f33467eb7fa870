package trail

import (
	"bytes"
	"fmt"
)

// event is what a matcher has found.
type event int

const (
	more   event = iota // nothing yet
	whole               // the end of the value
	list                // the beginning of an array of records
	broken              // a text that is not JSON
)

// maxTold is how many open brackets a matcher tells apart; those nested deeper
// than any record are only counted.
const maxTold = 64

// matcher finds the end of one JSON value in chunks of bytes.
type matcher struct {
	outermost bool   // the value is an object that may hold an array of records
	depth     int    // how many brackets are open
	arrays    uint64 // which of the first maxTold are square
	inString  bool
	escaped   bool    // by a backslash, in a string
	last      byte    // that was no white space and in no string
	name      [9]byte // how the last string begins, if it is a member of the outermost object
	nameLen   int
	wrong     string // why it is broken
}

// feed returns how many bytes of chunk belong to the value and what was found
// behind them.
func (m *matcher) feed(chunk []byte) (n int, found event) {
	for i := 0; i < len(chunk); {
		if m.inString {
			n, ok := m.feedString(chunk[i:])
			i += n
			switch {
			case !ok:
				return i, broken
			case !m.inString && m.depth == 0:
				return i, whole
			}
			continue
		}
		c := chunk[i]
		switch c {
		case ' ', '\t', '\r', '\n':
			if m.depth == 0 && m.last != 0 {
				return i, whole // of a number or a word
			}
			i++
			continue
		case '"':
			if m.last != '{' && m.last != ',' && !m.valueFits() {
				return i, m.unexpected(c)
			}
			m.inString, m.nameLen = true, 0
		case '{', '[':
			if !m.valueFits() {
				return i, m.unexpected(c)
			}
			if c == '[' && m.last == ':' && m.isList() {
				return i + 1, list
			}
			m.open(c)
		case '}', ']':
			if m.depth == 0 && m.last != 0 {
				return i, whole
			}
			if !m.close(c) {
				return i, m.unexpected(c)
			}
			if m.depth == 0 {
				return i + 1, whole
			}
		case ',', ':':
			if m.depth == 0 {
				if m.last != 0 {
					return i, whole
				}
				return i, m.unexpected(c)
			}
		}
		m.last = c
		i++
	}
	return len(chunk), more
}

// feedString returns how many bytes of chunk belong to the string, with the
// quotation mark that ends it.
func (m *matcher) feedString(chunk []byte) (n int, ok bool) {
	if m.escaped && chunk[0] != '\n' {
		m.escaped = false
		return 1, true
	}
	text := chunk
	if end := bytes.IndexByte(chunk, '"'); end >= 0 {
		text = chunk[:end]
	}
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		m.wrong = "a line break in a string"
		return end + 1, false
	}
	if m.outermost && m.depth == 1 {
		m.nameLen += copy(m.name[m.nameLen:], text)
	}
	m.escaped = endsInEscape(text)
	if len(text) == len(chunk) || m.escaped {
		return len(text), true
	}
	m.inString = false
	return len(text) + 1, true
}

func (m *matcher) unexpected(c byte) event {
	m.wrong = fmt.Sprintf("unexpected %q", c)
	return broken
}

// valueFits reports whether a value may begin here.
func (m *matcher) valueFits() bool {
	switch m.last {
	case 0, ':', '[':
		return true
	case ',':
		return m.inArray() || m.depth > maxTold
	}
	return false
}

// isList reports whether the last string is the name of an array of records.
func (m *matcher) isList() bool {
	switch string(m.name[:m.nameLen]) {
	case "Records", "Messages", "Events":
		return true
	}
	return false
}

func (m *matcher) open(c byte) {
	m.depth++
	if c == '[' {
		m.arrays |= m.bit()
	} else {
		m.arrays &^= m.bit()
	}
}

// close reports whether the bracket is the fellow of the one that is open.
func (m *matcher) close(c byte) bool {
	if m.depth == 0 {
		return false
	}
	if m.depth <= maxTold && m.inArray() != (c == ']') {
		return false
	}
	m.depth--
	return true
}

// inArray reports whether the bracket that was opened last is square.
func (m *matcher) inArray() bool { return m.arrays&m.bit() != 0 }

// bit is that of the bracket that was opened last.
func (m *matcher) bit() uint64 { return 1 << (m.depth - 1) }

// endsInEscape reports whether a backslash in text escapes what follows it.
func endsInEscape(text []byte) bool {
	backslashes := 0
	for i := len(text) - 1; i >= 0 && text[i] == '\\'; i-- {
		backslashes++
	}
	return backslashes%2 == 1
}
