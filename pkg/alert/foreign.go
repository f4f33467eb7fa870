package alert

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"why403/pkg/clean"
)

// The most of a foreign text that is shown, in characters after cleaning. Names
// that AWS limits fit; what is longer was made to be. Cuts are in the middle.
const (
	mostARN        = 300 // the finding has the rest of a long key
	mostName       = 64  // session names, bucket names
	mostWord       = 48  // actions, Regions, endpoint ids
	mostID         = 40  // of causes
	mostAccount    = 24
	mostConfidence = 12
	mostSentence   = 480
	mostWords      = 600 // of AWS's own, whose reason is at the end
	mostAgent      = 62  // a user agent, so that it stays on its line
)

// fit cleans a foreign text for the body and cuts it in the middle where it is
// longer than most characters, or than twice as many bytes. It is cut before it
// is cleaned: a cut through cleaned text could leave a thing that cleaning would
// not have.
func fit(s string, most int) string {
	n := most
	for {
		if short := clean.Mail(clean.Middle(s, n)); columns(short) <= most && len(short) <= 2*most || n <= 1 {
			return short
		}
		n = n * 3 / 4
	}
}

// value is fit for a name in a line: it is not broken, and it stands in quotation
// marks where one could not tell where it ends.
func value(s string, most int) string {
	s = fit(s, most)
	if s == "" || strings.Contains(s, " ") {
		s = `"` + s + `"`
	}
	return strings.ReplaceAll(s, " ", noBreak)
}

// arnValue is value for what should be an ARN or the like, and is only then shown
// with more characters than a name.
func arnValue(s string) string {
	if strings.HasPrefix(s, "arn:") || strings.HasPrefix(s, "s3://") {
		return value(s, mostARN)
	}
	return value(s, mostName)
}

// sentence is fit for words that may be broken, with a capital letter and a full
// stop.
func sentence(s string) string {
	s = upperFirst(strings.TrimRight(fit(strings.TrimSpace(s), mostSentence), ". "))
	if s == "" {
		return ""
	}
	return s + "."
}

func upperFirst(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(r)) + s[size:]
}
