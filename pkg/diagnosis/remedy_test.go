package diagnosis_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"why403/pkg/clean/cleantest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// TestRemedies: who gets which change proposed.
func TestRemedies(t *testing.T) {
	sso := evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Data_Reader_3c9d51f0a7e2b846", Account: requester}
	unsure := evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/app", PathUnknown: true, Account: requester}
	dashed := evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/-rf", Account: requester}
	pathless := evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/AWSReservedSSO_Data_Reader_3c9d51f0a7e2b846", PathUnknown: true, Account: requester}
	key := func(d *trail.Denial) { d.KMSKey = aKey }
	const scpARN = "arn:aws:organizations::999999999999:policy/o-exampleorg1/service_control_policy/p-guard4x1"
	tests := []struct {
		name     string
		d        trail.Denial
		title    string
		patch    string // with ' for "; empty is none
		commands []string
		caution  string // in it
	}{
		{
			name: "identity of a role", d: denied(says("s3:GetObject", theObject, noIdentity), ofAccount(requester)),
			title:    "Allow s3:GetObject in an IAM policy of role team/app",
			patch:    `{'Action':'s3:GetObject','Effect':'Allow','Resource':'arn:aws:s3:::acme-data/home/report.csv'}`,
			commands: []string{`aws iam put-role-policy --role-name=app --policy-name=why403-s3-GetObject-c86ebb17 --policy-document='{'Statement':[{'Action':'s3:GetObject','Effect':'Allow','Resource':'arn:aws:s3:::acme-data/home/report.csv'}],'Version':'2012-10-17'}'`},
			caution:  "exactly what was refused",
		},
		{
			name: "identity of a user, across accounts", d: denied(says("s3:ListBucket", theBucket, noIdentity), call("ListObjects", "s3:ListBucket", theBucket), by(user)),
			title:    "Allow s3:ListBucket in an IAM policy of user ops/bob",
			patch:    `{'Action':'s3:ListBucket','Effect':'Allow','Resource':'arn:aws:s3:::acme-data'}`,
			commands: []string{`aws iam put-user-policy --user-name=bob --policy-name=why403-s3-ListBucket-1054526d --policy-document='{'Statement':[{'Action':'s3:ListBucket','Effect':'Allow','Resource':'arn:aws:s3:::acme-data'}],'Version':'2012-10-17'}'`},
			caution:  "Across accounts the policy of the bucket must allow it too.",
		},
		{
			name: "identity of a federated user is that of who made the session", d: denied(says("s3:GetObject", theObject, noIdentity), by(federated)),
			title:    "Allow s3:GetObject in an IAM policy of user broker, who made the session of federated user kim",
			patch:    `{'Action':'s3:GetObject','Effect':'Allow','Resource':'arn:aws:s3:::acme-data/home/report.csv'}`,
			commands: []string{`aws iam put-user-policy --user-name=broker --policy-name=why403-s3-GetObject-c86ebb17 --policy-document='{'Statement':[{'Action':'s3:GetObject','Effect':'Allow','Resource':'arn:aws:s3:::acme-data/home/report.csv'}],'Version':'2012-10-17'}'`},
			caution:  "The policy that was passed when the session was made must allow it too.",
		},
		{
			name: "identity of Identity Center", d: denied(says("s3:GetObject", theObject, noIdentity), by(sso)),
			title:   "Allow s3:GetObject in the permission set Data_Reader of IAM Identity Center",
			patch:   `{'Action':'s3:GetObject','Effect':'Allow','Resource':'arn:aws:s3:::acme-data/home/report.csv'}`,
			caution: "overwrites changes made to the role itself",
		},
		{
			name: "identity of the root user", d: denied(says("s3:GetObject", theObject, noIdentity), by(root)),
			title: "Send the request as a role or user that may do s3:GetObject", caution: "The root user has no IAM policies",
		},
		{
			name: "identity of a service-linked role", d: denied(says("s3:GetObject", theObject, noIdentity), by(linked)),
			title:   "Find out why the service that role aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie belongs to needs s3:GetObject",
			caution: "cannot be changed",
		},
		{
			name: "identity of a unique id", d: denied(says("s3:GetObject", theObject, noIdentity), by(nobody)),
			title: "Allow s3:GetObject in an IAM policy of principal AIDAEXAMPLE",
			patch: `{'Action':'s3:GetObject','Effect':'Allow','Resource':'arn:aws:s3:::acme-data/home/report.csv'}`,
		},
		{
			name: "a role named like an option", d: denied(says("s3:GetObject", theObject, noIdentity), by(dashed)),
			title:    "Allow s3:GetObject in an IAM policy of role -rf",
			patch:    `{'Action':'s3:GetObject','Effect':'Allow','Resource':'arn:aws:s3:::acme-data/home/report.csv'}`,
			commands: []string{`aws iam put-role-policy --role-name=-rf --policy-name=why403-s3-GetObject-c86ebb17 --policy-document='{'Statement':[{'Action':'s3:GetObject','Effect':'Allow','Resource':'arn:aws:s3:::acme-data/home/report.csv'}],'Version':'2012-10-17'}'`},
		},
		{
			name: "an action that opens the bucket further", d: denied(says("s3:PutBucketPublicAccessBlock", theBucket, noIdentity), call("PutBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock", theBucket)),
			title: "Allow s3:PutBucketPublicAccessBlock in an IAM policy of role team/app", caution: "no statement to paste is proposed",
		},
		{
			name: "an action with a wildcard", d: denied(says("s3:*", theObject, noIdentity)),
			title: "Allow s3:* in an IAM policy of role team/app", caution: "does not name the action",
		},
		{
			name: "a resource that is everything", d: denied(says("s3:GetObject", "*", noIdentity)),
			title: "Allow s3:GetObject in an IAM policy of role team/app", caution: "does not name the resource exactly",
		},
		{
			name: "a resource whose key the record lacks", d: denied(says("s3:GetObject", theBucket+"/", noIdentity), func(d *trail.Denial) { d.Key = "" }),
			title: "Allow s3:GetObject in an IAM policy of role team/app", caution: "does not name the resource exactly",
		},
		{
			name: "an action of another service than the resource", d: denied(says("kms:Decrypt", theObject, noIdentity)),
			title: "Allow kms:Decrypt in an IAM policy of role team/app", caution: "does not name the resource exactly",
		},
		{
			name: "an action on no resource", d: denied(says("s3:ListAllMyBuckets", "", noIdentity), call("ListBuckets", "s3:ListAllMyBuckets", "*"), func(d *trail.Denial) { d.Bucket, d.BucketAccount = "", "" }),
			title:    "Allow s3:ListAllMyBuckets in an IAM policy of role team/app",
			patch:    `{'Action':'s3:ListAllMyBuckets','Effect':'Allow','Resource':'*'}`,
			commands: []string{`aws iam put-role-policy --role-name=app --policy-name=why403-s3-ListAllMyBuckets-684888c0 --policy-document='{'Statement':[{'Action':'s3:ListAllMyBuckets','Effect':'Allow','Resource':'*'}],'Version':'2012-10-17'}'`},
		},
		{
			name: "kms in the identity, key not named", d: denied("User: arn:aws:iam::111111111111:role/team/app is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action"),
			title: "Allow kms:Decrypt in an IAM policy of role team/app", caution: "head-object shows which key",
		},
		{
			name: "kms in the identity", d: denied(says("kms:Decrypt", aKey, noIdentity), key),
			title:    "Allow kms:Decrypt in an IAM policy of role team/app",
			patch:    `{'Action':'kms:Decrypt','Effect':'Allow','Resource':'` + aKey + `'}`,
			commands: []string{`aws iam put-role-policy --role-name=app --policy-name=why403-kms-Decrypt-3fb92f16 --policy-document='{'Statement':[{'Action':'kms:Decrypt','Effect':'Allow','Resource':'` + aKey + `'}],'Version':'2012-10-17'}'`},
			caution:  "Across accounts the policy of the key must allow it too.",
		},
		{
			name: "kms in the key policy", d: denied(says("kms:Decrypt", aKey, noResource), key),
			title: "Add a statement to the key policy that allows kms:Decrypt to role team/app",
			patch: `{'Action':'kms:Decrypt','Condition':{'StringEquals':{'kms:ViaService':'s3.us-east-1.amazonaws.com'}},'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::111111111111:role/team/app'},'Resource':'*'}`,
			commands: []string{
				"aws kms get-key-policy --key-id=" + aKey + " --policy-name=default --query Policy --output text > key-policy.json",
				"aws kms put-key-policy --key-id=" + aKey + " --policy-name=default --policy=file://key-policy.json",
			},
			caution: "replaces the whole policy",
		},
		{
			name: "kms in the key policy, every action", d: denied(says("kms:*", aKey, noResource), key),
			title: "Add a statement to the key policy that allows kms:* to role team/app",
		},
		{
			name: "kms in the key policy, for the root user", d: denied(says("kms:Decrypt", aKey, noResource), key, by(root)),
			title: "Add a statement to the key policy that allows kms:Decrypt to the root user of account 111111111111",
			patch: `{'Action':'kms:Decrypt','Condition':{'ArnEquals':{'aws:PrincipalArn':'arn:aws:iam::111111111111:root'},'StringEquals':{'kms:ViaService':'s3.us-east-1.amazonaws.com'}},'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::111111111111:root'},'Resource':'*'}`,
			commands: []string{
				"aws kms get-key-policy --key-id=" + aKey + " --policy-name=default --query Policy --output text > key-policy.json",
				"aws kms put-key-policy --key-id=" + aKey + " --policy-name=default --policy=file://key-policy.json",
			},
		},
		{
			name: "kms denied by the key policy", d: denied(says("kms:Decrypt", aKey, denyResource), key),
			title:    "Narrow the statement of the key policy that denies kms:Decrypt, so that it spares role team/app and keeps what it is for",
			commands: []string{"aws kms get-key-policy --key-id=" + aKey + " --policy-name=default --query Policy --output text"},
			caution:  "it is not deleted",
		},
		{
			name: "kms key disabled", d: denied("", code("KMS.DisabledException"), key),
			title:    "Bring the KMS key back into use",
			commands: []string{"aws kms describe-key --key-id=" + aKey + " --query KeyMetadata.KeyState", "aws kms enable-key --key-id=" + aKey},
		},
		{
			name: "kms key of the wrong kind", d: denied("", code("KMS.InvalidKeyUsageException"), key),
			title: "Name a symmetric KMS key for encryption by its ARN, in the request or in the bucket's default encryption",
		},
		{
			name: "bucket policy", d: denied(says("s3:GetObject", theObject, noResource)),
			title: "Add a statement to the policy of bucket acme-data that allows s3:GetObject to role team/app",
			patch: `{'Action':'s3:GetObject','Effect':'Allow','Principal':{'AWS':'arn:aws:iam::111111111111:role/team/app'},'Resource':'arn:aws:s3:::acme-data/home/report.csv'}`,
			commands: []string{
				"aws s3api get-bucket-policy --bucket=acme-data --query Policy --output text > policy.json",
				"aws s3api put-bucket-policy --bucket=acme-data --policy=file://policy.json",
			},
			caution: "replaces the whole policy",
		},
		{
			name: "bucket policy for the root user", d: denied(says("s3:GetObject", theObject, noResource), by(root)),
			title: "Add a statement to the policy of bucket acme-data that allows s3:GetObject to the root user of account 111111111111",
			patch: `{'Action':'s3:GetObject','Condition':{'ArnEquals':{'aws:PrincipalArn':'arn:aws:iam::111111111111:root'}},'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::111111111111:root'},'Resource':'arn:aws:s3:::acme-data/home/report.csv'}`,
			commands: []string{
				"aws s3api get-bucket-policy --bucket=acme-data --query Policy --output text > policy.json",
				"aws s3api put-bucket-policy --bucket=acme-data --policy=file://policy.json",
			},
		},
		{
			name: "bucket policy, path unknown", d: denied(says("s3:GetObject", theObject, noResource), by(unsure)),
			title: "Add a statement to the policy of bucket acme-data that allows s3:GetObject to role app",
			patch: `{'Action':'s3:GetObject','Effect':'Allow','Principal':{'AWS':'arn:aws:iam::111111111111:role/app'},'Resource':'arn:aws:s3:::acme-data/home/report.csv'}`,
			commands: []string{
				"aws s3api get-bucket-policy --bucket=acme-data --query Policy --output text > policy.json",
				"aws s3api put-bucket-policy --bucket=acme-data --policy=file://policy.json",
			},
			caution: "drops a path",
		},
		{
			name: "bucket policy, no ARN of the requester", d: denied(says("s3:GetObject", theObject, noResource), by(nobody)),
			title: "Add a statement to the policy of bucket acme-data that allows s3:GetObject to principal AIDAEXAMPLE", caution: "no full ARN of the requester",
		},
		{
			name: "bucket policy, Identity Center role without its path", d: denied(says("s3:GetObject", theObject, noResource), by(pathless)),
			title: "Add a statement to the policy of bucket acme-data that allows s3:GetObject to role AWSReservedSSO_Data_Reader_3c9d51f0a7e2b846", caution: "no full ARN of the requester",
		},
		{
			name: "bucket policy of the source of a copy", d: denied(says("s3:GetObject", "arn:aws:s3:::acme-source/from.csv", noResource), func(d *trail.Denial) {
				d.Operation = "CopyObject"
			}),
			title: "Add a statement to the policy of bucket acme-source that allows s3:GetObject to role team/app",
			patch: `{'Action':'s3:GetObject','Effect':'Allow','Principal':{'AWS':'arn:aws:iam::111111111111:role/team/app'},'Resource':'arn:aws:s3:::acme-source/from.csv'}`,
			commands: []string{
				"aws s3api get-bucket-policy --bucket=acme-source --query Policy --output text > policy.json",
				"aws s3api put-bucket-policy --bucket=acme-source --policy=file://policy.json",
			},
		},
		{
			name: "bucket policy denies", d: denied(says("s3:GetObject", theObject, denyResource), ofAccount(requester)),
			title:    "Find the statement that denies s3:GetObject and send the request as it demands (TLS, VPC endpoint, encryption header); only where that cannot be, narrow it to spare role team/app",
			commands: []string{"aws s3api get-bucket-policy --bucket=acme-data --query Policy --output text"},
			caution:  "it is not deleted",
		},
		{
			name: "a managed policy denies", d: denied(says("s3:GetObject", theObject, denyIdentity+": arn:aws:iam::111111111111:policy/guard/rails")),
			title:    "Narrow the statement of the IAM policy that denies s3:GetObject, so that it spares role team/app and keeps what it is for",
			commands: []string{`aws iam get-policy-version --policy-arn=arn:aws:iam::111111111111:policy/guard/rails --version-id="$(aws iam get-policy --policy-arn=arn:aws:iam::111111111111:policy/guard/rails --query Policy.DefaultVersionId --output text)" --query PolicyVersion.Document`},
		},
		{
			name: "a policy of AWS denies", d: denied(says("s3:GetObject", theObject, denyIdentity+": arn:aws:iam::aws:policy/AWSDenyAll")),
			title:    "Find out why AWS's own policy AWSDenyAll is attached",
			commands: []string{`aws iam get-policy-version --policy-arn=arn:aws:iam::aws:policy/AWSDenyAll --version-id="$(aws iam get-policy --policy-arn=arn:aws:iam::aws:policy/AWSDenyAll --query Policy.DefaultVersionId --output text)" --query PolicyVersion.Document`},
			caution:  "cannot be changed",
		},
		{
			name: "a quarantine denies", d: denied(says("s3:GetObject", theObject, denyIdentity+": arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"), by(user)),
			title:   "Treat the access key as stolen: make it inactive and follow the case that AWS Support opened",
			caution: "must stay",
		},
		{
			name: "scp denies", d: denied(says("s3:GetObject", theObject, "with an explicit deny in a service control policy: "+scpARN)),
			title:    "Narrow the statement of the service control policy that denies s3:GetObject, so that it spares role team/app and keeps what it is for",
			commands: []string{"aws organizations describe-policy --policy-id=p-guard4x1 --query Policy.Content --output text"},
		},
		{
			name: "scp without an allow", d: denied(says("s3:GetObject", theObject, "because no service control policy allows the s3:GetObject action")),
			title: "Find the level of the organization (root, organizational unit or account) whose policies lack an Allow for s3:GetObject, and add it there",
		},
		{
			name: "boundary without an allow", d: denied(says("s3:GetObject", theObject, "because no permissions boundary allows the s3:GetObject action")),
			title:    "Allow s3:GetObject in the permissions boundary of role team/app",
			commands: []string{"aws iam get-role --role-name=app --query Role.PermissionsBoundary"},
		},
		{
			name: "session policy", d: denied(says("s3:GetObject", theObject, "because no session policy allows the s3:GetObject action")),
			title:    "Let the policy that is passed when the session is made allow s3:GetObject",
			commands: []string{"aws cloudtrail lookup-events --lookup-attributes=AttributeKey=ResourceName,AttributeValue=ASIAEXAMPLE --query 'Events[].[EventTime,EventName,Username]' --output text"},
		},
		{
			name: "session of the root user", d: denied(says("s3:GetObject", theObject, "because no session policy allows the s3:GetObject action"), by(root)),
			title: "Make the root session for a task that covers s3:GetObject, or send the request as a role that may do it",
		},
		{
			name: "endpoint policy", d: denied("", code("VpceAccessDenied"), func(d *trail.Denial) {
				d.Category, d.Recipient, d.VPCEndpointID = trail.CategoryNetworkActivity, requester, "vpce-0abc"
			}),
			title: "Allow s3:GetObject in the endpoint policy, limited by aws:PrincipalArn to role team/app",
			commands: []string{
				"aws ec2 describe-vpc-endpoints --vpc-endpoint-ids=vpce-0abc --query 'VpcEndpoints[0].PolicyDocument' --output text > endpoint-policy.json",
				"aws ec2 modify-vpc-endpoint --vpc-endpoint-id=vpce-0abc --policy-document=file://endpoint-policy.json",
			},
		},
		{
			name: "missing object", d: denied(says("s3:ListBucket", theBucket, noIdentity)),
			title: "Ask for a key that exists", caution: "limited by s3:prefix",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := diagnosis.FromDenial(tt.d)
			if len(x.Remedy.Steps) != 1 {
				t.Fatalf("%d steps: %s", len(x.Remedy.Steps), x.Remedy.Because)
			}
			s := x.Remedy.Steps[0]
			if s.Title != tt.title {
				t.Errorf("title\n%q, want\n%q", s.Title, tt.title)
			}
			if s.Account != x.Cause.Account {
				t.Errorf("the step is for account %q, the cause for %q", s.Account, x.Cause.Account)
			}
			if got := strings.ReplaceAll(string(s.Patch), `"`, `'`); got != tt.patch {
				t.Errorf("patch\n%s, want\n%s", got, tt.patch)
			}
			got := slices.Clone(s.Commands)
			for i := range got {
				if strings.Contains(got[i], "--policy-document=") {
					got[i] = strings.ReplaceAll(got[i], `"`, `'`)
				}
			}
			if !slices.Equal(got, tt.commands) {
				t.Errorf("commands\n%s, want\n%s", strings.Join(got, "\n"), strings.Join(tt.commands, "\n"))
			}
			if !strings.Contains(s.Caution, tt.caution) {
				t.Errorf("caution %q, want in it %q", s.Caution, tt.caution)
			}
		})
	}
}

// TestNoGrantToStrangers: outside accounts and anonymous callers get no grant.
func TestNoGrantToStrangers(t *testing.T) {
	foreign := func(d *trail.Denial) {
		d.Category, d.Recipient, d.VPCEndpointID = trail.CategoryNetworkActivity, owner, "vpce-0abc"
	}
	for name, d := range map[string]trail.Denial{
		"another account":                denied("Access Denied"),
		"anonymous":                      denied("Access Denied", by(anonymous)),
		"anonymous, bucket policy":       denied("User: anonymous is not authorized to perform: s3:GetObject "+noResource, by(anonymous)),
		"foreign caller at an endpoint":  denied("", code("VpceAccessDenied"), foreign),
		"a message of another requester": denied(says("s3:GetObject", theObject, noResource), by(evidence.Principal{Type: evidence.PrincipalUser, ARN: "arn:aws:iam::333333333333:user/x", Account: stranger})),
	} {
		t.Run(name, func(t *testing.T) {
			x := diagnosis.FromDenial(d)
			if len(x.Remedy.Steps) > 0 {
				t.Errorf("proposes %q", x.Remedy.Steps[0].Title)
			}
			if x.Remedy.Because == "" {
				t.Error("does not say why nothing is proposed")
			}
		})
	}
}

// TestQuestions: a question without an event, with a message that speaks of
// something else than was asked about.
func TestQuestions(t *testing.T) {
	ask := func(action, resource, message string) diagnosis.Diagnosis {
		return diagnosis.FromDenial(trail.FromRequest(evidence.Request{
			Principal: evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/team/app", Account: requester},
			Action:    action, Resource: resource, ErrorCode: "AccessDenied", ErrorMessage: message,
		}, nil))
	}
	valid := schema(t)
	const ciphertext = "User: arn:aws:sts::111111111111:assumed-role/app/job-1 is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action"
	for _, tt := range []struct {
		name, cause, patch string
		x                  diagnosis.Diagnosis
	}{
		{"the key of an object", "KMS_IDENTITY_NO_ALLOW", "", ask("s3:GetObject", theObject, ciphertext)},
		{"a key, asked about without a resource", "KMS_IDENTITY_NO_ALLOW", "", ask("kms:Decrypt", "*", ciphertext)},
		{"a named key", "KMS_IDENTITY_NO_ALLOW", `{"Action":"kms:Decrypt","Effect":"Allow","Resource":"` + aKey + `"}`, ask("s3:GetObject", theObject, says("kms:Decrypt", aKey, noIdentity))},
		{"an action without a resource", "IDENTITY_NO_ALLOW", "", ask("s3:GetObject", "*", says("s3:GetObject", "", noIdentity))},
		{"a missing object", "MISSING_OBJECT", "", ask("s3:GetObject", theObject, says("s3:ListBucket", theBucket, noIdentity))},
		{"silence", "", "", ask("s3:GetObject", theObject, "Access Denied")},
		{"no message", "", "", ask("s3:GetObject", theObject, "")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			validate(t, valid, tt.x)
			if causeID(tt.x) != tt.cause {
				t.Errorf("cause %q, want %q", causeID(tt.x), tt.cause)
			}
			patch := ""
			for _, s := range tt.x.Remedy.Steps {
				patch += string(s.Patch)
			}
			if patch != tt.patch {
				t.Errorf("patch %s, want %s", patch, tt.patch)
			}
		})
	}
}

// TestFixFor: no general advice opens something to those who must not get it.
func TestFixFor(t *testing.T) {
	for _, c := range diagnosis.Causes() {
		if got := diagnosis.FixFor(user, c.ID); got != c.Fix {
			t.Errorf("%s: %q for a user", c.ID, got)
		}
		got := diagnosis.FixFor(anonymous, c.ID)
		if ok := c.ID == diagnosis.AnonymousNoGrant || c.ID == diagnosis.MissingObject; ok != (got != "") {
			t.Errorf("%s: %q for an anonymous requester", c.ID, got)
		}
	}
	if got := diagnosis.FixFor(oai, diagnosis.KMSKeyPolicyNoAllow); got != "" {
		t.Errorf("%q, but an origin access identity cannot use a key", got)
	}
	if got := diagnosis.FixFor(oai, diagnosis.BucketPolicyNoAllow); !strings.Contains(got, "origin access control") {
		t.Errorf("%q for an origin access identity", got)
	}
}

// TestPolicyNameIsOfOneGrant: put-role-policy replaces a policy of the same name.
func TestPolicyNameIsOfOneGrant(t *testing.T) {
	names := make(map[string]bool)
	name := regexp.MustCompile(`--policy-name=([\w+=,.@-]{1,128}) `)
	for _, resource := range []string{theObject, theObject + "x", "arn:aws:s3:::acme-other/home/report.csv"} {
		for _, action := range []string{"s3:GetObject", "s3:GetObjectVersion"} {
			x := diagnosis.FromDenial(denied(says(action, resource, noIdentity)))
			m := name.FindStringSubmatch(x.Remedy.Steps[0].Commands[0])
			if m == nil || names[m[1]] {
				t.Errorf("%s on %s: %v", action, resource, m)
				continue
			}
			names[m[1]] = true
		}
	}
}

// attacks puts one hostile text into each field that a requester, or whoever sends
// events, can choose.
func attacks(base trail.Denial, text string) map[string]trail.Denial {
	edit := func(f func(*trail.Denial)) trail.Denial {
		d := base
		d.Authorizations = slices.Clone(base.Authorizations)
		f(&d)
		return d
	}
	replace := func(d *trail.Denial, from, to string) {
		if from == "" {
			return
		}
		for i := range d.Authorizations {
			d.Authorizations[i].Resource = strings.ReplaceAll(d.Authorizations[i].Resource, from, to)
		}
		d.Message.Resource = strings.ReplaceAll(d.Message.Resource, from, to)
	}
	return map[string]trail.Denial{
		"key": edit(func(d *trail.Denial) {
			replace(d, d.Key, text)
			d.Key = text
		}),
		"bucket": edit(func(d *trail.Denial) {
			replace(d, ":::"+d.Bucket, ":::"+text)
			d.Bucket = text
		}),
		"session":    edit(func(d *trail.Denial) { d.Principal.Session = text }),
		"principal":  edit(func(d *trail.Denial) { d.Principal.ARN = "arn:aws:iam::111111111111:role/" + text }),
		"issuer":     edit(func(d *trail.Denial) { d.Principal.Type, d.Principal.Issuer = evidence.PrincipalFederated, text }),
		"access key": edit(func(d *trail.Denial) { d.Principal.AccessKeyID = "ASIA" + text }),
		"unique id":  edit(func(d *trail.Denial) { d.Principal.ARN, d.Principal.ID = "", text }),
		"service": edit(func(d *trail.Denial) {
			d.Principal = evidence.Principal{Type: evidence.PrincipalService, Service: text}
		}),
		"message":    edit(func(d *trail.Denial) { d.ErrorMessage, d.Message = text, trail.ParseMessage(text) }),
		"action":     edit(func(d *trail.Denial) { d.Message.Action = text }),
		"policy ARN": edit(func(d *trail.Denial) { d.Message.PolicyARN = "arn:aws:iam::111111111111:policy/" + text }),
		"scp ARN": edit(func(d *trail.Denial) {
			d.Message.PolicyARN = "arn:aws:organizations::999999999999:policy/o-x/service_control_policy/" + text
		}),
		"KMS key":        edit(func(d *trail.Denial) { d.KMSKey = "arn:aws:kms:us-east-1:444444444444:key/" + text }),
		"message's key":  edit(func(d *trail.Denial) { d.Message.Resource = "arn:aws:kms:us-east-1:444444444444:key/" + text }),
		"endpoint":       edit(func(d *trail.Denial) { d.VPCEndpointID = "vpce-" + text }),
		"operation":      edit(func(d *trail.Denial) { d.Operation, d.Message.Action = text, "" }),
		"code":           edit(func(d *trail.Denial) { d.ErrorCode = "KMS." + text }),
		"access point":   edit(func(d *trail.Denial) { d.AccessPoint = "arn:aws:s3:us-east-1:222222222222:accesspoint/" + text }),
		"whole resource": edit(func(d *trail.Denial) { d.Message.Resource = text }),
		"bucket account": edit(func(d *trail.Denial) { d.BucketAccount = text }),
		"account":        edit(func(d *trail.Denial) { d.Principal.Account = text }),
		"region":         edit(func(d *trail.Denial) { d.Region, d.KMSKey = text, "arn:aws:kms:"+text+":444444444444:key/1" }),
	}
}

// bases are the denials that attacks are made on: one for each remedy.
func bases(t testing.TB) map[string]trail.Denial {
	all := make(map[string]trail.Denial)
	kinds := make(map[string]bool)
	for _, s := range readSamples(t) {
		kind := causeID(s.Diagnosis) + string(s.denial.Principal.Type) + s.denial.Operation
		if !s.ignored && !kinds[kind] {
			kinds[kind] = true
			all[s.name] = s.denial
		}
	}
	key := func(d *trail.Denial) { d.KMSKey = aKey }
	all["key policy"] = denied(says("kms:Decrypt", aKey, noResource), key)
	all["key policy denies"] = denied(says("kms:Decrypt", aKey, denyResource), key)
	all["root"] = denied(says("s3:GetObject", theObject, noResource), by(root))
	all["no allow in the boundary"] = denied(says("s3:GetObject", theObject, "because no permissions boundary allows the s3:GetObject action"), by(user))
	return all
}

// TestHostile: whatever stands in a record, the diagnosis is valid, nothing is
// opened further than the one request, and the commands are safe to paste.
func TestHostile(t *testing.T) {
	valid := schema(t)
	var commands []string
	seen := make(map[string]bool)
	made := 0
	for name, base := range bases(t) {
		for i, h := range cleantest.Hostile() {
			// A third of the texts for each denial, another third for the next.
			if len(h.Text) > 1024 || (i+len(name))%(3*each) != 0 {
				continue
			}
			for field, d := range attacks(base, h.Text) {
				x := diagnosis.FromDenial(d)
				at := fmt.Sprintf("%s, %s: %s", name, field, h.Name)
				if made++; made%40 == 0 {
					validate(t, valid, x)
				}
				for _, s := range x.Remedy.Steps {
					if err := onlyThis(s, d); err != nil {
						t.Fatalf("%s: %v\n%s", at, err, s.Patch)
					}
					for _, c := range s.Commands {
						if !seen[c] {
							seen[c] = true
							commands = append(commands, c)
						}
					}
				}
				if t.Failed() {
					t.Fatal(at)
				}
			}
		}
	}
	t.Logf("%d different commands", len(commands))
	for _, shell := range []string{"sh", "bash"} {
		t.Run(shell, func(t *testing.T) {
			for _, batch := range slices.Collect(slices.Chunk(commands, 500)) {
				paste(t, shell, batch)
			}
		})
	}
}

// onlyThis reports what a step opens beyond the one thing that was refused.
func onlyThis(s diagnosis.Step, d trail.Denial) error {
	var statements []map[string]any
	if len(s.Patch) > 0 {
		var statement map[string]any
		if err := json.Unmarshal(s.Patch, &statement); err != nil {
			return err
		}
		statements = append(statements, statement)
	}
	for _, statement := range statements {
		action, _ := statement["Action"].(string)
		if statement["Effect"] != "Allow" || !regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9]+$`).MatchString(action) {
			return fmt.Errorf("effect %v, action %v", statement["Effect"], statement["Action"])
		}
		if p, ok := statement["Principal"]; ok {
			arn, _ := p.(map[string]any)["AWS"].(string)
			if !regexp.MustCompile(`^arn:aws:(iam|sts)::[0-9]{12}:(root|(role|user|federated-user)/[\w+=,.@/-]+)$`).MatchString(arn) {
				return fmt.Errorf("principal %v", p)
			}
			if strings.HasSuffix(arn, ":root") && statement["Condition"].(map[string]any)["ArnEquals"].(map[string]any)["aws:PrincipalArn"] != arn {
				return fmt.Errorf("the whole account")
			}
		}
		resource, _ := statement["Resource"].(string)
		if resource == "*" {
			via, _ := statement["Condition"].(map[string]any)["StringEquals"].(map[string]any)["kms:ViaService"].(string)
			if !strings.HasPrefix(action, "kms:") || !strings.HasPrefix(via, "s3.") || statement["Principal"] == nil {
				return fmt.Errorf("everything: %v", statement)
			}
			continue
		}
		one, ok := exactly(resource)
		if !ok {
			return fmt.Errorf("resource %q matches more than one", resource)
		}
		if !utf8.ValidString(one) {
			return fmt.Errorf("resource %q is not UTF-8", one)
		}
		named := d.Message.Resource == one || d.KMSKey == one
		for _, a := range d.Authorizations {
			named = named || a.Resource == one
		}
		if !named {
			return fmt.Errorf("resource %q is not what was refused", one)
		}
	}
	return nil
}

// exactly returns the one ARN that a Resource matches: ${*} stands for an asterisk.
func exactly(resource string) (arn string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(resource); i++ {
		switch c := resource[i]; {
		case c == '*' || c == '?':
			return "", false
		case c == '$':
			if i+3 >= len(resource) || resource[i+1] != '{' || resource[i+3] != '}' || strings.IndexByte("*?$", resource[i+2]) < 0 {
				return "", false
			}
			b.WriteByte(resource[i+2])
			i += 3
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), true
}

// paste runs commands in a shell in which aws only writes down its arguments and
// nothing else can be run.
func paste(t *testing.T, shell string, commands []string) {
	t.Helper()
	path, err := exec.LookPath(shell)
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	var script strings.Builder
	script.WriteString(`aws() { for a in "$@"; do printf '%s\0' "$a" >>"$LOG"; done; printf '\nend\0' >>"$LOG"; printf v1; }` + "\n")
	for i, c := range commands {
		if strings.IndexFunc(c, func(r rune) bool { return r < ' ' || r > '~' && r < 0xa0 || r == '\u2028' || r == '\u202e' }) >= 0 {
			t.Fatalf("not one visible line: %q", c)
		}
		fmt.Fprintf(&script, "printf 'command %d\\0' >>\"$LOG\"\n%s\n", i, c)
	}
	file := filepath.Join(dir, "script")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "log")
	work := filepath.Join(dir, "work")
	if err := os.Mkdir(work, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, file)
	cmd.Dir = work
	cmd.Env = []string{"PATH=/nonexistent", "LOG=" + log}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		t.Fatalf("%v: %s", err, stderr.String()[:min(stderr.Len(), 400)])
	}
	if strings.Trim(stdout.String(), "v1") != "" {
		t.Errorf("something else was run: %q", stdout.String())
	}
	made, err := os.ReadDir(work)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range made {
		if !slices.Contains([]string{"policy.json", "key-policy.json", "endpoint-policy.json"}, f.Name()) {
			t.Errorf("a file %q was written", f.Name())
		}
	}
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	checkArguments(t, commands, string(b))
}

// checkArguments holds the arguments that aws got to what the commands mean.
func checkArguments(t *testing.T, commands []string, log string) {
	t.Helper()
	words := strings.Split(log, "\x00")
	i := -1
	var calls [][]string
	var call []string
	got := make(map[int][][]string)
	for _, w := range words {
		switch {
		case w == fmt.Sprintf("command %d", i+1):
			if i >= 0 {
				got[i] = calls
			}
			i, calls, call = i+1, nil, nil
		case w == "\nend":
			calls, call = append(calls, call), nil
		default:
			call = append(call, w)
		}
	}
	got[i] = calls
	if i != len(commands)-1 {
		t.Fatalf("%d of %d commands ran", i+1, len(commands))
	}
	known := regexp.MustCompile(`^(iam (put-role-policy|put-user-policy|get-policy|get-policy-version|get-role|get-user)|s3api (get|put)-bucket-policy|` +
		`kms (get-key-policy|put-key-policy|describe-key|enable-key|cancel-key-deletion)|organizations describe-policy|` +
		`ec2 (describe-vpc-endpoints|modify-vpc-endpoint)|cloudtrail lookup-events)$`)
	for i, calls := range got {
		want := 1
		if strings.Contains(commands[i], "$(aws ") {
			want = 2
		}
		if len(calls) != want {
			t.Errorf("%d calls of aws by %s", len(calls), commands[i])
			continue
		}
		for _, args := range calls {
			if len(args) < 3 || !known.MatchString(args[0]+" "+args[1]) {
				t.Errorf("aws %q by %s", args, commands[i])
				continue
			}
			for _, a := range args[2:] {
				name, value, _ := strings.Cut(a, "=")
				// The CLI reads a file, or a URL, instead of some values.
				if strings.Contains(value, "://") && !strings.HasPrefix(value, "{") && !strings.HasPrefix(value, "file://") {
					t.Errorf("%s is a link: %q", name, value)
				}
				if file, ok := strings.CutPrefix(value, "file://"); ok && !slices.Contains([]string{"policy.json", "key-policy.json", "endpoint-policy.json"}, file) {
					t.Errorf("%s reads %q", name, file)
				}
				if name == "--policy-document" && strings.HasPrefix(value, "{") {
					checkDocument(t, value)
				}
			}
		}
	}
}

// checkDocument: the document arrives as the JSON that the patch is.
func checkDocument(t *testing.T, document string) {
	t.Helper()
	var d struct {
		Version   string
		Statement []struct{ Effect, Action, Resource string }
	}
	if err := json.Unmarshal([]byte(document), &d); err != nil {
		t.Errorf("%v: %q", err, document)
		return
	}
	if d.Version != "2012-10-17" || len(d.Statement) != 1 || d.Statement[0].Effect != "Allow" {
		t.Errorf("document %q", document)
	}
	for _, s := range d.Statement {
		if _, ok := exactly(s.Resource); !ok && !(s.Resource == "*" && s.Action == "s3:ListAllMyBuckets") {
			t.Errorf("resource %q", s.Resource)
		}
	}
}

// TestHostileKeyArrives: the key that was refused is the key that is granted, byte
// for byte, after the shell has read it.
func TestHostileKeyArrives(t *testing.T) {
	var commands, keys []string
	for _, h := range cleantest.Hostile() {
		if h.Text == "" || len(h.Text) > 1024 {
			continue
		}
		d := denied("", func(d *trail.Denial) {
			d.Key = h.Text
			d.Authorizations[0].Resource = theBucket + "/" + h.Text
		})
		d.Message = trail.Message{Form: trail.FormPolicy, Policy: trail.IdentityBased, Action: "s3:GetObject", Resource: theBucket + "/" + h.Text}
		x := diagnosis.FromDenial(d)
		switch s := x.Remedy.Steps[0]; {
		case !utf8.ValidString(h.Text):
			if len(s.Patch) > 0 || len(s.Commands) > 0 {
				t.Errorf("%s: granted, although no policy can name it", h.Name)
			}
		case strings.HasPrefix(h.Text, "/"):
		case len(s.Commands) != 1:
			t.Errorf("%s: %d commands, %s", h.Name, len(s.Commands), s.Caution)
		default:
			commands, keys = append(commands, s.Commands[0]), append(keys, h.Text)
		}
	}
	dir := t.TempDir()
	var script strings.Builder
	script.WriteString("aws() { printf '%s\\0' \"$5\"; }\n")
	for _, c := range commands {
		script.WriteString(c + "\n")
	}
	file := filepath.Join(dir, "script")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "sh", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	documents := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(documents) != len(keys) {
		t.Fatalf("%d documents of %d keys", len(documents), len(keys))
	}
	for i, document := range documents {
		var d struct{ Statement []struct{ Resource string } }
		if err := json.Unmarshal([]byte(strings.TrimPrefix(document, "--policy-document=")), &d); err != nil {
			t.Errorf("%q: %v", keys[i], err)
			continue
		}
		if got, ok := exactly(d.Statement[0].Resource); !ok || got != theBucket+"/"+keys[i] {
			t.Errorf("got %q, want the key %q", got, keys[i])
		}
	}
}

// TestForbidden: nothing that a diagnosis says proposes what must never be done.
func TestForbidden(t *testing.T) {
	never := regexp.MustCompile(`(?i)delete-(bucket|public|key|policy)|put-public-access-block|"\*"|'\*'|s3:\*|kms:\*|--force`)
	for name, d := range bases(t) {
		x := diagnosis.FromDenial(d)
		for _, s := range x.Remedy.Steps {
			text := s.Title + "\n" + s.Caution + "\n" + strings.Join(s.Commands, "\n")
			if !strings.HasPrefix(string(s.Patch), `{"Action":"kms:`) {
				text += string(s.Patch)
			}
			if m := never.FindString(text); m != "" {
				t.Errorf("%s: %q in %s", name, m, text)
			}
		}
	}
	for _, c := range diagnosis.Causes() {
		if m := never.FindString(c.Fix); m != "" || strings.Contains(c.Fix, "switch") && strings.Contains(c.Fix, "off") {
			t.Errorf("%s: %s", c.ID, c.Fix)
		}
	}
}

func BenchmarkFromDenial(b *testing.B) {
	d := denied(says("s3:GetObject", theObject, noIdentity))
	silent := denied("Access Denied")
	for b.Loop() {
		diagnosis.FromDenial(d)
		diagnosis.FromDenial(silent)
	}
}
