package policy_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/policy"
)

// FuzzParse: no document makes the parser panic; it takes nothing that is not JSON,
// and refuses no JSON for not being it; what it printed it reads again, and prints the
// same; and it answers the same.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"documents", "errors", "variables", "principals", "sets"} {
		for _, c := range readCases(f) {
			if c.topic == name {
				f.Add([]byte(c.document()))
			}
		}
	}
	ctx := policy.NewContext(false)
	ctx.Set("aws:username", "ann")
	ctx.SetAbsent("s3:prefix")
	ctx.Set("aws:TagKeys", "a", "b")
	r := policy.NewRequest("s3:GetObject", "arn:aws:s3:::acme-data/ann/x", &policy.Caller{Type: policy.CallerRole, Account: "111111111111"}, ctx)
	f.Fuzz(func(t *testing.T, doc []byte) {
		p, err := policy.Parse(doc)
		if err != nil {
			if strings.Contains(err.Error(), "not JSON") && !strings.Contains(err.Error(), "escape") && json.Valid(doc) {
				t.Fatalf("JSON is refused: %v", err)
			}
			return
		}
		if !json.Valid(doc) || !utf8.Valid(doc) {
			t.Fatal("what is not JSON is read")
		}
		again := printed(t, p)
		if diff := cmp.Diff(answers(p, r), answers(again, r)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzMatch: no pattern, value or caller makes the matcher panic; StringLike is what a
// regular expression makes of the same pattern; and negation is negation.
func FuzzMatch(f *testing.F) {
	f.Add("*a*a*a*a*b", strings.Repeat("a", 1024), "ann")
	f.Add("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::ann/x", "ann")
	f.Add("arn:*:iam::*:role/?", "arn:aws:iam::111111111111:role/a", "")
	f.Add("${*}?${aws:username, 'x'}", "*ax", "\xff")
	f.Add("203.0.113.0/24", "203.0.113.7", "5")
	f.Fuzz(func(t *testing.T, pattern, value, name string) {
		if !utf8.ValidString(pattern) {
			return
		}
		quoted, err := json.Marshal(pattern)
		if err != nil {
			t.Fatal(err)
		}
		var conditions []string
		for i, op := range []string{"StringLike", "StringNotLike", "StringEquals", "StringNotEquals", "ArnLike", "ArnNotLike", "NumericLessThan", "DateLessThan", "Bool", "IpAddress", "NotIpAddress", "BinaryEquals", "StringEqualsIgnoreCase"} {
			conditions = append(conditions, fmt.Sprintf(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{%q:{"acme:key":%s}}}`, op, quoted))
			_ = i
		}
		doc := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[%s,{"Effect":"Allow","Action":%s,"Resource":%s},{"Effect":"Allow","Principal":{"AWS":%s,"Service":%s},"Action":"*"}]}`,
			strings.Join(conditions, ","), quoted, quoted, quoted, quoted)
		p, err := policy.Parse([]byte(doc))
		if err != nil {
			return // too long
		}
		ctx := policy.NewContext(true)
		ctx.Set("acme:key", value)
		ctx.Set("aws:username", name)
		caller := &policy.Caller{Type: policy.CallerUser, Account: "111111111111", ARN: value}
		r := policy.NewRequest(value, value, caller, ctx)
		got := answers(p, r)
		for _, pair := range [][2]int{{0, 1}, {2, 3}, {4, 5}, {9, 10}} {
			if got[pair[0]].Truth != got[pair[1]].Truth.Not() {
				t.Errorf("%v, and negated %v", got[pair[0]], got[pair[1]])
			}
		}
		if got[2].Truth == policy.Yes && got[0].Truth == policy.No && !strings.Contains(pattern, "$") {
			t.Error("equal and not like")
		}
		if strings.Contains(pattern, "$") || !utf8.ValidString(value) || len(pattern) > 200 {
			return
		}
		expression := regexp.QuoteMeta(pattern)
		expression = strings.ReplaceAll(strings.ReplaceAll(expression, `\*`, `.*`), `\?`, `.`)
		if want := regexp.MustCompile(`(?s)\A` + expression + `\z`).MatchString(value); policy.Of(want) != got[0].Truth {
			t.Errorf("%q like %q: got %v, want %v", value, pattern, got[0].Truth, want)
		}
	})
}

// TestResourceReference compares the matcher with the rule of the page, put into
// code as slowly and plainly as it is written there.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
func TestResourceReference(t *testing.T) {
	random := rand.New(rand.NewPCG(403, 403))
	text := func(n int, alphabet string) string {
		b := make([]byte, random.IntN(n))
		for i := range b {
			b[i] = alphabet[random.IntN(len(alphabet))]
		}
		return string(b)
	}
	matches := 0
	for range 50000 {
		pattern := "arn:" + text(9, "a*?:::") + text(4, "ab*:")
		if n := strings.Count(pattern, ":"); n < 5 {
			pattern += strings.Repeat(":*", 5-n)
		}
		resource := "arn:" + text(10, "ab:::")
		p := parse(t, fmt.Sprintf(`{"Statement":{"Effect":"Allow","Action":"*","Resource":%q}}`, pattern))
		got := p.Match(policy.NewRequest("a:b", resource, nil, nil), nil)[0].Truth
		want := reference(strings.SplitN(pattern, ":", 6), 0, resource)
		if got != policy.Of(want) {
			t.Fatalf("%q and %q: got %v, want %v", pattern, resource, got, want)
		}
		if want {
			matches++
		}
	}
	if matches < 500 {
		t.Errorf("only %d matches", matches)
	}
}

// reference matches what is left of the segments of a pattern, at being the place in
// the first of them.
func reference(segments []string, at int, s string) bool {
	last := len(segments) == 1
	segment := segments[0]
	if at == len(segment) {
		if last {
			return s == ""
		}
		return strings.HasPrefix(s, ":") && reference(segments[1:], 0, s[1:])
	}
	switch segment[at] {
	case '*':
		for i := 0; ; i++ {
			if reference(segments, at+1, s[i:]) {
				return true
			}
			if i == len(s) || s[i] == ':' && !last && at != len(segment)-1 {
				return false
			}
		}
	case '?':
		return s != "" && (last || s[0] != ':') && reference(segments, at+1, s[1:])
	default:
		return s != "" && s[0] == segment[at] && reference(segments, at+1, s[1:])
	}
}
