package iamsim

import (
	"maps"
	"slices"
	"strings"
)

// Smaller returns the questions that are one step smaller than q in the policies that
// documents returns and in their context: without one statement, condition, value or
// key, or with an element that asks for everything.
func Smaller[Q any](q *Q, documents func(*Q) []*Document, context func(*Q) map[string]Value) []*Q {
	var out []*Q
	// try offers what change makes of a copy of q.
	try := func(change func(c *Q)) {
		c := Clone(q)
		change(c)
		out = append(out, c)
	}
	for i, d := range documents(q) {
		for j := range d.Statement {
			if len(d.Statement) > 1 {
				try(func(c *Q) {
					d := documents(c)[i]
					d.Statement = slices.Delete(d.Statement, j, j+1)
				})
			}
			for _, change := range d.Statement[j].smaller() {
				try(func(c *Q) { change(&documents(c)[i].Statement[j]) })
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(context(q))) {
		try(func(c *Q) { delete(context(c), k) })
		v := context(q)[k]
		for n := range v.Items {
			if v.Bare {
				continue
			}
			try(func(c *Q) { context(c)[k] = v.without(n) })
		}
	}
	return out
}

// smaller returns the changes that make a statement one step smaller.
func (s *Statement) smaller() []func(*Statement) {
	var out []func(*Statement)
	everything := func(v Value) bool { return len(v.Items) == 1 && v.Items[0] == "*" }
	if !everything(s.Action) {
		out = append(out, func(s *Statement) { s.Action, s.NotAction = One("*"), Value{} })
	}
	if !everything(s.Resource) {
		out = append(out, func(s *Statement) { s.Resource, s.NotResource = One("*"), Value{} })
	}
	// Each list of values, by a function that finds it in a copy.
	for _, of := range []func(s *Statement) *Value{
		func(s *Statement) *Value { return &s.Action },
		func(s *Statement) *Value { return &s.NotAction },
		func(s *Statement) *Value { return &s.Resource },
		func(s *Statement) *Value { return &s.NotResource },
	} {
		for n := range of(s).Items {
			if len(of(s).Items) > 1 {
				out = append(out, func(s *Statement) { *of(s) = of(s).without(n) })
			}
		}
	}
	for _, of := range []func(s *Statement) Principals{
		func(s *Statement) Principals { return s.Principal },
		func(s *Statement) Principals { return s.NotPrincipal },
	} {
		for _, kind := range slices.Sorted(maps.Keys(of(s))) {
			if len(of(s)) > 1 {
				out = append(out, func(s *Statement) { delete(of(s), kind) })
			}
			for n := range of(s)[kind].Items {
				if len(of(s)[kind].Items) > 1 {
					out = append(out, func(s *Statement) { of(s)[kind] = of(s)[kind].without(n) })
				}
			}
		}
	}
	for _, op := range slices.Sorted(maps.Keys(s.Condition)) {
		for _, key := range slices.Sorted(maps.Keys(s.Condition[op])) {
			out = append(out, func(s *Statement) {
				if delete(s.Condition[op], key); len(s.Condition[op]) == 0 {
					delete(s.Condition, op)
				}
			})
			for n := range s.Condition[op][key].Items {
				if len(s.Condition[op][key].Items) > 1 {
					out = append(out, func(s *Statement) { s.Condition[op][key] = s.Condition[op][key].without(n) })
				}
			}
		}
	}
	return out
}

// without returns a list without one of its values.
func (v Value) without(n int) Value {
	return Value{Items: slices.Delete(slices.Clone(v.Items), n, n+1)}
}

// Shrink returns a smallest question on which the engines still differ. Where there
// is a choice it goes on with a question that known does not know: a new difference
// is not lost behind an old one. A question that the other engine refuses is none.
func Shrink[Q Question[Q]](e *Engine, q Q, known func(Q) bool) (Q, error) {
	for {
		candidates := q.Smaller()
		answers, err := Ask(e, candidates)
		if err != nil {
			return q, err
		}
		found := false
		var next Q
		for i, c := range candidates {
			if c.Ours() == answers[i] || strings.HasPrefix(string(answers[i]), "error: ") {
				continue
			}
			if !found || known(next) && !known(c) {
				next, found = c, true
			}
		}
		if !found {
			return q, nil
		}
		q = next
	}
}
