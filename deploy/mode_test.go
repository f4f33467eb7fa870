package deploy_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The place that the templates are deployed in, here.
const (
	here       = "eu-west-3"
	account    = "111122223333"
	stackName  = "why403"
	busARN     = "arn:aws:events:eu-west-3:111122223333:event-bus/why403"
	ownKey     = "arn:aws:kms:eu-west-3:111122223333:key/00000000-0000-4000-8000-000000000001"
	hookSecret = "arn:aws:secretsmanager:eu-west-3:111122223333:secret:hook-abcdef"
)

// params are parameters that are given; the others have their defaults.
type params = map[string]string

// A mode is a way to deploy a template.
type mode struct {
	name, file string
	given      params
}

// modes are the ways that the documentation tells of.
func modes() []mode {
	organization := params{"EventsFrom": "organization", "OrganizationId": "o-exampleorg1", "ReadAccounts": "222222222222,444444444444",
		"ReadExternalId": "only-us", "OrganizationAccount": "999999999999"}
	member := params{"AuditorRoleArn": auditorRole, "RecheckRoleArn": recheckRole, "AuditorAccount": account}
	forwarding := maps.Clone(member)
	maps.Copy(forwarding, params{"EventBusArn": busARN, "ExternalId": "only-us", "OrganizationId": "o-exampleorg1", "ReadRoleRegion": here})
	further := maps.Clone(member)
	maps.Copy(further, params{"EventBusArn": busARN, "ReadRoleRegion": "none"})
	return []mode{
		{"single", templatePath, nil},
		{"mail", templatePath, params{"AlertEmail": "a" + "@example.com", "OpsEmail": "b" + "@example.com", "AlertCauses": "SCP,RCP"}},
		{"chat", templatePath, params{"SlackWorkspaceId": "T0123ABCD", "SlackChannelId": "C0123ABCD"}},
		{"webhook", templatePath, params{"SlackWebhookSecretArn": hookSecret}},
		{"regions", templatePath, params{"EventsFrom": "other-regions"}},
		{"organization", templatePath, organization},
		{"rules in a parameter", templatePath, params{"RulesParameter": "/why403/rules", "SilenceAlarm": "false", "RoutesParameter": "/why403/routes"}},
		{"rules in S3", templatePath, params{"RulesParameter": "s3://acme-config/why403/rules.yaml"}},
		{"trail", templatePath, params{"CreateTrail": "data-events", "AuditedBuckets": "arn:aws:s3:::acme-data/,arn:aws:s3:::acme-logs/"}},
		{"key", templatePath, params{"KmsKeyArn": ownKey, "SlackWebhookSecretArn": hookSecret}},
		{"boundary", templatePath, params{"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/limits", "HeadObjects": "true"}},
		{"member", "member.yaml", member},
		{"forwarding member", "member.yaml", forwarding},
		{"further Region", "member.yaml", further},
		{"management", "management.yaml", member},
	}
}

// stack is a template as it is deployed: parameters, conditions and functions are gone.
type stack struct {
	t                    *testing.T
	parameters, rules    object
	conditions, outputs  object
	resources, templates object
	given                params
}

func deployed(t *testing.T, m mode) stack {
	t.Helper()
	return deployedFrom(t, documentOf(t, m.file), m.given)
}

func deployedFrom(t *testing.T, document object, given params) stack {
	t.Helper()
	section := func(name string) object {
		o, _ := document[name].(object)
		return o
	}
	s := stack{t: t, parameters: section("Parameters"), rules: section("Rules"), conditions: section("Conditions"), templates: section("Resources"), given: given}
	for name := range given {
		if s.parameters[name] == nil {
			t.Fatalf("there is no parameter %s", name)
		}
	}
	s.resources = s.kept(section("Resources"))
	s.outputs = s.kept(section("Outputs"))
	return s
}

func (s stack) kept(all object) object {
	kept := object{}
	for name, item := range all {
		if condition, hangs := at(item, "Condition").(string); hangs && !s.condition(condition) {
			continue
		}
		value := s.value(item)
		if value.(object)["Condition"] != nil {
			delete(value.(object), "Condition")
		}
		kept[name] = value
	}
	return kept
}

func (s stack) condition(name string) bool {
	expression, known := s.conditions[name]
	if !known {
		s.t.Fatalf("there is no condition %s", name)
	}
	return s.value(expression).(bool)
}

// absent is what AWS::NoValue leaves.
type absent struct{}

// value works out a value of the template, without any function in it.
func (s stack) value(v any) any {
	switch v := v.(type) {
	case object:
		if len(v) == 1 {
			for name, operand := range v {
				_, isName := operand.(string) // and not the conditions of a statement of IAM
				if name == "Ref" || name == "Condition" && isName || strings.HasPrefix(name, "Fn::") {
					return s.function(name, operand)
				}
			}
		}
		out := object{}
		for name, below := range v {
			if r := s.value(below); r != (absent{}) {
				out[name] = r
			}
		}
		return out
	case []any:
		out := []any{}
		for _, item := range v {
			if r := s.value(item); r != (absent{}) {
				out = append(out, r)
			}
		}
		return out
	}
	return v
}

func (s stack) function(name string, operand any) any {
	switch name {
	case "Ref":
		return s.ref(operand.(string))
	case "Condition":
		return s.condition(operand.(string))
	case "Fn::GetAtt":
		path := operand.([]any)
		return s.attribute(path[0].(string), path[1].(string))
	case "Fn::If":
		choice := operand.([]any)
		if s.condition(choice[0].(string)) {
			return s.value(choice[1])
		}
		return s.value(choice[2])
	case "Fn::Sub":
		return s.sub(operand)
	}
	args := list(s.value(operand))
	switch name {
	case "Fn::Equals":
		return fmt.Sprint(args[0]) == fmt.Sprint(args[1])
	case "Fn::Not":
		return !args[0].(bool)
	case "Fn::And":
		return !slices.Contains(args, any(false))
	case "Fn::Or":
		return slices.Contains(args, any(true))
	case "Fn::EachMemberEquals":
		return !slices.ContainsFunc(args[0].([]any), func(member any) bool { return member != args[1] })
	case "Fn::Join":
		var parts []string
		for _, part := range args[1].([]any) {
			parts = append(parts, fmt.Sprint(part))
		}
		return strings.Join(parts, fmt.Sprint(args[0]))
	case "Fn::Split":
		var parts []any
		for part := range strings.SplitSeq(fmt.Sprint(args[1]), fmt.Sprint(args[0])) {
			parts = append(parts, part)
		}
		return parts
	case "Fn::Select":
		all, i := args[1].([]any), 0
		if _, err := fmt.Sscan(fmt.Sprint(args[0]), &i); err != nil || i >= len(all) {
			s.t.Fatalf("Fn::Select %v of %v", args[0], all)
		}
		return all[i]
	}
	s.t.Fatalf("function %s is not known here", name)
	return nil
}

func (s stack) ref(name string) any {
	switch name {
	case "AWS::NoValue":
		return absent{}
	case "AWS::Partition":
		return "aws"
	case "AWS::Region":
		return here
	case "AWS::AccountId":
		return account
	case "AWS::StackName":
		return stackName
	case "AWS::URLSuffix":
		return "amazonaws.com"
	}
	if parameter, ok := s.parameters[name]; ok {
		value, given := s.given[name]
		if !given {
			if at(parameter, "Default") == nil {
				s.t.Fatalf("parameter %s has no default and is not given", name)
			}
			value = fmt.Sprint(at(parameter, "Default"))
		}
		if at(parameter, "Type") == "CommaDelimitedList" {
			var members []any
			for member := range strings.SplitSeq(value, ",") {
				members = append(members, strings.TrimSpace(member))
			}
			return members
		}
		return value
	}
	switch at(s.templates[name], "Type") {
	case nil:
		s.t.Fatalf("reference to %s, which there is not", name)
	case "AWS::SNS::Topic":
		return s.attribute(name, "Arn")
	case "AWS::SQS::Queue":
		return "https://sqs." + here + ".amazonaws.com/" + account + "/" + s.named(name, "QueueName")
	case "AWS::Events::EventBus":
		return s.named(name, "Name")
	}
	return stackName + "-" + name
}

func (s stack) named(name, property string) string {
	if given := at(s.templates[name], "Properties", property); given != nil {
		return fmt.Sprint(s.value(given))
	}
	return stackName + "-" + name
}

// attribute makes up what AWS would answer, in AWS's form.
func (s stack) attribute(name, attribute string) any {
	resource := s.templates[name]
	if resource == nil {
		s.t.Fatalf("attribute of %s, which there is not", name)
	}
	if condition, hangs := at(resource, "Condition").(string); hangs && !s.condition(condition) {
		s.t.Errorf("attribute of %s, which is not deployed then", name)
	}
	if attribute == "Name" {
		return s.named(name, "Name")
	}
	if attribute != "Arn" {
		return stackName + "-" + name
	}
	arn := func(service, rest string) string {
		return "arn:aws:" + service + ":" + here + ":" + account + ":" + rest
	}
	switch kind := fmt.Sprint(at(resource, "Type")); kind {
	case "AWS::IAM::Role":
		switch name {
		case "AuditorRole":
			return auditorRole
		case "RecheckRole":
			return recheckRole
		}
		return "arn:aws:iam::" + account + ":role/" + s.named(name, "RoleName")
	case "AWS::SQS::Queue":
		return arn("sqs", s.named(name, "QueueName"))
	case "AWS::SNS::Topic":
		return arn("sns", stackName+"-"+name)
	case "AWS::Events::Rule":
		if bus := at(resource, "Properties", "EventBusName"); bus != nil {
			return arn("events", "rule/"+fmt.Sprint(s.value(bus))+"/"+stackName+"-"+name)
		}
		return arn("events", "rule/"+stackName+"-"+name)
	case "AWS::Events::EventBus":
		return arn("events", "event-bus/"+s.named(name, "Name"))
	case "AWS::DynamoDB::Table":
		return arn("dynamodb", "table/"+stackName+"-"+name)
	case "AWS::Logs::LogGroup":
		return arn("logs", "log-group:"+s.named(name, "LogGroupName")+":*")
	case "AWS::Serverless::Function", "AWS::Lambda::Function":
		return arn("lambda", "function:"+stackName+"-"+name)
	case "AWS::S3::Bucket":
		return "arn:aws:s3:::" + strings.ToLower(stackName+"-"+name)
	default:
		s.t.Fatalf("the ARN of a %s is not known here", kind)
		return nil
	}
}

var substitute = regexp.MustCompile(`\$\{([A-Za-z0-9:.]+)\}`)

func (s stack) sub(operand any) any {
	text, own := "", object{}
	switch operand := operand.(type) {
	case string:
		text = operand
	case []any:
		text, own = operand[0].(string), s.value(operand[1]).(object)
	}
	return substitute.ReplaceAllStringFunc(text, func(match string) string {
		name := match[2 : len(match)-1]
		if value, ok := own[name]; ok {
			return fmt.Sprint(value)
		}
		if resource, attribute, isAttribute := strings.Cut(name, "."); isAttribute {
			return fmt.Sprint(s.attribute(resource, attribute))
		}
		return fmt.Sprint(s.ref(name))
	})
}

// refused returns what CloudFormation says of parameters that do not go together.
func (s stack) refused() (because []string) {
	for _, rule := range s.rules {
		if when := at(rule, "RuleCondition"); when != nil && !s.value(when).(bool) {
			continue
		}
		for _, assertion := range list(at(rule, "Assertions")) {
			if !s.value(at(assertion, "Assert")).(bool) {
				because = append(because, fmt.Sprint(at(assertion, "AssertDescription")))
			}
		}
	}
	slices.Sort(because)
	return because
}

// Every mode works out: no reference to what is not there then, and no rule that refuses it.
func TestModes(t *testing.T) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			s := deployed(t, m)
			if because := s.refused(); because != nil {
				t.Errorf("refused: %q", because)
			}
			text, err := json.Marshal(s.resources)
			if err != nil {
				t.Fatal(err)
			}
			for _, left := range []string{"Fn::", "${", `"Ref"`} {
				if strings.Contains(string(text), left) {
					t.Errorf("%s is left", left)
				}
			}
		})
	}
}

// What would deploy and then stay silent, or surprise, is refused.
func TestCombinationsThatAreRefused(t *testing.T) {
	tests := []struct {
		name  string
		given params
		want  string
	}{
		{"a workspace without a channel", params{"SlackWorkspaceId": "T1"}, "Give SlackWorkspaceId and SlackChannelId, or neither"},
		{"a channel without a workspace", params{"SlackChannelId": "C1"}, "Give SlackWorkspaceId and SlackChannelId, or neither"},
		{"both ways to Slack", params{"SlackWorkspaceId": "T1", "SlackChannelId": "C1", "SlackWebhookSecretArn": hookSecret},
			"Alerts come to Slack by Amazon Q or by a webhook; both would tell everything twice"},
		{"an organization without an id", params{"EventsFrom": "organization"}, "EventsFrom=organization needs OrganizationId"},
		{"an id without an organization", params{"OrganizationId": "o-exampleorg1"}, "OrganizationId has no effect without EventsFrom=organization"},
		{"a trail of everything", params{"CreateTrail": "data-events"}, "CreateTrail needs AuditedBuckets; the objects of every bucket would be expensive"},
		{"buckets without a trail", params{"AuditedBuckets": "arn:aws:s3:::acme-data/"}, "AuditedBuckets has no effect without CreateTrail"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := deployed(t, mode{file: templatePath, given: tt.given}).refused(); !reflect.DeepEqual(got, []string{tt.want}) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Parameters that nobody groups come at the end of the console's form, under their bare names.
func TestEveryParameterIsGroupedAndLabelled(t *testing.T) {
	document := documentOf(t, templatePath)
	form := at(document, "Metadata", "AWS::CloudFormation::Interface")
	var grouped []string
	for _, group := range list(at(form, "ParameterGroups")) {
		for _, name := range list(at(group, "Parameters")) {
			grouped = append(grouped, fmt.Sprint(name))
		}
	}
	slices.Sort(grouped)
	want := slices.Sorted(maps.Keys(document["Parameters"].(object)))
	same(t, "grouped", grouped, want)
	same(t, "labelled", slices.Sorted(maps.Keys(at(form, "ParameterLabels").(object))), want)
	for name, parameter := range document["Parameters"].(object) {
		if at(parameter, "Description") == nil || at(parameter, "Default") == nil {
			t.Errorf("%s: every parameter has a description, and a default with which the stack deploys", name)
		}
	}
}
