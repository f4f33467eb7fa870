package local

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"why403/pkg/finding"
)

const (
	beganBucket = "began" // thing → when
	sentBucket  = "sent"  // window, NUL, topic → count
	heldBucket  = "held"  // until, NUL, the rest of Held → Held as JSON
)

var _ finding.Ledger = (*Store)(nil)

// Began implements finding.Ledger.
func (s *Store) Began(_ context.Context, thing string, now time.Time) (at time.Time, first bool, err error) {
	err = s.in(beganBucket, func(b *bolt.Bucket) error {
		if v := b.Get([]byte(thing)); v != nil {
			return at.UnmarshalText(v)
		}
		at, first = now.UTC(), true
		text, err := at.MarshalText()
		if err != nil {
			return err
		}
		return b.Put([]byte(thing), text)
	})
	if err != nil {
		return time.Time{}, false, fmt.Errorf("noting when %s began: %w", thing, err)
	}
	return at, first, nil
}

// Sent implements finding.Ledger. Windows that are over are forgotten.
func (s *Store) Sent(_ context.Context, topic string, window time.Time) (n int, err error) {
	err = s.in(sentBucket, func(b *bolt.Bucket) error {
		begin := []byte(sortable(window))
		c := b.Cursor()
		for k, _ := c.First(); k != nil && bytes.Compare(k, begin) < 0; k, _ = c.Next() {
			if err := c.Delete(); err != nil {
				return err
			}
		}
		key := []byte(sortable(window) + "\x00" + topic)
		if v := b.Get(key); len(v) == 8 {
			n = int(binary.BigEndian.Uint64(v))
		}
		n++
		return b.Put(key, binary.BigEndian.AppendUint64(nil, uint64(n)))
	})
	if err != nil {
		return 0, fmt.Errorf("counting a message to %q: %w", topic, err)
	}
	return n, nil
}

// Hold implements finding.Ledger.
func (s *Store) Hold(_ context.Context, h finding.Held) error {
	err := s.in(heldBucket, func(b *bolt.Bucket) error {
		v, err := json.Marshal(h)
		if err != nil {
			return err
		}
		return b.Put(heldKey(h), v)
	})
	if err != nil {
		return fmt.Errorf("holding finding %s: %w", h.ID, err)
	}
	return nil
}

// Due implements finding.Ledger.
func (s *Store) Due(_ context.Context, now time.Time) ([]finding.Held, error) {
	var all []finding.Held
	err := s.db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(heldBucket))
		if b == nil {
			return nil
		}
		return b.ForEach(func(_, v []byte) error {
			var h finding.Held
			if err := json.Unmarshal(v, &h); err != nil {
				return err
			}
			if !h.Until.After(now) {
				all = append(all, h)
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("reading what is held for a digest: %w", err)
	}
	return all, nil
}

// Release implements finding.Ledger.
func (s *Store) Release(_ context.Context, held []finding.Held) error {
	err := s.in(heldBucket, func(b *bolt.Bucket) error {
		for _, h := range held {
			if err := b.Delete(heldKey(h)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("releasing what was held for a digest: %w", err)
	}
	return nil
}

func heldKey(h finding.Held) []byte {
	return []byte(sortable(h.Until) + "\x00" + h.Topic + "\x00" + h.Why + "\x00" + h.ID)
}

// sortable writes times so that they sort by time.
func sortable(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// in runs a change of one bucket of the file.
func (s *Store) in(bucket string, do func(*bolt.Bucket) error) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte(bucket))
		if err != nil {
			return err
		}
		return do(b)
	})
}
