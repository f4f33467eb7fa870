package policy_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/policy"
)

// TestCases runs the cases in testdata/cases; testdata/cases/README.md describes
// their form.
func TestCases(t *testing.T) {
	for _, c := range readCases(t) {
		t.Run(c.topic+"/"+c.name, func(t *testing.T) {
			t.Logf("%s: %s", c.place, c.get("page"))
			c.run(t)
		})
	}
}

// TestCasesAreComplete holds what makes the cases worth reading.
func TestCasesAreComplete(t *testing.T) {
	cases := readCases(t)
	const least = 300
	if len(cases) < least {
		t.Errorf("%d cases, want %d", len(cases), least)
	}
	topics := map[string]int{}
	mistakes := map[string]bool{}
	seen := map[string]testCase{}
	for _, c := range cases {
		topics[c.topic]++
		if !strings.HasPrefix(c.get("page"), "https://docs.aws.amazon.com/") {
			t.Errorf("%s: %s: no page of AWS", c.place, c.name)
		}
		if c.get("wrong") == "" {
			t.Errorf("%s: %s: does not say what is wrong", c.place, c.name)
		}
		if m := c.get("mistake"); m != "" {
			mistakes[m] = true
		}
		n := c.normal()
		if before, ok := seen[n]; ok {
			t.Errorf("%s: %q differs in names only from %s: %q", c.place, c.name, before.place, before.name)
		}
		seen[n] = c
	}
	for _, m := range []string{
		"a grant that ignores Resource",
		"a Principal that is ignored",
		"a role ARN taken for its session",
		"StringLike * matching a missing key",
		"ForAnyValue never matching",
		"a missing variable becoming the empty string",
		"variables in 2008-10-17 documents",
		"an unknown operator dropping a Deny",
		"ArnLike with a wildcard account not matching",
		"an address without prefix not matching",
		"variables in Resource not substituted",
		"a colon in a key not matching",
		"session ARNs not matching",
		"root of another partition not matching",
		"a bare number or boolean failing to parse",
		"decimals",
		"the case of a tag key",
		"epoch seconds read as milliseconds",
		"10abc equal to 10",
		"IPv6 compared as text",
		"the role path missing from the session ARN",
		"an early return that hides the second cause",
	} {
		if !mistakes[m] {
			t.Errorf("no case for %q", m)
		}
		delete(mistakes, m)
	}
	for m := range mistakes {
		t.Errorf("%q is not on the list", m)
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

type field struct{ name, value string }

// get returns a field; the case's own if the group has it as well.
func (c *testCase) get(name string) string {
	for _, f := range slices.Backward(c.fields) {
		if f.name == name {
			return f.value
		}
	}
	return ""
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
				c := &cases[len(cases)-1]
				c.fields = append(c.fields, readField(t, place, strings.TrimSpace(line)))
			default:
				group = append(group, readField(t, place, line))
			}
		}
	}
	return cases
}

var fieldNames = []string{
	"page", "rests", "wrong", "mistake",
	"policy", "statement", "version", "effect", "principal", "notprincipal", "action", "notaction", "resource", "notresource", "when",
	"caller", "do", "on", "rest", "want", "fails", "kinds", "perhaps", "settles", "doubt", "problem", "error",
}

// readField reads "name: value", or what is said of a condition key.
func readField(t testing.TB, place, line string) field {
	t.Helper()
	name, value, ok := strings.Cut(line, ":")
	if ok && slices.Contains(fieldNames, name) {
		return field{name, strings.TrimSpace(value)}
	}
	if strings.Contains(line, " = ") || strings.HasSuffix(line, " =") || strings.HasSuffix(line, " is absent") ||
		strings.HasSuffix(line, " is unknown") || strings.HasSuffix(line, " has no values") {
		return field{"key", line}
	}
	t.Fatalf("%s: not understood: %s", place, line)
	return field{}
}

// document returns the document that the case is about.
func (c *testCase) document() string {
	if p := c.get("policy"); p != "" {
		return p
	}
	version := ""
	switch v := c.get("version"); v {
	case "none":
	case "":
		version = `"Version":"2012-10-17",`
	default:
		version = `"Version":"` + v + `",`
	}
	if s := c.get("statement"); s != "" {
		return `{` + version + `"Statement":` + s + `}`
	}
	var b strings.Builder
	b.WriteString(`{` + version + `"Statement":[{"Effect":"` + or(c.get("effect"), "Allow") + `"`)
	element := func(name, field, otherwise string) {
		if v := or(c.get(field), otherwise); v != "" {
			fmt.Fprintf(&b, `,%q:%s`, name, v)
		}
	}
	element("Principal", "principal", "")
	element("NotPrincipal", "notprincipal", "")
	element("NotAction", "notaction", "")
	if c.get("notaction") == "" {
		element("Action", "action", `"*"`)
	}
	element("NotResource", "notresource", "")
	if c.get("notresource") == "" {
		element("Resource", "resource", `"*"`)
	}
	element("Condition", "when", "")
	b.WriteString(`}]}`)
	return b.String()
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// request returns the request of the case.
func (c *testCase) request(t *testing.T) *policy.Request {
	t.Helper()
	ctx := policy.NewContext(c.get("rest") != "unknown")
	for _, f := range c.fields {
		if f.name != "key" {
			continue
		}
		if key, values, ok := strings.Cut(f.value+" ", " = "); ok {
			if values = strings.TrimSpace(values); values == "" {
				ctx.Set(key, "")
				continue
			}
			list := strings.Split(values, " | ")
			for i, v := range list {
				if strings.HasPrefix(v, `"`) {
					if err := json.Unmarshal([]byte(v), &list[i]); err != nil {
						t.Fatal(v, err)
					}
				}
			}
			ctx.Set(key, list...)
			continue
		}
		key, what, _ := strings.Cut(f.value, " ")
		switch what {
		case "is absent":
			ctx.SetAbsent(key)
		case "is unknown":
			ctx.SetUnknown(key)
		case "has no values":
			ctx.Set(key)
		case "=":
			ctx.Set(key, "")
		default:
			t.Fatalf("what is said of %s is not understood: %q", key, what)
		}
	}
	resource := or(c.get("on"), "arn:aws:s3:::acme-data/report.csv")
	if resource == "unknown" {
		resource = ""
	}
	return policy.NewRequest(or(c.get("do"), "s3:GetObject"), resource, readCaller(t, or(c.get("caller"), "user ann")), ctx)
}

// readCaller reads a caller: its type, a name, and words with a value.
func readCaller(t *testing.T, s string) *policy.Caller {
	t.Helper()
	c := &policy.Caller{Boundary: policy.No}
	words := strings.Fields(s)
	name := ""
	if len(words) > 1 && words[1] != "with" {
		name = words[1]
		words = slices.Delete(words, 1, 2)
	}
	const account = "111111111111"
	iam, sts := "arn:aws:iam::"+account+":", "arn:aws:sts::"+account+":"
	c.Account = account
	switch words[0] {
	case "user":
		c.Type, c.ARN = policy.CallerUser, iam+"user/"+name
	case "role": // with its path
		c.Type, c.ARN = policy.CallerRole, iam+"role/"+name
		c.SessionARN = sts + "assumed-role/" + name[strings.LastIndex(name, "/")+1:] + "/job"
	case "root":
		c.Type, c.ARN = policy.CallerRoot, iam+"root"
	case "federated":
		c.Type, c.ARN, c.Issuer = policy.CallerFederated, sts+"federated-user/"+name, iam+"user/ann"
	case "anonymous":
		*c = policy.Caller{Type: policy.CallerAnonymous}
	case "service":
		*c = policy.Caller{Type: policy.CallerService, Service: name}
	case "unknown":
		*c = policy.Caller{}
	default:
		t.Fatal("unknown caller: ", s)
	}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		switch key {
		case "with":
		case "account":
			c.Account = value
		case "arn":
			c.ARN = value
		case "session":
			c.SessionARN = value
		case "id":
			c.UniqueID = value
		case "issuer":
			c.Issuer = value
		case "canonical":
			c.CanonicalID = value
		case "provider":
			c.Provider = value
		case "noprovider":
			c.NoProvider = true
		case "uncertain":
			c.ARNUncertain = true
		case "boundary":
			c.Boundary = truth(t, value)
		default:
			t.Fatal("unknown word of a caller: ", w)
		}
	}
	return c
}

func truth(t *testing.T, s string) policy.Truth {
	t.Helper()
	switch s {
	case "yes":
		return policy.Yes
	case "no":
		return policy.No
	case "unknown":
		return policy.Unknown
	}
	t.Fatalf("%q is no truth value", s)
	return 0
}

func (c *testCase) run(t *testing.T) {
	p, err := policy.Parse([]byte(c.document()))
	if want := c.get("error"); want != "" {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("%s\ngot error %v, want %s", c.document(), err, want)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	var problems []string
	for _, pr := range p.Problems() {
		problems = append(problems, pr.Place+": "+pr.What)
	}
	if want := c.get("problem"); want == "" && problems != nil || !strings.Contains(strings.Join(problems, "\n"), want) {
		t.Errorf("got problems %q, want %q", problems, want)
	}
	r := c.request(t)
	results := p.Match(r, nil)
	var got []string
	for _, res := range results {
		got = append(got, res.Truth.String())
	}
	if diff := cmp.Diff(strings.Fields(c.get("want")), got); diff != "" {
		t.Fatalf("%s\n%s\nwant - got +\n%s", c.document(), c.get("wrong"), diff)
	}
	if want := c.get("kinds"); want != "" && results[0].Kinds.String() != want {
		t.Errorf("got kinds %q, want %q", results[0].Kinds, want)
	}
	if want := c.get("perhaps"); want != "" && results[0].Perhaps.String() != want {
		t.Errorf("got possible kinds %q, want %q", results[0].Perhaps, want)
	}
	f := p.Explain(r, results[0])
	if want := c.get("fails"); want != "" {
		if got := strings.TrimSpace(fmt.Sprint(f.Element, " ", f.Operator, " ", f.Key)); got != want {
			t.Errorf("got failure %q, want %q", got, want)
		}
	}
	if want := c.get("doubt"); !strings.Contains(f.Doubt, want) || want == "" && f.Doubt != "" && c.get("problem") == "" {
		t.Errorf("got doubt %q, want %q", f.Doubt, want)
	}
	if got := strings.Join(p.Unsettled(r, results[0]), " "); got != c.get("settles") {
		t.Errorf("got keys that settle it %q, want %q", got, c.get("settles"))
	}
}
