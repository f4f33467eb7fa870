package difftest

import (
	"maps"
	"strings"

	"why403/pkg/policy/difftest/iamsim"
)

// generator makes questions. Two with the same seed make the same ones.
type generator struct {
	iamsim.Random
	families []family
	made     int
	// known restricts the condition keys to those that every request may have, with
	// one value or several as AWS has them.
	known bool
}

// family is a kind of questions.
type family struct {
	name   string
	weight int // how many of a hundred or so
	make   func(g *generator) *question
}

func newGenerator(seed uint64) *generator {
	g := &generator{Random: iamsim.NewRandom(seed)}
	for _, f := range []family{
		{"string", 12, func(g *generator) *question { return g.single(g.condition("string")) }},
		{"numeric", 8, func(g *generator) *question { return g.single(g.condition("numeric")) }},
		{"date", 8, func(g *generator) *question { return g.single(g.condition("date")) }},
		{"bool", 5, func(g *generator) *question { return g.single(g.condition("bool")) }},
		{"binary", 4, func(g *generator) *question { return g.single(g.condition("binary")) }},
		{"ip", 8, func(g *generator) *question { return g.single(g.condition("ip")) }},
		{"arn", 9, func(g *generator) *question { return g.single(g.condition("arn")) }},
		{"null", 5, func(g *generator) *question { return g.single(g.condition("null")) }},
		{"mismatch", 5, (*generator).mismatch},
		{"variable", 9, (*generator).variable},
		{"variable in resource", 7, (*generator).variableInResource},
		{"action", 7, (*generator).actions},
		{"resource", 12, (*generator).resources},
		{"several conditions", 6, (*generator).severalConditions},
		{"several statements", 8, (*generator).severalStatements},
		{"resource policy", 8, (*generator).resourcePolicy},
		{"principal", 8, (*generator).principal},
	} {
		for range f.weight {
			g.families = append(g.families, f)
		}
	}
	return g
}

// next returns the next question.
func (g *generator) next() *question {
	f := iamsim.Pick(g, g.families)
	q := f.make(g)
	g.made++
	q.ID, q.Family = g.made, f.name
	return q
}

// base is a request that no policy allows.
func (g *generator) base() *question {
	return &question{
		Principal: "arn:aws:iam::111111111111:user/ana",
		Action:    "s3:GetObject",
		Resource:  "arn:aws:s3:::acme-data/reports/2024.csv",
		Account:   "111111111111",
		Context:   map[string]iamsim.Value{},
	}
}

// judge gives a question the statement as its only one, as an Allow; or as a Deny
// next to an Allow of everything.
func (g *generator) judge(q *question, s iamsim.Statement) *question {
	d := iamsim.Document{Version: "2012-10-17", Statement: []iamsim.Statement{s}}
	if g.Chance(30) {
		d.Statement[0].Effect = "Deny"
		d.Statement = append(d.Statement, iamsim.Everything("Allow"))
	} else {
		d.Statement[0].Effect = "Allow"
	}
	q.Identity = []iamsim.Document{d}
	return q
}

// tested is a condition and what the request has under its key.
type tested struct {
	operator, key string
	wanted        iamsim.Value
	context       map[string]iamsim.Value
}

// single asks about one condition.
func (g *generator) single(t tested) *question {
	q := g.base()
	maps.Copy(q.Context, t.context)
	s := iamsim.Everything("")
	s.Condition = map[string]map[string]iamsim.Value{t.operator: {t.key: t.wanted}}
	return g.judge(q, s)
}

// operators by the kind of their values.
func operators(kind string) []string {
	switch kind {
	case "string":
		return []string{"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringLike", "StringNotLike", "StringNotLike"}
	case "numeric":
		return []string{"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"}
	case "date":
		return []string{"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"}
	case "bool":
		return []string{"Bool"}
	case "binary":
		return []string{"BinaryEquals"}
	case "ip":
		return []string{"IpAddress", "NotIpAddress"}
	case "arn":
		return []string{"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"}
	default:
		return []string{"Null"}
	}
}

// keys by the kind of their values. aws:TagKeys and aws:CalledVia are multivalued.
func keys(kind string) []string {
	switch kind {
	case "numeric":
		return []string{"s3:max-keys", "aws:MultiFactorAuthAge", "s3:signatureAge"}
	case "date":
		return []string{"aws:CurrentTime", "aws:TokenIssueTime", "aws:EpochTime"}
	case "bool":
		return []string{"aws:SecureTransport", "aws:ViaAWSService", "aws:MultiFactorAuthPresent"}
	case "binary":
		return []string{"acme:digest"}
	case "ip":
		return []string{"aws:SourceIp", "aws:VpcSourceIp"}
	case "arn":
		return []string{"aws:SourceArn", "aws:PrincipalArn"}
	default:
		return []string{"s3:prefix", "aws:username", "aws:PrincipalTag/team", "aws:RequestTag/cost center", "aws:userid", "s3:ExistingObjectTag/Class", "aws:TagKeys", "aws:CalledVia"}
	}
}

// condition makes a condition of a kind and a context for it.
func (g *generator) condition(kind string) tested {
	base := iamsim.Pick(g, operators(kind))
	values := kind
	if kind == "null" {
		values = "string"
	}
	t := tested{operator: base, key: iamsim.Pick(g, keys(values)), context: map[string]iamsim.Value{}}
	for g.known && (!strings.HasPrefix(t.key, "aws:") || strings.HasPrefix(t.key, "aws:RequestTag/")) {
		t.key = iamsim.Pick(g, keys(values))
	}
	several := t.key == "aws:TagKeys" || t.key == "aws:CalledVia"

	set := kind != "null" && (several || g.Chance(40))
	if set {
		t.operator = iamsim.Pick(g, []string{"ForAllValues:", "ForAnyValue:"}) + base
	}
	if kind != "null" && g.Chance(30) {
		t.operator += "IfExists"
	}

	var got []string
	absent, multi := 15, 2
	switch {
	case several:
		multi = 100
	case g.known:
		multi = 0
	case set:
		multi = 80
	}
	switch {
	case g.Chance(absent):
	case g.Chance(multi):
		v := iamsim.List()
		for range iamsim.Pick(g, []int{0, 1, 1, 2, 2, 3, 4}) {
			text := g.text(values)
			got = append(got, text)
			v.Items = append(v.Items, text)
		}
		t.context[t.key] = v
	default:
		text := g.text(values)
		got = append(got, text)
		t.context[t.key] = iamsim.One(text)
	}
	if g.Chance(10) {
		t.key = g.Flip(t.key)
	}
	if g.Chance(3) {
		t.operator = g.Flip(t.operator)
	}

	switch kind {
	case "null":
		t.wanted = iamsim.One(iamsim.Pick(g, []any{"true", "false", true, false}))
	case "bool":
		t.wanted = iamsim.One(iamsim.Pick(g, []any{"true", "false", true, false, "True"}))
	default:
		for range iamsim.Pick(g, []int{1, 1, 1, 2, 2, 3}) {
			t.wanted.Items = append(t.wanted.Items, g.wanted(base, values, got))
		}
		t.wanted.Bare = len(t.wanted.Items) == 1 && g.Chance(50)
	}
	return t
}

// wanted makes a value of a condition that more often than not has to do with what
// the request has.
func (g *generator) wanted(operator, kind string, got []string) any {
	if len(got) == 0 || g.Chance(35) {
		return g.policyText(operator, kind, g.text(kind))
	}
	return g.policyText(operator, kind, iamsim.Pick(g, got))
}

// mismatch asks about values that are not of the operator's kind. Only what the
// request has is wrong: AWS refuses most policies with wrong values.
func (g *generator) mismatch() *question {
	kinds := []string{"string", "numeric", "date", "bool", "binary", "ip", "arn"}
	t := g.condition(iamsim.Pick(g, kinds))
	other := iamsim.Pick(g, kinds)
	for k, v := range t.context {
		for i := range v.Items {
			v.Items[i] = g.text(other)
			if g.Chance(20) {
				v.Items[i] = ""
			}
		}
		t.context[k] = v
	}
	return g.single(t)
}

// severalConditions asks about one statement with two to four conditions.
func (g *generator) severalConditions() *question {
	q := g.base()
	s := iamsim.Everything("")
	g.addConditions(q, &s, 2+g.IntN(3))
	return g.judge(q, s)
}

func (g *generator) addConditions(q *question, s *iamsim.Statement, n int) {
	for range n {
		t := g.condition(iamsim.Pick(g, []string{"string", "string", "numeric", "date", "bool", "ip", "arn", "null"}))
		for k, v := range t.context {
			if _, has := q.get(k); !has {
				q.Context[k] = v
			}
		}
		if s.Condition == nil {
			s.Condition = map[string]map[string]iamsim.Value{}
		}
		if s.Condition[t.operator] == nil {
			s.Condition[t.operator] = map[string]iamsim.Value{}
		}
		// Two keys that are the same but for case would be two conditions in our
		// engine and perhaps one in the other: AWS does not say.
		if !hasKey(s.Condition[t.operator], t.key) {
			s.Condition[t.operator][t.key] = t.wanted
		}
	}
}

func hasKey(keys map[string]iamsim.Value, key string) bool {
	for k := range keys {
		if strings.EqualFold(k, key) {
			return true
		}
	}
	return false
}
