package clean

import "strings"

// modelRunes is the most a language model gets to see of one foreign text: enough
// to recognise a key or a session name, little to argue with.
const modelRunes = 200

// Model makes s safe as a value in the input of a language model.
//
// Guaranteed: all that [Terminal] guarantees, except that a text cut off at 200
// runes (the last three are then "...") can equal another; no backtick and no row
// of three tildes, so no Markdown fence can be opened or closed.
//
// It cannot take the meaning out of words. Put the result into a field that is
// named as untrusted, never into a sentence of the program's own.
func Model(s string) string {
	s = visible(s)
	p := patch{s: s}
	for i := range len(s) {
		if s[i] == '`' || strings.HasPrefix(s[i:], "~~~") {
			p.escape(i, rune(s[i]), 1)
		}
	}
	return Truncate(p.String(), modelRunes)
}
