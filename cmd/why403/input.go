package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/trail"
)

// reader walks over the documents of the files named on a command line.
type reader struct {
	sys        surroundings
	read       int // documents
	unreadable int
}

// each calls do with every document of the files: one that cannot be read is
// named on stderr and the rest goes on. "-" is standard input, a folder stands for
// the .json and .gz files in it and below.
func (r *reader) each(names []string, do func(where string, doc []byte) error) error {
	for _, name := range names {
		files, err := expand(name)
		if err != nil {
			r.complain(name, err)
			continue
		}
		for _, file := range files {
			if err := r.file(file, do); err != nil {
				return err
			}
		}
	}
	if r.unreadable > 0 {
		return errSomeUnreadable
	}
	return nil
}

// complain names what could not be read.
func (r *reader) complain(where string, err error) {
	r.unreadable++
	fmt.Fprintf(r.sys.stderr, "why403: %s: %s\n", clean.Terminal(where), clean.Terminal(err.Error()))
}

func expand(name string) ([]string, error) {
	if name == "-" {
		return []string{name}, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, plain(err)
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	var files []string
	err = filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := strings.ToLower(filepath.Ext(path)); !d.IsDir() && slices.Contains([]string{".json", ".jsonl", ".ndjson", ".gz"}, ext) {
			files = append(files, path)
		}
		return nil
	})
	if err == nil && len(files) == 0 {
		err = errors.New("no .json, .jsonl or .gz file in this folder")
	}
	return files, plain(err)
}

// plain drops what a file error says twice: the name is said anyway.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (r *reader) file(name string, do func(where string, doc []byte) error) error {
	in := r.sys.stdin
	if name == "-" {
		name = "standard input"
	} else {
		f, err := os.Open(name)
		if err != nil {
			r.complain(name, plain(err))
			return nil
		}
		defer f.Close()
		in = f
	}
	s := trail.NewScanner(in)
	for {
		item, ok := s.Next()
		if !ok {
			break
		}
		where := name + ": " + item.Where
		if item.Where == "document 1" {
			where = name
		}
		if item.Err != nil {
			r.complain(where, item.Err)
			continue
		}
		r.read++
		if err := do(where, item.Raw); err != nil {
			return err
		}
	}
	switch {
	case s.Err() != nil:
		r.complain(name, plain(s.Err()))
	case s.Documents() == 0:
		r.complain(name, errors.New("empty: no JSON document in it"))
	}
	return nil
}
