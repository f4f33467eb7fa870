package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"why403/pkg/awstest"
	"why403/pkg/evidence"
)

// denied is a record of the emulator's account: the role may list, and read nothing.
const denied = `{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","eventTime":"2026-11-23T09:00:00Z",
	"errorCode":"AccessDenied","errorMessage":"Access Denied","eventID":"4a0f6a38-8f6c-4b0e-9d0a-6d2f3f3f0001","eventCategory":"Data",
	"userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:job","arn":"arn:aws:sts::123456789012:assumed-role/app/job","accountId":"123456789012","accessKeyId":"ASIAEXAMPLE",
	"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::123456789012:role/app","accountId":"123456789012","userName":"app"},"attributes":{}}},
	"requestParameters":{"bucketName":"acme-data","key":"report.csv"},
	"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::acme-data/report.csv"},{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme-data","accountId":"123456789012"}]}`

// TestCapture goes the way of a person: capture a record, explain the case elsewhere.
func TestCapture(t *testing.T) {
	moto := awstest.StartMoto(t)
	cfg := moto.Config(t.Context())
	policies := iam.NewFromConfig(cfg)
	must(t, func() error {
		_, err := policies.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("app"), AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`)})
		return err
	})
	must(t, func() error {
		_, err := policies.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: aws.String("app"), PolicyName: aws.String("list"),
			PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::acme-data"}]}`)})
		return err
	})
	must(t, func() error {
		_, err := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true }).CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("acme-data")})
		return err
	})
	for _, kv := range moto.Env() {
		name, value, _ := strings.Cut(kv, "=")
		t.Setenv(name, value)
	}

	event := write(t, "event.json", denied)
	captured := call(t, "", "capture", "--no-history", event)
	captured.expect(t, exitOK, []string{`"format":"why403.case/v1"`, `"s3:ListBucket"`}, nil)
	c, err := evidence.ParseCase([]byte(captured.stdout))
	if err != nil {
		t.Fatalf("what capture writes is no case: %v", err)
	}
	if policy := c.Evidence.Buckets["acme-data"].Policy; policy.State() != evidence.StateAbsent {
		t.Errorf("the bucket policy is %s: %s", policy.State(), policy.Reason())
	}
	want := []string{"IDENTITY_NO_ALLOW", "list", "aws iam"}
	for name, got := range map[string]result{
		"the case":        call(t, "", "diagnose", write(t, "case.json", captured.stdout)),
		"the case, piped": call(t, captured.stdout, "diagnose", "-"),
		"live":            call(t, "", "diagnose", "--live", "--no-history", event),
		"a question": call(t, "", "ask", "--live", "--no-history", "--principal", "arn:aws:iam::123456789012:role/app",
			"--action", "s3:GetObject", "--resource", "arn:aws:s3:::acme-data/report.csv"),
	} {
		t.Run(name, func(t *testing.T) { got.expect(t, exitOK, want, nil) })
	}
	t.Run("a question as a case", func(t *testing.T) {
		got := call(t, "", "ask", "--live", "--no-history", "--case", "--principal", "arn:aws:iam::123456789012:role/app",
			"--action", "s3:GetObject", "--resource", "arn:aws:s3:::acme-data/report.csv")
		got.expect(t, exitOK, []string{`"request"`, `"NoSuchBucketPolicy"`}, nil)
	})
	t.Run("for others to see", func(t *testing.T) {
		got := call(t, "", "capture", "--no-history", "--redact", event)
		got.expect(t, exitOK, []string{`"format":"why403.case/v1"`}, nil)
		for _, own := range []string{"acme-data", "123456789012", "report.csv", "role/app"} {
			if strings.Contains(got.stdout, own) {
				t.Errorf("%s is left in %s", own, got.stdout)
			}
		}
		call(t, got.stdout, "diagnose", "-").expect(t, exitOK, []string{"IDENTITY_NO_ALLOW"}, nil)
	})
	t.Run("an account that nobody named", func(t *testing.T) {
		other := write(t, "event.json", strings.ReplaceAll(denied, `"accountId":"123456789012"}]`, `"accountId":"210987654321"}]`))
		call(t, "", "diagnose", "--live", "--no-history", "--output", "json", other).expect(t, exitOK, []string{"account 210987654321 is not one of those that the auditor may read"}, nil)
	})
	t.Run("what is no denial", func(t *testing.T) {
		call(t, "", "capture", "--no-history", filepath.Join(samples, "not-a-denial.json")).expect(t, exitOK, nil, []string{"not-a-denial.json: "})
	})
	t.Run("a record that is broken", func(t *testing.T) {
		call(t, `{"eventSource":`, "capture", "--no-history", "-").expect(t, exitUnreadable, nil, []string{"standard input"})
	})
	t.Run("an account that is none", func(t *testing.T) {
		call(t, "", "capture", "--account", "acme", event).expect(t, exitUsage, nil, []string{`--account "acme"`})
	})
}

// TestNoCredentials: what a newcomer sees who has none.
func TestNoCredentials(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1", "AWS_CA_BUNDLE": "",
	} {
		t.Setenv(name, value)
	}
	call(t, "", "diagnose", "--live", filepath.Join(samples, "identity-no-allow.json")).expect(t, exitUnreadable, nil, []string{"finding out whose credentials these are"})
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	call(t, "", "diagnose", "--live", filepath.Join(samples, "identity-no-allow.json")).expect(t, exitUsage, nil, []string{"no AWS region is configured"})
}

func TestPermissions(t *testing.T) {
	for _, args := range [][]string{{}, {"--organization"}, {"--head-objects", "--history"}} {
		got := call(t, "", append([]string{"permissions"}, args...)...)
		got.expect(t, exitOK, []string{`"NothingElse"`, `"NotAction"`}, nil)
		if !json.Valid([]byte(got.stdout)) {
			t.Errorf("%v: not JSON: %s", args, got.stdout)
		}
	}
}

func must(t *testing.T, do func() error) {
	t.Helper()
	if err := do(); err != nil {
		t.Fatal(err)
	}
}
