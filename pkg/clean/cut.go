package clean

import "unicode/utf8"

// ellipsis marks a cut. It is ASCII because subjects are.
const ellipsis = "..."

// Truncate cuts the end off a text longer than max runes and marks the cut with
// "...".
//
// Guaranteed: at most max runes, ellipsis included; no rune is cut in two, each
// invalid byte counting as one; a text that fits is returned unchanged; cutting
// again with the same max changes nothing. Where max leaves no room for more
// than the ellipsis, the first max runes are returned without one.
//
// Cut after [Terminal] and [Subject], before [Slack], [SlackCode], [HTML] and
// [CSV], whose results must stay whole, and never around [Shell].
func Truncate(s string, max int) string {
	if fits(s, max) {
		return s
	}
	if max <= len(ellipsis) {
		return s[:headLen(s, max)]
	}
	return s[:headLen(s, max-len(ellipsis))] + ellipsis
}

// Middle cuts the middle out of a text longer than max runes and marks the cut
// with "...". The beginning of a name says where it belongs and its end which
// one it is, so both are kept.
//
// The guarantees, and where to cut, are those of [Truncate].
func Middle(s string, max int) string {
	if fits(s, max) {
		return s
	}
	if max <= len(ellipsis) {
		return s[:headLen(s, max)]
	}
	keep := max - len(ellipsis)
	tail := keep / 2
	return s[:headLen(s, keep-tail)] + ellipsis + s[len(s)-tailLen(s, tail):]
}

// fits reports whether s has at most max runes, without counting a long s to
// its end.
func fits(s string, max int) bool {
	return len(s) <= max || headLen(s, max) == len(s)
}

// headLen is the length in bytes of the first n runes of s.
func headLen(s string, n int) int {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return i
}

// tailLen is the length in bytes of the last n runes of s.
func tailLen(s string, n int) int {
	end := len(s)
	for ; n > 0 && end > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:end])
		end -= size
	}
	return len(s) - end
}
