package authztest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// Case is one case: the fields of its group and its own, in order.
type Case struct {
	Place, Topic, Name string
	Fields             []Field
}

// Field is one field of a case.
type Field struct {
	Name, Value string
	ofGroup     bool
}

// conditionKey is the name of the fields that say something of a condition key.
const conditionKey = "condition key"

// add adds a field of the case's own. The policies of the caller that a group gives
// are replaced, and not added to.
func (c *Case) add(f Field) {
	if f.Name == "identity" {
		c.Fields = slices.DeleteFunc(c.Fields, func(g Field) bool { return g.Name == f.Name && g.ofGroup })
	}
	c.Fields = append(c.Fields, f)
}

// Get returns a field; the case's own if the group has it as well.
func (c *Case) Get(name string) string {
	for _, f := range slices.Backward(c.Fields) {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// All returns every value of a field, those of the group first.
func (c *Case) All(name string) []string {
	var all []string
	for _, f := range c.Fields {
		if f.Name == name {
			all = append(all, f.Value)
		}
	}
	return all
}

// Normal returns what the case asks and expects, without what is said about it.
func (c *Case) Normal() string {
	var b strings.Builder
	for _, f := range c.Fields {
		switch f.Name {
		case "page", "rests", "wrong", "mistake", "because":
		default:
			fmt.Fprintln(&b, f.Name, f.Value)
		}
	}
	return b.String()
}

// JSON returns the case as a case file.
func (c *Case) JSON(t testing.TB) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(build(t, c).file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Parse returns the case as it is read from a case file.
func (c *Case) Parse(t testing.TB) evidence.Case {
	t.Helper()
	text := c.JSON(t)
	parsed, err := evidence.ParseCase(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return parsed
}

// Context returns the condition keys of which the case says that they are unknown or
// absent: a case file lists what is known.
func (c *Case) Context() evidence.Context {
	var keys evidence.Context
	for _, value := range c.All(conditionKey) {
		if key, ok := strings.CutSuffix(value, " is unknown"); ok {
			keys = append(keys, evidence.ContextKey{Name: key, State: evidence.KeyUnknown})
		}
		if key, ok := strings.CutSuffix(value, " is absent"); ok {
			keys = append(keys, evidence.ContextKey{Name: key, State: evidence.KeyAbsent})
		}
	}
	return keys
}

// Request returns what S3 has to decide in the case, and what is known.
func (c *Case) Request(t testing.TB) (*authz.Request, *authz.Evidence) {
	t.Helper()
	parsed := c.Parse(t)
	q := parsed.Request
	ctx := policy.NewContext(q.ContextComplete)
	for key, values := range parsed.Context {
		ctx.Set(key, values...)
	}
	for _, key := range c.Context() {
		if key.State == evidence.KeyUnknown {
			ctx.SetUnknown(key.Name)
		} else {
			ctx.SetAbsent(key.Name)
		}
	}
	r := &authz.Request{Principal: q.Principal, Operation: q.Operation, Authorizations: q.All(), Context: ctx, Document: q.Document, VersionID: q.VersionID}
	if where, ok := strings.CutPrefix(c.Get("on"), "unknown"); ok {
		r.Authorizations[0].Resource, r.Bucket = "", or(strings.TrimPrefix(where, " in "), "acme-data")
	}
	return r, authz.Compile(parsed.Evidence)
}

// Read reads the cases of the files that a pattern matches. A case may have the fields
// of the world, and those that the caller expects of it.
func Read(t testing.TB, pattern string, expected ...string) []Case {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal("no cases: ", err)
	}
	fields := append(fieldNames(), expected...)
	var cases []Case
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		topic := strings.TrimSuffix(filepath.Base(file), ".txt")
		var group []Field
		for n, line := range strings.Split(string(text), "\n") {
			place := fmt.Sprintf("%s:%d", file, n+1)
			switch {
			case strings.TrimSpace(line) == "", strings.HasPrefix(line, "# "):
			case strings.HasPrefix(line, "## "):
				group = nil
			case strings.HasPrefix(line, "- "):
				cases = append(cases, Case{place, topic, line[2:], slices.Clone(group)})
			case strings.HasPrefix(line, "  "):
				cases[len(cases)-1].add(readField(t, place, strings.TrimSpace(line), fields))
			default:
				f := readField(t, place, line, fields)
				f.ofGroup = true
				group = append(group, f)
			}
		}
	}
	return cases
}

// fieldNames are the fields that change the world or say something about the case.
func fieldNames() []string {
	return []string{
		"page", "rests", "wrong", "mistake",
		"base", "caller", "do", "on", "also", "owner", "operation", "version", "complete",
		"identity", "boundary", "session", "bucket", "encrypted", "key", "through", "endpoint", "point", "point policy", "document",
		"scp root", "scp ou", "scp account", "rcp root", "rcp ou", "rcp account",
		"scp root +", "scp ou +", "scp account +", "rcp root +", "rcp ou +", "rcp account +",
		"set", "unset",
	}
}

// readField reads "name: value", or what is said of a condition key.
func readField(t testing.TB, place, line string, fields []string) Field {
	t.Helper()
	name, value, ok := strings.Cut(line, ":")
	if ok && slices.Contains(fields, name) {
		return Field{Name: name, Value: strings.TrimSpace(value)}
	}
	if strings.Contains(line, " = ") || strings.HasSuffix(line, " =") || strings.HasSuffix(line, " is absent") || strings.HasSuffix(line, " is unknown") {
		return Field{Name: conditionKey, Value: line}
	}
	t.Fatalf("%s: not understood: %s", place, line)
	return Field{}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
