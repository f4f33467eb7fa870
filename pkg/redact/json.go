package redact

import (
	"encoding/json"
	"errors"
	"strings"
)

// maxDepth is how deep a document may be nested: encoding/json allows as much.
const maxDepth = 10000

// rule says how the strings at one place of a document are replaced, and those below
// it. A list has the rule of its elements. The zero rule replaces nothing.
type rule struct {
	text func(x *text, s string) string // of a string here
	key  func(x *text, s string) string // of the name of a field; nil: it stays
	// field returns the rule of a field, by its original name; nil: this rule itself.
	field func(name string) *rule
}

// rewriter copies a JSON document byte for byte, but for its strings: the order of
// fields, even those that are there twice, and numbers stay as they are written.
type rewriter struct {
	in    []byte
	at    int
	depth int
	out   strings.Builder
	text  *text
}

func rewrite(doc []byte, r *rule, x *text) ([]byte, error) {
	if !json.Valid(doc) {
		return nil, errors.New("not a JSON document")
	}
	w := &rewriter{in: doc, text: x}
	w.value(r)
	if w.depth > maxDepth {
		return nil, errors.New("too deeply nested")
	}
	w.out.Write(doc[w.at:])
	return []byte(w.out.String()), nil
}

func (w *rewriter) value(r *rule) {
	w.depth++
	defer func() { w.depth-- }()
	w.until(`"{[]}tfn-0123456789`)
	switch w.in[w.at] {
	case '"':
		w.string(r.text)
	case '{':
		w.object(r)
	case '[':
		w.one()
		for w.more(']') {
			w.value(r)
		}
		w.one()
	default:
		w.until(",]} \t\r\n")
	}
}

func (w *rewriter) object(r *rule) {
	w.one()
	for w.more('}') {
		w.until(`"`)
		name := w.string(r.key)
		w.until(":")
		w.one()
		next := r
		if r.field != nil {
			if f := r.field(name); f != nil {
				next = f
			}
		}
		w.value(next)
	}
	w.one()
}

// more copies what stands before the next element, and reports whether there is one.
func (w *rewriter) more(end byte) bool {
	for ; w.in[w.at] != end; w.one() {
		if strings.IndexByte(", \t\r\n", w.in[w.at]) < 0 {
			return true
		}
	}
	return false
}

// until copies up to one of these bytes, or the end.
func (w *rewriter) until(any string) {
	for w.at < len(w.in) && strings.IndexByte(any, w.in[w.at]) < 0 {
		w.one()
	}
}

func (w *rewriter) one() {
	w.out.WriteByte(w.in[w.at])
	w.at++
}

// string replaces one string and returns what it was.
func (w *rewriter) string(f func(*text, string) string) string {
	from := w.at
	for w.at++; w.in[w.at] != '"'; w.at++ {
		if w.in[w.at] == '\\' {
			w.at++
		}
	}
	w.at++
	raw := w.in[from:w.at]
	var s string
	if json.Unmarshal(raw, &s) != nil {
		w.out.Write(raw)
		return ""
	}
	if f != nil {
		if t := f(w.text, s); t != s {
			w.out.Write(quote(t))
			return s
		}
	}
	w.out.Write(raw)
	return s
}

// quote writes a string as JSON, with < > & as they are.
func quote(s string) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil { // no string fails
		return []byte(`""`)
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}
