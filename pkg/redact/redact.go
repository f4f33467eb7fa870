package redact

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"why403/pkg/auditor"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
)

// maxCase is the largest case that is redacted, in bytes.
const maxCase = 16 << 20

// RefusedError says why a case is not given out.
type RefusedError struct {
	// Literal is what is in the way, as the case has it; empty if that is not known.
	Literal string
	// Because says what is wrong with it.
	Because string
}

// Error implements error.
func (e *RefusedError) Error() string {
	if e.Literal == "" {
		return "redact: refused: " + e.Because
	}
	return fmt.Sprintf("redact: refused: %q %s", e.Literal, e.Because)
}

// Case returns a case with the names, ids and addresses replaced, and what was replaced
// by what. It gives the same for the same case. The error is a *RefusedError where the
// case cannot be redacted without changing what it decides, or something would be left.
func Case(c evidence.Case) (evidence.Case, *Map, error) {
	return CaseWith(c, diagnosis.Options{})
}

// CaseWith is Case for those who diagnose with options; Map.Options has the same options
// for the redacted case.
func CaseWith(c evidence.Case, o diagnosis.Options) (evidence.Case, *Map, error) {
	doc, err := json.Marshal(c)
	if err != nil {
		return evidence.Case{}, nil, fmt.Errorf("redact: writing the case: %w", err)
	}
	if len(doc) > maxCase {
		return evidence.Case{}, nil, &RefusedError{Because: fmt.Sprintf("the case is larger than %d bytes", maxCase)}
	}
	// What is diagnosed is what is written: nothing hangs on a form that is lost in writing.
	j := &job{doc: doc, options: o}
	if j.want, err = j.diagnose(doc, o); err != nil {
		return evidence.Case{}, nil, fmt.Errorf("redact: the case as it is: %w", err)
	}
	out, m, err := j.try(nil)
	if err != nil {
		return evidence.Case{}, nil, err
	}
	if wrong := j.differs(out, m); wrong != nil {
		return evidence.Case{}, nil, j.blame(m, wrong)
	}
	if left := m.left(out); left != "" {
		return evidence.Case{}, nil, &RefusedError{Literal: left, Because: "is still in the redacted case"}
	}
	redacted, err := evidence.ParseCase(out)
	if err != nil {
		return evidence.Case{}, nil, fmt.Errorf("redact: reading the redacted case: %w", err)
	}
	return redacted, m, nil
}

// Document is CaseWith for a case file, or for a document that holds a CloudTrail record.
func Document(doc []byte, o diagnosis.Options) (evidence.Case, *Map, error) {
	if evidence.IsCase(doc) {
		c, err := evidence.ParseCase(doc)
		if err != nil {
			return evidence.Case{}, nil, fmt.Errorf("redact: %w", err)
		}
		return CaseWith(c, o)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(doc), []byte("{")) {
		return evidence.Case{}, nil, fmt.Errorf("redact: not a JSON object")
	}
	return CaseWith(evidence.Case{Format: evidence.CaseFormat, Event: doc}, o)
}

// job is the redaction of one case.
type job struct {
	doc     []byte
	options diagnosis.Options
	want    []byte // the diagnosis of the case as it is
}

// try redacts the case, with some words left as they are.
func (j *job) try(keep map[string]bool) ([]byte, *Map, error) {
	d := newDictionary()
	for k := range keep {
		d.keep[k] = true
	}
	x := newText(d)
	for _, m := range form18.FindAllSubmatch(j.doc, -1) {
		x.managed[string(m[1])] = true
	}
	if _, err := rewrite(j.doc, cases(), x); err != nil {
		return nil, nil, fmt.Errorf("redact: reading the case: %w", err)
	}
	d.close(string(j.doc))
	out, err := rewrite(j.doc, cases(), x)
	if err != nil {
		return nil, nil, fmt.Errorf("redact: writing the redacted case: %w", err)
	}
	return out, newMap(x), nil
}

func (j *job) diagnose(doc []byte, o diagnosis.Options) ([]byte, error) {
	answer, err := auditor.Diagnoser{Options: o}.Diagnose(context.Background(), doc) // nothing is waited for
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(answer.Diagnosis); err != nil {
		return nil, fmt.Errorf("writing the diagnosis: %w", err)
	}
	return b.Bytes(), nil
}

// differs says where the diagnosis of the redacted case is not that of the original with
// the names replaced; nil: nowhere.
func (j *job) differs(redacted []byte, m *Map) *RefusedError {
	got, err := j.diagnose(redacted, m.Options(j.options))
	if err != nil {
		return &RefusedError{Because: "the redacted case is not valid: " + err.Error()}
	}
	back := m.Restore(string(got))
	// A new policy is named after a hash of what it allows: that is of the new name.
	want := hashes.ReplaceAllString(string(j.want), "$1")
	if back = hashes.ReplaceAllString(back, "$1"); back == want {
		return nil
	}
	return &RefusedError{Because: "the redacted case would be decided otherwise: " + difference(want, back)}
}

// difference shows where two texts part.
func difference(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	around := func(s string) string {
		const before, after = 40, 60
		return strings.ToValidUTF8(s[max(0, n-before):min(len(s), n+after)], "")
	}
	return fmt.Sprintf("%q became %q", around(a), around(b))
}

// blame finds the word whose replacement changes the decision, by leaving one after the
// other as it is: those that a pattern cuts first.
func (j *job) blame(m *Map, wrong *RefusedError) *RefusedError {
	const most = 24
	for i, atom := range m.suspects() {
		if i == most {
			break
		}
		if out, n, err := j.try(map[string]bool{atom: true}); err == nil && j.differs(out, n) == nil {
			return &RefusedError{Literal: atom, Because: "cannot be replaced: " + wrong.Because}
		}
	}
	return wrong
}

// Map is what was replaced by what. It is the key to a redacted case: it stays with the
// owner of the case.
type Map struct {
	text    *text
	replace *strings.Replacer // of a replacement by its original
}

func newMap(x *text) *Map {
	var back []string
	var all []string
	for to := range x.from {
		all = append(all, to)
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	for _, to := range all {
		back = append(back, to, x.from[to])
	}
	return &Map{text: x, replace: strings.NewReplacer(back...)}
}

// Restore puts the originals back into a text about the redacted case: a diagnosis, a
// question, an answer.
func (m *Map) Restore(s string) string { return m.replace.Replace(s) }

// Options returns the options with the names that the redacted case has.
func (m *Map) Options(o diagnosis.Options) diagnosis.Options {
	protected := make([]string, len(o.Protected))
	for i, bucket := range o.Protected {
		protected[i] = opaque(m.text, bucket)
	}
	o.Protected = protected
	return o
}

// Replaced returns what was replaced by what: words, pieces of words, and whole ids.
func (m *Map) Replaced() map[string]string {
	out := make(map[string]string, len(m.text.from))
	for to, from := range m.text.from {
		out[from] = to
	}
	return out
}

// suspects are the words in the order in which they are likely to be in the way.
func (m *Map) suspects() []string {
	var first, rest []string
	d := m.text.dictionary
	for _, atom := range slices.Sorted(func(yield func(string) bool) {
		for _, from := range d.from {
			if !yield(from) {
				return
			}
		}
	}) {
		folded := strings.ToLower(atom)
		_, begins := d.begins[folded]
		_, ends := d.ends[folded]
		if begins || ends || d.middles[folded] || d.networks[atom] {
			first = append(first, atom)
		} else {
			rest = append(rest, atom)
		}
	}
	return append(first, rest...)
}

// left returns a word of the original that a text still has, and that is none of AWS's.
func (m *Map) left(doc []byte) string {
	replaced := m.Replaced()
	for word := range m.text.words {
		if _, ok := replaced[word]; !ok && m.text.word(word) != word {
			replaced[word] = ""
		}
	}
	found := ""
	look := func(_ *text, s string) string {
		plainWords(s, func(w string) string {
			if _, ok := replaced[w]; ok && found == "" && !m.text.kept[w] && !shortNumber(w) {
				found = w
			}
			return w
		})
		return s
	}
	// The strings as they are meant: in the bytes a line break is a letter n.
	if _, err := rewrite(doc, &rule{text: look, key: look}, m.text); err != nil {
		return err.Error()
	}
	for from := range replaced {
		// What has punctuation in it, and numbers that stand without quotation marks.
		if found == "" && (strings.ContainsAny(from, "-.:/") || m.text.accounts[from]) && bytes.Contains(doc, []byte(from)) {
			found = from
		}
	}
	return found
}

// shortNumber reports whether a word is a number that says nothing: of a version, a size.
func shortNumber(w string) bool {
	const most = 3
	return len(w) <= most && strings.Trim(w, "0123456789") == ""
}
