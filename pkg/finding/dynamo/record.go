package dynamo

import (
	"context"
	"fmt"
	"slices"

	"why403/pkg/finding"
)

// Record implements finding.Store. It costs one write of the head, and one of the events
// that the head held of the write before. A batch that is larger than a head can hold is
// written in several parts; if a later one fails, what an earlier one counted is a
// duplicate when it comes again.
func (s *Store) Record(ctx context.Context, occurrences []finding.Occurrence) (finding.Recorded, error) {
	var out finding.Recorded
	if len(occurrences) == 0 {
		return out, nil
	}
	id := occurrences[0].Key.ID()
	single := unique(occurrences)
	for some := range slices.Chunk(single, maxPending) {
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

// record counts as many occurrences as one head holds.
func (s *Store) record(ctx context.Context, id string, all []finding.Occurrence) (finding.Recorded, error) {
	writer := nonce()
	var tried finding.Recorded // what the latest write was to record
	for try := 0; ; try++ {
		read, err := s.head(ctx, id)
		if err != nil {
			return finding.Recorded{}, err
		}
		if try > 0 && read.tally.Writer == writer {
			// It was written, though the answer was lost: asked again by itself, the SDK
			// met its own write.
			tried.Finding = read.finding
			return tried, nil
		}
		known, err := s.counted(ctx, id, read.tally)
		if err != nil {
			return finding.Recorded{}, err
		}
		fresh := slices.DeleteFunc(slices.Clone(all), func(o finding.Occurrence) bool { return o.ID != "" && known[eventOf(o.ID)] })
		if len(fresh) == 0 {
			return finding.Recorded{Finding: read.finding}, nil
		}
		next := read.finding.Apply(fresh)
		var events []event
		for _, o := range fresh {
			switch {
			case o.ID == "":
			case len(known)+len(events) < finding.MaxExact:
				events = append(events, eventOf(o.ID))
			default:
				next.Approximate = true
			}
		}
		update, err := s.headUpdate(read, next, read.tally.next(events, writer))
		if err != nil {
			return finding.Recorded{}, err
		}
		tried = finding.Recorded{Finding: next, New: len(fresh)}
		if _, err = s.api.UpdateItem(ctx, update); err == nil {
			return tried, nil
		}
		if !isConflict(err) {
			return finding.Recorded{}, fmt.Errorf("writing it with %d events: %w", len(fresh), err)
		}
		if err := s.pause(ctx, try, err); err != nil {
			return finding.Recorded{}, err
		}
	}
}
