package iamsim

import (
	"context"
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

// Installed starts the other engine, or skips the test where it is not installed.
func Installed(t *testing.T) *Engine {
	t.Helper()
	folder := os.Getenv("WHY403_IAM_SIMULATE")
	if folder == "" {
		t.Skip("WHY403_IAM_SIMULATE names no folder with the npm package @cloud-copilot/iam-simulate")
	}
	e, err := start(context.WithoutCancel(t.Context()), folder) // it is stopped after the test
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

// Setting returns a number from the environment: WHY403_IAM_SIMULATE_ and the name.
func Setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	name = "WHY403_IAM_SIMULATE_" + name
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

// Class is a known difference between the engines.
type Class[Q any] struct {
	Name string // the heading in known-differences.md
	// Is says whether a smallest question on which the engines differ is one of it.
	Is func(q Q) bool
}

// Classify returns the class of a question, or nothing.
func Classify[Q any](classes []Class[Q], q Q) string {
	for _, c := range classes {
		if c.Is(q) {
			return c.Name
		}
	}
	return ""
}

// Compare asks both engines the same questions. A difference of no class fails the
// test. features returns what a question is about.
func Compare[Q Question[Q]](t *testing.T, e *Engine, questions []Q, classes []Class[Q], features func(Q) map[string]bool) {
	t.Helper()
	begin := time.Now()
	theirs, err := Ask(e, questions)
	if err != nil {
		t.Fatal(err)
	}
	asked := time.Since(begin)

	begin = time.Now()
	ours := make([]Answer, len(questions))
	for i, q := range questions {
		ours[i] = q.Ours()
	}
	t.Logf("their answers took %v, ours %v", asked.Round(time.Millisecond), time.Since(begin).Round(time.Millisecond))

	about, differences, answers := map[string]int{}, map[string]int{}, map[string]int{}
	failed := 0
	for i, q := range questions {
		answers[string(ours[i])]++
		for f, has := range features(q) {
			if has {
				about[f]++
			}
		}
		if ours[i] == theirs[i] {
			continue
		}
		smallest, err := Shrink(e, q, func(q Q) bool { return Classify(classes, q) != "" })
		if err != nil {
			t.Fatal(err)
		}
		if name := Classify(classes, smallest); name != "" {
			differences[name]++
			continue
		}
		if failed++; failed <= 20 {
			said, err := Ask(e, []Q{smallest})
			if err != nil {
				t.Fatal(err)
			}
			t.Errorf("question %d: we say %s, they say %s:\n%s\nfrom: we say %s, they say %s:\n%s",
				q.Number(), smallest.Ours(), said[0], Encode(smallest), ours[i], theirs[i], Encode(q))
		}
	}
	if failed > 20 {
		t.Errorf("%d differences more", failed-20)
	}
	t.Logf("our answers:%s", table(answers))
	t.Logf("questions by feature:%s", table(about))
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

// example is a question in known-differences.md with the answers it gets.
type example[Q any] struct {
	class        string
	question     *Q
	ours, theirs Answer
}

// examples reads known-differences.md: under the heading of each class a question,
// and below it "Ours: ANSWER. Theirs: ANSWER."
func examples[Q any](t *testing.T, file string) []example[Q] {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []example[Q]
	found := regexp.MustCompile("(?s)\n### ([^\n]+)\n.*?```json\n(.*?)```\n+Ours: ([a-z ]+)\\. Theirs: ([a-z ]+)\\.\n").FindAllStringSubmatch(string(text), -1)
	for _, m := range found {
		q := new(Q)
		if err := Decode([]byte(m[2]), q); err != nil {
			t.Fatalf("%s: %v", m[1], err)
		}
		out = append(out, example[Q]{m[1], q, Answer(m[3]), Answer(m[4])})
	}
	return out
}

// Known holds a list of known differences: each class has an example that both
// engines answer as written.
func Known[Q any, P interface {
	*Q
	Question[P]
}](t *testing.T, file string, classes []Class[P]) {
	t.Helper()
	var documented []string
	examples := examples[Q](t, file)
	for _, x := range examples {
		documented = append(documented, x.class)
		if got := Classify(classes, P(x.question)); got != x.class {
			t.Errorf("the example of %q is of class %q", x.class, got)
		}
		if got := P(x.question).Ours(); got != x.ours {
			t.Errorf("%s: we say %s, not %s", x.class, got, x.ours)
		}
	}
	for _, c := range classes {
		if !slices.Contains(documented, c.Name) {
			t.Errorf("%s has no example of %q", file, c.Name)
		}
	}

	e := Installed(t)
	for _, x := range examples {
		said, err := Ask(e, []P{x.question})
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
