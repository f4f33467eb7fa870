// Package sns sends alerts to an SNS topic.
package sns

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"why403/pkg/alert"
)

// What SNS takes.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const (
	maxSubject = 99      // fewer than 100 characters
	maxMessage = 262_144 // bytes, attributes included
)

// API is what a Sender needs of an SNS client.
type API interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// Sender delivers alerts to one topic. It is safe for concurrent use.
type Sender struct {
	api   API
	topic string
}

// New returns a Sender that publishes to the topic.
func New(api API, topicARN string) *Sender { return &Sender{api, topicARN} }

// Send publishes a message. One that SNS would refuse is not tried.
func (s *Sender) Send(ctx context.Context, m alert.Message) error {
	if err := check(m); err != nil {
		return fmt.Errorf("publishing to %s: %w", s.topic, err)
	}
	// One text for all subscribers: with a text for each protocol (MessageStructure)
	// SNS passes no attributes on.
	in := &sns.PublishInput{TopicArn: &s.topic, Subject: &m.Subject, Message: &m.Body}
	if len(m.Attributes) > 0 {
		in.MessageAttributes = make(map[string]types.MessageAttributeValue, len(m.Attributes))
	}
	for name, value := range m.Attributes {
		in.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String(stringType), StringValue: &value}
	}
	if _, err := s.api.Publish(ctx, in); err != nil {
		return fmt.Errorf("publishing to %s: %w", s.topic, err)
	}
	return nil
}

const stringType = "String"

// check refuses what SNS would refuse, in words that say which part it is.
func check(m alert.Message) error {
	switch {
	case m.Subject == "":
		return errors.New("the message has no subject")
	case len(m.Subject) > maxSubject:
		return fmt.Errorf("the subject has %d characters, SNS takes %d", len(m.Subject), maxSubject)
	case m.Body == "":
		return errors.New("the message has no body")
	}
	if m.Subject[0] == ' ' {
		return errors.New("the subject begins with a space")
	}
	for i := range len(m.Subject) {
		if c := m.Subject[i]; c < ' ' || c > '~' {
			return fmt.Errorf("the subject has the byte %#02x at %d, which is not printable ASCII", c, i)
		}
	}
	size := len(m.Body)
	for name, value := range m.Attributes {
		if name == "" || value == "" {
			return fmt.Errorf("the attribute %q has the value %q; neither may be empty", name, value)
		}
		size += len(name) + len(stringType) + len(value)
	}
	if size > maxMessage {
		return fmt.Errorf("the message has %d bytes with its attributes, SNS takes %d", size, maxMessage)
	}
	return nil
}
