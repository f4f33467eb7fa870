package diagnosis

import (
	"fmt"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// place is where something would have to be read.
type place struct{ account, name string }

func (p place) String() string {
	if p.account != "" {
		return p.account
	}
	return p.name + " (not known)"
}

func open(id CauseID, because, permission string, in place) Open {
	o := Open{ID: id, Because: because}
	if permission != "" {
		o.Needs = fmt.Sprintf("%s in %s", permission, in)
	}
	return o
}

func bucketAccount(d trail.Denial) place { return place{d.BucketAccount, "the bucket's account"} }

func requesterAccount(d trail.Denial) place {
	return place{d.Principal.Account, "the requester's account"}
}

// accountOf returns the account in an ARN.
func accountOf(arn, name string) place {
	if f := strings.SplitN(arn, ":", 6); len(f) == 6 {
		return place{f[4], name}
	}
	return place{"", name}
}

// unsaid is the diagnosis of a message that gives no reason.
func unsaid(d trail.Denial) named {
	n := named{verdict: Unknown, open: unread(d)}
	switch d.Message.Form {
	case trail.FormTruncated:
		n.why = "CloudTrail cut AWS's message at 1 KB, before the reason"
	case trail.FormNone:
		n.why = "AWS gave no message"
	case trail.FormOther:
		n.why = "AWS's message is of no known form"
	default:
		n.why = "AWS says no more than Access Denied"
		if why := whyGeneric(d); why != "" {
			n.why += ": " + why
		}
	}
	return n
}

// whyGeneric says what AWS's silence itself tells: detailed messages are given
// only within one account or organization, and never for directory buckets.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
func whyGeneric(d trail.Denial) string {
	switch {
	case d.Principal.Type == evidence.PrincipalAnonymous:
		return "anonymous requests get no reason"
	case d.Principal.Type == evidence.PrincipalService:
		return "AWS services get no reason"
	case directoryBucket(d):
		return "directory buckets give no reason"
	case d.Principal.Account != "" && d.BucketAccount != "" && d.Principal.Account != d.BucketAccount:
		return "it gives a reason only within one organization"
	}
	return ""
}

func directoryBucket(d trail.Denial) bool {
	return strings.HasSuffix(d.Bucket, "--x-s3") || strings.HasPrefix(d.Service, "s3express.")
}

// unread lists what a denial without a reason may be due to, each with the read
// that would settle it, in the order in which checks are named.
func unread(d trail.Denial) []Open {
	who, bucket := requesterAccount(d), bucketAccount(d)
	organization := place{"", "the organization's management account"}
	var all []Open
	add := func(id CauseID, because, permission string, in place) {
		all = append(all, open(id, because, permission, in))
	}
	iam := hasIAM(d.Principal)
	foreign := d.Principal.Account == "" || d.BucketAccount == "" || d.Principal.Account != d.BucketAccount
	if d.Principal.Type == evidence.PrincipalAnonymous {
		add(AnonymousNoGrant, "neither bucket policy nor ACL may admit everybody", "s3:GetBucketPolicy, s3:GetBucketAcl, s3:GetBucketPublicAccessBlock, s3:GetAccountPublicAccessBlock", bucket)
	}
	if d.Principal.Type == evidence.PrincipalService {
		add(ServicePrincipalCondition, "the bucket policy may not admit this service, or not for this source account and ARN", "s3:GetBucketPolicy", bucket)
	}
	add(BucketPolicyExplicitDeny, "a statement of the bucket policy may deny it", "s3:GetBucketPolicy", bucket)
	if iam {
		add(IdentityExplicitDeny, "an IAM policy of the requester may deny it", iamReads(d.Principal), who)
		add(IdentityNoAllow, "no IAM policy of the requester may allow it", iamReads(d.Principal), who)
	}
	if foreign && iam {
		add(BucketPolicyNoAllow, "the bucket policy may not allow a requester of another account", "s3:GetBucketPolicy", bucket)
	}
	if foreign && d.Principal.Type != evidence.PrincipalService {
		add(BPARestrictPublicBuckets, "if the bucket policy is public, Block Public Access refuses every other account", "s3:GetBucketPolicyStatus, s3:GetBucketPublicAccessBlock, s3:GetAccountPublicAccessBlock", bucket)
	}
	if d.AccessPoint != "" {
		add(AccessPointPolicy, "the access point policy may not let it pass", "s3:GetAccessPointPolicy, s3:GetAccessPoint", accountOf(d.AccessPoint, "the access point's account"))
	}
	if iam || d.Principal.Type == evidence.PrincipalRoot {
		add(SCP, "a service control policy may refuse it", "organizations:ListPoliciesForTarget, organizations:DescribePolicy", organization)
	}
	add(RCP, "a resource control policy may deny it", "organizations:ListPoliciesForTarget, organizations:DescribePolicy", organization)
	if iam {
		add(PermissionsBoundary, "the requester may have a permissions boundary that does not allow it", boundaryRead(d.Principal), who)
	}
	if d.Principal.Type == evidence.PrincipalRole || d.Principal.Type == evidence.PrincipalFederated {
		add(SessionPolicy, "the session may have been made with a policy that does not allow it", "cloudtrail:LookupEvents", who)
	}
	if onObject(d) {
		add(ObjectOwnership, "the object may belong to another account than the bucket", "s3:GetBucketOwnershipControls, s3:GetObjectAcl", bucket)
		add(KMSKeyPolicyNoAllow, "the object or the bucket default may be encrypted with a KMS key that does not admit the requester", "s3:GetEncryptionConfiguration, then kms:GetKeyPolicy", bucket)
		if iam {
			add(KMSIdentityNoAllow, "the same key may not be allowed in the requester's IAM policies", iamReads(d.Principal), who)
		}
	}
	if foreign && !d.RequesterPays && d.Principal.Type != evidence.PrincipalService {
		add(RequesterPays, "the bucket may be Requester Pays, and the record shows no x-amz-request-payer header", "s3:GetBucketRequestPayment", bucket)
	}
	if readsObject(d) {
		add(MissingObject, "the object may not exist: without s3:ListBucket the answer is 403, not 404", "s3:ListBucket", bucket)
	}
	if d.VersionID != "" && strings.HasPrefix(d.Operation, "Delete") {
		add(ObjectLock, "the version may be under retention or legal hold", "s3:GetObjectRetention, s3:GetObjectLegalHold", bucket)
		add(MFADelete, "the bucket may take deletes of versions only with MFA", "s3:GetBucketVersioning", bucket)
	}
	if directoryBucket(d) {
		add(DirectoryBucketSession, "the requester may lack s3express:CreateSession", iamReads(d.Principal), who)
	}
	if iam {
		add(ExpectedBucketOwner, "the request may name another account in x-amz-expected-bucket-owner", "", who)
	}
	return possible(d, all)
}

// possible drops what the record itself rules out.
func possible(d trail.Denial, all []Open) []Open {
	out := make(map[CauseID]bool)
	for _, r := range ruledOut(d, named{}) {
		out[r.ID] = true
	}
	kept := all[:0]
	for _, o := range all {
		if !out[o.ID] {
			kept = append(kept, o)
		}
	}
	return kept
}

// hasIAM reports whether the requester is subject to IAM policies.
func hasIAM(p evidence.Principal) bool {
	switch p.Type {
	case evidence.PrincipalAnonymous, evidence.PrincipalService, evidence.PrincipalRoot:
		return false
	}
	return p.Account != "CloudFront"
}

func iamReads(p evidence.Principal) string {
	if p.Type == evidence.PrincipalUser {
		return "iam:ListAttachedUserPolicies, iam:ListUserPolicies, iam:ListGroupsForUser"
	}
	return "iam:ListAttachedRolePolicies, iam:ListRolePolicies"
}

func boundaryRead(p evidence.Principal) string {
	if p.Type == evidence.PrincipalUser {
		return "iam:GetUser"
	}
	return "iam:GetRole"
}

func onObject(d trail.Denial) bool {
	for _, a := range d.Authorizations {
		if strings.HasPrefix(a.Action, "s3:") && strings.Contains(a.Action, "Object") && d.Key != "" {
			return true
		}
	}
	return false
}

func readsObject(d trail.Denial) bool {
	switch d.Operation {
	case "GetObject", "HeadObject", "GetObjectAttributes":
		return d.Key != ""
	}
	return false
}
