package recheck_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"why403/pkg/auditor"
	"why403/pkg/finding"
	"why403/pkg/recheck"
)

// shelf is a store of findings without cases. Each that is asked for waits until it is let
// go.
type shelf struct {
	finding.Store
	ids   []string
	asked chan string
	letGo chan struct{}
}

func (s *shelf) List(context.Context, finding.Filter) ([]finding.Finding, error) {
	var all []finding.Finding
	for _, id := range s.ids {
		all = append(all, finding.Finding{ID: id, Status: finding.Open, LastSeen: start})
	}
	return all, nil
}

func (s *shelf) Case(_ context.Context, id string) ([]byte, error) {
	s.asked <- id
	<-s.letGo
	return nil, finding.ErrNoCase
}

// TestOldestFirst: those come first that were never decided again, and then those that were
// not for the longest time. Four are decided at a time.
func TestOldestFirst(t *testing.T) {
	s := &shelf{ids: []string{"A", "B", "C", "D", "E", "F"}, asked: make(chan string), letGo: make(chan struct{})}
	m := &memory{latest: map[string]time.Time{"A": start.Add(5), "B": start.Add(1), "D": start.Add(2), "E": start.Add(4), "F": start.Add(3)}}
	r := recheck.New(recheck.Config{
		Store: s, History: m, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return start },
		Evidence: func(time.Time) auditor.Evidence { return nil },
	})
	done := make(chan error)
	go func() {
		_, err := r.All(t.Context())
		done <- err
	}()
	next := func(n int) (ids []string) {
		for range n {
			ids = append(ids, <-s.asked)
		}
		slices.Sort(ids)
		return ids
	}
	if got, want := next(4), []string{"B", "C", "D", "F"}; !slices.Equal(got, want) {
		t.Errorf("first %q, want %q", got, want)
	}
	close(s.letGo)
	if got, want := next(2), []string{"A", "E"}; !slices.Equal(got, want) {
		t.Errorf("then %q, want %q", got, want)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
