package trail

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// Item is one JSON document found in a stream, or the reason why one could not
// be read.
type Item struct {
	Where string // "document 2", "document 1, record 17"
	Raw   []byte // valid until the next call of Next
	Err   error  // what is wrong with this one; the others are not affected
}

// Scanner finds the documents in a stream of JSON: documents may follow one
// another, with or without line breaks, the elements of a log file's "Records"
// array (and of a top-level array) count as documents of their own, and gzip is
// recognized. It holds one document in memory at a time, whatever the size of
// the stream, and takes the documents apart without judging what is in them.
type Scanner struct {
	in       *bufio.Reader
	buf      []byte
	document int
	record   int
	inArray  bool // between the elements of a log file
	inObject bool // that array is a member of an object
	done     bool
	err      error
}

const scanBuffer = 256 << 10

// NewScanner returns a Scanner of r.
func NewScanner(r io.Reader) *Scanner {
	s := &Scanner{in: bufio.NewReaderSize(r, scanBuffer)}
	if magic, _ := s.in.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(s.in)
		if err != nil {
			s.err, s.done = fmt.Errorf("reading gzip: %w", err), true
			return s
		}
		s.in = bufio.NewReaderSize(z, scanBuffer)
	}
	return s
}

// Next returns the next document; ok is false at the end of the stream. Whether
// the stream ended well is told by Err.
func (s *Scanner) Next() (item Item, ok bool) {
	for !s.done {
		if s.inArray {
			if item, ok := s.nextElement(); ok {
				return item, true
			}
			continue
		}
		if item, ok := s.nextDocument(); ok {
			return item, true
		}
	}
	return Item{}, false
}

// Err returns the error that ended the stream early, if any: what was returned
// before is good.
func (s *Scanner) Err() error { return s.err }

// Documents returns how many top-level documents have been seen.
func (s *Scanner) Documents() int { return s.document }

func (s *Scanner) fail(err error) {
	s.done = true
	if !errors.Is(err, io.EOF) {
		s.err = err
	}
}

func (s *Scanner) nextDocument() (Item, bool) {
	c, err := s.skipSpace()
	if err != nil {
		s.fail(err)
		return Item{}, false
	}
	s.document++
	s.record = 0
	where := fmt.Sprintf("document %d", s.document)
	switch c {
	case '[':
		_, _ = s.in.Discard(1)
		s.inArray, s.inObject = true, false
		return Item{}, false
	case '{':
		if s.enterRecords() {
			return Item{}, false
		}
		raw, size, err := s.value(MaxDocument)
		return s.item(where, raw, size, MaxDocument, err), true
	default:
		line := s.skipLine()
		return Item{Where: where, Err: fmt.Errorf("not JSON: want an object, found %.40q", line)}, true
	}
}

// enterRecords steps into the array of a log file, whose only member is
// "Records". It consumes nothing if the document is something else.
func (s *Scanner) enterRecords() bool {
	const key = `"Records"`
	head, _ := s.in.Peek(64)
	rest := bytes.TrimLeft(head[1:], " \t\r\n")
	if !bytes.HasPrefix(rest, []byte(key)) {
		return false
	}
	rest = bytes.TrimLeft(rest[len(key):], " \t\r\n")
	if len(rest) == 0 || rest[0] != ':' {
		return false
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n")
	if len(rest) == 0 || rest[0] != '[' {
		return false
	}
	_, _ = s.in.Discard(len(head) - len(rest) + 1)
	s.inArray, s.inObject = true, true
	return true
}

func (s *Scanner) nextElement() (Item, bool) {
	c, err := s.skipSpace()
	if err != nil {
		s.inArray = false
		s.done = true
		return Item{Where: fmt.Sprintf("document %d", s.document), Err: s.cut(err)}, true
	}
	switch c {
	case ',':
		_, _ = s.in.Discard(1)
		return Item{}, false
	case ']':
		_, _ = s.in.Discard(1)
		s.inArray = false
		if s.inObject {
			return s.leaveObject()
		}
		return Item{}, false
	}
	s.record++
	where := fmt.Sprintf("document %d, record %d", s.document, s.record)
	raw, size, err := s.value(MaxRecord)
	return s.item(where, raw, size, MaxRecord, err), true
}

// leaveObject skips what follows the Records array in its object.
func (s *Scanner) leaveObject() (Item, bool) {
	where := fmt.Sprintf("document %d, after its records", s.document)
	for {
		c, err := s.skipSpace()
		if err != nil {
			s.done = true
			return Item{Where: where, Err: s.cut(err)}, true
		}
		switch c {
		case '}':
			_, _ = s.in.Discard(1)
			return Item{}, false
		case ',', ':':
			_, _ = s.in.Discard(1)
		default:
			if _, _, err := s.value(0); err != nil {
				s.done = true
				return Item{Where: where, Err: s.cut(err)}, true
			}
		}
	}
}

func (s *Scanner) item(where string, raw []byte, size, limit int, err error) Item {
	switch {
	case err != nil:
		s.done = true
		return Item{Where: where, Err: s.cut(err)}
	case size > limit:
		return Item{Where: where, Err: fmt.Errorf("%d bytes long, more than the %d that are read", size, limit)}
	}
	return Item{Where: where, Raw: raw}
}

// cut words the error of a stream that ended inside a document.
func (s *Scanner) cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("not JSON: the input ends in the middle of it")
	}
	s.err = err
	return fmt.Errorf("reading: %w", err)
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
		case ' ', '\t', '\r', '\n', 0xEF, 0xBB, 0xBF:
			continue
		}
		return c, s.in.UnreadByte()
	}
}

// skipLine consumes the rest of the line and returns how it begins.
func (s *Scanner) skipLine() []byte {
	var begin []byte
	for {
		part, err := s.in.ReadSlice('\n')
		if begin == nil {
			begin = bytes.Clone(part[:min(len(part), 80)])
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimSpace(begin)
		}
	}
}

// value consumes one JSON value and returns its bytes, and its full size where
// that is more than keep bytes (then the bytes are not kept). Only brackets and
// strings are followed: whether it is valid JSON is for the parser to say.
func (s *Scanner) value(keep int) (raw []byte, size int, err error) {
	s.buf = s.buf[:0]
	var m matcher
	for {
		if s.in.Buffered() == 0 {
			if _, err := s.in.Peek(1); err != nil {
				if m.scalarEnds() {
					return s.buf, size, nil
				}
				return nil, size, err
			}
		}
		chunk, _ := s.in.Peek(s.in.Buffered())
		n, complete := m.feed(chunk)
		if size += n; size <= keep {
			s.buf = append(s.buf, chunk[:n]...)
		}
		_, _ = s.in.Discard(n)
		if complete {
			return s.buf, size, nil
		}
	}
}

// matcher finds the end of one JSON value in chunks of bytes.
type matcher struct {
	depth    int
	inString bool
	escaped  bool
	scalar   bool // a number or a word, ended by what follows it
}

// scalarEnds reports whether the end of the input ends the value well.
func (m *matcher) scalarEnds() bool { return m.scalar && m.depth == 0 && !m.inString }

// feed returns how many bytes of chunk belong to the value and whether it is
// complete with them.
func (m *matcher) feed(chunk []byte) (n int, complete bool) {
	for i := 0; i < len(chunk); i++ {
		if m.inString {
			switch {
			case m.escaped:
				m.escaped = false
			case chunk[i] == '\\':
				m.escaped = true
			case chunk[i] == '"':
				m.inString = false
				if m.depth == 0 {
					return i + 1, true
				}
			}
			continue
		}
		switch c := chunk[i]; c {
		case '"':
			m.inString = true
		case '{', '[':
			m.depth++
		case '}', ']':
			if m.depth == 0 {
				return i, true // the end of what is around a scalar
			}
			if m.depth--; m.depth == 0 {
				return i + 1, true
			}
		case ',', ' ', '\t', '\r', '\n':
			if m.depth == 0 && m.scalar {
				return i, true
			}
		default:
			m.scalar = m.scalar || m.depth == 0
		}
	}
	return len(chunk), false
}
