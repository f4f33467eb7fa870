package trail

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Item is one JSON document found in a stream, or the reason why one could not
// be read.
type Item struct {
	Where string // "document 2", "document 1, record 17"
	Raw   []byte // valid until the next call of Next
	Err   error  // what is wrong with this one; the others are not affected
}

// Scanner finds the documents in a stream of JSON: documents may follow one
// another, with or without line breaks, and gzip is recognized. The elements of a
// top-level array count as documents of their own, and so do those of the arrays
// that wrap records: Records in a log file or a batch for a Lambda function,
// Messages as `aws sqs receive-message` prints them, Events as `aws cloudtrail
// lookup-events` does. It holds one document in memory at a time, whatever the
// size of the stream.
//
// It takes the documents apart by their brackets and strings, without judging
// what is in them. Where these do not fit, as in a file that was cut and appended
// to, it goes on at the next line that begins with a bracket.
type Scanner struct {
	in       *bufio.Reader
	buf      []byte // the document in hand, as far as it is kept
	size     int    // its size
	document int
	record   int
	lineHead bool    // at the beginning of a line
	inList   bool    // between the elements of an array
	comma    bool    // an element may follow
	outer    matcher // of the object that the array is a member of, if any
	done     bool
	err      error
}

const scanBuffer = 256 << 10

// NewScanner returns a Scanner of r.
func NewScanner(r io.Reader) *Scanner {
	s := &Scanner{in: bufio.NewReaderSize(r, scanBuffer), lineHead: true}
	switch magic, _ := s.in.Peek(2); string(magic) {
	case "\x1f\x8b":
		z, err := gzip.NewReader(s.in)
		if err != nil {
			s.fail("gzip", err)
			return s
		}
		s.in = bufio.NewReaderSize(z, scanBuffer)
	case "\xff\xfe", "\xfe\xff":
		s.fail("not JSON", errors.New("the text is UTF-16, want UTF-8"))
	}
	return s
}

// Next returns the next document; ok is false at the end of the stream. Whether
// the stream ended well is told by Err.
func (s *Scanner) Next() (item Item, ok bool) {
	for !ok && !s.done {
		if s.inList {
			item, ok = s.nextElement()
		} else {
			item, ok = s.nextDocument()
		}
	}
	return item, ok
}

// Err returns the error that ended the stream early, if any: what was returned
// before is good.
func (s *Scanner) Err() error { return s.err }

// Documents returns how many top-level documents have been seen.
func (s *Scanner) Documents() int { return s.document }

func (s *Scanner) fail(where string, err error) {
	s.done, s.err = true, fmt.Errorf("%s: %w", where, err)
}

// nextDocument reads a document, or steps into the array that it is.
func (s *Scanner) nextDocument() (Item, bool) {
	c, err := s.skipSpace()
	switch {
	case errors.Is(err, io.EOF):
		s.done = true
		return Item{}, false
	case err != nil:
		s.fail("reading after "+s.where(), err)
		return Item{}, false
	case c == ',': // the elements of an array that is broken
		s.skip()
		return Item{}, false
	}
	s.document++
	s.record = 0
	switch c {
	case '{':
		s.outer = matcher{outermost: true}
		return s.readOuter(MaxDocument)
	case '[':
		s.skip()
		s.outer = matcher{}
		s.inList, s.comma = true, true
		return Item{}, false
	}
	line := s.skipLine()
	return Item{Where: s.where(), Err: fmt.Errorf("not JSON: want an object, found %.40q%s", line, s.resync())}, true
}

// readOuter reads a top-level object to its end, or steps into the next array of
// records in it. Of an object with such arrays nothing else is kept.
func (s *Scanner) readOuter(keep int) (Item, bool) {
	where := fmt.Sprintf("document %d", s.document)
	if keep == 0 {
		where += ", after its records"
	}
	s.begin()
	found, err := s.read(&s.outer, keep)
	switch {
	case err == nil && found == list:
		s.inList, s.comma = true, true
		return Item{}, false
	case err == nil && found == whole && keep == 0:
		return Item{}, false
	}
	return s.item(where, &s.outer, found, keep, err)
}

// nextElement reads an element of an array, or steps out of it.
func (s *Scanner) nextElement() (Item, bool) {
	c, err := s.skipSpace()
	switch {
	case err != nil:
		return s.item(s.where(), nil, more, 0, err)
	case c == ',':
		s.skip()
		s.comma = true
		return Item{}, false
	case c == ']':
		s.skip()
		s.inList = false
		if s.outer.depth == 0 {
			return Item{}, false
		}
		s.outer.last = ']'
		return s.readOuter(0)
	}
	limit := MaxRecord
	if s.outer.depth == 0 {
		limit = MaxDocument // an array of documents
	}
	s.record++
	s.begin()
	var m matcher
	if !s.comma {
		return s.item(s.where(), &m, m.unexpected(c), limit, nil)
	}
	s.comma = false
	found, err := s.read(&m, limit)
	return s.item(s.where(), &m, found, limit, err)
}

func (s *Scanner) where() string {
	if s.document == 0 {
		return "nothing"
	}
	where := "document " + strconv.Itoa(s.document)
	if s.record > 0 {
		where += ", record " + strconv.Itoa(s.record)
	}
	return where
}

// item is what has been read, or why it is none.
func (s *Scanner) item(where string, m *matcher, found event, limit int, err error) (Item, bool) {
	switch {
	case errors.Is(err, io.EOF):
		s.done = true
		return Item{Where: where, Err: errors.New("not JSON: the input ends in the middle of it")}, true
	case err != nil:
		s.fail("reading "+where, err)
		return Item{}, false
	case found == broken:
		s.inList = false
		return Item{Where: where, Err: fmt.Errorf("not JSON: %s after %d bytes%s", m.wrong, s.size, s.resync())}, true
	case s.size > limit:
		return Item{Where: where, Err: fmt.Errorf("%d bytes long, more than the %d that are read", s.size, limit)}, true
	}
	return Item{Where: where, Raw: s.buf}, true
}

func (s *Scanner) begin() { s.buf, s.size = s.buf[:0], 0 }

// read consumes input up to where m finds something. Its bytes are kept unless
// they are more than keep.
func (s *Scanner) read(m *matcher, keep int) (event, error) {
	for {
		if _, err := s.in.Peek(1); err != nil {
			return more, err
		}
		chunk, _ := s.in.Peek(s.in.Buffered())
		n, found := m.feed(chunk)
		if s.size += n; s.size <= keep {
			s.buf = append(s.buf, chunk[:n]...)
		}
		s.lineHead = n > 0 && chunk[n-1] == '\n' || n == 0 && s.lineHead
		_, _ = s.in.Discard(n)
		if found != more {
			return found, nil
		}
	}
}

// skip consumes a comma or a bracket.
func (s *Scanner) skip() {
	_, _ = s.in.Discard(1)
	s.lineHead = false
}

// skipSpace returns the next byte that is not white space, without consuming it.
// A byte order mark counts as white space.
func (s *Scanner) skipSpace() (byte, error) {
	for {
		c, err := s.in.ReadByte()
		if err != nil {
			return 0, err
		}
		switch c {
		case '\n':
			s.lineHead = true
		case ' ', '\t', '\r':
			s.lineHead = false
		case 0xEF, 0xBB, 0xBF:
		default:
			return c, s.in.UnreadByte()
		}
	}
}

// skipLine consumes the rest of the line and returns how it begins.
func (s *Scanner) skipLine() (begin []byte) {
	for {
		part, err := s.in.ReadSlice('\n')
		if begin == nil {
			begin = bytes.Clone(part[:min(len(part), 80)])
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			s.lineHead = true
			return bytes.TrimSpace(begin)
		}
	}
}

// resync goes to the next line that begins like a document, and words how many
// lines are lost by that.
func (s *Scanner) resync() string {
	if !s.lineHead {
		s.skipLine()
	}
	for lost := 0; ; {
		next, err := s.in.Peek(1)
		switch {
		case err == nil && next[0] != '{' && next[0] != '[':
			if len(s.skipLine()) > 0 {
				lost++
			}
		case lost > 0:
			return fmt.Sprintf("; lines skipped: %d", lost)
		default:
			return ""
		}
	}
}

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
