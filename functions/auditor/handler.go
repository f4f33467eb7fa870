package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"why403/pkg/auditor"
	"why403/pkg/stack"
)

// handler is the function: it takes documents out of what Lambda delivers, and
// tells Lambda which of them must come again.
type handler struct {
	audit func(context.Context, []auditor.Input) auditor.Report
	log   *slog.Logger
	// metrics is where lines of metrics go, as they are: the log; nil: nowhere.
	metrics io.Writer
	now     func() time.Time
	reads   []string // accounts whose policies are read
}

// handle takes a batch of SQS messages, or one event as EventBridge, a test in
// the console or "sam local invoke" sends it.
//
// Of a batch, it answers with the messages that failed: those that should be
// tried again, and those that cannot be read, which SQS moves to the dead-letter
// queue after some more tries, where nobody loses them. One event that failed is
// an error.
func (h *handler) handle(ctx context.Context, payload json.RawMessage) (events.SQSEventResponse, error) {
	ctx, cancel := stack.LeaveTime(ctx)
	defer cancel()
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
		return stack.Response(), single(report)
	}
	return failures(report)
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
	out := stack.Response()
	retry, unreadable := report.Failed()
	for _, r := range slices.Concat(retry, unreadable) {
		if r.ID == "" {
			// An empty name would fail the whole batch too, but without saying why.
			return events.SQSEventResponse{}, fmt.Errorf("a message without an id failed, so that the batch must come again: %s", stack.Brief(r.Err))
		}
		out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: r.ID})
	}
	return out, nil
}

// single returns the error of the only input.
func single(report auditor.Report) error {
	for _, r := range report.Results {
		if r.Err != nil {
			return stack.Short(r.Err)
		}
	}
	return nil
}
