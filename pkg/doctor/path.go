package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const deployAgain = "Deploy the stack again, or put it back as the template has it: somebody changed it."

// path looks at the rules, the queue that they fill and the functions that empty it.
func (e *examiner) path(ctx context.Context) {
	targets := make(map[string][]string) // ARNs of rules by the ARN of their queue
	for _, name := range slices.Sorted(maps.Keys(e.kinds)) {
		if e.kinds[name] == "AWS::Events::Rule" {
			e.rule(ctx, name, targets)
		}
	}
	for _, f := range []struct{ function, queue string }{{"AuditorFunction", "DeniedQueue"}, {"RecheckFunction", "RecheckQueue"}} {
		if e.resources[f.function] == "" {
			continue
		}
		arn := e.queue(ctx, f.queue, targets)
		e.function(ctx, f.function, arn)
	}
	if e.resources["SlackFunction"] != "" {
		e.function(ctx, "SlackFunction", "")
	}
}

// rule looks at one rule. Rules of schedules have no pattern, and deliver elsewhere.
func (e *examiner) rule(ctx context.Context, logical string, targets map[string][]string) {
	name := "rule " + logical
	// The id of a rule on a bus of its own is BUS|RULE.
	bus, rule, onBus := strings.Cut(e.resources[logical], "|")
	in, listed := &eventbridge.DescribeRuleInput{Name: &bus}, &eventbridge.ListTargetsByRuleInput{Rule: &bus}
	if onBus {
		in.Name, in.EventBusName, listed.Rule, listed.EventBusName = &rule, &bus, &rule, &bus
	}
	out, err := e.rules.DescribeRule(ctx, in)
	if err != nil {
		e.unread(name, err, deployAgain)
		return
	}
	if out.State == ebtypes.RuleStateDisabled {
		e.add(name, Broken, "disabled", "Enable it: aws events enable-rule would leave out read-only calls, so deploy the stack again.")
		return
	}
	if logical == "DeniedRule" {
		if out.State != ebtypes.RuleStateEnabledWithAllCloudtrailManagementEvents {
			e.add(name, Broken, "state "+string(out.State)+": denied reads such as GetBucketPolicy never arrive", deployAgain)
			return
		}
		if !e.matches(ctx, name, aws.ToString(out.EventPattern)) {
			return
		}
	}
	to, err := e.rules.ListTargetsByRule(ctx, listed)
	if err != nil {
		e.unread(name, err, deployAgain)
		return
	}
	if len(to.Targets) == 0 {
		e.add(name, Broken, "it has no target", deployAgain)
		return
	}
	for _, t := range to.Targets {
		targets[aws.ToString(t.Arn)] = append(targets[aws.ToString(t.Arn)], aws.ToString(out.Arn))
	}
	e.add(name, OK, "enabled", "")
}

// matches asks EventBridge whether a pattern takes a denial.
func (e *examiner) matches(ctx context.Context, name, pattern string) bool {
	event := fmt.Sprintf(`{"version":"0","id":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","account":%q,"time":"2026-01-01T00:00:00Z","region":%q,"resources":[],
		"detail":{"eventSource":"s3.amazonaws.com","eventName":"GetObject","errorCode":"AccessDenied","userIdentity":{"type":"IAMUser"}}}`, e.report.Account, e.report.Region)
	out, err := e.rules.TestEventPattern(ctx, &eventbridge.TestEventPatternInput{Event: &event, EventPattern: &pattern})
	switch {
	case err != nil:
		e.unread(name, fmt.Errorf("trying its pattern: %w", err), deployAgain)
		return false
	case !out.Result:
		e.add(name, Broken, "its pattern does not match a denied GetObject", deployAgain)
		return false
	}
	return true
}

// queue looks at a queue and whether the rules that send there are let in.
func (e *examiner) queue(ctx context.Context, logical string, targets map[string][]string) (arn string) {
	name := "queue " + logical
	url := e.resources[logical]
	out, err := e.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll}})
	if err != nil {
		e.unread(name, err, "Deploy the stack again: its queue is gone.")
		return ""
	}
	arn = out.Attributes["QueueArn"]
	if len(targets[arn]) == 0 {
		e.add(name, Broken, "no rule sends there", deployAgain)
		return arn
	}
	for _, rule := range targets[arn] {
		if !letsIn(out.Attributes["Policy"], rule) {
			e.add(name, Broken, "its policy does not let "+rule+" in", deployAgain)
			return arn
		}
	}
	e.add(name, OK, out.Attributes["ApproximateNumberOfMessages"]+" waiting", "")
	return arn
}

// letsIn reports whether a queue's policy names a rule among those that may send. Only the
// shape that the template gives it is understood.
func letsIn(policy, rule string) bool {
	var doc struct {
		Statement []struct {
			Effect    string
			Condition map[string]map[string]json.RawMessage
		}
	}
	if json.Unmarshal([]byte(policy), &doc) != nil {
		return false
	}
	for _, s := range doc.Statement {
		if s.Effect != "Allow" {
			continue
		}
		raw := s.Condition["ArnEquals"]["aws:SourceArn"]
		var one string
		var several []string
		if json.Unmarshal(raw, &one) == nil && one == rule || json.Unmarshal(raw, &several) == nil && slices.Contains(several, rule) {
			return true
		}
	}
	return false
}

// function looks at a function, and at what feeds it from a queue; an empty queue: nothing.
func (e *examiner) function(ctx context.Context, logical, queueARN string) {
	name := "function " + logical
	id := e.resources[logical]
	out, err := e.functions.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &id})
	if err != nil {
		e.unread(name, err, "Deploy the stack again: the function is gone.")
		return
	}
	if logical == "AuditorFunction" && out.Environment != nil {
		e.settings = out.Environment.Variables
	}
	if state := string(out.State); state != "" && state != "Active" && state != "Inactive" {
		e.add(name, Broken, "state "+state+" "+aws.ToString(out.StateReason), "Read the reason; deploy the stack again once it is gone.")
		return
	}
	if update := string(out.LastUpdateStatus); update == "Failed" {
		e.add(name, Broken, "its last update failed: "+aws.ToString(out.LastUpdateStatusReason), "Deploy the stack again.")
		return
	}
	if queueARN == "" {
		e.add(name, OK, "active", "")
		return
	}
	mappings, err := e.functions.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: &id})
	if err != nil {
		e.unread(name, err, deployAgain)
		return
	}
	for _, m := range mappings.EventSourceMappings {
		if aws.ToString(m.EventSourceArn) != queueARN {
			continue
		}
		switch state := aws.ToString(m.State); state {
		case "Enabled", "Enabling", "Updating", "Creating":
			e.add(name, OK, "active, reading its queue", "")
		default:
			e.add(name, Broken, "it does not read its queue: "+state+" "+aws.ToString(m.StateTransitionReason),
				"Enable it: aws lambda update-event-source-mapping --enabled --uuid "+aws.ToString(m.UUID))
		}
		return
	}
	e.add(name, Broken, "nothing feeds it from its queue", deployAgain)
}
