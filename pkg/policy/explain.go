package policy

import (
	"cmp"
	"slices"
)

// Failure explains why a statement does not match, or why that is unknown.
type Failure struct {
	Element  Element
	Operator string   // of a condition
	Key      string   // of a condition
	Wanted   []string // as written in the statement
	Got      []string // what the request has; nil if absent or unknown
	State    State    // of what the request has
	// Doubt says why the answer is unknown, where learning a key would not settle it.
	Doubt string
}

// Explain returns what a Result leaves out: the element that failed, what it
// wanted and what it got. It is the zero Failure for a statement that matches.
func (p *Policy) Explain(r *Request, res Result) Failure {
	s := &p.statements[res.Statement]
	f := Failure{Element: res.Element, State: Present}
	switch res.Element {
	case ElementNone:
		return Failure{}
	case ElementPrincipal, ElementNotPrincipal:
		for _, g := range s.groups {
			f.Wanted = append(f.Wanted, g.values...)
		}
		if f.Got = r.Caller.names(); f.Got == nil {
			f.State = NotKnown
		}
	case ElementAction, ElementNotAction:
		f.Wanted, f.Got = sources(s.actions), []string{r.Action}
	case ElementResource, ElementNotResource:
		f.Wanted = sources(s.resources)
		if f.Got = []string{r.Resource}; r.Resource == "" {
			f.Got, f.State = nil, NotKnown
		}
		if s.matchResource(r) == Unknown {
			f.Doubt = s.resourceDoubt(r)
		}
	case ElementCondition:
		c := &s.conditions[res.Condition]
		v := r.Context.lookup(c.folded)
		f.Operator, f.Key, f.Wanted, f.Got, f.State = c.name, c.key, c.values, v.Values, v.State
		if c.eval(r.Context) == Unknown {
			f.Doubt = c.doubt(r.Context)
		}
	case ElementOther:
		for _, m := range s.unknown {
			f.Wanted = append(f.Wanted, m.name)
		}
		f.Doubt = "unknown element"
	}
	return f
}

// Held returns what each condition of a statement that matches wanted, and what it
// got: why it holds.
func (p *Policy) Held(r *Request, res Result) []Failure {
	s := &p.statements[res.Statement]
	out := make([]Failure, len(s.conditions))
	for i := range s.conditions {
		c := &s.conditions[i]
		v := r.Context.lookup(c.folded)
		out[i] = Failure{Element: ElementCondition, Operator: c.name, Key: c.key, Wanted: c.values, Got: v.Values, State: v.State}
	}
	return out
}

// Unsettled returns the condition keys that are not known and on which a Result
// hangs, each once, in the order of the statement: learning them all settles it, but
// for what is unknown of the caller and the resource, and for what Explain calls a
// doubt.
func (p *Policy) Unsettled(r *Request, res Result) []string {
	s := &p.statements[res.Statement]
	var keys []string
	add := func(key string) {
		if !slices.Contains(keys, key) && r.Context.Lookup(key).State == NotKnown {
			keys = append(keys, key)
		}
	}
	variables := func(patterns []pattern) {
		for i := range patterns {
			for _, v := range patterns[i].parts {
				if v.unclear == "" {
					add(v.key)
				}
			}
		}
	}
	if s.matchResource(r) == Unknown {
		variables(s.resources)
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		if c.eval(r.Context) != Unknown || c.unclear != "" {
			continue
		}
		add(c.key)
		variables(c.patterns())
	}
	return keys
}

// Nearest returns the result of the statement with this effect that comes nearest
// to matching. One about another action is farther than one about another caller or
// resource, and that is farther than one whose conditions fail; then the fewer
// failures count, the fewer unknowns, and the place. ok is false if there is none, or
// if one matches.
func Nearest(results []Result, effect Effect) (nearest Result, ok bool) {
	for _, res := range results {
		if res.Effect != effect {
			continue
		}
		if res.Truth == Yes {
			return Result{}, false
		}
		if !ok || Nearer(res, nearest) {
			nearest, ok = res, true
		}
	}
	return nearest, ok
}

// Nearer reports whether a statement comes nearer to matching than another, as
// Nearest has it.
func Nearer(a, b Result) bool {
	return cmp.Or(cmp.Compare(a.distance(), b.distance()), cmp.Compare(a.Missed, b.Missed), cmp.Compare(a.Unsettled, b.Unsettled)) < 0
}

// distance tells apart what a statement is about.
func (out *Result) distance() int {
	d := 0
	if out.Failed.Has(ElementAction, ElementNotAction) {
		d += 3
	}
	if out.Failed.Has(ElementPrincipal, ElementNotPrincipal) {
		d++
	}
	if out.Failed.Has(ElementResource, ElementNotResource) {
		d++
	}
	return d
}
