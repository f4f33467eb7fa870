package awstest

import (
	"encoding/json"
	"fmt"
)

// Message is a notification as a subscriber of an SNS topic sees it.
type Message struct {
	Subject    string
	Body       string
	Attributes map[string]string // values by name; binary values are base64
}

// parseNotification reads the JSON envelope SNS puts around a message.
func parseNotification(data []byte) (Message, error) {
	var env struct {
		Type, Subject, Message string
		MessageAttributes      map[string]struct{ Value string }
	}
	if err := json.Unmarshal(data, &env); err != nil {
		return Message{}, fmt.Errorf("reading an SNS envelope: %w", err)
	}
	if env.Type != "Notification" {
		return Message{}, fmt.Errorf("reading an SNS envelope: type is %q, not Notification", env.Type)
	}
	m := Message{Subject: env.Subject, Body: env.Message}
	for name, a := range env.MessageAttributes {
		if m.Attributes == nil {
			m.Attributes = make(map[string]string)
		}
		m.Attributes[name] = a.Value
	}
	return m, nil
}
