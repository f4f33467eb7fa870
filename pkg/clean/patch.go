package clean

import "unicode/utf8"

// patch is a copy of s with pieces replaced. It allocates only once a piece is
// replaced: nearly every text is an ARN or a name that needs nothing.
type patch struct {
	s    string
	out  []byte
	kept int // s[:kept] is in out, or was replaced
}

// replace puts with in place of the size bytes at i. Positions must not go back.
func (p *patch) replace(i, size int, with string) {
	p.skip(i, size)
	p.out = append(p.out, with...)
}

// escape writes the rune r, size bytes at i, as an escape.
func (p *patch) escape(i int, r rune, size int) {
	p.skip(i, size)
	const hex = "0123456789abcdef"
	kind, digits := byte('x'), 2
	switch {
	case r == utf8.RuneError && size == 1:
		r = rune(p.s[i])
	case r >= 0x10000:
		kind, digits = 'U', 8
	case r >= 0x80:
		kind, digits = 'u', 4
	}
	p.out = append(p.out, '\\', kind)
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		p.out = append(p.out, hex[r>>shift&0xf])
	}
}

func (p *patch) skip(i, size int) {
	if p.out == nil {
		// Escapes are longer than what they stand for; a little room for them
		// saves most texts from growing twice.
		p.out = make([]byte, 0, len(p.s)+32)
	}
	p.out = append(p.out, p.s[p.kept:i]...)
	p.kept = i + size
}

// String returns the patched text, or s itself when nothing was replaced.
func (p *patch) String() string {
	if p.out == nil {
		return p.s
	}
	return string(append(p.out, p.s[p.kept:]...))
}
