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
		if out.Whole && !done.Whole && done.Finding.Brief == out.Finding.Brief {
			// An earlier part made it, so that all of it is known.
			done.Finding.Diagnosis, done.Whole = out.Finding.Diagnosis, true
			done.Finding = done.Finding.WithSamples(append(out.Finding.Samples, done.Finding.Samples...))
		}
		out.Finding, out.Whole = done.Finding, done.Whole
		out.New += done.New
		out.NewCauses = append(out.NewCauses, done.NewCauses...)
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
		next, made := read.finding.Add(fresh)
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
		c := change{finding: next, tally: read.tally.next(events, writer), stored: read.stored, sampled: read.sampled}
		if err := s.aside(ctx, read, &c, made); err != nil {
			return finding.Recorded{}, err
		}
		update, err := s.headUpdate(read, c)
		if err != nil {
			return finding.Recorded{}, err
		}
		tried = finding.Recorded{Finding: c.finding, New: len(fresh), NewCauses: c.finding.NewCauses(read.finding), Whole: !read.exists || read.legacy}
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

// aside writes what stands beside a head: its diagnosis, if it has another one, and
// samples, while there are few.
func (s *Store) aside(ctx context.Context, read head, c *change, made *finding.Occurrence) (err error) {
	id := c.finding.ID
	if made != nil {
		if c.stored, err = s.keep(ctx, id, made.Diagnosis, made.Case); err != nil {
			return err
		}
	}
	if read.legacy {
		if err := s.upgrade(ctx, read, c); err != nil {
			return err
		}
		c.sampled = 0 // those of the head are among the finding's
	}
	c.finding = c.finding.WithSamples(c.finding.Samples[:min(len(c.finding.Samples), finding.MaxSamples-c.sampled)])
	c.sampled += len(c.finding.Samples)
	return s.addSamples(ctx, id, c.tally.Generation, c.finding.Samples)
}
