package difftest

import (
	"maps"
	"slices"
)

// smaller returns the questions that are one step smaller than q: without one
// document, statement, condition, value or key, or with an element that asks for
// everything.
func (q *question) smaller() []*question {
	var out []*question
	// try offers what change makes of a copy of q.
	try := func(change func(c *question)) {
		c := q.clone()
		change(c)
		out = append(out, c)
	}
	if q.ResourcePolicy != nil {
		try(func(c *question) { c.ResourcePolicy = nil })
	}
	for i := range q.Identity {
		try(func(c *question) { c.Identity = slices.Delete(c.Identity, i, i+1) })
	}
	for i, d := range q.documents() {
		for j := range d.Statement {
			if len(d.Statement) > 1 {
				try(func(c *question) {
					d := c.documents()[i]
					d.Statement = slices.Delete(d.Statement, j, j+1)
				})
			}
			for _, change := range d.Statement[j].smaller() {
				try(func(c *question) { change(&c.documents()[i].Statement[j]) })
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(q.Context)) {
		try(func(c *question) { delete(c.Context, k) })
		for n := range q.Context[k].items {
			if q.Context[k].bare {
				continue
			}
			try(func(c *question) { c.Context[k] = c.Context[k].without(n) })
		}
	}
	return out
}

// smaller returns the changes that make a statement one step smaller.
func (s *statement) smaller() []func(*statement) {
	var out []func(*statement)
	everything := func(v value) bool { return len(v.items) == 1 && v.items[0] == "*" }
	if !everything(s.Action) {
		out = append(out, func(s *statement) { s.Action, s.NotAction = one("*"), value{} })
	}
	if !everything(s.Resource) {
		out = append(out, func(s *statement) { s.Resource, s.NotResource = one("*"), value{} })
	}
	// Each list of values, by a function that finds it in a copy.
	for _, of := range []func(s *statement) *value{
		func(s *statement) *value { return &s.Action },
		func(s *statement) *value { return &s.NotAction },
		func(s *statement) *value { return &s.Resource },
		func(s *statement) *value { return &s.NotResource },
	} {
		for n := range of(s).items {
			if len(of(s).items) > 1 {
				out = append(out, func(s *statement) { *of(s) = of(s).without(n) })
			}
		}
	}
	for _, of := range []func(s *statement) principals{
		func(s *statement) principals { return s.Principal },
		func(s *statement) principals { return s.NotPrincipal },
	} {
		for _, kind := range slices.Sorted(maps.Keys(of(s))) {
			if len(of(s)) > 1 {
				out = append(out, func(s *statement) { delete(of(s), kind) })
			}
			for n := range of(s)[kind].items {
				if len(of(s)[kind].items) > 1 {
					out = append(out, func(s *statement) { of(s)[kind] = of(s)[kind].without(n) })
				}
			}
		}
	}
	for _, op := range slices.Sorted(maps.Keys(s.Condition)) {
		for _, key := range slices.Sorted(maps.Keys(s.Condition[op])) {
			out = append(out, func(s *statement) {
				if delete(s.Condition[op], key); len(s.Condition[op]) == 0 {
					delete(s.Condition, op)
				}
			})
			for n := range s.Condition[op][key].items {
				if len(s.Condition[op][key].items) > 1 {
					out = append(out, func(s *statement) { s.Condition[op][key] = s.Condition[op][key].without(n) })
				}
			}
		}
	}
	return out
}

// without returns a list without one of its values.
func (v value) without(n int) value {
	return value{items: slices.Delete(slices.Clone(v.items), n, n+1)}
}

// shrink returns a smallest question on which the engines still differ. Where there
// is a choice it goes on with a question that known does not know: a new difference
// is not lost behind an old one.
func shrink(e *engine, q *question, known func(*question) bool) (*question, error) {
	for {
		candidates := q.smaller()
		answers, err := e.ask(candidates)
		if err != nil {
			return nil, err
		}
		var next *question
		for i, c := range candidates {
			if c.ours() == answers[i] {
				continue
			}
			if next == nil || known(next) && !known(c) {
				next = c
			}
		}
		if next == nil {
			return q, nil
		}
		q = next
	}
}
