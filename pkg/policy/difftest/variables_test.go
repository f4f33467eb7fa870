package difftest

import (
	"strings"

	"why403/pkg/policy/difftest/iamsim"
)

// variable asks about a condition with a variable in its values.
func (g *generator) variable() *question {
	kind := iamsim.Pick(g, []string{"string", "string", "string", "arn", "bool"})
	base := iamsim.Pick(g, operators(kind))
	q := g.base()
	about := g.text(kind)
	key := iamsim.Pick(g, []string{"s3:prefix", "aws:SourceArn", "aws:RequestTag/owner"})
	switch {
	case g.Chance(90):
		q.Context[key] = iamsim.One(about)
	case g.Chance(50):
		q.Context[key] = iamsim.List(about, g.text(kind))
	}
	wanted := iamsim.Value{}
	for range 1 + g.IntN(2) {
		wanted.Items = append(wanted.Items, g.hide(q, base, about))
	}
	operator := base
	if _, has := q.Context[key]; g.Chance(15) || has && !q.Context[key].Bare {
		operator = iamsim.Pick(g, []string{"ForAllValues:", "ForAnyValue:"}) + base
	}
	if g.Chance(15) {
		operator += "IfExists"
	}
	s := iamsim.Everything("")
	s.Condition = map[string]map[string]iamsim.Value{operator: {key: wanted}}
	q = g.judge(q, s)
	q.Identity[0].Version = g.version()
	return q
}

// version is nearly always the one that knows variables.
func (g *generator) version() string {
	if g.Chance(90) {
		return "2012-10-17"
	}
	return iamsim.Pick(g, []string{"2008-10-17", ""})
}

// hide puts a variable in the place of a part of a text, and gives the question's
// request what the variable stands for, or something else, or nothing.
func (g *generator) hide(q *question, operator, about string) string {
	from := g.IntN(len(about) + 1)
	to := from + g.IntN(len(about)-from+1)
	if g.Chance(30) {
		from, to = 0, len(about)
	}
	before, hidden, after := strings.ToValidUTF8(about[:from], ""), strings.ToValidUTF8(about[from:to], ""), strings.ToValidUTF8(about[to:], "")
	if strings.Contains(operator, "Like") && g.Chance(30) {
		before, after = g.Wildcards(before), g.Wildcards(after)
	}
	if g.Chance(10) && operator != "Bool" {
		// A literal character, written as a variable.
		return before + hidden + iamsim.Pick(g, []string{"${*}", "${?}", "${$}"}) + after
	}
	key := iamsim.Pick(g, []string{"aws:username", "aws:PrincipalTag/team", "aws:userid", "s3:ExistingObjectTag/Class"})
	if g.Chance(4) {
		key = "aws:PrincipalTag/cost center"
	}
	if _, has := q.Context[key]; !has {
		switch {
		case g.Chance(65):
			q.Context[key] = iamsim.One(hidden)
		case g.Chance(35):
			q.Context[key] = iamsim.One(g.text("string"))
		}
	}
	if g.Chance(10) {
		key = g.Flip(key)
	}
	fallback := ""
	switch {
	case g.Chance(15):
		fallback = ", '" + hidden + "'"
	case g.Chance(8):
		fallback = ", '" + iamsim.Pick(g, []string{"x", "", "*", "a b", "company-data"}) + "'"
	case g.Chance(4):
		fallback = ",'" + hidden + "'"
	}
	if strings.ContainsAny(fallback, "\\{}\n$") || strings.Count(fallback, "'") > 2 {
		fallback = ""
	}
	return before + "${" + key + fallback + "}" + after
}
