package doctor_test

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
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
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// cloud is an AWS in this process: it answers after requests were checked, written and signed.
type cloud struct {
	mu      sync.Mutex
	calls   []string
	answers map[string]func(in any) (any, error)
}

func (c *cloud) config() aws.Config {
	return aws.Config{
		Region:           "eu-west-3",
		RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "x"}, nil
		}),
		APIOptions: []func(*middleware.Stack) error{
			func(s *middleware.Stack) error { return s.Initialize.Add(keep{}, middleware.After) },
			func(s *middleware.Stack) error { return s.Finalize.Insert(answer{c}, "Signing", middleware.After) },
		},
	}
}

type input struct{}

type keep struct{}

func (keep) ID() string { return "KeepInput" }

func (keep) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	return next.HandleInitialize(context.WithValue(ctx, input{}, in.Parameters), in)
}

type answer struct{ c *cloud }

func (answer) ID() string { return "Answer" }

func (a answer) HandleFinalize(ctx context.Context, _ middleware.FinalizeInput, _ middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
	name := awsmiddleware.GetServiceID(ctx) + "." + awsmiddleware.GetOperationName(ctx)
	a.c.mu.Lock()
	a.c.calls = append(a.c.calls, name)
	a.c.mu.Unlock()
	f := a.c.answers[name]
	if f == nil {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("nobody answers %s", name)
	}
	out, err := f(ctx.Value(input{}))
	return middleware.FinalizeOutput{Result: out}, middleware.Metadata{}, err
}

func fails(code, message string) func(any) (any, error) {
	return func(any) (any, error) { return nil, &smithy.GenericAPIError{Code: code, Message: message} }
}

func says(out any) func(any) (any, error) { return func(any) (any, error) { return out, nil } }

const (
	deniedRule  = "arn:aws:events:eu-west-3:111122223333:rule/why403-DeniedRule"
	deniedQueue = "arn:aws:sqs:eu-west-3:111122223333:why403-denied"
)

// healthy is a stack of one account in which everything works.
func healthy() *cloud {
	resource := func(id, kind, physical string) cftypes.StackResource {
		return cftypes.StackResource{LogicalResourceId: &id, ResourceType: &kind, PhysicalResourceId: &physical}
	}
	c := &cloud{answers: map[string]func(any) (any, error){
		"STS.GetCallerIdentity": says(&sts.GetCallerIdentityOutput{Account: aws.String("111122223333"), Arn: aws.String("arn:aws:iam::111122223333:user/ana")}),
		"STS.AssumeRole":        says(&sts.AssumeRoleOutput{Credentials: &ststypes.Credentials{}}),
		"CloudFormation.DescribeStacks": says(&cloudformation.DescribeStacksOutput{Stacks: []cftypes.Stack{{
			StackName: aws.String("why403"), StackStatus: cftypes.StackStatusUpdateComplete}}}),
		"CloudFormation.DescribeStackResources": says(&cloudformation.DescribeStackResourcesOutput{StackResources: []cftypes.StackResource{
			resource("AuditorFunction", "AWS::Lambda::Function", "why403-auditor"),
			resource("DeniedRule", "AWS::Events::Rule", "why403-DeniedRule"),
			resource("DeniedQueue", "AWS::SQS::Queue", "https://sqs/denied"),
			resource("DeniedDeadLetterQueue", "AWS::SQS::Queue", "https://sqs/dead"),
			resource("UndeliveredQueue", "AWS::SQS::Queue", "https://sqs/undelivered"),
			resource("FindingsTable", "AWS::DynamoDB::Table", "why403-findings"),
			resource("AlertTopic", "AWS::SNS::Topic", "arn:aws:sns:eu-west-3:111122223333:alert"),
			resource("OpsTopic", "AWS::SNS::Topic", "arn:aws:sns:eu-west-3:111122223333:ops"),
		}}),
		"CloudTrail.DescribeTrails": says(&cloudtrail.DescribeTrailsOutput{TrailList: []cttypes.Trail{{
			Name: aws.String("main"), TrailARN: aws.String("arn:aws:cloudtrail:eu-west-3:111122223333:trail/main")}}}),
		"CloudTrail.GetTrailStatus": says(&cloudtrail.GetTrailStatusOutput{IsLogging: aws.Bool(true)}),
		"CloudTrail.GetEventSelectors": says(&cloudtrail.GetEventSelectorsOutput{AdvancedEventSelectors: []cttypes.AdvancedEventSelector{
			selector("eventCategory", "Management"),
			selector("eventCategory", "Data", "resources.type", "AWS::S3::Object"),
			selector("eventCategory", "NetworkActivity", "eventSource", "s3.amazonaws.com"),
		}}),
		"EventBridge.DescribeRule": says(&eventbridge.DescribeRuleOutput{Arn: aws.String(deniedRule), EventPattern: aws.String("{}"),
			State: ebtypes.RuleStateEnabledWithAllCloudtrailManagementEvents}),
		"EventBridge.TestEventPattern":  says(&eventbridge.TestEventPatternOutput{Result: true}),
		"EventBridge.ListTargetsByRule": says(&eventbridge.ListTargetsByRuleOutput{Targets: []ebtypes.Target{{Arn: aws.String(deniedQueue)}}}),
		"SQS.GetQueueAttributes": func(in any) (any, error) {
			if !strings.HasSuffix(*in.(*sqs.GetQueueAttributesInput).QueueUrl, "/denied") {
				return &sqs.GetQueueAttributesOutput{Attributes: map[string]string{"ApproximateNumberOfMessages": "0"}}, nil
			}
			return &sqs.GetQueueAttributesOutput{Attributes: map[string]string{"ApproximateNumberOfMessages": "3", "QueueArn": deniedQueue,
				"Policy": `{"Statement":[{"Effect":"Allow","Condition":{"ArnEquals":{"aws:SourceArn":["` + deniedRule + `"]}}}]}`}}, nil
		},
		"Lambda.GetFunctionConfiguration": says(&lambda.GetFunctionConfigurationOutput{State: lambdatypes.StateActive,
			Environment: &lambdatypes.EnvironmentResponse{Variables: map[string]string{
				"WHY403_READ_ACCOUNTS": "222222222222, 333333333333", "WHY403_READ_ROLE": "why403-reader",
				"WHY403_ORGANIZATION_ACCOUNT": "999999999999", "WHY403_ORGANIZATION_ROLE": "why403-organization-reader"}}}),
		"Lambda.ListEventSourceMappings": says(&lambda.ListEventSourceMappingsOutput{EventSourceMappings: []lambdatypes.EventSourceMappingConfiguration{{
			EventSourceArn: aws.String(deniedQueue), State: aws.String("Enabled"), UUID: aws.String("u-1")}}}),
		"DynamoDB.DescribeTable": says(&dynamodb.DescribeTableOutput{Table: &ddbtypes.TableDescription{TableStatus: ddbtypes.TableStatusActive}}),
		"SNS.ListSubscriptionsByTopic": says(&sns.ListSubscriptionsByTopicOutput{Subscriptions: []snstypes.Subscription{{
			SubscriptionArn: aws.String("arn:aws:sns:eu-west-3:111122223333:alert:1"), Endpoint: aws.String("team@acme.example")}}}),
	}}
	return c
}

// selector makes a selector of fields and the one value of each.
func selector(fieldsAndValues ...string) cttypes.AdvancedEventSelector {
	var s cttypes.AdvancedEventSelector
	for i := 0; i < len(fieldsAndValues); i += 2 {
		s.FieldSelectors = append(s.FieldSelectors, cttypes.AdvancedFieldSelector{Field: &fieldsAndValues[i], Equals: []string{fieldsAndValues[i+1]}})
	}
	return s
}
