package clean

import "unicode/utf8"

// Subject makes s safe for the subject of an SNS message, or for a part of one.
//
// Guaranteed: printable ASCII (0x20 to 0x7E) only, one line, no space at either
// end; two different texts give two different results. Everything else is shown
// as an escape, letters beyond ASCII too: mail systems on the way still rewrite
// or reject them in SNS subjects, and a look-alike letter becomes visible.
//
// An empty text stays empty, which SNS does not accept as a subject. The length
// is not limited here, because only the caller knows which part may be cut: use
// [Middle] for a name and [Truncate] for the whole, which must stay below 100
// characters (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).
func Subject(s string) string {
	s = visible(s)
	p := patch{s: s}
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			// Mail systems trim spaces at the ends, and SNS refuses one at the
			// start.
			if c == ' ' && (i == 0 || i == len(s)-1) {
				p.escape(i, ' ', 1)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		p.escape(i, r, size)
		i += size
	}
	return p.String()
}
