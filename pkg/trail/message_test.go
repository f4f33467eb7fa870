package trail

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The pages that give the forms of the messages. A form that stands on none of
// them is marked real: it was read in outputs of AWS that users published, and is
// retold here with names of our own.
const (
	pageS3     = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html"
	pageErrors = "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
	pageIAM    = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"
	pageID     = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html"
	pageARNs   = "https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns/"
	pageRecord = "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html"
	real       = "outputs of AWS published by users"
)

const (
	userARN    = "arn:aws:iam::111111111111:user/bob"
	sessionARN = "arn:aws:sts::111111111111:assumed-role/app/job-1"
	objectARN  = "arn:aws:s3:::acme-data/report.csv"
	keyARN     = "arn:aws:kms:us-east-1:222222222222:key/5f0c2a94-71be-4d0e-9a3f-0e6d4c8b1a27"
	scpARN     = "arn:aws:organizations::999999999999:policy/o-exampleorg1/service_control_policy/p-guard4x1"
	rcpARN     = "arn:aws:organizations::999999999999:policy/o-exampleorg1/resource_control_policy/p-perim7k2"
	policyARN  = "arn:aws:iam::111111111111:policy/guardrails/no-delete"
	// s3Says and kmsSays begin the messages of the two services: S3 alone puts the
	// resource in quotation marks.
	s3Says  = `User: ` + sessionARN + ` is not authorized to perform: s3:GetObject on resource: "` + objectARN + `" `
	kmsSays = `User: ` + sessionARN + ` is not authorized to perform: kms:Decrypt `
)

// reasonCases are the reasons that follow s3Says.
var reasonCases = []struct {
	name, page, reason string
	want               Message
}{
	{"identity-based, no allow", pageS3, "because no identity-based policy allows the s3:GetObject action",
		Message{Form: FormPolicy, Policy: IdentityBased}},
	{"identity-based, explicit deny", pageS3, "with an explicit deny in an identity-based policy",
		Message{Form: FormPolicy, Policy: IdentityBased, Explicit: true}},
	{"identity-based, explicit deny, policy named", pageARNs, "with an explicit deny in an identity-based policy: " + policyARN,
		Message{Form: FormPolicy, Policy: IdentityBased, Explicit: true, PolicyARN: policyARN}},
	{"resource-based, no allow", pageS3, "because no resource-based policy allows the s3:GetObject action",
		Message{Form: FormPolicy, Policy: ResourceBased}},
	{"resource-based, explicit deny", pageS3, "with an explicit deny in a resource-based policy",
		Message{Form: FormPolicy, Policy: ResourceBased, Explicit: true}},
	{"service control policy, no allow", pageS3, "because no service control policy allows the s3:GetObject action",
		Message{Form: FormPolicy, Policy: ServiceControl}},
	{"service control policy, explicit deny", pageS3, "with an explicit deny in a service control policy",
		Message{Form: FormPolicy, Policy: ServiceControl, Explicit: true}},
	{"service control policy, explicit deny, policy named", real, "with an explicit deny in a service control policy: " + scpARN,
		Message{Form: FormPolicy, Policy: ServiceControl, Explicit: true, PolicyARN: scpARN}},
	{"resource control policy, explicit deny", pageS3, "with an explicit deny in a resource control policy",
		Message{Form: FormPolicy, Policy: ResourceControl, Explicit: true}},
	{"resource control policy, explicit deny, policy named", pageARNs, "with an explicit deny in a resource control policy: " + rcpARN,
		Message{Form: FormPolicy, Policy: ResourceControl, Explicit: true, PolicyARN: rcpARN}},
	{"VPC endpoint policy, no allow", pageS3, "because no VPC endpoint policy allows the s3:GetObject action",
		Message{Form: FormPolicy, Policy: VPCEndpointPolicy}},
	{"VPC endpoint policy, explicit deny", pageS3, "with an explicit deny in a VPC endpoint policy",
		Message{Form: FormPolicy, Policy: VPCEndpointPolicy, Explicit: true}},
	{"VPC endpoint policy through a service control policy", pageIAM, "with an explicit deny in a VPC endpoint policy transitively through a service control policy",
		Message{Form: FormPolicy, Policy: VPCEndpointPolicy, Explicit: true, Through: ServiceControl}},
	{"permissions boundary, no allow", pageS3, "because no permissions boundary allows the s3:GetObject action",
		Message{Form: FormPolicy, Policy: PermissionsBoundary}},
	{"permissions boundary, explicit deny", pageS3, "with an explicit deny in a permissions boundary",
		Message{Form: FormPolicy, Policy: PermissionsBoundary, Explicit: true}},
	{"permissions boundary, explicit deny, policy named", real, "with an explicit deny in a permissions boundary: " + policyARN,
		Message{Form: FormPolicy, Policy: PermissionsBoundary, Explicit: true, PolicyARN: policyARN}},
	{"session policy, no allow", pageS3, "because no session policy allows the s3:GetObject action",
		Message{Form: FormPolicy, Policy: SessionPolicy}},
	{"session policy, explicit deny", pageS3, "with an explicit deny in a session policy",
		Message{Form: FormPolicy, Policy: SessionPolicy, Explicit: true}},
	{"session policy in the plural of IAM's example", pageIAM, "with an explicit deny in a sessions policy",
		Message{Form: FormPolicy, Policy: SessionPolicy, Explicit: true}},
	{"session policy, explicit deny, policy named", pageARNs, "with an explicit deny in a session policy: " + policyARN,
		Message{Form: FormPolicy, Policy: SessionPolicy, Explicit: true, PolicyARN: policyARN}},
	{"resource-based, in the plural", "", "because no resource-based policies allow the s3:GetObject action",
		Message{Form: FormPolicy, Policy: ResourceBased}},
	{"role trust policy, no allow", pageIAM, "because no role trust policy allows the sts:AssumeRole action",
		Message{Form: FormPolicy, Policy: RoleTrust}},
	{"role trust policy, explicit deny", pageIAM, "with an explicit deny in the role trust policy",
		Message{Form: FormPolicy, Policy: RoleTrust, Explicit: true}},
	{"explicit deny and no more, as in 2021", real, "with an explicit deny",
		Message{Form: FormDeny, Explicit: true}},
	{"explicit deny in a policy of a type that is not known", "", "with an explicit deny in a lunar policy: " + policyARN,
		Message{Form: FormDeny, Explicit: true}},
	{"no allow in a policy of a type that is not known", "", "because no lunar policy allows the s3:GetObject action",
		Message{Form: FormOther}},
	{"a reason that is not known", "", "because the moon is full",
		Message{Form: FormOther}},
	{"no reason, as services said before they named policy types", pageIAM, "",
		Message{Form: FormGeneric}},
	{"SSE-C blocked by the bucket", pageS3, "because this bucket has blocked upload requests that specify Server Side Encryption with Customer provided keys (SSE-C). Please specify a different server-side encryption type",
		Message{Form: FormSSECBlocked}},
	{"BlockPublicAcls", pageS3, "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access.",
		Message{Form: FormBlockPublicAcls}},
	{"BlockPublicPolicy", pageS3, "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
		Message{Form: FormBlockPublicPolicy}},
	{"authorization id", pageID, "because no identity-based policy allows the s3:GetObject action. Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/a1b2c3EXAMPLE for complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: a1b2c3EXAMPLE",
		Message{Form: FormPolicy, Policy: IdentityBased, AuthorizationID: "a1b2c3EXAMPLE"}},
	{"authorization id after an ARN, with a full stop", pageID, "with an explicit deny in a service control policy: " + scpARN + ". Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/a1b2c3EXAMPLE for complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: a1b2c3EXAMPLE.",
		Message{Form: FormPolicy, Policy: ServiceControl, Explicit: true, PolicyARN: scpARN, AuthorizationID: "a1b2c3EXAMPLE"}},
	{"full stop behind an ARN", "", "with an explicit deny in an identity-based policy: " + policyARN + ".",
		Message{Form: FormPolicy, Policy: IdentityBased, Explicit: true, PolicyARN: policyARN}},
	{"full stop behind a policy type", "", "with an explicit deny in an identity-based policy.",
		Message{Form: FormPolicy, Policy: IdentityBased, Explicit: true}},
	{"full stop behind an explicit deny", "", "with an explicit deny.",
		Message{Form: FormDeny, Explicit: true}},
	{"what follows the policy type is no ARN", "", "with an explicit deny in an identity-based policy: no-delete",
		Message{Form: FormPolicy, Policy: IdentityBased, Explicit: true}},
	{"what an SDK appends", real, "with an explicit deny in a permissions boundary (Service: S3, Status Code: 403, Request ID: 8J1EXAMPLE)",
		Message{Form: FormPolicy, Policy: PermissionsBoundary, Explicit: true}},
}

func TestParseMessageReasons(t *testing.T) {
	for _, test := range reasonCases {
		t.Run(test.name, func(t *testing.T) {
			want := test.want
			want.Principal, want.Action, want.Resource = sessionARN, "s3:GetObject", objectARN
			if diff := cmp.Diff(want, ParseMessage(s3Says+test.reason)); diff != "" {
				t.Errorf("%s\n%s", test.page, diff)
			}
			// Where a message was wrapped or pasted, its words are the same.
			spaced := strings.ReplaceAll(s3Says+test.reason, " ", "  \t\r\n")
			if diff := cmp.Diff(want, ParseMessage("\n "+spaced+" \n")); diff != "" {
				t.Errorf("with odd spacing: %s", diff)
			}
		})
	}
}

func TestParseMessage(t *testing.T) {
	for _, test := range []struct {
		name, page, text string
		want             Message
	}{
		{"no message", "", "", Message{}},
		{"white space", "", " \t\r\n", Message{}},
		{"generic", pageS3, "Access Denied", Message{Form: FormGeneric}},
		{"generic with a full stop", "", "Access Denied.", Message{Form: FormGeneric}},
		{"generic in another case", "", "access  denied", Message{Form: FormGeneric}},
		{"the word of a HEAD request, which has no body", real, "Forbidden", Message{Form: FormGeneric}},
		{"the code for the text", "", "AccessDenied", Message{Form: FormGeneric}},
		{"more than the generic words", "", "Access Denied for reasons of our own", Message{Form: FormOther}},

		// KMS's refusals, as S3 passes them on.
		{"key of the object, no allow", real, kmsSays + "on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action",
			Message{Form: FormPolicy, Policy: IdentityBased, Principal: sessionARN, Action: "kms:Decrypt", Ciphertext: true}},
		{"key of the object, session policy", real, kmsSays + "on the resource associated with this ciphertext because no session policy allows the kms:Decrypt action",
			Message{Form: FormPolicy, Policy: SessionPolicy, Principal: sessionARN, Action: "kms:Decrypt", Ciphertext: true}},
		{"key of the object, out of reach", real, kmsSays + "on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
			Message{Form: FormKeyUnreachable, Principal: sessionARN, Action: "kms:Decrypt", Ciphertext: true}},
		{"key for an upload, out of reach", real, "User: " + sessionARN + " is not authorized to perform: kms:GenerateDataKey on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
			Message{Form: FormKeyUnreachable, Principal: sessionARN, Action: "kms:GenerateDataKey"}},
		{"key named, identity-based", real, kmsSays + "on resource: " + keyARN + " because no identity-based policy allows the kms:Decrypt action",
			Message{Form: FormPolicy, Policy: IdentityBased, Principal: sessionARN, Action: "kms:Decrypt", Resource: keyARN}},
		{"key named, resource-based", real, kmsSays + "on resource: " + keyARN + " because no resource-based policy allows the kms:Decrypt action",
			Message{Form: FormPolicy, Policy: ResourceBased, Principal: sessionARN, Action: "kms:Decrypt", Resource: keyARN}},
		{"key named, explicit deny", pageIAM, kmsSays + "on resource: " + keyARN + " with an explicit deny in a resource-based policy",
			Message{Form: FormPolicy, Policy: ResourceBased, Explicit: true, Principal: sessionARN, Action: "kms:Decrypt", Resource: keyARN}},
		{"key named, no reason", real, kmsSays + "on resource: " + keyARN,
			Message{Form: FormGeneric, Principal: sessionARN, Action: "kms:Decrypt", Resource: keyARN}},
		{"the words of KMS before it named policies", real, "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.",
			Message{Form: FormKeyUnreachable}},

		// The resource is not always named.
		{"without the resource", pageIAM, "User: " + userARN + " is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action",
			Message{Form: FormPolicy, Policy: IdentityBased, Principal: userARN, Action: "s3:ListAllMyBuckets"}},
		{"without the resource and the reason", "", "User: " + userARN + " is not authorized to perform: s3:ListAllMyBuckets.",
			Message{Form: FormGeneric, Principal: userARN, Action: "s3:ListAllMyBuckets"}},
		{"IAM says what the resource is", real, "User: " + userARN + " is not authorized to perform: iam:CreatePolicyVersion on resource: policy " + policyARN + " with an explicit deny in a permissions boundary",
			Message{Form: FormPolicy, Policy: PermissionsBoundary, Explicit: true, Principal: userARN, Action: "iam:CreatePolicyVersion", Resource: policyARN}},
		{"the trust of a role", pageIAM, "User: " + userARN + " is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222222222222:role/reader because no role trust policy allows the sts:AssumeRole action",
			Message{Form: FormPolicy, Policy: RoleTrust, Principal: userARN, Action: "sts:AssumeRole", Resource: "arn:aws:iam::222222222222:role/reader"}},

		// Other partitions, other kinds of ARN.
		{"GovCloud", pageS3, `User: arn:aws-us-gov:iam::111111111111:user/bob is not authorized to perform: s3:ListBucket on resource: "arn:aws-us-gov:s3:::acme-data" with an explicit deny in a service control policy: arn:aws-us-gov:organizations::999999999999:policy/o-exampleorg1/service_control_policy/p-guard4x1`,
			Message{Form: FormPolicy, Policy: ServiceControl, Explicit: true, Principal: "arn:aws-us-gov:iam::111111111111:user/bob", Action: "s3:ListBucket",
				Resource: "arn:aws-us-gov:s3:::acme-data", PolicyARN: "arn:aws-us-gov:organizations::999999999999:policy/o-exampleorg1/service_control_policy/p-guard4x1"}},
		{"China", pageS3, `User: arn:aws-cn:sts::111111111111:assumed-role/app/job-1 is not authorized to perform: s3:GetObject on resource: "arn:aws-cn:s3:::acme-data/a" because no resource-based policy allows the s3:GetObject action`,
			Message{Form: FormPolicy, Policy: ResourceBased, Principal: "arn:aws-cn:sts::111111111111:assumed-role/app/job-1", Action: "s3:GetObject", Resource: "arn:aws-cn:s3:::acme-data/a"}},
		{"access point", pageS3, `User: ` + userARN + ` is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:us-east-1:222222222222:accesspoint/finance/object/a b" because no resource-based policy allows the s3:GetObject action`,
			Message{Form: FormPolicy, Policy: ResourceBased, Principal: userARN, Action: "s3:GetObject", Resource: "arn:aws:s3:us-east-1:222222222222:accesspoint/finance/object/a b"}},

		// Messages that name nobody.
		{"network activity", pageRecord, "The request was denied due to a VPC endpoint policy", Message{Form: FormVPCEndpoint}},
		{"Object Lock", real, "Access Denied because object protected by object lock.", Message{Form: FormObjectLock}},
		{"Object Lock, retention", "a test suite that runs against AWS", "Access Denied because object protected by object lock retention.", Message{Form: FormObjectLock}},
		{"Object Lock, legal hold", "a test suite that runs against AWS", "Access Denied because object protected by object lock legal hold.", Message{Form: FormObjectLock}},
		{"MFA delete", real, "Mfa Authentication must be used for this request", Message{Form: FormMFADelete}},
		{"presigned URL, too late", real, "Request has expired", Message{Form: FormExpired}},
		{"Access Grants", pageErrors, "You do not have READ permissions to the requested S3 Prefix: s3://acme-data/finance/*", Message{Form: FormAccessGrants}},
		{"Access Grants, with the words of another form behind them", pageErrors, "You do not have READ permissions to the requested S3 Prefix: s3://acme-data/Request has expired", Message{Form: FormAccessGrants}},
		{"not Access Grants", "", "You do not have a dog. permissions to the requested S3 Prefix", Message{Form: FormOther}},
		{"another text", "", "There were headers present in the request which were not signed", Message{Form: FormOther}},

		{"wrong case", "", `USER: ` + userARN + ` Is Not Authorized To Perform: s3:ListBucket On Resource: "arn:aws:s3:::acme-data" Because No Identity-Based Policy Allows The s3:ListBucket Action`,
			Message{Form: FormPolicy, Policy: IdentityBased, Principal: userARN, Action: "s3:ListBucket", Resource: "arn:aws:s3:::acme-data"}},

		// Texts that stop short of what a form needs, other than by CloudTrail's cut.
		{"ends in the resource", "", `User: ` + userARN + ` is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::acme-data/rep`,
			Message{Form: FormTruncated, Principal: userARN, Action: "s3:GetObject", Truncated: true}},
		{"ends before the resource", "", `User: ` + userARN + ` is not authorized to perform: s3:GetObject on resource: `,
			Message{Form: FormTruncated, Principal: userARN, Action: "s3:GetObject", Truncated: true}},
		{"ends in the action", "", "User: " + userARN + " is not authorized to perform: s3:", Message{Form: FormOther}},
		{"ends before the action", "", "User: " + userARN + " is not authorized to perform:", Message{Form: FormOther}},
		{"ends behind the requester", "", "User: " + userARN, Message{Form: FormOther}},
		{"only the first word", "", "User:", Message{Form: FormOther}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, ParseMessage(test.text)); diff != "" {
				t.Errorf("%s\n%s\n%s", test.text, test.page, diff)
			}
		})
	}
}

// hostileKeys hold the words of AWS's own grammar, which a requester may choose to
// have in a key.
var hostileKeys = []string{
	`a" because no identity-based policy allows the s3:GetObject action`,
	`a" with an explicit deny in a service control policy: ` + scpARN,
	`a" with an explicit deny in a service control policy: ` + scpARN + `"`,
	`" because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access.`,
	` is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::other/key" with an explicit deny`,
	`authorization id: forged`,
	`a" authorization id: forged"`,
	`"`, `""`, `\"`, `"" because ""`, `a"b"c`,
	"line\nbreak\" because no session policy allows the s3:GetObject action\n",
	"tab\t\"\twith an explicit deny",
	"\x00\x1b[31m\u202e\u2028 é 日本語 🪣",
	"\xff\xfe not UTF-8",
	"User: arn:aws:iam::999999999999:root is not authorized",
	"Access Denied", "Request has expired",
	strings.Repeat(`" because no session policy allows `, 10),
}

// What a key holds stays in the key: it changes neither the reason nor who asked.
func TestParseMessageHostileKeys(t *testing.T) {
	for _, test := range reasonCases {
		for _, key := range hostileKeys {
			resource := "arn:aws:s3:::acme-data/" + key
			got := ParseMessage(`User: ` + sessionARN + ` is not authorized to perform: s3:GetObject on resource: "` + resource + `" ` + test.reason)
			want := test.want
			want.Principal, want.Action, want.Resource = sessionARN, "s3:GetObject", resource
			if got.Truncated {
				want = Message{Form: FormTruncated, Truncated: true, Principal: sessionARN, Action: "s3:GetObject"}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s, key %q: %s", test.name, key, diff)
			}
		}
	}
}

// CloudTrail cuts messages at 1 KB, wherever that falls, and perhaps before a
// character that does not fit in whole. What is left never says anything that the
// whole message does not.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func TestParseMessageCut(t *testing.T) {
	cutMessage := func(t *testing.T, reason, key string, at int) {
		t.Helper()
		whole := `User: ` + sessionARN + ` is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::acme-data/` + key + `" ` + reason
		if len(whole) < at {
			return
		}
		want := Message{Form: FormTruncated, Truncated: true, Principal: sessionARN, Action: "s3:GetObject"}
		if diff := cmp.Diff(want, ParseMessage(whole[:at])); diff != "" {
			t.Fatalf("cut at %d, key of %d bytes, %q: %s", at, len(key), reason, diff)
		}
	}
	for _, test := range reasonCases {
		t.Run(test.name, func(t *testing.T) {
			for pad := range 1024 {
				for at := 1021; at <= 1024; at++ {
					cutMessage(t, test.reason, strings.Repeat("k", pad), at)
				}
				// The key is chosen for the cut to fall behind a forged reason.
				cutMessage(t, test.reason, strings.Repeat("k", pad)+`" with an explicit deny in a service control policy: `+scpARN+strings.Repeat("🪣", 64), 1024)
			}
		})
	}
	for name, text := range map[string]string{
		"Access Grants":    "You do not have READ permissions to the requested S3 Prefix: s3://acme-data/",
		"network activity": "The request was denied due to a VPC endpoint policy ",
		"unknown":          "Something else was the matter ",
	} {
		t.Run(name, func(t *testing.T) {
			got, whole := ParseMessage((text + strings.Repeat("k", 1024))[:1024]), ParseMessage(text)
			if !got.Truncated || got.Form != whole.Form && got.Form != FormTruncated {
				t.Errorf("got %+v, the whole message is %q", got, whole.Form)
			}
		})
	}
	t.Run("just short enough", func(t *testing.T) {
		whole := s3Says + "because no identity-based policy allows the s3:GetObject action"
		whole = strings.Replace(whole, "report.csv", strings.Repeat("k", 1020-len(whole)+len("report.csv")), 1)
		if got := ParseMessage(whole); len(whole) != 1020 || got.Form != FormPolicy || got.Truncated {
			t.Errorf("%d bytes: %+v", len(whole), got)
		}
	})
}

// A forged reason needs the message to be cut behind it. Even where that goes
// unnoticed, because the cut is not where CloudTrail's page says, the key in the
// request parameters gives it away.
func TestForgedReason(t *testing.T) {
	const forged = `report.csv" with an explicit deny in a service control policy`
	for _, test := range []struct {
		name, bucket, key, message string
		want                       Form
	}{
		{"the reason is part of the key", "acme-data", forged + " and more", s3Says + "with an explicit deny in a service control policy", FormTruncated},
		{"the reason is AWS's", "acme-data", "report.csv", s3Says + "with an explicit deny in a service control policy", FormPolicy},
		{"another key", "acme-data", "other.csv", s3Says + "with an explicit deny in a service control policy", FormPolicy},
		{"a call on the bucket", "acme-data", "", `User: ` + sessionARN + ` is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::acme-data" with an explicit deny`, FormDeny},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := Denial{Partition: "aws", Bucket: test.bucket, Key: test.key, Message: ParseMessage(test.message)}
			distrustForgedReason(&d)
			if d.Message.Form != test.want {
				t.Errorf("form %q, want %q", d.Message.Form, test.want)
			}
		})
	}
}

func BenchmarkParseMessage(b *testing.B) {
	for _, test := range []struct{ name, text string }{
		{"explicit deny with ARN", s3Says + "with an explicit deny in a service control policy: " + scpARN},
		{"no allow", s3Says + "because no identity-based policy allows the s3:GetObject action"},
		{"key unreachable", kmsSays + "on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"},
		{"generic", "Access Denied"},
		{"other", "There were headers present in the request which were not signed"},
		{"cut", (s3Says + strings.Repeat("k", 1024))[:1024]},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ParseMessage(test.text)
			}
		})
	}
}
