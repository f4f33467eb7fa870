package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/google/go-cmp/cmp"

	"why403/pkg/awstest"
	"why403/pkg/finding/dynamo"
)

const (
	oneBad = "pkg/auditor/testdata/malformed/sqs-batch-one-bad.json"
	good   = "events/sqs-batch.json"
	// The message of oneBad that cannot be read.
	badMessage = "7cbbbdb9-df4e-441f-9e2f-9a30ef83b845"
)

// TestLambda runs the function's binary on the sample events, with DynamoDB and
// SNS of a moto server.
func TestLambda(t *testing.T) {
	moto := awstest.StartMoto(t)
	b := bench{moto: moto, cfg: moto.Config(t.Context()), binary: awstest.BuildLambda(t, "./functions/auditor")}
	t.Run("events", b.testEvents)
	t.Run("evidence", b.testEvidence)
	t.Run("quiet start", b.testQuietStart)
	t.Run("without the topic", b.testWithoutTopic)
	t.Run("without the table", b.testWithoutTable)
	t.Run("without settings", b.testWithoutSettings)
}

type bench struct {
	moto   *awstest.Moto
	cfg    aws.Config
	binary string
}

// start runs the function in an account that no sample is of: it reads no evidence then.
func (b bench) start(t *testing.T, table, topic string) function {
	t.Helper()
	return b.startIn(t, "555555555555", table, topic)
}

func (b bench) startIn(t *testing.T, account, table, topic string) function {
	t.Helper()
	return function{awstest.StartRuntimeAPI(t, b.binary, append(b.moto.Env(),
		"WHY403_TABLE="+table, "WHY403_ALERT_TOPIC_ARN="+topic, "WHY403_DOCS_BASE_URL=https://docs.example.com/why403",
		"WHY403_ACCOUNT="+account, "AWS_LAMBDA_LOG_FORMAT=JSON")...)}
}

func (b bench) createTable(t *testing.T, name string) {
	t.Helper()
	if err := awstest.CreateFindingsTable(t.Context(), b.cfg, name); err != nil {
		t.Fatal(err)
	}
}

// counts returns the counts of the findings in a table, by cause and requester's
// account, and the number of events that are noted as counted.
func (b bench) counts(t *testing.T, table string) (findings map[string]string, events int) {
	t.Helper()
	items, err := awstest.ScanTable(t.Context(), b.cfg, table)
	if err != nil {
		t.Fatal(err)
	}
	findings = make(map[string]string)
	counted := make(map[string]bool)
	for _, item := range items {
		text := func(name string) string {
			s, ok := item[name].(*types.AttributeValueMemberS)
			if !ok {
				t.Fatalf("the attribute %s of %v is no text", name, item)
			}
			return s.Value
		}
		if text("id") == dynamo.LedgerID {
			continue
		}
		for _, name := range []string{"events", "events_pending"} {
			if set, ok := item[name].(*types.AttributeValueMemberBS); ok {
				for _, event := range set.Value {
					counted[text("id")+string(event)] = true
				}
			}
		}
		if text("part") != "head" {
			continue
		}
		count, ok := item["count"].(*types.AttributeValueMemberN)
		if !ok {
			t.Fatalf("no count: %v", item)
		}
		findings[text("cause")+" "+text("requester_account")] = count.Value
	}
	return findings, len(counted)
}

func (b bench) wantCounts(t *testing.T, table string, want map[string]string, wantEvents int) {
	t.Helper()
	findings, events := b.counts(t, table)
	same(t, "counts", findings, want)
	same(t, "events counted", events, wantEvents)
}

// function is the running binary.
type function struct{ *awstest.Runtime }

// sample reads a file, named from the root of the module.
func sample(t *testing.T, file string) []byte {
	t.Helper()
	payload, err := os.ReadFile(filepath.Join("..", "..", file))
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// failed returns the messages of a batch that must come again.
func (f function) failed(t *testing.T, file string) []string {
	t.Helper()
	response, functionErr, err := f.Invoke(t.Context(), sample(t, file))
	if err != nil || functionErr != nil {
		t.Fatalf("%s: function error %v, error %v", file, functionErr, err)
	}
	var out events.SQSEventResponse
	if err := json.Unmarshal(response, &out); err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, failure := range out.BatchItemFailures {
		ids = append(ids, failure.ItemIdentifier)
	}
	return ids
}

func messageIDs(t *testing.T, file string) []string {
	t.Helper()
	var event events.SQSEvent
	if err := json.Unmarshal(sample(t, file), &event); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range event.Records {
		ids = append(ids, m.MessageId)
	}
	return ids
}

func (b bench) testEvents(t *testing.T) {
	topic, receive, err := b.moto.CreateTopicWithInbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	messages := func(step string, wantCauses ...string) {
		t.Helper()
		got, err := receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var causes []string
		for _, m := range got {
			first, _, _ := strings.Cut(m.Body, "\n")
			t.Logf("%s: subject %q, body of %d bytes that begins %q, attributes %v", step, m.Subject, len(m.Body), first, m.Attributes)
			causes = append(causes, m.Attributes["cause"])
			same(t, "reason", m.Attributes["reason"], "new")
			bucket := m.Attributes["bucket"]
			if bucket == "" || !strings.Contains(m.Subject, bucket) || !strings.Contains(m.Body, bucket) {
				t.Errorf("the message does not name the bucket %q: %q\n%s", bucket, m.Subject, m.Body)
			}
			if !strings.Contains(m.Body, "https://docs.example.com/why403/") {
				t.Errorf("the body has no link to the documents:\n%s", m.Body)
			}
		}
		slices.Sort(causes)
		same(t, step+": causes announced", causes, wantCauses)
	}
	const table = "events"
	b.createTable(t, table)
	f := b.start(t, table, topic)

	same(t, "failed of a batch with a bad message", f.failed(t, oneBad), []string{badMessage})
	messages(oneBad, "BUCKET_POLICY_EXPLICIT_DENY", "IDENTITY_NO_ALLOW")
	read, write := "IDENTITY_NO_ALLOW 111111111111", "BUCKET_POLICY_EXPLICIT_DENY 222222222222"
	b.wantCounts(t, table, map[string]string{read: "1", write: "1"}, 2)

	same(t, "failed of a good batch", f.failed(t, good), []string{})
	messages(good) // both findings are known
	counts := map[string]string{read: "3", write: "2"}
	b.wantCounts(t, table, counts, 5)

	// Delivered again, by SQS or by EventBridge.
	same(t, "failed of the bad batch again", f.failed(t, oneBad), []string{badMessage})
	same(t, "failed of the good batch again", f.failed(t, good), []string{})
	messages("again")
	b.wantCounts(t, table, counts, 5)

	// One event, without SQS around it.
	const single = "events/scp-explicit-deny.json"
	for _, wantCauses := range [][]string{{"SCP"}, nil} {
		if _, functionErr, err := f.Invoke(t.Context(), sample(t, single)); functionErr != nil || err != nil {
			t.Fatalf("%s: function error %v, error %v", single, functionErr, err)
		}
		messages(single, wantCauses...)
	}
	findings, _ := b.counts(t, table)
	same(t, "findings", len(findings), 3)
	_, functionErr, err := f.Invoke(t.Context(), []byte(`{"detail":{}}`))
	if err != nil || functionErr == nil {
		t.Errorf("an event that cannot be read: function error %v, error %v", functionErr, err)
	}

	wantLog(t, f.Logs())
}

// wantLog checks that each decision has a line, and that no line has an event.
func wantLog(t *testing.T, logs string) {
	t.Helper()
	count := make(map[string]int)
	for line := range strings.Lines(logs) {
		var entry struct{ Message, RequestID, Error, MessageID, FindingID string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			continue // the start of the runtime, and an error it reports
		}
		if entry.Message == "" {
			continue
		}
		count[entry.Message]++
		if entry.RequestID == "" {
			t.Errorf("no request id: %s", line)
		}
		if entry.Message == "cannot be read" && (entry.Error == "" || count["cannot be read"] < 3 && entry.MessageID != badMessage) {
			t.Errorf("it does not say which, or not why: %s", line)
		}
	}
	same(t, "log lines", count, map[string]int{"finding": 2*4 + 2, "cannot be read": 2 + 1})
	for _, foreign := range []string{"userIdentity", "AKIA", "203.0.113.", "Boto3", "2026-11-18.csv"} {
		if strings.Contains(logs, foreign) {
			t.Errorf("the log has %q of an event:\n%s", foreign, logs)
		}
	}
}

// testEvidence: AWS gives no reason, and the policies of the account tell.
func (b bench) testEvidence(t *testing.T) {
	const table, role = "findings-evidence", "evidence-app"
	b.createTable(t, table)
	topic, receive, err := b.moto.CreateTopicWithInbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	policies := iam.NewFromConfig(b.cfg)
	if _, err := policies.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String(role), AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := policies.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: aws.String(role), PolicyName: aws.String("no-reports"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-evidence/*"}]}`)}); err != nil {
		t.Fatal(err)
	}
	record := `{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","eventTime":"2026-11-23T09:00:00Z","errorCode":"AccessDenied","errorMessage":"Access Denied",
		"eventID":"4a0f6a38-8f6c-4b0e-9d0a-6d2f3f3f0001","eventCategory":"Data","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:job","arn":"arn:aws:sts::123456789012:assumed-role/evidence-app/job","accountId":"123456789012"},
		"requestParameters":{"bucketName":"acme-evidence","key":"report.csv"},"resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme-evidence","accountId":"123456789012"}]}`
	f := b.startIn(t, "123456789012", table, topic)
	if _, functionErr, err := f.Invoke(t.Context(), []byte(record)); functionErr != nil || err != nil {
		t.Fatalf("function error %v, error %v", functionErr, err)
	}
	b.wantCounts(t, table, map[string]string{"IDENTITY_EXPLICIT_DENY 123456789012": "1"}, 1)
	got, err := receive(t.Context())
	if err != nil || len(got) != 1 || !strings.Contains(got[0].Body, "no-reports") {
		t.Errorf("alerts %v, error %v; want one that names the policy", got, err)
	}
}

// testQuietStart: in its first hours a deployment only records, and its digest goes to
// every topic when its time has come.
func (b bench) testQuietStart(t *testing.T) {
	people, receive, err := b.moto.CreateTopicWithInbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	chat, receiveChat, err := b.moto.CreateTopicWithInbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	machine, receiveMachine, err := b.moto.CreateTopicWithInbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const table = "quiet-start"
	b.createTable(t, table)
	got := func(receive func(context.Context) ([]awstest.Message, error)) []awstest.Message {
		t.Helper()
		all, err := receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	env := append(b.moto.Env(), "WHY403_TABLE="+table, "WHY403_ALERT_TOPIC_ARN="+people,
		"WHY403_ACCOUNT=123456789012", "WHY403_CHAT_TOPIC_ARN="+chat, "WHY403_EVENT_TOPIC_ARN="+machine, "WHY403_QUIET_START_HOURS=24", "AWS_LAMBDA_LOG_FORMAT=JSON")
	f := function{awstest.StartRuntimeAPI(t, b.binary, env...)}
	recheck := function{awstest.StartRuntimeAPI(t, awstest.BuildLambda(t, "./functions/recheck"), env...)}
	tick := func() {
		t.Helper()
		if _, functionErr, err := recheck.Invoke(t.Context(), []byte(`{"why403":"digest"}`)); functionErr != nil || err != nil {
			t.Fatalf("function error %v, error %v", functionErr, err)
		}
	}
	same(t, "failed", f.failed(t, good), []string{})
	tick()
	same(t, "messages in the quiet start", len(got(receive))+len(got(receiveChat))+len(got(receiveMachine)), 0)
	if !strings.Contains(f.Logs(), `"held":"quiet start"`) {
		t.Error("the log does not say that they are held")
	}

	// As if its time had come.
	store := dynamo.New(dynamodb.NewFromConfig(b.cfg), table)
	due, err := store.Due(t.Context(), time.Now().Add(25*time.Hour))
	if err != nil || len(due) != 2 {
		t.Fatalf("held: %v, error %v", due, err)
	}
	if err := store.Release(t.Context(), due); err != nil {
		t.Fatal(err)
	}
	for _, h := range due {
		h.Until = time.Now().Add(-time.Minute)
		if err := store.Hold(t.Context(), h); err != nil {
			t.Fatal(err)
		}
	}
	tick()
	tick()
	for form, messages := range map[string][]awstest.Message{"DIGEST: 2 findings": got(receive), `"source":"custom"`: got(receiveChat), `"reason":"digest"`: got(receiveMachine)} {
		if len(messages) != 1 || !strings.Contains(messages[0].Body, form) || messages[0].Subject != "2 findings of the first 24 hours [why403 digest]" {
			t.Errorf("%s: %+v", form, messages)
		}
	}
}

func (b bench) testWithoutTopic(t *testing.T) {
	notifier := sns.NewFromConfig(b.cfg)
	name := aws.String("alerts-to-be")
	create := func() *string {
		topic, err := notifier.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return topic.TopicArn
	}
	arn := create()
	if _, err := notifier.DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: arn}); err != nil {
		t.Fatal(err)
	}
	const table = "without-topic"
	b.createTable(t, table)
	f := b.start(t, table, *arn)

	same(t, "failed", f.failed(t, good), messageIDs(t, good))
	counts := map[string]string{"IDENTITY_NO_ALLOW 111111111111": "2", "BUCKET_POLICY_EXPLICIT_DENY 222222222222": "1"}
	b.wantCounts(t, table, counts, 3)
	if !strings.Contains(f.Logs(), "finding recorded, alert failed") {
		t.Error("the log does not say what failed")
	}

	create()
	inbox := awstest.StartInbox(t)
	if _, err := notifier.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: arn, Protocol: aws.String("http"), Endpoint: aws.String(inbox.URL())}); err != nil {
		t.Fatal(err)
	}
	same(t, "failed once the topic is there", f.failed(t, good), []string{})
	same(t, "failed again", f.failed(t, good), []string{})
	same(t, "alerts", len(inbox.Messages()), 2)
	for _, m := range inbox.Messages() {
		t.Logf("once the topic is there: subject %q", m.Subject)
	}
	b.wantCounts(t, table, counts, 3)
}

func (b bench) testWithoutTable(t *testing.T) {
	topic, receive, err := b.moto.CreateTopicWithInbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const table = "without-table"
	f := b.start(t, table, topic)
	same(t, "failed", slices.Sorted(slices.Values(f.failed(t, oneBad))), slices.Sorted(slices.Values(messageIDs(t, oneBad))))
	if logs := f.Logs(); !strings.Contains(logs, "finding not recorded") || !strings.Contains(logs, "ResourceNotFoundException") {
		t.Errorf("the log does not say what failed:\n%s", logs)
	}
	b.createTable(t, table)
	same(t, "failed once the table is there", f.failed(t, oneBad), []string{badMessage})
	got, err := receive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "alerts", len(got), 2)
}

func (b bench) testWithoutSettings(t *testing.T) {
	f := awstest.StartRuntimeAPI(t, b.binary, append(b.moto.Env(), "WHY403_TABLE=findings")...)
	_, _, err := f.Invoke(t.Context(), []byte(`{}`))
	if !errors.Is(err, awstest.ErrExited) || !strings.Contains(err.Error(), "WHY403_ALERT_TOPIC_ARN") || strings.Contains(err.Error(), "WHY403_TABLE") {
		t.Errorf("got error %v, want one that names the missing variable", err)
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
