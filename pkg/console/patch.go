package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"why403/pkg/clean"
)

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
		if r == '\n' {
			out.WriteRune(r)
		} else {
			ascii(&out, r)
		}
	}
	return out.String()
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
