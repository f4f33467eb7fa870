package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/finding"
)

// policyFile is a policy of a remedy as a file.
type policyFile struct {
	step int
	name string // of ours: nothing in it was chosen by a requester
	text []byte
	// whole says that it is the policy as it will be, else a statement to add.
	whole bool
}

// policyFiles are the policies of the steps of a finding's remedy.
func policyFiles(f finding.Finding) []policyFile {
	var files []policyFile
	for i, s := range f.Diagnosis.Remedy.Steps {
		p := policyFile{step: i, whole: len(s.Document) > 0, name: fmt.Sprintf("%s-%d-%s", plainName(f.ID), i+1, plainName(string(s.Cause)))}
		doc := s.Document
		if !p.whole {
			doc, p.name = s.Patch, p.name+"-statement"
		}
		var text bytes.Buffer
		if len(doc) == 0 || doc[0] != '{' || json.Indent(&text, doc, "", "  ") != nil {
			continue
		}
		text.WriteByte('\n')
		p.name, p.text = p.name+".json", text.Bytes()
		files = append(files, p)
	}
	return files
}

// plainName is a part of the name of a file.
func plainName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z':
			return r
		}
		return '-'
	}, s)
	if s = strings.Trim(s[:min(len(s), 64)], "-"); s == "" {
		return "policy"
	}
	return strings.ReplaceAll(s, "_", "-")
}

// writeRemedy writes the policies of a remedy into a folder, and returns what to do with
// them. Either all are written or, where one is there already, none.
func writeRemedy(f finding.Finding, dir string, force bool) (string, error) {
	files := policyFiles(f)
	remedy := f.Diagnosis.Remedy
	if len(files) == 0 {
		why := "no step of the change has a policy that is known: why403 findings show " + clean.Shell(f.ID) + " has the steps"
		if len(remedy.Steps) == 0 {
			why = cmp.Or(clean.Terminal(remedy.Because), "no change is proposed")
		}
		return "Nothing to write: " + why + "\n", nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("%s: %w", dir, plain(err))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", fmt.Errorf("%s: %w", dir, plain(err))
	}
	defer root.Close()
	for _, p := range files {
		if _, err := root.Lstat(p.name); err == nil && !force {
			return "", fmt.Errorf("%s is there already: --force writes over it", filepath.Join(dir, p.name))
		}
	}
	for _, p := range files {
		if err := writeNew(root, p, force); err != nil {
			return "", fmt.Errorf("%s: %w", filepath.Join(dir, p.name), plain(err))
		}
	}
	return howToUse(f, dir, files), nil
}

// writeNew writes a file that is not there, so that nothing is written through a link.
func writeNew(root *os.Root, p policyFile, force bool) error {
	if force {
		if err := root.Remove(p.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	w, err := root.OpenFile(p.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = w.Write(p.text)
	return errors.Join(err, w.Close())
}

// howToUse names the files and the commands that use them, each on a line with nothing
// else: people paste.
func howToUse(f finding.Finding, dir string, files []policyFile) string {
	var b strings.Builder
	remedy := f.Diagnosis.Remedy
	if remedy.If != "" {
		fmt.Fprintf(&b, "If %s:\n\n", clean.Terminal(remedy.If))
	}
	for _, p := range files {
		step := remedy.Steps[p.step]
		who := ""
		if step.Account != "" {
			who = "account " + step.Account + ": "
		}
		what := "the whole policy, as it will be"
		if !p.whole {
			what = "a statement, to add to the present policy"
		}
		path := filepath.Join(dir, p.name)
		fmt.Fprintf(&b, "%d. %s%s\n   wrote %s: %s\n", p.step+1, clean.Terminal(who), clean.Terminal(step.Title), clean.Terminal(path), what)
		if step.Caution != "" {
			fmt.Fprintf(&b, "   note: %s\n", clean.Terminal(step.Caution))
		}
		for _, c := range step.Commands {
			if clean.Terminal(c) != c {
				continue // not fit to be pasted
			}
			fmt.Fprintf(&b, "%s\n", fromFile(c, p.text, path))
		}
		b.WriteString("\n")
	}
	if len(files) < len(remedy.Steps) {
		b.WriteString("Other steps change no policy: why403 findings show " + clean.Shell(f.ID) + "\n")
	}
	word := "Not proven: "
	if remedy.Verified {
		word = "Proven: "
	}
	if remedy.Because != "" {
		b.WriteString(word + clean.Terminal(remedy.Because) + "\n")
	}
	return b.String()
}

// fromFile has a command read a policy from a file where it is in the command itself. One
// that holds something else stays as it is.
func fromFile(command string, policy []byte, path string) string {
	for _, flag := range []string{" --policy=", " --policy-document=", " --content="} {
		before, rest, ok := strings.Cut(command, flag)
		if !ok {
			continue
		}
		value, after, ok := quoted(rest)
		if ok && sameJSON([]byte(value), policy) {
			return before + flag + "file://" + clean.Shell(path) + after
		}
	}
	return command
}

// quoted reads a word in single quotes as clean.Shell writes one.
func quoted(s string) (value, after string, ok bool) {
	var b strings.Builder
	for strings.HasPrefix(s, "'") {
		part, rest, closed := strings.Cut(s[1:], "'")
		if !closed {
			return "", "", false
		}
		b.WriteString(part)
		s = rest
		if next, ok := strings.CutPrefix(s, `\'`); ok && strings.HasPrefix(next, "'") {
			b.WriteByte('\'')
			s = next
			continue
		}
		return b.String(), s, true
	}
	return "", "", false
}

func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
