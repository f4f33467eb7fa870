package local

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"why403/pkg/finding"
)

const scannedBucket = "scanned" // key of a file → when it was read

// Bulk records much at once: a Store writes, and waits for the disk, at each finding, a
// Bulk at each Commit. What is not committed is lost with the process, and what is, is
// whole. While a Bulk has something to commit, the Store must not be written otherwise.
type Bulk struct {
	*Store
	mu     sync.Mutex
	tx     *bolt.Tx
	failed error
}

// Bulk returns a Bulk of the store. It must be closed before the store is.
func (s *Store) Bulk() *Bulk { return &Bulk{Store: s} }

// Record implements finding.Store.
func (b *Bulk) Record(_ context.Context, occurrences []finding.Occurrence) (finding.Recorded, error) {
	if len(occurrences) == 0 {
		return finding.Recorded{}, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.begin()
	var out finding.Recorded
	if err == nil {
		out, err = record(b.tx, occurrences)
	}
	if err != nil {
		// Half of it may be written: the whole is not committed.
		b.failed = errors.Join(b.failed, err)
		return finding.Recorded{}, fmt.Errorf("recording finding %s: %w", occurrences[0].Key.ID(), err)
	}
	return out, nil
}

func (b *Bulk) begin() (err error) {
	if b.failed != nil {
		return b.failed
	}
	if b.tx == nil {
		b.tx, err = b.db.Begin(true)
	}
	return err
}

// Scanned reports whether a file was marked by Commit.
func (b *Bulk) Scanned(key string) (scanned bool, err error) {
	err = b.db.View(func(tx *bolt.Tx) error {
		if marks := tx.Bucket([]byte(scannedBucket)); marks != nil {
			scanned = marks.Get([]byte(key)) != nil
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("reading which files were read before: %w", err)
	}
	return scanned, nil
}

// Commit keeps what was recorded since the last time, and marks files as read, all or
// nothing.
func (b *Bulk) Commit(keys []string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tx == nil && len(keys) == 0 {
		return b.failed
	}
	if err := b.begin(); err != nil {
		return err
	}
	marks, err := b.tx.CreateBucketIfNotExists([]byte(scannedBucket))
	if err != nil {
		return err
	}
	now := []byte(time.Now().UTC().Format(time.RFC3339))
	for _, key := range keys {
		if err := marks.Put([]byte(key), now); err != nil {
			return err
		}
	}
	tx := b.tx
	b.tx = nil
	return tx.Commit()
}

// Close drops what was not committed. The store stays open.
func (b *Bulk) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tx == nil {
		return nil
	}
	tx := b.tx
	b.tx = nil
	return tx.Rollback()
}
