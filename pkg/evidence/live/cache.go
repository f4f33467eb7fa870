package live

import (
	"context"
	"fmt"
	"time"

	"github.com/jellydator/ttlcache/v3"
	"golang.org/x/sync/singleflight"
)

// cache keeps answers for a while, and lets those who ask the same at the same time
// wait for one answer.
type cache struct {
	answers *ttlcache.Cache[fact, kept]
	asking  singleflight.Group
}

// kept is an answer, when it was asked for, and whether it is more than that something
// failed that may pass soon.
type kept struct {
	value any
	at    time.Time
	sound bool
}

func newCache(capacity uint64) *cache {
	return &cache{answers: ttlcache.New(
		ttlcache.WithCapacity[fact, kept](capacity),
		ttlcache.WithDisableTouchOnHit[fact, kept](),
	)}
}

// get returns an answer that is still believed, and was asked for since then.
func (c *cache) get(f fact, since time.Time) (kept, bool) {
	item := c.answers.Get(f)
	if item == nil || item.IsExpired() || item.Value().at.Before(since) {
		return kept{}, false
	}
	return item.Value(), true
}

// ask returns the answer of whoever asks first, and keeps it if that says so. The
// question goes on when those who wait have gone: the next one finds the answer. Who
// believes nothing from before does not wait for a question from before either.
func (c *cache) ask(ctx context.Context, f fact, since time.Time, keep time.Duration, read func(context.Context) (any, bool)) (kept, error) {
	if err := ctx.Err(); err != nil {
		return kept{}, fmt.Errorf("asking: %w", err)
	}
	// Names and versions are whatever an event says: they are quoted, lest two be one.
	key := fmt.Sprintf("%d %q %q %q %q %d", f.kind, f.account, f.region, f.name, f.version, since.UnixNano())
	done := c.asking.DoChan(key, func() (any, error) {
		if k, ok := c.get(f, since); ok {
			return k, nil // it came between looking and asking
		}
		at := time.Now()
		value, sound := read(context.WithoutCancel(ctx))
		k := kept{value, at, sound}
		if sound {
			c.answers.Set(f, k, keep)
		}
		return k, nil
	})
	select {
	case r := <-done:
		return r.Val.(kept), nil //nolint:forcetypeassert // it is what the function above returns
	case <-ctx.Done():
		return kept{}, fmt.Errorf("waiting for the answer: %w", ctx.Err())
	}
}
