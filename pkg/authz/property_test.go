package authz_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

var (
	seed   = flag.Uint64("seed", 403, "of the generated cases")
	rounds = flag.Int("rounds", usualRounds, "samples for each property; a sample is three cases")
)

// each runs a property on many samples, and prints the seed that broke it.
func each(t *testing.T, property func(g *generator) error) {
	t.Helper()
	t.Parallel()
	t.Logf("seed %d, %d rounds", *seed, *rounds)
	failed := 0
	for round := range uint64(*rounds) {
		if err := property(newGenerator(*seed, round)); err != nil {
			t.Errorf("seed %d, round %d: %v", *seed, round, err)
			if failed++; failed == 3 {
				return
			}
		}
	}
}

// Learning what was unknown never turns Yes into No, or No into Yes.
func TestLearning(t *testing.T) {
	settled := 0
	each(t, func(g *generator) error {
		n, err := g.learning()
		settled += n
		return err
	})
	if settled < *rounds/4 {
		t.Errorf("only %d answers were settled: the generator is not worth much", settled)
	}
}

// A Deny that is added never opens anything.
func TestDenyOnlyCloses(t *testing.T) {
	each(t, func(g *generator) error { return g.adding("Deny") })
}

// An Allow that is added closes nothing, but for one that makes a policy public, where
// public policies shut everybody else out.
func TestAllowOnlyOpens(t *testing.T) {
	each(t, func(g *generator) error { return g.adding("Allow") })
}

// The order of statements in a policy, and of policies in a layer, changes no answer.
func TestOrder(t *testing.T) { each(t, (*generator).reversing) }

// Whatever refuses a request says why; and what may refuse it, on what that hangs.
func TestEverythingIsSaid(t *testing.T) { each(t, (*generator).saying) }

// The same input gives the same decision, and deciding changes nothing. Run it with
// -race.
func TestSameEveryTime(t *testing.T) { each(t, (*generator).repeating) }

// decide decides each request of a sample.
func (s *sample) decide() []*authz.Decision {
	e := authz.Compile(s.evidence)
	var out []*authz.Decision
	for i := range s.asks {
		out = append(out, authz.Decide(s.asks[i].request(), e))
	}
	return out
}

// compareChecks finds a check of both decisions for which it is wrong to be as it
// is. Authorizations are the same if action, reason and place are.
func compareChecks(before, after *authz.Decision, wrong func(before, after *authz.Check) bool) (string, bool) {
	checks := func(d *authz.Decision) map[string]*authz.Check {
		out := map[string]*authz.Check{}
		seen := map[string]int{}
		for i := range d.Checks {
			c := &d.Checks[i]
			a := d.Authorizations[c.Authorization]
			name := fmt.Sprintf("%s %s %q", c.Layer, a.Action, a.Because)
			out[fmt.Sprint(name, " ", seen[name])] = c
			seen[name]++
		}
		return out
	}
	was, is := checks(before), checks(after)
	for name, c := range was {
		if d, ok := is[name]; ok && wrong(c, d) {
			return name, true
		}
	}
	return "", false
}

func opposite(a, b policy.Truth) bool { return a != policy.Unknown && b == a.Not() }

// learning forgets much and then less, and returns how many requests that settles.
func (g *generator) learning() (settled int, err error) {
	share := [...]float64{0.02, 0.1, 0.3}[g.IntN(3)]
	seed, less := g.Uint64(), share*g.Float64()
	l := learning{known: g.sample(), before: forgetting(seed, share), after: forgetting(seed, less)}
	i, _, settled := l.wrong()
	if i >= 0 {
		return settled, l.shrink()
	}
	return settled, nil
}

// mixed returns a sample of which, as often as not, something is forgotten.
func (g *generator) mixed() sample {
	s := g.sample()
	if g.in(2) {
		w := walk{forget: forgetting(g.Uint64(), 0.1)}
		s = w.sample(s)
	}
	return s
}

// adding adds a statement somewhere.
func (g *generator) adding(effect string) error {
	s := g.mixed()
	var places []string
	count := walk{document: func(path, layer string, doc json.RawMessage) json.RawMessage {
		places = append(places, path+" "+layer)
		return doc
	}}
	count.sample(s)
	slices.Sort(places)
	if len(places) == 0 {
		return nil
	}
	where, layer, _ := strings.Cut(g.pick(places...), " ")
	statement, _ := g.statement(layer, effect)
	add := walk{document: func(path, _ string, doc json.RawMessage) json.RawMessage {
		if path != where {
			return doc
		}
		return withStatement(doc, statement)
	}}
	more := add.sample(s)
	was, is := s.decide(), more.decide()
	for i := range was {
		higher := func(b, a policy.Truth) bool { return a > b }
		if effect == "Allow" {
			higher = func(b, a policy.Truth) bool { return a < b }
			if _, public := compareChecks(was[i], is[i], func(b, a *authz.Check) bool {
				return b.Layer == evidence.LayerPublicAccessBlock && (a.Blocks > b.Blocks || a.Verdict != b.Verdict)
			}); public && (layer == "bucket" || layer == "point") {
				continue
			}
		}
		name, wrong := compareChecks(was[i], is[i], func(b, a *authz.Check) bool { return higher(b.Blocks.Not(), a.Blocks.Not()) })
		if wrong || higher(was[i].Allowed, is[i].Allowed) {
			return fmt.Errorf("%s at %s\n%s\n%s\nbefore %s\nafter %s", statement, where, name, tell(s.asks[i]), dump(was[i]), dump(is[i]))
		}
	}
	return nil
}

func withStatement(doc json.RawMessage, statement string) json.RawMessage {
	return json.RawMessage(strings.TrimSuffix(string(doc), "]}") + "," + statement + "]}")
}

// What a decision says by which all of it can be compared.
type told struct {
	Allowed        policy.Truth
	Authorizations []authz.Authorization
	Checks         []toldCheck
}

type toldCheck struct {
	Layer         evidence.Layer
	Authorization int
	Account       string
	Verdict       authz.Verdict
	Blocks        policy.Truth
	Reasons       []authz.Reason
	Needs         []authz.Need
}

func tellAll(d *authz.Decision) told {
	out := told{Allowed: d.Allowed, Authorizations: d.Authorizations}
	for i := range d.Checks {
		c := &d.Checks[i]
		out.Checks = append(out.Checks, toldCheck{c.Layer, c.Authorization, c.Account, c.Verdict, c.Blocks, d.Reasons(c), d.Needs(c)})
	}
	return out
}

// verdicts is what does not hang on the order of statements.
func verdicts(d *authz.Decision) told {
	out := told{Allowed: d.Allowed, Authorizations: d.Authorizations}
	for _, c := range d.Checks {
		out.Checks = append(out.Checks, toldCheck{Layer: c.Layer, Authorization: c.Authorization, Account: c.Account, Verdict: c.Verdict, Blocks: c.Blocks})
	}
	return out
}

func (g *generator) reversing() error {
	s := g.mixed()
	shuffle := walk{
		document: func(_, _ string, doc json.RawMessage) json.RawMessage {
			var d struct {
				Version   string
				Statement []json.RawMessage
			}
			if err := json.Unmarshal(doc, &d); err != nil {
				panic(err)
			}
			slices.Reverse(d.Statement)
			out, err := json.Marshal(d)
			if err != nil {
				panic(err)
			}
			return out
		},
		list: func(_, _ string, list []evidence.Policy) []evidence.Policy {
			slices.Reverse(list)
			return list
		},
	}
	other := shuffle.sample(s)
	was, is := s.decide(), other.decide()
	for i := range was {
		forward, backward := verdicts(was[i]), verdicts(is[i])
		if !reflect.DeepEqual(forward, backward) {
			return fmt.Errorf("%s\n%s%s", cmp.Diff(forward, backward), tell(s.asks[i]), dump(was[i]))
		}
	}
	return nil
}

func (g *generator) saying() error {
	s := g.mixed()
	for i, d := range s.decide() {
		for n := range d.Checks {
			c := &d.Checks[n]
			said := true
			switch {
			case c.Blocks == policy.Yes:
				said = len(d.Reasons(c)) > 0
			case c.Blocks == policy.Unknown || c.Verdict == authz.Unknown:
				said = len(d.Needs(c)) > 0 || slices.ContainsFunc(d.Reasons(c), func(r authz.Reason) bool {
					return r.Text != "" || r.Matches == policy.Unknown
				})
			}
			if !said {
				return fmt.Errorf("%s %s does not say why\n%s%s", c.Layer, d.Authorizations[c.Authorization].Action, tell(s.asks[i]), dump(d))
			}
		}
	}
	return nil
}

func (g *generator) repeating() error {
	if g.IntN(3) > 0 {
		return nil
	}
	s := g.sample()
	twins(s.evidence.Principals)
	w := walk{forget: forgetting(g.Uint64(), 0.1)}
	s = w.sample(s)
	alone := make([]told, len(s.asks))
	for i, d := range s.decide() {
		alone[i] = tellAll(d)
	}
	e := authz.Compile(s.evidence)
	var wg sync.WaitGroup
	diffs := make([]string, 4*len(s.asks))
	for n := range diffs {
		wg.Go(func() {
			i := n % len(s.asks)
			if again := tellAll(authz.Decide(s.asks[i].request(), e)); !reflect.DeepEqual(alone[i], again) {
				diffs[n] = cmp.Diff(alone[i], again)
			}
		})
	}
	wg.Wait()
	for n, diff := range diffs {
		if diff != "" {
			return fmt.Errorf("%s\n%s", diff, tell(s.asks[n%len(s.asks)]))
		}
	}
	return nil
}

// twins gives the evidence of each user and role a second one of the same name and
// unique id: which of them is meant must not be left to chance.
func twins(principals map[string]evidence.Identity) {
	for name, i := range maps.Clone(principals) {
		kind, rest, _ := strings.Cut(name, "/")
		principals[kind+"/twin/"+rest] = evidence.Identity{ID: i.ID}
	}
}
