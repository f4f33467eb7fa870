package rules

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"why403/pkg/diagnosis"
)

// The limits of a file.
const (
	MaxFile  = 256 << 10 // bytes
	MaxRules = 500
	// maxProblems is how many mistakes of one file are said.
	maxProblems = 50
	maxText     = 1000 // runes of a reason or a value
)

// A Problem is one mistake in a file of rules.
type Problem struct {
	File  string
	Line  int    // from 1; 0 where the file as a whole is meant
	Field string // rules[0].match.bucket; empty where the file as a whole is meant
	Text  string
}

// Error returns file:line: field: text.
func (p *Problem) Error() string {
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d", where, p.Line)
	}
	if p.Field != "" {
		where += ": " + p.Field
	}
	return where + ": " + p.Text
}

// Parse reads a file of rules, YAML or JSON, by the schema in docs/rules.schema.json. Its
// error joins a Problem for each mistake; a file with a mistake has no rules at all, so
// that none is in force that was meant to be narrower.
func Parse(file string, doc []byte) (Set, error) {
	p := &parser{file: file}
	if len(doc) > MaxFile {
		p.say(0, "", "is longer than %d KiB", MaxFile>>10)
		return Set{}, p.err()
	}
	dec := yaml.NewDecoder(bytes.NewReader(doc))
	var root, more yaml.Node
	switch err := dec.Decode(&root); {
	case errors.Is(err, io.EOF):
		p.say(0, "", "is empty")
		return Set{}, p.err()
	case err != nil:
		p.say(0, "", "is neither YAML nor JSON: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		return Set{}, p.err()
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		p.say(more.Line, "", "has more than one document")
		return Set{}, p.err()
	}
	if !p.plain(&root) {
		return Set{}, p.err()
	}
	s := p.set(root.Content[0])
	if err := p.err(); err != nil {
		return Set{}, err
	}
	return s, nil
}

type parser struct {
	file     string
	problems []error
}

func (p *parser) say(line int, field, format string, args ...any) {
	if len(p.problems) < maxProblems {
		p.problems = append(p.problems, &Problem{File: p.file, Line: line, Field: field, Text: fmt.Sprintf(format, args...)})
	}
}

func (p *parser) err() error { return errors.Join(p.problems...) }

// plain refuses anchors and aliases, which can make a small file a huge one.
func (p *parser) plain(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		p.say(n.Line, "", "anchors and aliases are not allowed")
		return false
	}
	for _, c := range n.Content {
		if !p.plain(c) {
			return false
		}
	}
	return true
}

// fields calls the reader of each field of a mapping, and says which are not known, twice
// there or missing.
func (p *parser) fields(n *yaml.Node, at string, required []string, known map[string]func(n *yaml.Node, at string)) {
	if n.Kind != yaml.MappingNode {
		p.say(n.Line, at, "is no object")
		return
	}
	prefix := at
	if prefix != "" {
		prefix += "."
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i].Value, n.Content[i+1]
		read, ok := known[name]
		switch {
		case !ok:
			p.say(n.Content[i].Line, at, "has a field %q, which is none of %s", cut(name), strings.Join(names(known), ", "))
		case seen[name]:
			p.say(n.Content[i].Line, prefix+name, "is there twice")
		default:
			seen[name] = true
			read(value, prefix+name)
		}
	}
	for _, name := range required {
		if !seen[name] {
			p.say(n.Line, prefix+name, "is missing")
		}
	}
}

func names(known map[string]func(*yaml.Node, string)) []string {
	var out []string
	for name := range known {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func cut(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

func (p *parser) set(n *yaml.Node) Set {
	var s Set
	p.fields(n, "", []string{"format"}, map[string]func(*yaml.Node, string){
		"format": func(n *yaml.Node, at string) {
			if n.Value != Format {
				p.say(n.Line, at, "is %q, want %q", cut(n.Value), Format)
			}
		},
		"accounts": func(n *yaml.Node, at string) { s.Accounts = p.accounts(n, at) },
		"rules":    func(n *yaml.Node, at string) { s.Rules = p.rules(n, at) },
		"noise":    func(n *yaml.Node, at string) { s.Noise = p.noise(n, at) },
	})
	return s
}

func (p *parser) rules(n *yaml.Node, at string) []Rule {
	if n.Kind != yaml.SequenceNode {
		p.say(n.Line, at, "is no list")
		return nil
	}
	if len(n.Content) > MaxRules {
		p.say(n.Line, at, "has more than %d rules", MaxRules)
		return nil
	}
	out := make([]Rule, len(n.Content))
	line := make(map[string]int)
	for i, c := range n.Content {
		where := fmt.Sprintf("%s[%d]", at, i)
		out[i] = p.rule(c, where)
		if before, ok := line[out[i].Name]; ok && out[i].Name != "" {
			p.say(c.Line, where+".name", "%q is also the name of the rule in line %d", out[i].Name, before)
		}
		line[out[i].Name] = c.Line
	}
	return out
}

var ruleName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

func (p *parser) rule(n *yaml.Node, at string) Rule {
	r := Rule{Line: n.Line}
	p.fields(n, at, []string{"name", "reason", "expires", "match"}, map[string]func(*yaml.Node, string){
		"name": func(n *yaml.Node, at string) {
			if r.Name = p.text(n, at); r.Name != "" && !ruleName.MatchString(r.Name) {
				p.say(n.Line, at, "is %q, want up to 64 of a-z, 0-9 and -", cut(r.Name))
			}
		},
		"reason": func(n *yaml.Node, at string) { r.Reason = strings.TrimSpace(p.text(n, at)) },
		"expires": func(n *yaml.Node, at string) {
			day, err := time.Parse(time.DateOnly, n.Value)
			if n.Kind != yaml.ScalarNode || err != nil {
				p.say(n.Line, at, "is %q, want a day such as 2027-06-30", cut(n.Value))
				return
			}
			r.Expires = day.AddDate(0, 0, 1)
		},
		"match": func(n *yaml.Node, at string) { r.Match = p.match(n, at) },
	})
	return r
}

func (p *parser) match(n *yaml.Node, at string) Match {
	var m Match
	before := len(p.problems)
	p.fields(n, at, nil, map[string]func(*yaml.Node, string){
		"principal": func(n *yaml.Node, at string) { m.Principals = p.patterns(n, at, wrongPrincipal) },
		"account":   func(n *yaml.Node, at string) { m.Accounts = p.accounts(n, at) },
		"bucket":    func(n *yaml.Node, at string) { m.Buckets = p.patterns(n, at, wrongBucket) },
		"action":    func(n *yaml.Node, at string) { m.Actions = p.patterns(n, at, wrongAction) },
		"userAgent": func(n *yaml.Node, at string) { m.UserAgents = p.patterns(n, at, wrongAgent) },
		"cause":     func(n *yaml.Node, at string) { m.Causes = p.causes(n, at) },
	})
	if len(p.problems) == before {
		if wide := m.wide(); wide != "" {
			p.say(n.Line, at, "%s", wide)
		}
	}
	return m
}

func (p *parser) noise(n *yaml.Node, at string) map[string]bool {
	out := make(map[string]bool)
	known := make(map[string]func(*yaml.Node, string))
	for _, entry := range NoiseProfile() {
		known[entry.Name] = func(n *yaml.Node, at string) {
			if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
				p.say(n.Line, at, "is %q, want true or false", cut(n.Value))
				return
			}
			out[entry.Name] = n.Value == "true"
		}
	}
	p.fields(n, at, nil, known)
	return out
}

// text reads a text that is not empty.
func (p *parser) text(n *yaml.Node, at string) string {
	switch {
	case n.Kind != yaml.ScalarNode || n.Tag == "!!null":
		p.say(n.Line, at, "is no text")
	case strings.TrimSpace(n.Value) == "":
		p.say(n.Line, at, "is empty")
	case len([]rune(n.Value)) > maxText:
		p.say(n.Line, at, "is longer than %d characters", maxText)
	default:
		return n.Value
	}
	return ""
}

// values reads one text or a list of them.
func (p *parser) values(n *yaml.Node, at string, each func(line int, at, value string)) {
	if n.Kind != yaml.SequenceNode {
		if v := p.text(n, at); v != "" {
			each(n.Line, at, v)
		}
		return
	}
	if len(n.Content) == 0 {
		p.say(n.Line, at, "is an empty list, which nothing fits")
	}
	for i, c := range n.Content {
		where := fmt.Sprintf("%s[%d]", at, i)
		if v := p.text(c, where); v != "" {
			each(c.Line, where, v)
		}
	}
}

func (p *parser) patterns(n *yaml.Node, at string, wrong func(Pattern) string) []Pattern {
	var out []Pattern
	p.values(n, at, func(line int, at, v string) {
		if because := wrong(Pattern(v)); because != "" {
			p.say(line, at, "is %q, %s", cut(v), because)
			return
		}
		out = append(out, Pattern(v))
	})
	return out
}

var account = regexp.MustCompile(`^[0-9]{12}$`)

func (p *parser) accounts(n *yaml.Node, at string) []string {
	var out []string
	p.values(n, at, func(line int, at, v string) {
		if !account.MatchString(v) {
			p.say(line, at, "is %q, want the 12 digits of an account", cut(v))
			return
		}
		out = append(out, v)
	})
	return out
}

func (p *parser) causes(n *yaml.Node, at string) []diagnosis.CauseID {
	var out []diagnosis.CauseID
	p.values(n, at, func(line int, at, v string) {
		id := diagnosis.CauseID(v)
		if _, ok := diagnosis.Info(id); !ok && id != Undetermined {
			p.say(line, at, "is %q, which is no cause: 'why403 explain' lists them", cut(v))
			return
		}
		out = append(out, id)
	})
	return out
}
