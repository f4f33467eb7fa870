package policy

import (
	"fmt"
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

// expansion is a pattern with the values of its variables put in.
type expansion struct {
	// text may hold wildcards: those of the pattern, and anyRun for each variable
	// whose value is not known.
	text []byte
	// null says that a variable has no value, so that the pattern matches nothing.
	null bool
	// split says that a value would end the segment of an ARN that it stands in.
	// Whether values are put in before the ARN is taken apart is not said.
	split bool
	// doubtful says that a match is not certain; doubt says why, if it is not for a
	// key that is not known.
	doubtful bool
	doubt    string
	// starred says that a value has a * or ?. Nothing says whether they count as
	// wildcards.
	starred bool
}

// expand puts the values of variables in. buf is used for the text while it lasts.
func (p *pattern) expand(ctx *Context, buf []byte, wild bool) expansion {
	e := expansion{text: buf[:0]}
	e.text = append(e.text, p.text...)
	for i := range p.parts {
		v := &p.parts[i]
		value := ctx.lookup(v.folded)
		text := ""
		switch {
		case v.unclear != "":
			e = e.unknown(v.unclear)
		case value.State == NotKnown:
			e = e.unknown("")
		case len(value.Values) > 1:
			// "You can't use a multivalued condition key as a variable"
			e = e.unknown("what a variable of several values is worth is not documented")
		case value.missing() && v.hasElse:
			text = v.fallback
			e.text = append(e.text, text...)
		case value.missing():
			e.null = true
			return e
		default:
			text = value.Values[0]
			e = e.with(text, v.hasElse, wild)
		}
		if v.within && strings.Contains(text, ":") {
			e.split = true
			e.doubt = "whether a value with colons takes several segments of an ARN is not documented"
		}
		e.text = append(e.text, v.text...)
	}
	return e
}

// unknown puts in what is not known. Like with, it works on a copy, so that the buffer
// stays on the stack.
func (e expansion) unknown(doubt string) expansion {
	e.text = append(e.text, anyRun)
	e.doubtful = true
	if e.doubt == "" {
		e.doubt = doubt
	}
	return e
}

// with puts a value in.
func (e expansion) with(value string, hasElse, wild bool) expansion {
	switch {
	case value == "":
		e = e.unknown("whether the empty string is no value is not documented")
		if !hasElse {
			e.text = e.text[:len(e.text)-1]
		}
	case !utf8.ValidString(value):
		e = e.unknown("the value of a variable is not UTF-8")
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
	case e.null:
		return No
	case e.split:
		return Unknown
	}
	t := Of(glob(e.text, s))
	if e.doubtful {
		t = t.doubt()
	}
	if e.starred && p.wild && t == No {
		e = p.expand(ctx, scratch[:0], true)
		t = Of(glob(e.text, s)).doubt()
	}
	return t
}
