package difftest

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// installed starts the other engine, or skips the test where it is not installed.
func installed(t *testing.T) *engine {
	t.Helper()
	folder := os.Getenv("WHY403_IAM_SIMULATE")
	if folder == "" {
		t.Skip("WHY403_IAM_SIMULATE names no folder with the npm package @cloud-copilot/iam-simulate")
	}
	e, err := start(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.stop(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// setting returns a number from the environment.
func setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// TestDifferences asks both engines the same questions.
func TestDifferences(t *testing.T) {
	e := installed(t)
	seed := setting(t, "WHY403_IAM_SIMULATE_SEED", 1)
	count := setting(t, "WHY403_IAM_SIMULATE_COUNT", 12_000)
	t.Logf("iam-simulate %s, seed %d, %d questions", e.version, seed, count)

	g := newGenerator(seed)
	questions := make([]*question, count)
	for i := range questions {
		questions[i] = g.next()
	}
	begin := time.Now()
	theirs, err := e.ask(questions)
	if err != nil {
		t.Fatal(err)
	}
	asked := time.Since(begin)

	begin = time.Now()
	ours := make([]answer, count)
	for i, q := range questions {
		ours[i] = q.ours()
	}
	t.Logf("their answers took %v, ours %v", asked.Round(time.Millisecond), time.Since(begin).Round(time.Millisecond))

	features, differences, answers := map[string]int{}, map[string]int{}, map[string]int{}
	failed := 0
	for i, q := range questions {
		answers[string(ours[i])]++
		features["family: "+q.Family]++
		for f := range q.features() {
			features[f]++
		}
		if ours[i] == theirs[i] {
			continue
		}
		smallest, err := shrink(e, q, func(q *question) bool { return classify(q) != "" })
		if err != nil {
			t.Fatal(err)
		}
		if name := classify(smallest); name != "" {
			differences[name]++
			continue
		}
		if failed++; failed <= 20 {
			said, err := e.ask([]*question{smallest})
			if err != nil {
				t.Fatal(err)
			}
			t.Errorf("question %d: we say %s, they say %s:\n%s\nfrom: we say %s, they say %s:\n%s",
				q.ID, smallest.ours(), said[0], encode(smallest), ours[i], theirs[i], encode(q))
		}
	}
	if failed > 20 {
		t.Errorf("%d differences more", failed-20)
	}
	t.Logf("our answers:%s", table(answers))
	t.Logf("questions by feature:%s", table(features))
	t.Logf("known differences:%s", table(differences))
}

// table writes counts one a line.
func table(counts map[string]int) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&b, "\n%8d  %s", counts[name], name)
	}
	return b.String()
}

// features returns what a question has of the policy language.
func (q *question) features() map[string]bool {
	f := map[string]bool{}
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
					f["number or boolean in JSON"] = f["number or boolean in JSON"] || slices.ContainsFunc(v.items, func(item any) bool { _, text := item.(string); return !text })
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
	maps.DeleteFunc(f, func(_ string, has bool) bool { return !has })
	return f
}

// wildcards reports whether there are others than a * alone.
func wildcards(vs ...value) bool {
	for _, v := range vs {
		for _, s := range v.texts() {
			if s != "*" && strings.ContainsAny(s, "*?") {
				return true
			}
		}
	}
	return false
}

// example is a question in known-differences.md with the answers it gets.
type example struct {
	class        string
	question     *question
	ours, theirs answer
}

// examples reads known-differences.md: under the heading of each class a question,
// and below it "Ours: ANSWER. Theirs: ANSWER."
func examples(t *testing.T) []example {
	t.Helper()
	text, err := os.ReadFile("testdata/known-differences.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []example
	found := regexp.MustCompile("(?s)\n### ([^\n]+)\n.*?```json\n(.*?)```\n+Ours: ([a-z ]+)\\. Theirs: ([a-z ]+)\\.\n").FindAllStringSubmatch(string(text), -1)
	for _, m := range found {
		q := new(question)
		if err := decode([]byte(m[2]), q); err != nil {
			t.Fatalf("%s: %v", m[1], err)
		}
		q.ID = len(out) + 1
		out = append(out, example{m[1], q, answer(m[3]), answer(m[4])})
	}
	return out
}

// TestKnownDifferences holds the list of known differences: each class has an example
// that both engines answer as written.
func TestKnownDifferences(t *testing.T) {
	var documented []string
	examples := examples(t)
	for _, x := range examples {
		documented = append(documented, x.class)
		if got := classify(x.question); got != x.class {
			t.Errorf("the example of %q is of class %q", x.class, got)
		}
		if got := x.question.ours(); got != x.ours {
			t.Errorf("%s: we say %s, not %s", x.class, got, x.ours)
		}
	}
	for _, c := range classes() {
		if !slices.Contains(documented, c.name) {
			t.Errorf("known-differences.md has no example of %q", c.name)
		}
	}

	e := installed(t)
	for _, x := range examples {
		said, err := e.ask([]*question{x.question})
		if err != nil {
			t.Fatal(err)
		}
		switch said[0] {
		case x.theirs:
		case x.ours:
			t.Errorf("%s: no longer a difference: both say %s", x.class, x.ours)
		default:
			t.Errorf("%s: they say %s, not %s", x.class, said[0], x.theirs)
		}
	}
}
