package redact_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"why403/pkg/authz"
	"why403/pkg/authz/authztest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/redact"
	"why403/pkg/trail"
)

// whole asks for every case of the corpora.
var whole = flag.Bool("whole", false, "try every case of the corpora")

// named is a case of one of the corpora.
type named struct {
	place string
	c     evidence.Case
	// context is what a case says of condition keys that a case file cannot say.
	context evidence.Context
}

func corpora(t testing.TB) []named {
	t.Helper()
	var all []named
	for _, c := range authztest.Read(t, "../diagnosis/testdata/cases/*.txt",
		"code", "message", "event", "changes", "protected", "golden",
		"outcome", "cause", "contributing", "open", "ruled", "agrees", "intended", "steps", "verified",
		"remedy", "says", "why", "because", "title", "caution", "command", "alone", "needs", "never", "near", "unread") {
		if changes := c.Get("changes"); changes != "" {
			c.Fields = append(c.Fields, authztest.Field{Name: "set", Value: "evidence > changes = " + changes})
		}
		n := named{c.Place + " " + c.Name, c.Parse(t), c.Context()}
		n.c.Request.ErrorCode = c.Get("code")
		if n.c.Request.ErrorCode == "" {
			n.c.Request.ErrorCode = "AccessDenied"
		}
		n.c.Request.ErrorMessage = message(c.Get("message"), n.c.Request)
		all = append(all, n)
	}
	for _, c := range authztest.Read(t, "../authz/testdata/cases/*.txt", "blocks", "open", "verdict", "because", "needs", "adds") {
		all = append(all, named{c.Place + " " + c.Name, c.Parse(t), c.Context()})
	}
	for _, pattern := range []string{"../../events/*.json", "../../docs/testdata/case-*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			for s := trail.NewScanner(f); ; {
				item, ok := s.Next()
				if !ok {
					break
				}
				if item.Err != nil {
					continue
				}
				c := evidence.Case{Format: evidence.CaseFormat, Event: bytes.Clone(item.Raw)}
				if evidence.IsCase(item.Raw) {
					if c, err = evidence.ParseCase(item.Raw); err != nil {
						t.Fatal(err)
					}
				}
				all = append(all, named{file + " " + item.Where, c, nil})
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return all
}

// message writes AWS's message where a case says "names TYPE [denies [ARN]] [for ACTION
// on RESOURCE]".
func message(s string, q *evidence.Request) string {
	s, ok := strings.CutPrefix(s, "names ")
	if !ok {
		return s
	}
	a := q.All()[0]
	if before, of, ok := strings.Cut(s, " for "); ok {
		s = before
		a.Action, a.Resource, _ = strings.Cut(of, " on ")
	}
	who := q.Principal.ARN
	if q.Principal.Type == evidence.PrincipalRole {
		who = fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", q.Principal.Account, who[strings.LastIndexByte(who, '/')+1:], q.Principal.Session)
	}
	kind, deny, explicit := strings.Cut(s, " denies")
	reason := fmt.Sprintf("because no %s policy allows the %s action", strings.TrimSpace(kind), a.Action)
	if explicit {
		reason = "with an explicit deny in a " + strings.TrimSpace(kind) + " policy"
		if arn := strings.TrimSpace(deny); arn != "" {
			reason += ": " + arn
		}
	}
	on := ""
	if a.Resource != "" {
		on = ` on resource: "` + a.Resource + `"`
	}
	return fmt.Sprintf("User: %s is not authorized to perform: %s%s %s", who, a.Action, on, reason)
}

// TestCorpus: the diagnosis of the redacted case is the redacted diagnosis, for nearly
// every case of the project; where it would not be, the case is refused, and what is in
// the way is named.
func TestCorpus(t *testing.T) {
	cases := corpora(t)
	refused, tried := 0, 0
	for i, n := range cases {
		if i%each != 0 && !*whole {
			continue
		}
		tried++
		out, m, err := redact.Case(n.c)
		var no *redact.RefusedError
		switch {
		case errors.As(err, &no):
			refused++
			t.Logf("refused: %s: %v", n.place, err)
			continue
		case err != nil:
			t.Errorf("%s: %v", n.place, err)
			continue
		}
		want, got := diagnose(t, n.c, n.context), diagnose(t, out, redactContext(m, n.context))
		if back := m.Restore(got); back != want {
			t.Errorf("%s: the diagnosis is\n%s\nwant\n%s", n.place, back, want)
		}
	}
	t.Logf("%d cases, %d refused", tried, refused)
	if refused*10 > tried {
		t.Errorf("%d of %d cases are refused, want a tenth at most", refused, tried)
	}
}

// redactContext: the names of keys are replaced in a case, and here likewise.
func redactContext(m *redact.Map, keys evidence.Context) evidence.Context {
	out := append(evidence.Context(nil), keys...)
	for i, k := range out {
		for from, to := range m.Replaced() {
			if name, ok := strings.CutSuffix(k.Name, "/"+from); ok {
				out[i].Name = name + "/" + to
			}
		}
	}
	return out
}

// diagnose diagnoses a case of its own, by other means than the package does.
func diagnose(t testing.TB, c evidence.Case, context evidence.Context) string {
	t.Helper()
	var d trail.Denial
	ignored := ""
	if c.Request != nil {
		d = trail.FromRequest(*c.Request, c.Context)
	} else {
		var err error
		if d, ignored, err = trail.Parse(c.Event); err != nil {
			t.Fatal(err)
		}
		d.Add(c.Context)
	}
	d.Context = append(d.Context, context...)
	x := diagnosis.Diagnose(d, authz.Compile(c.Evidence), diagnosis.Options{})
	if ignored != "" {
		x = diagnosis.Ignore(d, ignored)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(x); err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(why403-[A-Za-z0-9-]+)-[0-9a-f]{8}\b`).ReplaceAllString(b.String(), "$1")
}
