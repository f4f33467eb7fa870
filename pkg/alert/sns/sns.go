// Package sns sends alerts to SNS topics.
package sns

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"why403/pkg/alert"
	"why403/pkg/alert/slack"
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

// Topics are where alerts are published, each for one kind of reader: SNS passes no
// attributes on where one message has a text for each protocol (MessageStructure). Chat
// and Machine may be empty.
type Topics struct {
	People  string // mail
	Chat    string // Amazon Q Developer in chat applications
	Machine string // JSON: functions/slack, and programs of the operator's own
}

// Sender delivers alerts to topics. It is safe for concurrent use.
type Sender struct {
	api    API
	topics Topics
}

// New returns a Sender that publishes to the topics.
func New(api API, topics Topics) *Sender { return &Sender{api, topics} }

// Send publishes a message to each topic, to people first; a route of the message stands
// in for their topic. One that SNS would refuse is not tried. If a later topic fails, an
// earlier one has the message already, and gets it again when it is sent again.
func (s *Sender) Send(ctx context.Context, m alert.Message) error {
	people := s.topics.People
	if m.Topic != "" {
		people = m.Topic
	}
	if err := s.publish(ctx, people, m, m.Body); err != nil {
		return err
	}
	if s.topics.Chat != "" {
		text, err := slack.AmazonQ(m.Event).JSON()
		if err != nil {
			return err
		}
		if err := s.publish(ctx, s.topics.Chat, m, text); err != nil {
			return err
		}
	}
	if s.topics.Machine != "" {
		doc, err := m.Event.JSON()
		if err != nil {
			return err
		}
		return s.publish(ctx, s.topics.Machine, m, string(doc))
	}
	return nil
}

func (s *Sender) publish(ctx context.Context, topic string, m alert.Message, text string) error {
	m.Body = text
	if err := check(m); err != nil {
		return fmt.Errorf("publishing to %s: %w", topic, err)
	}
	in := &sns.PublishInput{TopicArn: &topic, Subject: &m.Subject, Message: &m.Body}
	if len(m.Attributes) > 0 {
		in.MessageAttributes = make(map[string]types.MessageAttributeValue, len(m.Attributes))
	}
	for name, value := range m.Attributes {
		in.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String(stringType), StringValue: &value}
	}
	if _, err := s.api.Publish(ctx, in); err != nil {
		return fmt.Errorf("publishing to %s: %w", topic, err)
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
