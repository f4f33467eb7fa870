package clean

// Terminal makes s safe to print to a terminal, a log line or any other plain
// text that is shown as it is.
//
// Guaranteed: one line; no control character, so no ANSI, OSC or cursor
// sequence; no bidirectional, zero-width or other hidden character; valid UTF-8;
// two different texts give two different results. Text without any of these is
// returned unchanged and without allocation. The package documentation describes
// the escapes.
func Terminal(s string) string {
	return visible(s)
}
