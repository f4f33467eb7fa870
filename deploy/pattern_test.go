package deploy_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"why403/pkg/trail"
)

const (
	auditorRole = "arn:aws:iam::111122223333:role/why403-AuditorRole-EXAMPLE"
	recheckRole = "arn:aws:iam::111122223333:role/why403-RecheckRole-EXAMPLE"
)

func TestWhatTheRulesMatch(t *testing.T) {
	const (
		call    = "AWS API Call via CloudTrail"
		network = "AWS Network Activity Event via CloudTrail"
		user    = `{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ana"}`
		role    = `{"type":"AssumedRole","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/app"}}}`
	)
	const context = `"requestParameters":{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::acme-data/a"}}}`
	own := fmt.Sprintf(`{"type":"AssumedRole","sessionContext":{"sessionIssuer":{"type":"Role","arn":%q}}}`, auditorRole)

	tests := []struct {
		name, source, detailType, detail string
		rule                             string // the only rule that it comes by; empty: none
	}{
		{"object read by a role", "aws.s3", call,
			`{"eventName":"GetObject","errorCode":"AccessDenied","userIdentity":` + role + `}`, "DeniedRule"},
		{"object read by a user, whose record has no session issuer", "aws.s3", call,
			`{"eventName":"GetObject","errorCode":"AccessDenied","userIdentity":` + user + `}`, "DeniedRule"},
		{"user session with multi-factor authentication", "aws.s3", call,
			`{"errorCode":"AccessDenied","userIdentity":{"type":"IAMUser","sessionContext":{"attributes":{"mfaAuthenticated":"true"}}}}`, "DeniedRule"},
		{"anonymous", "aws.s3", call,
			`{"errorCode":"AccessDenied","userIdentity":{"type":"AWSAccount","accountId":"anonymous","principalId":""}}`, "DeniedRule"},
		{"AWS service", "aws.s3", call,
			`{"eventName":"HeadBucket","errorCode":"AccessDenied","userIdentity":{"type":"AWSService","invokedBy":"config.amazonaws.com"}}`, "DeniedRule"},
		{"record without an identity", "aws.s3", call, `{"errorCode":"AccessDenied"}`, "DeniedRule"},
		{"disabled key", "aws.s3", call, `{"errorCode":"KMS.DisabledException","userIdentity":` + role + `}`, "DeniedRule"},
		{"Requester Pays", "aws.s3", call, `{"errorCode":"InvalidPayer","userIdentity":` + role + `}`, "DeniedRule"},
		{"archived object", "aws.s3", call, `{"errorCode":"InvalidObjectState","userIdentity":` + role + `}`, "DeniedRule"},
		{"directory bucket", "aws.s3express", call,
			`{"eventName":"CreateSession","errorCode":"AccessDenied","userIdentity":` + role + `}`, "DeniedRule"},

		{"missing object", "aws.s3", call, `{"errorCode":"NoSuchKey","userIdentity":` + role + `}`, ""},
		{"success", "aws.s3", call, `{"eventName":"GetObject","userIdentity":` + role + `}`, ""},
		{"code that merely contains KMS", "aws.s3", call, `{"errorCode":"NotKMS.Exception","userIdentity":` + role + `}`, ""},
		{"wrong signature", "aws.s3", call, `{"errorCode":"SignatureDoesNotMatch","userIdentity":` + user + `}`, ""},
		{"another service", "aws.ec2", call, `{"errorCode":"AccessDenied","userIdentity":` + role + `}`, ""},
		{"object created", "aws.s3", "Object Created", `{"bucket":{"name":"b"}}`, ""},
		{"the auditor itself", "aws.s3", call,
			`{"eventName":"GetBucketPolicy","errorCode":"AccessDenied","userIdentity":` + own + `}`, ""},

		{"endpoint policy", "aws.s3", network, `{"errorCode":"VpceAccessDenied","userIdentity":` + role + `}`, "NetworkDeniedRule"},
		{"request let through by an endpoint", "aws.s3", network, `{"userIdentity":` + role + `}`, ""},
		{"endpoint policy of another service", "aws.kms", network, `{"errorCode":"VpceAccessDenied"}`, ""},

		{"key, for S3 on behalf of a role", "aws.kms", call,
			`{"eventName":"Decrypt","errorCode":"AccessDenied","userIdentity":{"type":"AssumedRole","invokedBy":"AWS Internal"},"sourceIPAddress":"AWS Internal",` + context, "KmsDeniedRule"},
		{"key, the service shown in the address alone", "aws.kms", call,
			`{"errorCode":"AccessDenied","userIdentity":` + role + `,"sourceIPAddress":"s3.amazonaws.com",` + context, "KmsDeniedRule"},
		{"key, called by the requester with a context of its own", "aws.kms", call,
			`{"errorCode":"AccessDenied","userIdentity":` + role + `,"sourceIPAddress":"203.0.113.5",` + context, ""},
		{"key, for another service", "aws.kms", call,
			`{"errorCode":"AccessDenied","userIdentity":{"invokedBy":"AWS Internal"},"requestParameters":{"encryptionContext":{"aws:ebs:id":"vol-1"}}}`, ""},
		{"bucket policy changed", "aws.s3", call, `{"eventName":"PutBucketPolicy","userIdentity":` + role + `}`, "ChangedRule"},
		{"bucket policy not changed, by error", "aws.s3", call, `{"eventName":"PutBucketPolicy","errorCode":"MalformedPolicy","userIdentity":` + role + `}`, ""},
		{"bucket policy not changed, by refusal", "aws.s3", call, `{"eventName":"PutBucketPolicy","errorCode":"AccessDenied","userIdentity":` + role + `}`, "DeniedRule"},
		{"bucket policy read", "aws.s3", call, `{"eventName":"GetBucketPolicy","userIdentity":` + role + `}`, ""},
		{"Block Public Access of an account", "aws.s3", call, `{"eventName":"PutAccountPublicAccessBlock"}`, "ChangedRule"},
		{"key policy", "aws.kms", call, `{"eventName":"PutKeyPolicy"}`, "ChangedRule"},
		{"key disabled", "aws.kms", call, `{"eventName":"DisableKey"}`, "ChangedRule"},
		{"endpoint policy changed", "aws.ec2", call, `{"eventName":"ModifyVpcEndpoint"}`, "ChangedRule"},
		{"instances", "aws.ec2", call, `{"eventName":"RunInstances"}`, ""},
		{"role policy", "aws.iam", call, `{"eventName":"PutRolePolicy"}`, "IdentityChangedRule"},
		{"policy version", "aws.iam", call, `{"eventName":"CreatePolicyVersion"}`, "IdentityChangedRule"},
		{"boundary", "aws.iam", call, `{"eventName":"DeleteRolePermissionsBoundary"}`, "IdentityChangedRule"},
		{"access key", "aws.iam", call, `{"eventName":"CreateAccessKey"}`, ""},
		{"service control policy", "aws.organizations", call, `{"eventName":"UpdatePolicy"}`, "IdentityChangedRule"},
		{"account moved", "aws.organizations", call, `{"eventName":"MoveAccount"}`, "IdentityChangedRule"},
		{"session with a policy", "aws.sts", call, `{"eventName":"AssumeRole","requestParameters":{"policy":"{}"}}`, "SessionRule"},
		{"session with managed policies", "aws.sts", call, `{"eventName":"AssumeRoleWithSAML","requestParameters":{"policyArns":[{"arn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}]}}`, "SessionRule"},
		{"federation token with a policy", "aws.sts", call, `{"eventName":"GetFederationToken","requestParameters":{"policy":"{}"}}`, "SessionRule"},
		{"session without a policy", "aws.sts", call, `{"eventName":"AssumeRole","requestParameters":{"roleArn":"r"}}`, ""},
		{"session refused", "aws.sts", call, `{"eventName":"AssumeRole","errorCode":"AccessDenied","requestParameters":{"policy":"{}"}}`, ""},
		{"key used", "aws.kms", call, `{"userIdentity":{"invokedBy":"AWS Internal"},` + context, ""},
	}

	home, member := rulesOf(t, "single"), rulesOf(t, "forwarding member")
	bus := rulesOf(t, "organization")
	maps.DeleteFunc(bus, func(rule string, _ object) bool { return !strings.HasPrefix(rule, "Forwarded") })
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var detail object
			if err := json.Unmarshal([]byte(test.detail), &detail); err != nil {
				t.Fatal(err)
			}
			event := object{"account": account, "source": test.source, "detail-type": test.detailType, "detail": detail}
			same(t, "rules here", matching(t, home, event), test.rule)
			same(t, "rules of a member", matching(t, member, event), test.rule)
			// What a member forwards is taken, whichever rule it came by.
			for rule, pattern := range bus {
				takes := test.rule != "" && (rule == "ForwardedDenialsRule") == strings.HasSuffix(test.rule, "DeniedRule")
				if test.rule != "" && matches(t, pattern, event) != takes {
					t.Errorf("%s of the bus takes it: %v", rule, !takes)
				}
			}
			event["account"] = "555566667777"
			same(t, "rules of a member for another account's event", matching(t, member, event), "")
		})
	}
}

// rulesOf returns the patterns of a mode by the names of their rules.
func rulesOf(t *testing.T, name string) map[string]object {
	t.Helper()
	patterns := map[string]object{}
	for rule, resource := range ofType(deployed(t, modeNamed(t, name)).resources, "AWS::Events::Rule") {
		patterns[rule] = at(resource, "Properties", "EventPattern").(object)
	}
	return patterns
}

// matching names the rules that an event comes by.
func matching(t *testing.T, patterns map[string]object, event object) string {
	t.Helper()
	var rules []string
	for name, pattern := range patterns {
		if matches(t, pattern, event) {
			rules = append(rules, name)
		}
	}
	slices.Sort(rules)
	return strings.Join(rules, " ")
}

// The loops that a refused read could make: the stack's own roles, and the read role of a member.
func TestOwnReadsComeByNoRule(t *testing.T) {
	for name, issuers := range map[string][]string{
		"single":            {auditorRole, recheckRole},
		"forwarding member": {auditorRole, recheckRole, "arn:aws:iam::111122223333:role/why403-reader"},
	} {
		for _, issuer := range issuers {
			event := object{"account": account, "source": "aws.s3", "detail-type": "AWS API Call via CloudTrail", "detail": object{
				"errorCode": "AccessDenied", "userIdentity": object{"sessionContext": object{"sessionIssuer": object{"arn": issuer}}}}}
			same(t, name+" "+issuer, matching(t, rulesOf(t, name), event), "")
			at(event, "detail", "userIdentity", "sessionContext", "sessionIssuer").(object)["arn"] = issuer + "2"
			same(t, name+" "+issuer+"2", matching(t, rulesOf(t, name), event), "DeniedRule")
		}
	}
}

// The bus takes CloudTrail's events, of the services that matter, from the organization.
func TestBusPolicy(t *testing.T) {
	same(t, "statement", at(deployed(t, modeNamed(t, "organization")).resources["BusPolicy"], "Properties", "Statement"), object{
		"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": busARN,
		"Condition": object{
			"StringEquals": object{"aws:PrincipalOrgID": "o-exampleorg1",
				"events:detail-type": []any{"AWS API Call via CloudTrail", "AWS Network Activity Event via CloudTrail"}},
			"ForAllValues:StringEquals": object{"events:source": []any{"aws.s3", "aws.s3express", "aws.kms", "aws.iam", "aws.ec2", "aws.organizations", "aws.sts"}},
			"Null":                      object{"events:source": false},
		}})
	if s := deployed(t, modeNamed(t, "regions")); s.resources["Bus"] == nil || s.resources["BusPolicy"] != nil {
		t.Error("for the account's own Regions there is a bus, and nobody else is let in")
	}
}

// The samples are what readers send through their stack and replay: each denial among them must come by exactly one rule.
func TestWhichSampleEventsTheRulesMatch(t *testing.T) {
	home := rulesOf(t, "single")
	files, err := filepath.Glob("../events/*.json")
	if err != nil {
		t.Fatal(err)
	}
	events := 0
	for _, file := range files {
		var event object
		if err := json.Unmarshal(readFile(t, file), &event); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if event["detail-type"] == nil {
			continue // a batch, a log file or a bare record never goes through a rule
		}
		events++
		code, _ := at(event, "detail", "errorCode").(string)
		want := 1
		if code == "" || strings.HasPrefix(code, "NoSuch") {
			want = 0
		}
		if got := strings.Fields(matching(t, home, event)); len(got) != want {
			t.Errorf("%s (errorCode %q) comes by the rules %q, want %d", file, code, got, want)
		}
	}
	if events == 0 {
		t.Error("no sample event found")
	}
}

// matches knows only the operators that the template uses: exact values, prefix, suffix, anything-but, exists and $or. It follows
// EventBridge's documentation and has not been compared with EventBridge itself.
func matches(t *testing.T, pattern, event object) bool {
	t.Helper()
	for name, want := range pattern {
		switch want := want.(type) {
		case object:
			// EventBridge looks into each map of a list.
			found := false
			for _, item := range list(event[name]) {
				below, _ := item.(object)
				found = found || matches(t, want, below)
			}
			if !found {
				return false
			}
		case []any:
			if name == "$or" {
				if !anyBranch(t, want, event) {
					return false
				}
				continue
			}
			got, present := event[name]
			if !anyValue(t, want, got, present) {
				return false
			}
		default:
			t.Fatalf("%s: %v is not a list", name, want)
		}
	}
	return true
}

func anyBranch(t *testing.T, branches []any, event object) bool {
	t.Helper()
	for _, branch := range branches {
		if matches(t, branch.(object), event) {
			return true
		}
	}
	return false
}

func anyValue(t *testing.T, wanted []any, got any, present bool) bool {
	t.Helper()
	for _, want := range wanted {
		operator, ok := want.(object)
		if !ok {
			if present && reflect.DeepEqual(got, want) {
				return true
			}
			continue
		}
		for name, operand := range operator {
			text, isText := got.(string)
			var match bool
			switch name {
			case "prefix":
				match = isText && strings.HasPrefix(text, operand.(string))
			case "suffix":
				match = isText && strings.HasSuffix(text, operand.(string))
			case "anything-but":
				match = present && !slices.ContainsFunc(list(operand), func(other any) bool { return reflect.DeepEqual(got, other) })
			case "exists":
				match = present == operand.(bool)
			default:
				t.Fatalf("operator %s is not known here", name)
			}
			if match {
				return true
			}
		}
	}
	return false
}

// What the rules let through is what is read: a name that trail does not know would cost and do nothing.
func TestEveryChangeThatComesIsRead(t *testing.T) {
	sources := map[string]string{"Vpc": "ec2", "Key": "kms", "Grant": "kms"}
	names := 0
	for rule, pattern := range rulesOf(t, "single") {
		if !strings.HasSuffix(rule, "ChangedRule") {
			continue
		}
		for _, name := range list(at(pattern, "detail", "eventName")) {
			source, text := "s3", fmt.Sprint(name)
			if prefix, ok := at(name, "prefix").(string); ok {
				text = prefix + "RolePolicy" // whatever the prefix stands for
			}
			if rule == "IdentityChangedRule" {
				source = "iam"
			}
			if text == "MoveAccount" || strings.HasSuffix(text, "PolicyType") {
				source = "organizations"
			}
			for part, service := range sources {
				if strings.Contains(text, part) {
					source = service
				}
			}
			record := fmt.Sprintf(`{"eventTime":"2026-11-23T08:00:00Z","eventSource":"%s.amazonaws.com","eventName":%q,"recipientAccountId":"111111111111","awsRegion":"us-east-1",
				"userIdentity":{"arn":"arn:aws:iam::111111111111:user/ana"},"requestParameters":{"bucketName":"acme-data","keyId":"1","roleName":"app","targetId":"ou-1"}}`, source, text)
			if _, read, err := trail.ParseChange([]byte(record)); err != nil || !read {
				t.Errorf("%s %s: not read (%v)", rule, text, err)
			}
			names++
		}
	}
	if names < 30 {
		t.Errorf("only %d names", names)
	}
}
