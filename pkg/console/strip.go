package console

import (
	"fmt"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
)

// path writes the strip of checks: each layer once, the worst verdict of it.
func (p *page) path(x diagnosis.Diagnosis) {
	if len(x.Checks) == 0 {
		return
	}
	var count [4]int
	line, n := "", 0
	begin := p.style.paint(bold, " path")
	for _, gate := range diagnosis.Strip(x.Checks) {
		m := markOf(gate.Verdict)
		count[m]++
		name := clean.Terminal(string(gate.Layer))
		size := columns(name) + 1 + columns(p.style.sign(m))
		if n > 0 && 5+n+2+size > p.style.width() {
			p.line("%s%s", begin, line)
			begin, line, n = "     ", "", 0
		}
		gap := "  "
		if n == 0 {
			gap = " "
		}
		line += gap + name + " " + p.style.mark(m)
		n += len(gap) + size
	}
	p.line("%s%s", begin, line)
	p.legend(count)
}

// legend counts the signs and says what they mean.
func (p *page) legend(count [4]int) {
	var parts []string
	for _, m := range []mark{blocking, unknown, passes, uninvolved} {
		if count[m] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d %s", p.style.sign(m), count[m], m))
		}
	}
	p.text(strings.Repeat(" ", margin), strings.Join(parts, ", "))
}

func markOf(v diagnosis.Verdict) mark {
	switch v {
	case diagnosis.Allow:
		return passes
	case diagnosis.Deny:
		return blocking
	case diagnosis.NotApplicable:
		return uninvolved
	default:
		return unknown
	}
}
