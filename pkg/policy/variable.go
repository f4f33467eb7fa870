package policy

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// variables is what ${…} is in a document.
type variables uint8

const (
	varsNone    variables = iota // text
	varsKnown                    // a variable
	varsUnclear                  // a variable or text: the version is not known
)

// variables says what ${…} is in a document of this version. One without a version
// is of 2008-10-17.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func (p *Policy) variables() variables {
	switch p.version {
	case "", Version2008:
		return varsNone
	case Version2012:
		return varsKnown
	default:
		return varsUnclear
	}
}

// part is a variable and the text behind it.
type part struct {
	key      string // as written
	folded   string
	fallback string
	hasElse  bool
	literal  byte   // of ${*}, ${?} and ${$}
	unclear  string // why it is not known what it stands for
	within   bool   // it stands in a segment of an ARN that ends at a colon
	text     string
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

// parseVariable reads the variable that s begins with: ${key}, ${key, 'default'},
// or one of the literals. It returns its length, too.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
func parseVariable(s string) (v part, size int) {
	name := s[2:]
	end := strings.IndexAny(name, ",}")
	if end < 0 {
		return part{unclear: quoted(s) + " lacks the closing brace"}, len(s)
	}
	v.key, size = name[:end], 2+end+1
	v.folded = strings.ToLower(v.key)
	if v.key == "*" || v.key == "?" || v.key == "$" {
		v.literal = v.key[0]
	}
	if name[end] == ',' {
		// "separate the variable text and the default value with a comma and space"
		spaced := strings.HasPrefix(s[size:], " '")
		quotedElse := strings.TrimLeft(s[size:], " ")
		size = len(s) - len(quotedElse)
		if end = strings.Index(quotedElse, "'}"); !strings.HasPrefix(quotedElse, "'") || end < 1 {
			if end = strings.IndexByte(quotedElse, '}'); end < 0 {
				end = len(quotedElse) - 1
			}
			return part{key: v.key, folded: v.folded, unclear: quoted(s) + " lacks a quotation mark of the default"}, size + end + 1
		}
		size += end + 2
		if !spaced {
			return part{key: v.key, folded: v.folded, unclear: quoted(s[:size]) + " wants a comma and one space in front of the default"}, size
		}
		v.hasElse, v.fallback = true, quotedElse[1:end]
	}
	if v.key == "" || strings.Contains(v.key, " ") {
		v.unclear = quoted(s[:size]) + " is no variable"
	}
	return v, size
}

// doubt says why it is not certain what a variable stands for, given the value of its
// key. It is empty if that is certain, or if the key is not known.
func (v *part) doubt(value Value) string {
	one := len(value.Values) == 1
	switch {
	case v.unclear != "":
		return v.unclear
	case len(value.Values) > 1:
		return "what a variable of several values is worth is not documented"
	case one && value.Values[0] == "":
		return "whether the empty string is no value is not documented"
	case one && !utf8.ValidString(value.Values[0]):
		return "the value of a variable is not UTF-8"
	case v.within && v.splits(value):
		return "whether a value with colons takes several segments of an ARN is not documented"
	}
	return ""
}

// splits reports whether a value, or the default, would end a segment of an ARN.
func (v *part) splits(value Value) bool {
	if len(value.Values) == 0 {
		return strings.Contains(v.fallback, ":")
	}
	return slices.ContainsFunc(value.Values, func(s string) bool { return strings.Contains(s, ":") })
}

// expansion is a pattern with the values of its variables put in. It has four fields,
// with which the compiler keeps it in registers.
type expansion struct {
	// text may hold wildcards: those of the pattern, and anyRun for each variable
	// whose value is not known.
	text []byte
	// most is what a match amounts to: No if a variable has no value, so that the
	// pattern matches nothing, Unknown if a value is not certain.
	most Truth
	// split says that a value splits a segment of an ARN. Whether values are put in
	// before the ARN is taken apart is not said.
	split bool
	// starred says that a value has a * or ?. Nothing says whether they count as
	// wildcards.
	starred bool
}

// expand puts the values of variables in. buf is used for the text while it lasts.
func (p *pattern) expand(ctx *Context, buf []byte, wild bool) expansion {
	e := expansion{text: buf[:0], most: Yes}
	e.text = append(e.text, p.text...)
	for i := range p.parts {
		v := &p.parts[i]
		value := ctx.lookup(v.folded)
		switch {
		case v.unclear != "", value.State == NotKnown, len(value.Values) > 1:
			// "You can't use a multivalued condition key as a variable": what it is
			// worth is not said.
			e.text = append(e.text, anyRun)
			e.most = Unknown
		case value.missing() && v.hasElse:
			e.text = append(e.text, v.fallback...)
		case value.missing():
			e.most = No
			return e
		default:
			e = e.with(value.Values[0], v.hasElse, wild)
		}
		if v.within && v.splits(value) {
			e.split = true
		}
		e.text = append(e.text, v.text...)
	}
	return e
}

// with puts a value in. It works on a copy, so that the buffer stays on the stack.
func (e expansion) with(value string, hasElse, wild bool) expansion {
	switch {
	case value == "":
		// Whether the empty string is "no value" is not said.
		e.most = Unknown
		if hasElse {
			e.text = append(e.text, anyRun)
		}
	case !utf8.ValidString(value):
		e.most = Unknown
		e.text = append(e.text, anyRun)
	case strings.ContainsAny(value, "*?"):
		e.starred = true
		for _, c := range []byte(value) {
			switch {
			case wild && c == '*':
				c = anyRun
			case wild && c == '?':
				c = anyOne
			}
			e.text = append(e.text, c)
		}
	default:
		e.text = append(e.text, value...)
	}
	return e
}

// valued says whether every variable has a value. It is No, too, for a value of which
// it is not said whether it is one.
func (p *pattern) valued(ctx *Context) Truth {
	t := Yes
	for i := range p.parts {
		v := &p.parts[i]
		if v.hasElse {
			continue
		}
		switch value := ctx.lookup(v.folded); {
		case value.State == NotKnown:
			t = Unknown
		case len(value.Values) != 1 || value.Values[0] == "":
			return No
		}
	}
	return t
}

// matchVariables matches a pattern that has variables.
func (p *pattern) matchVariables(ctx *Context, s string) Truth {
	var scratch [256]byte
	e := p.expand(ctx, scratch[:0], false)
	switch {
	case e.most == No:
		return No
	case e.split:
		return Unknown
	}
	t := Of(glob(e.text, s)).And(e.most)
	if e.starred && p.wild && t == No {
		e = p.expand(ctx, scratch[:0], true)
		t = Of(glob(e.text, s)).doubt()
	}
	return t
}
