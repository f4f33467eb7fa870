package difftest

import (
	"maps"
	"slices"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy/difftest/iamsim"
)

// A principalOf makes the Principal element of a statement with an effect.
type principalOf func(g *generator, q *question, effect string) iamsim.Principals

func nobody(*generator, *question, string) iamsim.Principals { return nil }

func everybody(*generator, *question, string) iamsim.Principals { return iamsim.Everybody() }

// document makes a policy that more often than not allows the request.
func (g *generator) document(q *question, principal principalOf) iamsim.Document {
	var list []iamsim.Statement
	if g.Chance(50) {
		s := iamsim.Everything("Allow")
		s.Principal = principal(g, q, "Allow")
		list = append(list, s)
	}
	for len(list) == 0 || g.Chance(40) {
		effect := "Allow"
		if g.Chance(25) {
			effect = "Deny"
		}
		list = append(list, g.statement(q, effect, principal))
	}
	return document(list...)
}

func (g *generator) statement(q *question, effect string, principal principalOf) iamsim.Statement {
	s := iamsim.Everything(effect)
	s.Principal = principal(g, q, effect)
	if g.Chance(60) {
		s.Action = g.List(1+g.IntN(2), func() string { return g.action(q) })
		if g.Chance(12) {
			s.Action, s.NotAction = iamsim.Value{}, s.Action
		}
	}
	if g.Chance(60) {
		s.Resource = g.List(1+g.IntN(2), func() string { return g.resource(q) })
		if g.Chance(10) && !strings.Contains(string(iamsim.Encode(s.Resource)), "${") {
			s.Resource, s.NotResource = iamsim.Value{}, s.Resource
		}
	}
	if g.Chance(40) {
		g.conditions(q, &s)
	}
	return s
}

// public makes the policy of a bucket that may be public.
func (g *generator) public(q *question) iamsim.Document {
	var list []iamsim.Statement
	for len(list) == 0 || g.Chance(30) {
		s := iamsim.Everything("Allow")
		if s.Principal = iamsim.Everybody(); g.Chance(40) {
			s.Principal = iamsim.Principals{"AWS": g.List(1, func() string { return "*" })}
		}
		if g.Chance(30) {
			s.Action = g.List(1, func() string { return g.action(q) })
		}
		g.source(q, &s)
		list = append(list, s)
	}
	for g.Chance(50) {
		s := iamsim.Everything("Allow")
		if s.Principal = g.principals(q); g.Chance(30) {
			s = g.statement(q, "Allow", func(g *generator, q *question, _ string) iamsim.Principals { return g.principals(q) })
		}
		list = append(list, s)
	}
	return document(list...)
}

// source gives a statement a condition that may keep its policy from being public.
func (g *generator) source(q *question, s *iamsim.Statement) {
	type condition struct {
		operators string // separated by spaces
		key       string
		wanted    []string
	}
	const equal, like = "StringEquals StringEquals StringEqualsIgnoreCase StringEqualsIfExists StringNotEquals", " StringLike StringLike"
	c := iamsim.Pick(g, []condition{
		{"IpAddress IpAddress NotIpAddress", "aws:SourceIp", []string{"203.0.113.0/24", "203.0.0.0/8", "128.0.0.0/1", "198.51.100.1/32"}},
		{"IpAddress", "aws:SourceIp", []string{"202.0.0.0/7", "203.0.0.0/8", "192.0.0.0/4"}},
		{equal + like, "aws:SourceVpce", []string{endpointID, "vpce-*", "vpce-0def"}},
		{equal + like, "aws:SourceVpc", []string{"vpc-1", "vpc-*", "vpc-2"}},
		{equal + like, "aws:SourceAccount", []string{ours, other, "1111*"}},
		{equal + like, "aws:PrincipalOrgID", []string{"o-example1", "o-*", "o-example2"}},
		{equal + like, "aws:userid", []string{userID, roleID + ":*", "${aws:userid}", roleID + ":run"}},
		{"ArnEquals ArnLike StringLike ArnNotLike", "aws:SourceArn", []string{"arn:aws:s3:::acme-source", "arn:aws:s3:::acme-*"}},
		{"Bool", "aws:SecureTransport", []string{"true"}},
		{equal, "aws:RequestedRegion", []string{"us-east-1"}},
		{equal, "aws:PrincipalAccount", []string{ours, other}},
		{"ArnEquals ArnLike StringLike", "aws:PrincipalArn", []string{"arn:aws:iam::" + ours + ":*", "arn:aws:iam::" + ours + ":user/ana"}},
	})
	if strings.HasPrefix(c.key, "aws:PrincipalA") && q.caller().Type == evidence.PrincipalService {
		return // what it is there is not said
	}
	wanted := iamsim.List(iamsim.Pick(g, c.wanted))
	if g.Chance(20) {
		wanted.Items = append(wanted.Items, iamsim.Pick(g, c.wanted))
	}
	s.Condition = map[string]map[string]iamsim.Value{iamsim.Pick(g, strings.Fields(c.operators)): {c.key: wanted}}
	if g.Chance(20) {
		g.conditions(q, s)
	}
}

func (g *generator) action(q *question) string {
	action := q.Action
	if g.Chance(25) {
		action = iamsim.Pick(g, actions())[0]
	}
	return g.ActionPattern(action)
}

func (g *generator) resource(q *question) string {
	if q.onKey() {
		return iamsim.Pick(g, []string{"*", "*", q.Resource, "arn:aws:kms:us-east-1:" + ours + ":key/*", "arn:aws:kms:us-east-1:" + ours + ":key/5678efgh"})
	}
	if q.Resource == "*" {
		return iamsim.Pick(g, []string{"*", "*", "arn:aws:s3:::acme-data"})
	}
	return iamsim.Pick(g, []string{
		"*", q.Resource, q.Resource, "arn:aws:s3:::acme-data", "arn:aws:s3:::acme-data/*", "arn:aws:s3:::acme-*", "arn:aws:s3:::other/*",
		"arn:aws:s3:::acme-data/home/*", "arn:aws:s3:::acme-data/home/${aws:username}/*", "arn:aws:s3:::acme-data/${aws:PrincipalTag/home}/*",
	})
}

// conditions gives a statement one or two conditions on keys that the request has, or
// could have.
func (g *generator) conditions(q *question, s *iamsim.Statement) {
	keys := q.keys()
	names := slices.Sorted(maps.Keys(keys))
	for range 1 + g.IntN(2) {
		key, has := iamsim.Pick(g, names), true
		if g.Chance(20) {
			key = iamsim.Pick(g, []string{
				"aws:PrincipalOrgID", "aws:ResourceOrgID", "aws:PrincipalArn", "aws:username", "aws:PrincipalTag/team", "aws:SourceVpce",
				"aws:SourceAccount", "aws:SourceIp", "aws:PrincipalServiceName", "aws:MultiFactorAuthPresent", "aws:userid", "aws:VpceAccount",
			})
			_, has = keys[key]
		}
		if q.caller().Type == evidence.PrincipalService && slices.Contains([]string{"aws:userid", "aws:PrincipalArn"}, key) {
			continue // what it is there is not said
		}
		operator, wanted := g.condition(key, keys[key])
		if has && g.Chance(6) || !has && g.Chance(20) {
			operator, wanted = "Null", iamsim.One(iamsim.Pick(g, []string{"true", "false"}))
		}
		if s.Condition == nil {
			s.Condition = map[string]map[string]iamsim.Value{}
		}
		if s.Condition[operator] == nil {
			s.Condition[operator] = map[string]iamsim.Value{}
		}
		s.Condition[operator][key] = wanted
	}
}

// condition makes an operator and what it wants, of a key and what the request has.
func (g *generator) condition(key string, got iamsim.Value) (string, iamsim.Value) {
	value := func(others ...string) string {
		if len(got.Items) > 0 && g.Chance(75) {
			return got.Texts()[0]
		}
		return iamsim.Pick(g, others)
	}
	operator := ""
	var wanted iamsim.Value
	switch name := strings.ToLower(key); {
	case strings.HasSuffix(name, "orgpaths"):
		v := value("o-example1/*", "o-example2/r-root/*")
		return iamsim.Pick(g, []string{"ForAnyValue:", "ForAnyValue:", "ForAllValues:"}) + iamsim.Pick(g, []string{"StringLike", "StringNotLike"}), iamsim.List(v)
	case name == "aws:sourceip":
		ip := value("203.0.113.7", "192.0.2.1")
		operator = iamsim.Pick(g, []string{"IpAddress", "IpAddress", "NotIpAddress"})
		wanted = iamsim.One(ip[:strings.LastIndexByte(ip, '.')] + ".0/24")
	case name == "aws:currenttime":
		operator = iamsim.Pick(g, []string{"DateLessThan", "DateGreaterThan"})
		wanted = iamsim.One(iamsim.Pick(g, []string{"2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"}))
	case name == "s3:max-keys":
		operator, wanted = iamsim.Pick(g, []string{"NumericLessThanEquals", "NumericGreaterThan"}), iamsim.One("100")
	case slices.Contains([]string{"aws:securetransport", "aws:multifactorauthpresent", "aws:viaawsservice", "aws:principalisawsservice"}, name):
		operator, wanted = "Bool", iamsim.One(iamsim.Pick(g, []string{"true", "false"}))
	case name == "aws:principalarn" || name == "aws:sourcearn":
		arn := value("arn:aws:iam::111111111111:user/ana", "arn:aws:iam::111111111111:role/app", "arn:aws:iam::222222222222:role/app")
		if g.Chance(30) {
			arn = arn[:strings.LastIndexByte(arn, ':')+1] + "*"
		}
		operator = iamsim.Pick(g, []string{"ArnLike", "ArnEquals", "ArnNotLike", "StringLike", "StringNotLike"})
		wanted = iamsim.List(arn)
	default:
		v := value("ana", "111111111111", "222222222222", "o-example1", "o-example2", "vpce-0abc", "red", "User", "private")
		operator = iamsim.Pick(g, []string{"StringEquals", "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"})
		wanted = iamsim.List(v)
		if g.Chance(20) {
			wanted = iamsim.List(v, "blue")
		}
	}
	if g.Chance(25) {
		operator += "IfExists"
	}
	return operator, wanted
}
