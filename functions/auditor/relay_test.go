package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/awstest"
	"why403/pkg/finding/dynamo"
)

// call is one call of the function on AWS.
type call struct {
	n       int // from 1, in the order in which they arrive
	service string
	op      string
}

// relay stands between the function and the emulators of DynamoDB and SNS. It makes faults
// at will: before a call reaches its service, and after.
type relay struct {
	dynamo, sns string
	before      func(call) (status int, body string) // 0: none
	after       func(call) bool                      // the answer is lost

	mu    sync.Mutex
	calls []call
}

// serve listens for one service until the end of the test.
func (r *relay) serve(t *testing.T, service, backend string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return // the function is gone
		}
		c := r.note(service, req, body)
		if r.before != nil {
			if status, text := r.before(c); status != 0 {
				w.Header().Set("Content-Type", req.Header.Get("Content-Type"))
				w.WriteHeader(status)
				_, _ = io.WriteString(w, text)
				return
			}
		}
		out, err := http.NewRequestWithContext(t.Context(), req.Method, backend+req.URL.Path, bytes.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		out.Header = req.Header.Clone()
		answer, err := http.DefaultTransport.RoundTrip(out)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		whole, _ := io.ReadAll(answer.Body)
		if r.after != nil && r.after(c) {
			panic(http.ErrAbortHandler) // the connection is cut
		}
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = w.Write(whole)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (r *relay) note(service string, req *http.Request, body []byte) call {
	r.mu.Lock()
	defer r.mu.Unlock()
	op := req.Header.Get("X-Amz-Target")
	if _, after, ok := strings.Cut(op, "."); ok {
		op = after
	}
	if op == "" {
		op, _, _ = strings.Cut(strings.TrimPrefix(string(body), "Action="), "&")
	}
	c := call{len(r.calls) + 1, service, op}
	r.calls = append(r.calls, c)
	return c
}

// testStack is a table and a topic for the function, behind a relay.
type testStack struct {
	*relay
	binary, table, topic string
	dynalite             *awstest.Dynalite
	moto                 *awstest.Moto
	receive              func() []awstest.Message
	env                  []string
}

// start runs the function's binary.
func (s *testStack) start(t *testing.T) function {
	t.Helper()
	return function{awstest.StartRuntimeAPI(t, s.binary, slices.Concat(s.moto.Env(), []string{
		"AWS_ENDPOINT_URL_DYNAMODB=" + s.dynamo, "AWS_ENDPOINT_URL_SNS=" + s.sns,
		"WHY403_TABLE=" + s.table, "WHY403_ALERT_TOPIC_ARN=" + s.topic, "WHY403_ACCOUNT=555555555555",
		"WHY403_QUIET_START_HOURS=0", "AWS_LAMBDA_LOG_FORMAT=JSON",
	}, s.env)...)}
}

// newStack makes a table and a topic that nobody else has.
func newStack(t *testing.T, binary string, d *awstest.Dynalite, m *awstest.Moto, name string) *testStack {
	t.Helper()
	s := &testStack{relay: &relay{}, binary: binary, table: name, dynalite: d, moto: m}
	s.dynamo, s.sns = s.serve(t, "DynamoDB", d.URL()), s.serve(t, "SNS", m.URL())
	if err := awstest.CreateFindingsTable(t.Context(), d.Config(t.Context()), name); err != nil {
		t.Fatal(err)
	}
	topic, receive, err := m.CreateTopicWithInbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.topic = topic
	s.receive = func() []awstest.Message {
		sent, err := receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return sent
	}
	return s
}

// findings are the counts of the findings in the table, by bucket.
func (s *testStack) findings(t *testing.T) map[string]string {
	t.Helper()
	items, err := awstest.ScanTable(t.Context(), s.dynalite.Config(t.Context()), s.table)
	if err != nil {
		t.Fatal(err)
	}
	text := func(v types.AttributeValue) string {
		switch v := v.(type) {
		case *types.AttributeValueMemberS:
			return v.Value
		case *types.AttributeValueMemberN:
			return v.Value
		case *types.AttributeValueMemberBOOL:
			return fmt.Sprint(v.Value)
		}
		return ""
	}
	out := make(map[string]string)
	for _, item := range items {
		if text(item["id"]) != dynamo.LedgerID && text(item["part"]) == "head" {
			out[text(item["bucket"])] = text(item["count"])
			if text(item["count_approximate"]) == "true" {
				out[text(item["bucket"])] += " or so"
			}
		}
	}
	return out
}

// queue is what SQS does with messages: those that failed come again, and after five times
// they are dead letters.
//
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
type queue struct {
	mu       sync.Mutex
	waiting  []message
	dead     []string
	receives int
}

type message struct {
	id       string
	body     []byte
	received int
}

const maxReceives = 5

// take receives up to n messages.
func (q *queue) take(n int) []message {
	q.mu.Lock()
	defer q.mu.Unlock()
	n = min(n, len(q.waiting))
	batch := slices.Clone(q.waiting[:n])
	q.waiting = q.waiting[n:]
	q.receives += n
	return batch
}

// settle puts back what failed.
func (q *queue) settle(batch []message, failed []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range batch {
		if !slices.Contains(failed, m.id) {
			continue
		}
		if m.received++; m.received >= maxReceives {
			q.dead = append(q.dead, m.id)
			continue
		}
		q.waiting = append(q.waiting, m)
	}
}

func payload(t *testing.T, batch []message) []byte {
	t.Helper()
	var event events.SQSEvent
	for _, m := range batch {
		event.Records = append(event.Records, events.SQSMessage{MessageId: m.id, Body: string(m.body), EventSource: "aws:sqs"})
	}
	b, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// deliver gives a batch to the function, and returns what must come again: all of it where
// the function did not answer.
func deliver(t *testing.T, f function, batch []message) (failed []string, answered bool) {
	t.Helper()
	response, functionErr, err := f.Invoke(t.Context(), payload(t, batch))
	if err != nil || functionErr != nil {
		for _, m := range batch {
			failed = append(failed, m.id)
		}
		return failed, false
	}
	var out events.SQSEventResponse
	if err := json.Unmarshal(response, &out); err != nil {
		t.Fatal(err)
	}
	for _, failure := range out.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}
	return failed, true
}

// denied is a denial of the finding with that number, as EventBridge delivers it.
func denied(finding, event int) []byte {
	return fmt.Appendf(nil, `{"version":"0","id":"%08x-0000-4000-8000-%012d","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","account":"111111111111","time":"2026-11-26T08:00:00Z","region":"us-east-1","detail":{
		"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","eventTime":"2026-11-26T08:%02d:%02dZ","eventCategory":"Data","recipientAccountId":"111111111111",
		"errorCode":"AccessDenied","errorMessage":"User: arn:aws:iam::111111111111:user/u%d is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::acme-%d/data/k%d\" because no identity-based policy allows the s3:GetObject action",
		"eventID":"%08x-1111-4000-8000-%012d","requestID":"R%d-%d","sourceIPAddress":"198.51.100.7","userAgent":"[aws-sdk-go-v2]",
		"userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE%09d","arn":"arn:aws:iam::111111111111:user/u%d","accountId":"111111111111","accessKeyId":"AKIAEXAMPLE%09d","userName":"u%d"},
		"requestParameters":{"bucketName":"acme-%d","key":"data/k%d","Host":"acme-%d.s3.us-east-1.amazonaws.com"}}}`,
		finding, event, event/60%60, event%60, finding, finding, event%7, finding, event, finding, event, finding, finding, finding, finding, finding, event%7, finding)
}

func shuffle[T any](items []T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, cmp.Or(seed, 1)))
	r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
}
