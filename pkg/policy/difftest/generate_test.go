package difftest

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// generator makes questions. Two with the same seed make the same ones.
type generator struct {
	*rand.Rand
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
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
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
	f := pick(g, g.families)
	q := f.make(g)
	g.made++
	q.ID, q.Family = g.made, f.name
	return q
}

// pick returns one of several.
func pick[T any](g *generator, of []T) T { return of[g.IntN(len(of))] }

// chance is true so many times of a hundred.
func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

// base is a request that no policy allows.
func (g *generator) base() *question {
	return &question{
		Principal: "arn:aws:iam::111111111111:user/ana",
		Action:    "s3:GetObject",
		Resource:  "arn:aws:s3:::acme-data/reports/2024.csv",
		Account:   "111111111111",
		Context:   map[string]value{},
	}
}

// everything is a statement that matches every request.
func everything(effect string) statement {
	return statement{Effect: effect, Action: one("*"), Resource: one("*")}
}

// judge gives a question the statement as its only one, as an Allow; or as a Deny
// next to an Allow of everything.
func (g *generator) judge(q *question, s statement) *question {
	d := document{Version: "2012-10-17", Statement: []statement{s}}
	if g.chance(30) {
		d.Statement[0].Effect = "Deny"
		d.Statement = append(d.Statement, everything("Allow"))
	} else {
		d.Statement[0].Effect = "Allow"
	}
	q.Identity = []document{d}
	return q
}

// tested is a condition and what the request has under its key.
type tested struct {
	operator, key string
	wanted        value
	context       map[string]value
}

// single asks about one condition.
func (g *generator) single(t tested) *question {
	q := g.base()
	maps.Copy(q.Context, t.context)
	s := everything("")
	s.Condition = map[string]map[string]value{t.operator: {t.key: t.wanted}}
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
	base := pick(g, operators(kind))
	values := kind
	if kind == "null" {
		values = "string"
	}
	t := tested{operator: base, key: pick(g, keys(values)), context: map[string]value{}}
	for g.known && (!strings.HasPrefix(t.key, "aws:") || strings.HasPrefix(t.key, "aws:RequestTag/")) {
		t.key = pick(g, keys(values))
	}
	several := t.key == "aws:TagKeys" || t.key == "aws:CalledVia"

	set := kind != "null" && (several || g.chance(40))
	if set {
		t.operator = pick(g, []string{"ForAllValues:", "ForAnyValue:"}) + base
	}
	if kind != "null" && g.chance(30) {
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
	case g.chance(absent):
	case g.chance(multi):
		v := list()
		for range pick(g, []int{0, 1, 1, 2, 2, 3, 4}) {
			text := g.text(values)
			got = append(got, text)
			v.items = append(v.items, text)
		}
		t.context[t.key] = v
	default:
		text := g.text(values)
		got = append(got, text)
		t.context[t.key] = one(text)
	}
	if g.chance(10) {
		t.key = g.flip(t.key)
	}
	if g.chance(3) {
		t.operator = g.flip(t.operator)
	}

	switch kind {
	case "null":
		t.wanted = one(pick(g, []any{"true", "false", true, false}))
	case "bool":
		t.wanted = one(pick(g, []any{"true", "false", true, false, "True"}))
	default:
		for range pick(g, []int{1, 1, 1, 2, 2, 3}) {
			t.wanted.items = append(t.wanted.items, g.wanted(base, values, got))
		}
		t.wanted.bare = len(t.wanted.items) == 1 && g.chance(50)
	}
	return t
}

// wanted makes a value of a condition that more often than not has to do with what
// the request has.
func (g *generator) wanted(operator, kind string, got []string) any {
	if len(got) == 0 || g.chance(35) {
		return g.policyText(operator, kind, g.text(kind))
	}
	return g.policyText(operator, kind, pick(g, got))
}

// mismatch asks about values that are not of the operator's kind. Only what the
// request has is wrong: AWS refuses most policies with wrong values.
func (g *generator) mismatch() *question {
	kinds := []string{"string", "numeric", "date", "bool", "binary", "ip", "arn"}
	t := g.condition(pick(g, kinds))
	other := pick(g, kinds)
	for k, v := range t.context {
		for i := range v.items {
			v.items[i] = g.text(other)
			if g.chance(20) {
				v.items[i] = ""
			}
		}
		t.context[k] = v
	}
	return g.single(t)
}

// flip changes the case of some letters.
func (g *generator) flip(s string) string {
	b := []byte(s)
	for i, c := range b {
		if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') && g.chance(50) {
			b[i] = c ^ 0x20
		}
	}
	return string(b)
}

// text makes a value such as a request has.
func (g *generator) text(kind string) string {
	switch kind {
	case "numeric":
		return pick(g, []string{"0", "1", "2", "10", "10.5", "-5", "100", "3600", "1.0", "0.1", "1000000"})
	case "date":
		return pick(g, []string{
			"2024-03-01T00:00:00Z", "2024-03-01T12:30:00Z", "2024-03-01T12:30:00.250Z", "2024-02-29T23:59:59Z",
			"2024-03-01T02:00:00+02:00", "2025-01-01T00:00:00Z", "1709251200", "1709296200", "1735689600", "2024-03-01",
		})
	case "bool":
		return pick(g, []string{"true", "false", "true", "false", "True", "FALSE"})
	case "binary":
		return pick(g, []string{"QmluYXJ5", "YQ==", "YWI=", "YWJj", "AAEC", "/+8=", "+/8="})
	case "ip":
		return pick(g, []string{
			"203.0.113.7", "203.0.113.8", "203.0.113.255", "198.51.100.1", "192.0.2.0", "10.0.0.1", "127.0.0.1",
			"2001:db8::1", "2001:db8::2", "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8:1::1", "2001:DB8::1", "::1",
		})
	case "arn":
		return pick(g, []string{
			"arn:aws:iam::111111111111:role/app", "arn:aws:iam::111111111111:role/team/app", "arn:aws:iam::222222222222:user/ana",
			"arn:aws:s3:::acme-data", "arn:aws:s3:::acme-data/a:b", "arn:aws:sns:eu-west-1:111111111111:orders",
			"arn:aws:sts::111111111111:assumed-role/app/run", "arn:aws-cn:s3:::acme-data",
			"arn:aws:lambda:eu-west-1:111111111111:function:orders:live", "arn:aws:sqs:eu-west-1:111111111111:orders.fifo",
		})
	default:
		return pick(g, []string{
			"ana", "Ana", "bob", "team-a", "team-b", "home/ana/", "home/", "a", "A", "ab", "abc", "a b", "", "*", "?", "a*", "a.c",
			"a+b", "(a)", "[ab]", "a\\b", "^a$", "a|b", "{a}", "$", "a\nb", "été", "ÉTÉ", "日本", "😀", "cost center", "AROAEXAMPLEEXAMPLE:run", "true", "10",
		})
	}
}

// policyText makes a value of a policy about a value of a request.
func (g *generator) policyText(operator, kind, about string) any {
	switch kind {
	case "numeric":
		switch {
		case g.chance(20):
			return json.Number(about)
		case g.chance(20) && !strings.Contains(about, "."):
			return about + ".0"
		}
		return about
	case "date":
		return g.sameInstant(about)
	case "binary":
		return about
	case "ip":
		return g.network(about)
	case "arn":
		return g.arnPattern(about)
	default:
		switch {
		case strings.Contains(operator, "Like"):
			return g.wildcards(about)
		case g.chance(20):
			return g.flip(about)
		case g.chance(10):
			return g.wildcards(about)
		}
		return about
	}
}

// sameInstant writes an instant in another way, now and then.
func (g *generator) sameInstant(s string) any {
	ways := [][]string{
		{"2024-03-01T00:00:00Z", "1709251200", "2024-03-01", "2024-03-01T01:00:00+01:00", "2024-03-01T00:00Z", "2024-03-01T00:00:00.000Z"},
		{"2024-03-01T12:30:00Z", "1709296200", "2024-03-01T07:30:00-05:00"},
		{"2025-01-01T00:00:00Z", "1735689600", "2025-01", "2025-01-01"},
	}
	for _, way := range ways {
		if slices.Contains(way, s) && g.chance(60) {
			s = pick(g, way)
			break
		}
	}
	if !strings.Contains(s, "-") && len(s) > 4 && g.chance(30) {
		return json.Number(s)
	}
	return s
}

// network makes a range that an address may be in.
func (g *generator) network(s string) any {
	if strings.Contains(s, ":") {
		return pick(g, []string{s, s + "/128", "2001:db8::/32", "2001:db8::/64", "2001:db8::/127", "::/0", "2001:0db8::/48", "fe80::/10"})
	}
	dot := strings.LastIndexByte(s, '.')
	return pick(g, []string{s, s + "/32", s[:dot] + ".0/24", s[:dot] + ".0/29", s + "/28", "0.0.0.0/0", "10.0.0.0/8", "203.0.112.0/23"})
}

// wildcards puts wildcards into a text, which it then still matches, and sometimes
// something else, which it then does not.
func (g *generator) wildcards(s string) string {
	r := []rune(s)
	for range g.IntN(3) {
		from := g.IntN(len(r) + 1)
		to := from + g.IntN(len(r)-from+1)
		if g.chance(40) && from < len(r) {
			r[from] = '?'
			continue
		}
		r = slices.Concat(r[:from], []rune("*"), r[to:])
	}
	if g.chance(15) {
		at := g.IntN(len(r) + 1)
		r = slices.Concat(r[:at], []rune(pick(g, []string{"x", "?", "**", "-"})), r[at:])
	}
	return string(r)
}

// arnPattern puts wildcards into the segments of an ARN.
func (g *generator) arnPattern(s string) string {
	switch {
	case g.chance(25):
		return s
	case g.chance(8):
		return "*"
	case g.chance(10):
		return g.wildcards(s) // across colons
	}
	f := strings.SplitN(s, ":", 6)
	for range 1 + g.IntN(2) {
		i := 1 + g.IntN(5)
		if g.chance(50) {
			i = 5
		}
		if f[i] = g.wildcards(f[i]); g.chance(20) {
			f[i] = "*"
		}
	}
	return strings.Join(f, ":")
}

// severalConditions asks about one statement with two to four conditions.
func (g *generator) severalConditions() *question {
	q := g.base()
	s := everything("")
	g.addConditions(q, &s, 2+g.IntN(3))
	return g.judge(q, s)
}

func (g *generator) addConditions(q *question, s *statement, n int) {
	for range n {
		t := g.condition(pick(g, []string{"string", "string", "numeric", "date", "bool", "ip", "arn", "null"}))
		for k, v := range t.context {
			if _, has := q.get(k); !has {
				q.Context[k] = v
			}
		}
		if s.Condition == nil {
			s.Condition = map[string]map[string]value{}
		}
		if s.Condition[t.operator] == nil {
			s.Condition[t.operator] = map[string]value{}
		}
		// Two keys that are the same but for case would be two conditions in our
		// engine and perhaps one in the other: AWS does not say.
		if !hasKey(s.Condition[t.operator], t.key) {
			s.Condition[t.operator][t.key] = t.wanted
		}
	}
}

func hasKey(keys map[string]value, key string) bool {
	for k := range keys {
		if strings.EqualFold(k, key) {
			return true
		}
	}
	return false
}

// variable asks about a condition with a variable in its values.
func (g *generator) variable() *question {
	kind := pick(g, []string{"string", "string", "string", "arn", "bool"})
	base := pick(g, operators(kind))
	q := g.base()
	about := g.text(kind)
	key := pick(g, []string{"s3:prefix", "aws:SourceArn", "aws:RequestTag/owner"})
	switch {
	case g.chance(90):
		q.Context[key] = one(about)
	case g.chance(50):
		q.Context[key] = list(about, g.text(kind))
	}
	wanted := value{}
	for range 1 + g.IntN(2) {
		wanted.items = append(wanted.items, g.hide(q, base, about))
	}
	operator := base
	if _, has := q.Context[key]; g.chance(15) || has && !q.Context[key].bare {
		operator = pick(g, []string{"ForAllValues:", "ForAnyValue:"}) + base
	}
	if g.chance(15) {
		operator += "IfExists"
	}
	s := everything("")
	s.Condition = map[string]map[string]value{operator: {key: wanted}}
	q = g.judge(q, s)
	q.Identity[0].Version = g.version()
	return q
}

// version is nearly always the one that knows variables.
func (g *generator) version() string {
	if g.chance(90) {
		return "2012-10-17"
	}
	return pick(g, []string{"2008-10-17", ""})
}

// hide puts a variable in the place of a part of a text, and gives the question's
// request what the variable stands for, or something else, or nothing.
func (g *generator) hide(q *question, operator, about string) string {
	from := g.IntN(len(about) + 1)
	to := from + g.IntN(len(about)-from+1)
	if g.chance(30) {
		from, to = 0, len(about)
	}
	before, hidden, after := strings.ToValidUTF8(about[:from], ""), strings.ToValidUTF8(about[from:to], ""), strings.ToValidUTF8(about[to:], "")
	if strings.Contains(operator, "Like") && g.chance(30) {
		before, after = g.wildcards(before), g.wildcards(after)
	}
	if g.chance(10) && operator != "Bool" {
		// A literal character, written as a variable.
		return before + hidden + pick(g, []string{"${*}", "${?}", "${$}"}) + after
	}
	key := pick(g, []string{"aws:username", "aws:PrincipalTag/team", "aws:userid", "s3:ExistingObjectTag/Class"})
	if g.chance(4) {
		key = "aws:PrincipalTag/cost center"
	}
	if _, has := q.Context[key]; !has {
		switch {
		case g.chance(65):
			q.Context[key] = one(hidden)
		case g.chance(35):
			q.Context[key] = one(g.text("string"))
		}
	}
	if g.chance(10) {
		key = g.flip(key)
	}
	fallback := ""
	switch {
	case g.chance(15):
		fallback = ", '" + hidden + "'"
	case g.chance(8):
		fallback = ", '" + pick(g, []string{"x", "", "*", "a b", "company-data"}) + "'"
	case g.chance(4):
		fallback = ",'" + hidden + "'"
	}
	if strings.ContainsAny(fallback, "\\{}\n$") || strings.Count(fallback, "'") > 2 {
		fallback = ""
	}
	return before + "${" + key + fallback + "}" + after
}

// requested is an action with a resource that it is about.
type requested struct{ action, resource string }

func requests() []requested {
	return []requested{
		{"s3:GetObject", "arn:aws:s3:::acme-data/reports/2024.csv"},
		{"s3:GetObject", "arn:aws:s3:::acme-data/home/ana/notes.txt"},
		{"s3:GetObject", "arn:aws:s3:::acme-data/a:b/c d"},
		{"s3:PutObject", "arn:aws:s3:::acme-data/reports/2024.csv"},
		{"s3:PutObject", "arn:aws:s3:::acme-data/été/(1)+[2].csv"},
		{"s3:GetObject", "arn:aws:s3:eu-west-1:111111111111:accesspoint/reports/object/2024.csv"},
		{"s3:ListBucket", "arn:aws:s3:::acme-data"},
		{"s3:ListBucket", "arn:aws:s3:::acme-data-2"},
		{"s3:DeleteObjectVersion", "arn:aws-cn:s3:::acme-data/Reports/2024.csv"},
		{"sqs:SendMessage", "arn:aws:sqs:eu-west-1:111111111111:orders"},
		{"dynamodb:Query", "arn:aws:dynamodb:eu-west-1:111111111111:table/orders/index/by-day"},
		{"logs:PutLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:/app/orders:log-stream:one"},
		{"lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111111111111:function:orders:live"},
		{"sns:Publish", "arn:aws:sns:eu-west-1:111111111111:orders"},
		{"iam:PassRole", "arn:aws:iam::111111111111:role/service/app"},
	}
}

// request puts an action and its resource into a question.
func (g *generator) request(q *question) {
	r := pick(g, requests())
	q.Action, q.Resource = r.action, r.resource
}

// actions asks about Action and NotAction.
func (g *generator) actions() *question {
	q := g.base()
	g.request(q)
	s := everything("")
	s.Action = g.list(1+g.IntN(3), func() string { return g.actionPattern(q.Action) })
	if g.chance(35) {
		s.Action, s.NotAction = value{}, s.Action
	}
	return g.judge(q, s)
}

func (g *generator) actionPattern(action string) string {
	if g.chance(40) {
		action = pick(g, requests()).action
	}
	service, name, _ := strings.Cut(action, ":")
	switch {
	case g.chance(4):
		return "*"
	case g.chance(15):
		name = "*"
	case g.chance(60):
		name = g.wildcards(name)
	}
	action = service + ":" + name
	if g.chance(20) {
		action = g.flip(action)
	}
	return action
}

// list makes a list, or one bare value.
func (g *generator) list(n int, make func() string) value {
	var v value
	for range n {
		v.items = append(v.items, make())
	}
	v.bare = n == 1 && g.chance(50)
	return v
}

// resources asks about Resource and NotResource.
func (g *generator) resources() *question {
	q := g.base()
	g.request(q)
	s := everything("")
	s.Resource = g.list(1+g.IntN(3), func() string { return g.resourcePattern(q.Resource) })
	if g.chance(35) {
		s.Resource, s.NotResource = value{}, s.Resource
	}
	return g.judge(q, s)
}

func (g *generator) resourcePattern(resource string) string {
	if g.chance(25) {
		resource = pick(g, requests()).resource
	}
	f := strings.SplitN(resource, ":", 6)
	switch {
	case g.chance(4):
		return "*"
	case g.chance(10):
		f[3] = pick(g, []string{"*", "eu-west-1", "us-east-1", "eu-*", "??-west-1", ""})
	case g.chance(12):
		f[4] = pick(g, []string{"*", "111111111111", "222222222222", "1111*", ""})
	case g.chance(5):
		f[1] = pick(g, []string{"*", "aws", "aws-cn", "aws*"})
	case g.chance(8):
		f[5] = g.flip(f[5])
	}
	f[5] = g.wildcards(f[5])
	resource = strings.Join(f, ":")
	if g.chance(6) {
		// A * that ends a segment other than the last, with or without others behind.
		parts := strings.SplitN(resource, ":", 3+g.IntN(3))
		resource = strings.Join(parts[:len(parts)-1], ":") + ":*"
	}
	return resource
}

// variableInResource asks about Resource and NotResource with a variable.
func (g *generator) variableInResource() *question {
	q := g.base()
	g.request(q)
	f := strings.SplitN(q.Resource, ":", 6)
	prefix := strings.Join(f[:5], ":") + ":"
	s := everything("")
	s.Resource = g.list(1+g.IntN(2), func() string {
		if g.chance(20) {
			return g.resourcePattern(q.Resource)
		}
		return prefix + g.hide(q, "Like", f[5])
	})
	if g.chance(25) {
		s.Resource, s.NotResource = value{}, s.Resource
	}
	q = g.judge(q, s)
	q.Identity[0].Version = g.version()
	return q
}

// severalStatements asks about one to three documents of one to four statements.
func (g *generator) severalStatements() *question {
	q := g.base()
	g.request(q)
	for range 1 + g.IntN(3) {
		d := document{Version: "2012-10-17"}
		for range 1 + g.IntN(4) {
			d.Statement = append(d.Statement, g.statement(q))
		}
		q.Identity = append(q.Identity, d)
	}
	return q
}

// statement makes a statement that is about the question more often than not.
func (g *generator) statement(q *question) statement {
	s := everything("Allow")
	if g.chance(35) {
		s.Effect = "Deny"
	}
	if g.chance(70) {
		s.Action = g.list(1+g.IntN(2), func() string { return g.actionPattern(q.Action) })
		if g.chance(15) {
			s.Action, s.NotAction = value{}, s.Action
		}
	}
	if g.chance(70) {
		s.Resource = g.list(1+g.IntN(2), func() string { return g.resourcePattern(q.Resource) })
		if g.chance(15) {
			s.Resource, s.NotResource = value{}, s.Resource
		}
	}
	if g.chance(40) {
		g.addConditions(q, &s, 1+g.IntN(2))
	}
	return s
}

// resourcePolicy asks about an identity policy and the policy of a resource, in one
// account or two.
func (g *generator) resourcePolicy() *question {
	g.known = true
	defer func() { g.known = false }()
	q := g.severalStatements()
	q.Principal = pick(g, callers())
	if g.chance(40) {
		q.Account = "222222222222"
	}
	d := document{Version: "2012-10-17"}
	for range 1 + g.IntN(3) {
		s := g.statement(q)
		s.Principal = g.principals(q.Principal)
		d.Statement = append(d.Statement, s)
	}
	q.ResourcePolicy = &d
	if q.Principal == "anonymous" || !strings.HasPrefix(q.Principal, "arn:") {
		q.Identity = nil // it has none
	}
	return q
}

func callers() []string {
	return []string{
		"arn:aws:iam::111111111111:user/ana", "arn:aws:iam::111111111111:user/ana", "arn:aws:iam::111111111111:user/team/bob",
		"arn:aws:sts::111111111111:assumed-role/app/run", "arn:aws:sts::111111111111:assumed-role/app/run2",
		"arn:aws:sts::111111111111:federated-user/ana", "anonymous", "cloudtrail.amazonaws.com",
	}
}

// principals makes a Principal element for a caller.
func (g *generator) principals(caller string) principals {
	if g.chance(10) {
		return principals{"*": list("*")}
	}
	p := principals{"AWS": g.list(1+g.IntN(2), func() string {
		if g.chance(40) && strings.HasPrefix(caller, "arn:") {
			return caller
		}
		return pick(g, []string{
			"*", "111111111111", "arn:aws:iam::111111111111:root", "222222222222", "arn:aws:iam::222222222222:root",
			"arn:aws:iam::111111111111:user/ana", "arn:aws:iam::111111111111:user/team/bob", "arn:aws:iam::222222222222:user/ana",
			"arn:aws:iam::111111111111:role/app", "arn:aws:iam::111111111111:role/other",
			"arn:aws:sts::111111111111:assumed-role/app/run", "arn:aws:sts::111111111111:federated-user/ana",
		})
	})}
	if g.chance(20) {
		p["Service"] = one(pick(g, []string{"cloudtrail.amazonaws.com", "logging.s3.amazonaws.com"}))
	}
	if g.chance(10) && len(p) > 1 {
		delete(p, "AWS")
	}
	return p
}

// principal asks about a policy of a resource with one statement.
func (g *generator) principal() *question {
	q := g.base()
	q.Principal = pick(g, callers())
	s := everything("Allow")
	if g.chance(12) {
		s.NotPrincipal = g.principals(q.Principal)
	} else {
		s.Principal = g.principals(q.Principal)
	}
	q.ResourcePolicy = &document{Version: "2012-10-17", Statement: []statement{s}}
	if g.chance(30) || s.NotPrincipal != nil {
		q.ResourcePolicy.Statement[0].Effect = "Deny"
		all := everything("Allow")
		all.Principal = principals{"*": list("*")}
		q.ResourcePolicy.Statement = append(q.ResourcePolicy.Statement, all)
	}
	if strings.HasPrefix(q.Principal, "arn:") && g.chance(30) {
		q.Identity = []document{{Version: "2012-10-17", Statement: []statement{everything("Allow")}}}
		if g.chance(50) {
			q.Account = "222222222222"
		}
	}
	return q
}
