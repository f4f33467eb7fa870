package authz_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/authz"
	"why403/pkg/authz/authztest"
	"why403/pkg/policy"
)

// TestCases runs the cases in testdata/cases; testdata/cases/README.md describes
// their form.
func TestCases(t *testing.T) {
	for _, c := range readCases(t) {
		t.Run(c.Topic+"/"+c.Name, func(t *testing.T) {
			t.Logf("%s: %s: %s", c.Place, c.Get("page"), c.Get("wrong"))
			run(t, &c)
		})
	}
}

// TestCasesAreComplete holds what makes the cases worth reading.
func TestCasesAreComplete(t *testing.T) {
	cases := readCases(t)
	const least = 200
	if len(cases) < least {
		t.Errorf("%d cases, want %d", len(cases), least)
	}
	topics := map[string]int{}
	seen := map[string]authztest.Case{}
	for _, c := range cases {
		topics[c.Topic]++
		if !strings.HasPrefix(c.Get("page"), "https://docs.aws.amazon.com/") {
			t.Errorf("%s: %s: no page of AWS", c.Place, c.Name)
		}
		if c.Get("wrong") == "" {
			t.Errorf("%s: %s: does not say what is wrong", c.Place, c.Name)
		}
		if c.Get("blocks") == "" {
			t.Errorf("%s: %s: does not say what blocks", c.Place, c.Name)
		}
		n := c.Normal()
		if before, ok := seen[n]; ok {
			t.Errorf("%s: %q asks what %s: %q asks", c.Place, c.Name, before.Place, before.Name)
		}
		seen[n] = c
	}
	names := make([]string, 0, len(topics))
	for topic := range topics {
		names = append(names, topic)
	}
	slices.Sort(names)
	for _, topic := range names {
		t.Logf("%4d %s", topics[topic], topic)
	}
	t.Logf("%4d cases", len(cases))
}

func readCases(t testing.TB) []authztest.Case {
	t.Helper()
	return authztest.Read(t, "testdata/cases/*.txt", "blocks", "open", "verdict", "because", "needs", "adds")
}

func run(t *testing.T, c *authztest.Case) {
	d := authz.Decide(c.Request(t))
	name := func(check *authz.Check) string {
		return string(check.Layer) + " " + d.Authorizations[check.Authorization].Action
	}
	// A check may be named without its action.
	names := func(checks []*authz.Check, want []string) []string {
		var got []string
		for _, check := range checks {
			n := name(check)
			if !slices.Contains(want, n) && (len(d.Authorizations) == 1 || slices.Contains(want, string(check.Layer))) {
				n = string(check.Layer)
			}
			if !slices.Contains(got, n) {
				got = append(got, n)
			}
		}
		slices.Sort(got)
		return got
	}
	failed := false
	expect := func(what string, truth policy.Truth, otherwise string) {
		want := list(or(c.Get(what), otherwise))
		if diff := cmp.Diff(want, names(d.Blocking(truth), want)); diff != "" {
			t.Errorf("%s: want - got +\n%s", what, diff)
			failed = true
		}
	}
	expect("blocks", policy.Yes, "none")
	expect("open", policy.Unknown, "none")
	expectVerdicts(t, c, d)
	expectReasons(t, c, d)
	if want := c.Get("adds"); want != "" {
		var got []string
		for _, a := range d.Authorizations {
			if a.Because != "" {
				got = append(got, strings.TrimSpace(a.Action+" on "+a.Resource))
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(list(want), got); diff != "" {
			t.Errorf("adds: want - got +\n%s", diff)
		}
	}
	wantAllowed := policy.Yes
	switch {
	case len(list(c.Get("blocks"))) > 0:
		wantAllowed = policy.No
	case len(list(or(c.Get("open"), "none"))) > 0:
		wantAllowed = policy.Unknown
	}
	if d.Allowed != wantAllowed && !failed {
		t.Errorf("got allowed %v, want %v", d.Allowed, wantAllowed)
	}
	if t.Failed() {
		t.Log(dump(d))
	}
}

func expectVerdicts(t *testing.T, c *authztest.Case, d *authz.Decision) {
	for _, f := range c.Fields {
		if f.Name != "verdict" {
			continue
		}
		for _, want := range list(f.Value) {
			words := strings.Fields(want)
			var got []string
			for i := range d.Checks {
				check := &d.Checks[i]
				if string(check.Layer) == words[0] && (len(words) == 2 || d.Authorizations[check.Authorization].Action == words[1]) {
					got = append(got, string(check.Verdict))
				}
			}
			if len(got) == 0 {
				got = []string{"none"}
			}
			if !slices.Contains(got, words[len(words)-1]) {
				t.Errorf("verdict: got %v, want %s", got, want)
			}
		}
	}
}

func expectReasons(t *testing.T, c *authztest.Case, d *authz.Decision) {
	for _, f := range c.Fields {
		switch f.Name {
		case "because":
			layer, text, ok := strings.Cut(f.Value, ": ")
			if !ok {
				t.Fatalf("because: %q names no layer", f.Value)
			}
			var got []string
			for i := range d.Checks {
				if check := &d.Checks[i]; string(check.Layer) == layer {
					for _, r := range d.Reasons(check) {
						got = append(got, r.String())
					}
				}
			}
			if !strings.Contains(strings.Join(got, "\n"), text) {
				t.Errorf("because: got %q, want %q", got, text)
			}
		case "needs":
			var got []string
			for i := range d.Checks {
				for _, n := range d.Needs(&d.Checks[i]) {
					got = append(got, n.String())
				}
			}
			permission, place, _ := strings.Cut(f.Value, " in ")
			if !slices.ContainsFunc(got, func(n string) bool {
				return strings.Contains(n, permission) && strings.HasSuffix(n, place)
			}) {
				t.Errorf("needs: got %q, want %q", got, f.Value)
			}
		}
	}
}

// list reads a list separated by commas; "none" is an empty one.
func list(s string) []string {
	if s == "none" || s == "" {
		return nil
	}
	out := strings.Split(s, ",")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	slices.Sort(out)
	return out
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// dump writes a decision for a person.
func dump(d *authz.Decision) string {
	var b strings.Builder
	fmt.Fprintf(&b, "allowed: %v\n", d.Allowed)
	for i, a := range d.Authorizations {
		fmt.Fprintf(&b, "%s on %s (%s): %v %s\n", a.Action, a.Resource, a.Account, a.Outcome, a.Because)
		for n := range d.Checks {
			c := &d.Checks[n]
			if c.Authorization != i {
				continue
			}
			fmt.Fprintf(&b, "  %-20s %-15s blocks: %v\n", c.Layer, c.Verdict, c.Blocks)
			for _, r := range d.Reasons(c) {
				fmt.Fprintf(&b, "      %s\n", r)
				if r.Element == policy.ElementCondition || len(r.Unsettled) > 0 {
					text, _ := json.Marshal(r.Unsettled)
					fmt.Fprintf(&b, "         wanted %q got %q %v, unsettled %s, doubt %q\n", r.Wanted, r.Got, r.State, text, r.Doubt)
				}
			}
			for _, n := range d.Needs(c) {
				fmt.Fprintf(&b, "      needs %s\n", n)
			}
		}
	}
	return b.String()
}
