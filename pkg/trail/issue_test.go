package trail_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
func TestParseIssue(t *testing.T) {
	const head = `"eventTime":"2026-11-23T09:00:00Z","eventSource":"sts.amazonaws.com",`
	document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:List*","Resource":"*"}]}`
	quoted := `"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:List*\",\"Resource\":\"*\"}]}"`
	response := `"responseElements":{"credentials":{"accessKeyId":"ASIAEXAMPLE"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLE:job","arn":"arn:aws:sts::111111111111:assumed-role/app/job"}}`
	tests := []struct {
		name   string
		record string
		want   evidence.Grant
		is     bool
	}{
		{"without anything", `{` + head + `"eventName":"AssumeRole","userIdentity":{"type":"IAMUser"},"requestParameters":{"roleArn":"arn:aws:iam::111111111111:role/app"},` + response + `}`, evidence.Grant{}, true},
		{"with a policy", `{` + head + `"eventName":"AssumeRole","userIdentity":{"type":"IAMUser"},"requestParameters":{"policy":` + quoted + `},` + response + `}`,
			evidence.Grant{Policies: []evidence.Policy{{Name: "session policy", Kind: "session", Document: []byte(document)}}}, true},
		{"with a policy that was cut", `{` + head + `"eventName":"AssumeRole","userIdentity":{"type":"IAMUser"},"requestParameters":{"policy":"{\"Version\":"},` + response + `}`,
			evidence.Grant{Policies: []evidence.Policy{{Name: "session policy", Kind: "session", Unreadable: "the record does not have it whole"}}}, true},
		{"with a managed policy", `{` + head + `"eventName":"AssumeRoleWithSAML","userIdentity":{"type":"SAMLUser"},"requestParameters":{"policyArns":[{"arn":"arn:aws:iam::111111111111:policy/team/read"}]},` + response + `}`,
			evidence.Grant{Policies: []evidence.Policy{{Name: "read", ARN: "arn:aws:iam::111111111111:policy/team/read", Kind: "session", Unreadable: "its document was not read"}}}, true},
		{"with tags", `{` + head + `"eventName":"AssumeRole","userIdentity":{"type":"IAMUser"},"requestParameters":{"tags":[{"key":"team","value":"blue"}]},` + response + `}`,
			evidence.Grant{Tags: map[string]string{"team": "blue"}}, true},
		{"with tags of an assertion", `{` + head + `"eventName":"AssumeRoleWithSAML","userIdentity":{"type":"SAMLUser"},"requestParameters":{"principalTags":{"team":"blue"}},` + response + `}`,
			evidence.Grant{Tags: map[string]string{"team": "blue"}}, true},
		{"to a session, whose tags it may inherit", `{` + head + `"eventName":"AssumeRole","userIdentity":{"type":"AssumedRole"},"requestParameters":{},` + response + `}`,
			evidence.Grant{TagsUnknown: true}, true},
		{"refused", `{` + head + `"eventName":"AssumeRole","errorCode":"AccessDenied","userIdentity":{"type":"IAMUser"}}`, evidence.Grant{}, false},
		{"another call", `{` + head + `"eventName":"GetCallerIdentity"}`, evidence.Grant{}, false},
		{"another service", `{"eventSource":"s3.amazonaws.com","eventName":"AssumeRole"}`, evidence.Grant{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, is, err := trail.ParseIssue([]byte(tt.record))
			if err != nil || is != tt.is {
				t.Fatalf("is %v, error %v", is, err)
			}
			if diff := cmp.Diff(tt.want, got.Grant); is && diff != "" {
				t.Error(diff)
			}
			if is && (got.AccessKeyID != "ASIAEXAMPLE" || got.PrincipalID != "AROAEXAMPLE:job" || got.Time.IsZero()) {
				t.Errorf("issued %+v", got)
			}
		})
	}
	if _, _, err := trail.ParseIssue([]byte(`{`)); err == nil {
		t.Error("what is no JSON is no error")
	}
}

func TestParseChange(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	by := `"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::222222222222:user/eve"},"recipientAccountId":"222222222222","eventTime":"2026-11-23T09:00:00Z"`
	tests := []struct {
		name, record, document string // "": no change
	}{
		{"a bucket policy", `{"eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy","requestParameters":{"bucketName":"acme-data","bucketPolicy":{"Version":"2012-10-17"}},` + by + `}`, "acme-data"},
		{"Block Public Access", `{"eventSource":"s3.amazonaws.com","eventName":"PutBucketPublicAccessBlock","requestParameters":{"bucketName":"acme-data"},` + by + `}`, "acme-data"},
		{"an inline policy", `{"eventSource":"iam.amazonaws.com","eventName":"PutRolePolicy","requestParameters":{"roleName":"app","policyName":"p"},` + by + `}`, "arn:aws:iam::222222222222:role/app"},
		{"a policy attached", `{"eventSource":"iam.amazonaws.com","eventName":"AttachRolePolicy","requestParameters":{"roleName":"app","policyArn":"arn:aws:iam::222222222222:policy/p"},` + by + `}`, "arn:aws:iam::222222222222:role/app"},
		{"a managed policy", `{"eventSource":"iam.amazonaws.com","eventName":"CreatePolicyVersion","requestParameters":{"policyArn":"arn:aws:iam::222222222222:policy/p"},` + by + `}`, "arn:aws:iam::222222222222:policy/p"},
		{"a user added to a group", `{"eventSource":"iam.amazonaws.com","eventName":"AddUserToGroup","requestParameters":{"userName":"ann","groupName":"g"},` + by + `}`, "arn:aws:iam::222222222222:user/ann"},
		{"a key policy", `{"eventSource":"kms.amazonaws.com","eventName":"PutKeyPolicy","requestParameters":{"keyId":"arn:aws:kms:us-east-1:222222222222:key/1"},` + by + `}`, "arn:aws:kms:us-east-1:222222222222:key/1"},
		{"a key disabled", `{"eventSource":"kms.amazonaws.com","eventName":"DisableKey","requestParameters":{"keyId":"1"},` + by + `}`, "1"},
		{"a VPC endpoint", `{"eventSource":"ec2.amazonaws.com","eventName":"ModifyVpcEndpoint","requestParameters":{"ModifyVpcEndpointRequest":{"VpcEndpointId":"vpce-0abc"}},` + by + `}`, "vpce-0abc"},
		{"a key by its id, in the answer's words", `{"eventSource":"kms.amazonaws.com","eventName":"CreateGrant","awsRegion":"us-east-1","requestParameters":{"keyId":"1"},"resources":[{"accountId":"222222222222","type":"AWS::KMS::Key","ARN":"arn:aws:kms:us-east-1:222222222222:key/1"}],` + by + `}`, "arn:aws:kms:us-east-1:222222222222:key/1"},
		{"a key by its id alone", `{"eventSource":"kms.amazonaws.com","eventName":"EnableKey","awsRegion":"us-east-1","requestParameters":{"keyId":"1"},` + by + `}`, "arn:aws:kms:us-east-1:222222222222:key/1"},
		// https://docs.aws.amazon.com/kms/latest/developerguide/ct-retire-grant.html
		{"a grant retired by its token", `{"eventSource":"kms.amazonaws.com","eventName":"RetireGrant","requestParameters":null,"resources":[{"type":"AWS::KMS::Key","ARN":"arn:aws:kms:us-east-1:222222222222:key/1"}],` + by + `}`, "arn:aws:kms:us-east-1:222222222222:key/1"},
		{"an alias", `{"eventSource":"kms.amazonaws.com","eventName":"UpdateAlias","awsRegion":"us-east-1","requestParameters":{"aliasName":"alias/data","targetKeyId":"1"},` + by + `}`, "arn:aws:kms:us-east-1:222222222222:alias/data"},
		{"a new VPC endpoint", `{"eventSource":"ec2.amazonaws.com","eventName":"CreateVpcEndpoint","requestParameters":{"CreateVpcEndpointRequest":{"VpcId":"vpc-1"}},"responseElements":{"CreateVpcEndpointResponse":{"vpcEndpoint":{"vpcEndpointId":"vpce-0def"}}},` + by + `}`, "vpce-0def"},
		{"a VPC endpoint deleted", `{"eventSource":"ec2.amazonaws.com","eventName":"DeleteVpcEndpoints","requestParameters":{"DeleteVpcEndpointsRequest":{"VpcEndpointId":{"tag":1,"content":"vpce-0abc"}}},` + by + `}`, "vpce-0abc"},
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
		{"Block Public Access of the account", `{"eventSource":"s3.amazonaws.com","eventName":"PutAccountPublicAccessBlock","requestParameters":{"PublicAccessBlockConfiguration":{}},` + by + `}`, "222222222222"},
		{"the policy of an access point", `{"eventSource":"s3.amazonaws.com","eventName":"PutAccessPointPolicy","awsRegion":"us-east-1","requestParameters":{"name":"reports","accountId":"222222222222"},` + by + `}`, "arn:aws:s3:us-east-1:222222222222:accesspoint/reports"},
		{"who pays", `{"eventSource":"s3.amazonaws.com","eventName":"PutBucketRequestPayment","requestParameters":{"bucketName":"acme-data"},` + by + `}`, "acme-data"},
		{"a boundary", `{"eventSource":"iam.amazonaws.com","eventName":"PutUserPermissionsBoundary","requestParameters":{"userName":"ann","permissionsBoundary":"arn:aws:iam::222222222222:policy/b"},` + by + `}`, "arn:aws:iam::222222222222:user/ann"},
		{"a type of policies enabled", `{"eventSource":"organizations.amazonaws.com","eventName":"EnablePolicyType","requestParameters":{"rootId":"r-1","policyType":"RESOURCE_CONTROL_POLICY"},` + by + `}`, "r-1"},
		{"an SCP attached", `{"eventSource":"organizations.amazonaws.com","eventName":"AttachPolicy","requestParameters":{"policyId":"p-1","targetId":"ou-1"},` + by + `}`, "ou-1"},
		{"an account moved", `{"eventSource":"organizations.amazonaws.com","eventName":"MoveAccount","requestParameters":{"accountId":"111111111111"},` + by + `}`, "111111111111"},

		{"a change that was refused", `{"eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy","errorCode":"AccessDenied","requestParameters":{"bucketName":"acme-data"},` + by + `}`, ""},
		{"a read", `{"eventSource":"s3.amazonaws.com","eventName":"GetBucketPolicy","requestParameters":{"bucketName":"acme-data"},` + by + `}`, ""},
		{"an upload", `{"eventSource":"s3.amazonaws.com","eventName":"PutObject","requestParameters":{"bucketName":"acme-data"},` + by + `}`, ""},
		{"what decides nothing", `{"eventSource":"s3.amazonaws.com","eventName":"PutBucketLifecycle","requestParameters":{"bucketName":"acme-data"},` + by + `}`, ""},
		{"another service", `{"eventSource":"sqs.amazonaws.com","eventName":"SetQueuePolicy","requestParameters":{},` + by + `}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, is, err := trail.ParseChange([]byte(tt.record))
			if err != nil || is != (tt.document != "") {
				t.Fatalf("is %v, error %v", is, err)
			}
			if is && (got.Document != tt.document || !got.Time.Equal(at) || got.By != "arn:aws:iam::222222222222:user/eve") {
				t.Errorf("%+v, want a change of %s", got, tt.document)
			}
		})
	}
	if _, _, err := trail.ParseChange([]byte(`{`)); err == nil {
		t.Error("what is no JSON is no error")
	}
}

// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html
func TestParseChangesOfSeveral(t *testing.T) {
	got, err := trail.ParseChanges([]byte(`{"eventSource":"ec2.amazonaws.com","eventName":"DeleteVpcEndpoints","eventTime":"2026-11-23T09:00:00Z",
		"requestParameters":{"DeleteVpcEndpointsRequest":{"VpcEndpointId":[{"tag":1,"content":"vpce-1"},{"tag":2,"content":"vpce-2"}]}}}`))
	if err != nil || len(got) != 2 || got[0].Document != "vpce-1" || got[1].Document != "vpce-2" {
		t.Errorf("%+v, error %v; want a change of each endpoint", got, err)
	}
}
