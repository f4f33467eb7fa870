package diagnosis_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// TestSamples is the specification: what the record of each sample event proves by
// itself, which account must act, and what it leaves open.
func TestSamples(t *testing.T) {
	type row struct {
		cause   string // "" is undetermined, "-" ignored
		account string // who must act; "" where the record does not say
		message string // the layer that AWS's words name, and explicit or implicit
		policy  string // the end of the policy's ARN
		ask     bool   // is the denial perhaps right?
		open    string
	}
	const bySilence = "BUCKET_POLICY_EXPLICIT_DENY IDENTITY_EXPLICIT_DENY IDENTITY_NO_ALLOW"
	identity := func(account string) row {
		return row{cause: "IDENTITY_NO_ALLOW", account: account, message: "identity implicit"}
	}
	scp := row{cause: "SCP", account: manager, message: "scp explicit", policy: "/p-guard4x1", ask: true}
	ignored := row{cause: "-"}
	want := map[string]row{
		// The documented causes.
		"identity-no-allow":           identity(requester),
		"identity-no-allow-user":      identity(requester),
		"kms-identity-no-allow":       {cause: "KMS_IDENTITY_NO_ALLOW", account: owner, message: "identity implicit"},
		"kms-key-out-of-reach":        {message: "key-policy", open: "KMS_KEY_POLICY_NO_ALLOW KMS_EXPLICIT_DENY KMS_AWS_MANAGED_KEY_CROSS_ACCOUNT KMS_KEY_STATE"},
		"kms-key-out-of-reach-write":  {message: "key-policy", open: "KMS_KEY_POLICY_NO_ALLOW KMS_EXPLICIT_DENY KMS_AWS_MANAGED_KEY_CROSS_ACCOUNT KMS_KEY_STATE"},
		"kms-key-disabled":            {cause: "KMS_KEY_STATE", account: owner, ask: true},
		"identity-explicit-deny":      {cause: "IDENTITY_EXPLICIT_DENY", account: requester, message: "identity explicit", policy: "/no-delete-published", ask: true},
		"bucket-policy-explicit-deny": {cause: "BUCKET_POLICY_EXPLICIT_DENY", account: owner, message: "bucket-policy explicit", ask: true},
		"vpce-policy":                 {cause: "VPCE_POLICY", account: requester, message: "vpce"},
		"scp-explicit-deny":           scp,
		"scp-no-allow":                {cause: "SCP", message: "scp implicit", ask: true},
		"object-ownership": {open: bySilence + " SCP RCP PERMISSIONS_BOUNDARY SESSION_POLICY OBJECT_OWNERSHIP" +
			" KMS_KEY_POLICY_NO_ALLOW KMS_IDENTITY_NO_ALLOW MISSING_OBJECT EXPECTED_BUCKET_OWNER"},
		"requester-pays": {open: bySilence + " BUCKET_POLICY_NO_ALLOW BPA_RESTRICT_PUBLIC_BUCKETS SCP RCP PERMISSIONS_BOUNDARY OBJECT_OWNERSHIP" +
			" KMS_KEY_POLICY_NO_ALLOW KMS_IDENTITY_NO_ALLOW REQUESTER_PAYS MISSING_OBJECT EXPECTED_BUCKET_OWNER"},

		// Causes beyond them.
		"bucket-policy-no-allow":  {cause: "BUCKET_POLICY_NO_ALLOW", account: owner, message: "bucket-policy implicit", open: "BPA_IGNORE_PUBLIC_ACLS"},
		"permissions-boundary":    {cause: "PERMISSIONS_BOUNDARY", account: requester, message: "boundary implicit"},
		"session-policy":          {cause: "SESSION_POLICY", account: requester, message: "session implicit"},
		"rcp-explicit-deny":       {cause: "RCP", account: manager, message: "rcp explicit", policy: "/p-perim7k2", ask: true},
		"bpa-block-public-acls":   {cause: "BPA_BLOCK_PUBLIC_ACLS", account: owner, message: "public-access-block", ask: true},
		"bpa-block-public-policy": {cause: "BPA_BLOCK_PUBLIC_POLICY", account: owner, message: "public-access-block", ask: true},
		"missing-object":          {cause: "MISSING_OBJECT", account: requester, message: "identity implicit"},
		"object-lock":             {cause: "OBJECT_LOCK", account: owner, message: "object-lock", ask: true},
		"mfa-delete":              {cause: "MFA_DELETE", account: owner, message: "mfa-delete", ask: true},
		"sse-c-blocked":           {cause: "SSE_C_BLOCKED", account: owner, message: "sse-c"},
		"access-grants-scope":     {cause: "ACCESS_GRANTS_SCOPE", account: owner},
		"access-point":            {message: "access-point implicit", open: "ACCESS_POINT_POLICY ACCESS_POINT_DELEGATION BUCKET_POLICY_NO_ALLOW"},
		"account-disabled":        {cause: "ACCOUNT_OR_BUCKET_DISABLED"},
		"object-archived":         {cause: "OBJECT_ARCHIVED", account: owner},
		"message-truncated": {open: bySilence + " SCP RCP PERMISSIONS_BOUNDARY SESSION_POLICY" +
			" KMS_KEY_POLICY_NO_ALLOW KMS_IDENTITY_NO_ALLOW EXPECTED_BUCKET_OWNER"},

		// Who is calling.
		"caller-iam-user":             {cause: "BUCKET_POLICY_NO_ALLOW", message: "bucket-policy implicit", open: "BPA_IGNORE_PUBLIC_ACLS"},
		"caller-iam-user-mfa-console": identity(requester),
		"caller-role-ec2":             identity(requester),
		"caller-identity-center":      identity(requester),
		"caller-federated-user":       {cause: "SESSION_POLICY", account: requester, message: "session implicit"},
		"caller-root":                 scp,
		// Root sessions are made from an account that the record does not name.
		"caller-assumed-root": {cause: "SESSION_POLICY", message: "session implicit"},
		"caller-anonymous": {ask: true, open: "ANONYMOUS_NO_GRANT BUCKET_POLICY_EXPLICIT_DENY BPA_RESTRICT_PUBLIC_BUCKETS RCP OBJECT_OWNERSHIP" +
			" KMS_KEY_POLICY_NO_ALLOW REQUESTER_PAYS MISSING_OBJECT"},
		"caller-anonymous-old": {ask: true, open: "ANONYMOUS_NO_GRANT BUCKET_POLICY_EXPLICIT_DENY BPA_RESTRICT_PUBLIC_BUCKETS RCP REQUESTER_PAYS"},
		"caller-aws-service":   {open: "SERVICE_PRINCIPAL_CONDITION BUCKET_POLICY_EXPLICIT_DENY RCP REQUESTER_PAYS"},
		"caller-cloudfront-oac": {open: "SERVICE_PRINCIPAL_CONDITION BUCKET_POLICY_EXPLICIT_DENY RCP OBJECT_OWNERSHIP" +
			" KMS_KEY_POLICY_NO_ALLOW REQUESTER_PAYS MISSING_OBJECT"},
		"caller-cloudfront-oai": {open: "BUCKET_POLICY_EXPLICIT_DENY BUCKET_POLICY_NO_ALLOW BPA_RESTRICT_PUBLIC_BUCKETS RCP OBJECT_OWNERSHIP" +
			" KMS_KEY_POLICY_NO_ALLOW REQUESTER_PAYS MISSING_OBJECT"},
		"caller-via-service":          {cause: "BUCKET_POLICY_NO_ALLOW", message: "bucket-policy implicit", open: "BPA_IGNORE_PUBLIC_ACLS"},
		"caller-web-identity-session": {cause: "PERMISSIONS_BOUNDARY", account: requester, message: "boundary explicit", policy: "/ci-boundary", ask: true},
		// The requester's copy does not name the bucket's account, and may be redacted:
		// an access point cannot be excluded.
		"caller-through-vpc-endpoint":       {message: "bucket-policy explicit", ask: true, open: "BUCKET_POLICY_EXPLICIT_DENY ACCESS_POINT_POLICY BPA_RESTRICT_PUBLIC_BUCKETS"},
		"caller-console-aws-owned-endpoint": identity(requester),

		// Envelopes, copies and things that look alike.
		"two-copies-requester":      {cause: "BUCKET_POLICY_NO_ALLOW", message: "bucket-policy implicit", open: "BPA_IGNORE_PUBLIC_ACLS"},
		"two-copies-owner":          {cause: "BUCKET_POLICY_NO_ALLOW", account: owner, message: "bucket-policy implicit", open: "BPA_IGNORE_PUBLIC_ACLS"},
		"bare-record":               identity(owner),
		"log-file":                  scp,
		"log-file 1":                ignored,
		"log-file 2":                ignored,
		"log-file 3":                identity(owner),
		"log-file 4":                ignored,
		"sqs-batch":                 identity(requester),
		"sqs-batch 1":               identity(requester),
		"sqs-batch 2":               {cause: "BUCKET_POLICY_EXPLICIT_DENY", account: owner, message: "bucket-policy explicit", ask: true},
		"not-a-denial":              ignored,
		"no-such-bucket-policy":     ignored,
		"delete-objects":            ignored,
		"delete-objects-key":        identity(owner),
		"credentials-in-parameters": identity(requester),
		"hostile-key":               identity(requester),
		"hostile-key-forged-reason": {cause: "BUCKET_POLICY_EXPLICIT_DENY", account: owner, message: "bucket-policy explicit", ask: true},
	}
	valid := schema(t)
	seen := make(map[string]bool)
	for _, s := range readSamples(t) {
		seen[s.name] = true
		t.Run(s.name, func(t *testing.T) {
			w, ok := want[s.name]
			if !ok {
				t.Fatal("this sample has no row in the table")
			}
			validate(t, valid, s.Diagnosis)
			got := row{open: strings.Join(openIDs(s.Diagnosis), " "), ask: s.Intended.Ask}
			outcome := diagnosis.Explained
			switch w.cause {
			case "":
				outcome = diagnosis.Undetermined
			case "-":
				outcome, got.cause = diagnosis.Ignored, "-"
			}
			if s.Outcome != outcome {
				t.Errorf("outcome %s, want %s", s.Outcome, outcome)
			}
			if c := s.Cause; c != nil {
				got.cause, got.account = string(c.ID), c.Account
				if c.Confidence != diagnosis.Confirmed {
					t.Errorf("%s", c.Confidence)
				}
				if len(c.Because) == 0 || c.Because[0].Text == "" {
					t.Error("confirmed without AWS's words")
				}
				if c.Summary != strings.TrimSpace(c.Summary) || strings.Contains(c.Summary, "  ") || strings.HasSuffix(c.Summary, ".") {
					t.Errorf("summary %q", c.Summary)
				}
			} else if len(s.Remedy.Steps) > 0 {
				t.Error("a change before the cause is known")
			}
			if m := s.Message; m != nil && !s.ignored {
				got.message = strings.TrimSpace(string(m.Layer) + " " + m.Kind)
				if w.policy != "" && strings.HasSuffix(m.PolicyARN, w.policy) {
					got.policy = w.policy
				} else {
					got.policy = m.PolicyARN
				}
				if m.Agrees != nil {
					t.Error("agrees with evidence, of which there is none")
				}
			}
			if diff := cmp.Diff(w, got, cmp.AllowUnexported(row{})); diff != "" {
				t.Error(diff)
			}
		})
	}
	for name := range want {
		if !seen[name] {
			t.Errorf("there is no sample %s", name)
		}
	}
}

// TestBorders holds the diagnosis to what AWS's words prove, where they prove less
// than they seem to.
func TestBorders(t *testing.T) {
	point := func(d *trail.Denial) {
		d.AccessPoint = thePoint
		d.Authorizations = []evidence.Authorization{{Action: "s3:GetObject", Resource: thePoint + "/object/home/report.csv", Account: owner}}
	}
	alias := func(d *trail.Denial) { d.AccessPointAlias = "finance-abcdefghijklmnop-s3alias" }
	mrap := func(d *trail.Denial) { d.AccessPoint = "arn:aws:s3::222222222222:accesspoint/abcdefghijklm.mrap" }
	copied := func(d *trail.Denial) {
		d.Operation = "CopyObject"
		d.Authorizations = []evidence.Authorization{
			{Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-source/from.csv"},
			{Action: "s3:PutObject", Resource: theObject, Account: owner},
		}
	}
	key := func(arn string) func(*trail.Denial) { return func(d *trail.Denial) { d.KMSKey = arn } }
	tests := []struct {
		name    string
		d       trail.Denial
		cause   string
		account string
		open    string // "..." at the end: these and more
		not     string // must not be open
		says    string // in the summary, or in why it is undetermined
	}{
		// Which resource-based policy?
		{name: "deny, one account", d: denied(says("s3:GetObject", theObject, denyResource), ofAccount(requester)),
			cause: "BUCKET_POLICY_EXPLICIT_DENY", account: requester, says: "A statement in the policy of bucket acme-data explicitly denies s3:GetObject to role team/app"},
		{name: "deny, one account, through an access point", d: denied(says("s3:GetObject", theObject, denyResource), ofAccount(requester), point),
			open: "BUCKET_POLICY_EXPLICIT_DENY ACCESS_POINT_POLICY", says: "a statement of the bucket policy and for one of an access point policy"},
		{name: "deny, one account, through an alias", d: denied(says("s3:GetObject", theObject, denyResource), ofAccount(requester), alias),
			open: "BUCKET_POLICY_EXPLICIT_DENY ACCESS_POINT_POLICY"},
		{name: "deny, two accounts, the owner's copy", d: denied(says("s3:GetObject", theObject, denyResource)),
			open: "BUCKET_POLICY_EXPLICIT_DENY BPA_RESTRICT_PUBLIC_BUCKETS", says: "RestrictPublicBuckets"},
		{name: "deny, the bucket's account unknown", d: denied(says("s3:GetObject", theObject, denyResource), ofAccount("")),
			open: "BUCKET_POLICY_EXPLICIT_DENY ACCESS_POINT_POLICY BPA_RESTRICT_PUBLIC_BUCKETS"},
		{name: "deny, two accounts, multi-region access point", d: denied(says("s3:GetObject", theObject, denyResource), mrap),
			open: "BUCKET_POLICY_EXPLICIT_DENY MRAP_POLICY BPA_RESTRICT_PUBLIC_BUCKETS"},
		{name: "deny to an AWS service", d: denied("User: config.amazonaws.com is not authorized to perform: s3:PutObject "+denyResource, by(config)),
			cause: "BUCKET_POLICY_EXPLICIT_DENY", account: owner},
		{name: "no allow on the access point", d: denied(says("s3:GetObject", thePoint+"/object/home/report.csv", noResource), point),
			open: "ACCESS_POINT_POLICY ACCESS_POINT_DELEGATION BUCKET_POLICY_NO_ALLOW", says: "may mean the policy of the access point or of the bucket"},
		{name: "no allow on the bucket, through an access point", d: denied(says("s3:GetObject", theObject, noResource), point),
			open: "ACCESS_POINT_POLICY ACCESS_POINT_DELEGATION BUCKET_POLICY_NO_ALLOW"},
		{name: "no allow, the bucket's account unknown", d: denied(says("s3:GetObject", theObject, noResource), ofAccount("")),
			cause: "BUCKET_POLICY_NO_ALLOW", open: "BPA_IGNORE_PUBLIC_ACLS"},

		// The message and the record do not match.
		{name: "the message names a source bucket", d: denied(says("s3:GetObject", "arn:aws:s3:::acme-source/from.csv", noResource), copied),
			cause: "BUCKET_POLICY_NO_ALLOW", account: "", open: "BPA_IGNORE_PUBLIC_ACLS", says: "The policy of bucket acme-source"},
		{name: "the source bucket denies, its account unknown", d: denied(says("s3:GetObject", "arn:aws:s3:::acme-source/from.csv", denyResource), copied, ofAccount(requester), func(d *trail.Denial) { d.Authorizations[0].Account = "" }),
			open: "BUCKET_POLICY_EXPLICIT_DENY ACCESS_POINT_POLICY BPA_RESTRICT_PUBLIC_BUCKETS"},
		{name: "another action than the call's own", d: denied(says("s3:PutObjectAcl", theObject, noIdentity), call("PutObject", "s3:PutObject", theObject)),
			cause: "IDENTITY_NO_ALLOW", account: requester, says: "No IAM policy of role team/app allows s3:PutObjectAcl in bucket acme-data"},
		{name: "a requester of another account", d: denied(says("s3:GetObject", theObject, noIdentity), by(evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::333333333333:role/x", Account: stranger})),
			open: "BUCKET_POLICY_EXPLICIT_DENY IDENTITY_EXPLICIT_DENY IDENTITY_NO_ALLOW...", says: "speaks of a requester of account 111111111111, the record of one of account 333333333333"},
		{name: "a trust policy, which S3 does not check", d: denied(says("s3:GetObject", theObject, "because no role trust policy allows the s3:GetObject action")),
			open: "BUCKET_POLICY_EXPLICIT_DENY...", says: "which S3 does not check"},

		// KMS.
		{name: "kms, identity", d: denied(says("kms:Decrypt", aKey, noIdentity), key(aKey)), cause: "KMS_IDENTITY_NO_ALLOW", account: requester},
		{name: "kms, identity denies", d: denied(says("kms:Decrypt", aKey, denyIdentity), key(aKey)), cause: "KMS_EXPLICIT_DENY", account: requester, says: "An IAM policy of role team/app explicitly denies kms:Decrypt on KMS key"},
		{name: "kms, key policy", d: denied(says("kms:Decrypt", aKey, noResource), key(aKey)), cause: "KMS_KEY_POLICY_NO_ALLOW", account: keyOwner},
		{name: "kms, key policy denies", d: denied(says("kms:Decrypt", aKey, denyResource), key(aKey)), cause: "KMS_EXPLICIT_DENY", account: keyOwner, says: "The policy of KMS key " + aKey + " explicitly denies kms:Decrypt to role team/app"},
		{name: "kms, session", d: denied(says("kms:GenerateDataKey", aKey, "because no session policy allows the kms:GenerateDataKey action"), key(aKey)), cause: "SESSION_POLICY", account: requester},
		{name: "kms, boundary", d: denied(says("kms:Decrypt", aKey, "with an explicit deny in a permissions boundary"), key(aKey)), cause: "PERMISSIONS_BOUNDARY", account: requester},
		{name: "kms, scp", d: denied(says("kms:Decrypt", aKey, "with an explicit deny in a service control policy: arn:aws:organizations::999999999999:policy/o-exampleorg1/service_control_policy/p-guard4x1"), key(aKey)), cause: "SCP", account: manager},
		{name: "kms, rcp", d: denied(says("kms:Decrypt", aKey, "with an explicit deny in a resource control policy"), key(aKey)), cause: "RCP"},
		{name: "kms, ciphertext without a key, identity", d: denied("User: arn:aws:iam::111111111111:role/team/app is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action"),
			cause: "KMS_IDENTITY_NO_ALLOW", account: requester, says: "allows kms:Decrypt on the KMS key of the object"},
		{name: "kms, ciphertext out of reach", d: denied("User: arn:aws:iam::111111111111:role/team/app is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"),
			open: "KMS_KEY_POLICY_NO_ALLOW KMS_EXPLICIT_DENY KMS_AWS_MANAGED_KEY_CROSS_ACCOUNT KMS_KEY_STATE"},
		{name: "kms, the old wording", d: denied("The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."),
			open: "KMS_KEY_POLICY_NO_ALLOW KMS_EXPLICIT_DENY KMS_AWS_MANAGED_KEY_CROSS_ACCOUNT KMS_KEY_STATE"},
		{name: "kms, deny of unknown type", d: denied(says("kms:Decrypt", aKey, "with an explicit deny")), open: "KMS_EXPLICIT_DENY SCP RCP PERMISSIONS_BOUNDARY SESSION_POLICY", says: "not which type"},
		{name: "kms, cut before the reason", d: denied(says("kms:Decrypt", "", strings.Repeat("x", 1000))), open: "KMS_KEY_POLICY_NO_ALLOW KMS_EXPLICIT_DENY KMS_IDENTITY_NO_ALLOW...", not: "BUCKET_POLICY_EXPLICIT_DENY REQUESTER_PAYS"},
		{name: "kms, disabled", d: denied("disabled", code("KMS.DisabledException"), key(aKey)), cause: "KMS_KEY_STATE", account: keyOwner, says: "the key is disabled"},
		{name: "kms, no key named", d: denied("disabled", code("KMS.DisabledException")), cause: "KMS_KEY_STATE"},
		{name: "kms, pending deletion", d: denied("", code("KMS.KMSInvalidStateException"), key(aKey)), cause: "KMS_KEY_STATE", account: keyOwner},
		{name: "kms, no such key in the request", d: denied("", code("KMS.NotFoundException"), key(aKey), call("PutObject", "s3:PutObject", theObject), func(d *trail.Denial) {
			d.Authorizations = append(d.Authorizations, evidence.Authorization{Action: "kms:GenerateDataKey", Resource: aKey, Account: keyOwner})
		}), cause: "KMS_KEY_STATE", account: requester},
		{name: "kms, no such key in the bucket's default", d: denied("", code("KMS.NotFoundException"), call("PutObject", "s3:PutObject", theObject)), cause: "KMS_KEY_STATE", account: owner},
		{name: "kms, wrong kind of key", d: denied("", code("KMS.InvalidKeyUsageException"), key(aKey), call("PutObject", "s3:PutObject", theObject)), cause: "KMS_KEY_STATE", account: owner, says: "not a key for encryption"},
		{name: "kms, throttled", d: denied("", code("KMS.ThrottlingException")), open: "KMS_KEY_STATE KMS_KEY_POLICY_NO_ALLOW", says: "KMS.ThrottlingException"},
		{name: "kms, access denied with a policy", d: denied(says("kms:Decrypt", aKey, noIdentity), code("KMS.AccessDeniedException"), key(aKey)), cause: "KMS_IDENTITY_NO_ALLOW", account: requester},

		// Is the object there?
		{name: "reading, and listing is refused", d: denied(says("s3:ListBucket", theBucket, noIdentity)), cause: "MISSING_OBJECT", account: requester, says: `There is no object "home/report.csv" in bucket acme-data`},
		{name: "reading, and listing is denied", d: denied(says("s3:ListBucket", theBucket, denyResource)), cause: "MISSING_OBJECT", account: requester},
		{name: "reading through an access point, and listing is refused", d: denied(says("s3:ListBucket", thePoint, noIdentity), point), cause: "MISSING_OBJECT", account: requester},
		{name: "reading attributes, and listing is refused", d: denied(says("s3:ListBucket", theBucket, noIdentity), call("HeadObject", "s3:GetObject", theObject)), cause: "MISSING_OBJECT", account: requester},
		{name: "the key is redacted", d: denied(says("s3:ListBucket", theBucket, noIdentity), call("GetObject", "s3:GetObject", theBucket+"/"), func(d *trail.Denial) { d.Key = "" }), cause: "MISSING_OBJECT", account: requester, says: "The object asked for does not exist in bucket acme-data"},
		{name: "copying, and listing the source is refused", d: denied(says("s3:ListBucket", "arn:aws:s3:::acme-source", noIdentity), copied), cause: "MISSING_OBJECT", account: requester, says: `There is no object "from.csv" in bucket acme-source`},
		{name: "reading, and listing of another bucket is refused", d: denied(says("s3:ListBucket", "arn:aws:s3:::acme-source", noIdentity), func(d *trail.Denial) { d.Key = "" }), cause: "IDENTITY_NO_ALLOW", account: requester},
		{name: "listing", d: denied(says("s3:ListBucket", theBucket, noIdentity), call("ListObjects", "s3:ListBucket", theBucket)), cause: "IDENTITY_NO_ALLOW", account: requester, says: "on bucket acme-data"},
		{name: "HeadBucket", d: denied(says("s3:ListBucket", theBucket, noResource), call("HeadBucket", "s3:ListBucket", theBucket)), cause: "BUCKET_POLICY_NO_ALLOW", account: owner, open: "BPA_IGNORE_PUBLIC_ACLS"},
		{name: "putting, and listing is refused", d: denied(says("s3:ListBucket", theBucket, noIdentity), call("PutObject", "s3:PutObject", theObject)), cause: "IDENTITY_NO_ALLOW", account: requester},

		// Block Public Access.
		{name: "public ACL", d: denied(says("s3:PutObject", theObject, "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access."), call("PutObject", "s3:PutObject", theObject)), cause: "BPA_BLOCK_PUBLIC_ACLS", account: requester},
		{name: "public policy", d: denied(says("s3:PutBucketPolicy", theBucket, "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."), call("PutBucketPolicy", "s3:PutBucketPolicy", theBucket)), cause: "BPA_BLOCK_PUBLIC_POLICY", account: requester},
		{name: "an upload of unknown reason with a public ACL", d: denied("Access Denied", call("PutObject", "s3:PutObject", theObject), func(d *trail.Denial) {
			d.Context = evidence.Context{{Name: "s3:x-amz-acl", State: evidence.KeyPresent, Values: []string{"public-read"}}}
		}), open: "BUCKET_POLICY_EXPLICIT_DENY IDENTITY_EXPLICIT_DENY IDENTITY_NO_ALLOW BUCKET_POLICY_NO_ALLOW BPA_RESTRICT_PUBLIC_BUCKETS SCP RCP PERMISSIONS_BOUNDARY SESSION_POLICY KMS_KEY_POLICY_NO_ALLOW KMS_IDENTITY_NO_ALLOW BPA_BLOCK_PUBLIC_ACLS REQUESTER_PAYS EXPECTED_BUCKET_OWNER"},

		// The organization.
		{name: "scp without its ARN", d: denied(says("s3:GetObject", theObject, "with an explicit deny in a service control policy")), cause: "SCP", says: "A service control policy explicitly denies s3:GetObject in bucket acme-data to role team/app"},
		{name: "scp with its ARN", d: denied(says("s3:GetObject", theObject, "with an explicit deny in a service control policy: arn:aws:organizations::999999999999:policy/o-exampleorg1/service_control_policy/p-guard4x1")), cause: "SCP", account: manager, says: "(p-guard4x1)"},
		{name: "endpoint policy through a service control policy", d: denied(says("s3:GetObject", theObject, "with an explicit deny in a VPC endpoint policy transitively through a service control policy")), cause: "VPCE_POLICY"},
		{name: "endpoint policy in a data event", d: denied(says("s3:GetObject", theObject, "because no VPC endpoint policy allows the s3:GetObject action"), func(d *trail.Denial) { d.VPCEndpointID, d.VPCEndpointAccount = "vpce-0abc", requester }), cause: "VPCE_POLICY", account: requester, says: "The policy of VPC endpoint vpce-0abc does not allow s3:GetObject in bucket acme-data to role team/app"},

		// Silence.
		{name: "nothing but Access Denied, two accounts", d: denied("Access Denied"), says: "two accounts", open: "BUCKET_POLICY_EXPLICIT_DENY IDENTITY_EXPLICIT_DENY IDENTITY_NO_ALLOW BUCKET_POLICY_NO_ALLOW BPA_RESTRICT_PUBLIC_BUCKETS SCP RCP PERMISSIONS_BOUNDARY SESSION_POLICY OBJECT_OWNERSHIP KMS_KEY_POLICY_NO_ALLOW KMS_IDENTITY_NO_ALLOW REQUESTER_PAYS MISSING_OBJECT EXPECTED_BUCKET_OWNER"},
		{name: "nothing at all", d: denied(""), says: "AWS gave no message", open: "BUCKET_POLICY_EXPLICIT_DENY..."},
		{name: "a text of no known form", d: denied("Because we can"), says: "no known form", open: "BUCKET_POLICY_EXPLICIT_DENY..."},
		{name: "an action and no reason", d: denied(says("s3:GetObject", theObject, "")), says: "AWS names what was refused, but gives no reason", open: "BUCKET_POLICY_EXPLICIT_DENY..."},
		{name: "cut before the reason", d: denied(says("s3:GetObject", theObject, strings.Repeat("x", 1000))), says: "cut", open: "BUCKET_POLICY_EXPLICIT_DENY..."},
		{name: "deny of unknown type", d: denied(says("s3:GetObject", theObject, "with an explicit deny")), says: "not which type", open: "BUCKET_POLICY_EXPLICIT_DENY IDENTITY_EXPLICIT_DENY BPA_RESTRICT_PUBLIC_BUCKETS SCP RCP PERMISSIONS_BOUNDARY SESSION_POLICY"},
		{name: "the root user of another account", d: denied("Access Denied", by(root)), open: "BUCKET_POLICY_EXPLICIT_DENY BUCKET_POLICY_NO_ALLOW...", not: "IDENTITY_NO_ALLOW PERMISSIONS_BOUNDARY"},
		{name: "a service-linked role", d: denied("Access Denied", by(linked)), open: "BUCKET_POLICY_EXPLICIT_DENY...", not: "SCP RCP"},
		{name: "a session of a user", d: denied("Access Denied", by(federated)), open: "BUCKET_POLICY_EXPLICIT_DENY...", not: ""},
		{name: "known by a unique id only", d: denied("Access Denied", by(nobody)), open: "BUCKET_POLICY_EXPLICIT_DENY..."},
		{name: "listing buckets", d: denied("Access Denied", call("ListBuckets", "s3:ListAllMyBuckets", "*"), func(d *trail.Denial) { d.Bucket, d.BucketAccount, d.Category = "", "", trail.CategoryManagement }),
			open: "IDENTITY_EXPLICIT_DENY IDENTITY_NO_ALLOW SCP PERMISSIONS_BOUNDARY SESSION_POLICY"},
		{name: "deleting", d: denied("Access Denied", call("DeleteObject", "s3:DeleteObject", theObject), ofAccount(requester)),
			open: "BUCKET_POLICY_EXPLICIT_DENY IDENTITY_EXPLICIT_DENY IDENTITY_NO_ALLOW SCP RCP PERMISSIONS_BOUNDARY SESSION_POLICY EXPECTED_BUCKET_OWNER"},
		{name: "deleting a version", d: denied("Access Denied", call("DeleteObject", "s3:DeleteObjectVersion", theObject), ofAccount(requester), func(d *trail.Denial) { d.VersionID = "v1" }),
			open: "BUCKET_POLICY_EXPLICIT_DENY IDENTITY_EXPLICIT_DENY IDENTITY_NO_ALLOW SCP RCP PERMISSIONS_BOUNDARY SESSION_POLICY OBJECT_LOCK MFA_DELETE EXPECTED_BUCKET_OWNER"},
		{name: "a management event through an endpoint", d: denied("Access Denied", call("GetBucketPolicy", "s3:GetBucketPolicy", theBucket), func(d *trail.Denial) {
			d.Category, d.VPCEndpointID, d.VPCEndpointAccount = trail.CategoryManagement, "vpce-0abc", requester
		}), open: "BUCKET_POLICY_EXPLICIT_DENY IDENTITY_EXPLICIT_DENY IDENTITY_NO_ALLOW BUCKET_POLICY_NO_ALLOW BPA_RESTRICT_PUBLIC_BUCKETS SCP RCP PERMISSIONS_BOUNDARY SESSION_POLICY VPCE_POLICY REQUESTER_PAYS EXPECTED_BUCKET_OWNER"},
		{name: "a directory bucket", d: denied("Access Denied", func(d *trail.Denial) {
			d.Bucket, d.Service = "acme--use1-az4--x-s3", "s3express.amazonaws.com"
			d.Authorizations = []evidence.Authorization{{Action: "s3express:CreateSession", Resource: "arn:aws:s3express:us-east-1:222222222222:bucket/acme--use1-az4--x-s3", Account: owner}}
		}), open: "BUCKET_POLICY_EXPLICIT_DENY DIRECTORY_BUCKET_SESSION IDENTITY_EXPLICIT_DENY BUCKET_POLICY_NO_ALLOW SCP RCP PERMISSIONS_BOUNDARY SESSION_POLICY KMS_KEY_POLICY_NO_ALLOW KMS_IDENTITY_NO_ALLOW MISSING_OBJECT", says: "directory buckets give no reason"},

		// Codes.
		{name: "account problem", d: denied("There is a problem with your account", code("AccountProblem")), cause: "ACCOUNT_OR_BUCKET_DISABLED", account: requester},
		{name: "all access disabled", d: denied("All access to this object has been disabled", code("AllAccessDisabled")), cause: "ACCOUNT_OR_BUCKET_DISABLED", account: owner},
		{name: "bad signature", d: denied("", code("SignatureDoesNotMatch")), cause: "CREDENTIALS", account: requester, says: "the signature does not match"},
		{name: "expired URL", d: denied("Request has expired"), cause: "CREDENTIALS", account: requester, says: "the presigned URL has expired"},
		{name: "archived", d: denied("", code("InvalidObjectState")), cause: "OBJECT_ARCHIVED", account: requester},
		{name: "logging across Regions", d: denied("", code("CrossLocationLoggingProhibited")), cause: "CROSS_REGION_LOGGING", account: requester},
		{name: "the endpoint's own event", d: denied("The request was denied due to a VPC endpoint policy", code("VpceAccessDenied"), func(d *trail.Denial) {
			d.Category, d.VPCEndpointID, d.Recipient, d.Bucket, d.BucketAccount, d.Key = trail.CategoryNetworkActivity, "vpce-0abc", stranger, "", "", ""
			d.Authorizations = []evidence.Authorization{{Action: "s3:GetObject"}}
		}), cause: "VPCE_POLICY", account: stranger},
	}
	valid := schema(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := diagnosis.FromDenial(tt.d)
			validate(t, valid, x)
			text := x.Because
			if x.Cause != nil {
				text = x.Cause.Summary
				if x.Cause.Account != tt.account {
					t.Errorf("account %q must act, want %q", x.Cause.Account, tt.account)
				}
			}
			if causeID(x) != tt.cause {
				t.Errorf("cause %q (%s), want %q", causeID(x), text, tt.cause)
			}
			if !strings.Contains(text, tt.says) {
				t.Errorf("says %q, want in it %q", text, tt.says)
			}
			open := strings.Join(openIDs(x), " ")
			if want, more := strings.CutSuffix(tt.open, "..."); open != want && !(more && strings.HasPrefix(open, want)) {
				t.Errorf("open:\n%s, want\n%s", open, tt.open)
			}
			for _, id := range strings.Fields(tt.not) {
				if slices.Contains(openIDs(x), id) {
					t.Errorf("%s is open", id)
				}
			}
		})
	}
}

// TestSettled: what the record itself proves of a layer, and nothing beyond.
func TestSettled(t *testing.T) {
	const (
		na, unknown, allow, no, deny = diagnosis.NotApplicable, diagnosis.Unknown, diagnosis.Allow, diagnosis.NoAllow, diagnosis.Deny
	)
	key := func(d *trail.Denial) { d.Principal.AccessKeyID = "AKIAEXAMPLE" }
	pays := func(d *trail.Denial) { d.RequesterPays = true }
	management := func(d *trail.Denial) { d.Category, d.Recipient = trail.CategoryManagement, requester }
	tests := []struct {
		name  string
		d     trail.Denial
		layer evidence.Layer
		want  diagnosis.Verdict
	}{
		{"identity of a role", denied("Access Denied"), evidence.LayerIdentity, unknown},
		{"identity of an anonymous requester", denied("Access Denied", by(anonymous)), evidence.LayerIdentity, na},
		{"identity of a service", denied("Access Denied", by(config)), evidence.LayerIdentity, na},
		{"identity of an origin access identity", denied("Access Denied", by(oai)), evidence.LayerIdentity, na},
		{"identity of the root user", denied("Access Denied", by(root)), evidence.LayerIdentity, na},
		{"boundary of the root user", denied("Access Denied", by(root)), evidence.LayerBoundary, na},
		{"boundary of a federated user", denied("Access Denied", by(federated)), evidence.LayerBoundary, unknown},
		{"boundary of nobody known", denied("Access Denied", by(nobody)), evidence.LayerBoundary, unknown},
		{"session of a user", denied("Access Denied", by(user)), evidence.LayerSession, na},
		{"session of a federated user", denied("Access Denied", by(federated)), evidence.LayerSession, unknown},
		{"session of nobody known", denied("Access Denied", by(nobody)), evidence.LayerSession, unknown},
		{"session of the root user", denied("Access Denied", by(root)), evidence.LayerSession, unknown},
		{"session of the root user with a long-term key", denied("Access Denied", by(root), key), evidence.LayerSession, na},
		{"scp for the root user", denied("Access Denied", by(root)), evidence.LayerSCP, unknown},
		{"scp for a service", denied("Access Denied", by(config)), evidence.LayerSCP, na},
		{"scp for an anonymous requester", denied("Access Denied", by(anonymous)), evidence.LayerSCP, na},
		{"scp for a service-linked role", denied("Access Denied", by(linked)), evidence.LayerSCP, na},
		{"rcp for a service", denied("Access Denied", by(config)), evidence.LayerRCP, unknown},
		{"rcp for a service-linked role", denied("Access Denied", by(linked)), evidence.LayerRCP, na},
		{"endpoint of a data event", denied("Access Denied"), evidence.LayerVPCE, na},
		{"endpoint of a data event through one", denied("Access Denied", func(d *trail.Denial) { d.VPCEndpointID = "vpce-0abc" }), evidence.LayerVPCE, allow},
		{"endpoint that AWS names in a data event", denied(says("s3:GetObject", theObject, "with an explicit deny in a VPC endpoint policy")), evidence.LayerVPCE, deny},
		{"endpoint of a management event", denied("Access Denied", management), evidence.LayerVPCE, na},
		{"endpoint of a foreign management event", denied("Access Denied", management, func(d *trail.Denial) { d.Recipient = owner }), evidence.LayerVPCE, unknown},
		{"endpoint of a question", denied("Access Denied", func(d *trail.Denial) { d.Category, d.Recipient = "", "" }), evidence.LayerVPCE, unknown},
		{"payer in one account", denied("Access Denied", ofAccount(requester)), evidence.LayerRequesterPays, allow},
		{"payer in two accounts", denied("Access Denied"), evidence.LayerRequesterPays, unknown},
		{"payer who accepted", denied("Access Denied", pays), evidence.LayerRequesterPays, allow},
		{"payer who is anonymous", denied("Access Denied", pays, by(anonymous)), evidence.LayerRequesterPays, unknown},
		{"payer of unknown accounts", denied("Access Denied", ofAccount(""), func(d *trail.Denial) { d.Principal.Account = "" }), evidence.LayerRequesterPays, unknown},
		{"key policy of a listing", denied("Access Denied", call("ListObjects", "s3:ListBucket", theBucket)), evidence.LayerKeyPolicy, ""},
		{"key policy where the record lacks the key", denied("Access Denied", call("GetObject", "s3:GetObject", theBucket+"/"), func(d *trail.Denial) { d.Key = "" }), evidence.LayerKeyPolicy, unknown},
		{"acl of a listing", denied("Access Denied", call("ListObjects", "s3:ListBucket", theBucket)), evidence.LayerACLOwnership, unknown},
		{"acl of reading the policy", denied("Access Denied", call("GetBucketPolicy", "s3:GetBucketPolicy", theBucket)), evidence.LayerACLOwnership, na},
		{"acl where the record lacks the key", denied("Access Denied", call("GetObject", "s3:GetObject", theBucket+"/"), func(d *trail.Denial) { d.Key = "" }), evidence.LayerACLOwnership, unknown},
		{"bucket policy for listing buckets", denied("Access Denied", call("ListBuckets", "s3:ListAllMyBuckets", "*"), func(d *trail.Denial) { d.Bucket = "" }), evidence.LayerBucketPolicy, ""},
		{"what AWS names", denied(says("s3:GetObject", theObject, noIdentity)), evidence.LayerIdentity, no},
		{"what AWS does not name", denied(says("s3:GetObject", theObject, noIdentity)), evidence.LayerBucketPolicy, unknown},
		{"one of several that AWS may mean", denied(says("s3:GetObject", theObject, denyResource)), evidence.LayerBucketPolicy, unknown},
		{"no access point", denied("Access Denied"), evidence.LayerAccessPoint, ""},
		{"a missing object", denied(says("s3:ListBucket", theBucket, noIdentity)), evidence.LayerObjectExists, no},
		{"identity of who asks for a missing object", denied(says("s3:ListBucket", theBucket, noIdentity)), evidence.LayerIdentity, unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := verdict(diagnosis.FromDenial(tt.d), tt.layer); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestRuledOut: not-applicable layers and ruled out causes say the same.
func TestRuledOut(t *testing.T) {
	tests := []struct {
		name    string
		d       trail.Denial
		out, in string // ruled out, and not ruled out
	}{
		{"data event", denied("Access Denied"), "VPCE_POLICY", "SCP REQUESTER_PAYS OBJECT_OWNERSHIP KMS_KEY_POLICY_NO_ALLOW"},
		{"endpoint policy named in a data event", denied(says("s3:GetObject", theObject, "with an explicit deny in a VPC endpoint policy")), "", "VPCE_POLICY"},
		{"one account", denied("Access Denied", ofAccount(requester)), "VPCE_POLICY REQUESTER_PAYS BPA_RESTRICT_PUBLIC_BUCKETS", "BUCKET_POLICY_EXPLICIT_DENY"},
		{"one account, header sent", denied("Access Denied", ofAccount(requester), func(d *trail.Denial) { d.RequesterPays = true }), "REQUESTER_PAYS BPA_RESTRICT_PUBLIC_BUCKETS", ""},
		{"anonymous, header sent", denied("Access Denied", by(anonymous), func(d *trail.Denial) { d.RequesterPays = true }), "IDENTITY_NO_ALLOW SCP", "REQUESTER_PAYS RCP"},
		{"service", denied("Access Denied", by(config)), "IDENTITY_NO_ALLOW SCP BPA_RESTRICT_PUBLIC_BUCKETS", "RCP SERVICE_PRINCIPAL_CONDITION"},
		{"listing", denied("Access Denied", call("ListObjects", "s3:ListBucket", theBucket)), "OBJECT_OWNERSHIP KMS_KEY_STATE", "REQUESTER_PAYS"},
		{"the record lacks the key", denied("Access Denied", call("GetObject", "s3:GetObject", theBucket+"/"), func(d *trail.Denial) { d.Key = "" }), "", "OBJECT_OWNERSHIP KMS_KEY_POLICY_NO_ALLOW"},
		{"an unknown call", denied("Access Denied", func(d *trail.Denial) { d.Operation, d.Authorizations, d.Key = "NewThing", nil, "" }), "", "OBJECT_OWNERSHIP KMS_KEY_POLICY_NO_ALLOW"},
		{"directory bucket session", denied("Access Denied", func(d *trail.Denial) {
			d.Operation, d.Bucket, d.Key = "CreateSession", "acme--use1-az4--x-s3", ""
			d.Authorizations = []evidence.Authorization{{Action: "s3express:CreateSession", Resource: "arn:aws:s3express:us-east-1:222222222222:bucket/acme--use1-az4--x-s3"}}
		}), "OBJECT_OWNERSHIP REQUESTER_PAYS", "KMS_KEY_POLICY_NO_ALLOW"},
		{"the message names a cause that the record seems to exclude", denied(says("s3:GetObject", theObject, "with an explicit deny in a service control policy"), by(linked)), "RCP", "SCP"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ruledOutIDs(diagnosis.FromDenial(tt.d))
			for _, id := range strings.Fields(tt.out) {
				if !slices.Contains(got, id) {
					t.Errorf("%s is not ruled out: %v", id, got)
				}
			}
			for _, id := range strings.Fields(tt.in) {
				if slices.Contains(got, id) {
					t.Errorf("%s is ruled out", id)
				}
			}
		})
	}
}

// TestIntended: when the alert must first ask whether the denial is right.
func TestIntended(t *testing.T) {
	tests := []struct {
		name string
		d    trail.Denial
		want string // in the reason; "" does not ask
	}{
		{"no allow", denied(says("s3:GetObject", theObject, noIdentity)), ""},
		{"explicit deny", denied(says("s3:GetObject", theObject, denyIdentity)), "explicit deny"},
		{"explicit deny of unknown type", denied(says("s3:GetObject", theObject, "with an explicit deny")), "explicit deny"},
		{"anonymous", denied("Access Denied", by(anonymous)), "anonymous"},
		{"another account, silence", denied("Access Denied"), "perhaps of another organization"},
		{"another account, with a reason", denied(says("s3:GetObject", theObject, noResource)), ""},
		{"one account, silence", denied("Access Denied", ofAccount(requester)), ""},
		{"the bucket's account unknown", denied("Access Denied", ofAccount("")), ""},
		{"a service", denied("Access Denied", by(config)), ""},
		{"an origin access identity", denied("Access Denied", by(oai)), ""},
		{"scp without an allow", denied(says("s3:GetObject", theObject, "because no service control policy allows the s3:GetObject action")), "guardrail"},
		{"disabled key", denied("", code("KMS.DisabledException")), "disabled"},
		{"key of the wrong kind", denied("", code("KMS.InvalidKeyUsageException")), ""},
		{"quarantined credentials", denied(says("s3:GetObject", theObject, denyIdentity+": arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3")), "wrong hands"},
		{"foreign caller at an endpoint", denied("", code("VpceAccessDenied"), func(d *trail.Denial) {
			d.Category, d.Recipient, d.Bucket, d.BucketAccount = trail.CategoryNetworkActivity, owner, "", ""
		}), "another account than the VPC endpoint"},
		{"own caller at an endpoint", denied("", code("VpceAccessDenied"), func(d *trail.Denial) {
			d.Category, d.Recipient, d.Bucket, d.BucketAccount = trail.CategoryNetworkActivity, requester, "", ""
		}), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := diagnosis.FromDenial(tt.d)
			if x.Intended.Ask != (tt.want != "") || !strings.Contains(x.Intended.Because, tt.want) {
				t.Errorf("got %+v, want %q", x.Intended, tt.want)
			}
			// What is done about a stolen key hangs on no answer.
			asks := x.Remedy.If == "the request is meant to pass"
			if want := x.Intended.Ask && tt.name != "quarantined credentials"; len(x.Remedy.Steps) > 0 && asks != want {
				t.Errorf("the remedy asks %q", x.Remedy.If)
			}
		})
	}
}

// TestCatalogue: every cause has all that alerts and pages need.
func TestCatalogue(t *testing.T) {
	seen := make(map[diagnosis.CauseID]bool)
	for _, c := range diagnosis.Causes() {
		if seen[c.ID] {
			t.Errorf("%s twice", c.ID)
		}
		seen[c.ID] = true
		if c.Name == "" || c.Means == "" || c.Fix == "" || c.Layer == "" || !strings.HasPrefix(c.Doc, "https://docs.aws.amazon.com/") {
			t.Errorf("incomplete: %+v", c)
		}
		if strings.HasSuffix(c.Means, ".") || strings.HasSuffix(c.Fix, ".") || strings.ToLower(c.Fix[:1]) != c.Fix[:1] {
			t.Errorf("%s: %q, %q", c.ID, c.Means, c.Fix)
		}
		if got, ok := diagnosis.Info(c.ID); !ok || got != c {
			t.Errorf("Info(%s) is another", c.ID)
		}
	}
	if info, ok := diagnosis.Info(diagnosis.Probing); !ok || info.Name == "" || seen[diagnosis.Probing] {
		t.Error("what many denials together are is told of, and is no cause")
	}
	if _, ok := diagnosis.Info("NONE"); ok {
		t.Error("something is known of a cause that is none")
	}
	if len(seen) != 40 {
		t.Errorf("%d causes", len(seen))
	}
}

func TestWho(t *testing.T) {
	for want, p := range map[string]evidence.Principal{
		"an anonymous requester":                        anonymous,
		"the AWS service config.amazonaws.com":          config,
		"the AWS service (unknown)":                     {Type: evidence.PrincipalService},
		"the root user of account 111111111111":         root,
		"role team/app":                                 {Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/team/app"},
		"a session of role AROAEXAMPLE":                 {Type: evidence.PrincipalRole, ID: "AROAEXAMPLE"},
		"user ops/bob":                                  user,
		"user AIDAEXAMPLE":                              {Type: evidence.PrincipalUser, ID: "AIDAEXAMPLE"},
		"federated user kim":                            federated,
		"federated user lee":                            {Type: evidence.PrincipalFederated, Session: "lee"},
		"federated user (unknown)":                      {Type: evidence.PrincipalFederated},
		"CloudFront origin access identity AIDAEXAMPLE": oai,
		"principal AIDAEXAMPLE":                         nobody,
		"a principal of account 111111111111":           {Type: evidence.PrincipalAccount, Account: requester},
		"a principal of account (unknown)":              {Type: evidence.PrincipalAccount},
	} {
		if got := diagnosis.Who(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
