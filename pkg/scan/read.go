package scan

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"why403/pkg/auditor"
	"why403/pkg/trail"
)

// What a part holds at most, so that memory stays bounded however many are waiting.
const (
	partInputs = 128
	partBytes  = 1 << 20
)

// part is some of what was read of a file.
type part struct {
	inputs []auditor.Input // denials
	bytes  int
	report Report // what was counted
}

// read reads a file and hands on its denials. What happens in it ends with it.
func (s *scanner) read(ctx context.Context, j *job) {
	defer close(j.parts)
	s.o.Progress.at(j.file.Name)
	r := &fileReader{scanner: s, ctx: ctx, job: j}
	if err := r.run(); err != nil && ctx.Err() == nil {
		r.part.report.problem(Problem{j.file.Name, err})
	}
	r.hand()
}

type fileReader struct {
	scanner *scanner
	ctx     context.Context
	job     *job
	part    part
	reader  trail.Reader
}

func (r *fileReader) run() error {
	in, err := r.job.source.Open(r.ctx, r.job.file)
	if err != nil {
		return err
	}
	defer in.Close()
	stored := &counted{in: in, also: func(n int) { r.scanner.o.Progress.stored.Add(int64(n)) }}
	plainText, err := expanded(stored)
	if err != nil {
		return err
	}
	text := &counted{in: plainText}
	defer func() {
		r.part.report.Stored += stored.n
		r.part.report.Bytes += text.n
	}()
	documents := trail.NewScanner(text)
	for {
		item, ok := documents.Next()
		if !ok {
			break
		}
		if err := r.ctx.Err(); err != nil {
			return err
		}
		r.item(item)
		if len(r.part.inputs) >= partInputs || r.part.bytes >= partBytes || len(r.part.report.Problems) >= partInputs {
			r.hand()
		}
	}
	if err := documents.Err(); err != nil {
		return plain(err)
	}
	if documents.Documents() == 0 {
		return errors.New("empty: no JSON document in it")
	}
	return nil
}

// item judges one record: most are of calls that succeeded, and go no further.
func (r *fileReader) item(item trail.Item) {
	t := &r.part.report
	if item.Err != nil {
		t.problem(Problem{r.where(item), item.Err})
		return
	}
	t.Records++
	if succeeded(item.Raw) {
		t.Succeeded++
		return
	}
	d, ignored, err := r.reader.Parse(item.Raw)
	switch {
	case err != nil:
		t.problem(Problem{r.where(item), err})
	case ignored != "":
		t.ignore(ignored, 1)
	case !r.scanner.o.Filter.denial(d):
		t.Outside++
	default:
		r.scanner.o.Progress.denials.Add(1)
		r.part.inputs = append(r.part.inputs, auditor.Input{ID: r.where(item), Body: bytes.Clone(item.Raw)})
		r.part.bytes += len(item.Raw)
	}
}

func (r *fileReader) where(item trail.Item) string {
	if item.Where == "document 1" {
		return r.job.file.Name
	}
	return fmt.Sprintf("%s: %s", r.job.file.Name, item.Where)
}

// hand hands on what was read so far.
func (r *fileReader) hand() {
	select {
	case r.job.parts <- r.part:
	case <-r.ctx.Done():
	}
	r.part = part{}
}

// succeeded reports whether a record is certainly one of a call that succeeded: it names a
// call, and has no member for an error, under whatever spelling. Such records are nearly
// all of a log, and to parse them is most of the work.
func succeeded(record []byte) bool {
	return !bytes.Contains(record, []byte(`"error`)) && !bytes.Contains(record, []byte(`\u`)) &&
		bytes.Contains(record, []byte(`"eventSource"`)) && bytes.Contains(record, []byte(`"eventName"`))
}

// expanded takes gzip away, where it is.
func expanded(in io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(in, 64<<10)
	if magic, _ := b.Peek(2); string(magic) != "\x1f\x8b" {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	return z, nil
}

// counted counts what is read.
type counted struct {
	in   io.Reader
	n    int64
	also func(n int)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	if c.also != nil {
		c.also(n)
	}
	return n, err
}
