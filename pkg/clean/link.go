package clean

import (
	"strings"
	"unicode/utf8"
)

// linker finds, from left to right, the punctuation that makes a mail or chat
// client turn a text into a link. See [Mail] for what counts and why.
type linker struct {
	host bool // inside the host or address that follows a cut
}

// cuts reports whether s[i] must be broken. It is called for every i in order.
func (l *linker) cuts(s string, i int) bool {
	c := s[i]
	switch c {
	case ':':
		if opensURL(s, i) || endsFold(s[:i], "mailto") {
			l.host = true
			return true
		}
	case '.':
		if l.host || endsFold(s[:i], "www") && i+1 < len(s) && isHost(s[i+1]) {
			l.host = true
			return true
		}
	case '/':
		// Browsers skip any number of slashes before the host.
		if l.host && s[i-1] != ':' && s[i-1] != '/' {
			l.host = false
		}
	case '?', '#', ' ', '"', '\'', '<', '>', ',', ';', '|':
		l.host = false
	}
	return false
}

// opensURL reports whether the colon at i is the one of a "scheme://" that is
// broken: all but s3, which is what people copy and no client follows.
func opensURL(s string, i int) bool {
	if !strings.HasPrefix(s[i+1:], "//") {
		return false
	}
	head, s3 := strings.CutSuffix(s[:i], "s3")
	if !s3 || head == "" {
		return !s3
	}
	// What precedes must be no part of a longer scheme, in the result either:
	// these are characters that no sink writes as an escape.
	return strings.IndexByte(" '\"(=,", head[len(head)-1]) < 0
}

func endsFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// isHost reports whether c can begin a label of a host name; letters beyond
// ASCII are allowed in names as people write them.
func isHost(c byte) bool {
	return isWord(c) || c >= utf8.RuneSelf
}
