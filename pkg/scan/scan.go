package scan

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"why403/pkg/auditor"
)

// Pipeline diagnoses and records: an *auditor.Auditor.
type Pipeline interface {
	Handle(ctx context.Context, inputs []auditor.Input) auditor.Report
}

// Marks remember which files were read. What the Pipeline records is kept for good only
// with the next Commit.
type Marks interface {
	// Scanned reports whether a file of that key was marked.
	Scanned(key string) (bool, error)
	// Commit keeps what was recorded since the last time, and marks the files.
	Commit(keys []string) error
}

// Options say what is scanned, and how.
type Options struct {
	Sources []Source
	Filter  Filter
	// Workers is how many files are read at a time; 0: as many as there are CPUs.
	Workers int
	// Again reads files that were read before, too.
	Again bool
	// Basis stands for whatever else decides what is recorded: a file that was read on
	// another is read again.
	Basis string
	// Progress is kept current; nil: nobody asks.
	Progress *Progress
	// Handled is called with what came of each batch, if it is set.
	Handled func(auditor.Report)
}

// Run scans. It fails only where nothing can go on, as with a store that cannot be
// written: what cannot be read is in the Report. If ctx ends, what was read is kept.
func Run(ctx context.Context, to Pipeline, marks Marks, o Options) (Report, error) {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Progress == nil {
		o.Progress = new(Progress)
	}
	// Whoever fails stops the others.
	inner, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &scanner{
		o: o, marks: marks,
		work: make(chan *job), order: make(chan *job, 2*o.Workers),
	}
	var running sync.WaitGroup
	running.Go(func() {
		defer close(s.work)
		defer close(s.order)
		if err := s.list(inner); err != nil {
			cancel(err)
		}
	})
	for range o.Workers {
		running.Go(func() {
			for j := range s.work {
				s.read(inner, j)
			}
		})
	}
	c := &collector{o: o, to: to, marks: marks}
	err := c.collect(inner, s.order)
	cancel(err)
	running.Wait()
	c.report.Before, c.report.Unchosen, c.report.Other = s.before, s.unchosen, s.other
	for _, p := range s.unlisted {
		c.report.problem(p)
	}
	if cause := context.Cause(inner); err == nil && cause != nil && !errors.Is(cause, context.Canceled) && ctx.Err() == nil {
		err = cause
	}
	c.report.Interrupted = ctx.Err() != nil
	return c.report, err
}

// scanner lists and reads files.
type scanner struct {
	o     Options
	marks Marks
	work  chan *job // to be read
	order chan *job // the same, to be collected

	// Of the listing; good when it is over.
	before, unchosen, other int
	unlisted                []Problem
}

// job is one file.
type job struct {
	source Source
	file   File
	key    string
	parts  chan part // what was read of it; closed at its end
}

// list makes a job of each file that is to be read.
func (s *scanner) list(ctx context.Context) error {
	for _, source := range s.o.Sources {
		found := 0
		v := Visitor{
			File:    func(f File) error { found++; return s.listed(ctx, source, f) },
			Problem: func(name string, err error) { s.unlisted = append(s.unlisted, Problem{name, err}) },
			Enter:   s.o.Filter.enter,
		}
		err := source.Files(ctx, v)
		var mark markError
		switch {
		case errors.As(err, &mark):
			return mark.error
		case ctx.Err() != nil:
			return nil
		case err == nil && found == 0 && s.o.Filter.all():
			err = errors.New("no log file there: nothing that ends in .json, .jsonl or .gz")
		}
		if err != nil {
			s.unlisted = append(s.unlisted, Problem{source.Name(), err})
		}
	}
	s.o.Progress.listed.Store(true)
	return nil
}

// markError is an error of the marks, without which nothing goes on.
type markError struct{ error }

func (s *scanner) listed(ctx context.Context, source Source, f File) error {
	switch p := placeOf(f.Path); {
	case !isJSON(f.Path) || !p.isLog():
		s.other++
		return nil
	case !s.o.Filter.place(p):
		s.unchosen++
		return nil
	}
	j := &job{source: source, file: f, key: keyOf(f, s.o), parts: make(chan part, 1)}
	if !s.o.Again {
		done, err := s.marks.Scanned(j.key)
		if err != nil {
			return markError{err}
		}
		if done {
			s.before++
			return nil
		}
	}
	s.o.Progress.filesOf.Add(1)
	s.o.Progress.storedOf.Add(f.Size)
	// First in line to be collected, then to be read: what is read is waited for.
	for _, to := range []chan *job{s.order, s.work} {
		select {
		case to <- j:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// keyOf is what a file is marked by.
func keyOf(f File, o Options) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d %q %q %q", f.Path, f.Size, f.Version, o.Filter.String(), o.Basis))
	return string(sum[:16])
}
