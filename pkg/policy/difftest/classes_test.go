package difftest

import (
	"encoding/base64"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"why403/pkg/policy"
	"why403/pkg/policy/difftest/iamsim"
)

// comparison is a condition of a question next to what the request has.
type comparison struct {
	operator string // in lower case, without what stands before and behind it
	negated  bool
	set      bool // ForAllValues or ForAnyValue
	all      bool // ForAllValues
	wanted   []string
	version  string
	got      []string
	several  bool // the key is a multivalued one
}

// comparisons returns all conditions of the question.
func (q *question) comparisons() []comparison {
	var out []comparison
	for _, d := range q.documents() {
		for _, s := range d.Statement {
			for _, op := range slices.Sorted(maps.Keys(s.Condition)) {
				for _, key := range slices.Sorted(maps.Keys(s.Condition[op])) {
					c := comparison{operator: strings.ToLower(op), wanted: s.Condition[op][key].Texts(), version: d.Version}
					if set, rest, ok := strings.Cut(c.operator, ":"); ok {
						c.operator, c.set, c.all = rest, true, set == "forallvalues"
					}
					c.operator = strings.TrimSuffix(c.operator, "ifexists")
					c.negated = strings.Contains(c.operator, "not")
					got, has := q.get(key)
					c.got, c.several = got.Texts(), has && !got.Bare
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// compares returns a class of questions with a condition.
func compares(is func(c comparison) bool) func(*question) bool {
	return func(q *question) bool { return slices.ContainsFunc(q.comparisons(), is) }
}

// patterns returns all texts of the question in which variables may stand, with the
// version of the document.
func (q *question) patterns() (out []pattern) {
	for _, d := range q.documents() {
		for _, s := range d.Statement {
			for _, text := range slices.Concat(s.Resource.Texts(), s.NotResource.Texts()) {
				out = append(out, pattern{text: text, version: d.Version, resource: true, not: !s.NotResource.IsZero()})
			}
		}
	}
	for _, c := range q.comparisons() {
		for _, text := range c.wanted {
			out = append(out, pattern{text: text, version: c.version, comparison: c})
		}
	}
	return out
}

type pattern struct {
	text, version string
	resource, not bool // it is one of Resource or NotResource; of NotResource
	comparison    comparison
}

// variables returns the variables of the pattern: the key, and the default as it is
// written, with the comma.
func (p pattern) variables() [][2]string {
	var out [][2]string
	for rest := p.text; ; {
		_, after, ok := strings.Cut(rest, "${")
		name, behind, closed := strings.Cut(after, "}")
		if !ok || !closed {
			return out
		}
		key, _, _ := strings.Cut(name, ",")
		if !slices.Contains([]string{"*", "?", "$"}, key) {
			out = append(out, [2]string{key, name[len(key):]})
		}
		rest = behind
	}
}

// substitutes returns a class of questions with a variable. value is what the
// request has for it; none is no value.
func substitutes(is func(p pattern, key, fallback string, values []string, has bool) bool) func(*question) bool {
	return func(q *question) bool {
		for _, p := range q.patterns() {
			for _, v := range p.variables() {
				got, has := q.get(v[0])
				if is(p, v[0], v[1], got.Texts(), has) {
					return true
				}
			}
		}
		return false
	}
}

// classes returns the known differences. The first that fits is the one that is
// reported.
func classes() []iamsim.Class[*question] {
	return []iamsim.Class[*question]{
		{Name: "Several values without a set operator", Is: compares(func(c comparison) bool {
			return c.several && !c.set && c.operator != "null"
		})},
		{Name: "Null and the empty string", Is: compares(func(c comparison) bool {
			return c.operator == "null" && slices.Equal(c.got, []string{""})
		})},
		{Name: "Null and the empty set", Is: compares(func(c comparison) bool {
			return c.operator == "null" && c.several && len(c.got) == 0
		})},
		{Name: "ForAllValues and the empty string", Is: compares(func(c comparison) bool {
			return c.all && slices.Contains(c.got, "")
		})},
		{Name: "A value that is no ARN", Is: compares(func(c comparison) bool {
			return strings.HasPrefix(c.operator, "arn") && slices.ContainsFunc(c.got, func(s string) bool { return !takes(c.operator, s) })
		})},
		{Name: "A value that is not of the operator's type", Is: compares(func(c comparison) bool {
			return slices.ContainsFunc(c.got, func(s string) bool { return !takes(c.operator, s) })
		})},
		{Name: "An ARN pattern that is no ARN", Is: compares(func(c comparison) bool {
			return strings.HasPrefix(c.operator, "arn") && slices.ContainsFunc(c.wanted, func(s string) bool {
				colons := strings.Count(s, ":")
				for _, v := range (pattern{text: s}).variables() {
					colons -= strings.Count(v[0]+v[1], ":")
				}
				return !strings.HasPrefix(s, "arn:") || colons < 5
			})
		})},
		{Name: "Seconds since the epoch", Is: compares(func(c comparison) bool {
			return strings.HasPrefix(c.operator, "date") && slices.ContainsFunc(slices.Concat(c.got, c.wanted), isNumber)
		})},
		{Name: "The range of all IPv4 addresses", Is: compares(func(c comparison) bool {
			return strings.Contains(c.operator, "ipaddress") && slices.Contains(c.wanted, "0.0.0.0/0")
		})},
		{Name: "An address and a caller of the other version of IP", Is: compares(func(c comparison) bool {
			return strings.Contains(c.operator, "ipaddress") && anyPair(c, func(wanted, got string) bool {
				return !strings.Contains(wanted, "/") && strings.Contains(wanted, ":") != strings.Contains(got, ":")
			})
		})},
		{Name: "An IPv6 address without a prefix length", Is: compares(func(c comparison) bool {
			return strings.Contains(c.operator, "ipaddress") && anyPair(c, func(wanted, got string) bool {
				return !strings.Contains(wanted, "/") && strings.Contains(wanted, ":") && strings.Contains(got, ":")
			})
		})},
		{Name: "NotResource and a short ARN", Is: func(q *question) bool {
			return slices.ContainsFunc(q.patterns(), func(p pattern) bool { return p.not && p.text != "*" && strings.Count(p.text, ":") < 5 })
		}},
		{Name: "Variables before 2012-10-17", Is: func(q *question) bool {
			return slices.ContainsFunc(q.patterns(), func(p pattern) bool { return p.version != "2012-10-17" && strings.Contains(p.text, "${") })
		}},
		{Name: "A variable with a space in its name", Is: substitutes(func(_ pattern, key, _ string, _ []string, _ bool) bool {
			return strings.Contains(key, " ")
		})},
		{Name: "A variable with the empty string", Is: substitutes(func(_ pattern, _, _ string, values []string, has bool) bool {
			return has && slices.Contains(values, "")
		})},
		{Name: "A variable with a wildcard in its value", Is: substitutes(func(_ pattern, _, _ string, values []string, _ bool) bool {
			return slices.ContainsFunc(values, func(s string) bool { return strings.ContainsAny(s, "*?") })
		})},
		{Name: "An empty default of a variable", Is: substitutes(func(_ pattern, _, fallback string, _ []string, has bool) bool {
			return !has && fallback == ", ''"
		})},
		{Name: "A default without a space", Is: substitutes(func(_ pattern, _, fallback string, _ []string, _ bool) bool {
			return strings.HasPrefix(fallback, ",'")
		})},
		{Name: "NotResource and a variable without a value", Is: substitutes(func(p pattern, _, fallback string, _ []string, has bool) bool {
			return p.not && !has && fallback == ""
		})},
		{Name: "Negation and a variable without a value", Is: substitutes(func(p pattern, _, fallback string, _ []string, has bool) bool {
			return p.comparison.negated && !has && fallback == ""
		})},
		{Name: "A variable for several segments of an ARN", Is: substitutes(func(p pattern, _, fallback string, values []string, _ bool) bool {
			return strings.HasPrefix(p.comparison.operator, "arn") && slices.ContainsFunc(append(values, fallback), func(s string) bool { return strings.Contains(s, ":") })
		})},
		{Name: "A variable in front of the fifth colon", Is: substitutes(func(p pattern, _, _ string, _ []string, _ bool) bool {
			before, _, _ := strings.Cut(p.text, "${")
			return strings.HasPrefix(p.comparison.operator, "arn") && strings.Count(before, ":") < 5
		})},
		{Name: "Lines", Is: compares(func(c comparison) bool {
			return strings.Contains(c.operator, "like") && slices.ContainsFunc(c.got, func(s string) bool { return strings.Contains(s, "\n") })
		})},
		{Name: "Characters of two units in UTF-16", Is: compares(func(c comparison) bool {
			return strings.Contains(c.operator, "like") &&
				slices.ContainsFunc(c.wanted, func(s string) bool { return strings.Contains(s, "?") }) &&
				slices.ContainsFunc(c.got, func(s string) bool { return strings.ContainsFunc(s, func(r rune) bool { return r > 0xffff }) })
		})},
		{Name: "A wildcard that ends a segment of an ARN condition", Is: compares(func(c comparison) bool {
			return strings.HasPrefix(c.operator, "arn") && slices.ContainsFunc(c.wanted, func(s string) bool { return strings.Contains(s, "*:") })
		})},
		{Name: "Wildcards and variables in the type of a resource", Is: func(q *question) bool {
			return slices.ContainsFunc(q.patterns(), func(p pattern) bool { return p.resource && special(p.text) })
		}},
		{Name: "NotPrincipal", Is: func(q *question) bool {
			return q.ResourcePolicy != nil && slices.ContainsFunc(q.ResourcePolicy.Statement, func(s iamsim.Statement) bool { return s.NotPrincipal != nil })
		}},
		{Name: "Every AWS principal and a service", Is: func(q *question) bool {
			return q.ResourcePolicy != nil && callerOf(q.Principal).Type == policy.CallerService && slices.ContainsFunc(q.ResourcePolicy.Statement, func(s iamsim.Statement) bool {
				return slices.Contains(s.Principal["AWS"].Texts(), "*")
			})
		}},
	}
}

// special reports whether the first word of an ARN's last segment, which is the type
// of the resource if the segment has several, holds a wildcard or a variable.
func special(arn string) bool {
	f := strings.SplitN(arn, ":", 6)
	if len(f) < 6 || f[2] == "s3" && f[3]+f[4] == "" {
		return false
	}
	word := f[5]
	for i := 0; i < len(word); i++ {
		switch {
		case strings.ContainsRune("*?$", rune(word[i])):
			return true
		case word[i] == '/' || word[i] == ':':
			return false
		}
	}
	return false
}

// takes reports whether a value is of the operator's type.
func takes(operator, s string) bool {
	switch {
	case strings.HasPrefix(operator, "numeric"):
		return isNumber(s)
	case strings.HasPrefix(operator, "date"):
		return isNumber(s) || len(s) >= 10 && s[4] == '-' && s[7] == '-'
	case operator == "bool":
		return strings.EqualFold(s, "true") || strings.EqualFold(s, "false")
	case operator == "binaryequals":
		b, err := base64.StdEncoding.DecodeString(s)
		return err == nil && len(b) > 0
	case strings.Contains(operator, "ipaddress"):
		_, err := netip.ParseAddr(s)
		return err == nil
	case strings.HasPrefix(operator, "arn"):
		return strings.HasPrefix(s, "arn:") && strings.Count(s, ":") >= 5
	default:
		return true
	}
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

// anyPair reports whether a value of the condition and one of the request are so.
func anyPair(c comparison, so func(wanted, got string) bool) bool {
	return slices.ContainsFunc(c.wanted, func(wanted string) bool {
		return slices.ContainsFunc(c.got, func(got string) bool { return so(wanted, got) })
	})
}
