package awstest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// Inbox is an HTTP endpoint on the loopback interface that takes SNS
// notifications. Subscribe its URL to a topic of a [Moto] with protocol "http".
//
// Moto sends no message attributes and asks for no confirmation over HTTP.
type Inbox struct {
	server *httptest.Server

	mu       sync.Mutex
	messages []Message
}

// StartInbox opens an inbox until the end of the test. The test fails if
// anything but an SNS notification is sent to it.
func StartInbox(t testing.TB) *Inbox {
	t.Helper()
	in := &Inbox{}
	in.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		msg, err := readNotification(r)
		if err != nil {
			t.Errorf("awstest: inbox: %v", err)
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		in.mu.Lock()
		defer in.mu.Unlock()
		in.messages = append(in.messages, msg)
	}))
	t.Cleanup(in.server.Close)
	return in
}

func readNotification(r *http.Request) (Message, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return Message{}, err
	}
	return parseNotification(body)
}

// URL is the address to subscribe.
func (in *Inbox) URL() string { return in.server.URL }

// Messages returns what has arrived so far, oldest first.
func (in *Inbox) Messages() []Message {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.messages)
}
