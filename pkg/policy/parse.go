package policy

import (
	"fmt"
	"strings"
)

// Parse reads and compiles a document. Its errors are of type *Error and name the
// place. What stands in a document and is not understood, but does not keep the rest
// from being understood, is no error but a Problem.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func Parse(doc []byte) (*Policy, error) {
	if len(doc) > MaxSize {
		return nil, &Error{What: fmt.Sprintf("%d bytes: more than the %d that are read", len(doc), MaxSize)}
	}
	p := &parser{r: reader{doc: string(doc)}, policy: &Policy{}, statement: -1}
	if err := p.document(); err != nil {
		return nil, err
	}
	p.compile()
	return p.policy, nil
}

// parser reads a document from left to right into texts, and then compiles the
// texts: what they mean depends on the Version, which may come last.
type parser struct {
	r         reader
	policy    *Policy
	statement int // the one that is compiled; -1: none
}

// problem notes something that was not understood.
func (p *parser) problem(what string, place ...string) {
	at := strings.Join(place, ".")
	if p.statement >= 0 {
		at = fmt.Sprintf("Statement[%d].%s", p.statement, at)
	}
	p.policy.problems = append(p.policy.problems, Problem{at, what})
}

// names are the members of an object that were read. One that stands twice is
// refused, as AWS does: which of the two counts would be a guess.
type names uint16

func (n *names) once(r *reader, which names) {
	if *n&which != 0 {
		r.fail("stands twice")
	}
	*n |= which
}

func (p *parser) document() *Error {
	r := &p.r
	const version, id, statement names = 1, 2, 4
	var seen names
	for r.enter('{'); r.more('}'); {
		name := r.name()
		switch name {
		case "Version":
			seen.once(r, version)
			p.policy.version = r.text()
		case "Id":
			seen.once(r, id)
			p.policy.id = r.scalar()
		case "Statement":
			seen.once(r, statement)
			p.statements()
		default:
			p.policy.unknown = unknownMember(r, name, p.policy.unknown)
		}
		if r.err != nil {
			within(name, r.err)
		}
	}
	r.end()
	if r.err == nil && seen&statement == 0 {
		r.fail("Statement is missing")
	}
	return r.err
}

func unknownMember(r *reader, name string, before []member) []member {
	for _, m := range before {
		if m.name == name {
			r.fail("stands twice")
		}
	}
	if len(before) == MaxMembers {
		r.fail("more than the %d members that are read", MaxMembers)
	}
	return append(before, member{name, r.skip()})
}

// statements reads one statement or a list of them.
func (p *parser) statements() {
	r := &p.r
	if r.peek() == '{' {
		p.policy.statements = make([]Statement, 1)
		p.readStatement(&p.policy.statements[0])
		return
	}
	if r.peek() != '[' {
		r.fail("want an object or a list of them, found %s", r.what())
		return
	}
	list := make([]Statement, 0, 4)
	for r.enter('['); r.more(']'); {
		if len(list) == MaxStatements {
			r.fail("more than the %d statements that are read", MaxStatements)
			return
		}
		list = append(list, Statement{})
		p.readStatement(&list[len(list)-1])
		if r.err != nil {
			within(fmt.Sprintf("[%d]", len(list)-1), r.err)
		}
	}
	p.policy.statements = list
}

func (p *parser) readStatement(s *Statement) {
	r := &p.r
	const sid, effect, principal, action, resource, condition names = 1, 2, 4, 8, 16, 32
	var seen names
	for r.enter('{'); r.more('}'); {
		name := r.name()
		switch name {
		case "Sid":
			seen.once(r, sid)
			s.sid = r.scalar()
		case "Effect":
			seen.once(r, effect)
			s.effect = p.effect()
		case "Principal", "NotPrincipal":
			seen.once(r, principal)
			s.hasPrincipal, s.notPrincipal = true, name == "NotPrincipal"
			s.groups = p.groups()
		case "Action", "NotAction":
			seen.once(r, action)
			s.notAction = name == "NotAction"
			s.actions = p.patterns()
		case "Resource", "NotResource":
			seen.once(r, resource)
			s.hasResource, s.notResource = true, name == "NotResource"
			s.resources = p.patterns()
		case "Condition":
			seen.once(r, condition)
			s.conditions = p.conditions()
		default:
			s.unknown = unknownMember(r, name, s.unknown)
		}
		if r.err != nil {
			within(name, r.err)
		}
	}
	switch {
	case r.err != nil:
	case seen&effect == 0:
		r.fail("Effect is missing")
	case seen&action == 0:
		r.fail("Action is missing")
	}
}

// effect reads the value of Effect, whose case counts.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_effect.html
func (p *parser) effect() Effect {
	switch s := p.r.text(); s {
	case "Allow":
		return Allow
	case "Deny":
		return Deny
	default:
		p.r.fail("want Allow or Deny, found %q", s)
		return Allow
	}
}

// patterns reads a text or a list of texts.
func (p *parser) patterns() []pattern {
	r := &p.r
	if r.peek() != '[' {
		return []pattern{{source: r.scalar()}}
	}
	out := make([]pattern, 0, 2)
	for r.enter('['); r.more(']'); {
		out = append(out, pattern{source: r.scalar()})
		if r.err != nil {
			within(fmt.Sprintf("[%d]", len(out)-1), r.err)
		}
	}
	return out
}

// groups reads a Principal or NotPrincipal element: "*", or an object of texts and
// lists of texts.
func (p *parser) groups() []group {
	r := &p.r
	if r.peek() == '"' {
		if s := r.text(); s != "*" {
			r.fail(`want "*" or an object, found %q`, s)
		}
		return []group{{values: []string{"*"}, everybody: true}}
	}
	out := make([]group, 0, 1)
	for r.enter('{'); r.more('}'); {
		name := r.name()
		for _, g := range out {
			if g.name == name {
				r.fail("stands twice")
			}
		}
		if len(out) == MaxMembers {
			r.fail("more than the %d members that are read", MaxMembers)
		}
		out = append(out, group{name: name, values: r.list()})
		if r.err != nil {
			within(name, r.err)
		}
	}
	return out
}

// conditions reads a Condition element: operators, keys and values.
func (p *parser) conditions() []condition {
	r := &p.r
	out := make([]condition, 0, 1)
	for r.enter('{'); r.more('}'); {
		name := r.name()
		for _, c := range out {
			if c.name == name {
				r.fail("stands twice")
			}
		}
		begin := len(out)
		for r.enter('{'); r.more('}'); {
			key := r.name()
			for _, c := range out[begin:] {
				if c.key == key {
					r.fail("stands twice")
				}
			}
			if len(out) == MaxMembers {
				r.fail("more than the %d conditions that are read", MaxMembers)
			}
			out = append(out, condition{name: name, key: key, values: r.list()})
			if r.err != nil {
				within(key, r.err)
			}
		}
		if r.err != nil {
			within(name, r.err)
		}
	}
	return out
}

// compile compiles what was read.
func (p *parser) compile() {
	switch v := p.policy.version; v {
	case "", Version2008, Version2012:
	default:
		p.problem(fmt.Sprintf("%q is no version of the policy language", v), "Version")
	}
	for _, m := range p.policy.unknown {
		p.problem("unknown element", m.name)
	}
	variables := p.policy.variables()
	for i := range p.policy.statements {
		p.statement = i
		s := &p.policy.statements[i]
		p.compilePrincipals(s)
		for n := range s.actions {
			if what := s.actions[n].compileAction(); what != "" {
				p.problem(what, s.actionElement().String())
			}
		}
		for n := range s.resources {
			if what := s.resources[n].compileResource(variables); what != "" {
				p.problem(what, s.resourceElement().String())
			}
		}
		for n := range s.conditions {
			c := &s.conditions[n]
			if what := c.compile(variables, s.conditions[:n]); what != "" {
				p.problem(what, "Condition", c.name, c.key)
			}
		}
		for _, m := range s.unknown {
			p.problem("unknown element", m.name)
		}
	}
}
