package authz_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/authz"
	"why403/pkg/policy"
)

// TestCases runs the cases in testdata/cases; testdata/cases/README.md describes
// their form.
func TestCases(t *testing.T) {
	for _, c := range readCases(t) {
		t.Run(c.topic+"/"+c.name, func(t *testing.T) {
			t.Logf("%s: %s: %s", c.place, c.get("page"), c.get("wrong"))
			c.run(t)
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
	seen := map[string]testCase{}
	for _, c := range cases {
		topics[c.topic]++
		if !strings.HasPrefix(c.get("page"), "https://docs.aws.amazon.com/") {
			t.Errorf("%s: %s: no page of AWS", c.place, c.name)
		}
		if c.get("wrong") == "" {
			t.Errorf("%s: %s: does not say what is wrong", c.place, c.name)
		}
		if c.get("blocks") == "" {
			t.Errorf("%s: %s: does not say what blocks", c.place, c.name)
		}
		n := c.normal()
		if before, ok := seen[n]; ok {
			t.Errorf("%s: %q asks what %s: %q asks", c.place, c.name, before.place, before.name)
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

// testCase is one case: the fields of its group and its own, in order.
type testCase struct {
	place, topic, name string
	fields             []field
}

type field struct {
	name, value string
	ofGroup     bool
}

// add adds a field of the case's own. The policies of the caller that a group gives
// are replaced, and not added to.
func (c *testCase) add(f field) {
	if f.name == "identity" {
		c.fields = slices.DeleteFunc(c.fields, func(g field) bool { return g.name == f.name && g.ofGroup })
	}
	c.fields = append(c.fields, f)
}

// get returns a field; the case's own if the group has it as well.
func (c *testCase) get(name string) string {
	for _, f := range slices.Backward(c.fields) {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// normal returns what the case asks and expects, without what is said about it.
func (c *testCase) normal() string {
	var b strings.Builder
	for _, f := range c.fields {
		switch f.name {
		case "page", "rests", "wrong", "mistake", "because":
		default:
			fmt.Fprintln(&b, f.name, f.value)
		}
	}
	return b.String()
}

func readCases(t testing.TB) []testCase {
	t.Helper()
	files, err := filepath.Glob("testdata/cases/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases: ", err)
	}
	var cases []testCase
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		topic := strings.TrimSuffix(filepath.Base(file), ".txt")
		var group []field
		for n, line := range strings.Split(string(text), "\n") {
			place := fmt.Sprintf("%s:%d", file, n+1)
			switch {
			case strings.TrimSpace(line) == "", strings.HasPrefix(line, "# "):
			case strings.HasPrefix(line, "## "):
				group = nil
			case strings.HasPrefix(line, "- "):
				cases = append(cases, testCase{place, topic, line[2:], slices.Clone(group)})
			case strings.HasPrefix(line, "  "):
				cases[len(cases)-1].add(readField(t, place, strings.TrimSpace(line)))
			default:
				f := readField(t, place, line)
				f.ofGroup = true
				group = append(group, f)
			}
		}
	}
	return cases
}

// fieldNames are the fields of a case.
func fieldNames() []string {
	return []string{
		"page", "rests", "wrong", "mistake",
		"base", "caller", "do", "on", "also", "owner", "operation", "version", "complete",
		"identity", "boundary", "session", "bucket", "encrypted", "key", "through", "endpoint", "point", "point policy", "document",
		"scp root", "scp ou", "scp account", "rcp root", "rcp ou", "rcp account",
		"scp root +", "scp ou +", "scp account +", "rcp root +", "rcp ou +", "rcp account +",
		"set", "unset", "blocks", "open", "verdict", "because", "needs", "adds",
	}
}

// readField reads "name: value", or what is said of a condition key.
func readField(t testing.TB, place, line string) field {
	t.Helper()
	name, value, ok := strings.Cut(line, ":")
	if ok && slices.Contains(fieldNames(), name) {
		return field{name: name, value: strings.TrimSpace(value)}
	}
	if strings.Contains(line, " = ") || strings.HasSuffix(line, " =") || strings.HasSuffix(line, " is absent") || strings.HasSuffix(line, " is unknown") {
		return field{name: "condition key", value: line}
	}
	t.Fatalf("%s: not understood: %s", place, line)
	return field{}
}

func (c *testCase) run(t *testing.T) {
	d := c.decide(t)
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
		want := list(or(c.get(what), otherwise))
		if diff := cmp.Diff(want, names(d.Blocking(truth), want)); diff != "" {
			t.Errorf("%s: want - got +\n%s", what, diff)
			failed = true
		}
	}
	expect("blocks", policy.Yes, "none")
	expect("open", policy.Unknown, "none")
	c.expectVerdicts(t, d)
	c.expectReasons(t, d)
	if want := c.get("adds"); want != "" {
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
	case len(list(c.get("blocks"))) > 0:
		wantAllowed = policy.No
	case len(list(or(c.get("open"), "none"))) > 0:
		wantAllowed = policy.Unknown
	}
	if d.Allowed != wantAllowed && !failed {
		t.Errorf("got allowed %v, want %v", d.Allowed, wantAllowed)
	}
	if t.Failed() {
		t.Log(dump(d))
	}
}

func (c *testCase) expectVerdicts(t *testing.T, d *authz.Decision) {
	for _, f := range c.fields {
		if f.name != "verdict" {
			continue
		}
		for _, want := range list(f.value) {
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

func (c *testCase) expectReasons(t *testing.T, d *authz.Decision) {
	for _, f := range c.fields {
		switch f.name {
		case "because":
			layer, text, ok := strings.Cut(f.value, ": ")
			if !ok {
				t.Fatalf("because: %q names no layer", f.value)
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
			permission, place, _ := strings.Cut(f.value, " in ")
			if !slices.ContainsFunc(got, func(n string) bool {
				return strings.Contains(n, permission) && strings.HasSuffix(n, place)
			}) {
				t.Errorf("needs: got %q, want %q", got, f.value)
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
