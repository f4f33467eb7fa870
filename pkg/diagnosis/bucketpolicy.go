package diagnosis

import (
	"fmt"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/evidence"
)

// The causes in the policy of the bucket.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
func bucketPolicyCauses() []cause {
	const guide = s3Guide + "troubleshoot-403-errors.html"
	const principals = iamGuide + "reference_policies_elements_principal.html"
	return []cause{
		{
			CauseInfo: CauseInfo{
				ID: BucketPolicyExplicitDeny, Name: "bucket policy explicit deny", Layer: evidence.LayerBucketPolicy, Doc: guide,
				Means: "a statement of the bucket policy explicitly denies the request",
				Fix:   "narrow the statement that denies, or send the request as it demands (endpoint, TLS, header)",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("a statement in the policy of %s explicitly denies %s to %s", r.place(), r.action, r.who)
			},
			actor: ofBucket, step: bucketDenyStep,
		},
		{
			CauseInfo: CauseInfo{
				ID: BucketPolicyNoAllow, Name: "bucket policy", Layer: evidence.LayerBucketPolicy, Doc: guide,
				Means: "the bucket policy does not allow the requester to do this",
				Fix:   "allow the requester in the bucket policy",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("the policy of %s does not allow %s to %s", r.place(), r.action, r.who)
			},
			actor: ofBucket, step: grantByBucket, grants: true,
		},
		{
			CauseInfo: CauseInfo{
				ID: PrincipalMismatch, Name: "bucket policy principal", Layer: evidence.LayerBucketPolicy, Doc: principals,
				Means: "the bucket policy allows a principal that is nearly, but not, the requester",
				Fix:   "name the ARN of the requester as it is",
			},
			actor: ofBucket, grants: true,
		},
		{
			CauseInfo: CauseInfo{
				ID: StalePrincipalID, Name: "deleted principal", Layer: evidence.LayerBucketPolicy, Doc: principals,
				Means: "the bucket policy names a principal that was deleted; one of the same name is another",
				Fix:   "write the ARN of the new principal and save the policy again",
			},
			actor: ofBucket, grants: true,
		},
		{
			CauseInfo: CauseInfo{
				ID: ServicePrincipalCondition, Name: "service principal condition", Layer: evidence.LayerBucketPolicy, Doc: principals,
				Means: "the bucket policy does not admit this AWS service, or not for this source",
				Fix:   "admit the service in the bucket policy with its exact aws:SourceArn and aws:SourceAccount",
			},
			actor: ofBucket, grants: true,
		},
		{
			CauseInfo: CauseInfo{
				ID: AnonymousNoGrant, Name: "anonymous request", Layer: evidence.LayerBucketPolicy, Doc: guide,
				Means: "the request is not signed, and nothing grants access to everybody",
				Fix:   "sign the request, use a presigned URL, or serve the bucket through CloudFront with origin access control",
			},
			actor: ofBucket,
		},
	}
}

// resourceNamed: AWS names a resource-based policy. In S3 that is the policy of the
// bucket or of the access point, and S3 reports two settings of Block Public Access
// in the same words.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
func resourceNamed(r *refusal) named {
	switch {
	case r.kms():
		return keyPolicyNamed(r)
	case r.Message.Explicit:
		return resourceDenies(r)
	case r.point != "":
		return pointOrBucket(r)
	}
	n := proven(r, BucketPolicyNoAllow, NoAllow)
	n.open = []Open{
		open(BPAIgnorePublicACLs, "access may have hung on a public ACL, which Block Public Access ignores", "s3:GetBucketPublicAccessBlock, s3:GetBucketAcl", inBucket(r)),
	}
	return n
}

// resourceDenies: RestrictPublicBuckets never refuses principals of the bucket's
// own account and AWS services, and CloudTrail lists an access point among the
// resources where one was used; but the requester's copy of a record on a foreign
// bucket may be redacted.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-monitoring-logging.html
func resourceDenies(r *refusal) named {
	restrict := !r.own() && r.Principal.Type != evidence.PrincipalService
	point := r.point != "" || r.owner == ""
	if !restrict && !point {
		return proven(r, BucketPolicyExplicitDeny, Deny)
	}
	n := named{open: []Open{
		open(BucketPolicyExplicitDeny, "a statement of the bucket policy may deny it", "s3:GetBucketPolicy", inBucket(r)),
	}}
	covers := []string{"a statement of the bucket policy"}
	if point {
		covers = append(covers, "one of an access point policy")
		because := "a statement of the access point policy may deny it"
		if r.point == "" {
			because = "a statement of an access point policy may deny it, if the request went through one"
		}
		n.open = append(n.open, open(pointCause(r), because, pointRead(r), inPoint(r)))
	}
	if restrict {
		covers = append(covers, "RestrictPublicBuckets")
		n.open = append(n.open, open(BPARestrictPublicBuckets, "if the bucket policy is public, this setting refuses every other account",
			"s3:GetBucketPolicyStatus, s3:GetBucketPublicAccessBlock, s3:GetAccountPublicAccessBlock", inBucket(r)))
	}
	n.why = "AWS says that a resource-based policy explicitly denies it, and uses these words for " + strings.Join(covers[:len(covers)-1], ", ") + " and for " + covers[len(covers)-1]
	return n
}

func bucketDenyStep(r *refusal) Step {
	s := Step{
		Title:   fmt.Sprintf("find the statement that denies %s and send the request as it demands (TLS, VPC endpoint, encryption header); only where that cannot be, narrow it to spare %s", r.action, r.who),
		Target:  r.bucketARN(),
		Caution: "A Deny is narrowed by a condition, such as ArnNotEquals aws:PrincipalArn; it is not deleted.",
	}
	if bucketName(r.bucket) {
		s.Commands = []string{"aws s3api get-bucket-policy --bucket=" + clean.Shell(r.bucket) + " --query Policy --output text"}
	}
	return s
}

func grantByBucket(r *refusal) Step {
	s := Step{
		Title:   fmt.Sprintf("add a statement to the policy of %s that allows %s to %s", r.place(), r.action, r.who),
		Target:  r.bucketARN(),
		Caution: "put-bucket-policy replaces the whole policy: start from the present one and keep its statements.",
	}
	if serviceLinked(r.Principal) || strings.Contains(r.Principal.ARN, ":role/aws-reserved/") {
		s.Caution = "The name of the role is not yours to choose and may change. " + s.Caution
	}
	statement, why := r.grant()
	if statement == nil {
		s.Caution = why
		return s
	}
	if !r.admit(statement) {
		s.Caution = "The record has no full ARN of the requester: take it from the requester's account first. " + s.Caution
		return s
	}
	if r.Principal.PathUnknown {
		s.Caution = "The ARN of the role comes from its session, which drops a path: compare it with aws iam get-role. " + s.Caution
	}
	if literal(r.resource) != r.resource {
		s.Caution += ` The key has characters that mean something in a policy: the statement holds only in a policy with "Version": "2012-10-17".`
	}
	s.Patch = encode(statement)
	if bucketName(r.bucket) {
		s.Commands = []string{
			"aws s3api get-bucket-policy --bucket=" + clean.Shell(r.bucket) + " --query Policy --output text > policy.json",
			"aws s3api put-bucket-policy --bucket=" + clean.Shell(r.bucket) + " --policy=file://policy.json",
		}
	}
	return s
}

// bucketARN is the ARN of the bucket; empty if the bucket is not known.
func (r *refusal) bucketARN() string {
	switch {
	case r.bucket == "":
		return ""
	case r.directoryBucket():
		return "arn:" + r.Partition + ":s3express:" + r.Region + ":" + r.owner + ":bucket/" + r.bucket
	}
	return "arn:" + r.Partition + ":s3:::" + r.bucket
}

// bucketName reports whether s can be the name of a bucket, so that a command may
// have it as an argument.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func bucketName(s string) bool { return spelled(s, "._-") && s[0] != '-' }
