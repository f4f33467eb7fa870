package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

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
