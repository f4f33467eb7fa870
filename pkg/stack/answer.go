package stack

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"why403/pkg/clean"
)

// maxError is how much of an error is logged, in runes. Errors can quote what they are
// about, which is foreign.
const maxError = 500

// Brief is the text of an error, cut where it is long.
func Brief(err error) string { return clean.Truncate(err.Error(), maxError) }

// Short is an error with no more than the brief text of another.
func Short(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(Brief(err))
}

// LeaveTime takes a tenth of the time that is left for the answer: it names the messages
// that there was no time for, while a function that is stopped fails the whole batch.
func LeaveTime(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, end.Add(-time.Until(end)/10))
}

// Response is the answer that everything went well: an empty list, not null.
func Response() events.SQSEventResponse {
	return events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
}
