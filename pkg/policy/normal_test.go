package policy_test

import (
	"fmt"
	"slices"
	"strings"
)

// vocabulary is the words that are no names. Two cases in which all other words can
// be exchanged for one another are the same case.
var vocabulary = strings.Fields(`
	Version Statement Effect Principal NotPrincipal Action NotAction Resource NotResource Condition Sid Id
	Allow Deny AWS Service Federated CanonicalUser
	arn aws aws-cn aws-us-gov iam sts user role root assumed-role federated-user group
	true false yes no unknown absent is has values with account session id issuer provider noprovider uncertain boundary canonical
	anonymous service federated e E
	want when do on rest caller key policy statement version effect principal notprincipal action notaction resource notresource
	ForAllValues ForAnyValue Null
`)

// normal returns the case with its names replaced by numbers, in the order in which
// they come. What is said in words only does not count.
func (c *testCase) normal() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%s\n", or(c.get("do"), "s3:GetObject"), or(c.get("on"), "arn:aws:s3:::acme-data/report.csv"), or(c.get("caller"), "user ann"))
	for _, f := range c.fields {
		switch f.name {
		case "page", "rests", "wrong", "mistake", "fails", "settles", "doubt", "problem", "kinds", "error", "do", "on", "caller":
			continue
		}
		if slices.ContainsFunc(c.fields, func(g field) bool { return g.name == f.name && f.name != "key" }) && c.get(f.name) != f.value {
			continue // replaced by the case's own
		}
		fmt.Fprintf(&b, "%s: %s\n", f.name, f.value)
	}
	text := b.String()
	b.Reset()
	numbers := map[string]int{}
	isWord := func(r byte) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r >= 0x80
	}
	for i := 0; i < len(text); {
		j := i
		for j < len(text) && isWord(text[j]) {
			j++
		}
		if i == j {
			b.WriteByte(text[i])
			i++
			continue
		}
		word := text[i:j]
		i = j
		switch {
		case slices.Contains(vocabulary, word), operatorName(word), shortNumber(word):
			b.WriteString(word)
		default:
			folded := strings.ToLower(word)
			if _, ok := numbers[folded]; !ok {
				numbers[folded] = len(numbers)
			}
			fmt.Fprintf(&b, "n%d%s", numbers[folded], letterCase(word))
		}
	}
	return b.String()
}

func operatorName(s string) bool {
	for _, prefix := range []string{"String", "Numeric", "Date", "Bool", "Binary", "Ip", "NotIp", "Arn"} {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}

// shortNumber reports whether s is a number and no account id.
func shortNumber(s string) bool {
	return s[0] >= '0' && s[0] <= '9' && len(s) < 12
}

// letterCase tells apart words that are equal but for case.
func letterCase(s string) string {
	switch {
	case s == strings.ToLower(s):
		return ""
	case s == strings.ToUpper(s):
		return "U"
	default:
		return "M"
	}
}
