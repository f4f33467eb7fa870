package dynamo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// A batch of one finding is one write, and few batches are under way at once, so
// that writers seldom meet more than a few times. The waits add up to five
// seconds on average.
const (
	maxTries = 15
	minWait  = 20 * time.Millisecond
	maxWait  = time.Second
)

// pause waits before another try, a random time so that those who met part. It
// fails with the cause when there were tries enough, or when the context ends.
func (s *Store) pause(ctx context.Context, try int, cause error) error {
	if try+1 >= maxTries {
		return fmt.Errorf("gave up after %d tries: %w", maxTries, cause)
	}
	longest := min(maxWait, minWait<<try)
	wait := rand.N(longest) //nolint:gosec // spreads writers; nothing secret depends on it
	if err := s.sleep(ctx, wait); err != nil {
		return fmt.Errorf("no time for another try (%w) after: %w", err, cause)
	}
	return nil
}
