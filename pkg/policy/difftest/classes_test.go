package difftest

import (
	"encoding/base64"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"why403/pkg/policy"
)

// class is a known difference between the engines.
type class struct {
	name string // the heading in known-differences.md
	// is says whether a smallest question on which the engines differ is one of it.
	is func(q *question) bool
}

// classify returns the class of a question, or nothing.
func classify(q *question) string {
	for _, c := range classes() {
		if c.is(q) {
			return c.name
		}
	}
	return ""
}

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
					c := comparison{operator: strings.ToLower(op), wanted: s.Condition[op][key].texts(), version: d.Version}
					if set, rest, ok := strings.Cut(c.operator, ":"); ok {
						c.operator, c.set, c.all = rest, true, set == "forallvalues"
					}
					c.operator = strings.TrimSuffix(c.operator, "ifexists")
					c.negated = strings.Contains(c.operator, "not")
					got, has := q.get(key)
					c.got, c.several = got.texts(), has && !got.bare
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
			for _, text := range slices.Concat(s.Resource.texts(), s.NotResource.texts()) {
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
				if is(p, v[0], v[1], got.texts(), has) {
					return true
				}
			}
		}
		return false
	}
}

// classes returns the known differences. The first that fits is the one that is
// reported.
func classes() []class {
	return []class{
		{"Several values without a set operator", compares(func(c comparison) bool {
			return c.several && !c.set && c.operator != "null"
		})},
		{"Null and the empty string", compares(func(c comparison) bool {
			return c.operator == "null" && slices.Equal(c.got, []string{""})
		})},
		{"Null and the empty set", compares(func(c comparison) bool {
			return c.operator == "null" && c.several && len(c.got) == 0
		})},
		{"ForAllValues and the empty string", compares(func(c comparison) bool {
			return c.all && slices.Contains(c.got, "")
		})},
		{"A value that is no ARN", compares(func(c comparison) bool {
			return strings.HasPrefix(c.operator, "arn") && slices.ContainsFunc(c.got, func(s string) bool { return !takes(c.operator, s) })
		})},
		{"A value that is not of the operator's type", compares(func(c comparison) bool {
			return slices.ContainsFunc(c.got, func(s string) bool { return !takes(c.operator, s) })
		})},
		{"An ARN pattern that is no ARN", compares(func(c comparison) bool {
			return strings.HasPrefix(c.operator, "arn") && slices.ContainsFunc(c.wanted, func(s string) bool {
				colons := strings.Count(s, ":")
				for _, v := range (pattern{text: s}).variables() {
					colons -= strings.Count(v[0]+v[1], ":")
				}
				return !strings.HasPrefix(s, "arn:") || colons < 5
			})
		})},
		{"Seconds since the epoch", compares(func(c comparison) bool {
			return strings.HasPrefix(c.operator, "date") && slices.ContainsFunc(slices.Concat(c.got, c.wanted), isNumber)
		})},
		{"The range of all IPv4 addresses", compares(func(c comparison) bool {
			return strings.Contains(c.operator, "ipaddress") && slices.Contains(c.wanted, "0.0.0.0/0")
		})},
		{"An address and a caller of the other version of IP", compares(func(c comparison) bool {
			return strings.Contains(c.operator, "ipaddress") && anyPair(c, func(wanted, got string) bool {
				return !strings.Contains(wanted, "/") && strings.Contains(wanted, ":") != strings.Contains(got, ":")
			})
		})},
		{"An IPv6 address without a prefix length", compares(func(c comparison) bool {
			return strings.Contains(c.operator, "ipaddress") && anyPair(c, func(wanted, got string) bool {
				return !strings.Contains(wanted, "/") && strings.Contains(wanted, ":") && strings.Contains(got, ":")
			})
		})},
		{"NotResource and a short ARN", func(q *question) bool {
			return slices.ContainsFunc(q.patterns(), func(p pattern) bool { return p.not && p.text != "*" && strings.Count(p.text, ":") < 5 })
		}},
		{"Variables before 2012-10-17", func(q *question) bool {
			return slices.ContainsFunc(q.patterns(), func(p pattern) bool { return p.version != "2012-10-17" && strings.Contains(p.text, "${") })
		}},
		{"A variable with a space in its name", substitutes(func(_ pattern, key, _ string, _ []string, _ bool) bool {
			return strings.Contains(key, " ")
		})},
		{"A variable with the empty string", substitutes(func(_ pattern, _, _ string, values []string, has bool) bool {
			return has && slices.Contains(values, "")
		})},
		{"A variable with a wildcard in its value", substitutes(func(_ pattern, _, _ string, values []string, _ bool) bool {
			return slices.ContainsFunc(values, func(s string) bool { return strings.ContainsAny(s, "*?") })
		})},
		{"An empty default of a variable", substitutes(func(_ pattern, _, fallback string, _ []string, has bool) bool {
			return !has && fallback == ", ''"
		})},
		{"A default without a space", substitutes(func(_ pattern, _, fallback string, _ []string, _ bool) bool {
			return strings.HasPrefix(fallback, ",'")
		})},
		{"NotResource and a variable without a value", substitutes(func(p pattern, _, fallback string, _ []string, has bool) bool {
			return p.not && !has && fallback == ""
		})},
		{"Negation and a variable without a value", substitutes(func(p pattern, _, fallback string, _ []string, has bool) bool {
			return p.comparison.negated && !has && fallback == ""
		})},
		{"A variable for several segments of an ARN", substitutes(func(p pattern, _, fallback string, values []string, _ bool) bool {
			return strings.HasPrefix(p.comparison.operator, "arn") && slices.ContainsFunc(append(values, fallback), func(s string) bool { return strings.Contains(s, ":") })
		})},
		{"A variable in front of the fifth colon", substitutes(func(p pattern, _, _ string, _ []string, _ bool) bool {
			before, _, _ := strings.Cut(p.text, "${")
			return strings.HasPrefix(p.comparison.operator, "arn") && strings.Count(before, ":") < 5
		})},
		{"Lines", compares(func(c comparison) bool {
			return strings.Contains(c.operator, "like") && slices.ContainsFunc(c.got, func(s string) bool { return strings.Contains(s, "\n") })
		})},
		{"Characters of two units in UTF-16", compares(func(c comparison) bool {
			return strings.Contains(c.operator, "like") &&
				slices.ContainsFunc(c.wanted, func(s string) bool { return strings.Contains(s, "?") }) &&
				slices.ContainsFunc(c.got, func(s string) bool { return strings.ContainsFunc(s, func(r rune) bool { return r > 0xffff }) })
		})},
		{"A wildcard that ends a segment of an ARN condition", compares(func(c comparison) bool {
			return strings.HasPrefix(c.operator, "arn") && slices.ContainsFunc(c.wanted, func(s string) bool { return strings.Contains(s, "*:") })
		})},
		{"Wildcards and variables in the type of a resource", func(q *question) bool {
			return slices.ContainsFunc(q.patterns(), func(p pattern) bool { return p.resource && special(p.text) })
		}},
		{"NotPrincipal", func(q *question) bool {
			return q.ResourcePolicy != nil && slices.ContainsFunc(q.ResourcePolicy.Statement, func(s statement) bool { return s.NotPrincipal != nil })
		}},
		{"Every AWS principal and a service", func(q *question) bool {
			return q.ResourcePolicy != nil && callerOf(q.Principal).Type == policy.CallerService && slices.ContainsFunc(q.ResourcePolicy.Statement, func(s statement) bool {
				return slices.Contains(s.Principal["AWS"].texts(), "*")
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
