package policy

import (
	"fmt"
	"strings"
)

// scalar reads a text, a number or a boolean: "Quotation marks are optional for
// numeric and Boolean values."
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func (r *reader) scalar() string {
	switch c := r.peek(); {
	case c == '"':
		return r.text()
	case c == 't':
		return r.literal("true")
	case c == 'f':
		return r.literal("false")
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	default:
		r.fail("want a text, a number or a boolean, found %s", r.what())
		return ""
	}
}

func (r *reader) literal(s string) string {
	if !strings.HasPrefix(r.doc[r.at:], s) {
		r.fail("not JSON: found %s", r.what())
		return ""
	}
	r.at += len(s)
	return s
}

func (r *reader) number() string {
	begin := r.at
	digits := func() bool {
		from := r.at
		for r.at < len(r.doc) && r.doc[r.at] >= '0' && r.doc[r.at] <= '9' {
			r.at++
		}
		return r.at > from
	}
	on := func(set string) bool {
		if r.at < len(r.doc) && strings.IndexByte(set, r.doc[r.at]) >= 0 {
			r.at++
			return true
		}
		return false
	}
	on("-")
	ok := on("0") || digits()
	if ok && on(".") {
		ok = digits()
	}
	if ok && on("eE") {
		on("+-")
		ok = digits()
	}
	if !ok {
		r.at = begin
		r.fail("not JSON: not a number")
		return ""
	}
	return r.doc[begin:r.at]
}

// list reads one value or a list of them.
func (r *reader) list() []string {
	if r.peek() != '[' {
		return []string{r.scalar()}
	}
	out := make([]string, 0, 2)
	for r.enter('['); r.more(']'); {
		out = append(out, r.scalar())
		if r.err != nil {
			within(fmt.Sprintf("[%d]", len(out)-1), r.err)
		}
	}
	return out
}

// skip reads any value and returns its text.
func (r *reader) skip() string {
	c := r.peek()
	begin := r.at
	switch c {
	case '{':
		for r.enter('{'); r.more('}'); {
			r.name()
			r.skip()
		}
	case '[':
		for r.enter('['); r.more(']'); {
			r.skip()
		}
	case 'n':
		r.literal("null")
	default:
		r.scalar()
	}
	if r.err != nil {
		return ""
	}
	return r.doc[begin:r.at]
}

// end wants that nothing follows.
func (r *reader) end() {
	if r.err == nil && r.peek() != 0 || r.err == nil && r.at < len(r.doc) {
		r.fail("not JSON: found %s behind the document", r.what())
	}
}

// what names the value that comes next.
func (r *reader) what() string {
	if r.at >= len(r.doc) {
		return "the end"
	}
	return kindOf(r.doc[r.at])
}

func kindOf(c byte) string {
	switch {
	case c == '{':
		return "an object"
	case c == '[':
		return "a list"
	case c == '"':
		return "a text"
	case c == 'n':
		return "null"
	case c == 't' || c == 'f':
		return "a boolean"
	case c == '-' || c >= '0' && c <= '9':
		return "a number"
	default:
		return fmt.Sprintf("%q", c)
	}
}
