package browse

import (
	"strings"
	"unicode/utf8"

	"why403/pkg/console"
)

// wrapped breaks a text into lines of at most so many columns. What console did not
// break, ARNs and commands, is broken here: a screen has no margin to run over. A colour
// goes on in the next line, and each line ends what it begins.
func wrapped(text string, width int) []string {
	var out []string
	for line := range strings.Lines(text) {
		out = append(out, broken(strings.TrimRight(line, "\n"), max(width, 1))...)
	}
	return out
}

func broken(line string, width int) []string {
	var out []string
	var b strings.Builder
	n, on := 0, ""
	end := func() {
		if on != "" {
			b.WriteString(reset)
		}
		out = append(out, b.String())
		b.Reset()
	}
	for i := 0; i < len(line); {
		if code := colour(line[i:]); code != "" {
			b.WriteString(code)
			if on = code; code == reset {
				on = ""
			}
			i += len(code)
			continue
		}
		r, bytes := utf8.DecodeRuneInString(line[i:])
		size := console.Columns(string(r))
		if n > 0 && n+size > width {
			end()
			b.WriteString(on)
			n = 0
		}
		b.WriteRune(r)
		n += size
		i += bytes
	}
	end()
	return out
}

const reset = "\x1b[0m"

// colour is the escape that a text begins with; empty if it begins with none. Only our
// own escapes can be there: foreign text is clean.
func colour(s string) string {
	if !strings.HasPrefix(s, "\x1b[") {
		return ""
	}
	if i := strings.IndexByte(s, 'm'); i >= 0 {
		return s[:i+1]
	}
	return ""
}

// uncoloured is a text without our escapes.
func uncoloured(s string) string {
	if !strings.Contains(s, "\x1b") {
		return s
	}
	var b strings.Builder
	for s != "" {
		if code := colour(s); code != "" {
			s = s[len(code):]
			continue
		}
		i := strings.Index(s[1:], "\x1b") + 1
		if i == 0 {
			i = len(s)
		}
		b.WriteString(s[:i])
		s = s[i:]
	}
	return b.String()
}

// padded fills a line with spaces to so many columns.
func padded(line string, width int) string {
	return line + strings.Repeat(" ", max(width-console.Columns(uncoloured(line)), 0))
}

// prose sets clean text behind a label, and under it, in lines of at most so many columns.
func prose(label, text string, width int) string {
	indent := strings.Repeat(" ", console.Columns(label))
	var b strings.Builder
	line := label
	for i, w := range strings.Fields(text) {
		switch {
		case i > 0 && console.Columns(line)+1+console.Columns(w) > width:
			b.WriteString(line + "\n")
			line = indent + w
		case i > 0:
			line += " " + w
		default:
			line += w
		}
	}
	b.WriteString(line + "\n")
	return b.String()
}
