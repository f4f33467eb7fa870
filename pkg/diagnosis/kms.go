package diagnosis

import (
	"fmt"

	"why403/pkg/clean"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// The causes in the KMS key of the object.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
func kmsCauses() []cause {
	return []cause{
		{
			CauseInfo: CauseInfo{
				ID: KMSIdentityNoAllow, Name: "IAM policy lacks KMS", Layer: evidence.LayerIdentity, Doc: kmsGuide + "key-policy-modifying-external-accounts.html",
				Means: "no IAM policy of the requester allows using the KMS key of the object",
				Fix:   "allow the kms action on the key ARN in an IAM policy of the requester",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("no IAM policy of %s allows %s on %s", r.who, r.action, r.keyName())
			},
			step: grantByIdentity, grants: true,
		},
		{
			CauseInfo: CauseInfo{
				ID: KMSKeyPolicyNoAllow, Name: "KMS key policy", Layer: evidence.LayerKeyPolicy, Doc: kmsGuide + "key-policy-modifying-external-accounts.html",
				Means: "the policy of the KMS key admits neither the requester nor its account",
				Fix:   "admit the requester, or its account, in the key policy, limited by kms:ViaService to S3",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("the policy of %s does not allow %s to %s", r.keyName(), r.action, r.who)
			},
			actor: ofKey, step: grantByKey, grants: true,
		},
		{
			CauseInfo: CauseInfo{
				ID: KMSExplicitDeny, Name: "KMS explicit deny", Layer: evidence.LayerKeyPolicy, Doc: kmsGuide + "policy-evaluation.html",
				Means: "a policy explicitly denies the use of the KMS key",
				Fix:   "narrow the statement that denies",
			},
			summary: func(r *refusal) string {
				if r.Message.Policy == trail.ResourceBased {
					return fmt.Sprintf("the policy of %s explicitly denies %s to %s", r.keyName(), r.action, r.who)
				}
				return fmt.Sprintf("%s of %s explicitly denies %s on %s", r.policy("an IAM policy"), r.who, r.action, r.keyName())
			},
			actor: func(r *refusal) string {
				if r.Message.Policy == trail.ResourceBased {
					return ofKey(r)
				}
				return r.Principal.Account
			},
			step: keyDenyStep,
		},
		{
			CauseInfo: CauseInfo{
				ID: KMSAWSManagedKeyCrossAcct, Name: "AWS managed KMS key", Layer: evidence.LayerKeyPolicy, Doc: s3Guide + "UsingKMSEncryption.html",
				Means: "the object is encrypted under the aws/s3 key of another account, which cannot be shared",
				Fix:   "encrypt the object again under a customer managed key that the requester may use",
			},
			actor: ofBucket,
		},
		{
			CauseInfo: CauseInfo{
				ID: KMSKeyState, Name: "KMS key state", Layer: evidence.LayerKeyState, Doc: kmsGuide + "key-state.html",
				Means: "the KMS key is disabled, pending deletion, missing or not a key for encryption",
				Fix:   "enable the key, or cancel its deletion",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("S3 could not use %s: %s", r.keyName(), codeMeans(r.ErrorCode))
			},
			actor: keyStateActor, step: keyStateStep, intended: keyStateIntended,
		},
	}
}

// keyPolicyNamed: AWS names a resource-based policy for an action of KMS, which is
// that of the key.
func keyPolicyNamed(r *refusal) named {
	if r.Message.Explicit {
		return proven(r, KMSExplicitDeny, Deny)
	}
	return proven(r, KMSKeyPolicyNoAllow, NoAllow)
}

// keyCode reads the error codes that S3 passes on from KMS. Of those that tell
// nothing of the key, such as throttling, the message may say more.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
func keyCode(r *refusal) (named, bool) {
	switch r.ErrorCode {
	case "KMS.DisabledException", "KMS.KMSInvalidStateException", "KMS.InvalidStateException", "KMS.NotFoundException", "KMS.InvalidKeyUsageException":
		return proven(r, KMSKeyState, Deny), true
	}
	if r.Message.Form == trail.FormPolicy || r.Message.Form == trail.FormKeyUnreachable || r.Message.Form == trail.FormDeny {
		return named{}, false
	}
	return named{
		why: fmt.Sprintf("S3 passes on %s from KMS, which says nothing of a policy", r.ErrorCode),
		open: []Open{
			open(KMSKeyState, "the key may be in a state that forbids its use", "kms:DescribeKey", inKey(r)),
			open(KMSKeyPolicyNoAllow, "the key policy may admit neither the requester nor its account", "kms:GetKeyPolicy, kms:ListGrants", inKey(r)),
		},
	}, true
}

// keyUnreachable: KMS does not tell a stranger whether a key is missing, silent
// or forbidding.
func keyUnreachable(r *refusal) named {
	managed := open(KMSAWSManagedKeyCrossAcct, "the object may be encrypted under the aws/s3 key of another account, which cannot be shared", "s3:GetObject (for HeadObject)", inBucket(r))
	if r.KMSKey != "" {
		managed = open(KMSAWSManagedKeyCrossAcct, "the key may be the aws/s3 key of its account, which cannot be shared", "kms:DescribeKey", inKey(r))
	}
	return named{
		why:   "AWS says that the KMS key is missing in this Region, or that its policy does not allow the requester, or that it explicitly denies: it does not say which",
		layer: evidence.LayerKeyPolicy, verdict: Unknown,
		open: []Open{
			open(KMSKeyPolicyNoAllow, "the key policy may admit neither the requester nor its account", "kms:GetKeyPolicy, kms:ListGrants", inKey(r)),
			open(KMSExplicitDeny, "the key policy may explicitly deny it", "kms:GetKeyPolicy", inKey(r)),
			managed,
			open(KMSKeyState, "the key may have been deleted, or be in another Region", "kms:DescribeKey", inKey(r)),
		},
	}
}

func inKey(r *refusal) place { return place{ofKey(r), "the account of the KMS key"} }

// keyStateActor: a key that is missing or of the wrong kind is mended where it is
// named: in the request, or else in the bucket's default.
func keyStateActor(r *refusal) string {
	switch r.ErrorCode {
	case "KMS.NotFoundException", "KMS.InvalidKeyUsageException":
		if !r.needs("s3:PutObject") {
			return ofKey(r)
		}
		if r.needs("kms:GenerateDataKey") {
			return r.Principal.Account
		}
		return r.owner
	}
	return ofKey(r)
}

func keyStateIntended(r *refusal) string {
	switch r.ErrorCode {
	case "KMS.DisabledException":
		return "somebody disabled the key, perhaps to lock what it encrypts"
	case "KMS.KMSInvalidStateException", "KMS.InvalidStateException":
		return "somebody may have scheduled the key for deletion"
	}
	return ""
}

// grantByKey words a key policy statement that holds only for requests through
// S3 in the key's Region.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
func grantByKey(r *refusal) Step {
	s := Step{
		Title:   fmt.Sprintf("add a statement to the key policy that allows %s to %s", r.action, r.who),
		Target:  r.KMSKey,
		Caution: "put-key-policy replaces the whole policy: start from the present one and keep its statements.",
	}
	if account := ofKey(r); account != "" && account != r.Principal.Account {
		s.Caution += " Across accounts an IAM policy of the requester must allow it too."
	}
	if !keyARN(r.KMSKey) {
		s.Caution = "The record does not name the key: aws s3api head-object shows which key the object has. " + s.Caution
		return s
	}
	region := regionOf(r.KMSKey)
	statement := map[string]any{
		"Effect": "Allow", "Action": r.action, "Resource": "*", // in a key policy: this key
		"Condition": map[string]any{"StringEquals": map[string]string{"kms:ViaService": "s3." + region + ".amazonaws.com"}},
	}
	if !exactAction(r.action) || !r.admit(statement) {
		s.Caution = "The record has no full ARN of the requester: take it from the requester's account first. " + s.Caution
		return s
	}
	if r.Principal.PathUnknown {
		s.Caution = "The ARN of the role comes from its session, which drops a path: compare it with aws iam get-role. " + s.Caution
	}
	s.Patch = encode(statement)
	key := clean.Shell(r.KMSKey)
	s.Commands = []string{
		"aws kms get-key-policy --key-id=" + key + " --policy-name=default --query Policy --output text > key-policy.json",
		"aws kms put-key-policy --key-id=" + key + " --policy-name=default --policy=file://key-policy.json",
	}
	return s
}

func keyDenyStep(r *refusal) Step {
	if r.Message.Policy != trail.ResourceBased {
		return narrow(r, "the IAM policy")
	}
	s := narrow(r, "the key policy")
	s.Target = r.KMSKey
	if keyARN(r.KMSKey) {
		s.Commands = []string{"aws kms get-key-policy --key-id=" + clean.Shell(r.KMSKey) + " --policy-name=default --query Policy --output text"}
	}
	return s
}

func keyStateStep(r *refusal) Step {
	s := Step{Title: "bring the KMS key back into use", Target: r.KMSKey}
	switch r.ErrorCode {
	case "KMS.NotFoundException":
		s.Title = "name an existing KMS key by its ARN, in the request or in the bucket's default encryption"
		s.Caution = "If the key was deleted, what it encrypted cannot be read any more."
		return s
	case "KMS.InvalidKeyUsageException":
		s.Title = "name a symmetric KMS key for encryption by its ARN, in the request or in the bucket's default encryption"
		return s
	}
	if !keyARN(r.KMSKey) {
		s.Caution = "The record does not name the key: aws s3api head-object shows which key the object has."
		return s
	}
	key := clean.Shell(r.KMSKey)
	s.Commands = []string{"aws kms describe-key --key-id=" + key + " --query KeyMetadata.KeyState"}
	if r.ErrorCode == "KMS.DisabledException" {
		s.Commands = append(s.Commands, "aws kms enable-key --key-id="+key)
	} else {
		s.Commands = append(s.Commands, "aws kms cancel-key-deletion --key-id="+key)
		s.Caution = "cancel-key-deletion is for the state PendingDeletion only; it leaves the key disabled, to be enabled afterwards."
	}
	return s
}
