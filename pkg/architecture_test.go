// Package pkg_test holds the rules of docs/architecture.md about which package
// may import which.
package pkg_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "why403"

// A graph maps each package to the packages it imports itself.
type graph map[string][]string

// pure are the packages that know AWS but never talk to it. Packages below them,
// such as pkg/evidence/live, may.
var pure = []string{
	"pkg/policy", "pkg/evidence", "pkg/authz", "pkg/trail", "pkg/diagnosis",
	"pkg/finding", "pkg/alert", "pkg/rules", "pkg/clean", "pkg/redact", "pkg/report", "pkg/telemetry", "pkg/history", "pkg/given",
}

// A rule says what a package must not reach, directly or through others. Paths
// of ours are written without the module's name.
type rule struct {
	from string   // a package of ours
	tree bool     // the packages below it too
	not  []string // must not be reached, nor anything below it
	but  []string // except this and anything below it
	why  string
}

// rules is the whole table.
func rules() []rule {
	var all []rule
	for _, p := range pure {
		all = append(all, rule{from: p, not: []string{"github.com/aws/aws-sdk-go-v2", "net/http", "os/exec"},
			why: "decides on plain values; only packages below it touch the network"})
	}
	return append(all,
		rule{from: "pkg/clean", tree: true, not: []string{"pkg"}, why: "cleans text for everyone, so it needs no one"},
		rule{from: "pkg/evidence", not: []string{"pkg"}, but: []string{"pkg/policy"}, why: "the model under everything but the policy language"},
		rule{from: "pkg/authz", tree: true, not: []string{"pkg/trail"}, why: "decides a request, wherever it comes from"},
		rule{from: "pkg/trail", tree: true, not: []string{"pkg/diagnosis", "pkg/finding", "pkg/alert", "pkg/auditor"}, why: "no step looks back"},
		rule{from: "pkg/diagnosis", tree: true, not: []string{"pkg/finding", "pkg/alert", "pkg/auditor"}, why: "no step looks back"},
		rule{from: "pkg/given", not: []string{"pkg/diagnosis", "pkg/finding", "pkg/alert", "pkg/auditor"}, why: "evidence from people, whoever asks for it"},
		rule{from: "pkg/auditor", not: []string{"pkg/redact"}, why: "what redacts diagnoses, and not the other way"},
		rule{from: "pkg/history", tree: true, not: []string{"pkg/authz", "pkg/diagnosis", "pkg/finding", "pkg/alert", "pkg/auditor"}, why: "records and names, whoever asks for them"},
		rule{from: "pkg/browse", not: []string{"charm.land", "github.com/aws/aws-sdk-go-v2", "net/http", "os/exec", "pkg/finding/local", "pkg/finding/dynamo"}, why: "says what a terminal shows, and has none"},
		rule{from: "pkg/finding", tree: true, not: []string{"pkg/alert", "pkg/auditor"}, why: "no step looks back"},
	)
}

// TestImports holds every package of the module to the rules.
func TestImports(t *testing.T) {
	g := list(t)
	checked, violations := check(g, rules())
	violations = append(violations, programs(g)...)
	for _, v := range violations {
		t.Error(v)
	}
	if len(checked) == 0 {
		t.Error("no package that a rule is about exists")
	}
	t.Logf("checked: %s", strings.Join(checked, " "))
}

// TestCheckFindsViolations plants each kind of violation.
func TestCheckFindsViolations(t *testing.T) {
	const sdk = "github.com/aws/aws-sdk-go-v2/service/s3"
	tests := []struct {
		name string
		g    graph
		want string // in the only violation; "" where there is none
	}{
		{"a client", graph{"why403/pkg/authz": {sdk}}, "pkg/authz → " + sdk},
		{"the core of the SDK", graph{"why403/pkg/rules": {"github.com/aws/aws-sdk-go-v2"}}, "pkg/rules → github.com/aws/aws-sdk-go-v2"},
		{"a client through others", graph{"why403/pkg/authz": {"example.com/a"}, "example.com/a": {"example.com/b"}, "example.com/b": {"net/http"}},
			"pkg/authz → example.com/a → example.com/b → net/http"},
		{"a program", graph{"why403/pkg/clean": {"os/exec"}}, "pkg/clean → os/exec"},
		{"a client below a pure package", graph{"why403/pkg/evidence/live": {sdk}, "why403/pkg/finding/dynamo": {sdk}, "why403/pkg/alert/sns": {"net/http"}}, ""},
		{"a name that only begins alike", graph{"why403/pkg/authz": {"net/http2", "why403/pkg/trailer"}}, ""},

		{"authz on trail", graph{"why403/pkg/authz": {"why403/pkg/trail"}}, "pkg/authz → pkg/trail"},
		{"trail on authz", graph{"why403/pkg/trail": {"why403/pkg/authz"}}, ""},
		{"trail on a store", graph{"why403/pkg/trail": {"why403/pkg/finding/local"}}, "pkg/trail → pkg/finding/local"},
		{"evidence on policy", graph{"why403/pkg/evidence": {"why403/pkg/policy"}}, ""},
		{"evidence on clean", graph{"why403/pkg/evidence": {"why403/pkg/clean"}}, "pkg/evidence → pkg/clean"},
		{"the reader on trail", graph{"why403/pkg/evidence/live": {"why403/pkg/evidence", "why403/pkg/trail"}}, ""},
		{"clean on anything", graph{"why403/pkg/clean": {"why403/pkg/rules"}}, "pkg/clean → pkg/rules"},
		{"diagnosis on alert", graph{"why403/pkg/diagnosis": {"why403/pkg/rules"}, "why403/pkg/rules": {"why403/pkg/alert"}}, "pkg/diagnosis → pkg/rules → pkg/alert"},
		{"finding on auditor", graph{"why403/pkg/finding": {"why403/pkg/auditor"}}, "pkg/finding → pkg/auditor"},
		{"a store on alert", graph{"why403/pkg/finding/dynamo": {"why403/pkg/alert"}}, "pkg/finding/dynamo → pkg/alert"},

		{"a program as a library", graph{"why403/pkg/report": {"why403/cmd/why403"}}, "pkg/report → cmd/why403"},
		{"one function in another", graph{"why403/functions/slack": {"why403/functions/auditor/config"}}, "functions/slack → functions/auditor/config"},
		{"a part of a program", graph{"why403/cmd/why403": {"why403/cmd/why403/internal/flags"}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, got := check(tt.g, rules())
			got = append(got, programs(tt.g)...)
			if tt.want == "" {
				if len(got) > 0 {
					t.Errorf("got %q, want no violation", got)
				}
				return
			}
			if len(got) != 1 || !strings.HasPrefix(got[0], tt.want+":") {
				t.Errorf("got %q, want one violation %q", got, tt.want)
			}
		})
	}
}

// list reads the imports of every package of the module and of everything they
// depend on, tests not included.
func list(t *testing.T) graph {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-deps", "-json=ImportPath,Imports", "./...")
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	g := graph{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		g[p.ImportPath] = p.Imports
	}
	if _, ok := g[module+"/pkg"]; !ok {
		t.Fatalf("go list does not know %s/pkg; is that still the module's name?", module)
	}
	return g
}

// check returns the packages that rules were checked for, and each violation as
// the way from the package to what it must not reach. Packages that do not
// exist are passed over.
func check(g graph, rules []rule) (checked, violations []string) {
	for _, r := range rules {
		for from := range g {
			ours := short(from)
			if ours != r.from && !(r.tree && within(ours, r.from)) {
				continue
			}
			checked = append(checked, ours)
			forbidden := func(path string) bool {
				// What is below a package belongs to it: no rule is about that.
				return withinAny(path, r.not) && !withinAny(path, r.but) && !within(path, r.from)
			}
			for _, way := range g.reach(from, forbidden) {
				violations = append(violations, fmt.Sprintf("%s: %s %s", strings.Join(way, " → "), r.from, r.why))
			}
		}
	}
	slices.Sort(checked)
	slices.Sort(violations)
	return slices.Compact(checked), violations
}

// programs returns the imports of commands and Lambda functions: nobody may
// import them, but their own parts.
func programs(g graph) (violations []string) {
	for from, imports := range g {
		for _, to := range imports {
			from, to := short(from), short(to)
			if withinAny(to, []string{"cmd", "functions"}) && !within(from, root(to)) {
				violations = append(violations, fmt.Sprintf("%s → %s: programs are imported by nobody", from, to))
			}
		}
	}
	slices.Sort(violations)
	return violations
}

// reach returns the shortest way from a package to each forbidden one that it
// reaches without passing through another forbidden one.
func (g graph) reach(from string, forbidden func(string) bool) (ways [][]string) {
	seen := map[string]bool{from: true}
	for queue := [][]string{{from}}; len(queue) > 0; queue = queue[1:] {
		way := queue[0]
		for _, to := range g[way[len(way)-1]] {
			if seen[to] {
				continue
			}
			seen[to] = true
			next := append(slices.Clone(way), to)
			if !forbidden(short(to)) {
				queue = append(queue, next)
				continue
			}
			for i := range next {
				next[i] = short(next[i])
			}
			ways = append(ways, next)
		}
	}
	return ways
}

// short returns the path of a package of ours without the module's name.
func short(path string) string { return strings.TrimPrefix(path, module+"/") }

// root returns the first two elements of a path: the folder of a program.
func root(path string) string {
	return strings.Join(strings.SplitN(path, "/", 3)[:min(2, strings.Count(path, "/")+1)], "/")
}

// within reports whether path is at or below dir.
func within(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

func withinAny(path string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool { return within(path, dir) })
}
