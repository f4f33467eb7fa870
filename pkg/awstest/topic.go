package awstest

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// CreateTopicWithInbox creates an SNS topic with a new name and an SQS queue
// subscribed to it. Each call of receive takes everything out of the queue that
// has arrived since the call before, in no particular order. Moto delivers
// before Publish returns: what was published before the call is received.
//
// To also check what an HTTP endpoint is sent, subscribe an [Inbox].
func (m *Moto) CreateTopicWithInbox(ctx context.Context) (topicARN string, receive func(context.Context) ([]Message, error), err error) {
	cfg := m.Config(ctx)
	notifier, queues := sns.NewFromConfig(cfg), sqs.NewFromConfig(cfg)
	name := "inbox-" + strings.ToLower(rand.Text())

	topic, err := notifier.CreateTopic(ctx, &sns.CreateTopicInput{Name: &name})
	if err != nil {
		return "", nil, fmt.Errorf("creating the topic of an inbox: %w", err)
	}
	queue, err := queues.CreateQueue(ctx, &sqs.CreateQueueInput{
		QueueName: &name,
		// A message stays visible until it is deleted. Otherwise it would be missed
		// when a response is lost on the way and the SDK asks again.
		Attributes: map[string]string{string(sqstypes.QueueAttributeNameVisibilityTimeout): "0"},
	})
	if err != nil {
		return "", nil, fmt.Errorf("creating the queue of an inbox: %w", err)
	}
	attrs, err := queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl:       queue.QueueUrl,
		AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn},
	})
	if err != nil {
		return "", nil, fmt.Errorf("asking for the ARN of an inbox queue: %w", err)
	}
	_, err = notifier.Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: topic.TopicArn,
		Protocol: aws.String("sqs"),
		Endpoint: aws.String(attrs.Attributes[string(sqstypes.QueueAttributeNameQueueArn)]),
	})
	if err != nil {
		return "", nil, fmt.Errorf("subscribing an inbox queue to its topic: %w", err)
	}
	receive = func(ctx context.Context) ([]Message, error) { return drain(ctx, queues, queue.QueueUrl) }
	return aws.ToString(topic.TopicArn), receive, nil
}

// drain receives and deletes messages until the queue holds none. It asks the
// queue for what it still holds instead of trusting an empty answer: a clock
// that is set back makes moto withhold a message for as long.
func drain(ctx context.Context, client *sqs.Client, queueURL *string) ([]Message, error) {
	var all []Message
	for {
		out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: queueURL, MaxNumberOfMessages: 10})
		if err != nil {
			return nil, fmt.Errorf("receiving from an inbox queue: %w", err)
		}
		for _, raw := range out.Messages {
			msg, err := parseNotification([]byte(aws.ToString(raw.Body)))
			if err != nil {
				return nil, err
			}
			all = append(all, msg)
			_, err = client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: queueURL, ReceiptHandle: raw.ReceiptHandle})
			if err != nil {
				return nil, fmt.Errorf("deleting from an inbox queue: %w", err)
			}
		}
		if len(out.Messages) > 0 {
			continue
		}
		empty, err := isEmpty(ctx, client, queueURL)
		if err != nil || empty {
			return all, err
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for a message in an inbox queue: %w", ctx.Err())
		}
	}
}

// isEmpty reports whether a queue holds no message, in whatever state.
func isEmpty(ctx context.Context, client *sqs.Client, queueURL *string) (bool, error) {
	counts := []sqstypes.QueueAttributeName{
		sqstypes.QueueAttributeNameApproximateNumberOfMessages,
		sqstypes.QueueAttributeNameApproximateNumberOfMessagesDelayed,
		sqstypes.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
	}
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: queueURL, AttributeNames: counts})
	if err != nil {
		return false, fmt.Errorf("counting the messages of an inbox queue: %w", err)
	}
	for _, name := range counts {
		if out.Attributes[string(name)] != "0" {
			return false, nil
		}
	}
	return true, nil
}
