package dynamo

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// cancelled says that a transaction wrote nothing, and why. Another one may do.
type cancelled struct {
	// counted are the events that were counted before.
	counted map[string]bool
	// conflict is set if somebody else wrote, or DynamoDB was too busy.
	conflict bool
	cause    error
}

// Error implements error.
func (c *cancelled) Error() string { return c.cause.Error() }

// Unwrap returns DynamoDB's error.
func (c *cancelled) Unwrap() error { return c.cause }

// cancellation reads the reasons of a cancelled transaction: one for each of its
// items, the head and then the guards of these events. The error is a *cancelled
// unless there is a reason that no other try changes.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
func cancellation(err *types.TransactionCanceledException, events []string) error {
	if len(err.CancellationReasons) != 1+len(events) {
		return fmt.Errorf("a transaction of %d items was cancelled for %d reasons: %w", 1+len(events), len(err.CancellationReasons), err)
	}
	c := &cancelled{counted: make(map[string]bool), cause: err}
	for i, reason := range err.CancellationReasons {
		switch code := aws.ToString(reason.Code); code {
		case "", "None":
		case "ConditionalCheckFailed":
			if i == 0 {
				c.conflict = true
			} else {
				c.counted[events[i-1]] = true
			}
		case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
			// The SDK tries again only what fails as a whole, not this.
			c.conflict = true
		default:
			return fmt.Errorf("item %d of a transaction: %s: %s: %w", i, code, aws.ToString(reason.Message), err)
		}
	}
	if !c.conflict && len(c.counted) == 0 {
		return fmt.Errorf("a transaction was cancelled for no reason: %w", err)
	}
	return c
}

// isConflict reports whether a single write met another one.
func isConflict(err error) bool {
	var changed *types.ConditionalCheckFailedException
	var busy *types.TransactionConflictException
	return errors.As(err, &changed) || errors.As(err, &busy)
}
