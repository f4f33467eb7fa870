package policy

import (
	"bytes"
	"strings"
)

// texts is the values of StringEquals and StringLike.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String
type texts []pattern

func newTexts(values []string, wild wildcards, vars variables) (m texts, problem string) {
	m = make(texts, len(values))
	for i, v := range values {
		m[i].source = v
		if what := m[i].compile(wild, vars); what != "" {
			problem = what
		}
	}
	return m, problem
}

func (m texts) match(ctx *Context, value string) Truth {
	t := No
	for i := range m {
		if t = t.Or(m[i].match(ctx, value)); t == Yes {
			break
		}
	}
	return t
}

// folded is the values of StringEqualsIgnoreCase.
type folded []pattern

func newFolded(values []string, vars variables) (m folded, problem string) {
	texts, problem := newTexts(values, wildNone, vars)
	return folded(texts), problem
}

func (m folded) match(ctx *Context, value string) Truth {
	t := No
	for i := range m {
		t = t.Or(m[i].matchFolded(ctx, value))
	}
	return t
}

// matchFolded matches a pattern without wildcards, ignoring case.
func (p *pattern) matchFolded(ctx *Context, s string) Truth {
	switch {
	case p.unclear != "":
		return Unknown
	case p.shape != shapeVariable:
		return Of(strings.EqualFold(p.text, s))
	}
	e := p.expand(ctx, nil, false)
	if e.most == Yes {
		return Of(bytes.EqualFold(e.text, []byte(s)))
	}
	return Of(glob(lower(e.text), strings.ToLower(s))).And(e.most)
}

// lower returns text in lower case. The bytes of wildcards are no letters, and no
// UTF-8, and stay what they are.
func lower(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i, run := range bytes.Split(text, []byte{anyRun}) {
		if i > 0 {
			out = append(out, anyRun)
		}
		out = append(out, bytes.ToLower(run)...)
	}
	return out
}

// arns is the values of ArnEquals and ArnLike, which "behave identically": "Each of
// the six colon-delimited components of the ARN is checked separately". They "enforce
// a structure on the condition key value"; what comes of a value without it is not
// said.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
type arns []pattern

// newARNs compiles ARNs. For wildcards the page refers to those of Resource, where a
// * that ends a segment goes on across colons. What matches by that reading only is
// not certain.
func newARNs(values []string, vars variables) (m arns, problem string) {
	texts, problem := newTexts(values, wildSegments, vars)
	for i := range texts {
		p := &texts[i]
		switch {
		case !p.isARN():
			problem = p.reject("is no ARN")
		case strings.Contains(p.source, "*:"):
			p.perhaps = &pattern{source: p.source}
			p.perhaps.compile(wildAcross, vars)
		}
	}
	return arns(texts), problem
}

// isARN reports whether a pattern is an ARN as it is written. The colons in the names
// of variables are none of its own.
func (p *pattern) isARN() bool {
	colons := strings.Count(p.text, ":")
	for i := range p.parts {
		colons += strings.Count(p.parts[i].text, ":")
	}
	return strings.HasPrefix(p.text, "arn:") && colons >= 5
}

func (m arns) match(ctx *Context, value string) Truth {
	if !m.takes(value) {
		return Unknown
	}
	return texts(m).match(ctx, value)
}

func (m arns) takes(value string) bool {
	return strings.HasPrefix(value, "arn:") && strings.Count(value, ":") >= 5
}

// booleans is the values of Bool. AWS's own managed policies write "true" and
// "True".
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Boolean
type booleans []pattern

func newBooleans(values []string, vars variables) (m booleans, problem string) {
	texts, problem := newTexts(values, wildNone, vars)
	for i := range texts {
		if _, ok := boolean(texts[i].text); !ok && texts[i].shape != shapeVariable {
			problem = texts[i].reject("is neither true nor false")
		}
	}
	return booleans(texts), problem
}

func (m booleans) match(ctx *Context, value string) Truth {
	if !m.takes(value) {
		return Unknown
	}
	return folded(m).match(ctx, value)
}

func (m booleans) takes(value string) bool {
	_, ok := boolean(value)
	return ok
}

// boolean reads true or false, in any case.
func boolean(s string) (value, ok bool) {
	value = strings.EqualFold(s, "true")
	return value, value || strings.EqualFold(s, "false")
}
