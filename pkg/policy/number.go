package policy

import (
	"cmp"
	"strings"
)

// numbers is the values of the Numeric operators.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Numeric
type numbers struct {
	relation relation
	wanted   []decimal
}

func newNumbers(values []string, r relation) (m *numbers, problem string) {
	m = &numbers{relation: r, wanted: make([]decimal, len(values))}
	for i, v := range values {
		var ok bool
		if m.wanted[i], ok = parseDecimal(v); !ok {
			problem = quoted(v) + " is no number"
		}
	}
	return m, problem
}

func (m *numbers) match(_ *Context, value string) Truth {
	got, ok := parseDecimal(value)
	if !ok {
		return Unknown
	}
	for _, want := range m.wanted {
		if m.relation.holds(got.compare(want)) {
			return Yes
		}
	}
	return No
}

func (m *numbers) takes(value string) bool {
	_, ok := parseDecimal(value)
	return ok
}

// decimal is a number as it is written, without the zeros that say nothing. It is
// exact: two that differ never compare as equal.
type decimal struct {
	negative        bool
	whole, fraction string
}

// parseDecimal reads "an integer or decimal value". What else IAM may take for a
// number, like 1e3, +5 or .5, is not documented, and is none here.
func parseDecimal(s string) (d decimal, ok bool) {
	s, d.negative = strings.CutPrefix(s, "-")
	point := false
	d.whole, d.fraction, point = strings.Cut(s, ".")
	if !digits(d.whole) || point && !digits(d.fraction) {
		return decimal{}, false
	}
	d.whole = strings.TrimLeft(d.whole, "0")
	d.fraction = strings.TrimRight(d.fraction, "0")
	if d.whole == "" && d.fraction == "" {
		d.negative = false
	}
	return d, true
}

// digits reports whether s is one digit or more, and nothing else.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// compare returns a number below 0, 0, or above 0.
func (d decimal) compare(e decimal) int {
	switch {
	case d.negative && !e.negative:
		return -1
	case !d.negative && e.negative:
		return 1
	}
	order := cmp.Or(
		cmp.Compare(len(d.whole), len(e.whole)),
		strings.Compare(d.whole, e.whole),
		strings.Compare(d.fraction, e.fraction),
	)
	if d.negative {
		return -order
	}
	return order
}
