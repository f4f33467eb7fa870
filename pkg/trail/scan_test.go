package trail

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// scan returns what a Scanner finds, a line for each item, and its last error.
func scan(t *testing.T, r io.Reader) (items []string, err error) {
	t.Helper()
	s := NewScanner(r)
	for {
		item, ok := s.Next()
		switch {
		case !ok:
			return items, s.Err()
		case item.Err != nil:
			items = append(items, item.Where+": "+item.Err.Error())
		default:
			items = append(items, item.Where+" = "+string(item.Raw))
		}
		if len(items) > 1000 {
			t.Fatal("the scanner does not come to an end")
		}
	}
}

func TestScanner(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     []string
	}{
		{"nothing", "", nil},
		{"white space", " \t\r\n \n", nil},
		{"a byte order mark and nothing", "\ufeff", nil},
		{"one document", `{"a":1}`, []string{`document 1 = {"a":1}`}},
		{"a byte order mark", "\ufeff{\"a\":1}", []string{`document 1 = {"a":1}`}},
		{"documents without anything between", `{"a":1}{"b":2}{}`,
			[]string{`document 1 = {"a":1}`, `document 2 = {"b":2}`, `document 3 = {}`}},
		{"JSON lines", "{\"a\":1}\n{\"b\":2}\r\n\n{\"c\":3}\n",
			[]string{`document 1 = {"a":1}`, `document 2 = {"b":2}`, `document 3 = {"c":3}`}},
		{"commas between documents", "{\"a\":1},\n{\"b\":2},\n",
			[]string{`document 1 = {"a":1}`, `document 2 = {"b":2}`}},
		{"pretty-printed", "{\n  \"a\": {\n    \"b\": [\n      1\n    ]\n  }\n}\n{\n  \"c\": 2\n}\n",
			[]string{"document 1 = {\n  \"a\": {\n    \"b\": [\n      1\n    ]\n  }\n}", "document 2 = {\n  \"c\": 2\n}"}},

		{"log file", `{"Records":[{"a":1},{"b":2}]}`,
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2 = {"b":2}`}},
		{"log file with white space", "\n { \t\"Records\"\r\n : \n[ {\"a\":1} , \n{\"b\":2}\n ] \n } \n",
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2 = {"b":2}`}},
		{"log file with more white space than a buffer holds", `{` + strings.Repeat(" ", 300<<10) + `"Records"` + strings.Repeat("\n", 300<<10) + `:[{"a":1}]}`,
			[]string{`document 1, record 1 = {"a":1}`}},
		{"empty log file", `{"Records":[]} {"a":1}`, []string{`document 2 = {"a":1}`}},
		{"log files one after another", `{"Records":[{"a":1}]}{"Records":[{"b":2}]}`,
			[]string{`document 1, record 1 = {"a":1}`, `document 2, record 1 = {"b":2}`}},
		{"Records among other members", `{"x":{"Records":[1]},"y":[2],"Records":[{"a":1}],"z":"]}","n":null}{"b":2}`,
			[]string{`document 1, record 1 = {"a":1}`, `document 2 = {"b":2}`}},
		{"Records twice", `{"Records":[{"a":1}],"Records":[{"b":2}]}`,
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2 = {"b":2}`}},
		{"Records is no array", `{"Records":{"a":[1]}}{"Records":"["}{"records":[1]}{"Records2":[1]}{"x":"Records","y":[1]}`,
			[]string{`document 1 = {"Records":{"a":[1]}}`, `document 2 = {"Records":"["}`, `document 3 = {"records":[1]}`, `document 4 = {"Records2":[1]}`, `document 5 = {"x":"Records","y":[1]}`}},
		{"Records with an escape in its name", `{"Rec\"ords":[1],"\"Records":[1],"Records\\":[1]}`,
			[]string{`document 1 = {"Rec\"ords":[1],"\"Records":[1],"Records\\":[1]}`}},
		{"Records deeper than the top", `{"a":{"Records":[{"b":1}]}}`, []string{`document 1 = {"a":{"Records":[{"b":1}]}}`}},
		{"what aws sqs receive-message prints", `{"Messages":[{"MessageId":"m","Body":"{}"}]}`,
			[]string{`document 1, record 1 = {"MessageId":"m","Body":"{}"}`}},
		{"what aws cloudtrail lookup-events prints", `{"NextToken":"t","Events":[{"CloudTrailEvent":"{}"}]}`,
			[]string{`document 1, record 1 = {"CloudTrailEvent":"{}"}`}},
		{"array of documents", "[\n{\"a\":1},\n{\"b\":[2,{}]}\n]\n{\"c\":3}",
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2 = {"b":[2,{}]}`, `document 2 = {"c":3}`}},
		{"empty array", `[]`, nil},
		{"array of arrays", `[[{"a":1}],[]]`, []string{`document 1, record 1 = [{"a":1}]`, `document 1, record 2 = []`}},
		// What is no object is for Parse to refuse, record by record.
		{"records that are no objects", `{"Records":["text",12,-1.5e3,null,true,[1],{"a":1}]}`,
			[]string{`document 1, record 1 = "text"`, `document 1, record 2 = 12`, `document 1, record 3 = -1.5e3`, `document 1, record 4 = null`,
				`document 1, record 5 = true`, `document 1, record 6 = [1]`, `document 1, record 7 = {"a":1}`}},
		{"numbers with white space behind them", "[1 , 2\n]", []string{`document 1, record 1 = 1`, `document 1, record 2 = 2`}},

		{"brackets, quotation marks and backslashes in strings", `{"a":"}]\"{[\\","b\\\"":"\\\\"}{"c":"\u005c"}`,
			[]string{`document 1 = {"a":"}]\"{[\\","b\\\"":"\\\\"}`, `document 2 = {"c":"\u005c"}`}},
		{"nested as deep as the matcher tells brackets apart, and deeper", strings.Repeat(`{"a":[`, 40) + strings.Repeat(`]}`, 40) + `{"b":2}`,
			[]string{"document 1 = " + strings.Repeat(`{"a":[`, 40) + strings.Repeat(`]}`, 40), `document 2 = {"b":2}`}},
		{"a record that nests deep takes no other with it", `{"Records":[` + strings.Repeat(`[`, 1000) + strings.Repeat(`]`, 1000) + `,{"a":1}]}`,
			[]string{"document 1, record 1 = " + strings.Repeat(`[`, 1000) + strings.Repeat(`]`, 1000), `document 1, record 2 = {"a":1}`}},
		{"NUL in a document", "{\"a\":\"\x00\"}", []string{"document 1 = {\"a\":\"\x00\"}"}},

		// Damaged input: one item says what is wrong, and the next line that begins
		// like a document is read again.
		{"a line of garbage between documents", "{\"a\":1}\ngarbage {\"x\":1}\n{\"b\":2}\n",
			[]string{`document 1 = {"a":1}`, `document 2: not JSON: want an object, found "garbage {\"x\":1}"`, `document 3 = {"b":2}`}},
		{"many lines of garbage count once", "one\n\ntwo\nthree {}\n  {\"indented\":1}\n{\"b\":2}\n",
			[]string{`document 1: not JSON: want an object, found "one"; lines skipped: 3`, `document 2 = {"b":2}`}},
		{"garbage of more than a buffer", strings.Repeat("g", 600<<10) + "\n{\"b\":2}",
			[]string{`document 1: not JSON: want an object, found "` + strings.Repeat("g", 40) + `"`, `document 2 = {"b":2}`}},
		{"garbage behind a document", "{\"a\":1} and more\n{\"b\":2}",
			[]string{`document 1 = {"a":1}`, `document 2: not JSON: want an object, found "and more"`, `document 3 = {"b":2}`}},
		{"NUL bytes, as a crash leaves them", "{\"a\":1}\n\x00\x00\x00",
			[]string{`document 1 = {"a":1}`, `document 2: not JSON: want an object, found "\x00\x00\x00"`}},
		{"text, number, word", "\"a\"\n1\nnull\n", []string{`document 1: not JSON: want an object, found "\"a\""; lines skipped: 2`}},
		{"a closing bracket and no more", "}\n]\n{\"a\":1}",
			[]string{`document 1: not JSON: want an object, found "}"; lines skipped: 1`, `document 2 = {"a":1}`}},
		{"cut in an object", "{\"a\":{\"b\":1\n{\"c\":2}\n",
			[]string{`document 1: not JSON: unexpected '{' after 12 bytes`, `document 2 = {"c":2}`}},
		{"cut behind a bracket", "{\"a\":{\n{\"c\":2}\n",
			[]string{`document 1: not JSON: unexpected '{' after 7 bytes`, `document 2 = {"c":2}`}},
		{"cut in a string", "{\"a\":\"text\n{\"c\":2}\n",
			[]string{`document 1: not JSON: a line break in a string after 11 bytes`, `document 2 = {"c":2}`}},
		{"cut in an escape", "{\"a\":\"text\\\n{\"c\":2}\n",
			[]string{`document 1: not JSON: a line break in a string after 12 bytes`, `document 2 = {"c":2}`}},
		{"cut behind a name", "{\"a\"\n{\"c\":2}\n",
			[]string{`document 1: not JSON: unexpected '{' after 5 bytes`, `document 2 = {"c":2}`}},
		// What follows could be the value, so it goes too.
		{"cut before a value", "{\"a\":\n{\"c\":2}\n{\"d\":3}\n",
			[]string{`document 1: not JSON: unexpected '{' after 14 bytes`, `document 2 = {"d":3}`}},
		{"cut in a log file", "{\"Records\":[{\"a\":1},{\"b\"\n{\"Records\":[{\"c\":2}]}\n",
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2: not JSON: unexpected '{' after 5 bytes`, `document 2, record 1 = {"c":2}`}},
		{"cut between records", "{\"Records\":[{\"a\":1}\n{\"Records\":[{\"c\":2}]}\n",
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2: not JSON: unexpected '{' after 0 bytes`, `document 2, record 1 = {"c":2}`}},
		{"cut behind the records", "{\"Records\":[{\"a\":1}]\n{\"b\":2}\n",
			[]string{`document 1, record 1 = {"a":1}`, `document 1, after its records: not JSON: unexpected '{' after 1 bytes`, `document 2 = {"b":2}`}},
		{"the wrong closing bracket", "{\"a\":[1}\n{\"b\":2}",
			[]string{`document 1: not JSON: unexpected '}' after 7 bytes`, `document 2 = {"b":2}`}},
		{"the wrong closing bracket of the records", "{\"Records\":[{\"a\":1}}\n{\"b\":2}",
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2: not JSON: unexpected '}' after 0 bytes`, `document 2 = {"b":2}`}},
		{"a closing bracket too many behind the records", "{\"Records\":[]]\n{\"b\":2}",
			[]string{`document 1, after its records: not JSON: unexpected ']' after 0 bytes`, `document 2 = {"b":2}`}},
		{"an array closed as an object", "[}\n{\"b\":2}",
			[]string{`document 1, record 1: not JSON: unexpected '}' after 0 bytes`, `document 2 = {"b":2}`}},
		{"a number closed as an object", "[1}\n{\"b\":2}",
			[]string{`document 1, record 1 = 1`, `document 1, record 2: not JSON: unexpected '}' after 0 bytes`, `document 2 = {"b":2}`}},
		{"no comma between records", "[{\"a\":1} {\"b\":2}]\n{\"c\":3}",
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2: not JSON: unexpected '{' after 0 bytes`, `document 2 = {"c":3}`}},
		{"no comma between records, indented", "[{\"a\":1}\n  {\"b\":2}]\n{\"c\":3}",
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2: not JSON: unexpected '{' after 0 bytes`, `document 2 = {"c":3}`}},
		{"a colon for a comma", `[1:2]`, []string{`document 1, record 1 = 1`, `document 1, record 2: not JSON: unexpected ':' after 0 bytes`}},
		{"a broken line among the lines of an array", "[\n{\"a\":1},\n{\"b\":2,\n{\"c\":3},\n{\"d\":4}\n]\n",
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2: not JSON: unexpected '{' after 8 bytes`, `document 2 = {"c":3}`, `document 3 = {"d":4}`,
				`document 4: not JSON: want an object, found "]"`}},
		{"a pretty-printed document that is broken", "{\n  \"a\": {\n    \"b\": [}\n  }\n}\n{\n  \"c\": 3\n}\n",
			[]string{`document 1: not JSON: unexpected '}' after 21 bytes; lines skipped: 2`, "document 2 = {\n  \"c\": 3\n}"}},
		{"the last document is cut", `{"a":1}{"b":{"c":`,
			[]string{`document 1 = {"a":1}`, `document 2: not JSON: the input ends in the middle of it`}},
		{"the last document is cut in a string", `{"a":"b\`, []string{`document 1: not JSON: the input ends in the middle of it`}},
		{"the last record is cut", `{"Records":[{"a":1},{"b"`,
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2: not JSON: the input ends in the middle of it`}},
		{"the last record is cut in a number", `{"Records":[12`, []string{`document 1, record 1: not JSON: the input ends in the middle of it`}},
		{"cut between the last records", `{"Records":[{"a":1},`,
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 1: not JSON: the input ends in the middle of it`}},
		{"the records do not end", `{"Records":[`, []string{`document 1: not JSON: the input ends in the middle of it`}},
		{"cut behind the last records", `{"Records":[{"a":1}]`,
			[]string{`document 1, record 1 = {"a":1}`, `document 1, after its records: not JSON: the input ends in the middle of it`}},
		{"100,000 brackets", strings.Repeat("[", 100_000), []string{`document 1, record 1: not JSON: the input ends in the middle of it`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for how, r := range map[string]io.Reader{
				"at once":                strings.NewReader(test.in),
				"one byte at a time":     iotest.OneByteReader(strings.NewReader(test.in)),
				"half of it at a time":   iotest.HalfReader(strings.NewReader(test.in)),
				"with the end of it":     iotest.DataErrReader(strings.NewReader(test.in)),
				"compressed":             bytes.NewReader(compress(t, test.in)),
				"compressed in two":      bytes.NewReader(append(compress(t, test.in[:len(test.in)/2]), compress(t, test.in[len(test.in)/2:])...)),
				"compressed, in nibbles": iotest.OneByteReader(bytes.NewReader(compress(t, test.in))),
			} {
				got, err := scan(t, r)
				if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
					t.Errorf("%s: %v\n%s", how, err, diff)
				}
			}
		})
	}
}

func compress(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, text)
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A string that lies across the border of two buffers is one string, wherever its
// backslashes and quotation marks fall.
func TestScannerBufferBorder(t *testing.T) {
	const value = `\\\"\\\\\\"` + `,"Records":"[{\"` + `","x":[{"}":"]"}],"y":"\"` + `"}`
	for shift := range len(value) + 2 {
		doc := `{"p":"` + strings.Repeat("p", scanBuffer-shift-len(`{"p":"","a":"`)) + `","a":"` + value
		if !json.Valid([]byte(doc)) {
			t.Fatal("the test's own document is no JSON")
		}
		got, err := scan(t, strings.NewReader(doc+`{"b":2}`))
		if err != nil || len(got) != 2 || got[0] != "document 1 = "+doc || got[1] != `document 2 = {"b":2}` {
			t.Errorf("border at %d: %d items, %v", shift, len(got), err)
		}
		logFile := `{"p":"` + strings.Repeat("p", scanBuffer-shift-len(`{"p":"",`)) + `","Records":[{"a":"` + value + `,{"b":2}]}`
		got, err = scan(t, strings.NewReader(logFile))
		if err != nil || len(got) != 2 || got[0] != `document 1, record 1 = {"a":"`+value || got[1] != `document 1, record 2 = {"b":2}` {
			t.Errorf("log file, border at %d: %d items, %v", shift, len(got), err)
		}
	}
}

func TestScannerSizes(t *testing.T) {
	long := func(size int) string { return `{"a":"` + strings.Repeat("a", size-len(`{"a":""}`)) + `"}` }
	for _, test := range []struct {
		name, in string
		want     []string
	}{
		{"a record of the largest size", `{"Records":[` + long(MaxRecord) + `,{"b":2}]}`,
			[]string{`document 1, record 1 = ` + long(MaxRecord), `document 1, record 2 = {"b":2}`}},
		{"a record of more", `{"Records":[{"a":1},` + long(2<<20) + `,{"b":2}]}`,
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2: 2097152 bytes long, more than the 1048576 that are read`, `document 1, record 3 = {"b":2}`}},
		// A case is larger than a record.
		{"a document of 2 MB", long(2<<20) + `{"b":2}`,
			[]string{`document 1 = ` + long(2<<20), `document 2 = {"b":2}`}},
		{"a document of 2 MB in an array", `[` + long(2<<20) + `,{"b":2}]`,
			[]string{`document 1, record 1 = ` + long(2<<20), `document 1, record 2 = {"b":2}`}},
		{"a document of the largest size", long(MaxDocument), []string{`document 1 = ` + long(MaxDocument)}},
		{"a document of more", long(MaxDocument+1) + `{"b":2}`,
			[]string{`document 1: 33554433 bytes long, more than the 33554432 that are read`, `document 2 = {"b":2}`}},
		{"records behind more than a document holds", `{"x":` + long(MaxDocument+1) + `,"Records":[{"a":1}]}`,
			[]string{`document 1, record 1 = {"a":1}`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := scan(t, strings.NewReader(test.in))
			if diff := cmp.Diff(lengths(test.want), lengths(got)); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// Of what is too large no more is kept than of what is not.
func TestScannerKeepsNoMore(t *testing.T) {
	s := NewScanner(strings.NewReader(`{"Records":["` + strings.Repeat("a", 8*MaxRecord) + `",{"b":2}]}`))
	first, _ := s.Next()
	second, ok := s.Next()
	if first.Err == nil || !ok || string(second.Raw) != `{"b":2}` || cap(s.buf) > 4*MaxRecord {
		t.Errorf("%v, then %q; %d bytes are held", first.Err, second.Raw, cap(s.buf))
	}
}

// lengths keeps the difference of long texts readable.
func lengths(items []string) (short []string) {
	for _, s := range items {
		short = append(short, fmt.Sprintf("%.90s (%d)", s, len(s)))
	}
	return short
}

func TestScannerReadErrors(t *testing.T) {
	const log = `{"Records":[{"a":1},{"b":2}]}` + "\n"
	zipped := compress(t, log)
	damaged := bytes.Clone(zipped)
	damaged[len(damaged)-6] ^= 0xFF // in the checksum
	broken := errors.New("the disk is broken")
	for _, test := range []struct {
		name string
		in   io.Reader
		want []string
		err  string
	}{
		{"at the beginning", iotest.ErrReader(broken), nil, "reading after nothing: the disk is broken"},
		{"in a document", io.MultiReader(strings.NewReader(`{"a":1}{"b":`), iotest.ErrReader(broken)),
			[]string{`document 1 = {"a":1}`}, "reading document 2: the disk is broken"},
		{"between documents", io.MultiReader(strings.NewReader(`{"a":1} `), iotest.ErrReader(broken)),
			[]string{`document 1 = {"a":1}`}, "reading after document 1: the disk is broken"},
		{"in a record", io.MultiReader(strings.NewReader(`{"Records":[{"a":1},{"b`), iotest.ErrReader(broken)),
			[]string{`document 1, record 1 = {"a":1}`}, "reading document 1, record 2: the disk is broken"},
		{"between records", io.MultiReader(strings.NewReader(`{"Records":[{"a":1}`), iotest.ErrReader(broken)),
			[]string{`document 1, record 1 = {"a":1}`}, "reading document 1, record 1: the disk is broken"},
		{"behind the records", io.MultiReader(strings.NewReader(`{"Records":[{"a":1}]`), iotest.ErrReader(broken)),
			[]string{`document 1, record 1 = {"a":1}`}, "reading document 1, after its records: the disk is broken"},
		{"in garbage", io.MultiReader(strings.NewReader("garbage"), iotest.ErrReader(broken)),
			[]string{`document 1: not JSON: want an object, found "garbage"`}, "reading after document 1: the disk is broken"},
		{"gzip without its end", bytes.NewReader(zipped[:len(zipped)-4]),
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2 = {"b":2}`}, "reading after document 1, record 2: unexpected EOF"},
		{"gzip without its data", bytes.NewReader(zipped[:10]), nil, "reading after nothing: unexpected EOF"},
		{"gzip with a wrong checksum", bytes.NewReader(damaged),
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2 = {"b":2}`}, "reading after document 1, record 2: gzip: invalid checksum"},
		{"gzip and no more than its first bytes", strings.NewReader("\x1f\x8b{}"), nil, "gzip: unexpected EOF"},
		{"gzip and then something else", bytes.NewReader(append(bytes.Clone(zipped), "garbage behind the end"...)),
			[]string{`document 1, record 1 = {"a":1}`, `document 1, record 2 = {"b":2}`}, "reading after document 1, record 2: gzip: invalid header"},
		{"UTF-16, as PowerShell writes it", strings.NewReader("\xff\xfe{\x00}\x00"), nil, "not JSON: the text is UTF-16, want UTF-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := scan(t, test.in)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if err == nil || err.Error() != test.err {
				t.Errorf("error %v, want %s", err, test.err)
			}
			if strings.Contains(test.err, "disk") && !errors.Is(err, broken) {
				t.Error("the reader's error is lost")
			}
		})
	}
}

func TestScannerDocuments(t *testing.T) {
	for in, want := range map[string]int{
		"": 0, "\ufeff": 0, "{}": 1, "[]": 1, `{"Records":[]}`: 1, `{}{}[{},{}]`: 3, "garbage": 1, "{": 1,
	} {
		s := NewScanner(strings.NewReader(in))
		for ok := true; ok; {
			_, ok = s.Next()
		}
		if _, again := s.Next(); s.Documents() != want || again {
			t.Errorf("%q: %d documents, want %d; more after the end: %t", in, s.Documents(), want, again)
		}
	}
}

// sampleRecord is a record of the samples without its line breaks, as log files
// have them.
func sampleRecord(tb testing.TB) []byte {
	tb.Helper()
	doc, err := os.ReadFile(filepath.FromSlash("../../events/bare-record.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, doc); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// logReader is a log file of many records that is never held in memory.
type logReader struct {
	record  []byte
	records int
	rest    []byte
}

func newLogReader(record []byte, size int) *logReader {
	return &logReader{record: append(bytes.Clone(record), ','), records: size / len(record), rest: []byte(`{"Records":[`)}
}

func (r *logReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		switch r.records--; {
		case r.records > 0:
			r.rest = r.record
		case r.records == 0:
			r.rest = append(bytes.TrimSuffix(r.record, []byte(",")), "]}"...)
		default:
			return 0, io.EOF
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func TestScannerMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 200 MB")
	}
	record := sampleRecord(t)
	const size, bound = 200 << 20, 16 << 20
	s := NewScanner(newLogReader(record, size))
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, peak, n := m.HeapAlloc, uint64(0), 0
	for {
		item, ok := s.Next()
		if !ok {
			break
		}
		if item.Err != nil || !bytes.Equal(item.Raw, record) {
			t.Fatalf("%s: %d bytes, %v", item.Where, len(item.Raw), item.Err)
		}
		if n++; n%5000 == 0 {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
	}
	if want := size / len(record); n != want || s.Err() != nil {
		t.Errorf("%d records, want %d, %v", n, want, s.Err())
	}
	if peak > before+bound {
		t.Errorf("%d KB of memory in use, %d before", peak>>10, before>>10)
	}
}

// BenchmarkScan reads log files in which next to nothing is a denial, as most of
// them are.
func BenchmarkScan(b *testing.B) {
	record := sampleRecord(b)
	allowed := bytes.Replace(record, []byte(`"errorCode":"AccessDenied",`), nil, 1)
	var log, pretty bytes.Buffer
	log.WriteString(`{"Records":[`)
	for i := range 4000 {
		if i > 0 {
			log.WriteByte(',')
		}
		if i%1000 == 0 {
			log.Write(record)
		} else {
			log.Write(allowed)
		}
	}
	log.WriteString(`]}`)
	if err := json.Indent(&pretty, log.Bytes(), "", "  "); err != nil {
		b.Fatal(err)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(log.Bytes()); err != nil || z.Close() != nil {
		b.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"messageId": "m", "body": string(record)})
	if err != nil {
		b.Fatal(err)
	}
	for _, test := range []struct {
		name string
		in   []byte
		size int
	}{
		{"log file", log.Bytes(), log.Len()},
		{"log file, pretty-printed", pretty.Bytes(), pretty.Len()},
		{"log file, compressed", zipped.Bytes(), log.Len()},
		{"lines", bytes.Repeat(append(bytes.Clone(allowed), '\n'), 4000), 4000 * (len(allowed) + 1)},
		{"messages with the record in a string", bytes.Repeat(body, 4000), 4000 * len(body)},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.SetBytes(int64(test.size))
			b.ReportAllocs()
			for b.Loop() {
				s, n := NewScanner(bytes.NewReader(test.in)), 0
				for {
					item, ok := s.Next()
					if !ok {
						break
					}
					if item.Err != nil {
						b.Fatal(item.Err)
					}
					n++
				}
				if n != 4000 {
					b.Fatalf("%d items", n)
				}
			}
		})
	}
}
