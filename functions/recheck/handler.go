package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"why403/pkg/alert"
	"why403/pkg/clean"
	"why403/pkg/recheck"
)

// handler is the function: it takes events out of what SQS delivers, and does what the
// schedules ask for.
type handler struct {
	batch  func(context.Context, []recheck.Input) (recheck.Report, []recheck.Failure)
	all    func(context.Context) (recheck.Report, error)
	digest func(context.Context) ([]alert.Message, error)
	log    *slog.Logger
}

// What schedules ask for.
const (
	askRecheck = "recheck"
	askDigest  = "digest"
)

// handle takes a batch of SQS messages, or what a schedule sends. Of a batch, it answers
// with the messages that failed: SQS delivers them again, and moves to the dead-letter
// queue what fails every time.
func (h *handler) handle(ctx context.Context, payload json.RawMessage) (events.SQSEventResponse, error) {
	ctx, cancel := leaveTime(ctx)
	defer cancel()
	var asked struct {
		Why403  string              `json:"why403"`
		Records []events.SQSMessage `json:"Records"`
	}
	if err := json.Unmarshal(payload, &asked); err != nil {
		return events.SQSEventResponse{}, fmt.Errorf("reading what was asked for: %s", brief(err))
	}
	switch {
	case asked.Why403 == askRecheck:
		report, err := h.all(ctx)
		h.write(ctx, report)
		return response(), short(err)
	case asked.Why403 == askDigest:
		sent, err := h.digest(ctx)
		for _, m := range sent {
			h.log.LogAttrs(ctx, slog.LevelInfo, "digest", slog.Int("findings", m.Event.Digest.Count), slog.String("because", m.Event.Digest.Why))
		}
		return response(), short(err)
	case asked.Records == nil:
		return events.SQSEventResponse{}, errors.New(`it is neither a batch from SQS nor {"why403":"recheck"} or {"why403":"digest"}`)
	}
	inputs := make([]recheck.Input, len(asked.Records))
	for i, m := range asked.Records {
		inputs[i] = recheck.Input{ID: m.MessageId, Body: []byte(m.Body)}
	}
	report, failures := h.batch(ctx, inputs)
	h.write(ctx, report)
	return h.failed(ctx, failures)
}

// failed answers with the messages that failed, and logs why.
func (h *handler) failed(ctx context.Context, failures []recheck.Failure) (events.SQSEventResponse, error) {
	out := response()
	for _, f := range failures {
		message := "not remembered"
		if f.Unreadable {
			message = "cannot be read"
		}
		h.log.LogAttrs(ctx, slog.LevelError, message, slog.String("messageId", f.ID), slog.String("error", brief(f.Err)))
		if f.ID == "" {
			// An empty name would fail the whole batch too, but without saying why.
			return events.SQSEventResponse{}, fmt.Errorf("a message without an id failed, so that the batch must come again: %s", brief(f.Err))
		}
		out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: f.ID})
	}
	return out, nil
}

func (h *handler) write(ctx context.Context, r recheck.Report) {
	attrs := []slog.Attr{slog.Int("left", r.Left)}
	for result, n := range r.Results {
		attrs = append(attrs, slog.Int(string(result), n))
	}
	h.log.LogAttrs(ctx, slog.LevelInfo, "recheck", attrs...)
}

// leaveTime takes a tenth of the time that is left for the answer.
func leaveTime(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, end.Add(-time.Until(end)/10))
}

// maxError is how much of an error is logged, in runes: errors quote foreign text.
const maxError = 500

func brief(err error) string { return clean.Truncate(err.Error(), maxError) }

func short(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(brief(err))
}

// response is the answer that everything went well: an empty list, not null.
func response() events.SQSEventResponse {
	return events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
}
