package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// poster posts to a webhook.
type poster struct {
	client *http.Client
}

// refused says why a message was not taken, without the URL it was sent to.
type refused struct {
	status int    // of HTTP; 0: no answer
	said   string // by Slack, a word
	// after is how long Slack asks to wait.
	after time.Duration
}

// Error implements error.
func (r *refused) Error() string {
	if r.status == 0 {
		return "Slack did not answer: " + r.said
	}
	return fmt.Sprintf("Slack answered %d: %s", r.status, r.said)
}

// again reports whether another try may help: Slack was busy, broken or silent.
func (r *refused) again() bool {
	return r.status == 0 || r.status == http.StatusTooManyRequests || r.status >= http.StatusInternalServerError
}

// gone reports whether the webhook itself is refused, so that another may have been put
// in its place.
//
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
func (r *refused) gone() bool {
	return r.status == http.StatusForbidden || r.status == http.StatusNotFound || r.status == http.StatusGone
}

func (p poster) post(ctx context.Context, webhook, payload string) error {
	u, err := url.Parse(webhook)
	// The error of Parse has the URL in it.
	if err != nil || u.Host == "" || u.Scheme != "https" {
		return errors.New("the secret with the webhook holds no https URL")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, webhook, strings.NewReader(payload))
	if err != nil {
		return errors.New("the secret with the webhook holds no URL that can be asked")
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := p.client.Do(req)
	if err != nil {
		return &refused{said: withoutURL(err)}
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 200)) // what there is of it will do
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	r := &refused{status: resp.StatusCode, said: word(string(said))}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		r.after = time.Duration(seconds) * time.Second
	}
	return r
}

// word is the code at the beginning of an answer, such as invalid_blocks. The rest could
// be anything, the URL too.
func word(said string) string {
	code := strings.TrimLeft(said, "abcdefghijklmnopqrstuvwxyz_")
	if code = said[:len(said)-len(code)]; code != "" {
		return code
	}
	return "no reason given"
}

// withoutURL is an error of the HTTP client without the URL that it begins with.
func withoutURL(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err.Error()
	}
	return "the request failed"
}
