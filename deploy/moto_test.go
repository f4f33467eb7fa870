package deploy_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"why403/pkg/awstest"
	"why403/pkg/doctor"
)

// motoLacks are types that moto does not make, or lists without an id. What they say is held by the tests on the template.
var motoLacks = []string{
	"AWS::SQS::QueuePolicy", "AWS::Chatbot::SlackChannelConfiguration", "AWS::CloudWatch::Dashboard", "AWS::CloudWatch::Alarm", "AWS::Events::EventBus", "AWS::Events::EventBusPolicy",
	"AWS::Lambda::EventInvokeConfig", "AWS::Lambda::Permission", "AWS::SNS::TopicPolicy", "AWS::SNS::Subscription", "AWS::S3::BucketPolicy", "AWS::CloudTrail::Trail",
}

// TestStacks makes every mode of the translated template in moto, and sends events through one of them.
func TestStacks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "translated.json")
	if !translate(t, []string{templatePath, path}) {
		t.Skip("python3 with the SAM translator is not installed")
	}
	moto := awstest.StartMoto(t)
	for _, m := range modes() {
		if m.file != templatePath {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			if err := moto.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			createStack(t, moto, path, m)
		})
	}
	t.Run("events to alerts", func(t *testing.T) {
		if err := moto.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		given := params{"QuietStartHours": "0"}
		sendEvents(t, moto, given, createStack(t, moto, path, mode{file: templatePath, given: given}))
	})
}

// createStack returns the physical ids of a stack by the logical ones.
func createStack(t *testing.T, moto *awstest.Moto, path string, m mode) map[string]string {
	t.Helper()
	ctx, cfg := t.Context(), moto.Config(t.Context())
	putCode(t, cfg)
	body := string(readFile(t, path))
	in := &cloudformation.CreateStackInput{StackName: aws.String(stackName), TemplateBody: &body, Capabilities: []cftypes.Capability{cftypes.CapabilityCapabilityIam}}
	for name, value := range m.given {
		in.Parameters = append(in.Parameters, cftypes.Parameter{ParameterKey: aws.String(name), ParameterValue: aws.String(value)})
	}
	client := cloudformation.NewFromConfig(cfg)
	if _, err := client.CreateStack(ctx, in); err != nil {
		t.Fatal(err)
	}
	stacks, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: in.StackName})
	if err != nil {
		t.Fatal(err)
	}
	if status := stacks.Stacks[0].StackStatus; status != cftypes.StackStatusCreateComplete {
		t.Fatalf("status %s: %s", status, aws.ToString(stacks.Stacks[0].StackStatusReason))
	}
	out, err := client.DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{StackName: in.StackName})
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]string{}
	for _, r := range out.StackResources {
		made[aws.ToString(r.LogicalResourceId)] = aws.ToString(r.PhysicalResourceId)
	}
	var document object
	if err := json.Unmarshal([]byte(body), &document); err != nil {
		t.Fatal(err)
	}
	for name, resource := range deployedFrom(t, document, m.given).resources {
		if made[name] == "" && !slices.Contains(motoLacks, fmt.Sprint(at(resource, "Type"))) {
			t.Errorf("%s (%v) was not made", name, at(resource, "Type"))
		}
	}
	return made
}

// putCode puts something where the translation says that the functions' code is.
func putCode(t *testing.T, cfg aws.Config) {
	t.Helper()
	var code bytes.Buffer
	w := zip.NewWriter(&code)
	if _, err := w.Create("bootstrap"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("bucket")}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String("code.zip"), Body: bytes.NewReader(code.Bytes())}); err != nil {
		t.Fatal(err)
	}
}

// sendEvents puts the sample events on the bus, carries them from the queue to the function's binary as Lambda would, and
// looks into the table and into a queue subscribed to the alert topic.
func sendEvents(t *testing.T, moto *awstest.Moto, given params, made map[string]string) {
	t.Helper()
	ctx, cfg := t.Context(), moto.Config(t.Context())
	inbox := subscribe(t, cfg, made["AlertTopic"])
	silenceSchedules(t, cfg)
	stopPollers(t, cfg, made)
	want := putSamples(t, cfg)
	messages := receive(t, cfg, made["DeniedQueue"])
	if len(messages) != want || want < 30 {
		t.Errorf("%d denials are in the queue, want %d", len(messages), want)
	}

	env := moto.Env()
	variables := at(deployed(t, mode{file: templatePath, given: given}).resources["AuditorFunction"], "Properties", "Environment", "Variables").(object)
	for name, value := range variables {
		env = append(env, fmt.Sprintf("%s=%v", name, value))
	}
	// Where moto has made it.
	env = append(env, "WHY403_TABLE="+made["FindingsTable"], "WHY403_ALERT_TOPIC_ARN="+made["AlertTopic"], "WHY403_EVENT_TOPIC_ARN="+made["EventTopic"], "WHY403_ACCOUNT=123456789012")
	auditor := awstest.StartRuntimeAPI(t, awstest.BuildLambda(t, "./functions/auditor"), env...)
	answer, failed, err := auditor.Invoke(ctx, batchOf(t, messages))
	if err != nil || failed != nil {
		t.Fatalf("function error %v, error %v", failed, err)
	}
	if got := string(answer); got != `{"batchItemFailures":[]}` {
		t.Errorf("answers %s", got)
	}

	items, err := awstest.ScanTable(ctx, cfg, made["FindingsTable"])
	if err != nil {
		t.Fatal(err)
	}
	causes := map[string]int{}
	for _, item := range items {
		if cause, ok := item["cause"].(*types.AttributeValueMemberS); ok {
			causes[cause.Value]++
		}
	}
	alerts := receive(t, cfg, inbox)
	for _, cause := range []string{"IDENTITY_NO_ALLOW", "VPCE_POLICY", "SCP", "MFA_DELETE", "UNDETERMINED"} {
		if causes[cause] == 0 {
			t.Errorf("no finding with cause %s: %v", cause, causes)
		}
	}
	const subject = "IAM policy blocks s3:GetObject on acme-data for role report-builder"
	if !slices.ContainsFunc(alerts, func(a sqstypes.Message) bool { return strings.Contains(aws.ToString(a.Body), subject) }) {
		t.Errorf("none of %d alerts says %q", len(alerts), subject)
	}
	examine(t, cfg)
}

// silenceSchedules takes the targets off rules with a schedule: moto lets every event come by them, and cannot call functions.
func silenceSchedules(t *testing.T, cfg aws.Config) {
	t.Helper()
	client := eventbridge.NewFromConfig(cfg)
	rules, err := client.ListRules(t.Context(), &eventbridge.ListRulesInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules.Rules {
		if aws.ToString(rule.ScheduleExpression) == "" {
			continue
		}
		targets, err := client.ListTargetsByRule(t.Context(), &eventbridge.ListTargetsByRuleInput{Rule: rule.Name})
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range targets.Targets {
			if _, err := client.RemoveTargets(t.Context(), &eventbridge.RemoveTargetsInput{Rule: rule.Name, Ids: []string{aws.ToString(target.Id)}}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// stopPollers takes the functions off their queues: moto would call them in containers, fail, and move the events away.
func stopPollers(t *testing.T, cfg aws.Config, made map[string]string) {
	t.Helper()
	client := lambda.NewFromConfig(cfg)
	for _, function := range []string{"AuditorFunction", "RecheckFunction"} {
		out, err := client.ListEventSourceMappings(t.Context(), &lambda.ListEventSourceMappingsInput{FunctionName: aws.String(made[function])})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.EventSourceMappings) != 1 {
			t.Errorf("%s is fed from %d queues", function, len(out.EventSourceMappings))
		}
		for _, m := range out.EventSourceMappings {
			if _, err := client.UpdateEventSourceMapping(t.Context(), &lambda.UpdateEventSourceMappingInput{UUID: m.UUID, Enabled: aws.Bool(false)}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// putSamples sends the samples that EventBridge could deliver, and returns how many of them the rules take.
func putSamples(t *testing.T, cfg aws.Config) (taken int) {
	t.Helper()
	files, err := filepath.Glob("../events/*.json")
	if err != nil {
		t.Fatal(err)
	}
	client, rules := eventbridge.NewFromConfig(cfg), rulesOf(t, "single")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var event object
		if json.Unmarshal(text, &event) != nil || event["detail-type"] == nil {
			continue
		}
		if strings.HasSuffix(matching(t, rules, event), "DeniedRule") {
			taken++
		}
		detail, err := json.Marshal(event["detail"])
		if err != nil {
			t.Fatal(err)
		}
		out, err := client.PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{{
			Source: aws.String(event["source"].(string)), DetailType: aws.String(event["detail-type"].(string)), Detail: aws.String(string(detail))}}})
		if err != nil || out.FailedEntryCount > 0 {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return taken
}

// subscribe makes a queue that gets what is published.
func subscribe(t *testing.T, cfg aws.Config, topic string) (url string) {
	t.Helper()
	queues := sqs.NewFromConfig(cfg)
	queue, err := queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("inbox")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = sns.NewFromConfig(cfg).Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: &topic, Protocol: aws.String("sqs"),
		Endpoint: aws.String("arn:aws:sqs:us-east-1:123456789012:inbox")})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(queue.QueueUrl)
}

func receive(t *testing.T, cfg aws.Config, url string) (all []sqstypes.Message) {
	t.Helper()
	client := sqs.NewFromConfig(cfg)
	for {
		out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return all
		}
		all = append(all, out.Messages...)
	}
}

// batchOf is what Lambda makes of messages.
func batchOf(t *testing.T, messages []sqstypes.Message) []byte {
	t.Helper()
	var batch events.SQSEvent
	for _, m := range messages {
		var event object
		if err := json.Unmarshal([]byte(aws.ToString(m.Body)), &event); err != nil {
			t.Fatal(err)
		}
		event["account"] = at(event, "detail", "recipientAccountId") // moto leaves it out
		body, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		batch.Records = append(batch.Records, events.SQSMessage{MessageId: aws.ToString(m.MessageId), EventSource: "aws:sqs", Body: string(body)})
	}
	payload, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// examine looks at the stack as an operator would. Moto has no queue policies and tries no patterns, so that not all is well.
func examine(t *testing.T, cfg aws.Config) {
	t.Helper()
	report, err := doctor.Examine(context.WithoutCancel(t.Context()), doctor.Options{AWS: cfg, Stack: stackName})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]doctor.Verdict{}
	for _, l := range report.Links {
		found[l.Name] = l.Verdict
	}
	for _, name := range []string{"credentials", "stack", "rule ChangedRule", "rule NetworkDeniedRule", "table", "inbox of AlertTopic", "leftovers in DeniedDeadLetterQueue"} {
		if found[name] != doctor.OK {
			t.Errorf("%s: %q in %v", name, found[name], slices.Sorted(maps.Keys(found)))
		}
	}
	if found["trail"] != doctor.Broken {
		t.Errorf("trail: %q, and there is none", found["trail"])
	}
}
