package awstest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestMoto(t *testing.T) {
	m := StartMoto(t)
	for name, f := range map[string]func(*testing.T, *Moto){
		"config":     testConfig,
		"env":        testEnv,
		"sqs inbox":  testTopicWithInbox,
		"lost reply": testInboxAfterLostReply,
		"late":       testInboxWaitsForDelayed,
		"http inbox": testHTTPInbox,
		"table":      testTable,
		"reset":      testReset,
	} {
		t.Run(name, func(t *testing.T) {
			if err := m.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			f(t, m)
		})
	}
}

func testConfig(t *testing.T, m *Moto) {
	t.Setenv("AWS_CA_BUNDLE", "/no/such/file")
	t.Setenv("AWS_PROFILE", "someone")
	wantIdentity(t, m.Config(t.Context()))
}

func wantIdentity(t *testing.T, cfg aws.Config) {
	t.Helper()
	out, err := sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(out.Account); got != "123456789012" {
		t.Errorf("account is %q", got)
	}
}

func testTopicWithInbox(t *testing.T, m *Moto) {
	topic, receive, err := m.CreateTopicWithInbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, receiveOther, err := m.CreateTopicWithInbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := sns.NewFromConfig(m.Config(t.Context()))
	want := []Message{{
		Subject:    "denied",
		Body:       "first",
		Attributes: map[string]string{"severity": "high", "count": "3"},
	}}
	_, err = client.Publish(t.Context(), &sns.PublishInput{
		TopicArn: &topic,
		Subject:  aws.String("denied"),
		Message:  aws.String("first"),
		MessageAttributes: map[string]snstypes.MessageAttributeValue{
			"severity": {DataType: aws.String("String"), StringValue: aws.String("high")},
			"count":    {DataType: aws.String("Number"), StringValue: aws.String("3")},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 12 { // more than one ReceiveMessage call returns
		body := fmt.Sprintf("more %d", i)
		if _, err := client.Publish(t.Context(), &sns.PublishInput{TopicArn: &topic, Message: &body}); err != nil {
			t.Fatal(err)
		}
		want = append(want, Message{Body: body})
	}
	wantMessages(t, receive, want)
	wantMessages(t, receive, nil)
	wantMessages(t, receiveOther, nil)

	_, err = client.Publish(t.Context(), &sns.PublishInput{
		TopicArn:         &topic,
		MessageStructure: aws.String("json"),
		Message:          aws.String(`{"default":"d","sqs":"for queues","email":"e"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	wantMessages(t, receive, []Message{{Body: "for queues"}})
}

func wantMessages(t *testing.T, receive func(context.Context) ([]Message, error), want []Message) {
	t.Helper()
	got, err := receive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byBody := cmpopts.SortSlices(func(a, b Message) bool { return a.Body < b.Body })
	if diff := cmp.Diff(want, got, byBody); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// losing is an HTTP client that loses the response to the nth request.
type losing struct {
	client aws.HTTPClient
	n      atomic.Int32
}

func (l *losing) Do(req *http.Request) (*http.Response, error) {
	resp, err := l.client.Do(req)
	if err == nil && l.n.Add(-1) == 0 {
		resp.Body.Close()
		return nil, &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	}
	return resp, err
}

func testInboxAfterLostReply(t *testing.T, m *Moto) {
	for n := range int32(3) { // receive, delete, count
		topic, _, err := m.CreateTopicWithInbox(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		cfg := m.Config(t.Context())
		if _, err := sns.NewFromConfig(cfg).Publish(t.Context(), &sns.PublishInput{TopicArn: &topic, Message: aws.String("m")}); err != nil {
			t.Fatal(err)
		}
		lost := &losing{client: cfg.HTTPClient}
		cfg.HTTPClient = lost
		cfg.Retryer = func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
		}
		client := sqs.NewFromConfig(cfg)
		queue := queueOf(t, client, topic)
		lost.n.Store(n + 1)
		got, err := drain(t.Context(), client, queue)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Message{{Body: "m"}}, got); diff != "" {
			t.Errorf("response %d lost: messages (-want +got):\n%s", n+1, diff)
		}
	}
}

func testInboxWaitsForDelayed(t *testing.T, m *Moto) {
	topic, receive, err := m.CreateTopicWithInbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := sqs.NewFromConfig(m.Config(t.Context()))
	queue := queueOf(t, client, topic)
	_, err = client.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl:     queue,
		MessageBody:  aws.String(`{"Type":"Notification","Message":"late"}`),
		DelaySeconds: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := receive(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's error", err)
	}
	wantMessages(t, receive, []Message{{Body: "late"}})
}

// queueOf returns the URL of the queue behind a topic's inbox.
func queueOf(t *testing.T, client *sqs.Client, topicARN string) *string {
	t.Helper()
	name := topicARN[strings.LastIndex(topicARN, ":")+1:]
	out, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	return out.QueueUrl
}

func testHTTPInbox(t *testing.T, m *Moto) {
	inbox := StartInbox(t)
	topic, _, err := m.CreateTopicWithInbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := sns.NewFromConfig(m.Config(t.Context()))
	_, err = client.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: &topic, Protocol: aws.String("http"), Endpoint: aws.String(inbox.URL())})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Publish(t.Context(), &sns.PublishInput{TopicArn: &topic, Subject: aws.String("s"), Message: aws.String("m")})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Message{{Subject: "s", Body: "m"}}, inbox.Messages()); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func testTable(t *testing.T, m *Moto) {
	ctx, cfg := t.Context(), m.Config(t.Context())
	if err := CreateFindingsTable(ctx, cfg, "findings"); err != nil {
		t.Fatal(err)
	}
	client := dynamodb.NewFromConfig(cfg)
	item := map[string]types.AttributeValue{}
	for key, value := range map[string]string{
		"id": "f1", "part": "finding", "status": "open", "bucket": "b", "requester": "r", "cause": "c", "last_seen": "2026-01-02T03:04:05Z",
	} {
		item[key] = &types.AttributeValueMemberS{Value: value}
	}
	if _, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("findings"), Item: item}); err != nil {
		t.Fatal(err)
	}
	got, err := ScanTable(ctx, cfg, "findings")
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]types.AttributeValue{item}
	values := cmpopts.IgnoreUnexported(types.AttributeValueMemberS{})
	if diff := cmp.Diff(want, got, values); diff != "" {
		t.Errorf("scan (-want +got):\n%s", diff)
	}
	for _, key := range []string{"status", "bucket", "requester", "cause"} {
		out, err := client.Query(ctx, &dynamodb.QueryInput{
			TableName:                 aws.String("findings"),
			IndexName:                 aws.String("by-" + key),
			KeyConditionExpression:    aws.String("#k = :v AND last_seen > :since"),
			ExpressionAttributeNames:  map[string]string{"#k": key},
			ExpressionAttributeValues: map[string]types.AttributeValue{":v": item[key], ":since": &types.AttributeValueMemberS{Value: "2026"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.Items, values); diff != "" {
			t.Errorf("by-%s (-want +got):\n%s", key, diff)
		}
	}

	if err := CreateFindingsTable(ctx, cfg, "findings"); err == nil {
		t.Error("no error for a table that exists")
	}
	if _, err := ScanTable(ctx, cfg, "nothing"); err == nil {
		t.Error("no error for a table that does not exist")
	}
}

func testReset(t *testing.T, m *Moto) {
	ctx, cfg := t.Context(), m.Config(t.Context())
	for range 2 { // the second time works only after a reset
		if err := CreateFindingsTable(ctx, cfg, "findings"); err != nil {
			t.Fatal(err)
		}
		if err := m.Reset(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

func testEnv(t *testing.T, m *Moto) {
	t.Setenv("AWS_CA_BUNDLE", "/no/such/file")
	t.Setenv("AWS_PROFILE", "someone")
	for _, kv := range m.Env() {
		key, value, ok := strings.Cut(kv, "=")
		if !ok {
			t.Fatalf("%q is not KEY=value", kv)
		}
		t.Setenv(key, value)
	}
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantIdentity(t, cfg)
}

func TestMotoMissing(t *testing.T) {
	start := func(tb testing.TB) { StartMoto(tb) }
	script := func(text string) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "moto_server"), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	for _, test := range []struct {
		name, path, ci string
		skip, fatal    string
	}{
		{name: "not on PATH", path: t.TempDir(), skip: "pip install"},
		{name: "not on PATH in CI", path: t.TempDir(), ci: "true", fatal: "pip install"},
		{name: "a wrapper without the program", path: script("echo no such command; exit 127"), skip: "pip install"},
		{name: "does not start", path: script("echo port taken >&2; exit 1"), fatal: "exit status 1 before it listened; last output:\nport taken"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("PATH", test.path)
			t.Setenv("CI", test.ci)
			got := outcomeOf(t, start)
			if (got.skip == "") != (test.skip == "") || !strings.Contains(got.skip, test.skip) {
				t.Errorf("skipped with %q, want %q", got.skip, test.skip)
			}
			if (got.fatal == "") != (test.fatal == "") || !strings.Contains(got.fatal, test.fatal) {
				t.Errorf("failed with %q, want %q", got.fatal, test.fatal)
			}
		})
	}
	t.Run("silent", func(t *testing.T) {
		t.Setenv("PATH", script("exec /bin/sleep 60"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := LaunchMoto(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error", err)
		}
	})
}
