// Package local keeps findings in one file, for use without AWS.
package local

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"why403/pkg/finding"
)

const (
	findingsBucket = "findings" // id → Finding as JSON
	casesBucket    = "cases"    // id → the case of its diagnosis
	claimsBucket   = "claims"   // id → until when
	eventsBucket   = "events"   // id, NUL, occurrence id → when it was recorded
	lockTimeout    = 5 * time.Second
)

// Store is a finding.Store in a bbolt file. Only one process at a time can have
// the file open.
type Store struct{ db *bolt.DB }

var _ finding.Store = (*Store)(nil)

// Open opens the file at path, and makes it and its folder where they are
// missing. It waits a few seconds for another process that has the file open.
func Open(path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of the findings store: %w", err)
	}
	return open(path, &bolt.Options{Timeout: lockTimeout})
}

// OpenReadOnly opens the file at path for reading. It fails with fs.ErrNotExist
// where there is none.
func OpenReadOnly(path string) (*Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("opening the findings store: %w", err)
	}
	return open(path, &bolt.Options{Timeout: lockTimeout, ReadOnly: true})
}

func open(path string, opts *bolt.Options) (*Store, error) {
	db, err := bolt.Open(path, 0o600, opts)
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("opening the findings store %s: another why403 has it open", path)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, fmt.Errorf("opening the findings store %s: not a findings store: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("opening the findings store: %w", err)
	}
	return &Store{db}, nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Record implements finding.Store. The guards against duplicates and the finding
// are written in one transaction.
func (s *Store) Record(_ context.Context, occurrences []finding.Occurrence) (finding.Recorded, error) {
	if len(occurrences) == 0 {
		return finding.Recorded{}, nil
	}
	var out finding.Recorded
	err := s.db.Update(func(tx *bolt.Tx) (err error) {
		out, err = record(tx, occurrences)
		return err
	})
	if err != nil {
		return finding.Recorded{}, fmt.Errorf("recording finding %s: %w", occurrences[0].Key.ID(), err)
	}
	return out, nil
}

// record counts occurrences of one finding.
func record(tx *bolt.Tx, occurrences []finding.Occurrence) (out finding.Recorded, err error) {
	id := occurrences[0].Key.ID()
	findings, err := tx.CreateBucketIfNotExists([]byte(findingsBucket))
	if err != nil {
		return out, err
	}
	events, err := tx.CreateBucketIfNotExists([]byte(eventsBucket))
	if err != nil {
		return out, err
	}
	fresh, err := guard(events, id, occurrences)
	if err != nil {
		return out, err
	}
	out.New, out.Duplicates = len(fresh), len(occurrences)-len(fresh)
	if err := load(findings, id, &out.Finding); err != nil && !errors.Is(err, finding.ErrNotFound) {
		return out, err
	}
	before := out.Finding
	var kept *finding.Occurrence
	out.Finding, kept = before.Add(fresh)
	out.NewCauses, out.Whole = out.Finding.NewCauses(before), true
	if kept != nil {
		if err := saveCase(tx, id, *kept); err != nil {
			return out, err
		}
	}
	return out, save(findings, out.Finding)
}

// guard returns the occurrences that were not recorded before, and notes them.
func guard(events *bolt.Bucket, id string, occurrences []finding.Occurrence) ([]finding.Occurrence, error) {
	var fresh []finding.Occurrence
	for _, o := range occurrences {
		if o.ID != "" {
			key := []byte(id + "\x00" + o.ID)
			if events.Get(key) != nil {
				continue
			}
			if err := events.Put(key, []byte(o.Time.Format(time.RFC3339))); err != nil {
				return nil, err
			}
		}
		fresh = append(fresh, o)
	}
	return fresh, nil
}

// Announced implements finding.Store.
func (s *Store) Announced(_ context.Context, id string, a finding.Announcement) error {
	_, err := s.change(id, func(tx *bolt.Tx, f finding.Finding) (finding.Finding, error) {
		if claims := tx.Bucket([]byte(claimsBucket)); claims != nil {
			if err := claims.Delete([]byte(id)); err != nil {
				return f, err
			}
		}
		return f.Announce(a), nil
	})
	if err != nil {
		return fmt.Errorf("noting the alert of finding %s: %w", id, err)
	}
	return nil
}

// SetStatus implements finding.Store.
func (s *Store) SetStatus(_ context.Context, id string, c finding.StatusChange) (finding.Finding, error) {
	f, err := s.change(id, func(_ *bolt.Tx, f finding.Finding) (finding.Finding, error) { return f.Change(c), nil })
	if err != nil {
		return finding.Finding{}, fmt.Errorf("setting the status of finding %s: %w", id, err)
	}
	return f, nil
}

// change writes a finding anew.
func (s *Store) change(id string, how func(*bolt.Tx, finding.Finding) (finding.Finding, error)) (f finding.Finding, err error) {
	err = s.db.Update(func(tx *bolt.Tx) error {
		findings := tx.Bucket([]byte(findingsBucket))
		if findings == nil {
			return finding.ErrNotFound
		}
		f = finding.Finding{}
		if err := load(findings, id, &f); err != nil {
			return err
		}
		if f, err = how(tx, f); err != nil {
			return err
		}
		return save(findings, f)
	})
	return f, err
}

// Get implements finding.Store.
func (s *Store) Get(ctx context.Context, id string) (finding.Finding, error) {
	all, err := s.List(ctx, finding.Filter{})
	if err != nil {
		return finding.Finding{}, err
	}
	return finding.Pick(all, id)
}

// List implements finding.Store.
func (s *Store) List(_ context.Context, which finding.Filter) ([]finding.Finding, error) {
	var all []finding.Finding
	err := s.db.View(func(tx *bolt.Tx) error {
		findings := tx.Bucket([]byte(findingsBucket))
		if findings == nil {
			return nil
		}
		return findings.ForEach(func(_, v []byte) error {
			var f finding.Finding
			if err := json.Unmarshal(v, &f); err != nil {
				return err
			}
			if which.Matches(f) {
				all = append(all, f)
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("listing findings: %w", err)
	}
	slices.SortStableFunc(all, func(a, b finding.Finding) int {
		return cmp.Or(b.LastSeen.Compare(a.LastSeen), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

func load(b *bolt.Bucket, id string, f *finding.Finding) error {
	v := b.Get([]byte(id))
	if v == nil {
		return finding.ErrNotFound
	}
	return json.Unmarshal(v, f)
}

func save(b *bolt.Bucket, f finding.Finding) error {
	v, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return b.Put([]byte(f.ID), v)
}

// Missing reports whether an error of OpenReadOnly means that there is no store
// yet.
func Missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
