package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"why403/pkg/auditor"
	"why403/pkg/evidence"
	"why403/pkg/given"
	"why403/pkg/policy"
)

// handed are the policies of --with, and whether there are no others of their kinds.
type handed struct {
	with      []string
	complete  bool
	documents []given.Document
	said      []string // each in the words of the command line
}

// read reads the files.
func (h *handed) read(stdin io.Reader) error {
	h.documents, h.said = nil, nil
	if h.complete && len(h.with) == 0 {
		return usageError{errors.New("--complete is about the policies of --with, which is missing")}
	}
	for _, w := range h.with {
		kind, rest, ok := strings.Cut(w, "=")
		if !ok || !slices.Contains(given.Kinds(), kind) {
			return usageError{fmt.Errorf("--with is %q, want KIND=FILE or KIND=NAME:FILE, with one of %s", w, strings.Join(given.Kinds(), ", "))}
		}
		name, file := named(rest)
		text, err := readPolicy(file, stdin)
		if err != nil {
			return fmt.Errorf("--with %s: %w", w, err)
		}
		p, err := given.Parse(text)
		if err != nil {
			return fmt.Errorf("--with %s: %s: %w", kind, file, err)
		}
		h.documents = append(h.documents, given.Document{Kind: given.Kind(kind), Name: name, Policy: p})
		h.said = append(h.said, w)
	}
	return nil
}

// named takes a name from before the name of a file. What is a file as a whole has none.
func named(s string) (name, file string) {
	if _, err := os.Stat(s); err == nil {
		return "", s
	}
	if i := strings.LastIndexByte(s, ':'); i > 0 {
		return s[:i], s[i+1:]
	}
	return "", s
}

func readPolicy(file string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, plain(err)
		}
		defer f.Close()
		in = f
	}
	// An answer of AWS has the policy as a string, and more besides.
	const most = 4 * policy.MaxSize
	text, err := io.ReadAll(io.LimitReader(in, most+1))
	if err != nil {
		return nil, plain(err)
	}
	if len(text) > most {
		return nil, fmt.Errorf("more than %d bytes: no policy is so long", most)
	}
	return text, nil
}

// diagnose diagnoses a document with what was handed over, and returns it as a case.
func (h *handed) diagnose(ctx context.Context, x auditor.Diagnoser, doc []byte, got auditor.Diagnosed) ([]byte, auditor.Diagnosed, error) {
	c, err := auditor.CaseOf(doc, got.Denial, evidence.Evidence{})
	if err == nil && evidence.IsCase(doc) {
		c, err = evidence.ParseCase(doc)
	}
	if err != nil {
		return nil, got, err
	}
	if c, err = given.Put(c, got.Denial, h.documents, h.complete); err != nil {
		return nil, got, fmt.Errorf("--with %w", err)
	}
	if doc, err = json.Marshal(c); err != nil {
		return nil, got, fmt.Errorf("--with: %w", err)
	}
	got, err = x.Diagnose(ctx, doc)
	return doc, got, err
}

// kindsOfWith are how --with begins.
func kindsOfWith() []string {
	var all []string
	for _, k := range given.Kinds() {
		all = append(all, k+"=")
	}
	return all
}
