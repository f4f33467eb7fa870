package alert

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// errTooWide is a statement that no remedy may propose.
var errTooWide = errors.New("it would grant to everybody or grant everything")

// pretty sets a policy document or a part of one in indented lines, its elements
// in the order in which people write them. It is ASCII: what a reader could not
// see, and what a mail program would make a link, is escaped in the way of JSON,
// so that the pasted text still means the same.
func pretty(doc json.RawMessage, by int) ([]string, error) {
	if len(doc) == 0 || bytes.Equal(doc, []byte("null")) {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, errors.New("it is not JSON")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it is not JSON")
	}
	if tooWide(v) {
		return nil, errTooWide
	}
	p := printer{by: by}
	p.value("", v, "")
	return p.lines, nil
}

// printer writes JSON values as lines.
type printer struct {
	by    int // columns at the left
	lines []string
}

// value writes v after prefix, which is a name or nothing, and before suffix. What
// fits on a line stands on one, but for the outermost.
func (p *printer) value(prefix string, v any, suffix string) {
	line := indent(p.by) + prefix + inline(v) + suffix
	object, isObject := v.(map[string]any)
	array, isArray := v.([]any)
	empty := len(object)+len(array) == 0
	if empty || len(p.lines) > 0 && len(line) <= width {
		p.lines = append(p.lines, line)
		return
	}
	open, shut := "{", "}"
	if isArray {
		open, shut = "[", "]"
	}
	p.lines = append(p.lines, indent(p.by)+prefix+open)
	p.by += 2
	if isObject {
		names := elements(object)
		for i, n := range names {
			p.value(quote(n)+": ", object[n], comma(i, len(names)))
		}
	}
	for i, e := range array {
		p.value("", e, comma(i, len(array)))
	}
	p.by -= 2
	p.lines = append(p.lines, indent(p.by)+shut+suffix)
}

func comma(i, of int) string {
	if i < of-1 {
		return ","
	}
	return ""
}

// inline is a value on one line.
func inline(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var all []string
		for _, n := range elements(v) {
			all = append(all, quote(n)+": "+inline(v[n]))
		}
		return "{" + strings.Join(all, ", ") + "}"
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, inline(e))
		}
		return "[" + strings.Join(all, ", ") + "]"
	case string:
		return quote(v)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return "null"
}

// elements returns the names of an object: those of a policy in their usual order,
// then the others by name.
func elements(object map[string]any) []string {
	usual := []string{
		"Version", "Id", "Statement", "Sid", "Effect", "Principal", "NotPrincipal",
		"Action", "NotAction", "Resource", "NotResource", "Condition",
	}
	rank := func(name string) int {
		if i := slices.Index(usual, name); i >= 0 {
			return i
		}
		return len(usual)
	}
	names := make([]string, 0, len(object))
	for n := range object {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return names
}

// quote writes a JSON string in ASCII.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"':
			b.WriteString(`\"`)
		case r == '\\':
			escaped(&b, r)
		default:
			plain(&b, s, i, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// escape writes a line of JSON in ASCII. A backslash that escapes nothing, in what is no
// JSON after all, is escaped itself.
func escape(s string) string {
	var b strings.Builder
	skip := false
	for i, r := range s {
		switch {
		case skip:
			skip = false
		case r != '\\':
			plain(&b, s, i, r)
		case i+1 < len(s) && strings.IndexByte(`"/bfnrtu`, s[i+1]) >= 0:
			b.WriteRune(r)
		default:
			escaped(&b, r)
			skip = i+1 < len(s) && s[i+1] == '\\'
		}
	}
	return b.String()
}

// plain writes a character of a JSON string, escaped where a reader could not see it or
// a mail program would take it for a part of a link.
func plain(b *strings.Builder, s string, i int, r rune) {
	if r < ' ' || r > '~' || linking(s, i) {
		escaped(b, r)
	} else {
		b.WriteRune(r)
	}
}

func escaped(b *strings.Builder, r rune) {
	for _, u := range utf16.Encode([]rune{r}) {
		b.WriteString(`\u`)
		b.WriteString(strconv.FormatUint(0x10000|uint64(u), 16)[1:])
	}
}

// linking reports whether mail programs take the character at i for a part of a
// link.
func linking(s string, i int) bool {
	switch s[i] {
	case ':':
		return strings.HasPrefix(s[i+1:], "//") || endsFold(s[:i], "mailto")
	case '.':
		return endsFold(s[:i], "www")
	}
	return false
}

func endsFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// tooWide reports whether something in a document allows everybody, or allows all
// actions. Nothing proposes that today; a mail is the last place to see to it.
func tooWide(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, tooWide)
	case map[string]any:
		_, allBut := v["NotPrincipal"]
		if v["Effect"] == "Allow" && (allBut || everybody(v["Principal"]) || everything(v["Action"])) {
			return true
		}
		for _, e := range v {
			if tooWide(e) {
				return true
			}
		}
	}
	return false
}

func everybody(principal any) bool {
	switch p := principal.(type) {
	case string:
		return p == "*"
	case []any:
		return slices.ContainsFunc(p, everybody)
	case map[string]any:
		return everybody(p["AWS"])
	}
	return false
}

func everything(action any) bool {
	switch a := action.(type) {
	case string:
		return a == "*" || strings.HasSuffix(a, ":*")
	case []any:
		return slices.ContainsFunc(a, everything)
	}
	return false
}
