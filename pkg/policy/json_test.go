package policy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"why403/pkg/policy"
)

// What is JSON is read as JSON says, and what is not is refused.
func TestJSON(t *testing.T) {
	for _, c := range []struct{ value, want string }{
		{`"a"`, "a"},
		{`""`, ""},
		{`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t"},
		{`"\u0041\u00e9\u20AC\ud83d\ude00"`, "Aé€😀"},
		{`"é\u0041"`, "éA"},
		{`0`, "0"}, {`-0`, "-0"}, {`12.50`, "12.50"}, {`1e3`, "1e3"}, {`-1.5E-7`, "-1.5E-7"}, {`2e+5`, "2e+5"},
		{`true`, "true"}, {`false`, "false"},
	} {
		p, err := policy.Parse([]byte(`{"Id":` + c.value + ` ,"Statement":[]}`))
		if err != nil || p.ID() != c.want {
			t.Errorf("%s: got %v %v", c.value, p, err)
		}
	}
	for _, v := range []string{
		``, `"`, `"a`, `"\`, `"\"`, `"\x"`, `"\u12"`, `"\u12g4"`, `"\ud800"`, `"\ud800a"`, `"\ud800\u0041"`, `"\udc00\ud800"`, `"\ud83d\u"`,
		"\"a\nb\"", "\"\\n\x01\"", "\"\x00\"",
		`01`, `-`, `+1`, `.5`, `5.`, `1e`, `1e+`, `0x10`, `1_0`, `NaN`, `--1`, `1.2.3`,
		`tru`, `True`, `falsey`, `nil`, `"a" "b"`, `"a";`,
	} {
		doc := []byte(`{"Id":` + v + `,"Statement":[]}`)
		p, err := policy.Parse(doc)
		if err == nil {
			t.Errorf("%s: read as %q", v, p.ID())
		}
		// A half of a surrogate pair is the one thing that encoding/json takes.
		if json.Valid(doc) && !strings.Contains(v, `\ud`) && !strings.Contains(v, `\uD`) {
			t.Errorf("%s is JSON", v)
		}
	}
	for _, doc := range []string{`{"Id":"a`, `{"Id":"a\`, `{"Id":"a\n`, `{"Id":"\u00`, `{"Id":"\ud83d\u00`, `{"Id":`, `{"Id"`, `{`, ``, ` `} {
		if _, err := policy.Parse([]byte(doc)); err == nil {
			t.Errorf("%s: got no error", doc)
		}
	}
	for _, v := range []string{`{"a":[1,{"b":null},"c",[]]}`, `{}`, `[]`, `null`, `[true,false,-1]`} {
		p, err := policy.Parse([]byte(`{"Note": ` + v + `,"Statement":[]}`))
		if err != nil || len(p.Problems()) != 1 {
			t.Errorf("%s: got %v", v, err)
		}
	}
	for _, v := range []string{`{"a"}`, `{"a":}`, `{,}`, `{"a":1,}`, `[1 2]`, `[,1]`, `[1,]`, `[1,,2]`, `{1:2}`, `nul`, `{"a":1 "b":2}`, `]`} {
		doc := []byte(`{"Note":` + v + `,"Statement":[]}`)
		if _, err := policy.Parse(doc); err == nil || json.Valid(doc) {
			t.Errorf("%s: got no error", v)
		}
	}
}

// The zero values of contexts know nothing, and can be told.
func TestZeroContext(t *testing.T) {
	p := parse(t, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:b":"c"}}}}`)
	var zero policy.Context
	for _, ctx := range []*policy.Context{nil, {}, policy.NewContext(false)} {
		if got := p.Match(policy.NewRequest("s3:GetObject", "*", nil, ctx), nil)[0].Truth; got != policy.Unknown {
			t.Errorf("got %v", got)
		}
	}
	values := []string{"c"}
	zero.Set("A:B", values...)
	values[0] = "changed"
	if got := p.Match(policy.NewRequest("s3:GetObject", "*", nil, &zero), nil)[0].Truth; got != policy.Yes {
		t.Errorf("got %v", got)
	}
}
