package report

import (
	"encoding/json"
	"fmt"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/excerpt"
)

// text makes foreign text fit to be read. The page sets it as text and never as markup.
func text(s string) string { return clean.Terminal(s) }

func texts(all []string) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = text(s)
	}
	return out
}

// account is an account with the name that people know it by, if it has one.
func account(id string, names map[string]string) string {
	if name := names[id]; name != "" && id != "" {
		return text(id + " (" + name + ")")
	}
	return text(id)
}

// quote writes a JSON string in ASCII: nothing in it hides, and it is the same JSON when
// it is pasted.
func quote(s string) string {
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
	case r > 0xffff:
		r -= 0x10000
		fmt.Fprintf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
	default:
		fmt.Fprintf(out, `\u%04x`, r)
	}
}

// pretty lays a document out, to be read and to be pasted.
func pretty(doc json.RawMessage) string {
	if len(doc) == 0 {
		return ""
	}
	lines, ok := excerpt.JSON(doc, excerpt.Options{Width: width, Quote: quote})
	if !ok {
		return text(string(doc))
	}
	return strings.Join(lines, "\n")
}

// width is how many columns a statement may take.
const width = 88
