package difftest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"why403/pkg/policy/difftest/iamsim"
)

// TestDifferences asks both engines the same questions.
func TestDifferences(t *testing.T) {
	e := iamsim.Installed(t)
	seed := iamsim.Setting(t, "SEED", 1)
	count := iamsim.Setting(t, "COUNT", 12_000)
	t.Logf("iam-simulate %s, seed %d, %d questions", e.Version, seed, count)

	g := newGenerator(seed)
	questions := make([]*question, count)
	for i := range questions {
		questions[i] = g.next()
	}
	iamsim.Compare(t, e, questions, classes(), (*question).features)
}

// TestKnownDifferences holds the list of known differences.
func TestKnownDifferences(t *testing.T) {
	iamsim.Known(t, "testdata/known-differences.md", classes())
}

// features returns what a question has of the policy language.
func (q *question) features() map[string]bool {
	f := map[string]bool{"family: " + q.Family: true}
	f["principal: "+strings.Split(q.Principal, "/")[0]] = true
	for _, d := range q.documents() {
		if d.Version != "2012-10-17" {
			f["version: "+d.Version] = true
		}
		for _, s := range d.Statement {
			f["effect: "+s.Effect] = true
			f["NotAction"] = f["NotAction"] || !s.NotAction.IsZero()
			f["NotResource"] = f["NotResource"] || !s.NotResource.IsZero()
			f["NotPrincipal"] = f["NotPrincipal"] || s.NotPrincipal != nil
			f["Principal"] = f["Principal"] || s.Principal != nil
			f["wildcards in Action"] = f["wildcards in Action"] || wildcards(s.Action, s.NotAction)
			f["wildcards in Resource"] = f["wildcards in Resource"] || wildcards(s.Resource, s.NotResource)
			for op := range s.Condition {
				f["key in other case"] = f["key in other case"] || slices.ContainsFunc(slices.Collect(maps.Keys(s.Condition[op])), func(key string) bool {
					_, same := q.Context[key]
					_, has := q.get(key)
					return has && !same
				})
				f["IfExists"] = f["IfExists"] || strings.HasSuffix(strings.ToLower(op), "ifexists")
				for _, v := range s.Condition[op] {
					f["number or boolean in JSON"] = f["number or boolean in JSON"] || slices.ContainsFunc(v.Items, func(item any) bool { _, text := item.(string); return !text })
				}
			}
		}
	}
	for _, c := range q.comparisons() {
		f["operator: "+c.operator] = true
		f["ForAllValues"] = f["ForAllValues"] || c.all
		f["ForAnyValue"] = f["ForAnyValue"] || c.set && !c.all
		f["key missing"] = f["key missing"] || len(c.got) == 0
		f["multivalued key"] = f["multivalued key"] || c.several
		f["several values in a condition"] = f["several values in a condition"] || len(c.wanted) > 1
	}
	for _, p := range q.patterns() {
		for _, v := range p.variables() {
			in := "condition"
			if p.resource {
				in = "resource"
			}
			f["variable in "+in] = true
			f["variable with a default"] = f["variable with a default"] || v[1] != ""
			if _, has := q.get(v[0]); !has {
				f["variable without a value"] = true
			}
		}
	}
	return f
}

// wildcards reports whether there are others than a * alone.
func wildcards(vs ...iamsim.Value) bool {
	for _, v := range vs {
		for _, s := range v.Texts() {
			if s != "*" && strings.ContainsAny(s, "*?") {
				return true
			}
		}
	}
	return false
}
