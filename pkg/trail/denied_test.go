package trail_test

import (
	"fmt"
	"strings"
	"testing"

	"why403/pkg/trail"
)

// TestDenied holds which error codes are denials, and what is said of the others.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
func TestDenied(t *testing.T) {
	for _, tt := range []struct{ source, code, ignored string }{
		{"s3", "AccessDenied", ""},
		{"s3", "AccessDeniedException", ""},
		{"s3", "AllAccessDisabled", ""},
		{"s3", "AccountProblem", ""},
		{"s3", "InvalidPayer", ""},
		{"s3", "NotSignedUp", ""},
		{"s3", "InvalidObjectState", ""},
		{"s3", "CrossLocationLoggingProhibited", ""},
		{"s3", "InvalidAccessKeyId", ""},
		{"s3", "InvalidSecurity", ""},
		{"s3", "SignatureDoesNotMatch", ""},
		{"s3", "RequestTimeTooSkewed", ""},
		{"s3", "ExpiredToken", ""},
		{"s3", "UnauthorizedAccessError", ""},
		{"s3", "UnexpectedIPError", ""},
		{"s3", "AccessForbidden", ""},
		{"s3", "KMS.DisabledException", ""},
		{"s3", "KMS.NotFoundException", ""},
		{"s3", "KMS.KMSInvalidStateException", ""},
		{"s3", "KMS.InvalidKeyUsageException", ""},
		{"s3express", "AccessDenied", ""},
		{"s3-outposts", "AccessDenied", ""},
		{"s3-object-lambda", "AccessDenied", ""},

		{"s3", "", "an error without a code"},
		{"s3", "NoSuchKey", "NoSuchKey: there is nothing there (404), which is no denial"},
		{"s3", "NoSuchBucket", "NoSuchBucket: there is nothing there (404), which is no denial"},
		{"s3", "NoSuchBucketPolicy", "NoSuchBucketPolicy: there is nothing there (404), which is no denial"},
		{"s3", "ObjectLockConfigurationNotFoundError", "ObjectLockConfigurationNotFoundError: there is nothing there (404), which is no denial"},
		{"s3", "SlowDown", "SlowDown: throttled (503), which is no denial"},
		{"s3", "ServiceUnavailable", "ServiceUnavailable: throttled (503), which is no denial"},
		{"s3", "ThrottlingException", "ThrottlingException: throttled (503), which is no denial"},
		{"s3", "KMS.ThrottlingException", "KMS.ThrottlingException: throttled (503), which is no denial"},
		{"s3", "PermanentRedirect", "PermanentRedirect: sent to the wrong Region, which is no denial"},
		{"s3", "TemporaryRedirect", "TemporaryRedirect: sent to the wrong Region, which is no denial"},
		{"s3", "AuthorizationHeaderMalformed", "AuthorizationHeaderMalformed: sent to the wrong Region, which is no denial"},
		{"s3", "IllegalLocationConstraintException", "IllegalLocationConstraintException: sent to the wrong Region, which is no denial"},
		{"s3", "PreconditionFailed", "PreconditionFailed: a condition of the request was not met, which is no denial"},
		{"s3", "AccessControlListNotSupported", "AccessControlListNotSupported: the bucket takes no ACLs (400), which is no denial"},
		{"s3", "BucketNotEmpty", "BucketNotEmpty: not a 403"},
		{"s3", "MethodNotAllowed", "MethodNotAllowed: not a 403"},
		{"s3", "accessdenied", "accessdenied: not a 403"},

		{"kms", "AccessDenied", "a KMS call that was not made for S3"},
		{"sts", "AccessDenied", "not a call to S3 but to sts"},
		{"s3tables", "AccessDenied", "not a call to S3 but to s3tables"},
		{"ec2", "Client.UnauthorizedOperation", "not a call to S3 but to ec2"},
	} {
		d, ignored, err := trail.Parse(fmt.Appendf(nil, `{"eventSource":"%s.amazonaws.com","eventName":"GetObject","errorCode":%q,"errorMessage":"text"}`, tt.source, tt.code))
		if err != nil || ignored != tt.ignored {
			t.Errorf("%s %s: ignored %q, error %v; want %q", tt.source, tt.code, ignored, err, tt.ignored)
		}
		if d.ErrorCode != tt.code || d.Operation != "GetObject" {
			t.Errorf("%s %s: what was read is lost: %+v", tt.source, tt.code, d)
		}
	}
}

// TestNoError: success, and a record that was cut before its error.
func TestNoError(t *testing.T) {
	_, ignored, err := trail.Parse([]byte(`{"eventSource":"s3.amazonaws.com","eventName":"GetObject","additionalEventData":{"httpStatusCode":200}}`))
	if err != nil || ignored != "no error: the call succeeded, or the record was cut" {
		t.Errorf("ignored %q, error %v", ignored, err)
	}
}

// TestPreflight: no policy decides a CORS preflight.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
func TestPreflight(t *testing.T) {
	d, ignored, err := trail.Parse([]byte(`{"eventSource":"s3.amazonaws.com","eventName":"PreflightRequest","errorCode":"AccessForbidden","requestParameters":{"bucketName":"b","key":"k"}}`))
	if err != nil || ignored != "" || len(d.Authorizations) != 0 || !strings.Contains(d.Unauthorized, "CORS") || d.Bucket != "b" {
		t.Errorf("ignored %q, error %v, %+v %q", ignored, err, d.Authorizations, d.Unauthorized)
	}
}

// TestNetworkActivity: a denial by a VPC endpoint policy tells the endpoint and
// its owner, who asked and for which action, and no bucket. The call of KMS through
// an endpoint has nothing to do with S3.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-events.html#cloudtrail-network-activity-events
func TestNetworkActivity(t *testing.T) {
	const record = `{"eventSource":"%s.amazonaws.com","eventName":"%s","awsRegion":"us-east-1","errorCode":"%s","errorMessage":"%s","eventType":"%s",%s
		"userIdentity":{"type":"AWSAccount","principalId":"AROAEXAMPLEROLE:job","accountId":"111111111111"},"sourceIPAddress":"10.0.0.7",
		"recipientAccountId":"333333333333","vpcEndpointId":"vpce-0example","vpcEndpointAccountId":"333333333333"}`
	const message = "The request was denied due to a VPC endpoint policy"
	// The field list and the examples of AWS's pages differ in the event type.
	for _, kind := range [][2]string{{"AwsVpceEvent", `"eventCategory":"NetworkActivity",`}, {"AwsVpceEvents", `"eventCategory":"NetworkActivity",`}, {"AwsVpceEvent", ""}} {
		d, ignored, err := trail.Parse(fmt.Appendf(nil, record, "s3", "PutObject", "VpceAccessDenied", message, kind[0], kind[1]))
		if err != nil || ignored != "" {
			t.Fatalf("ignored %q, error %v", ignored, err)
		}
		if d.Category != trail.CategoryNetworkActivity || d.Message.Form != trail.FormVPCEndpoint || d.VPCEndpointID != "vpce-0example" || d.VPCEndpointAccount != "333333333333" ||
			d.Principal.Account != "111111111111" || d.Bucket != "" || d.Key != "" || d.AccessPoint != "" {
			t.Errorf("%+v", d)
		}
		if a := d.Authorizations; len(a) != 1 || a[0].Action != "s3:PutObject" || a[0].Resource != "" {
			t.Errorf("%+v", a)
		}
	}
	for _, tt := range []struct{ service, call, code, text, ignored string }{
		{"s3", "PutObject", "", "", "no error: the call succeeded, or the record was cut"},
		{"kms", "Decrypt", "VpceAccessDenied", message, "a KMS call that was not made for S3"},
	} {
		_, ignored, err := trail.Parse(fmt.Appendf(nil, record, tt.service, tt.call, tt.code, tt.text, "AwsVpceEvent", ""))
		if err != nil || ignored != tt.ignored {
			t.Errorf("%s: ignored %q, error %v", tt.service, ignored, err)
		}
	}
}

// TestOccurrenceID: copies of a request have one id, and so have DeleteObjects and
// the events of its keys.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
func TestOccurrenceID(t *testing.T) {
	for _, tt := range []struct {
		name string
		d    trail.Denial
		want string
	}{
		{"one copy", trail.Denial{EventID: "e", RequestID: "r", Operation: "GetObject"}, "e"},
		{"several copies", trail.Denial{EventID: "e", SharedEventID: "s", RequestID: "r", Operation: "GetObject"}, "s"},
		{"DeleteObjects", trail.Denial{EventID: "e1", SharedEventID: "s1", RequestID: "r", Operation: "DeleteObjects"}, "r"},
		{"one key of it", trail.Denial{EventID: "e2", SharedEventID: "s2", RequestID: "r", Operation: "DeleteObject"}, "r"},
		{"another copy of that", trail.Denial{EventID: "e3", SharedEventID: "s2", RequestID: "r", Operation: "DeleteObject"}, "r"},
		{"DeleteObject without request id", trail.Denial{EventID: "e", Operation: "DeleteObject"}, "e"},
	} {
		if got := tt.d.OccurrenceID(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
