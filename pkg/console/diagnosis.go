package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
)

// Diagnosis returns the text of one diagnosis: the sentence, the request, AWS's
// own words or what is open, the change, and the strip of checks.
func Diagnosis(x diagnosis.Diagnosis, s Style) string {
	p := &page{style: s}
	if x.Outcome == diagnosis.Ignored {
		p.line("%s %s", s.paint(dim, "ignored"), clean.Terminal(strings.TrimSpace(x.Denial.Operation+": "+x.Because)))
		return p.String()
	}
	p.head(x)
	p.request(x.Denial)
	for _, c := range causes(x) {
		p.reasons(c)
	}
	p.open(x)
	if x.Intended.Ask {
		p.note("intended? " + x.Intended.Because)
	}
	p.fix(x.Remedy)
	p.path(x)
	if x.Cause != nil {
		p.line(" doc  %s", x.Cause.Doc)
	}
	return p.String()
}

type page struct {
	strings.Builder
	style Style
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// note writes foreign or long text under the sign of a remark.
func (p *page) note(text string) {
	for i, l := range wrap(clean.Terminal(text), p.style.width()-9) {
		if i == 0 {
			p.line("   = %s", l)
		} else {
			p.line("     %s", l)
		}
	}
}

func (p *page) head(x diagnosis.Diagnosis) {
	if x.Cause == nil {
		p.wrapped(p.style.paint(yellow, "denied[UNDETERMINED]"), len("denied[UNDETERMINED]"), ": "+x.Because)
		return
	}
	id := "denied[" + string(x.Cause.ID) + "]"
	p.wrapped(p.style.paint(red, id), len(id), " "+string(x.Cause.Confidence)+": "+x.Cause.Summary)
}

// wrapped writes a coloured beginning and text that goes on behind it.
func (p *page) wrapped(begin string, width int, text string) {
	lines := wrap(strings.Repeat("x", width)+clean.Terminal(text), p.style.width())
	for i, l := range lines {
		if i == 0 {
			p.line("%s%s", begin, l[width:])
		} else {
			p.line("    %s", l)
		}
	}
}

func (p *page) request(d diagnosis.Denial) {
	who := d.Principal.ARN
	if who == "" {
		who = diagnosis.Who(d.Principal)
	}
	if d.Principal.Session != "" {
		who += " (session " + d.Principal.Session + ")"
	}
	p.line("  --> %s", clean.Terminal(who))
	for _, a := range d.Authorizations {
		resource := a.Resource
		if resource == "" {
			resource = "a resource that the record does not name"
		}
		p.line("   |  %s on %s", clean.Terminal(a.Action), clean.Terminal(resource))
	}
	var where []string
	if d.BucketAccount != "" {
		where = append(where, "bucket of account "+d.BucketAccount)
	}
	if d.Region != "" {
		where = append(where, d.Region)
	}
	if d.VPCEndpointID != "" {
		where = append(where, "through "+d.VPCEndpointID)
	}
	if d.SourceIP != "" {
		where = append(where, "from "+d.SourceIP)
	}
	if !d.Time.IsZero() {
		where = append(where, d.Time.UTC().Format(time.RFC3339))
	}
	if len(where) > 0 {
		p.line("   |  %s", clean.Terminal(strings.Join(where, ", ")))
	}
}

func causes(x diagnosis.Diagnosis) []diagnosis.Cause {
	if x.Cause == nil {
		return nil
	}
	return append([]diagnosis.Cause{*x.Cause}, x.Contributing...)
}

func (p *page) reasons(c diagnosis.Cause) {
	for _, r := range c.Because {
		if r.Text != "" {
			p.note(`AWS says: "` + r.Text + `"`)
		}
		if r.Policy != "" {
			p.line("   = policy %s", clean.Terminal(r.Policy))
		}
	}
	if c.Account != "" {
		p.line("   = must act: account %s", clean.Terminal(c.Account))
	} else {
		p.line("   = must act: an account that the record does not name")
	}
}

func (p *page) open(x diagnosis.Diagnosis) {
	if len(x.Open) == 0 {
		return
	}
	if x.Cause == nil {
		p.line("   = it may be, in no order:")
	} else {
		p.line("   = AWS uses the same words for:")
	}
	for _, o := range x.Open {
		p.line("      %s %s", p.style.mark(unknown), p.style.paint(bold, string(o.ID)))
		for _, l := range wrap(clean.Terminal(o.Because), p.style.width()-10) {
			p.line("        %s", l)
		}
		if o.Needs != "" {
			p.line("        needs %s", clean.Terminal(o.Needs))
		}
		if info, ok := diagnosis.Info(o.ID); ok && x.Cause == nil {
			for i, l := range wrap("if so: "+info.Fix, p.style.width()-10) {
				if i > 0 {
					l = "  " + l
				}
				p.line("        %s", l)
			}
		}
	}
}

func (p *page) fix(r diagnosis.Remedy) {
	for _, s := range r.Steps {
		who := "whoever owns it"
		if s.Account != "" {
			who = "account " + s.Account
		}
		for i, l := range wrap(clean.Terminal(who+": "+s.Title), p.style.width()-6) {
			begin := "      "
			if i == 0 {
				begin = p.style.paint(bold, " fix") + "  "
			}
			p.line("%s%s", begin, l)
		}
		if len(s.Patch) > 0 {
			p.line("%s", patch(s.Patch))
		}
		for _, l := range wrap(clean.Terminal(s.Caution), p.style.width()-6) {
			p.line("      %s", l)
		}
		// Nothing but the command on its line: people paste.
		for _, c := range s.Commands {
			p.line("      %s", c)
		}
	}
	if r.Because != "" {
		word := "not proven: "
		if r.Verified {
			word = "proven: "
		}
		for _, l := range wrap(word+clean.Terminal(r.Because), p.style.width()-6) {
			p.line("      %s", l)
		}
	}
}

// patch writes a statement over several lines, in ASCII: it is still the same
// JSON when it is pasted, whatever characters a key has.
func patch(raw json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "      ", "  "); err != nil {
		return "      " + clean.Terminal(string(raw))
	}
	var out strings.Builder
	out.WriteString("      ")
	for _, r := range b.String() {
		switch {
		case r == '\n' || r >= ' ' && r < 0x7f:
			out.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

// path writes the strip of checks: each layer once, the worst verdict of it.
func (p *page) path(x diagnosis.Diagnosis) {
	if len(x.Checks) == 0 {
		return
	}
	worst := make(map[evidence.Layer]mark)
	var order []evidence.Layer
	for _, c := range x.Checks {
		m := markOf(c.Verdict)
		had, ok := worst[c.Layer]
		if !ok {
			order = append(order, c.Layer)
		}
		if !ok || rank(m) > rank(had) {
			worst[c.Layer] = m
		}
	}
	blocked, open := 0, 0
	var strip []string
	for _, l := range order {
		switch worst[l] {
		case blocks:
			blocked++
		case unknown:
			open++
		}
		strip = append(strip, string(l)+" "+string(rune('a'+worst[l])))
	}
	lines := wrapItems(strip, p.style.width()-6)
	for i, l := range lines {
		for j, item := range l {
			name, code, _ := strings.Cut(item, " ")
			l[j] = name + " " + p.style.mark(mark(code[0]-'a'))
		}
		begin := " path"
		if i > 0 {
			begin = "     "
		}
		p.line("%s %s", begin, strings.Join(l, "  "))
	}
	p.line("      %s, %d not read", plural(blocked, "blocker"), open)
}

func markOf(v diagnosis.Verdict) mark {
	switch v {
	case diagnosis.Allow:
		return passes
	case diagnosis.NoAllow, diagnosis.Deny:
		return blocks
	case diagnosis.NotApplicable:
		return uninvolved
	default:
		return unknown
	}
}

func rank(m mark) int { return [...]int{passes: 1, blocks: 3, unknown: 2, uninvolved: 0}[m] }

func wrapItems(items []string, width int) [][]string {
	var lines [][]string
	var line []string
	n := 0
	for _, it := range items {
		if n > 0 && n+2+len(it) > width {
			lines, line, n = append(lines, line), nil, 0
		}
		line = append(line, it)
		n += 2 + len(it)
	}
	return append(lines, line)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
