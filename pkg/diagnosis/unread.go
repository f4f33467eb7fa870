package diagnosis

import (
	"fmt"
	"strings"

	"why403/pkg/evidence"
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

func inBucket(r *refusal) place { return place{r.owner, "the bucket's account"} }

func inRequester(r *refusal) place { return place{r.Principal.Account, "the requester's account"} }

func inOrganization(r *refusal) place {
	return place{ofOrganization(r), "the organization's management account"}
}

const organizationReads = "organizations:ListParents, organizations:ListPoliciesForTarget, organizations:DescribePolicy"

// unread lists what a denial without a reason may be due to, each with the read
// that would settle it, in the order in which checks are named.
func unread(r *refusal) []Open {
	switch {
	case r.kms():
		return unreadKey(r)
	case r.onAccount():
		return append(unreadIdentity(r), unreadLimits(r)...)
	}
	var all []Open
	add := func(id CauseID, because, permission string, in place) {
		all = append(all, open(id, because, permission, in))
	}
	p, bucket := r.Principal, inBucket(r)
	anonymous, service := p.Type == evidence.PrincipalAnonymous, p.Type == evidence.PrincipalService
	if anonymous {
		add(AnonymousNoGrant, "neither bucket policy nor ACL may admit everybody", "s3:GetBucketPolicy, s3:GetBucketAcl, s3:GetBucketPublicAccessBlock, s3:GetAccountPublicAccessBlock", bucket)
	}
	if service {
		add(ServicePrincipalCondition, "the bucket policy may not admit this service, or not for this source account and ARN", "s3:GetBucketPolicy", bucket)
	}
	add(BucketPolicyExplicitDeny, "a statement of the bucket policy may deny it", "s3:GetBucketPolicy", bucket)
	if r.inSession() && hasIAM(p) {
		add(DirectoryBucketSession, "the requester may lack s3express:CreateSession", iamReads(p), inRequester(r))
	}
	for _, o := range unreadIdentity(r) {
		if o.ID != IdentityNoAllow || !r.inSession() {
			all = append(all, o)
		}
	}
	switch {
	case originAccessIdentity(p):
		add(BucketPolicyNoAllow, "the bucket policy may not allow this origin access identity", "s3:GetBucketPolicy", bucket)
	case !r.own() && !anonymous && !service:
		add(BucketPolicyNoAllow, "the bucket policy may not allow a requester of another account", "s3:GetBucketPolicy", bucket)
	}
	if !r.own() && !r.directoryBucket() {
		add(BPARestrictPublicBuckets, "if the bucket policy is public, Block Public Access refuses every other account", "s3:GetBucketPolicyStatus, s3:GetBucketPublicAccessBlock, s3:GetAccountPublicAccessBlock", bucket)
	}
	if r.point != "" {
		add(pointCause(r), "the access point policy may not let it pass", pointRead(r), inPoint(r))
		add(AccessPointDelegation, "the bucket policy may not delegate to the access point", "s3:GetBucketPolicy", bucket)
		if !r.multiRegion() {
			add(AccessPointNetwork, "the access point may admit only requests from its VPC", pointRead(r), inPoint(r))
		}
	}
	all = append(all, unreadLimits(r)...)
	if r.VPCEndpointID != "" {
		add(VPCEPolicy, "the policy of the VPC endpoint may not let it pass", "ec2:DescribeVpcEndpoints", place{r.VPCEndpointAccount, "the account of the VPC endpoint"})
	}
	return append(all, unreadObject(r)...)
}

// unreadIdentity: what the IAM policies of the requester may say.
func unreadIdentity(r *refusal) []Open {
	if !hasIAM(r.Principal) {
		return nil
	}
	return []Open{
		open(IdentityExplicitDeny, "an IAM policy of the requester may deny it", iamReads(r.Principal), inRequester(r)),
		open(IdentityNoAllow, "no IAM policy of the requester may allow it", iamReads(r.Principal), inRequester(r)),
	}
}

// unreadLimits: what may limit those policies and the bucket's.
func unreadLimits(r *refusal) []Open {
	p := r.Principal
	var all []Open
	if hasIAM(p) || p.Type == evidence.PrincipalRoot {
		all = append(all, open(SCP, "a service control policy may refuse it", organizationReads, inOrganization(r)))
	}
	if !r.onAccount() {
		all = append(all, open(RCP, "a resource control policy may deny it", organizationReads, inOrganization(r)))
	}
	if hasIAM(p) {
		all = append(all, open(PermissionsBoundary, "the requester may have a permissions boundary that does not allow it", boundaryReads(p), inRequester(r)))
	}
	switch {
	case p.Type == evidence.PrincipalRole || p.Type == evidence.PrincipalFederated:
		all = append(all, open(SessionPolicy, "the session may have been made with a policy that does not allow it", "cloudtrail:LookupEvents", inRequester(r)))
	case p.Type == evidence.PrincipalRoot && !strings.HasPrefix(p.AccessKeyID, "AKIA"):
		all = append(all, open(SessionPolicy, "if this is a privileged root session, its task may not cover it", "cloudtrail:LookupEvents", inOrganization(r)))
	}
	return all
}

// unreadObject: what may be in the way of the object itself.
func unreadObject(r *refusal) []Open {
	var all []Open
	add := func(id CauseID, because, permission string, in place) {
		all = append(all, open(id, because, permission, in))
	}
	bucket := inBucket(r)
	if r.needs("s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectTagging", "s3:GetObjectAttributes", "s3:PutObjectAcl", "s3:PutObjectTagging", "s3:RestoreObject") {
		add(ObjectOwnership, "the object may belong to another account than the bucket", "s3:GetBucketOwnershipControls, s3:GetObjectAcl", bucket)
	}
	if r.needs("s3:GetObject", "s3:GetObjectAttributes", "s3:PutObject", "s3:ListMultipartUploadParts") || r.directoryBucket() {
		all = append(all, unreadEncryption(r)...)
	}
	if strings.HasPrefix(first(r, "s3:x-amz-acl"), "public-") || first(r, "s3:x-amz-acl") == "authenticated-read" {
		add(BPABlockPublicACLs, "the request carries a public ACL, which Block Public Access may refuse", "s3:GetBucketPublicAccessBlock, s3:GetAccountPublicAccessBlock", bucket)
	}
	if first(r, "s3:x-amz-server-side-encryption-customer-algorithm") != "" && r.needs("s3:PutObject") {
		add(SSECBlocked, "the bucket may refuse uploads under customer-provided keys", "s3:GetEncryptionConfiguration", bucket)
	}
	switch {
	case r.Principal.Type == evidence.PrincipalAnonymous:
		add(RequesterPays, "the bucket may be Requester Pays, which takes no anonymous requests", "s3:GetBucketRequestPayment", bucket)
	case !r.own() && !r.RequesterPays:
		add(RequesterPays, "the bucket may be Requester Pays, and the record shows no x-amz-request-payer header", "s3:GetBucketRequestPayment", bucket)
	}
	if readsObject(r) {
		add(MissingObject, "the object may not exist: without s3:ListBucket the answer is 403, not 404", "s3:GetObject, s3:ListBucket", bucket)
	}
	if r.VersionID != "" && r.Operation == "DeleteObject" || r.Operation == "DeleteObjects" || r.Operation == "PutObjectRetention" {
		add(ObjectLock, "the version may be under retention or legal hold", "s3:GetObjectRetention, s3:GetObjectLegalHold", bucket)
	}
	if r.VersionID != "" && r.Operation == "DeleteObject" || r.Operation == "DeleteObjects" || r.Operation == "PutBucketVersioning" {
		add(MFADelete, "the bucket may take this only with MFA", "s3:GetBucketVersioning", bucket)
	}
	if hasIAM(r.Principal) && !r.directoryBucket() {
		headers := "x-amz-expected-bucket-owner"
		if r.Operation == "CopyObject" || r.Operation == "UploadPartCopy" {
			headers += " or x-amz-source-expected-bucket-owner"
		}
		add(ExpectedBucketOwner, "the request may name another account in "+headers, "", place{})
	}
	return all
}

// unreadEncryption: what the KMS key of the object may say, if it has one.
func unreadEncryption(r *refusal) []Open {
	read := "s3:GetObject (for HeadObject)"
	if r.needs("s3:PutObject") {
		read = "s3:GetEncryptionConfiguration"
	}
	because, in := "the object may be encrypted with a KMS key whose policy does not admit the requester", inBucket(r)
	switch {
	case r.KMSKey != "":
		because, read, in = "the policy of the KMS key may not admit the requester", "kms:GetKeyPolicy, kms:ListGrants", inKey(r)
	case r.Principal.Type == evidence.PrincipalAnonymous:
		because = "the object may be encrypted with a KMS key, which anonymous requests cannot use"
	case originAccessIdentity(r.Principal):
		because = "the object may be encrypted with a KMS key, which an origin access identity cannot use (origin access control can)"
	}
	all := []Open{open(KMSKeyPolicyNoAllow, because, read, in)}
	if hasIAM(r.Principal) {
		all = append(all, open(KMSIdentityNoAllow, "the same key may not be allowed in the requester's IAM policies", iamReads(r.Principal), inRequester(r)))
	}
	return all
}

// unreadKey: AWS says that it was the use of the KMS key that was refused, but not
// by what.
func unreadKey(r *refusal) []Open {
	all := []Open{
		open(KMSKeyPolicyNoAllow, "the key policy may admit neither the requester nor its account", "kms:GetKeyPolicy, kms:ListGrants", inKey(r)),
		open(KMSExplicitDeny, "the key policy may explicitly deny it", "kms:GetKeyPolicy", inKey(r)),
	}
	if hasIAM(r.Principal) {
		all = append(all, open(KMSIdentityNoAllow, "no IAM policy of the requester may allow it", iamReads(r.Principal), inRequester(r)))
	}
	return append(all, unreadLimits(r)...)
}

// first is the first value of a condition key that the request is known to carry.
func first(r *refusal, key string) string {
	k := r.Context.Lookup(key)
	if k.State != evidence.KeyPresent || len(k.Values) == 0 {
		return ""
	}
	return k.Values[0]
}

// iamReads are the permissions to read the IAM policies of a requester. Where only
// a unique id is known, all users and roles have to be looked through for it.
func iamReads(p evidence.Principal) string {
	switch p.Type {
	case evidence.PrincipalRole:
		if p.ARN != "" {
			return "iam:ListRolePolicies, iam:GetRolePolicy, iam:ListAttachedRolePolicies, iam:GetPolicy, iam:GetPolicyVersion"
		}
	case evidence.PrincipalUser, evidence.PrincipalFederated:
		if p.ARN != "" {
			return "iam:ListUserPolicies, iam:GetUserPolicy, iam:ListAttachedUserPolicies, iam:ListGroupsForUser, iam:ListGroupPolicies, iam:GetGroupPolicy, iam:ListAttachedGroupPolicies, iam:GetPolicy, iam:GetPolicyVersion"
		}
	default:
	}
	return "iam:GetAccountAuthorizationDetails"
}

func boundaryReads(p evidence.Principal) string {
	switch {
	case p.ARN == "" || p.Type == evidence.PrincipalAccount:
		return "iam:GetAccountAuthorizationDetails"
	case p.Type == evidence.PrincipalRole:
		return "iam:GetRole, iam:GetPolicy, iam:GetPolicyVersion"
	}
	return "iam:GetUser, iam:GetPolicy, iam:GetPolicyVersion"
}

func readsObject(r *refusal) bool {
	switch r.Operation {
	case "GetObject", "HeadObject", "GetObjectAttributes", "GetObjectVersion":
		return r.key != ""
	case "CopyObject", "UploadPartCopy":
		return r.needs("s3:GetObject")
	}
	return false
}
