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
