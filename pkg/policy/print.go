package policy

import "unicode/utf8"

// MarshalJSON prints a document that means the same: statements, values and
// conditions in their order, the members of a statement in the usual one. What is
// not understood is printed as it was. Reading it back gives an equal policy.
func (p *Policy) MarshalJSON() ([]byte, error) {
	w := printer{out: make([]byte, 0, 1024)}
	w.open('{')
	if p.version != "" {
		w.member("Version")
		w.text(p.version)
	}
	if p.id != "" {
		w.member("Id")
		w.text(p.id)
	}
	w.members(p.unknown)
	w.member("Statement")
	w.open('[')
	for i := range p.statements {
		w.next()
		w.statement(&p.statements[i])
	}
	w.close(']')
	w.close('}')
	return w.out, nil
}

// JSON returns the statement as MarshalJSON prints it.
func (s *Statement) JSON() []byte {
	w := printer{out: make([]byte, 0, 256)}
	w.statement(s)
	return w.out
}

// printer writes JSON.
type printer struct {
	out  []byte
	more bool // a comma comes before the next member or item
}

func (w *printer) statement(s *Statement) {
	w.open('{')
	if s.sid != "" {
		w.member("Sid")
		w.text(s.sid)
	}
	w.member("Effect")
	w.text(s.effect.String())
	if s.hasPrincipal {
		w.member(s.principalElement().String())
		w.principal(s.groups)
	}
	w.member(s.actionElement().String())
	w.list(sources(s.actions))
	if s.hasResource {
		w.member(s.resourceElement().String())
		w.list(sources(s.resources))
	}
	if len(s.conditions) > 0 {
		w.member("Condition")
		w.conditions(s.conditions)
	}
	w.members(s.unknown)
	w.close('}')
}

func (w *printer) principal(groups []group) {
	if len(groups) == 1 && groups[0].everybody {
		w.text("*")
		return
	}
	w.open('{')
	for _, g := range groups {
		w.member(g.name)
		w.list(g.values)
	}
	w.close('}')
}

// conditions prints conditions, which stand together if they are of one operator.
func (w *printer) conditions(conditions []condition) {
	w.open('{')
	for i := range conditions {
		c := &conditions[i]
		if i == 0 || conditions[i-1].name != c.name {
			if i > 0 {
				w.close('}')
			}
			w.member(c.name)
			w.open('{')
		}
		w.member(c.key)
		w.list(c.values)
	}
	w.close('}')
	w.close('}')
}

func (w *printer) members(list []member) {
	for _, m := range list {
		w.member(m.name)
		w.out = append(w.out, m.json...)
	}
}

// list prints a single value as it is, and several as a list.
func (w *printer) list(values []string) {
	if len(values) == 1 {
		w.text(values[0])
		return
	}
	w.open('[')
	for _, v := range values {
		w.next()
		w.text(v)
	}
	w.close(']')
}

func (w *printer) open(c byte) {
	w.out = append(w.out, c)
	w.more = false
}

func (w *printer) close(c byte) {
	w.out = append(w.out, c)
	w.more = true
}

// next begins an item.
func (w *printer) next() {
	if w.more {
		w.out = append(w.out, ',')
	}
	w.more = true
}

func (w *printer) member(name string) {
	w.next()
	w.text(name)
	w.out = append(w.out, ':')
}

// text prints a text, which is UTF-8.
func (w *printer) text(s string) {
	const hex = "0123456789abcdef"
	w.out = append(w.out, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			w.out = append(w.out, '\\', c)
		case c < ' ' || c == utf8.RuneSelf-1:
			w.out = append(w.out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			w.out = append(w.out, c)
		}
	}
	w.out = append(w.out, '"')
}
