package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"why403/pkg/awstest"
	"why403/pkg/finding"
	"why403/pkg/finding/dynamo"
)

const (
	home  = "123456789012" // of moto
	table = "findings"
)

// denied is a request that the policy of a user denied, as CloudTrail records it.
func denied(at time.Time) []byte {
	return fmt.Appendf(nil, `{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":"ListObjects","awsRegion":"us-east-1",
		"eventTime":%q,"errorCode":"AccessDenied","errorMessage":"Access Denied","eventID":"4a0f6a38-8f6c-4b0e-9d0a-6d2f3f3f0001","eventCategory":"Data",
		"userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::123456789012:user/ann","accountId":"123456789012","accessKeyId":"AKIAEXAMPLE","userName":"ann"},
		"sourceIPAddress":"203.0.113.7","tlsDetails":{"tlsVersion":"TLSv1.3"},"recipientAccountId":"123456789012",
		"requestParameters":{"bucketName":"acme-evidence","list-type":"2"},
		"resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme-evidence","accountId":"123456789012"}]}`, at.Format(time.RFC3339))
}

// changed is a change of that policy, as EventBridge delivers its record.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func changed(at time.Time) string {
	return fmt.Sprintf(`{"version":"0","id":"1","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","account":"123456789012","region":"us-east-1","detail":
		{"eventVersion":"1.11","eventSource":"iam.amazonaws.com","eventName":"PutUserPolicy","awsRegion":"us-east-1","eventTime":%q,
		"eventID":"4a0f6a38-8f6c-4b0e-9d0a-6d2f3f3f0002","recipientAccountId":"123456789012",
		"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::123456789012:user/eve","accountId":"123456789012"},
		"requestParameters":{"userName":"ann","policyName":"lists"}}}`, at.Format(time.RFC3339))
}

func batch(t *testing.T, bodies ...string) []byte {
	t.Helper()
	var b events.SQSEvent
	for i, body := range bodies {
		b.Records = append(b.Records, events.SQSMessage{MessageId: fmt.Sprint("m", i), Body: body, EventSource: "aws:sqs"})
	}
	payload, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// TestLambda runs the binaries of both functions: what one records, the other resolves
// when the policy is put in order, and says so.
func TestLambda(t *testing.T) {
	moto := awstest.StartMoto(t)
	cfg := moto.Config(t.Context())
	if err := awstest.CreateFindingsTable(t.Context(), cfg, table); err != nil {
		t.Fatal(err)
	}
	topic, receive, err := moto.CreateTopicWithInbox(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("acme-evidence")}); err != nil {
		t.Fatal(err)
	}
	users := iam.NewFromConfig(cfg)
	if _, err := users.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("ann")}); err != nil {
		t.Fatal(err)
	}
	policy := func(effect string) {
		t.Helper()
		if _, err := users.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: aws.String("ann"), PolicyName: aws.String("lists"),
			PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"` + effect + `","Action":"s3:ListBucket","Resource":"arn:aws:s3:::acme-evidence"}]}`)}); err != nil {
			t.Fatal(err)
		}
	}
	env := append(moto.Env(), "WHY403_TABLE="+table, "WHY403_ALERT_TOPIC_ARN="+topic, "WHY403_ACCOUNT="+home, "AWS_LAMBDA_LOG_FORMAT=JSON")
	auditor := awstest.StartRuntimeAPI(t, awstest.BuildLambda(t, "./functions/auditor"), env...)
	recheck := awstest.StartRuntimeAPI(t, awstest.BuildLambda(t, "./functions/recheck"), env...)
	invoke := func(f *awstest.Runtime, payload []byte) (failed []string) {
		t.Helper()
		response, functionErr, err := f.Invoke(t.Context(), payload)
		if err != nil || functionErr != nil {
			t.Fatalf("function error %v, error %v", functionErr, err)
		}
		var out events.SQSEventResponse
		if err := json.Unmarshal(response, &out); err != nil {
			t.Fatal(err)
		}
		for _, f := range out.BatchItemFailures {
			failed = append(failed, f.ItemIdentifier)
		}
		return failed
	}
	store := dynamo.New(dynamodb.NewFromConfig(cfg), table)
	only := func() finding.Finding {
		t.Helper()
		all, err := store.List(t.Context(), finding.Filter{})
		if err != nil || len(all) != 1 {
			t.Fatalf("findings %v, error %v", all, err)
		}
		return all[0]
	}

	now := time.Now().UTC().Truncate(time.Second)
	policy("Deny")
	invoke(auditor, denied(now.Add(-10*time.Minute)))
	if f := only(); f.Cause() != "IDENTITY_EXPLICIT_DENY" || f.Status != finding.Open {
		t.Fatalf("cause %s, status %s", f.Cause(), f.Status)
	}
	invoke(recheck, []byte(`{"why403":"recheck"}`))
	if f := only(); f.Status != finding.Open {
		t.Fatalf("the policy is as it was, and the finding is %s", f.Status)
	}

	policy("Allow")
	change := changed(now.Add(-2 * time.Minute))
	failed := invoke(recheck, batch(t, change, `{"detail":`, strings.Replace(change, `"recipientAccountId":"123456789012"`, `"recipientAccountId":"1"`, 1)))
	if !slices.Equal(failed, []string{"m1", "m2"}) {
		t.Errorf("failed %q, want what cannot be read", failed)
	}
	f := only()
	if f.Status != finding.Resolved || f.Changed.How != finding.ByRecheck || !strings.Contains(f.Changed.Reason, "PutUserPolicy on user/ann (123456789012) by user/eve (123456789012)") {
		t.Fatalf("status %s, changed %+v", f.Status, f.Changed)
	}
	got := messages(t, receive)
	if len(got) != 2 || !strings.HasPrefix(got[1].Subject, "RESOLVED: ") || !strings.Contains(strings.Join(strings.Fields(got[1].Body), " "), "would be allowed now. Changed: "+f.Changed.Reason) {
		t.Errorf("messages %+v", got)
	}
	invoke(recheck, batch(t, change))
	invoke(recheck, []byte(`{"why403":"recheck"}`))
	invoke(recheck, []byte(`{"why403":"digest"}`))
	if got := messages(t, receive); len(got) != 0 {
		t.Errorf("more messages: %+v", got)
	}
	if logs := recheck.Logs(); !strings.Contains(logs, `"messageId":"m1"`) || !strings.Contains(logs, "recipientAccountId") {
		t.Errorf("the log does not say what could not be read, and why:\n%s", logs)
	}
	if _, functionErr, err := recheck.Invoke(t.Context(), []byte(`{"why403":"something"}`)); functionErr == nil || err != nil {
		t.Errorf("something else: function error %v, error %v", functionErr, err)
	}
}

func messages(t *testing.T, receive func(context.Context) ([]awstest.Message, error)) []awstest.Message {
	t.Helper()
	got, err := receive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}
