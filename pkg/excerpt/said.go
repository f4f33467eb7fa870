package excerpt

import (
	"strings"
)

// Said reports whether a sentence already has a fact in it, perhaps in other words: a
// reader need not read it twice. Where it is not clear, it has not.
func Said(sentence, fact string) bool {
	words := func(s string) []string {
		return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
			return r != '-' && r != ':' && r != '/' && r != '.' && r < 0x80 && (r < '0' || r > '9' && r < 'a' || r > 'z')
		})
	}
	if strings.Contains(strings.ToLower(sentence), strings.ToLower(fact)) {
		return true
	}
	stem := func(w string) string { return strings.TrimRight(w, ".:s") }
	has := make(map[string]bool)
	for _, w := range words(sentence) {
		has[stem(w)] = true
	}
	want, found := words(fact), 0
	for _, w := range want {
		switch {
		case has[stem(w)]:
			found++
		case w == "not" || w == "no" || w == "never":
			return false
		}
	}
	const most = 5 // one word of so many may be another
	return len(want) > most && found*most >= len(want)*(most-1)
}
