package doctor_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	cttypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"why403/pkg/doctor"
)

func TestHealthyStack(t *testing.T) {
	c := healthy()
	report, err := doctor.Examine(t.Context(), doctor.Options{AWS: c.config(), Stack: "why403", Bucket: "acme-data"})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range report.Links {
		if l.Verdict != doctor.OK || l.Do != "" {
			t.Errorf("%+v", l)
		}
	}
	if report.Broken() || report.Account != "111122223333" || len(report.Links) < 15 {
		t.Errorf("%+v", report)
	}
	// Reads only, and AssumeRole, which changes nothing.
	for _, call := range c.calls {
		_, operation, _ := strings.Cut(call, ".")
		if !slices.ContainsFunc([]string{"Get", "List", "Describe", "Test", "AssumeRole"}, func(verb string) bool { return strings.HasPrefix(operation, verb) }) {
			t.Errorf("calls %s", call)
		}
	}
}

// Each link broken by itself: it is named, with what to do, and nothing else is blamed.
func TestBrokenLinks(t *testing.T) {
	rule := func(state ebtypes.RuleState) func(any) (any, error) {
		return says(&eventbridge.DescribeRuleOutput{Arn: aws.String(deniedRule), EventPattern: aws.String("{}"), State: state})
	}
	selectors := func(s ...cttypes.AdvancedEventSelector) func(any) (any, error) {
		return says(&cloudtrail.GetEventSelectorsOutput{AdvancedEventSelectors: s})
	}
	network := selector("eventCategory", "NetworkActivity", "eventSource", "s3.amazonaws.com")
	data := selector("eventCategory", "Data", "resources.type", "AWS::S3::Object")
	elsewhere := selector("eventCategory", "Data", "resources.type", "AWS::S3::Object")
	elsewhere.FieldSelectors = append(elsewhere.FieldSelectors, cttypes.AdvancedFieldSelector{Field: aws.String("resources.ARN"), StartsWith: []string{"arn:aws:s3:::acme-data-archive/"}})
	subscription := func(arn string) func(any) (any, error) {
		return says(&sns.ListSubscriptionsByTopicOutput{Subscriptions: []snstypes.Subscription{{SubscriptionArn: &arn, Endpoint: aws.String("team@acme.example")}}})
	}
	policy := func(text string) func(any) (any, error) {
		return func(in any) (any, error) {
			out, err := healthy().answers["SQS.GetQueueAttributes"](in)
			if a := out.(*sqs.GetQueueAttributesOutput).Attributes; a["Policy"] != "" {
				a["Policy"] = text
			}
			return out, err
		}
	}
	tests := []struct {
		name, operation string
		answer          func(any) (any, error)
		links           string // the links that are not ok, with their verdicts
		do              string // in what to do about the first
	}{
		{"no trail", "CloudTrail.DescribeTrails", says(&cloudtrail.DescribeTrailsOutput{}),
			"trail broken, management events broken, object calls of acme-data broken, denials by VPC endpoints weak", "CreateTrail"},
		{"a trail that was stopped", "CloudTrail.GetTrailStatus", says(&cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(false)}),
			"trail broken, management events broken, object calls of acme-data broken, denials by VPC endpoints weak", "start it"},
		{"no data events", "CloudTrail.GetEventSelectors", selectors(selector("eventCategory", "Management"), network), "object calls of acme-data broken", "AWS::S3::Object"},
		{"data events of another bucket", "CloudTrail.GetEventSelectors", selectors(selector("eventCategory", "Management"), elsewhere, network), "object calls of acme-data broken", ""},
		{"reads are not recorded", "CloudTrail.GetEventSelectors", selectors(selector("eventCategory", "Management", "readOnly", "false"), data, network), "management events broken", "reads and writes"},
		{"a trail in the old form", "CloudTrail.GetEventSelectors", says(&cloudtrail.GetEventSelectorsOutput{EventSelectors: []cttypes.EventSelector{{ReadWriteType: cttypes.ReadWriteTypeAll,
			DataResources: []cttypes.DataResource{{Type: aws.String("AWS::S3::Object"), Values: []string{"arn:aws:s3"}}}}}}), "denials by VPC endpoints weak", ""},
		{"selectors of another account's trail", "CloudTrail.GetEventSelectors", fails("AccessDeniedException", "no"),
			"management events unknown, object calls of acme-data unknown, denials by VPC endpoints weak", "in its own account"},
		{"rule disabled", "EventBridge.DescribeRule", rule(ebtypes.RuleStateDisabled), "rule DeniedRule broken, queue DeniedQueue broken", "Enable"},
		{"rule that withholds reads", "EventBridge.DescribeRule", rule(ebtypes.RuleStateEnabled), "rule DeniedRule broken, queue DeniedQueue broken", "Deploy"},
		{"rule deleted", "EventBridge.DescribeRule", fails("ResourceNotFoundException", "gone"), "rule DeniedRule broken, queue DeniedQueue broken", "Deploy"},
		{"pattern changed", "EventBridge.TestEventPattern", says(&eventbridge.TestEventPatternOutput{}), "rule DeniedRule broken, queue DeniedQueue broken", "Deploy"},
		{"target removed", "EventBridge.ListTargetsByRule", says(&eventbridge.ListTargetsByRuleOutput{}), "rule DeniedRule broken, queue DeniedQueue broken", "Deploy"},
		{"queue policy lost", "SQS.GetQueueAttributes", policy(`{}`), "queue DeniedQueue broken", "Deploy"},
		{"queue policy for another rule", "SQS.GetQueueAttributes", policy(`{"Statement":[{"Effect":"Allow","Condition":{"ArnEquals":{"aws:SourceArn":"` + deniedRule + `2"}}}]}`), "queue DeniedQueue broken", "Deploy"},
		{"function failed", "Lambda.GetFunctionConfiguration", says(&lambda.GetFunctionConfigurationOutput{State: lambdatypes.StateFailed, StateReason: aws.String("key")}),
			"function AuditorFunction broken, organization weak", "reason"},
		{"queue not read", "Lambda.ListEventSourceMappings", says(&lambda.ListEventSourceMappingsOutput{EventSourceMappings: []lambdatypes.EventSourceMappingConfiguration{{
			EventSourceArn: aws.String(deniedQueue), State: aws.String("Disabled"), UUID: aws.String("u-1")}}}), "function AuditorFunction broken", "--uuid u-1"},
		{"nothing reads the queue", "Lambda.ListEventSourceMappings", says(&lambda.ListEventSourceMappingsOutput{}), "function AuditorFunction broken", "Deploy"},
		{"table gone", "DynamoDB.DescribeTable", fails("ResourceNotFoundException", "gone"), "table broken", "point-in-time"},
		{"table not readable by whoever asks", "DynamoDB.DescribeTable", fails("AccessDeniedException", "no"), "table unknown", "ReadOnlyAccess"},
		{"table in trouble", "DynamoDB.DescribeTable", says(&dynamodb.DescribeTableOutput{Table: &ddbtypes.TableDescription{TableStatus: ddbtypes.TableStatusInaccessibleEncryptionCredentials}}), "table broken", ""},
		{"subscription not confirmed", "SNS.ListSubscriptionsByTopic", subscription("PendingConfirmation"), "inbox of AlertTopic broken, inbox of OpsTopic broken", "link"},
		{"nobody subscribed", "SNS.ListSubscriptionsByTopic", says(&sns.ListSubscriptionsByTopicOutput{}), "inbox of AlertTopic broken, inbox of OpsTopic weak", "AlertEmail"},
		{"dead letters", "SQS.GetQueueAttributes", func(in any) (any, error) {
			out, err := healthy().answers["SQS.GetQueueAttributes"](in)
			if strings.HasSuffix(*in.(*sqs.GetQueueAttributesInput).QueueUrl, "/dead") {
				out.(*sqs.GetQueueAttributesOutput).Attributes["ApproximateNumberOfMessages"] = "2"
			}
			return out, err
		}, "leftovers in DeniedDeadLetterQueue broken", "RedriveCommand"},
		{"roles that trust the auditor alone", "STS.AssumeRole", fails("AccessDenied", "not authorized to perform sts:AssumeRole"),
			"read role in 222222222222 unknown, read role in 333333333333 unknown, organization role in 999999999999 unknown", "deploy/member.yaml"},
		{"stack rolled back", "CloudFormation.DescribeStacks", says(&cloudformation.DescribeStacksOutput{Stacks: []cftypes.Stack{{StackStatus: cftypes.StackStatusRollbackComplete}}}), "stack broken", "first failure"},
		{"stack being updated", "CloudFormation.DescribeStacks", says(&cloudformation.DescribeStacksOutput{Stacks: []cftypes.Stack{{StackStatus: cftypes.StackStatusUpdateInProgress}}}), "stack unknown", "Wait"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := healthy()
			c.answers[tt.operation] = tt.answer
			report, err := doctor.Examine(t.Context(), doctor.Options{AWS: c.config(), Stack: "why403", Bucket: "acme-data"})
			if err != nil {
				t.Fatal(err)
			}
			var links []string
			var do string
			for _, l := range report.Links {
				if l.Verdict == doctor.OK {
					continue
				}
				if links = append(links, l.Name+" "+string(l.Verdict)); do == "" {
					do = l.Do
				}
				if l.Found == "" || l.Do == "" {
					t.Errorf("%s: says not what was found, or not what to do: %+v", l.Name, l)
				}
			}
			if got := strings.Join(links, ", "); got != tt.links {
				t.Errorf("got  %s\nwant %s", got, tt.links)
			}
			if !strings.Contains(do, tt.do) {
				t.Errorf("says to do %q, want %q in it", do, tt.do)
			}
			if report.Broken() != strings.Contains(tt.links, " broken") {
				t.Errorf("Broken: %v", report.Broken())
			}
		})
	}
}

func TestNothingToLookAt(t *testing.T) {
	for name, tt := range map[string]struct {
		operation string
		answer    func(any) (any, error)
		want      string
	}{
		"no credentials":         {"STS.GetCallerIdentity", fails("ExpiredToken", "expired"), "whose credentials"},
		"no such stack":          {"CloudFormation.DescribeStacks", fails("ValidationError", "Stack with id why403 does not exist"), "the stack why403 in eu-west-3"},
		"another stack's name":   {"CloudFormation.DescribeStackResources", says(&cloudformation.DescribeStackResourcesOutput{}), "none of why403"},
		"resources are not read": {"CloudFormation.DescribeStackResources", fails("AccessDenied", "no"), "consists of"},
	} {
		t.Run(name, func(t *testing.T) {
			c := healthy()
			c.answers[tt.operation] = tt.answer
			_, err := doctor.Examine(t.Context(), doctor.Options{AWS: c.config(), Stack: "why403"})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
