package clean

import "strings"

// Slack makes s safe inside running mrkdwn text of a Slack message. For keys,
// ARNs and everything that will be copied prefer [SlackCode].
//
// Guaranteed: all that [Terminal] guarantees, and
//
//   - & < > are escaped once, so no mention, no <!channel>, no <url|label>
//     (https://docs.slack.dev/messaging/formatting-message-text);
//   - no bold, italic, struck or code text: mrkdwn has no escape for its marks, so
//     they are shown as \x2a \x5f \x7e \x60, the underscore and tilde inside a
//     word (my_bucket) excepted, which Slack does not read as marks;
//   - no quotation: a > at the start is shown as \x3e, since Slack reads &gt;
//     there as a quotation mark too;
//   - no plain @here, @channel or @everyone;
//   - no link made of a scheme, www. or mailto:, broken as in [Mail].
//
// Slack also links bare domains and #names unless the text object says
// "verbatim": true; callers should set it. Emoji codes (:name:) are left alone,
// for the colons of an ARN look like them and they say no more than the emoji
// characters do.
//
// Different texts give different results, with the exception of [Mail].
func Slack(s string) string {
	s = visible(s)
	p := patch{s: s}
	var l linker
	start := true // only spaces so far
	for i := range len(s) {
		c := s[i]
		switch {
		case l.cuts(s, i):
			p.unlink(i)
		case c == '>' && start, c == '*', c == '`':
			p.escape(i, rune(c), 1)
		case (c == '_' || c == '~') && !insideWord(s, i):
			p.escape(i, rune(c), 1)
		case c == '@' && addressesAll(s[i+1:]):
			p.escape(i, rune(c), 1)
		default:
			p.entity(i)
		}
		start = start && c == ' '
	}
	return p.String()
}

// SlackCode makes s safe between two backticks of Slack mrkdwn, and inside a
// fenced block.
//
// Guaranteed: all that [Terminal] guarantees; & < > escaped once, which Slack
// would otherwise read even inside code; no backtick, so the text cannot leave
// the code span. A backtick is shown as \x60 and not as a look-alike, because a
// look-alike would be copied and name another key. Spaces at the ends are shown
// as \x20, for Slack trims them. An empty text becomes "", because two backticks
// in a row are not a code span and would pair with a later one.
//
// Links are not broken: Slack makes none inside code. Different texts give
// different results, save the empty one and one that is two double quotes.
func SlackCode(s string) string {
	if s == "" {
		return `""`
	}
	s = visible(s)
	p := patch{s: s}
	for i := range len(s) {
		c := s[i]
		if c == '`' || c == ' ' && (i == 0 || i == len(s)-1) {
			p.escape(i, rune(c), 1)
			continue
		}
		p.entity(i)
	}
	return p.String()
}

// entity writes the three characters Slack gives a meaning as what Slack decodes
// to themselves.
func (p *patch) entity(i int) {
	switch p.s[i] {
	case '&':
		p.replace(i, 1, "&amp;")
	case '<':
		p.replace(i, 1, "&lt;")
	case '>':
		p.replace(i, 1, "&gt;")
	}
}

func insideWord(s string, i int) bool {
	return i > 0 && isWord(s[i-1]) && i+1 < len(s) && isWord(s[i+1])
}

// addressesAll reports whether s, the text after an @, names everybody.
func addressesAll(s string) bool {
	return beginsFold(s, "here") || beginsFold(s, "channel") || beginsFold(s, "everyone")
}

func beginsFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
