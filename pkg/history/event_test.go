package history_test

import (
	"errors"
	"strings"
	"testing"

	"why403/pkg/history"
)

// record is a record in CloudTrail's shape, with what a test says of it.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func record(source, name, rest string) string {
	return `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::222222222222:user/eve","accountId":"222222222222"},
		"eventTime":"2026-11-23T09:00:00Z","eventSource":"` + source + `.amazonaws.com","eventName":"` + name + `","awsRegion":"us-east-1",
		"eventID":"4a0f6a38-8f6c-4b0e-9d0a-6d2f3f3f0001","recipientAccountId":"222222222222",` + rest + `}`
}

// wrapped is a record as EventBridge delivers it.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func wrapped(account, record string) string {
	return `{"version":"0","id":"1","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","account":"` + account + `","region":"us-east-1","detail":` + record + `}`
}

const policyPut = `"requestParameters":{"bucketName":"acme-data"}`

func TestReadChanges(t *testing.T) {
	tests := []struct {
		name, record string
		want         string // the names, with commas; "": it does not matter
	}{
		{"a bucket policy", record("s3", "PutBucketPolicy", policyPut), "acme-data"},
		{"who pays", record("s3", "PutBucketRequestPayment", policyPut), "acme-data"},
		{"Block Public Access of the account", record("s3", "DeleteAccountPublicAccessBlock", `"requestParameters":{}`), "222222222222"},
		{"a role", record("iam", "PutRolePolicy", `"requestParameters":{"roleName":"app","policyName":"p"}`), "arn:aws:iam::222222222222:role/app"},
		{"a managed policy with a path", record("iam", "SetDefaultPolicyVersion", `"requestParameters":{"policyArn":"arn:aws-cn:iam::222222222222:policy/team/read"}`), "arn:aws:iam::222222222222:policy/read"},
		{"a key", record("kms", "PutKeyPolicy", `"requestParameters":{"keyId":"1"}`), "arn:aws:kms:us-east-1:222222222222:key/1"},
		{"two endpoints", record("ec2", "DeleteVpcEndpoints", `"requestParameters":{"DeleteVpcEndpointsRequest":{"VpcEndpointId":[{"tag":1,"content":"vpce-1"},{"tag":2,"content":"vpce-2"}]}}`), "vpce-1,vpce-2"},
		{"an SCP", record("organizations", "UpdatePolicy", `"requestParameters":{"policyId":"p-1"}`), history.Organization},
		{"an account moved", record("organizations", "MoveAccount", `"requestParameters":{"accountId":"111111111111"}`), history.Organization},
		{"a type of policies", record("organizations", "EnablePolicyType", `"requestParameters":{"rootId":"r-1"}`), history.Organization},
		{"from the bus", wrapped("222222222222", record("s3", "PutBucketPolicy", policyPut)), "acme-data"},

		{"one that was refused", record("s3", "PutBucketPolicy", `"errorCode":"AccessDenied",`+policyPut), ""},
		{"a read", record("s3", "GetBucketPolicy", policyPut), ""},
		{"a call of another service", record("sqs", "SetQueueAttributes", `"requestParameters":{}`), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := history.Read([]byte(tt.record))
			if err != nil || strings.Join(e.Names, ",") != tt.want || e.Matters() != (tt.want != "") {
				t.Errorf("names %q, matters %v, error %v; want %q", e.Names, e.Matters(), err, tt.want)
			}
			if len(e.Names) != len(e.Changes) {
				t.Errorf("%d names of %d changes", len(e.Names), len(e.Changes))
			}
		})
	}
}

// TestWhatIsNotBelieved: whoever may put events on a bus writes them as they like.
func TestWhatIsNotBelieved(t *testing.T) {
	whole := record("s3", "PutBucketPolicy", policyPut)
	session := record("sts", "AssumeRole", issued)
	tests := map[string]string{
		"no id":                        strings.Replace(whole, `"eventID":"4a0f6a38-8f6c-4b0e-9d0a-6d2f3f3f0001",`, "", 1),
		"an id with a separator":       strings.Replace(whole, "4a0f6a38-", "4a0f#38-", 1),
		"no time":                      strings.Replace(whole, `"eventTime":"2026-11-23T09:00:00Z",`, "", 1),
		"no account":                   strings.Replace(whole, `,"recipientAccountId":"222222222222"`, "", 1),
		"an account of 11 digits":      strings.Replace(whole, `"recipientAccountId":"222222222222"`, `"recipientAccountId":"22222222222"`, 1),
		"an account of letters":        strings.Replace(whole, `"recipientAccountId":"222222222222"`, `"recipientAccountId":"22222222222x"`, 1),
		"no region":                    strings.Replace(whole, `"awsRegion":"us-east-1",`, "", 1),
		"no identity":                  strings.Replace(whole, `"userIdentity"`, `"identity"`, 1),
		"no version":                   strings.Replace(whole, `"eventVersion":"1.11",`, "", 1),
		"from another account":         wrapped("333333333333", whole),
		"no name of what was changed":  record("s3", "PutBucketPolicy", `"requestParameters":{}`),
		"a name that is too long":      record("s3", "PutBucketPolicy", `"requestParameters":{"bucketName":"`+strings.Repeat("a", 2000)+`"}`),
		"a session without its key":    strings.Replace(session, "ASIAEXAMPLE1", "", 1),
		"a session without its name":   strings.Replace(session, "AROAEXAMPLE:job", "AROAEXAMPLE", 1),
		"a session without an account": strings.Replace(session, "arn:aws:sts::222222222222:assumed-role", "assumed-role", 1),
	}
	for name, doc := range tests {
		t.Run(name, func(t *testing.T) {
			if doc == whole || doc == session {
				t.Fatal("the record is as it was")
			}
			if e, err := history.Read([]byte(doc)); !errors.Is(err, history.ErrIncomplete) {
				t.Errorf("event %+v, error %v", e, err)
			}
		})
	}
	if _, err := history.Read([]byte(`{"detail":`)); err == nil {
		t.Error("what is no JSON is no error")
	}
}

const issued = `"requestParameters":{"policy":"{\"Version\":\"2012-10-17\",\"Statement\":[]}"},
	"responseElements":{"credentials":{"accessKeyId":"ASIAEXAMPLE1"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLE:job","arn":"arn:aws:sts::222222222222:assumed-role/app/job"}}`

// https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
func TestReadSession(t *testing.T) {
	e, err := history.Read([]byte(record("sts", "AssumeRole", issued)))
	if err != nil || e.Session == nil || e.Session.AccessKeyID != "ASIAEXAMPLE1" || len(e.Session.Grant.Policies) != 1 {
		t.Fatalf("%+v, error %v", e, err)
	}
	others := map[string]string{
		"the caller's copy of a session elsewhere": record("sts", "AssumeRole", strings.Replace(issued, "sts::222222222222", "sts::333333333333", 1)),
		"a call that failed":                       record("sts", "AssumeRole", `"errorCode":"AccessDenied"`),
		"another call":                             record("sts", "GetCallerIdentity", `"requestParameters":null`),
	}
	for name, doc := range others {
		if e, err := history.Read([]byte(doc)); err != nil || e.Matters() {
			t.Errorf("%s: %+v, error %v", name, e, err)
		}
	}
}

func TestName(t *testing.T) {
	for document, want := range map[string]string{
		"acme-data": "acme-data",
		"arn:aws:iam::111111111111:role/team/blue/app":   "arn:aws:iam::111111111111:role/app",
		"arn:aws-cn:iam::111111111111:role/app":          "arn:aws:iam::111111111111:role/app",
		"arn:aws:iam::111111111111:root":                 "arn:aws:iam::111111111111:root",
		"arn:aws:kms:us-east-1:111111111111:alias/a/b":   "arn:aws:kms:us-east-1:111111111111:alias/a/b",
		"arn:aws:s3:us-east-1:111111111111:accesspoint/": "arn:aws:s3:us-east-1:111111111111:accesspoint/",
		"": "",
	} {
		if got := history.Name(document); got != want {
			t.Errorf("%q is remembered as %q, want %q", document, got, want)
		}
	}
}
