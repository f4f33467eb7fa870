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

// kept is an answer, and when it was given.
type kept struct {
	value any
	at    time.Time
}

func newCache(capacity uint64) *cache {
	return &cache{answers: ttlcache.New(
		ttlcache.WithCapacity[fact, kept](capacity),
		ttlcache.WithDisableTouchOnHit[fact, kept](),
	)}
}

// get returns an answer that is still believed.
func (c *cache) get(f fact) (kept, bool) {
	item := c.answers.Get(f)
	if item == nil || item.IsExpired() {
		return kept{}, false
	}
	return item.Value(), true
}

// ask returns the answer of whoever asks first, and keeps it if that says so. The
// question goes on when those who wait have gone: the next one finds the answer.
func (c *cache) ask(ctx context.Context, f fact, keep time.Duration, read func(context.Context) (any, bool)) (kept, error) {
	if err := ctx.Err(); err != nil {
		return kept{}, fmt.Errorf("asking: %w", err)
	}
	done := c.asking.DoChan(fmt.Sprint(f), func() (any, error) {
		value, sound := read(context.WithoutCancel(ctx))
		k := kept{value, time.Now()}
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
