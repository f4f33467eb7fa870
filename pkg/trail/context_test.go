package trail_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// contextBase is a record that shows everything; the rows of TestContext change
// one thing each.
const contextBase = `{"eventVersion":"1.11",
	"userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLEROLE:job","arn":"arn:aws:sts::111111111111:assumed-role/reader/job","accountId":"111111111111","accessKeyId":"ASIAEXAMPLE",
		"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111111111111:role/team/reader"},"attributes":{"creationDate":"2026-11-23T08:00:00Z","mfaAuthenticated":"false"}}},
	"eventTime":"2026-11-23T09:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListObjects","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.7","userAgent":"[aws-cli/2]",
	"errorCode":"AccessDenied","errorMessage":"Access Denied","eventCategory":"Data","recipientAccountId":"222222222222",
	"requestParameters":{"bucketName":"b","Host":"b.s3.us-east-1.amazonaws.com","prefix":"a/"},
	"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","AuthenticationMethod":"AuthHeader"},
	"tlsDetails":{"tlsVersion":"TLSv1.3"},
	"resources":[{"accountId":"222222222222","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}]}`

// change sets members of a record by their paths, in the order of these; a nil
// value removes one.
func change(t *testing.T, doc string, changes map[string]any) []byte {
	t.Helper()
	r := copyOf(t, json.RawMessage(doc)).(map[string]any)
	for _, path := range slices.Sorted(maps.Keys(changes)) {
		at := r
		names := strings.Split(path, "/")
		for _, n := range names[:len(names)-1] {
			next, ok := at[n].(map[string]any)
			if !ok {
				next = make(map[string]any)
				at[n] = next
			}
			at = next
		}
		if value, last := changes[path], names[len(names)-1]; value == nil {
			delete(at, last)
		} else {
			at[last] = copyOf(t, value)
		}
	}
	out, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// copyOf returns a value as JSON has it.
func copyOf(t *testing.T, v any) any {
	t.Helper()
	doc, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(doc, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func state(k evidence.ContextKey) string {
	switch {
	case k.State == evidence.KeyPresent:
		return "+ " + strings.Join(k.Values, "|")
	case k.State == evidence.KeyAbsent:
		return "- " + k.Because
	case k.Because != "":
		return "? " + k.Because
	default:
		return "? not listed"
	}
}

// TestContext holds the state of each condition key that one change of a record
// makes: present with its value (+), absent (-) or unknown (?) with the reason.
// Where no page is named it is
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func TestContext(t *testing.T) {
	user := map[string]any{"type": "IAMUser", "principalId": "AIDAEXAMPLEUSER", "arn": "arn:aws:iam::111111111111:user/staff/ann", "accountId": "111111111111", "accessKeyId": "AKIAEXAMPLE"}
	service := map[string]any{"type": "AWSService", "invokedBy": "config.amazonaws.com"}
	anonymous := map[string]any{"type": "AWSAccount", "principalId": "", "accountId": "anonymous"}
	foreign := map[string]any{"type": "AWSAccount", "principalId": "AROAEXAMPLEROLE:job", "accountId": "111111111111"}
	kms := map[string]any{
		"eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "userIdentity/invokedBy": "AWS Internal", "sourceIPAddress": "AWS Internal", "userAgent": "AWS Internal",
		"requestParameters": map[string]any{"encryptionContext": map[string]any{"aws:s3:arn": "arn:aws:s3:::b/k"}},
	}
	for _, tt := range []struct {
		name    string
		changes map[string]any
		want    map[string]string
	}{
		{"nothing changed", nil, map[string]string{
			"aws:PrincipalArn": "+ arn:aws:iam::111111111111:role/team/reader", "aws:PrincipalAccount": "+ 111111111111", "aws:userid": "+ AROAEXAMPLEROLE:job",
			"aws:PrincipalType": "+ AssumedRole", "aws:username": "- only IAM users have it", "aws:TokenIssueTime": "+ 2026-11-23T08:00:00Z",
			"aws:SourceIp": "+ 203.0.113.7", "aws:SourceVpce": "- the request came through no VPC endpoint", "aws:SecureTransport": "+ true", "s3:TlsVersion": "+ 1.3",
			"aws:UserAgent": "+ aws-cli/2", "aws:Referer": "? CloudTrail does not record it", "aws:RequestedRegion": "+ us-east-1",
			"aws:CurrentTime": "+ 2026-11-23T09:00:00Z", "aws:EpochTime": "+ 1795424400", "s3:authType": "+ REST-HEADER", "s3:signatureversion": "+ AWS4-HMAC-SHA256",
			"s3:signatureAge": "? CloudTrail does not record it", "s3:x-amz-content-sha256": "? CloudTrail does not record it",
			"s3:prefix": "+ a/", "s3:ResourceAccount": "+ 222222222222", "aws:ResourceAccount": "+ 222222222222", "s3:DataAccessPointArn": "- the request went through no access point",
			"aws:PrincipalIsAWSService": "+ false", "aws:ViaAWSService": "+ false", "aws:CalledVia": "- the request came from the requester itself",
			"aws:PrincipalOrgID": "? not listed", "aws:PrincipalTag/team": "? not listed", "aws:ResourceTag/team": "? not listed", "s3:ExistingObjectTag/team": "? not listed",
		}},

		// who asks
		{"an IAM user", map[string]any{"userIdentity": user}, map[string]string{
			"aws:PrincipalArn": "+ arn:aws:iam::111111111111:user/staff/ann", "aws:userid": "+ AIDAEXAMPLEUSER", "aws:PrincipalType": "+ User", "aws:username": "+ ann",
		}},
		{"an anonymous requester", map[string]any{"userIdentity": anonymous}, map[string]string{
			"aws:PrincipalArn": "- the request is not signed", "aws:PrincipalAccount": "+ anonymous", "aws:userid": "+ anonymous", "aws:PrincipalType": "+ Anonymous",
			"aws:PrincipalIsAWSService": "- the request is not signed", "s3:authType": "- the request is not signed", "s3:signatureversion": "- the request is not signed",
			"aws:MultiFactorAuthPresent": "- the request is not signed", "aws:ViaAWSService": "+ false",
		}},
		{"root", map[string]any{"userIdentity": map[string]any{"type": "Root", "principalId": "111111111111", "arn": "arn:aws:iam::111111111111:root", "accountId": "111111111111"}}, map[string]string{
			"aws:PrincipalArn": "+ arn:aws:iam::111111111111:root", "aws:userid": "+ 111111111111", "aws:PrincipalType": "+ Account", "aws:username": "- only IAM users have it",
			"aws:AssumedRoot": "- not a session of AssumeRoot",
		}},
		{"a federated user", map[string]any{"userIdentity/type": "FederatedUser", "userIdentity/arn": "arn:aws:sts::111111111111:federated-user/f", "userIdentity/principalId": "111111111111:f"}, map[string]string{
			"aws:PrincipalArn": "+ arn:aws:sts::111111111111:federated-user/f", "aws:userid": "+ 111111111111:f", "aws:PrincipalType": "+ FederatedUser",
			"aws:MultiFactorAuthPresent": "- federated identities do not have it",
		}},
		{"the role's path is not known", map[string]any{"userIdentity/sessionContext/sessionIssuer": nil}, map[string]string{
			"aws:PrincipalArn": "? the session's ARN does not say whether the role has a path",
		}},
		{"the owner's copy of a foreign role's request", map[string]any{"userIdentity": foreign}, map[string]string{
			"aws:PrincipalArn": "? this copy of the record has no ARN of the requester", "aws:userid": "+ AROAEXAMPLEROLE:job", "aws:PrincipalType": "+ AssumedRole",
			"aws:MultiFactorAuthPresent": "? this copy of the record does not show the requester's session", "aws:SourceIdentity": "? this copy of the record does not show the requester's session",
		}},
		{"an account and no more", map[string]any{"userIdentity": map[string]any{"type": "AWSAccount", "accountId": "111111111111"}}, map[string]string{
			"aws:PrincipalAccount": "+ 111111111111", "aws:PrincipalType": "? the record does not tell the kind of the requester",
			"aws:PrincipalIsAWSService": "? the record does not tell the kind of the requester", "aws:username": "? the record does not tell whether the requester is an IAM user",
		}},
		{"no identity", map[string]any{"userIdentity": nil}, map[string]string{"aws:PrincipalArn": "? not listed", "aws:MultiFactorAuthPresent": "? not listed", "aws:ViaAWSService": "? not listed"}},
		{"an IAM Identity Center user is behind the session", map[string]any{"userIdentity/onBehalfOf": map[string]any{"userId": "u-1"}}, map[string]string{"identitystore:UserId": "+ u-1"}},

		// MFA: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
		{"long-term key", map[string]any{"userIdentity": user}, map[string]string{
			"aws:MultiFactorAuthPresent": "- signed with a long-term access key", "aws:MultiFactorAuthAge": "- signed with a long-term access key", "aws:TokenIssueTime": "- signed with a long-term access key",
		}},
		{"role session", nil, map[string]string{"aws:MultiFactorAuthPresent": "+ false", "aws:MultiFactorAuthAge": "- MFA was not used"}},
		{"role assumed with MFA", map[string]any{"userIdentity/sessionContext/attributes/mfaAuthenticated": "true"}, map[string]string{
			"aws:MultiFactorAuthPresent": "? MFA was used to assume the role; whether the session carries it is another matter",
		}},
		{"user's session with MFA", map[string]any{"userIdentity": map[string]any{"type": "IAMUser", "arn": user["arn"], "accessKeyId": "ASIAEXAMPLE", "sessionContext": map[string]any{"attributes": map[string]any{"creationDate": "2026-11-23T08:00:00Z", "mfaAuthenticated": "true"}}}}, map[string]string{
			"aws:MultiFactorAuthPresent": "+ true", "aws:MultiFactorAuthAge": "? the record does not say when MFA was used", "aws:TokenIssueTime": "+ 2026-11-23T08:00:00Z",
		}},
		{"web identity", map[string]any{"userIdentity/sessionContext/webIdFederationData": map[string]any{"federatedProvider": "arn:aws:iam::111111111111:oidc-provider/ci.example"}}, map[string]string{
			"aws:MultiFactorAuthPresent": "- federated identities do not have it", "aws:FederatedProvider": "+ arn:aws:iam::111111111111:oidc-provider/ci.example",
		}},
		{ // "… signifies that there is no information about the identity provider", in CloudTrail's page
			"web identity data that is empty", map[string]any{"userIdentity/sessionContext/webIdFederationData": map[string]any{}}, map[string]string{"aws:FederatedProvider": "? the record names no identity provider"},
		},
		{"a session token without its session", map[string]any{"userIdentity": map[string]any{"type": "IAMUser", "arn": user["arn"], "accessKeyId": "ASIAEXAMPLE"}}, map[string]string{
			"aws:MultiFactorAuthPresent": "? this copy of the record does not show the requester's session",
		}},
		{"a session that cannot be read", map[string]any{"userIdentity": map[string]any{"type": "IAMUser", "arn": user["arn"], "sessionContext": "xxxx"}}, map[string]string{
			"aws:MultiFactorAuthPresent": "? this copy of the record does not show the requester's session",
		}},

		// the session
		{"source identity", map[string]any{"userIdentity/sessionContext/sourceIdentity": "ann"}, map[string]string{"aws:SourceIdentity": "+ ann"}},
		{"no source identity", nil, map[string]string{"aws:SourceIdentity": "- the session was made without one"}},
		{"sign-in session", map[string]any{"userIdentity/sessionContext/signInSessionArn": "arn:aws:signin:us-east-1:111111111111:session/1"}, map[string]string{"aws:SignInSessionArn": "+ arn:aws:signin:us-east-1:111111111111:session/1"}},
		{"EC2", map[string]any{"userIdentity/principalId": "AROAEXAMPLEROLE:i-0123456789abcdef0", "userIdentity/sessionContext/ec2RoleDelivery": "1.0"}, map[string]string{
			"ec2:RoleDelivery": "+ 1.0", "ec2:SourceInstanceArn": "? CloudTrail does not record it",
		}},
		{"named like an instance", map[string]any{"userIdentity/principalId": "AROAEXAMPLEROLE:i-0123456789abcdef0"}, map[string]string{"ec2:RoleDelivery": "? the record does not say whether EC2 made the session"}},
		{"not named like an instance", nil, map[string]string{"ec2:RoleDelivery": "- the session is not named for an EC2 instance", "ec2:SourceInstanceArn": "- the session is not named for an EC2 instance"}},
		{"Lambda function", map[string]any{"userIdentity/inScopeOf": map[string]any{"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": "arn:aws:lambda:us-east-1:111111111111:function:f"}}, map[string]string{
			"lambda:SourceFunctionArn": "+ arn:aws:lambda:us-east-1:111111111111:function:f", "aws:SourceArn": "- not a service principal",
		}},
		{"not a Lambda function", nil, map[string]string{"lambda:SourceFunctionArn": "? the record does not say to what the credentials were issued"}},

		// services
		{"a service in its own name", map[string]any{"userIdentity": service, "sourceIPAddress": "config.amazonaws.com", "userAgent": "config.amazonaws.com"}, map[string]string{
			"aws:PrincipalIsAWSService": "+ true", "aws:PrincipalServiceName": "+ config.amazonaws.com", "aws:PrincipalServiceNamesList": "? the record has one name of the service",
			"aws:PrincipalArn": "? an AWS service calls in its own name", "aws:ViaAWSService": "+ false", "aws:CalledVia": "- the service calls in its own name",
			"aws:SourceArn": "? the record does not say for which resource the service called", "aws:SourceIp": "- AWS does not show the network of its own services",
			"aws:SecureTransport": "- AWS does not show the network of its own services", "s3:TlsVersion": "- AWS does not show the network of its own services",
			"aws:UserAgent": "? the record has the name of the service in its place", "aws:MultiFactorAuthPresent": "? AWS does not say whether its own services have it",
		}},
		{"a service without a name", map[string]any{"userIdentity": map[string]any{"type": "AWSService", "invokedBy": "AWS Internal"}}, map[string]string{
			"aws:PrincipalIsAWSService": "+ true", "aws:PrincipalServiceName": "? the record does not name the service",
		}},
		{"a service for a resource", map[string]any{"userIdentity": service, "userIdentity/inScopeOf": map[string]any{"sourceArn": "arn:aws:config:us-east-1:111111111111:x", "sourceAccount": "111111111111"}}, map[string]string{
			"aws:SourceArn": "+ arn:aws:config:us-east-1:111111111111:x", "aws:SourceAccount": "+ 111111111111",
		}},
		{ // https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
			"a service for the requester", map[string]any{"userIdentity/invokedBy": "athena.amazonaws.com", "sourceIPAddress": "athena.amazonaws.com", "userAgent": "athena.amazonaws.com"}, map[string]string{
				"aws:PrincipalIsAWSService": "+ false", "aws:ViaAWSService": "? the record does not tell a call on behalf of the requester from one by a service role",
				"aws:SourceIp": "? a service called for the requester, whose address the record does not show", "aws:SourceVpce": "- the request came through no VPC endpoint of the requester",
				"aws:SourceArn": "- not a service principal", "aws:UserAgent": "? the record has the name of the service in its place",
			},
		},
		{"a service for the requester, without invokedBy", map[string]any{"userIdentity": foreign, "sourceIPAddress": "athena.amazonaws.com"}, map[string]string{
			"aws:ViaAWSService": "? the record does not tell a call on behalf of the requester from one by a service role",
		}},
		{"a service for a user with a long-term key", map[string]any{"userIdentity": user, "userIdentity/invokedBy": "athena.amazonaws.com"}, map[string]string{
			"aws:MultiFactorAuthPresent": "? this copy of the record does not show the requester's session",
		}},
		{"a service through its own endpoint", map[string]any{"userIdentity/invokedBy": "athena.amazonaws.com", "sourceIPAddress": "athena.amazonaws.com", "vpcEndpointId": "vpce-0example"}, map[string]string{
			"aws:SourceVpce": "? the service called through an endpoint of its own",
		}},

		// the network
		{"through a VPC endpoint", map[string]any{"vpcEndpointId": "vpce-0example", "vpcEndpointAccountId": "333333333333", "sourceIPAddress": "10.0.0.7"}, map[string]string{
			"aws:SourceIp": "- the request came through a VPC endpoint", "aws:VpcSourceIp": "+ 10.0.0.7", "aws:SourceVpce": "+ vpce-0example", "aws:VpceAccount": "+ 333333333333",
			"aws:SourceVpc": "? only the endpoint itself says", "aws:VpceOrgID": "? only the endpoint itself says",
		}},
		{"through a VPC endpoint of an unknown owner", map[string]any{"vpcEndpointId": "vpce-0example", "sourceIPAddress": "10.0.0.7"}, map[string]string{
			"aws:SourceVpce": "+ vpce-0example", "aws:VpceAccount": "? the record does not name the owner of the endpoint",
		}},
		{"through the console's endpoint", map[string]any{"vpcEndpointId": "vpce-0example", "sourceIPAddress": "10.0.0.7", "userAgent": "[S3Console/0.4, aws-internal/3]"}, map[string]string{
			"aws:SourceVpce": "? the console called through an endpoint of AWS's own", "aws:SourceIp": "? the console called through an endpoint of AWS's own",
		}},
		{"a private address without endpoint", map[string]any{"sourceIPAddress": "172.20.0.7"}, map[string]string{
			"aws:SourceIp":   "? a private address without the VPC endpoint that it must have come through",
			"aws:SourceVpce": "? a private address without the VPC endpoint that it must have come through",
		}},
		{"an endpoint's own name without endpoint", map[string]any{"requestParameters/Host": "b.bucket.vpce-0example-1.s3.us-east-1.vpce.amazonaws.com"}, map[string]string{
			"aws:SourceVpce": "? a VPC endpoint was called by its name, but the record has none",
		}},
		{"an IPv6 address", map[string]any{"sourceIPAddress": "2001:db8::7"}, map[string]string{"aws:SourceIp": "+ 2001:db8::7"}},
		{"no address", map[string]any{"sourceIPAddress": nil}, map[string]string{"aws:SourceIp": "? the record does not say where the request came from", "aws:ViaAWSService": "? the record does not say where the request came from"}},
		{"a redacted address", map[string]any{"sourceIPAddress": "[SOURCE-IP]"}, map[string]string{"aws:SourceIp": "? the record has no address that can be read", "aws:SourceVpce": "? the record has no address that can be read"}},
		{"no TLS details", map[string]any{"tlsDetails": nil}, map[string]string{"aws:SecureTransport": "+ true", "s3:TlsVersion": "? the record does not say"}},
		{"neither TLS details nor cipher", map[string]any{"tlsDetails": nil, "additionalEventData/CipherSuite": nil}, map[string]string{"aws:SecureTransport": "? the record has no TLS details, which proves neither"}},
		{"a redacted TLS version", map[string]any{"tlsDetails/tlsVersion": "xxxx"}, map[string]string{"s3:TlsVersion": "? the record does not say"}},
		{"TLS 1.2", map[string]any{"tlsDetails/tlsVersion": "TLSv1.2"}, map[string]string{"s3:TlsVersion": "+ 1.2"}},
		{"no user agent", map[string]any{"userAgent": nil}, map[string]string{"aws:UserAgent": "? the record does not have it whole"}},
		{"a user agent that was cut", map[string]any{"userAgent": strings.Repeat("a", 1024)}, map[string]string{"aws:UserAgent": "? the record does not have it whole"}},
		{"no time", map[string]any{"eventTime": "xxxx"}, map[string]string{"aws:CurrentTime": "? the record has no time that can be read", "aws:EpochTime": "? the record has no time that can be read"}},

		// the signature: https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
		{"presigned", map[string]any{"additionalEventData/AuthenticationMethod": "QueryString"}, map[string]string{"s3:authType": "+ REST-QUERY-STRING"}},
		{"signature version 2", map[string]any{"additionalEventData/SignatureVersion": "SigV2"}, map[string]string{"s3:signatureversion": "+ AWS", "s3:signatureAge": "+ 0"}},
		{"signature version 4, spelled otherwise", map[string]any{"additionalEventData/SignatureVersion": "Sigv4"}, map[string]string{"s3:signatureversion": "+ AWS4-HMAC-SHA256"}},
		{"signature version 4A", map[string]any{"additionalEventData/SignatureVersion": "SigV4A"}, map[string]string{"s3:signatureversion": "? the record does not say"}},
		{"no signature data", map[string]any{"additionalEventData": nil}, map[string]string{"s3:authType": "? the record does not say", "s3:signatureversion": "? the record does not say", "s3:signatureAge": "? the record does not say"}},

		// listing: https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
		{"no prefix", map[string]any{"requestParameters/prefix": nil}, map[string]string{"s3:prefix": "- not sent", "s3:delimiter": "- not sent", "s3:max-keys": "+ 1000"}},
		{"an empty prefix", map[string]any{"requestParameters/prefix": ""}, map[string]string{"s3:prefix": "+ "}},
		{"max-keys, as a number", map[string]any{"requestParameters/max-keys": 5}, map[string]string{"s3:max-keys": "+ 5"}},
		{"old parameters are lists", map[string]any{"requestParameters/prefix": []string{"z/"}}, map[string]string{"s3:prefix": "+ z/"}},
		{"ListObjectVersions lists", map[string]any{"eventName": "ListObjectVersions"}, map[string]string{"s3:prefix": "+ a/"}},
		{"HeadBucket", map[string]any{"eventName": "HeadBucket", "requestParameters/prefix": nil}, map[string]string{"s3:prefix": "- the request has no such parameter", "s3:max-keys": "? AWS does not say whether HeadBucket has it"}},
		{"ListMultipartUploads", map[string]any{"eventName": "ListMultipartUploads"}, map[string]string{"s3:prefix": "- its action has no such key", "s3:max-keys": "- its action has no such key"}},
		{"no listing", map[string]any{"eventName": "GetObject"}, map[string]string{"s3:prefix": "- the request does not list"}},
		{"parameters omitted", map[string]any{"requestParameters": nil}, map[string]string{
			"s3:prefix": "? the record has no request parameters", "s3:max-keys": "? the record has no request parameters", "s3:x-amz-acl": "? the record has no request parameters",
			"s3:versionid": "? the record has no request parameters", "s3:RequestObjectTagKeys": "? the record has no request parameters", "s3:DataAccessPointArn": "- the request went through no access point",
		}},
		{"parameters that are no object", map[string]any{"requestParameters": "xxxx"}, map[string]string{"s3:prefix": "? the record has no request parameters"}},
		{"neither parameters nor resources", map[string]any{"requestParameters": nil, "resources": nil}, map[string]string{"s3:DataAccessPointArn": "? the record does not say what was called"}},

		// headers
		{"a header that CloudTrail records", map[string]any{"eventName": "PutObject"}, map[string]string{"s3:x-amz-acl": "- not sent", "s3:x-amz-server-side-encryption": "- not sent", "s3:x-amz-copy-source": "- not sent"}},
		{"a header that it may not record", map[string]any{"eventName": "PutObject"}, map[string]string{
			"s3:x-amz-storage-class":  "? not in the record, and it is not known that CloudTrail records it",
			"s3:object-lock-mode":     "? not in the record, and it is not known that CloudTrail records it",
			"s3:RequestObjectTagKeys": "? not in the record, and it is not known that CloudTrail records it",
		}},
		{"a read sends no such header", map[string]any{"eventName": "GetObject"}, map[string]string{"s3:x-amz-storage-class": "- the request does not write", "s3:RequestObjectTagKeys": "- the request sets no tags"}},
		{"what an unknown operation sends is not known", map[string]any{"eventName": "FrobObject"}, map[string]string{"s3:x-amz-storage-class": "? not in the record, and it is not known that CloudTrail records it"}},
		{"a header in the client's spelling", map[string]any{"eventName": "PutObject", "requestParameters/X-Amz-Storage-Class": "GLACIER"}, map[string]string{"s3:x-amz-storage-class": "+ GLACIER"}},
		{"an object lock header", map[string]any{"eventName": "PutObject", "requestParameters/x-amz-object-lock-mode": "GOVERNANCE"}, map[string]string{"s3:object-lock-mode": "+ GOVERNANCE"}},
		{"a version", map[string]any{"eventName": "GetObject", "requestParameters/versionId": "v1"}, map[string]string{"s3:versionid": "+ v1"}},
		{"the version of a copy's source", map[string]any{"eventName": "CopyObject", "requestParameters/x-amz-copy-source": "b/k?versionId=v1"}, map[string]string{"s3:versionid": "? the source and the destination of a copy have their own"}},

		// tags: https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html
		{"tags", map[string]any{"eventName": "PutObject", "requestParameters/x-amz-tagging": "b=2&a=1%20x"}, map[string]string{"s3:RequestObjectTagKeys": "+ a|b", "s3:RequestObjectTag/a": "+ 1 x", "s3:RequestObjectTag/b": "+ 2"}},
		{"no tags in the header", map[string]any{"eventName": "PutObject", "requestParameters/x-amz-tagging": ""}, map[string]string{"s3:RequestObjectTagKeys": "- x-amz-tagging is empty"}},
		{"tags that cannot be read", map[string]any{"eventName": "PutObject", "requestParameters/x-amz-tagging": "a=%zz"}, map[string]string{"s3:RequestObjectTagKeys": "? x-amz-tagging cannot be read"}},
		{"tags in the body", map[string]any{"eventName": "PutObjectTagging"}, map[string]string{"s3:RequestObjectTagKeys": "? the tags are in the body of the request"}},

		// the resource
		{ // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-receive-logs-from-multiple-accounts.html
			"the requester's copy has no owner of the bucket", map[string]any{"resources": []any{map[string]any{"accountId": "", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b"}}},
			map[string]string{"aws:ResourceAccount": "? this copy of the record does not name the bucket's account"},
		},
		{"through an access point", map[string]any{"requestParameters/bucketName": "arn:aws:s3:us-east-1:222222222222:accesspoint/p"}, map[string]string{
			"s3:DataAccessPointArn": "+ arn:aws:s3:us-east-1:222222222222:accesspoint/p", "s3:DataAccessPointAccount": "+ 222222222222", "s3:AccessPointNetworkOrigin": "? only the access point itself says",
		}},
		{"through an access point of another account", map[string]any{"requestParameters/bucketName": "arn:aws:s3:us-east-1:333333333333:accesspoint/p"}, map[string]string{
			"s3:DataAccessPointAccount": "+ 333333333333", "aws:ResourceAccount": "? the call needs resources that may be of several accounts, each with its own",
		}},
		{"through the alias of an access point", map[string]any{"requestParameters/bucketName": "p-example-s3alias"}, map[string]string{
			"s3:DataAccessPointArn": "? the record has no more than an alias of the access point", "s3:DataAccessPointAccount": "? the record has no more than an alias of the access point",
		}},
		{"a copy from a bucket whose owner is not told", map[string]any{"eventName": "CopyObject", "requestParameters/key": "k", "requestParameters/x-amz-copy-source": "other/k"}, map[string]string{
			"aws:ResourceAccount": "? the call needs resources that may be of several accounts, each with its own",
		}},
		{"a copy within a bucket", map[string]any{"eventName": "CopyObject", "requestParameters/key": "k", "requestParameters/x-amz-copy-source": "b/j"}, map[string]string{"aws:ResourceAccount": "+ 222222222222"}},

		// other services and categories
		{ // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
			"a KMS call of S3", kms, map[string]string{
				"kms:ViaService": "+ s3.us-east-1.amazonaws.com", "kms:CallerAccount": "+ 111111111111", "kms:EncryptionContext:aws:s3:arn": "+ arn:aws:s3:::b/k", "kms:EncryptionContextKeys": "+ aws:s3:arn",
				"aws:ViaAWSService": "+ true", "s3:prefix": "? not listed", "s3:TlsVersion": "? not listed", "aws:PrincipalArn": "+ arn:aws:iam::111111111111:role/team/reader",
			},
		},
		{ // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-events.html#cloudtrail-network-activity-events
			"network activity", map[string]any{"eventCategory": "NetworkActivity", "errorCode": "VpceAccessDenied", "vpcEndpointId": "vpce-0example", "vpcEndpointAccountId": "333333333333", "requestParameters": nil, "resources": nil, "tlsDetails": nil, "additionalEventData": nil}, map[string]string{
				"aws:SourceVpce": "+ vpce-0example", "s3:prefix": "? not listed", "s3:x-amz-acl": "? not listed", "aws:ResourceAccount": "? not listed",
			},
		},
		{ // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3express.html
			"a directory bucket", map[string]any{"eventSource": "s3express.amazonaws.com", "eventName": "CreateSession", "requestParameters/x-amz-create-session-mode": "ReadOnly"}, map[string]string{
				"s3express:SessionMode": "+ ReadOnly", "s3express:authType": "+ REST-HEADER", "s3express:TlsVersion": "+ 1.3", "s3:authType": "? not listed", "s3:prefix": "? not listed",
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, ignored, err := trail.Parse(change(t, contextBase, tt.changes))
			if err != nil || ignored != "" {
				t.Fatalf("ignored %q, error %v", ignored, err)
			}
			for name, want := range tt.want {
				if got := state(d.Context.Lookup(name)); got != want {
					t.Errorf("%s:\n got %s\nwant %s", name, got, want)
				}
			}
			unique(t, d.Context)
		})
	}
}

// unique: a key is listed once, a present one has a value, and no other has.
func unique(t *testing.T, c evidence.Context) {
	t.Helper()
	seen := make(map[string]bool)
	for _, k := range c {
		switch name := strings.ToLower(k.Name); {
		case seen[name]:
			t.Errorf("%s is listed twice", k.Name)
		case (k.State == evidence.KeyPresent) != (len(k.Values) > 0):
			t.Errorf("%s is %s with %d values", k.Name, k.State, len(k.Values))
		case k.State != evidence.KeyPresent && k.Because == "":
			t.Errorf("%s is %s without a reason", k.Name, k.State)
		default:
			seen[name] = true
		}
	}
}

// TestContextIsWholeForEveryOperation walks the table of operations: no key is
// listed twice or without a value or reason.
func TestContextIsWholeForEveryOperation(t *testing.T) {
	for _, operation := range operationNames(t) {
		d, _, err := trail.Parse(change(t, contextBase, map[string]any{"eventName": operation}))
		if err != nil {
			t.Fatal(err)
		}
		t.Run(operation, func(t *testing.T) { unique(t, d.Context) })
	}
}
