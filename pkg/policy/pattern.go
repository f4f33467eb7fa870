package policy

import (
	"strings"
	"unicode/utf8"
)

// A compiled pattern has one byte for each wildcard, which no valid text has: a
// literal asterisk, written ${*} or put in for a variable, cannot be taken for one.
const (
	anyRun = '\xff' // any characters
	anyOne = '\xfe' // any character
	segRun = '\xfd' // any characters but colons
	segOne = '\xfc' // any character but a colon
)

// wildcards is what * and ? stand for in a pattern.
type wildcards uint8

const (
	wildNone wildcards = iota // themselves
	wildText                  // any characters
	// In ARNs they stay within their segment, but a * that ends a segment goes on
	// across colons; the sixth segment is the rest, colons included.
	wildAcross
	// The same of a Resource element, where fewer segments than six are completed
	// with wildcards, and variables stand in the sixth only.
	wildResource
	// Where each segment is checked for itself, a * that ends one stays in it, too.
	wildSegments
)

// pattern is a text with wildcards and variables, compiled.
type pattern struct {
	source string
	text   string // up to the first variable; the whole pattern if there is none
	shape  shape
	// parts are what follows: a variable and the text behind it, by turns.
	parts []part
	// unclear says what is not understood of the source: it never matches for sure.
	unclear string
	wild    bool // * and ? are wildcards
	// perhaps is another reading of the source: its matches are not certain.
	perhaps *pattern
}

// shape is how a pattern without variables is compared.
type shape uint8

const (
	shapeExact      shape = iota
	shapePrefix           // text is what comes before the * at the end
	shapeEverything       // *
	shapeGlob
	shapeVariable
)

// compile compiles the source. It returns what is wrong with it.
func (p *pattern) compile(wild wildcards, vars variables) (problem string) {
	s := p.source
	p.text, p.shape, p.wild = s, shapeExact, wild != wildNone
	special := strings.IndexAny(s, "*?$")
	switch {
	case special < 0:
		return ""
	case special == len(s)-1 && s[special] == '*' && p.wild && wild != wildSegments:
		p.text, p.shape = s[:special], shapePrefix
		if special == 0 {
			p.shape = shapeEverything
		}
		return ""
	}
	c := patternCompiler{pattern: p, wild: wild, vars: vars}
	return c.compile(s)
}

type patternCompiler struct {
	pattern *pattern
	wild    wildcards
	vars    variables
	segment int
	text    []byte
}

func (c *patternCompiler) compile(s string) (problem string) {
	c.text = make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		switch b := s[i]; {
		case b == '*' && c.wild != wildNone:
			c.wildcard(c.run(s[i+1:]))
		case b == '?' && c.wild != wildNone:
			one := byte(anyOne)
			if c.inSegment() {
				one = segOne
			}
			c.wildcard(one)
		case b == '$' && c.vars != varsNone && strings.HasPrefix(s[i:], "${"):
			v, size := parseVariable(s[i:])
			if v.unclear != "" {
				problem = v.unclear
			}
			if v.literal != 0 {
				c.text = append(c.text, v.literal)
			} else {
				switch {
				case v.unclear != "":
				case c.vars == varsUnclear:
					v.unclear = "whether this version of the language has variables is not known"
				case c.wild == wildResource && c.segment < 5:
					v.unclear = "a variable cannot stand in front of the fifth colon"
				}
				v.within = c.inSegment()
				c.flush()
				c.pattern.parts = append(c.pattern.parts, v)
				c.pattern.shape = shapeVariable
			}
			i += size
			continue
		default:
			if b == ':' {
				c.segment++
			}
			c.text = append(c.text, b)
		}
		i++
	}
	if c.wild == wildResource && c.segment < 5 && strings.Contains(s, "*:") {
		// Or the * that goes on across colons stands for the missing segments.
		c.pattern.perhaps = &pattern{source: s}
		c.pattern.perhaps.compile(wildAcross, c.vars)
	}
	for ; c.wild == wildResource && c.segment < 5; c.segment++ {
		c.text = append(c.text, ':')
		c.wildcard(anyRun)
	}
	c.flush()
	return problem
}

// inSegment reports whether wildcards stay within their segment here.
func (c *patternCompiler) inSegment() bool { return c.wild > wildText && c.segment < 5 }

// run returns what a * stands for that has rest behind it.
func (c *patternCompiler) run(rest string) byte {
	ends := rest == "" || rest[0] == ':'
	if c.inSegment() && (!ends || c.wild == wildSegments) {
		return segRun
	}
	return anyRun
}

func (c *patternCompiler) wildcard(b byte) {
	if c.pattern.shape == shapeExact {
		c.pattern.shape = shapeGlob
	}
	c.text = append(c.text, b)
}

// flush ends the text before a variable, or the last.
func (c *patternCompiler) flush() {
	if n := len(c.pattern.parts); n > 0 {
		c.pattern.parts[n-1].text = string(c.text)
	} else {
		c.pattern.text = string(c.text)
	}
	c.text = c.text[:0]
}

// match says whether a pattern matches a whole text.
func (p *pattern) match(ctx *Context, s string) Truth {
	var t Truth
	switch p.shape {
	case shapeExact:
		t = Of(p.text == s)
	case shapePrefix:
		t = Of(strings.HasPrefix(s, p.text))
	case shapeEverything:
		t = Yes
	case shapeGlob:
		t = Of(glob(p.text, s))
	default:
		t = p.matchVariables(ctx, s)
	}
	switch {
	case p.unclear != "":
		return t.doubt()
	case t == No && p.perhaps != nil:
		return p.perhaps.match(ctx, s).doubt()
	}
	return t
}

// reject gives up a pattern that is not understood at all: whether it matches is
// unknown, whatever the text. It returns why.
func (p *pattern) reject(why string) string {
	*p = pattern{source: p.source, shape: shapeEverything, unclear: quoted(p.source) + " " + why}
	return p.unclear
}

// doubt says why a match is unknown. It is empty if it is not, or if a variable that
// is not known is the reason.
func (p *pattern) doubt(ctx *Context, match Truth) string {
	if match != Unknown {
		return ""
	}
	for i := range p.parts {
		v := &p.parts[i]
		if what := v.doubt(ctx.lookup(v.folded)); what != "" {
			return what
		}
	}
	return p.unclear
}

// glob matches a compiled text. It goes back to the last run only, and from a run
// within a segment to the last run across segments: what comes before matched as
// early as it can, and the colons fix which segment is which. Its cost is at most
// some times the product of the lengths.
func glob[T string | []byte](p T, s string) bool {
	pi, si := 0, 0
	run, resume := -1, 0     // the last anyRun, and where its characters end
	inRun, inResume := -1, 0 // the last segRun, if it is later
	for si < len(s) {
		if pi < len(p) {
			switch c := p[pi]; {
			case c == anyRun:
				run, resume, inRun = pi, si, -1
				pi++
				continue
			case c == segRun:
				inRun, inResume = pi, si
				pi++
				continue
			case c == anyOne, c == segOne && s[si] != ':':
				si += runeLen(s, si)
				pi++
				continue
			case c == s[si]:
				si++
				pi++
				continue
			}
		}
		switch {
		case inRun >= 0 && s[inResume] != ':':
			inResume += runeLen(s, inResume)
			pi, si = inRun+1, inResume
		case run >= 0:
			inRun = -1
			resume += runeLen(s, resume)
			pi, si = run+1, resume
		default:
			return false
		}
	}
	for pi < len(p) && (p[pi] == anyRun || p[pi] == segRun) {
		pi++
	}
	return pi == len(p)
}

// runeLen returns the length of the character at i: ? stands for one character,
// however many bytes it has.
func runeLen(s string, i int) int {
	if s[i] < utf8.RuneSelf {
		return 1
	}
	_, size := utf8.DecodeRuneInString(s[i:])
	return size
}

// compileAction compiles an action, whose case does not count.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
func (p *pattern) compileAction() (problem string) {
	source := p.source
	p.source = strings.ToLower(source)
	p.compile(wildText, varsNone)
	p.source = source
	if source != "*" && !strings.Contains(source, ":") {
		p.unclear = quoted(source) + " is no action: want service:name"
	}
	return p.unclear
}

// compileResource compiles an ARN of a Resource element. An ARN with fewer than six
// segments is completed with wildcards.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func (p *pattern) compileResource(vars variables) (problem string) {
	if p.source != "*" && !strings.HasPrefix(p.source, "arn:") {
		return p.reject("is no ARN")
	}
	problem = p.compile(wildResource, vars)
	if missing := 5 - strings.Count(p.source, ":"); p.shape == shapeExact && missing > 0 {
		p.text, p.shape = p.source+strings.Repeat(":\xff", missing), shapeGlob
	}
	return problem
}
