package rules

import "strings"

// Pattern is a text in which each * stands for any number of characters, none included.
// Nothing else is special, and letters count as they are written.
type Pattern string

// Wild reports whether the pattern has a *.
func (p Pattern) Wild() bool { return strings.Contains(string(p), "*") }

// Match reports whether all of s fits.
func (p Pattern) Match(s string) bool { return match(string(p), s) }

// matchARN compares part by part: a * never reaches over a colon, so that a pattern that
// names an account cannot fit another's principal.
func (p Pattern) matchARN(s string) bool {
	// The last of the six parts is the resource, which may have colons of its own.
	want, got := strings.SplitN(string(p), ":", 6), strings.SplitN(s, ":", 6)
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if !match(want[i], got[i]) {
			return false
		}
	}
	return true
}

// matchFold is Match without regard to upper and lower case, as IAM compares actions.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
func (p Pattern) matchFold(s string) bool {
	return match(strings.ToLower(string(p)), strings.ToLower(s))
}

// match takes time in the length of s times the number of characters between stars.
func match(p, s string) bool {
	parts := strings.Split(p, "*")
	if len(parts) == 1 {
		return p == s
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return true
}

// covers reports whether p fits everything that q fits. It may miss that, and never says
// so wrongly: a * of q is only fitted by a * of p.
func (p Pattern) covers(q Pattern) bool {
	const star = "\x00" // stands in no text that rules are about
	return match(string(p), strings.ReplaceAll(string(q), "*", star))
}
