// Package deploy_test holds the deployment template to what the code and the documentation say of it.
package deploy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

const templatePath = "../template.yaml"

// environment is what the auditor reads; the template must set exactly this.
var environment = []string{
	"WHY403_ACCOUNT", "WHY403_ALERT_DETAIL", "WHY403_ALERT_TOPIC_ARN", "WHY403_CHAT_TOPIC_ARN", "WHY403_DOCS_BASE_URL", "WHY403_EVENT_TOPIC_ARN", "WHY403_HEAD_OBJECTS",
	"WHY403_ORGANIZATION_ACCOUNT", "WHY403_ORGANIZATION_ROLE", "WHY403_OWN_ROLES", "WHY403_PARTITION", "WHY403_PROTECTED_BUCKETS", "WHY403_QUIET_START_HOURS", "WHY403_READ_ACCOUNTS",
	"WHY403_READ_EXTERNAL_ID", "WHY403_READ_REGIONS", "WHY403_READ_ROLE", "WHY403_ROUTES_PARAMETER", "WHY403_RULES", "WHY403_TABLE",
}

type object = map[string]any

func TestRulesDeliverSafely(t *testing.T) {
	resources := load(t)
	states := map[string]string{}
	for name, rule := range ofType(resources, "AWS::Events::Rule") {
		states[name] = fmt.Sprint(at(rule, "Properties", "State"))
		if text, err := json.Marshal(at(rule, "Properties", "EventPattern")); err != nil || len(text) > 2048 {
			t.Errorf("%s: a pattern of %d characters, of which EventBridge takes 2048 (%v)", name, len(text), err)
		}
		targets, _ := at(rule, "Properties", "Targets").([]any)
		if len(targets) != 1 {
			t.Fatalf("%s: %d targets, want 1", name, len(targets))
		}
		queue := "DeniedQueue"
		if strings.Contains(name, "Change") || name == "SessionRule" {
			queue = "RecheckQueue"
		}
		same(t, name+" target", at(targets[0], "Arn"), getAtt(queue, "Arn"))
		same(t, name+" dead-letter queue", at(targets[0], "DeadLetterConfig", "Arn"), getAtt("UndeliveredQueue", "Arn"))
		for _, key := range []string{"MaximumEventAgeInSeconds", "MaximumRetryAttempts"} {
			if n, ok := at(targets[0], "RetryPolicy", key).(float64); !ok || n <= 0 {
				t.Errorf("%s: RetryPolicy.%s is not set", name, key)
			}
		}
	}
	// Without this state, denied reads of bucket settings never arrive.
	same(t, "states", states, map[string]string{
		"DeniedRule":           "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
		"ForwardedDenialsRule": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
		"KmsDeniedRule":        "ENABLED",
		"NetworkDeniedRule":    "ENABLED",
		"ChangedRule":          "ENABLED",
		"IdentityChangedRule":  "ENABLED",
		"SessionRule":          "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
		"ForwardedChangesRule": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
	})
}

// cfn-lint accepts an event pattern whose values are not lists; EventBridge does not.
func TestEventPatternsAreLists(t *testing.T) {
	for name, rule := range ofType(load(t), "AWS::Events::Rule") {
		checkPattern(t, name, at(rule, "Properties", "EventPattern"))
	}
}

func checkPattern(t *testing.T, path string, pattern any) {
	t.Helper()
	fields, ok := pattern.(object)
	if !ok || len(fields) == 0 {
		t.Errorf("%s: %v is not a map of fields", path, pattern)
		return
	}
	for name, value := range fields {
		below := path + "." + name
		switch v := value.(type) {
		case object:
			checkPattern(t, below, v)
		case []any:
			if len(v) == 0 {
				t.Errorf("%s: an empty list matches nothing", below)
			}
			if name == "$or" {
				for i, branch := range v {
					checkPattern(t, fmt.Sprintf("%s[%d]", below, i), branch)
				}
			}
		default:
			t.Errorf("%s: %v is not a list", below, value)
		}
	}
}

// Each queue takes messages over TLS from the rules that name it, or the topic, and from nobody else.
func TestQueues(t *testing.T) {
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) { checkQueues(t, m) })
	}
}

func checkQueues(t *testing.T, m mode) {
	t.Helper()
	s := deployed(t, m)
	for name, queue := range ofType(s.resources, "AWS::SQS::Queue") {
		if key := m.given["KmsKeyArn"]; key != "" {
			same(t, name+" key", at(queue, "Properties", "KmsMasterKeyId"), key)
			same(t, name+" encryption", at(queue, "Properties", "SqsManagedSseEnabled"), nil)
		} else {
			same(t, name+" encryption", at(queue, "Properties", "SqsManagedSseEnabled"), true)
		}
		if at(queue, "Properties", "RedrivePolicy") == nil && at(queue, "Properties", "RedriveAllowPolicy") == nil {
			t.Errorf("%s: neither has a dead-letter queue nor says whose it is", name)
		}
		queueARN := s.attribute(name, "Arn")
		senders := []any{}
		for ruleName, rule := range ofType(s.resources, "AWS::Events::Rule") {
			target := list(at(rule, "Properties", "Targets"))[0]
			if at(target, "Arn") == queueARN || at(target, "DeadLetterConfig", "Arn") == queueARN {
				senders = append(senders, s.attribute(ruleName, "Arn"))
			}
		}
		var tls bool
		for _, statement := range statements(policyOf(t, s, "AWS::SQS::QueuePolicy", "Queues", name)) {
			same(t, name+" policy resource", statement["Resource"], queueARN)
			switch statement["Effect"] {
			case "Deny":
				tls = tls || deniesPlainText(statement)
			case "Allow":
				same(t, name+" action", statement["Action"], "sqs:SendMessage")
				from := list(at(statement, "Condition", "ArnEquals", "aws:SourceArn"))
				if name == "NotPostedQueue" {
					same(t, name+" sender", statement["Principal"], object{"Service": "sns.amazonaws.com"})
					same(t, name+" source", from, []any{s.ref("EventTopic")})
					continue
				}
				same(t, name+" sender", statement["Principal"], object{"Service": "events.amazonaws.com"})
				same(t, name+" source", sorted(from), sorted(senders))
				senders = nil
			}
		}
		if !tls {
			t.Errorf("%s: plain HTTP is not denied", name)
		}
		if len(senders) > 0 {
			t.Errorf("%s: %v send there and are not let in", name, senders)
		}
	}
	if m.file != templatePath {
		return
	}
	for of, dead := range map[string]string{"DeniedQueue": "DeniedDeadLetterQueue", "RecheckQueue": "RecheckDeadLetterQueue"} {
		same(t, of+" redrive", at(s.resources[of], "Properties", "RedrivePolicy"),
			object{"deadLetterTargetArn": s.attribute(dead, "Arn"), "maxReceiveCount": 5.0})
		// The dead-letter queue names its source by a composed ARN, which only holds as long as the names agree.
		same(t, dead+" source", at(s.resources[dead], "Properties", "RedriveAllowPolicy", "sourceQueueArns"), []any{s.attribute(of, "Arn")})
		same(t, dead+" retention", at(s.resources[dead], "Properties", "MessageRetentionPeriod"), 14*24*3600.0)
	}
	same(t, "UndeliveredQueue retention", at(s.resources["UndeliveredQueue"], "Properties", "MessageRetentionPeriod"), 14*24*3600.0)
}

func sorted(values []any) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprint(v)
	}
	slices.Sort(texts)
	return texts
}

// The functions that queues feed, with what each reads of the environment.
func functionsFed() map[string]struct {
	queue, event, role, logs string
	environment              []string
} {
	recheck := slices.DeleteFunc(slices.Clone(environment), func(name string) bool { return name == "WHY403_OWN_ROLES" || name == "WHY403_RULES" })
	recheck = append(recheck, "WHY403_DAILY_DIGEST", "WHY403_QUIET_DAYS")
	slices.Sort(recheck)
	return map[string]struct {
		queue, event, role, logs string
		environment              []string
	}{
		"AuditorFunction": {"DeniedQueue", "Denied", "AuditorRole", "AuditorLogs", environment},
		"RecheckFunction": {"RecheckQueue", "Changed", "RecheckRole", "RecheckLogs", recheck},
	}
}

func TestFunctionsThatQueuesFeed(t *testing.T) {
	resources := load(t)
	for name, want := range functionsFed() {
		function := at(resources[name], "Properties")
		timeout, _ := at(function, "Timeout").(float64)
		window, _ := at(function, "Events", want.event, "Properties", "MaximumBatchingWindowInSeconds").(float64)
		visible, _ := at(resources[want.queue], "Properties", "VisibilityTimeout").(float64)
		if timeout == 0 || visible < 6*timeout+window {
			t.Errorf("%s: VisibilityTimeout %v is less than six timeouts of %v s and a window of %v s", name, visible, timeout, window)
		}
		same(t, name+" queue", at(function, "Events", want.event, "Properties", "Queue"), getAtt(want.queue, "Arn"))
		same(t, name+" partial batches", at(function, "Events", want.event, "Properties", "FunctionResponseTypes"),
			[]any{"ReportBatchItemFailures"})
		// Each of these left out makes SAM or Lambda add broad permissions or an eternal log of its own.
		same(t, name+" role", at(function, "Role"), getAtt(want.role, "Arn"))
		same(t, name+" log group", at(function, "LoggingConfig", "LogGroup"), ref(want.logs))
		same(t, name+" retention", at(resources[want.logs], "Properties", "RetentionInDays"), ref("LogRetentionDays"))

		variables, _ := at(function, "Environment", "Variables").(object)
		same(t, name+" environment", slices.Sorted(maps.Keys(variables)), want.environment)
	}
	// cfn-lint lets rate(1 days) pass, which EventBridge does not.
	schedules := map[string]string{}
	for _, event := range at(resources["RecheckFunction"], "Properties", "Events").(object) {
		if at(event, "Type") == "Schedule" {
			schedules[fmt.Sprint(at(event, "Properties", "Input"))] = fmt.Sprint(at(event, "Properties", "Schedule"))
		}
	}
	same(t, "schedules", schedules, map[string]string{`{"why403":"recheck"}`: "rate(6 hours)", `{"why403":"digest"}`: "rate(15 minutes)"})
}

func TestFunctionsReadTheEnvironmentThatIsSet(t *testing.T) {
	shared := variablesNamed(t, filepath.Join("..", "pkg", "stack"))
	set := map[string]bool{}
	for function, want := range functionsFed() {
		codeURI := fmt.Sprint(at(load(t)[function], "Properties", "CodeUri"))
		own := variablesNamed(t, filepath.Join("..", codeURI))
		if !isProgram(t, filepath.Join("..", codeURI)) {
			t.Fatalf("CodeUri %s has no package main to build", codeURI)
		}
		for _, name := range want.environment {
			if set[name] = true; !own[name] && !shared[name] {
				t.Errorf("%s is given %s, which nothing reads", function, name)
			}
		}
		for name := range own {
			if !slices.Contains(want.environment, name) {
				t.Errorf("%s reads %s, which is not set", function, name)
			}
		}
	}
	for name := range shared {
		if !set[name] {
			t.Errorf("%s is read, and set for no function", name)
		}
	}
}

// variablesNamed are the variables of the environment that the files of a package name.
func variablesNamed(t *testing.T, dir string) map[string]bool {
	t.Helper()
	name := regexp.MustCompile(`"(WHY403_[A-Z0-9_]+)"`)
	read := map[string]bool{}
	for _, source := range sources(t, dir) {
		for _, match := range name.FindAllSubmatch(source, -1) {
			read[string(match[1])] = true
		}
	}
	return read
}

func isProgram(t *testing.T, dir string) bool {
	t.Helper()
	return slices.ContainsFunc(sources(t, dir), func(source []byte) bool { return bytes.Contains(source, []byte("package main\n")) })
}

// sources are the files of a package, but its tests.
func sources(t *testing.T, dir string) (all [][]byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			all = append(all, readFile(t, file))
		}
	}
	return all
}

func TestFindingsTable(t *testing.T) {
	table := deployed(t, mode{file: templatePath}).resources["FindingsTable"]
	same(t, "DeletionPolicy", at(table, "DeletionPolicy"), "Retain")
	same(t, "UpdateReplacePolicy", at(table, "UpdateReplacePolicy"), "Retain")
	for _, path := range [][]any{
		{"DeletionProtectionEnabled"},
		{"PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"},
		{"SSESpecification", "SSEEnabled"},
		{"TimeToLiveSpecification", "Enabled"},
	} {
		same(t, fmt.Sprint(path), at(table, append([]any{"Properties"}, path...)...), true)
	}
	// cfn-lint lets a misspelt mode pass.
	same(t, "billing", at(table, "Properties", "BillingMode"), "PAY_PER_REQUEST")
	same(t, "TTL attribute", at(table, "Properties", "TimeToLiveSpecification", "AttributeName"), "expires")
	same(t, "key", keys(at(table, "Properties")), []string{"id", "part"})

	keyed := map[string]bool{"id": true, "part": true}
	indexes := map[string][]string{}
	readable := []string{"action_class", "actor_account", "bucket", "cause", "confidence", "count", "first_seen", "last_seen",
		"requester", "status", "title"}
	for _, index := range at(table, "Properties", "GlobalSecondaryIndexes").([]any) {
		name := fmt.Sprint(at(index, "IndexName"))
		indexes[name] = keys(index)
		shown := slices.Clone(indexes[name])
		for _, attribute := range at(index, "Projection", "NonKeyAttributes").([]any) {
			shown = append(shown, attribute.(string))
		}
		for _, key := range indexes[name] {
			keyed[key] = true
		}
		slices.Sort(shown)
		same(t, name+" shows", shown, readable)
	}
	same(t, "indexes", indexes, map[string][]string{
		"by-status":    {"status", "last_seen"},
		"by-bucket":    {"bucket", "last_seen"},
		"by-requester": {"requester", "last_seen"},
		"by-cause":     {"cause", "last_seen"},
		"by-actor":     {"actor_account", "last_seen"},
	})

	defined := map[string]bool{}
	for _, attribute := range at(table, "Properties", "AttributeDefinitions").([]any) {
		defined[fmt.Sprint(at(attribute, "AttributeName"))] = true
	}
	// DynamoDB refuses a key that is not defined and a definition that is no key.
	same(t, "defined attributes", defined, keyed)
}

func keys(schema any) []string {
	var names []string
	for _, key := range at(schema, "KeySchema").([]any) {
		names = append(names, fmt.Sprint(at(key, "AttributeName")))
	}
	return names
}

func TestTopics(t *testing.T) {
	s := deployed(t, mode{file: templatePath, given: params{"SlackWorkspaceId": "T0123ABCD", "SlackChannelId": "C0123ABCD"}})
	same(t, "topics", slices.Sorted(maps.Keys(ofType(s.resources, "AWS::SNS::Topic"))), []string{"AlertTopic", "ChatTopic", "EventTopic", "OpsTopic"})
	for name := range ofType(s.resources, "AWS::SNS::Topic") {
		var tls bool
		for _, statement := range statements(policyOf(t, s, "AWS::SNS::TopicPolicy", "Topics", name)) {
			tls = tls || statement["Effect"] == "Deny" && deniesPlainText(statement)
		}
		if !tls {
			t.Errorf("%s: plain HTTP is not denied", name)
		}
	}

	for _, name := range []string{"AlertTopic", "ChatTopic", "EventTopic"} {
		var others bool
		for _, statement := range statements(policyOf(t, s, "AWS::SNS::TopicPolicy", "Topics", name)) {
			if statement["Effect"] != "Deny" {
				t.Errorf("%s lets someone in: %v", name, statement)
			}
			others = others || reflect.DeepEqual(statement["Condition"],
				object{"ArnNotEquals": object{"aws:PrincipalArn": []any{auditorRole, recheckRole}}})
		}
		if !others {
			t.Errorf("%s: publishing is not denied to everyone but the functions", name)
		}
	}
}

func TestAlarms(t *testing.T) {
	watched := map[string]string{}
	for name, alarm := range ofType(load(t), "AWS::CloudWatch::Alarm") {
		properties := at(alarm, "Properties")
		watched[name] = fmt.Sprint(at(properties, "Namespace"), " ", at(properties, "MetricName"))
		same(t, name+" action", at(properties, "AlarmActions"), []any{ref("OpsTopic")})
		// Every one of these metrics is silent while nothing is wrong, but that of silence.
		missing := "notBreaching"
		if name == "NoEventsAlarm" {
			missing = "breaching"
		}
		same(t, name+" without data", at(properties, "TreatMissingData"), missing)
		if at(properties, "AlarmDescription") == nil {
			t.Errorf("%s: no description of what to do", name)
		}
	}
	same(t, "alarms", watched, map[string]string{
		"DeadLettersAlarm":      "AWS/SQS ApproximateNumberOfMessagesVisible",
		"NotPostedAlarm":        "AWS/SQS ApproximateNumberOfMessagesVisible",
		"UndeliveredAlarm":      "AWS/SQS ApproximateNumberOfMessagesVisible",
		"BacklogAlarm":          "AWS/SQS ApproximateAgeOfOldestMessage",
		"AuditorErrorsAlarm":    "AWS/Lambda Errors",
		"AuditorThrottlesAlarm": "AWS/Lambda Throttles",
		"AlertsFailedAlarm":     "AWS/SNS NumberOfNotificationsFailed",
		"EventsFailedAlarm":     "AWS/SNS NumberOfNotificationsFailed",
		"ChatFailedAlarm":       "AWS/SNS NumberOfNotificationsFailed",

		"RecheckDeadLettersAlarm": "AWS/SQS ApproximateNumberOfMessagesVisible",
		"RecheckErrorsAlarm":      "AWS/Lambda Errors",
		"RecheckThrottlesAlarm":   "AWS/Lambda Throttles",
		"SlackErrorsAlarm":        "AWS/Lambda Errors",
		"TableThrottledAlarm":     "AWS/DynamoDB WriteThrottleEvents",
		"EvidenceUnreadableAlarm": "why403 EvidenceUnreadable",
		"UnreadableAlarm":         "why403 Unreadable",
		"NoEventsAlarm":           "why403 EventsReceived",
	})
}

func TestLeastPrivilege(t *testing.T) {
	checkPrivileges(t, load(t))
}

// checkPrivileges takes the template or its translation, since SAM adds roles of its own where a template leaves room.
func checkPrivileges(t *testing.T, resources object) {
	t.Helper()
	roles := ofType(resources, "AWS::IAM::Role")
	same(t, "roles", slices.Sorted(maps.Keys(roles)), []string{"AmazonQRole", "AuditorRole", "RecheckRole", "SlackRole"})
	text, err := json.Marshal(resources)
	if err != nil {
		t.Fatal(err)
	}
	// The guardrail of a chat channel takes a managed policy, and nothing else.
	text = bytes.ReplaceAll(text, []byte(":aws:policy/AWSDenyAll"), nil)
	for _, sign := range []string{"ManagedPolicyArns", ":aws:policy/"} {
		if bytes.Contains(text, []byte(sign)) {
			t.Errorf("the template uses a managed policy (%s)", sign)
		}
	}
	for _, function := range ofType(resources, "AWS::Serverless::Function") {
		if at(function, "Properties", "Policies") != nil {
			t.Error("a function has Policies, to which SAM adds managed ones")
		}
	}

	granted := 0
	for name, resource := range resources {
		for _, statement := range statements(resource) {
			if statement["Effect"] != "Allow" {
				continue
			}
			granted++
			where := fmt.Sprintf("%s %v", name, statement["Sid"])
			tracing := true
			for _, action := range list(statement["Action"]) {
				tracing = tracing && strings.HasPrefix(fmt.Sprint(action), "xray:Put")
				if strings.Contains(fmt.Sprint(action), "*") {
					t.Errorf("%s: wildcard action %v", where, action)
				}
			}
			// X-Ray's actions know no resources; and which of them decides a denial, nobody knows before: TestReads
			// holds those actions to what the code reads.
			reading := statement["Sid"] == "ReadWhatDecides"
			if slices.Contains(list(statement["Resource"]), any("*")) && !tracing && !reading {
				t.Errorf("%s: every resource", where)
			}
			// The bus takes events of the whole organization; TestBusPolicy holds how.
			if (statement["Principal"] == "*" || at(statement["Principal"], "AWS") == "*") && statement["Action"] != "events:PutEvents" {
				t.Errorf("%s: every principal", where)
			}
			for _, unwanted := range []string{"NotAction", "NotResource", "NotPrincipal"} {
				if statement[unwanted] != nil {
					t.Errorf("%s: %s grants whatever it does not name", where, unwanted)
				}
			}
		}
	}
	if granted == 0 {
		t.Error("no statement found to check")
	}
}

func TestOutputNamesAnEventThatExists(t *testing.T) {
	file := regexp.MustCompile(`file://(\S+)`).FindSubmatch(readFile(t, templatePath))
	if file == nil {
		t.Fatal("no command that sends a test event")
	}
	readFile(t, filepath.Join("..", string(file[1])))
}

func TestNothingIsHardCoded(t *testing.T) {
	text := readFile(t, templatePath)
	config := readFile(t, "../samconfig.toml")
	for what, pattern := range map[string]*regexp.Regexp{
		"partition": regexp.MustCompile(`arn:aws`),
		"Region":    regexp.MustCompile(`\b[a-z]{2}(-gov)?-(north|south|east|west|central)[a-z]*-\d\b`),
		"account":   regexp.MustCompile(`\b\d{12}\b`),
		"e-mail":    regexp.MustCompile(`[\w.]+@\w[\w.]*\.\w+`),
	} {
		for file, content := range map[string][]byte{"template.yaml": text, "samconfig.toml": config} {
			if found := pattern.Find(content); found != nil {
				t.Errorf("%s: hard-coded %s %q", file, what, found)
			}
		}
	}
	// SAM's cache would not see changes outside CodeUri.
	if !bytes.Contains(config, []byte("cached = false")) {
		t.Error("samconfig.toml: builds must not be cached by SAM")
	}
}

// load returns the resources of the template, short tags spelled out and numbers as JSON has them.
func load(t *testing.T) object {
	t.Helper()
	return documentOf(t, templatePath)["Resources"].(object)
}

// documentOf returns a template likewise.
func documentOf(t *testing.T, file string) object {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal(readFile(t, file), &root); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(plain(t, root.Content[0]))
	if err != nil {
		t.Fatal(err)
	}
	var document object
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return document
}

func resourcesOf(t *testing.T, text []byte) object {
	t.Helper()
	var template struct{ Resources object }
	if err := json.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	if len(template.Resources) == 0 {
		t.Fatal("no resources")
	}
	return template.Resources
}

func plain(t *testing.T, node *yaml.Node) any {
	t.Helper()
	var value any
	switch node.Kind {
	case yaml.MappingNode:
		fields := object{}
		for i := 0; i < len(node.Content); i += 2 {
			fields[node.Content[i].Value] = plain(t, node.Content[i+1])
		}
		value = fields
	case yaml.SequenceNode:
		items := []any{}
		for _, item := range node.Content {
			items = append(items, plain(t, item))
		}
		value = items
	case yaml.ScalarNode:
		if short(node) {
			value = node.Value
		} else if err := node.Decode(&value); err != nil {
			t.Fatal(err)
		}
	default:
		// CloudFormation knows no anchors.
		t.Fatalf("line %d: not a map, a list or a value", node.Line)
	}
	if !short(node) {
		return value
	}
	switch name := node.Tag[1:]; name {
	case "Ref", "Condition":
		return object{name: value}
	case "GetAtt":
		resource, attribute, _ := strings.Cut(node.Value, ".")
		return getAtt(resource, attribute)
	default:
		return object{"Fn::" + name: value}
	}
}

func short(node *yaml.Node) bool {
	return strings.HasPrefix(node.Tag, "!") && !strings.HasPrefix(node.Tag, "!!")
}

func ref(name string) object { return object{"Ref": name} }

func getAtt(name, attribute string) object { return object{"Fn::GetAtt": []any{name, attribute}} }

// at walks down maps by name and returns nil where the way ends.
func at(value any, path ...any) any {
	for _, step := range path {
		fields, ok := value.(object)
		if !ok {
			return nil
		}
		value = fields[step.(string)]
	}
	return value
}

func list(value any) []any {
	if items, ok := value.([]any); ok {
		return items
	}
	return []any{value}
}

func ofType(resources object, kind string) object {
	found := object{}
	for name, resource := range resources {
		if at(resource, "Type") == kind {
			found[name] = resource
		}
	}
	return found
}

// policyOf returns the policy of a queue or topic.
func policyOf(t *testing.T, s stack, kind, property, name string) any {
	t.Helper()
	for _, policy := range ofType(s.resources, kind) {
		if reflect.DeepEqual(at(policy, "Properties", property), []any{s.ref(name)}) {
			return policy
		}
	}
	t.Fatalf("%s has no policy", name)
	return nil
}

// statements finds the statements of every policy document below value.
func statements(value any) []object {
	var found []object
	switch v := value.(type) {
	case object:
		for name, below := range v {
			if name == "Statement" {
				for _, statement := range list(below) {
					found = append(found, either(statement.(object))...)
				}
				continue
			}
			found = append(found, statements(below)...)
		}
	case []any:
		for _, item := range v {
			found = append(found, statements(item)...)
		}
	}
	return found
}

// either returns the statements of one that hangs on a condition.
func either(statement object) []object {
	choice, hangs := statement["Fn::If"].([]any)
	if !hangs {
		return []object{statement}
	}
	var found []object
	for _, one := range choice[1:] {
		if s, ok := one.(object); ok && s["Effect"] != nil {
			found = append(found, s)
		}
	}
	return found
}

func deniesPlainText(statement object) bool {
	return statement["Principal"] == "*" &&
		reflect.DeepEqual(statement["Condition"], object{"Bool": object{"aws:SecureTransport": false}})
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
