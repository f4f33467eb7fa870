package excerpt

import (
	"slices"
	"strings"

	"why403/pkg/diagnosis"
)

// matches reports whether an element beside the one that decides is known to fit the
// request. All do in a statement that matches. In one that does not, the element that
// is told is the first that fails: those after it may fail too, and those before it
// may be unknown.
func matches(r diagnosis.Reason, d diagnosis.Denial, name string, n node) bool {
	switch name {
	case "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition":
	default:
		return false
	}
	if r.Matches == "yes" {
		return true
	}
	if place(name) >= place(r.Element) {
		return false
	}
	switch name {
	case "Principal":
		return names(n, d)
	case "Action":
		return true
	case "Resource":
		return !variable(n)
	}
	return false
}

// place is where an element stands in the order in which elements are looked at.
func place(element string) int {
	order := []string{"Principal", "Action", "Resource", "Condition"}
	return slices.Index(order, strings.TrimPrefix(element, "Not"))
}

// names reports whether a Principal names the requester beyond doubt.
func names(n node, d diagnosis.Denial) bool {
	p := d.Principal
	if n.kind != object && n.kind != list {
		return n.text == "*" || p.ARN != "" && n.text == p.ARN && !p.PathUnknown || p.Account != "" && (n.text == p.Account || n.text == "arn:aws:iam::"+p.Account+":root")
	}
	return slices.ContainsFunc(n.items, func(item node) bool { return names(item, d) })
}

// variable reports whether a policy variable stands in a value: what it becomes need
// not be known.
func variable(n node) bool {
	return strings.Contains(n.text, "${") || slices.ContainsFunc(n.items, variable)
}

// nearness says how near a value of a policy comes to one of the request: most if it
// matches, else the more the longer they begin alike. It chooses what to show, and
// decides nothing.
func nearness(pattern, got string) int {
	if glob(strings.ToLower(pattern), strings.ToLower(got)) {
		return len(got) + len(pattern) + 2
	}
	n := 0
	for n < len(pattern) && n < len(got) && pattern[n] == got[n] {
		n++
	}
	return n + 1
}

// glob matches * and ?.
func glob(pattern, s string) bool {
	back, from := -1, 0 // where to go on after the last *
	i, k := 0, 0
	for k < len(s) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			back, from = i, k
			i++
		case i < len(pattern) && (pattern[i] == '?' || pattern[i] == s[k]):
			i++
			k++
		case back >= 0:
			from++
			i, k = back+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[i:], "*") == ""
}
