package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

const (
	attrClaimed  = "claimed_until" // in nanoseconds since 1970
	attrClaimant = "claimed_by"
)

// Announced implements finding.Store.
func (s *Store) Announced(ctx context.Context, id string, a finding.Announcement) error {
	_, err := s.rewrite(ctx, id, func(f finding.Finding) finding.Finding { return f.Announce(a) }, s.announcedUpdate)
	if err != nil {
		return fmt.Errorf("noting the alert of finding %s: %w", id, err)
	}
	return nil
}

// SetStatus implements finding.Store.
func (s *Store) SetStatus(ctx context.Context, id string, c finding.StatusChange) (finding.Finding, error) {
	f, err := s.rewrite(ctx, id, func(f finding.Finding) finding.Finding { return f.Change(c) }, s.headUpdate)
	if err != nil {
		return finding.Finding{}, fmt.Errorf("setting the status of finding %s: %w", id, err)
	}
	return f, nil
}

// Rediagnose implements finding.Store.
func (s *Store) Rediagnose(ctx context.Context, id string, x diagnosis.Diagnosis, made func() ([]byte, error)) (bool, error) {
	better, err := s.rediagnose(ctx, id, x, made)
	if err != nil {
		return false, fmt.Errorf("diagnosing finding %s again: %w", id, err)
	}
	return better, nil
}

func (s *Store) rediagnose(ctx context.Context, id string, x diagnosis.Diagnosis, made func() ([]byte, error)) (bool, error) {
	for try := 0; ; try++ {
		read, err := s.head(ctx, id)
		if err != nil {
			return false, err
		}
		if !read.exists {
			return false, finding.ErrNotFound
		}
		f, better := read.finding.Rediagnose(x)
		if !better {
			return false, nil
		}
		c := change{finding: f, tally: read.tally, sampled: read.sampled}
		if c.stored, err = s.keep(ctx, id, x, made); err != nil {
			return false, err
		}
		if err := s.upgrade(ctx, read, &c); err != nil {
			return false, err
		}
		update, err := s.headUpdate(read, c)
		if err != nil {
			return false, err
		}
		_, err = s.api.UpdateItem(ctx, update)
		if err == nil || !isConflict(err) {
			return err == nil, err
		}
		if err := s.pause(ctx, try, err); err != nil {
			return false, err
		}
	}
}

// rewrite changes a finding, and writes it as long as others write it meanwhile.
func (s *Store) rewrite(ctx context.Context, id string, how func(finding.Finding) finding.Finding, with func(head, change) (*dynamodb.UpdateItemInput, error)) (finding.Finding, error) {
	for try := 0; ; try++ {
		read, err := s.head(ctx, id)
		if err != nil {
			return finding.Finding{}, err
		}
		if !read.exists {
			return finding.Finding{}, finding.ErrNotFound
		}
		c := change{finding: how(read.finding), tally: read.tally, stored: read.stored, sampled: read.sampled}
		if err := s.upgrade(ctx, read, &c); err != nil {
			return finding.Finding{}, err
		}
		update, err := with(read, c)
		if err != nil {
			return finding.Finding{}, err
		}
		_, err = s.api.UpdateItem(ctx, update)
		if err == nil {
			return bare(c.finding), nil
		}
		if !isConflict(err) {
			return finding.Finding{}, err
		}
		if err := s.pause(ctx, try, err); err != nil {
			return finding.Finding{}, err
		}
	}
}

// upgrade writes what a head of schema 1 holds into items of their own.
func (s *Store) upgrade(ctx context.Context, read head, c *change) (err error) {
	if !read.legacy {
		return nil
	}
	c.tally = c.tally.alive()
	if c.stored == "" {
		if c.stored, err = s.keep(ctx, read.finding.ID, read.finding.Diagnosis, nil); err != nil {
			return err
		}
	}
	c.sampled = len(read.finding.Samples)
	return s.addSamples(ctx, read.finding.ID, c.tally.Generation, read.finding.Samples)
}

// Claim implements finding.Store. It does not count as a change of the finding: who
// records it meanwhile is not disturbed.
func (s *Store) Claim(ctx context.Context, id string, now time.Time, lease time.Duration) (bool, error) {
	claimed, err := s.claim(ctx, id, now, lease)
	if err != nil {
		return false, fmt.Errorf("claiming finding %s: %w", id, err)
	}
	return claimed, nil
}

func (s *Store) claim(ctx context.Context, id string, now time.Time, lease time.Duration) (bool, error) {
	claimant := nonce()
	until := expression.Name(attrClaimed)
	update, err := s.update(id,
		expression.Set(until, expression.Value(now.Add(lease).UnixNano())).
			Set(expression.Name(attrClaimant), expression.Value(claimant)),
		expression.AttributeExists(expression.Name(attrPart)).
			And(expression.AttributeNotExists(until).Or(until.LessThanEqual(expression.Value(now.UnixNano())),
				until.GreaterThan(expression.Value(now.Add(finding.ClaimSkew*lease).UnixNano())))))
	if err != nil {
		return false, err
	}
	_, err = s.api.UpdateItem(ctx, update)
	if err == nil || !isConflict(err) {
		return err == nil, err
	}
	// Who has it? Asked again by itself, the SDK may have met its own write.
	read, err := s.head(ctx, id)
	switch {
	case err != nil:
		return false, err
	case !read.exists:
		return false, finding.ErrNotFound
	}
	return read.claimant == claimant, nil
}
