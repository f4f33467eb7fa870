package deploy_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/policy"
)

var update = flag.Bool("update", false, "write testdata/roles.txt anew")

// TestWhatRolesMayDo lists what every role may do, and in every mode what differs from the first, for reviewers: a change of a role shows as a change of
// testdata/roles.txt.
func TestWhatRolesMayDo(t *testing.T) {
	const golden = "testdata/roles.txt"
	var text strings.Builder
	single := map[string]string{}
	for _, m := range modes() {
		resources := deployed(t, m).resources
		for _, name := range slices.Sorted(maps.Keys(ofType(resources, "AWS::IAM::Role"))) {
			var role strings.Builder
			for _, document := range documents(resources[name]) {
				for _, s := range statements(object{"Statement": at(document, "Statement")}) {
					fmt.Fprintf(&role, "  %s\n", line(t, s))
				}
			}
			switch {
			case m.name == "single":
				single[name] = role.String()
			case single[name] == role.String():
				continue
			}
			fmt.Fprintf(&text, "%s, %s\n%s", m.name, name, role.String())
		}
	}
	if *update {
		if err := os.WriteFile(golden, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(readFile(t, golden)), text.String()); diff != "" {
		t.Errorf("roles (-want +got); write anew with -update and read it:\n%s", diff)
	}
}

// line is a statement on one line. The long lists of reads are held by TestReads.
func line(t *testing.T, s object) string {
	t.Helper()
	actions := strings.Join(sorted(append(optional(s["Action"]), optional(s["NotAction"])...)), " ")
	switch {
	case s["NotAction"] != nil:
		actions = "everything but the reads above"
	case s["Sid"] == "ReadWhatDecides":
		actions = fmt.Sprintf("%d reads of what decides", len(list(s["Action"])))
	}
	on := strings.Join(sorted(optional(s["Resource"])), " ")
	if s["NotResource"] != nil {
		on = "everything but " + fmt.Sprint(s["NotResource"])
	}
	out := fmt.Sprintf("%s %s on %s", s["Effect"], actions, on)
	if s["Condition"] != nil {
		condition, err := json.Marshal(s["Condition"])
		if err != nil {
			t.Fatal(err)
		}
		out += " if " + string(condition)
	}
	return out
}

func optional(value any) []any {
	if value == nil {
		return nil
	}
	return list(value)
}

// documents are the policies of a role, without its trust.
func documents(role any) (all []any) {
	for _, p := range optional(at(role, "Properties", "Policies")) {
		all = append(all, at(p, "PolicyDocument"))
	}
	return all
}

// TestWhatRolesMayNotDo asks our own engine, with every condition that a role could meet granted: whatever is not refused or
// simply not allowed then could be done.
func TestWhatRolesMayNotDo(t *testing.T) {
	for _, m := range modes() {
		resources := deployed(t, m).resources
		for name, role := range ofType(resources, "AWS::IAM::Role") {
			for action, on := range map[string]string{
				"s3:GetObject": "arn:aws:s3:::acme-data/secret", "s3:GetObjectVersion": "arn:aws:s3:::acme-data/secret", "s3:GetObjectTorrent": "arn:aws:s3:::acme-data/secret",
				"s3:PutObject": "arn:aws:s3:::acme-data/a", "s3:DeleteObject": "arn:aws:s3:::acme-data/a", "s3:PutBucketPolicy": "arn:aws:s3:::acme-data", "s3:CreateBucket": "arn:aws:s3:::acme-new",
				"kms:Decrypt": "arn:aws:kms:eu-west-3:111122223333:key/another", "kms:CreateGrant": ownKey, "kms:PutKeyPolicy": ownKey, "kms:ScheduleKeyDeletion": ownKey,
				"iam:PassRole": "arn:aws:iam::111122223333:role/admin", "iam:PutRolePolicy": "arn:aws:iam::111122223333:role/admin", "iam:CreateAccessKey": "arn:aws:iam::111122223333:user/ana",
				"sts:AssumeRole":     "arn:aws:iam::222222222222:role/admin",
				"dynamodb:Scan":      "arn:aws:dynamodb:eu-west-3:111122223333:table/why403-FindingsTable",
				"dynamodb:GetItem":   "arn:aws:dynamodb:eu-west-3:111122223333:table/another",
				"dynamodb:PutItem":   "arn:aws:dynamodb:eu-west-3:111122223333:table/another",
				"sns:Publish":        "arn:aws:sns:eu-west-3:111122223333:another",
				"sns:Subscribe":      "arn:aws:sns:eu-west-3:111122223333:why403-AlertTopic",
				"sqs:ReceiveMessage": "arn:aws:sqs:eu-west-3:111122223333:another", "sqs:SendMessage": "arn:aws:sqs:eu-west-3:111122223333:why403-denied",
				"logs:PutLogEvents": "arn:aws:logs:eu-west-3:111122223333:log-group:another:*", "ssm:GetParameter": "arn:aws:ssm:eu-west-3:111122223333:parameter/secret",
				"secretsmanager:GetSecretValue": "arn:aws:secretsmanager:eu-west-3:111122223333:secret:another", "events:PutEvents": "arn:aws:events:eu-west-3:111122223333:event-bus/default",
				"lambda:InvokeFunction": "arn:aws:lambda:eu-west-3:111122223333:function:another", "cloudtrail:StopLogging": "arn:aws:cloudtrail:eu-west-3:111122223333:trail/main",
				"organizations:AttachPolicy": "*", "ec2:ModifyVpcEndpoint": "arn:aws:ec2:eu-west-3:111122223333:vpc-endpoint/vpce-1",
			} {
				head := m.given["HeadObjects"] == "true" && (action == "s3:GetObject" || action == "s3:GetObjectVersion") && (name == "AuditorRole" || name == "RecheckRole")
				if got := mayDo(t, role, action, on); got != head {
					t.Errorf("%s, %s: %s on %s: %v, want %v", m.name, name, action, on, got, head)
				}
			}
		}
	}
}

// What the functions cannot do without: else the test above would pass with empty roles.
func TestWhatRolesMayDoAtLeast(t *testing.T) {
	rules := deployed(t, modeNamed(t, "rules in S3")).resources["AuditorRole"]
	organization := deployed(t, modeNamed(t, "organization")).resources
	table := "arn:aws:dynamodb:eu-west-3:111122223333:table/why403-FindingsTable"
	for _, tt := range []struct {
		role       any
		action, on string
	}{
		{rules, "s3:GetObject", "arn:aws:s3:::acme-config/why403/rules.yaml"},
		{rules, "s3:GetBucketPolicy", "arn:aws:s3:::acme-data"},
		{organization["AuditorRole"], "sts:AssumeRole", "arn:aws:iam::222222222222:role/why403-reader"},
		{organization["AuditorRole"], "sts:AssumeRole", "arn:aws:iam::999999999999:role/why403-organization-reader"},
		{organization["RecheckRole"], "sts:AssumeRole", "arn:aws:iam::222222222222:role/why403-reader"},
		{organization["RecheckRole"], "sqs:ReceiveMessage", "arn:aws:sqs:eu-west-3:111122223333:why403-recheck"},
		{organization["RecheckRole"], "dynamodb:PutItem", table},
		{organization["RecheckRole"], "dynamodb:BatchGetItem", table},
		{organization["RecheckRole"], "dynamodb:Query", table + "/index/by-status"},
		{organization["AuditorRole"], "dynamodb:UpdateItem", table},
		{organization["AuditorRole"], "sns:Publish", "arn:aws:sns:eu-west-3:111122223333:why403-AlertTopic"},
	} {
		if !mayDo(t, tt.role, tt.action, tt.on) {
			t.Errorf("%s on %s is not allowed", tt.action, tt.on)
		}
	}
}

// mayDo reports whether a role could do something, if its conditions were met: a Deny counts only where it surely matches,
// an Allow wherever it could.
func mayDo(t *testing.T, role any, action, on string) bool {
	t.Helper()
	allowed := false
	for _, document := range documents(role) {
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		p, err := policy.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Match(policy.NewRequest(action, on, nil, policy.NewContext(false)), nil) {
			switch {
			case r.Effect == policy.Deny && r.Truth == policy.Yes:
				return false
			case r.Effect == policy.Allow && r.Truth != policy.No:
				allowed = true
			}
		}
	}
	return allowed
}

func modeNamed(t *testing.T, name string) mode {
	t.Helper()
	all := modes()
	i := slices.IndexFunc(all, func(m mode) bool { return m.name == name })
	if i < 0 {
		t.Fatalf("no mode %s", name)
	}
	return all[i]
}
