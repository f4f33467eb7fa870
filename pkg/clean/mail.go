package clean

import "strings"

// Mail makes s safe as a single-line value in a plain-text mail body.
//
// Guaranteed: all that [Terminal] guarantees, and none of the forms that mail
// clients turn into links for certain:
//
//	https://evil.example/x   becomes https[:]//evil[.]example/x (any scheme but s3)
//	www.evil.example         becomes www[.]evil[.]example
//	mailto:a@evil.example    becomes mailto[:]a@evil[.]example
//	\\evil\share             becomes \x5c\evil\share (a Windows path to a server)
//
// The scheme keeps its name, so that ftp, file and application links are treated
// alike. Dots are bracketed only in the host that follows.
//
// Left alone, because these are the values a reader must be able to read and
// copy: bare names with dots (report.csv, my.bucket.name, a bucket called
// example.com inside an ARN, s3.amazonaws.com), session names that are mail
// addresses, and s3://bucket/key. Some clients link a bare domain or an address
// all the same; nothing in the text tells such a name from a bucket.
//
// Different texts give different results, except a text that is written in
// brackets to begin with: https[:]//a[.]b stays as it is.
func Mail(s string) string {
	s = visible(s)
	p := patch{s: s}
	var l linker
	for i := range len(s) {
		if l.cuts(s, i) {
			p.unlink(i)
		}
		// A Windows path to a server. Slack makes no link of it, so the rule is
		// not one of the linker's.
		if strings.HasPrefix(s[i:], `\\`) {
			p.escape(i, '\\', 1)
		}
	}
	return p.String()
}

// unlink breaks the link punctuation at i.
func (p *patch) unlink(i int) {
	if p.s[i] == ':' {
		p.replace(i, 1, "[:]")
	} else {
		p.replace(i, 1, "[.]")
	}
}
