package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"why403/pkg/browse"
	"why403/pkg/finding"
)

// shelf is the findings that are browsed. A file is opened for each access, because who
// has it open keeps others from writing; a table is opened once, because credentials are
// not fetched anew for every key.
type shelf struct {
	o      *options
	choice *choice

	mu    sync.Mutex // a key may want something while something else is under way
	table *source
	by    string
}

// name is where the findings are, for people.
func (s *shelf) name() (string, error) {
	table, err := s.o.tableName()
	if table != "" || err != nil {
		return "table " + table, err
	}
	path, err := s.o.storePath()
	return path, err
}

// with opens the findings, and explains errors.
func (s *shelf) with(ctx context.Context, write bool, do func(*source) error) error {
	table, err := s.o.tableName()
	if err != nil {
		return err
	}
	if table == "" {
		return s.o.withFindings(ctx, write, do)
	}
	if s.table == nil {
		if s.table, err = s.o.openTable(ctx, table); err != nil {
			return err
		}
	}
	return s.table.explained(do(s.table))
}

func (s *shelf) list(ctx context.Context) (all []finding.Finding, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.with(ctx, false, func(from *source) error {
		chosen, _, err := s.choice.list(ctx, from, s.o.sys.time())
		for _, f := range chosen {
			all = append(all, listed(f))
		}
		return err
	})
	return all, err
}

func (s *shelf) get(ctx context.Context, id string) (f finding.Finding, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.with(ctx, false, func(from *source) error {
		f, err = from.Get(ctx, id)
		return err
	})
	return f, err
}

// set changes findings as the commands do: what is wrong with one stops no other.
func (s *shelf) set(ctx context.Context, e browse.Set) browse.Changed {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := browse.Changed{Status: e.Change.Status}
	err := s.with(ctx, true, func(to *source) (err error) {
		if s.by == "" {
			if s.by, err = to.who(ctx); err != nil {
				return err
			}
		}
		e.Change.By = s.by
		for _, id := range e.IDs {
			f, err := to.SetStatus(ctx, id, e.Change)
			switch {
			case err == nil:
				c.Done = append(c.Done, listed(f))
			case to.ofAWS(err) != nil:
				return err // with the table, and so with all that follow
			default:
				c.Failed = append(c.Failed, fmt.Errorf("%s: %w", id, shorter(err)))
			}
		}
		return nil
	})
	if err != nil {
		c.Failed = append(c.Failed, err)
	}
	return c
}

// untilThen reads until when something holds.
func untilThen(text string, now time.Time) (time.Time, error) { return moment(text, now, 1) }
