package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"why403/pkg/policy"
)

// Documents come from foreign accounts: their size is bounded in every direction.
func TestBounds(t *testing.T) {
	statement := `{"Effect":"Allow","Action":"*","Resource":"*"}`
	list := func(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	nested := func(n int) string {
		return `{"Note":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `,"Statement":[]}`
	}
	members := func(n int, form string) string {
		out := make([]string, n)
		for i := range out {
			out[i] = fmt.Sprintf(form, i)
		}
		return strings.Join(out, ",")
	}
	for _, c := range []struct {
		name, doc, err string
	}{
		{"size", `{"Statement":[]}` + strings.Repeat(" ", policy.MaxSize-16), ""},
		{"too large", `{"Statement":[]}` + strings.Repeat(" ", policy.MaxSize-15), "more than the 1048576 that are read"},
		{"depth", nested(policy.MaxDepth), ""},
		{"too deep", nested(policy.MaxDepth + 1), "nested deeper than 32"},
		{"far too deep", nested(policy.MaxSize / 4), "nested deeper than 32"},
		{"deep without an end", strings.Repeat(`{"Note":`, 1000), "nested deeper than 32"},
		{"statements", `{"Statement":[` + list(policy.MaxStatements, statement) + `]}`, ""},
		{"too many statements", `{"Statement":[` + list(policy.MaxStatements+1, statement) + `]}`, "more than the 4096 statements"},
		{"keys", `{"Statement":{"Effect":"Allow","Action":"*","Condition":{"Bool":{` + members(policy.MaxMembers, `"a:%d":"true"`) + `}}}}`, ""},
		{"too many keys", `{"Statement":{"Effect":"Allow","Action":"*","Condition":{"Bool":{` + members(policy.MaxMembers+1, `"a:%d":"true"`) + `}}}}`, "more than the 1024 conditions"},
		{"too many operators", `{"Statement":{"Effect":"Allow","Action":"*","Condition":{` + members(policy.MaxMembers+1, `"Op%d":{"a:b":"c"}`) + `}}}`, "more than the 1024 conditions"},
		{"too many unknown elements", `{` + members(policy.MaxMembers+1, `"E%d":1`) + `,"Statement":[]}`, "more than the 1024 members"},
		{"too many kinds of principal", `{"Statement":{"Effect":"Allow","Action":"*","Principal":{` + members(policy.MaxMembers+1, `"P%d":"c"`) + `}}}`, "more than the 1024 members"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := policy.Parse([]byte(c.doc))
			var place *policy.Error
			switch {
			case c.err == "" && err != nil:
				t.Error(err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err) || !errors.As(err, &place)):
				t.Errorf("got %v, want %s", err, c.err)
			}
		})
	}
}

// An error names the line.
func TestErrorLine(t *testing.T) {
	_, err := policy.Parse([]byte("{\n \"Statement\": [\n  {\"Effect\": \"Allow\",\n   \"Action\": 5,\n   \"Resource\": \"*\",\n   \"Condition\": {\"Bool\": 7}}]}"))
	const want = `policy at Statement[0].Condition.Bool, line 6: want an object, found a number`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// Text that is not UTF-8 is refused: what AWS reads there is not known, and a byte
// of a wildcard could be among it.
func TestNotUTF8(t *testing.T) {
	for _, s := range []string{"a\xffb", "\xfe", `\n` + "\xfd", "\xc0\xaf", "\xed\xa0\x80"} {
		_, err := policy.Parse([]byte(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::` + s + `"}}`))
		if err == nil || !strings.Contains(err.Error(), "at Statement.Resource, line 1: not UTF-8") {
			t.Errorf("%q: got %v", s, err)
		}
	}
}

// A request that is not UTF-8 cannot bring wildcards in, as a value or as what is
// compared.
func TestRequestNotUTF8(t *testing.T) {
	p := parse(t, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::acme-data/${aws:username}/x"},
		{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::acme-data/?/x"}]}`)
	ctx := policy.NewContext(true)
	ctx.Set("aws:username", "\xff")
	for resource, want := range map[string][2]policy.Truth{
		"arn:aws:s3:::acme-data/ann/x":    {policy.Unknown, policy.No},
		"arn:aws:s3:::acme-data/\xff/x":   {policy.Unknown, policy.Yes},
		"arn:aws:s3:::acme-data/ann/y":    {policy.No, policy.No},
		"arn:aws:s3:::acme-data/\xff\xfe": {policy.No, policy.No},
	} {
		got := p.Match(policy.NewRequest("s3:GetObject", resource, nil, ctx), nil)
		if got[0].Truth != want[0] || got[1].Truth != want[1] {
			t.Errorf("%q: got %v %v, want %v", resource, got[0].Truth, got[1].Truth, want)
		}
	}
}

// Matching costs at most the product of the lengths, whatever the pattern.
func TestMatchingIsBounded(t *testing.T) {
	key := strings.Repeat("a", 1024)
	colons := strings.Repeat("a:", 512)
	for _, c := range []struct{ name, pattern, resource string }{
		{"stars", "arn:aws:s3:::" + strings.Repeat("*a", 500) + "*b", "arn:aws:s3:::" + key},
		{"four stars", "arn:aws:s3:::*a*a*a*a*b", "arn:aws:s3:::" + key},
		{"stars and question marks", "arn:aws:s3:::" + strings.Repeat("*?", 500) + "b", "arn:aws:s3:::" + key},
		{"stars that end segments", "arn:*:*:*:*:*a*a*a*b", "arn:" + colons},
		{"stars within segments", "arn:*a*a:*a*a:*a*a:*a*a:*a*b", "arn:" + strings.Repeat("aaaaaaaaaaaaaaa:", 64)},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := parse(t, fmt.Sprintf(`{"Statement":{"Effect":"Allow","Action":"*","Resource":%q}}`, c.pattern))
			r := policy.NewRequest("s3:GetObject", c.resource, nil, nil)
			begin := time.Now()
			if got := p.Match(r, nil)[0].Truth; got != policy.No {
				t.Errorf("got %v", got)
			}
			// It takes some milliseconds at most. An exponential matcher would not
			// come back at all.
			if d := time.Since(begin); d > 5*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}
