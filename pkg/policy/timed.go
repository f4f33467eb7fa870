package policy

import "strings"

// Timed reports whether the document speaks of the time of a request: what it says of one
// request then need not be what it says of the same a moment later.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func (p *Policy) Timed() bool {
	for i := range p.statements {
		s := &p.statements[i]
		for n := range s.resources {
			if speaksOfTime(s.resources[n].source) {
				return true
			}
		}
		for n := range s.conditions {
			c := &s.conditions[n]
			if speaksOfTime(c.folded) {
				return true
			}
			for _, v := range c.values {
				if speaksOfTime(v) {
					return true
				}
			}
		}
	}
	return false
}

// speaksOfTime looks at keys and at texts with variables.
func speaksOfTime(s string) bool {
	const current, epoch = "aws:currenttime", "aws:epochtime"
	if !strings.Contains(s, ":") {
		return false
	}
	s = strings.ToLower(s)
	return strings.Contains(s, current) || strings.Contains(s, epoch)
}
