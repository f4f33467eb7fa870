package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"why403/pkg/alert"
	"why403/pkg/auditor"
)

// handler is the function: it takes documents out of what Lambda delivers, and
// tells Lambda which of them must come again.
type handler struct {
	audit  func(context.Context, []auditor.Input) auditor.Report
	digest func(context.Context) ([]alert.Message, error)
	log    *slog.Logger
	// metrics is where lines of metrics go, as they are: the log; nil: nowhere.
	metrics io.Writer
	now     func() time.Time
}

// handle takes a batch of SQS messages, or one event as EventBridge, a test in
// the console or "sam local invoke" sends it.
//
// Of a batch, it answers with the messages that failed: those that should be
// tried again, and those that cannot be read, which SQS moves to the dead-letter
// queue after some more tries, where nobody loses them. One event that failed is
// an error.
func (h *handler) handle(ctx context.Context, payload json.RawMessage) (events.SQSEventResponse, error) {
	ctx, cancel := leaveTime(ctx)
	defer cancel()
	if isTick(payload) {
		return response(), h.tick(ctx)
	}
	messages, isBatch, err := batch(payload)
	if err != nil {
		return events.SQSEventResponse{}, err
	}
	if !isBatch {
		messages = []auditor.Input{{Body: payload}}
	}
	report := h.audit(ctx, messages)
	h.write(ctx, report)
	h.measure(ctx, report, len(messages))
	if !isBatch {
		return response(), single(report)
	}
	return failures(report)
}

// isTick reports whether the payload is what the schedule sends.
func isTick(payload json.RawMessage) bool {
	var probe struct {
		Why403 string `json:"why403"`
	}
	return json.Unmarshal(payload, &probe) == nil && probe.Why403 == "digest"
}

// tick sends the digests that are due.
func (h *handler) tick(ctx context.Context) error {
	sent, err := h.digest(ctx)
	for _, m := range sent {
		h.log.LogAttrs(ctx, slog.LevelInfo, "digest", slog.Int("findings", m.Event.Digest.Count), slog.String("because", m.Event.Digest.Why))
	}
	if err != nil {
		return errors.New(brief(err))
	}
	return nil
}

// leaveTime takes a tenth of the time that is left for the answer: it names the
// messages that there was no time for, while a function that is stopped fails
// the whole batch.
func leaveTime(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, end.Add(-time.Until(end)/10))
}

// batch returns the messages of a batch from SQS, and whether the payload is one.
func batch(payload json.RawMessage) (messages []auditor.Input, isBatch bool, err error) {
	type record struct {
		EventSource string `json:"eventSource"`
	}
	var probe struct {
		Records []record `json:"Records"`
	}
	// What is no object of this form is no batch; the auditor says what is wrong.
	if json.Unmarshal(payload, &probe) != nil || probe.Records == nil {
		return nil, false, nil
	}
	// A CloudTrail log file has records too, of other sources.
	fromSQS := func(r record) bool { return r.EventSource == "aws:sqs" }
	if len(probe.Records) > 0 && !slices.ContainsFunc(probe.Records, fromSQS) {
		return nil, false, nil
	}
	var event events.SQSEvent
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, false, fmt.Errorf("reading a batch from SQS: %w", err)
	}
	messages = make([]auditor.Input, len(event.Records))
	for i, m := range event.Records {
		messages[i] = auditor.Input{ID: m.MessageId, Body: []byte(m.Body)}
	}
	return messages, true, nil
}

// failures answers with the messages of a batch that failed.
func failures(report auditor.Report) (events.SQSEventResponse, error) {
	out := response()
	retry, unreadable := report.Failed()
	for _, r := range slices.Concat(retry, unreadable) {
		if r.ID == "" {
			// An empty name would fail the whole batch too, but without saying why.
			return events.SQSEventResponse{}, fmt.Errorf("a message without an id failed, so that the batch must come again: %s", brief(r.Err))
		}
		out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: r.ID})
	}
	return out, nil
}

// response is the answer that everything went well: an empty list, not null.
func response() events.SQSEventResponse {
	return events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
}

// single returns the error of the only input.
func single(report auditor.Report) error {
	for _, r := range report.Results {
		if r.Err != nil {
			return errors.New(brief(r.Err))
		}
	}
	return nil
}
