package console

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"why403/pkg/clean"
	"why403/pkg/excerpt"
)

// patch writes a statement in lines, in ASCII: it is still the same JSON when it is
// pasted, whatever characters a key has. A short one is one line.
func (p *page) patch(raw json.RawMessage, short bool) {
	if len(raw) == 0 {
		return
	}
	lines, ok := excerpt.JSON(raw, excerpt.Options{Width: p.style.width() - margin, Quote: jsonString})
	if ok && short {
		lines = []string{oneLine(lines)}
	}
	if !ok {
		lines = []string{clean.Terminal(string(raw))}
	}
	for _, l := range lines {
		p.line("%s%s", strings.Repeat(" ", margin), l)
	}
}

// oneLine joins the lines of a JSON text: none of them ends within a string.
func oneLine(lines []string) string {
	var out strings.Builder
	for _, l := range lines {
		l = strings.TrimSpace(l)
		if strings.HasSuffix(l, ",") {
			l += " "
		}
		out.WriteString(l)
	}
	return out.String()
}

// longestDiff is how many lines of a change are shown.
const longestDiff = 24

// diff writes what changes in a policy. Its lines are JSON.
func (p *page) diff(text string) {
	lines := strings.Split(text, "\n")
	more := len(lines) - longestDiff
	for _, l := range lines[:min(len(lines), longestDiff)] {
		color := ""
		switch {
		case strings.HasPrefix(l, "+"):
			color = green
		case strings.HasPrefix(l, "-"):
			color = red
		}
		var out strings.Builder
		if strings.TrimSpace(l) == "…" { // lines that stay as they are
			l = "    " + p.style.ellipsis()
			out.WriteString(l)
		} else {
			for _, r := range strings.TrimRight(l, " ") {
				ascii(&out, r)
			}
		}
		p.line("%s", strings.TrimRight(strings.Repeat(" ", margin)+p.style.paint(color, out.String()), " "))
	}
	if more > 0 {
		p.text("      ", fmt.Sprintf("(and %s: --output json has them)", plural(more, "line")))
	}
}

// jsonString writes a JSON string in ASCII: its columns can be counted, and nothing in
// it hides.
func jsonString(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range s {
		if r == '"' || r == '\\' {
			out.WriteByte('\\')
		}
		ascii(&out, r)
	}
	out.WriteByte('"')
	return out.String()
}

// ascii writes a character of a JSON text, in the way of JSON if it is beyond ASCII.
func ascii(out *strings.Builder, r rune) {
	switch {
	case r >= ' ' && r < 0x7f:
		out.WriteRune(r)
	case r > 0xffff && r <= utf8.MaxRune:
		r -= 0x10000
		fmt.Fprintf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
	default:
		fmt.Fprintf(out, `\u%04x`, r)
	}
}
