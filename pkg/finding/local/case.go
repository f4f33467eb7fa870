package local

import (
	"context"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// saveCase keeps the case of the occurrence whose diagnosis is kept, in the place of the
// one before.
func saveCase(tx *bolt.Tx, id string, o finding.Occurrence) error {
	cases, err := tx.CreateBucketIfNotExists([]byte(casesBucket))
	if err != nil {
		return err
	}
	var text []byte
	if o.Case != nil {
		// A finding without its case is better than none.
		text, _ = o.Case()
	}
	if text == nil {
		return cases.Delete([]byte(id))
	}
	return cases.Put([]byte(id), text)
}

// Case implements finding.Store.
func (s *Store) Case(ctx context.Context, id string) ([]byte, error) {
	f, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	var text []byte
	err = s.db.View(func(tx *bolt.Tx) error {
		if cases := tx.Bucket([]byte(casesBucket)); cases != nil {
			text = slices.Clone(cases.Get([]byte(f.ID)))
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading the case of finding %s: %w", f.ID, err)
	case text == nil:
		return nil, fmt.Errorf("finding %s: %w", f.ID, finding.ErrNoCase)
	}
	return text, nil
}

// Rediagnose implements finding.Store.
func (s *Store) Rediagnose(_ context.Context, id string, x diagnosis.Diagnosis, made func() ([]byte, error)) (better bool, err error) {
	_, err = s.change(id, func(tx *bolt.Tx, f finding.Finding) (finding.Finding, error) {
		if f, better = f.Rediagnose(x); !better {
			return f, nil
		}
		return f, saveCase(tx, id, finding.Occurrence{Case: made})
	})
	if err != nil {
		return false, fmt.Errorf("diagnosing finding %s again: %w", id, err)
	}
	return better, nil
}

// Claim implements finding.Store.
func (s *Store) Claim(_ context.Context, id string, now time.Time, lease time.Duration) (claimed bool, err error) {
	_, err = s.change(id, func(tx *bolt.Tx, f finding.Finding) (finding.Finding, error) {
		claims, err := tx.CreateBucketIfNotExists([]byte(claimsBucket))
		if err != nil {
			return f, err
		}
		if until := string(claims.Get([]byte(id))); until > sortable(now) && until <= sortable(now.Add(finding.ClaimSkew*lease)) {
			claimed = false
			return f, nil
		}
		claimed = true
		return f, claims.Put([]byte(id), []byte(sortable(now.Add(lease))))
	})
	if err != nil {
		return false, fmt.Errorf("claiming finding %s: %w", id, err)
	}
	return claimed, nil
}
