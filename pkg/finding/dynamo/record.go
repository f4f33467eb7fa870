package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/finding"
)

// maxGuards is how many guards fit into one transaction of 100 items beside the
// head.
const maxGuards = 99

// Record implements finding.Store. More occurrences than one transaction holds
// are written in several; if a later one fails, what an earlier one counted is a
// duplicate when it comes again.
func (s *Store) Record(ctx context.Context, occurrences []finding.Occurrence) (finding.Recorded, error) {
	var out finding.Recorded
	if len(occurrences) == 0 {
		return out, nil
	}
	id := occurrences[0].Key.ID()
	single := unique(occurrences)
	for some := range slices.Chunk(single, maxGuards) {
		done, err := s.record(ctx, id, some)
		if err != nil {
			return finding.Recorded{}, fmt.Errorf("recording finding %s: %w", id, err)
		}
		out.Finding = done.Finding
		out.New += done.New
	}
	out.Duplicates = len(occurrences) - out.New
	return out, nil
}

// unique leaves out occurrences that stand in the batch before. Those without an
// id cannot be told from each other.
func unique(occurrences []finding.Occurrence) []finding.Occurrence {
	seen := make(map[string]bool, len(occurrences))
	single := make([]finding.Occurrence, 0, len(occurrences))
	for _, o := range occurrences {
		if o.ID != "" && seen[o.ID] {
			continue
		}
		seen[o.ID] = true
		single = append(single, o)
	}
	return single
}

// record counts as many occurrences as fit into one transaction.
func (s *Store) record(ctx context.Context, id string, all []finding.Occurrence) (finding.Recorded, error) {
	fresh := all
	for try := 0; ; {
		read, err := s.head(ctx, id)
		if err != nil {
			return finding.Recorded{}, err
		}
		if !read.exists {
			fresh = all // what was counted went with the head
		}
		if len(fresh) == 0 {
			return finding.Recorded{Finding: read.finding}, nil
		}
		next := read.finding.Apply(fresh)
		err = s.write(ctx, read, next, fresh)
		if err == nil {
			return finding.Recorded{Finding: next, New: len(fresh)}, nil
		}
		var c *cancelled
		if !errors.As(err, &c) {
			return finding.Recorded{}, err
		}
		fresh = slices.DeleteFunc(slices.Clone(fresh), func(o finding.Occurrence) bool { return c.counted[o.ID] })
		if read.exists && !c.conflict {
			continue // nobody is in the way: the rest can be written at once
		}
		if err := s.pause(ctx, try, err); err != nil {
			return finding.Recorded{}, err
		}
		try++
	}
}

// write puts the head and the guards of new occurrences in one transaction. The
// error is a *cancelled if another try may help.
func (s *Store) write(ctx context.Context, read head, next finding.Finding, fresh []finding.Occurrence) error {
	update, err := s.headUpdate(read, next)
	if err != nil {
		return err
	}
	items := []types.TransactWriteItem{{Update: update}}
	var events []string
	for _, o := range fresh {
		if o.ID == "" {
			continue
		}
		put, err := s.guard(next.ID, o.ID, read.exists)
		if err != nil {
			return err
		}
		items, events = append(items, types.TransactWriteItem{Put: put}), append(events, o.ID)
	}
	_, err = s.api.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: items})
	if err == nil {
		return nil
	}
	var c *types.TransactionCanceledException
	if errors.As(err, &c) {
		return cancellation(c, events)
	}
	return fmt.Errorf("writing it with %d events: %w", len(events), err)
}
