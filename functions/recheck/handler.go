package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"why403/pkg/alert"
	"why403/pkg/recheck"
	"why403/pkg/stack"
)

// handler is the function: it takes events out of what SQS delivers, and does what the
// schedules ask for.
type handler struct {
	batch  func(context.Context, []recheck.Input) (recheck.Report, []recheck.Failure)
	all    func(context.Context) (recheck.Report, error)
	digest func(context.Context) ([]alert.Message, error)
	log    *slog.Logger
	// metrics is where lines of metrics go, as they are: the log; nil: nowhere.
	metrics io.Writer
	now     func() time.Time
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
	ctx, cancel := stack.LeaveTime(ctx)
	defer cancel()
	var asked struct {
		Why403  string              `json:"why403"`
		Records []events.SQSMessage `json:"Records"`
	}
	if err := json.Unmarshal(payload, &asked); err != nil {
		return events.SQSEventResponse{}, fmt.Errorf("reading what was asked for: %s", stack.Brief(err))
	}
	switch {
	case asked.Why403 == askRecheck:
		report, err := h.all(ctx)
		h.write(ctx, 0, report)
		return stack.Response(), stack.Short(err)
	case asked.Why403 == askDigest:
		sent, err := h.digest(ctx)
		for _, m := range sent {
			h.log.LogAttrs(ctx, slog.LevelInfo, "digest", slog.Int("findings", m.Event.Digest.Count), slog.String("because", m.Event.Digest.Why))
		}
		return stack.Response(), stack.Short(err)
	case asked.Records == nil:
		return events.SQSEventResponse{}, errors.New(`it is neither a batch from SQS nor {"why403":"recheck"} or {"why403":"digest"}`)
	}
	inputs := make([]recheck.Input, len(asked.Records))
	for i, m := range asked.Records {
		inputs[i] = recheck.Input{ID: m.MessageId, Body: []byte(m.Body)}
	}
	report, failures := h.batch(ctx, inputs)
	h.write(ctx, len(inputs)-len(failures), report)
	return h.failed(ctx, failures)
}

// failed answers with the messages that failed, and logs why.
func (h *handler) failed(ctx context.Context, failures []recheck.Failure) (events.SQSEventResponse, error) {
	out := stack.Response()
	for _, f := range failures {
		message := "not remembered"
		if f.Unreadable {
			message = "cannot be read"
		}
		h.log.LogAttrs(ctx, slog.LevelError, message, slog.String("messageId", f.ID), slog.String("error", stack.Brief(f.Err)))
		if f.ID == "" {
			// An empty name would fail the whole batch too, but without saying why.
			return events.SQSEventResponse{}, fmt.Errorf("a message without an id failed, so that the batch must come again: %s", stack.Brief(f.Err))
		}
		out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: f.ID})
	}
	return out, nil
}

// write logs a run, and what it did as metrics; changes is how many it was given.
func (h *handler) write(ctx context.Context, changes int, r recheck.Report) {
	attrs := []slog.Attr{slog.Int("changes", changes), slog.Int("left", r.Left)}
	for result, n := range r.Results {
		attrs = append(attrs, slog.Int(string(result), n))
	}
	h.log.LogAttrs(ctx, slog.LevelInfo, "recheck", attrs...)
	h.measure(ctx, changes, r)
}
