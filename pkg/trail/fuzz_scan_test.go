package trail

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzScanner: the scanner comes to an end whatever it is fed, finds the same
// however the input arrives, makes up nothing, and gives valid documents back as
// they were.
func FuzzScanner(f *testing.F) {
	for _, doc := range sampleEvents(f) {
		f.Add(doc)
	}
	for _, in := range []string{
		`{"a":1}{"b":2}`, `{"x":[1],"Records":[{"a":"\\\""},"b",3,null]}`, "[1,2 ,\"a\"]", "[}", `{"Records":[]]`, "[1}", `{"Records":[1}`,
		"{\"a\":\"b\n{\"c\":1}", "{\"a\":{\n{\"b\":1}\n", "\ufeff{}\n,{}\ngarbage\n\n{}", `{"Messages":[{}],"Events":[{}]}`, `{"Records":{},"a":"Records"}`,
		strings.Repeat("[", 70) + strings.Repeat("]", 70), strings.Repeat(`{"a":[`, 40) + "}",
	} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if bytes.HasPrefix(in, []byte("\x1f\x8b")) {
			t.Skip("compressed text has no bound")
		}
		items, total := collectItems(t, bytes.NewReader(in), len(in))
		if total > len(in) {
			t.Errorf("%d bytes of %d", total, len(in))
		}
		if again, _ := collectItems(t, iotest.OneByteReader(bytes.NewReader(in)), len(in)); !slices.Equal(items, again) {
			t.Errorf("%q\nat once:  %q\nby bytes: %q", in, items, again)
		}
		if len(in) > MaxRecord/4 || !json.Valid(in) {
			return
		}
		one := string(bytes.TrimSpace(in))
		log := `{"first":"` + "\\" + `"","Records" : [` + one + ` ,` + string(in) + "]}\n[" + string(in) + "]"
		items, _ = collectItems(t, strings.NewReader(log), len(log))
		if want := []string{"document 1, record 1 = " + one, "document 1, record 2 = " + one, "document 2, record 1 = " + one}; !slices.Equal(items, want) {
			t.Errorf("%q\nis %q\nwant %q", log, items, want)
		}
	})
}

// collectItems returns the items of a stream and the size of its documents.
func collectItems(t *testing.T, r io.Reader, size int) (items []string, total int) {
	t.Helper()
	s := NewScanner(r)
	for {
		item, ok := s.Next()
		if !ok {
			break
		}
		total += len(item.Raw)
		text := item.Where + " = " + string(item.Raw)
		if item.Err != nil {
			text = item.Where + ": " + item.Err.Error()
		}
		if items = append(items, text); len(items) > size+1 {
			t.Fatalf("more items than bytes, the last: %q", items[size:])
		}
	}
	if err := s.Err(); err != nil {
		items = append(items, err.Error())
	}
	return items, total
}

// addEnvelopes adds the samples in the envelopes they come in.
func addEnvelopes(f *testing.F) {
	for _, doc := range sampleEvents(f) {
		f.Add(doc)
		f.Add(wrap(f, "body", doc))
		f.Add(wrap(f, "Body", notification(f, doc)))
		f.Add([]byte(`{"CloudTrailEvent":` + quote(string(doc)) + `}`))
	}
	f.Add([]byte(`{"detail":{"eventName":1,"eventSource":["a"],"userIdentity":"x","resources":{},"requestParameters":[]}}`))
	f.Add([]byte(`{"eventName":"GetObject","eventSource":"s3.amazonaws.com","eventID":"a","eventID":1,"EVENTID":"b"}`))
}

// FuzzUnwrap: what comes out of envelopes is an object and holds no more envelopes.
func FuzzUnwrap(f *testing.F) {
	addEnvelopes(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		record, env, err := Unwrap(doc)
		if err != nil {
			if record != nil || err.Error() == "" {
				t.Errorf("%q: %v, and %q", doc, err, record)
			}
			return
		}
		if !json.Valid(record) || record[0] != '{' {
			t.Errorf("%q is not an object", record)
		}
		again, none, err := Unwrap(record)
		if err != nil || !bytes.Equal(again, record) || none != (Envelope{}) {
			t.Errorf("%q: %v, %+v, then %q in %+v", record, err, env, again, none)
		}
	})
}

var halfCharacter = regexp.MustCompile(`(?i)\\ud[89a-f]`)

// FuzzParse: a Denial says what stands in the record, and no credentials get into
// its copy.
func FuzzParse(f *testing.F) {
	addEnvelopes(f)
	for _, doc := range corpus(f, "testdata/corpus/records.tar.gz") {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		d, ignored, err := Parse(doc)
		if err != nil {
			return
		}
		if d.Record == nil {
			if ignored != succeeded || d.Operation == "" || d.Service == "" || d.ErrorCode != "" {
				t.Errorf("%q: no record, %q at %q, code %q", ignored, d.Operation, d.Service, d.ErrorCode)
			}
			return
		}
		if left := leftOver(decoded(t, d.Record)); left != "" {
			t.Errorf("%s is left in %q", left, d.Record)
		}
		texts := textsOf(d.Record)
		if halfCharacter.Match(d.Record) {
			t.Skip("readers of JSON disagree about an escape that is half a character")
		}
		for _, field := range []string{
			d.EventID, d.SharedEventID, d.RequestID, d.Region, d.Recipient, d.Service, d.Operation, d.ErrorCode, d.ErrorMessage,
			d.VPCEndpointID, d.VPCEndpointAccount, d.SourceIP,
		} {
			if field != "" && !slices.Contains(texts, field) {
				t.Errorf("%q does not stand in %q", field, d.Record)
			}
		}
		if !slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, d.UserAgent) }) {
			t.Errorf("user agent %q does not stand in %q", d.UserAgent, d.Record)
		}
		if d.Operation == "" || d.Service == "" || ignored == "" && !Denied(d.ErrorCode) {
			t.Errorf("a denial of %q at %q, code %q", d.Operation, d.Service, d.ErrorCode)
		}
		if again, _, err := Parse(d.Record); err != nil || again.OccurrenceID() != d.OccurrenceID() || again.Message != d.Message || again.Bucket != d.Bucket || again.Key != d.Key {
			t.Errorf("read again, the record is another: %v\n%q", err, d.Record)
		}
	})
}

// textsOf returns every string in a document.
func textsOf(doc []byte) (texts []string) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	for {
		token, err := d.Token()
		if err != nil {
			return texts
		}
		if text, ok := token.(string); ok {
			texts = append(texts, text)
		}
	}
}
