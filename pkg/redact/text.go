package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"why403/pkg/trail"
)

// text replaces texts by a dictionary, or fills the dictionary with them.
type text struct {
	*dictionary
	managed map[string]bool // names of AWS's own policies in this case
}

func newText(d *dictionary) *text {
	return &text{dictionary: d, managed: map[string]bool{}}
}

// shapes are the beginnings of a text that are not replaced word by word, each in a
// group of its own.
var shapes = regexp.MustCompile(`^(?:` + strings.Join([]string{
	`(?P<host>(?i:(?:[a-z0-9*-]+\.)*amazonaws\.com(?:\.cn|\.eu)?))(?:[^A-Za-z0-9.-]|\.?$)`,
	`(?P<group>http://acs\.amazonaws\.com/groups/(?:global/AllUsers|global/AuthenticatedUsers|s3/LogDelivery))`,
	`(?P<uuid>[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})(?:[^A-Za-z0-9]|$)`,
	`(?P<canonical>[0-9a-f]{64})(?:[^A-Za-z0-9]|$)`,
	`(?P<network>[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?)(?:[^A-Za-z0-9.]|\.?$)`,
	`(?P<six>(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?:/[0-9]{1,3})?)(?:[^A-Za-z0-9:]|$)`,
	`(?P<account>[0-9]{12})(?:[^A-Za-z0-9*?$]|$)`,
	`(?P<id>(?:A3T|ABIA|ACCA|AGPA|AIDA|AIPA|AKIA|ANPA|ANVA|APKA|AROA|ASCA|ASIA)[A-Z0-9]{4,})(?:[^A-Za-z0-9*?$]|$)`,
	// What AWS puts in front of names, or behind them.
	`(?P<aws>AWSServiceRoleFor[A-Za-z0-9]*|AWSReservedSSO|aws-reserved|aws-service-role|aws-guardrails-|AWSCompromisedKeyQuarantine(?:V[0-9])?|` +
		`alias/|(?:vpce|vpc|eni|subnet|ou|op|mrk|o|r|p|i)-|(?:A3T|ABIA|ACCA|AGPA|AIDA|AIPA|AKIA|ANPA|ANVA|APKA|AROA|ASCA|ASIA)(?:[*:?]|$))`,
}, "|") + `)`)

// zone is the end of the name of a directory bucket and of others that AWS names.
func zone() *regexp.Regexp {
	return form1
}

// opaque replaces a text in which only the form is AWS's.
func opaque(x *text, s string) string {
	if s == "" || slices.Contains(specials(), s) {
		return s
	}
	if x.managed[s] {
		x.own(s)
		return s
	}
	if strings.HasPrefix(s, "arn:") {
		return arn(x, s)
	}
	return words(x, s, x.word)
}

// words replaces the words of a text by a function, and what has a form of its own by
// that.
func words(x *text, s string, word func(string) string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if i == 0 || !ofWord(last(s[:i])) {
			if to, n := x.shape(s[i:], word); n > 0 {
				b.WriteString(to)
				i += n
				continue
			}
		}
		if end := suffix(s[i:]); end != "" {
			b.WriteString(end)
			i += len(end)
			continue
		}
		switch {
		case strings.HasPrefix(s[i:], "${"):
			to, n := variable(s[i:], word)
			b.WriteString(to)
			i += n
		case r == '%' && escape(s[i:]):
			b.WriteString(s[i : i+3])
			i += 3
		case ofWord(r):
			n := i
			for n < len(s) {
				c, more := utf8.DecodeRuneInString(s[n:])
				if !ofWord(c) {
					break
				}
				n += more
			}
			x.cut(s, i, n)
			b.WriteString(word(s[i:n]))
			i = n
		default:
			b.WriteString(s[i : i+size])
			i += size
		}
	}
	return b.String()
}

func last(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// suffix is what AWS puts behind the names of some buckets and access points, where a
// text begins with it.
func suffix(s string) string {
	for _, end := range []string{"-s3alias", "--x-s3", "--xa-s3", "--op-s3", "--ol-s3", ".mrap"} {
		if strings.HasPrefix(s, end) && (len(s) == len(end) || !ofWord(rune(s[len(end)]))) {
			return end
		}
	}
	return ""
}

// cut notes the word s[from:to] as a piece if a wildcard or a variable stands next to it.
func (x *text) cut(s string, from, to int) {
	if x.to != nil {
		return
	}
	open := func(rest string) bool {
		return rest != "" && (rest[0] == '*' || rest[0] == '?') || strings.HasPrefix(rest, "${")
	}
	after, before := open(s[to:]), from > 0 && strings.IndexByte("*?}", s[from-1]) >= 0
	piece := strings.ToLower(s[from:to])
	marks := func(rest string) int { return len(rest) - len(strings.TrimLeft(rest, "?")) }
	switch {
	case before && after:
		x.middles[piece] = true
	case after:
		x.begins[piece] = max(x.begins[piece], marks(s[to:]))
	case before:
		x.ends[piece] = max(x.ends[piece], len(s[:from])-len(strings.TrimRight(s[:from], "?")))
	}
}

// escape reports whether a text begins with an escaped character that is no letter.
func escape(s string) bool {
	if len(s) < 3 {
		return false
	}
	hi, lo := strings.IndexByte("0123456789abcdef", s[1]|0x20), strings.IndexByte("0123456789abcdef", s[2]|0x20)
	return hi >= 0 && lo >= 0 && !ofWord(rune(hi<<4|lo)) && hi < 8
}

// variable keeps a policy variable, but for the names of tags and what stands in quotes.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func variable(s string, word func(string) string) (string, int) {
	end := strings.IndexByte(s, '}')
	if end < 0 {
		return "${", 2
	}
	inside := s[2:end]
	name, rest := inside, ""
	if i := strings.IndexAny(inside, "/,"); i >= 0 {
		name, rest = inside[:i], inside[i:]
	}
	if !form2.MatchString(name) {
		name = plainWords(name, word)
	}
	return "${" + name + plainWords(rest, word) + "}", end + 1
}

func plainWords(s string, word func(string) string) string {
	var b strings.Builder
	for s != "" {
		n := 0
		for n < len(s) {
			r, size := utf8.DecodeRuneInString(s[n:])
			if !ofWord(r) {
				break
			}
			n += size
		}
		if n > 0 {
			b.WriteString(word(s[:n]))
			s = s[n:]
			continue
		}
		_, size := utf8.DecodeRuneInString(s)
		b.WriteString(s[:size])
		s = s[size:]
	}
	return b.String()
}

// shape replaces what a text begins with if it has a form of its own, and returns how
// long that is.
func (x *text) shape(s string, word func(string) string) (to string, n int) {
	if c := s[0]; c != ':' && (c >= 0x80 || !ofWord(rune(c))) {
		return "", 0 // none begins so
	}
	m := shapes.FindStringSubmatch(s)
	if m == nil {
		return "", 0
	}
	for i, kind := range shapes.SubexpNames() {
		found := m[i]
		if kind == "" || found == "" {
			continue
		}
		switch kind {
		case "host":
			return host(found, word), len(found)
		case "group":
			return found, len(found)
		case "uuid", "canonical":
			return x.note(x.ids, found), len(found)
		case "network", "six":
			p, ok := prefixOf(found)
			if !ok {
				return "", 0
			}
			if p.Bits() == 0 {
				return found, len(found)
			}
			return x.note(x.networks, found), len(found)
		case "account":
			return x.note(x.accounts, found), len(found)
		case "id":
			return x.note(x.ids, found), len(found)
		case "aws":
			found = strings.TrimRight(found, "*:?")
			x.own(found)
			return found, len(found)
		}
	}
	return "", 0
}

func (x *text) note(in map[string]bool, found string) string {
	if x.to == nil {
		in[found] = true
		return found
	}
	return x.look(found)
}

// host replaces the names in front of an AWS host name: those of buckets, accounts and
// endpoints.
func host(s string, word func(string) string) string {
	labels := strings.Split(s, ".")
	end := len(labels) - 2
	at := -1
	for i, label := range labels[:end] {
		if l := strings.ToLower(label); l == "s3" || strings.HasPrefix(l, "s3-") || strings.HasPrefix(l, "s3express-") {
			at = i
			break
		}
	}
	for i, label := range labels[:max(at, 0)] {
		next := labels[i+1]
		switch {
		case (label == "accesspoint" || label == "bucket" || label == "control") && (i+1 == at || strings.HasPrefix(next, "vpce-")):
		case strings.HasPrefix(label, "vpce-"):
			labels[i] = "vpce-" + plainWords(label[len("vpce-"):], word)
		default:
			if z := zone().FindStringSubmatch(label); z != nil {
				labels[i] = plainWords(z[1], word) + z[2]
				continue
			}
			labels[i] = plainWords(label, word)
		}
	}
	return strings.Join(labels, ".")
}

// prose replaces a sentence of AWS's: the words that AWS uses in such sentences stay, and
// no others.
func prose(x *text, s string) string {
	m := trail.ParseMessage(s)
	var b strings.Builder
	for _, part := range []string{m.Principal, m.Resource, m.PolicyARN} {
		i := strings.Index(s, part)
		if part == "" || i < 0 {
			continue
		}
		b.WriteString(sentence(x, s[:i]))
		b.WriteString(opaque(x, part))
		s = s[i+len(part):]
	}
	b.WriteString(sentence(x, s))
	return b.String()
}

func sentence(x *text, s string) string {
	var b strings.Builder
	word := func(w string) string {
		if vocabulary[strings.ToLower(w)] {
			x.own(w)
			return w
		}
		return x.word(w)
	}
	pieces := form3
	for s != "" {
		at := pieces.FindStringIndex(s)
		if at == nil {
			break
		}
		b.WriteString(words(x, s[:at[0]], word))
		if found := s[at[0]:at[1]]; strings.HasPrefix(found, "arn:") {
			b.WriteString(arn(x, found))
		} else {
			x.own(found)
			b.WriteString(found)
		}
		s = s[at[1]:]
	}
	b.WriteString(words(x, s, word))
	return b.String()
}

// own notes words as AWS's: they may be left.
func (x *text) own(s string) {
	plainWords(s, func(w string) string { x.kept[w] = true; return w })
}
