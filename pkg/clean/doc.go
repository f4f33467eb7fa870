// Package clean makes foreign text safe, one function per sink.
//
// Object keys, session names, user agents, bucket names, tags and error
// messages are all chosen by whoever made the denied request. None of them may
// move a cursor, start a line of its own, reorder what stands beside it, notify
// a channel, become a link, a formula or a command.
//
// Three rules hold for every sink:
//
//   - Clean once, where the text leaves the program, with the function of that
//     sink. The functions are not idempotent: cleaning twice shows the escapes
//     of the first pass as text.
//   - What is dangerous is shown, not dropped: a different text stays a
//     different text. Exceptions are said at the function.
//   - The result is always one line of valid UTF-8.
//
// # Escapes
//
// A character that must not reach a reader is written as
//
//	\x1b        an ASCII character, by its code
//	\x9b        a byte that is not part of valid UTF-8 (always \x80 and above)
//	\u202e      any other character up to U+FFFF
//	\U000e0041  a character above
//
// A backslash of the text itself stays as it is, so that DOMAIN\user, C:\new and
// the \" of a quoted policy can be read and copied. Only where it would read as
// one of the escapes above it becomes \x5c: the text \x1b (four characters) is
// shown as \x5cx1b. There are no short forms such as \n, because they would make
// more ordinary backslashes ambiguous.
//
// # Hidden characters
//
// Escaped everywhere are: control characters (C0, DEL, C1), bidirectional and
// other format characters (category Cf), line and paragraph separators, every
// space but U+0020, private use and unassigned characters, variation selectors,
// fillers and other characters without a glyph, invalid UTF-8, combining marks
// at the start of a text (they would change the letter before it), and from the
// fifth combining mark in a row on (they would paint over other lines).
//
// Letters of all scripts stay. Look-alikes (a Cyrillic а for a Latin a) are
// therefore visible as such only in [Subject]; and right-to-left letters still
// order the digits and punctuation beside them, so a value is best put on a line
// of its own.
package clean
