package dynamo

import (
	"context"
	"fmt"

	"why403/pkg/finding"
)

// Announced implements finding.Store.
func (s *Store) Announced(ctx context.Context, id string, a finding.Announcement) error {
	if err := s.announced(ctx, id, a); err != nil {
		return fmt.Errorf("noting the alert of finding %s: %w", id, err)
	}
	return nil
}

func (s *Store) announced(ctx context.Context, id string, a finding.Announcement) error {
	for try := 0; ; try++ {
		read, err := s.head(ctx, id)
		if err != nil {
			return err
		}
		if !read.exists {
			return finding.ErrNotFound
		}
		next := read.finding.Announce(a)
		if len(next.Announced) == len(read.finding.Announced) && next.Told == read.finding.Told {
			return nil
		}
		update, err := s.documentUpdate(read, next)
		if err != nil {
			return err
		}
		_, err = s.api.UpdateItem(ctx, update)
		if err == nil || !isConflict(err) {
			return err
		}
		if err := s.pause(ctx, try, err); err != nil {
			return err
		}
	}
}
