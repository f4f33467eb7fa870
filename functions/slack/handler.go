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
	"why403/pkg/alert/slack"
)

// Slack takes about one message a second for a channel, and says so by 429.
const (
	maxTries = 4
	minWait  = time.Second
)

// handler posts what comes through the topic of machine-readable alerts.
type handler struct {
	secret *kept
	post   func(ctx context.Context, webhook, payload string) error
	sleep  func(context.Context, time.Duration) error
	log    *slog.Logger
}

// handle posts each record. An error lets Lambda try the invocation again, and then send
// it to the dead-letter queue; SNS hands a function one record at a time.
func (h *handler) handle(ctx context.Context, event events.SNSEvent) error {
	var failed []error
	for _, r := range event.Records {
		if err := h.record(ctx, r.SNS); err != nil {
			h.log.LogAttrs(ctx, slog.LevelError, "alert not posted", slog.String("messageId", r.SNS.MessageID), slog.String("error", err.Error()))
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func (h *handler) record(ctx context.Context, m events.SNSEntity) error {
	var e alert.Event
	if err := json.Unmarshal([]byte(m.Message), &e); err != nil || e.Format != alert.EventFormat {
		// No repetition helps; what it says is foreign and stays out of the log.
		return fmt.Errorf("the message is no alert of the format %s", alert.EventFormat)
	}
	payload := slack.Alert(e)
	if err := payload.Check(); err != nil {
		return fmt.Errorf("the alert is none that Slack takes: %w", err)
	}
	text, err := payload.JSON()
	if err != nil {
		return err
	}
	if err := h.deliver(ctx, text); err != nil {
		return err
	}
	h.log.LogAttrs(ctx, slog.LevelInfo, "alert posted", slog.String("messageId", m.MessageID), slog.String("reason", string(e.Reason)))
	return nil
}

// deliver posts, and again where that may help and the time allows it.
func (h *handler) deliver(ctx context.Context, payload string) error {
	wait := minWait
	renewed := false
	for try := 1; ; try++ {
		webhook, err := h.secret.get(ctx)
		if err != nil {
			return err
		}
		err = h.post(ctx, webhook, payload)
		var r *refused
		switch {
		case err == nil:
			return nil
		case !errors.As(err, &r):
			h.secret.forget()
			return err
		case r.gone() && !renewed:
			h.secret.forget() // it may have been replaced
			renewed = true
			continue
		case !r.again() || try >= maxTries:
			return err
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) < max(wait, r.after) {
			return fmt.Errorf("no time to try again: %w", err)
		}
		if err := h.sleep(ctx, max(wait, r.after)); err != nil {
			return fmt.Errorf("waiting to try again: %w", err)
		}
		wait *= 2
	}
}
