package trail_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// A record with the userIdentity and errorMessage given.
func identityRecord(t *testing.T, identity, message string) trail.Denial {
	t.Helper()
	quoted, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	d, ignored, err := trail.Parse([]byte(`{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1",
		"errorCode":"AccessDenied","errorMessage":` + string(quoted) + `,"userIdentity":` + identity + `}`))
	if err != nil || ignored != "" {
		t.Fatalf("ignored %q, error %v", ignored, err)
	}
	return d
}

func says(arn string) string {
	return "User: " + arn + ` is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" because no identity-based policy allows the s3:GetObject action`
}

// TestCaller holds who each shape of userIdentity is. The shapes are those of
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
// unless a row says otherwise.
func TestCaller(t *testing.T) {
	const generic = "Access Denied"
	for _, tt := range []struct {
		name, identity, message string
		want                    evidence.Principal
	}{
		{
			"user with a long-term key",
			`{"type":"IAMUser","principalId":"AIDAEXAMPLEUSER","arn":"arn:aws:iam::111111111111:user/staff/ann","accountId":"111111111111","accessKeyId":"AKIAEXAMPLE","userName":"ann"}`, generic,
			evidence.Principal{Type: evidence.PrincipalUser, ARN: "arn:aws:iam::111111111111:user/staff/ann", Account: "111111111111", ID: "AIDAEXAMPLEUSER", AccessKeyID: "AKIAEXAMPLE"},
		},
		{ // the console, GetSessionToken
			"user with a session",
			`{"type":"IAMUser","principalId":"AIDAEXAMPLEUSER","arn":"arn:aws:iam::111111111111:user/ann","accountId":"111111111111","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{},"webIdFederationData":{},"attributes":{"creationDate":"2026-11-23T08:00:00Z","mfaAuthenticated":"true"}}}`, generic,
			evidence.Principal{Type: evidence.PrincipalUser, ARN: "arn:aws:iam::111111111111:user/ann", Account: "111111111111", ID: "AIDAEXAMPLEUSER", AccessKeyID: "ASIAEXAMPLE"},
		},
		{
			"role session: the issuer has the role's path",
			`{"type":"AssumedRole","principalId":"AROAEXAMPLEROLE:job","arn":"arn:aws:sts::111111111111:assumed-role/reader/job","accountId":"111111111111","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLEROLE","arn":"arn:aws:iam::111111111111:role/team/reader","accountId":"111111111111","userName":"reader"}}}`, generic,
			evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/team/reader", Account: "111111111111", ID: "AROAEXAMPLEROLE", Session: "job", AccessKeyID: "ASIAEXAMPLE"},
		},
		{ // directory buckets: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-log-files.html
			"role session without issuer",
			`{"type":"AssumedRole","principalId":"AROAEXAMPLEROLE:job","arn":"arn:aws:sts::111111111111:assumed-role/reader/job","accountId":"111111111111","sessionContext":{"attributes":{"creationDate":"2026-11-23T08:00:00Z"}}}`, generic,
			evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/reader", PathUnknown: true, Account: "111111111111", ID: "AROAEXAMPLEROLE", Session: "job"},
		},
		{
			"role session with nothing but its ARN",
			`{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/reader/job"}`, generic,
			evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/reader", PathUnknown: true, Account: "111111111111", Session: "job"},
		},
		{
			"role session without ARN: AWS's message has it",
			`{"type":"AssumedRole","principalId":"AROAEXAMPLEROLE:job","accountId":"111111111111"}`, says("arn:aws:sts::111111111111:assumed-role/reader/job"),
			evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/reader", PathUnknown: true, Account: "111111111111", ID: "AROAEXAMPLEROLE", Session: "job"},
		},
		{
			"role itself",
			`{"type":"Role","principalId":"AROAEXAMPLEROLE","arn":"arn:aws:iam::111111111111:role/team/reader","accountId":"111111111111"}`, generic,
			evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/team/reader", Account: "111111111111", ID: "AROAEXAMPLEROLE"},
		},
		{ // https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
			"session of IAM Identity Center",
			`{"type":"AssumedRole","principalId":"AROAEXAMPLEROLE:maria@example.com","arn":"arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Reader_0123456789abcdef/maria@example.com","accountId":"111111111111","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Reader_0123456789abcdef"}},"onBehalfOf":{"userId":"u-1"}}`, generic,
			evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Reader_0123456789abcdef", Account: "111111111111", ID: "AROAEXAMPLEROLE", Session: "maria@example.com"},
		},
		{
			"federated user",
			`{"type":"FederatedUser","principalId":"111111111111:portal","arn":"arn:aws:sts::111111111111:federated-user/portal","accountId":"111111111111","accessKeyId":"ASIAEXAMPLE","sessionContext":{"sessionIssuer":{"type":"IAMUser","principalId":"AIDAEXAMPLEUSER","arn":"arn:aws:iam::111111111111:user/broker","accountId":"111111111111","userName":"broker"}}}`, generic,
			evidence.Principal{Type: evidence.PrincipalFederated, ARN: "arn:aws:sts::111111111111:federated-user/portal", Account: "111111111111", Session: "portal", AccessKeyID: "ASIAEXAMPLE", Issuer: "arn:aws:iam::111111111111:user/broker"},
		},
		{
			"federated user of root",
			`{"type":"FederatedUser","principalId":"111111111111:portal","arn":"arn:aws:sts::111111111111:federated-user/portal","accountId":"111111111111","sessionContext":{"sessionIssuer":{"type":"Root","principalId":"111111111111","arn":"arn:aws:iam::111111111111:root","accountId":"111111111111"}}}`, generic,
			evidence.Principal{Type: evidence.PrincipalFederated, ARN: "arn:aws:sts::111111111111:federated-user/portal", Account: "111111111111", Session: "portal", Issuer: "arn:aws:iam::111111111111:root"},
		},
		{
			"root",
			`{"type":"Root","principalId":"111111111111","arn":"arn:aws:iam::111111111111:root","accountId":"111111111111","userName":"acme"}`, generic,
			evidence.Principal{Type: evidence.PrincipalRoot, ARN: "arn:aws:iam::111111111111:root", Account: "111111111111"},
		},
		{ // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-receive-logs-from-multiple-accounts.html
			"bucket owner's copy, role: the ARN is in AWS's message",
			`{"type":"AWSAccount","principalId":"AROAEXAMPLEROLE:job","accountId":"111111111111"}`, says("arn:aws:sts::111111111111:assumed-role/reader/job"),
			evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/reader", PathUnknown: true, Account: "111111111111", ID: "AROAEXAMPLEROLE", Session: "job"},
		},
		{
			"bucket owner's copy, user: the ARN is in AWS's message, with the path",
			`{"type":"AWSAccount","principalId":"AIDAEXAMPLEUSER","accountId":"111111111111"}`, says("arn:aws:iam::111111111111:user/staff/ann"),
			evidence.Principal{Type: evidence.PrincipalUser, ARN: "arn:aws:iam::111111111111:user/staff/ann", Account: "111111111111", ID: "AIDAEXAMPLEUSER"},
		},
		{ // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
			"bucket owner's copy, generic message: the unique id tells a role",
			`{"type":"AWSAccount","principalId":"AROAEXAMPLEROLE:job","accountId":"111111111111"}`, generic,
			evidence.Principal{Type: evidence.PrincipalRole, Account: "111111111111", ID: "AROAEXAMPLEROLE", Session: "job"},
		},
		{
			"bucket owner's copy, generic message: the unique id tells a user",
			`{"type":"AWSAccount","principalId":"AIDAEXAMPLEUSER","accountId":"111111111111"}`, generic,
			evidence.Principal{Type: evidence.PrincipalUser, Account: "111111111111", ID: "AIDAEXAMPLEUSER"},
		},
		{
			"a message about another account is not about this requester",
			`{"type":"AWSAccount","principalId":"AROAEXAMPLEROLE:job","accountId":"111111111111"}`, says("arn:aws:sts::222222222222:assumed-role/reader/job"),
			evidence.Principal{Type: evidence.PrincipalRole, Account: "111111111111", ID: "AROAEXAMPLEROLE", Session: "job"},
		},
		{
			"a message about a user is not about a role",
			`{"type":"AWSAccount","principalId":"AROAEXAMPLEROLE:job","accountId":"111111111111"}`, says("arn:aws:iam::111111111111:user/ann"),
			evidence.Principal{Type: evidence.PrincipalRole, Account: "111111111111", ID: "AROAEXAMPLEROLE", Session: "job"},
		},
		{
			"account and no more",
			`{"type":"AWSAccount","principalId":"","accountId":"111111111111"}`, generic,
			evidence.Principal{Type: evidence.PrincipalAccount, Account: "111111111111"},
		},
		{ // published records of 2023 and later
			"anonymous",
			`{"type":"AWSAccount","principalId":"","accountId":"anonymous"}`, generic,
			evidence.Principal{Type: evidence.PrincipalAnonymous},
		},
		{ // https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-request-identification.html
			"anonymous, older records",
			`{"type":"AWSAccount","principalId":"","accountId":"ANONYMOUS_PRINCIPAL"}`, generic,
			evidence.Principal{Type: evidence.PrincipalAnonymous},
		},
		{
			"AWS service",
			`{"type":"AWSService","invokedBy":"config.amazonaws.com"}`, generic,
			evidence.Principal{Type: evidence.PrincipalService, Service: "config.amazonaws.com"},
		},
		{ // published service events
			"AWS service, without a type: the account is the recipient's, not the service's",
			`{"accountId":"222222222222","invokedBy":"cloudtrail.amazonaws.com"}`, generic,
			evidence.Principal{Type: evidence.PrincipalService, Service: "cloudtrail.amazonaws.com"},
		},
		{ // published records of 2025
			"CloudFront with origin access control",
			`{"type":"AWSService","invokedBy":"cloudfront.amazonaws.com"}`, generic,
			evidence.Principal{Type: evidence.PrincipalService, Service: "cloudfront.amazonaws.com"},
		},
		{ // published records of 2025
			"CloudFront with an origin access identity",
			`{"type":"AWSAccount","principalId":"AIDAEXAMPLEOAI","accountId":"CloudFront"}`, generic,
			evidence.Principal{Type: evidence.PrincipalAccount, Account: "CloudFront", ID: "AIDAEXAMPLEOAI"},
		},
		{
			"AWS service without a name",
			`{"type":"AWSService"}`, generic,
			evidence.Principal{Type: evidence.PrincipalService},
		},
		{
			"user, called for by a service",
			`{"type":"IAMUser","principalId":"AIDAEXAMPLEUSER","arn":"arn:aws:iam::111111111111:user/ann","accountId":"111111111111","invokedBy":"athena.amazonaws.com"}`, generic,
			evidence.Principal{Type: evidence.PrincipalUser, ARN: "arn:aws:iam::111111111111:user/ann", Account: "111111111111", ID: "AIDAEXAMPLEUSER", Via: "athena.amazonaws.com"},
		},
		{
			"IAM Identity Center user with a token",
			`{"type":"IdentityCenterUser","accountId":"111111111111","onBehalfOf":{"userId":"u-1","identityStoreArn":"arn:aws:identitystore::111111111111:identitystore/d-1"},"credentialId":"EXAMPLE"}`, generic,
			evidence.Principal{Type: evidence.PrincipalAccount, Account: "111111111111"},
		},
		{
			"SAML user",
			`{"type":"SAMLUser","principalId":"EXAMPLEhash=:ann","userName":"ann","identityProvider":"EXAMPLEhash="}`, generic,
			evidence.Principal{Type: evidence.PrincipalAccount},
		},
		{
			"web identity user",
			`{"type":"WebIdentityUser","principalId":"accounts.google.com:app.apps.googleusercontent.com:1","userName":"1","identityProvider":"accounts.google.com"}`, generic,
			evidence.Principal{Type: evidence.PrincipalAccount},
		},
		{
			"directory",
			`{"type":"Directory","accountId":"111111111111"}`, generic,
			evidence.Principal{Type: evidence.PrincipalAccount, Account: "111111111111"},
		},
		{
			"unknown, with an ARN that tells",
			`{"type":"Unknown","arn":"arn:aws:iam::111111111111:user/ann"}`, generic,
			evidence.Principal{Type: evidence.PrincipalUser, ARN: "arn:aws:iam::111111111111:user/ann", Account: "111111111111"},
		},
		{
			"no identity at all, but AWS's message",
			`{}`, says("arn:aws:iam::111111111111:user/ann"),
			evidence.Principal{Type: evidence.PrincipalUser, ARN: "arn:aws:iam::111111111111:user/ann", Account: "111111111111"},
		},
		{
			"no identity at all",
			`null`, generic,
			evidence.Principal{Type: evidence.PrincipalAccount},
		},
		{ // published records, redacted by their authors
			"redacted: the ARN is shown as it is, account and id are not taken for such",
			`{"type":"IAMUser","principalId":"[PRINCIPAL-ID]","arn":"arn:aws:iam::[ACCOUNT-ID]:user/ann","accountId":"[ACCOUNT-ID]"}`, generic,
			evidence.Principal{Type: evidence.PrincipalUser, ARN: "arn:aws:iam::[ACCOUNT-ID]:user/ann"},
		},
		{
			"redacted owner's copy, with the same account in AWS's message",
			`{"type":"AWSAccount","principalId":"xxxx:xxxx","accountId":"xxxx"}`, says("arn:aws:sts::xxxx:assumed-role/reader/xxxxx"),
			evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::xxxx:role/reader", PathUnknown: true, Session: "xxxxx"},
		},
		{
			"members of another type than expected",
			`{"type":"IAMUser","principalId":7,"arn":["arn:aws:iam::111111111111:user/ann"],"accountId":"111111111111","sessionContext":"xxxx"}`, generic,
			evidence.Principal{Type: evidence.PrincipalUser, Account: "111111111111"},
		},
		{
			"an ARN that contradicts the type is not believed",
			`{"type":"IAMUser","arn":"arn:aws:sts::111111111111:assumed-role/reader/job","accountId":"111111111111"}`, generic,
			evidence.Principal{Type: evidence.PrincipalUser, Account: "111111111111"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, identityRecord(t, tt.identity, tt.message).Principal); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestAssumedRoot: CloudTrail writes the flag as a text, and as a truth value.
func TestAssumedRoot(t *testing.T) {
	for _, flag := range []string{`"true"`, `true`} {
		d := identityRecord(t, `{"type":"Root","principalId":"111111111111","arn":"arn:aws:iam::111111111111:root","accountId":"111111111111","accessKeyId":"ASIAEXAMPLE","sessionContext":{"assumedRoot":`+flag+`,"attributes":{"creationDate":"2026-11-23T08:00:00Z","mfaAuthenticated":"false"}}}`, "Access Denied")
		if k := d.Context.Lookup("aws:AssumedRoot"); k.State != evidence.KeyPresent || k.Values[0] != "true" {
			t.Errorf("%s: %+v", flag, k)
		}
	}
}

// TestDelegate: access delegated to a product provider for a time.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/temporary-delegation-cloudtrail.html
func TestDelegate(t *testing.T) {
	for account, want := range map[string]string{"999999999999": "999999999999", "[ACCOUNT-ID]": ""} {
		d := identityRecord(t, `{"type":"AssumedRole","principalId":"AROAEXAMPLEROLE:job","arn":"arn:aws:sts::111111111111:assumed-role/reader/job","accountId":"111111111111","invokedByDelegate":{"accountId":"`+account+`"}}`, "Access Denied")
		if d.Delegate != want {
			t.Errorf("%s: %q, want %q", account, d.Delegate, want)
		}
	}
}
