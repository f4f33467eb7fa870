package deploy_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const auditorRole = "arn:aws:iam::111122223333:role/why403-AuditorRole-EXAMPLE"

func TestWhatTheRulesMatch(t *testing.T) {
	const (
		call    = "AWS API Call via CloudTrail"
		network = "AWS Network Activity Event via CloudTrail"
		user    = `{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ana"}`
		role    = `{"type":"AssumedRole","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/app"}}}`
	)
	own := fmt.Sprintf(`{"type":"AssumedRole","sessionContext":{"sessionIssuer":{"type":"Role","arn":%q}}}`, auditorRole)

	tests := []struct {
		name, source, detailType, detail string
		denied, networkDenied            bool
	}{
		{"object read by a role", "aws.s3", call,
			`{"eventName":"GetObject","errorCode":"AccessDenied","userIdentity":` + role + `}`, true, false},
		{"object read by a user, whose record has no session issuer", "aws.s3", call,
			`{"eventName":"GetObject","errorCode":"AccessDenied","userIdentity":` + user + `}`, true, false},
		{"user session with multi-factor authentication", "aws.s3", call,
			`{"errorCode":"AccessDenied","userIdentity":{"type":"IAMUser","sessionContext":{"attributes":{"mfaAuthenticated":"true"}}}}`, true, false},
		{"anonymous", "aws.s3", call,
			`{"errorCode":"AccessDenied","userIdentity":{"type":"AWSAccount","accountId":"anonymous","principalId":""}}`, true, false},
		{"AWS service", "aws.s3", call,
			`{"eventName":"HeadBucket","errorCode":"AccessDenied","userIdentity":{"type":"AWSService","invokedBy":"config.amazonaws.com"}}`, true, false},
		{"record without an identity", "aws.s3", call, `{"errorCode":"AccessDenied"}`, true, false},
		{"disabled key", "aws.s3", call, `{"errorCode":"KMS.DisabledException","userIdentity":` + role + `}`, true, false},
		{"Requester Pays", "aws.s3", call, `{"errorCode":"InvalidPayer","userIdentity":` + role + `}`, true, false},
		{"archived object", "aws.s3", call, `{"errorCode":"InvalidObjectState","userIdentity":` + role + `}`, true, false},
		{"directory bucket", "aws.s3express", call,
			`{"eventName":"CreateSession","errorCode":"AccessDenied","userIdentity":` + role + `}`, true, false},

		{"missing object", "aws.s3", call, `{"errorCode":"NoSuchKey","userIdentity":` + role + `}`, false, false},
		{"success", "aws.s3", call, `{"eventName":"GetObject","userIdentity":` + role + `}`, false, false},
		{"code that merely contains KMS", "aws.s3", call, `{"errorCode":"NotKMS.Exception","userIdentity":` + role + `}`, false, false},
		{"wrong signature", "aws.s3", call, `{"errorCode":"SignatureDoesNotMatch","userIdentity":` + user + `}`, false, false},
		{"another service", "aws.ec2", call, `{"errorCode":"AccessDenied","userIdentity":` + role + `}`, false, false},
		{"object created", "aws.s3", "Object Created", `{"bucket":{"name":"b"}}`, false, false},
		{"the auditor itself", "aws.s3", call,
			`{"eventName":"GetBucketPolicy","errorCode":"AccessDenied","userIdentity":` + own + `}`, false, false},

		{"endpoint policy", "aws.s3", network, `{"errorCode":"VpceAccessDenied","userIdentity":` + role + `}`, false, true},
		{"request let through by an endpoint", "aws.s3", network, `{"userIdentity":` + role + `}`, false, false},
		{"endpoint policy of another service", "aws.kms", network, `{"errorCode":"VpceAccessDenied"}`, false, false},
	}

	resources := load(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var detail object
			if err := json.Unmarshal([]byte(test.detail), &detail); err != nil {
				t.Fatal(err)
			}
			event := object{"source": test.source, "detail-type": test.detailType, "detail": detail}
			for rule, want := range map[string]bool{"DeniedRule": test.denied, "NetworkDeniedRule": test.networkDenied} {
				pattern := resolved(t, at(resources[rule], "Properties", "EventPattern")).(object)
				if got := matches(t, pattern, event); got != want {
					t.Errorf("%s matches: %v, want %v", rule, got, want)
				}
			}
		})
	}
}

// The samples are what readers send through their stack and replay: each denial among them must come by exactly one rule.
func TestWhichSampleEventsTheRulesMatch(t *testing.T) {
	resources := load(t)
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
		got := 0
		for _, rule := range ofType(resources, "AWS::Events::Rule") {
			pattern := resolved(t, at(rule, "Properties", "EventPattern")).(object)
			if matches(t, pattern, event) {
				got++
			}
		}
		if got != want {
			t.Errorf("%s (errorCode %q) comes by %d rules, want %d", file, code, got, want)
		}
	}
	if events == 0 {
		t.Error("no sample event found")
	}
}

// matches knows only the operators that the template uses: exact values, prefix, anything-but, exists and $or. It follows
// EventBridge's documentation and has not been compared with EventBridge itself.
func matches(t *testing.T, pattern, event object) bool {
	t.Helper()
	for name, want := range pattern {
		switch want := want.(type) {
		case object:
			below, _ := event[name].(object)
			if !matches(t, want, below) {
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
			case "anything-but":
				match = present && !reflect.DeepEqual(got, operand)
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

// resolved puts the auditor's role where a deployment would.
func resolved(t *testing.T, value any) any {
	t.Helper()
	switch v := value.(type) {
	case object:
		if reflect.DeepEqual(v, getAtt("AuditorRole", "Arn")) {
			return auditorRole
		}
		out := object{}
		for name, below := range v {
			if strings.HasPrefix(name, "Fn::") || name == "Ref" {
				t.Fatalf("%v cannot be resolved here", v)
			}
			out[name] = resolved(t, below)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = resolved(t, item)
		}
		return out
	}
	return value
}
