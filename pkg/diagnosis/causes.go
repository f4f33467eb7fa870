package diagnosis

import "why403/pkg/evidence"

// CauseID names a documented cause of a 403 from S3.
type CauseID string

// The causes of AWS's article on cross-account access denied errors.
const (
	IdentityNoAllow           CauseID = "IDENTITY_NO_ALLOW"
	KMSIdentityNoAllow        CauseID = "KMS_IDENTITY_NO_ALLOW"
	KMSKeyPolicyNoAllow       CauseID = "KMS_KEY_POLICY_NO_ALLOW"
	KMSExplicitDeny           CauseID = "KMS_EXPLICIT_DENY"
	KMSAWSManagedKeyCrossAcct CauseID = "KMS_AWS_MANAGED_KEY_CROSS_ACCOUNT"
	KMSKeyState               CauseID = "KMS_KEY_STATE"
	IdentityExplicitDeny      CauseID = "IDENTITY_EXPLICIT_DENY"
	BucketPolicyExplicitDeny  CauseID = "BUCKET_POLICY_EXPLICIT_DENY"
	VPCEPolicy                CauseID = "VPCE_POLICY"
	SCP                       CauseID = "SCP"
	ObjectOwnership           CauseID = "OBJECT_OWNERSHIP"
	RequesterPays             CauseID = "REQUESTER_PAYS"
)

// The other causes that AWS documents.
const (
	BucketPolicyNoAllow       CauseID = "BUCKET_POLICY_NO_ALLOW"
	PrincipalMismatch         CauseID = "PRINCIPAL_MISMATCH"
	StalePrincipalID          CauseID = "STALE_PRINCIPAL_ID"
	PermissionsBoundary       CauseID = "PERMISSIONS_BOUNDARY"
	SessionPolicy             CauseID = "SESSION_POLICY"
	RCP                       CauseID = "RCP"
	BPARestrictPublicBuckets  CauseID = "BPA_RESTRICT_PUBLIC_BUCKETS"
	BPAIgnorePublicACLs       CauseID = "BPA_IGNORE_PUBLIC_ACLS"
	BPABlockPublicACLs        CauseID = "BPA_BLOCK_PUBLIC_ACLS"
	BPABlockPublicPolicy      CauseID = "BPA_BLOCK_PUBLIC_POLICY"
	ACLNoGrant                CauseID = "ACL_NO_GRANT"
	MissingObject             CauseID = "MISSING_OBJECT"
	AccessPointPolicy         CauseID = "ACCESS_POINT_POLICY"
	AccessPointDelegation     CauseID = "ACCESS_POINT_DELEGATION"
	AccessPointNetwork        CauseID = "ACCESS_POINT_NETWORK"
	ObjectLock                CauseID = "OBJECT_LOCK"
	MFADelete                 CauseID = "MFA_DELETE"
	SSECBlocked               CauseID = "SSE_C_BLOCKED"
	ServicePrincipalCondition CauseID = "SERVICE_PRINCIPAL_CONDITION"
	AnonymousNoGrant          CauseID = "ANONYMOUS_NO_GRANT"
	AccessGrantsScope         CauseID = "ACCESS_GRANTS_SCOPE"
	MRAPPolicy                CauseID = "MRAP_POLICY"
	DirectoryBucketSession    CauseID = "DIRECTORY_BUCKET_SESSION"
	ExpectedBucketOwner       CauseID = "EXPECTED_BUCKET_OWNER"
	Credentials               CauseID = "CREDENTIALS"
	AccountOrBucketDisabled   CauseID = "ACCOUNT_OR_BUCKET_DISABLED"
	ObjectArchived            CauseID = "OBJECT_ARCHIVED"
	CrossRegionLogging        CauseID = "CROSS_REGION_LOGGING"
)

// CauseInfo is what is the same for every denial of one cause.
type CauseInfo struct {
	ID    CauseID
	Name  string // a few words for a headline: "IAM policy"
	Means string // one sentence
	Doc   string // the AWS page
	Layer evidence.Layer
	Fix   string // what removes it, in general
}

const (
	s3Guide  = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
	iamGuide = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
	kmsGuide = "https://docs.aws.amazon.com/kms/latest/developerguide/"
	orgGuide = "https://docs.aws.amazon.com/organizations/latest/userguide/"
)

// Causes returns every cause that a diagnosis can name, the documented seven
// first.
func Causes() []CauseInfo {
	return []CauseInfo{
		{IdentityNoAllow, "IAM policy", "no IAM policy of the requester allows the action on the resource", s3Guide + "troubleshoot-403-errors.html", evidence.LayerIdentity, "allow the action on this resource in an IAM policy of the requester"},
		{KMSIdentityNoAllow, "IAM policy lacks KMS", "no IAM policy of the requester allows using the KMS key of the object", kmsGuide + "key-policy-modifying-external-accounts.html", evidence.LayerIdentity, "allow the kms action on the key ARN in an IAM policy of the requester"},
		{KMSKeyPolicyNoAllow, "KMS key policy", "the policy of the KMS key admits neither the requester nor its account", kmsGuide + "key-policy-modifying-external-accounts.html", evidence.LayerKeyPolicy, "admit the requester, or its account, in the key policy, limited by kms:ViaService to S3"},
		{KMSExplicitDeny, "KMS explicit deny", "a policy explicitly denies the use of the KMS key", kmsGuide + "policy-evaluation.html", evidence.LayerKeyPolicy, "narrow the statement that denies"},
		{KMSAWSManagedKeyCrossAcct, "AWS managed KMS key", "the object is encrypted under the aws/s3 key of another account, which cannot be shared", s3Guide + "UsingKMSEncryption.html", evidence.LayerKeyPolicy, "encrypt the object again under a customer managed key that the requester may use"},
		{KMSKeyState, "KMS key state", "the KMS key is disabled, pending deletion or missing", kmsGuide + "key-state.html", evidence.LayerKeyState, "enable the key, or cancel its deletion"},
		{IdentityExplicitDeny, "IAM explicit deny", "an IAM policy of the requester explicitly denies the action", s3Guide + "troubleshoot-403-errors.html", evidence.LayerIdentity, "narrow the statement that denies"},
		{BucketPolicyExplicitDeny, "bucket policy explicit deny", "a statement of the bucket policy explicitly denies the request", s3Guide + "troubleshoot-403-errors.html", evidence.LayerBucketPolicy, "narrow the statement that denies, or send the request as it demands (endpoint, TLS, header)"},
		{VPCEPolicy, "VPC endpoint policy", "the policy of the VPC endpoint that the request came through does not let it pass", "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html", evidence.LayerVPCE, "allow the request in the endpoint policy, limited by aws:PrincipalArn"},
		{SCP, "service control policy", "a service control policy of the organization does not let the requester's account do this", orgGuide + "orgs_manage_policies_scps.html", evidence.LayerSCP, "add the exception or the missing Allow at the level of the organization that lacks it"},
		{ObjectOwnership, "object ownership", "the object belongs to another account than the bucket, so that the bucket policy does not open it", s3Guide + "about-object-ownership.html", evidence.LayerACLOwnership, "set Object Ownership of the bucket to BucketOwnerEnforced, after moving ACL grants to the bucket policy"},
		{RequesterPays, "Requester Pays", "the bucket is Requester Pays and the request did not accept the charges", s3Guide + "RequesterPaysBuckets.html", evidence.LayerRequesterPays, "send x-amz-request-payer: requester with each request (--request-payer requester), which accepts the charges"},
		{BucketPolicyNoAllow, "bucket policy", "the bucket policy does not allow the requester to do this", s3Guide + "troubleshoot-403-errors.html", evidence.LayerBucketPolicy, "allow the requester in the bucket policy"},
		{PrincipalMismatch, "bucket policy principal", "the bucket policy allows a principal that is nearly, but not, the requester", iamGuide + "reference_policies_elements_principal.html", evidence.LayerBucketPolicy, "name the ARN of the requester as it is"},
		{StalePrincipalID, "deleted principal", "the bucket policy names a principal that was deleted; one of the same name is another", iamGuide + "reference_policies_elements_principal.html", evidence.LayerBucketPolicy, "write the ARN of the new principal and save the policy again"},
		{PermissionsBoundary, "permissions boundary", "the permissions boundary of the requester does not let it do this", iamGuide + "access_policies_boundaries.html", evidence.LayerBoundary, "allow the action in the boundary policy"},
		{SessionPolicy, "session policy", "the policy passed when the session was made does not allow this", iamGuide + "access_policies.html", evidence.LayerSession, "widen the policy that the caller passes when it makes the session"},
		{RCP, "resource control policy", "a resource control policy of the organization denies this on the bucket or key", orgGuide + "orgs_manage_policies_rcps.html", evidence.LayerRCP, "add an exception to the resource control policy"},
		{BPARestrictPublicBuckets, "RestrictPublicBuckets", "the bucket policy is public, so that Block Public Access admits only the owner's account", s3Guide + "access-control-block-public-access.html", evidence.LayerPublicAccessBlock, "make the bucket policy non-public by fixing its principals; keep the setting"},
		{BPAIgnorePublicACLs, "IgnorePublicAcls", "access hung on a public ACL, which Block Public Access ignores", s3Guide + "access-control-block-public-access.html", evidence.LayerPublicAccessBlock, "grant by bucket policy instead of by public ACL"},
		{BPABlockPublicACLs, "BlockPublicAcls", "the request carries a public ACL, which Block Public Access refuses", s3Guide + "access-control-block-public-access.html", evidence.LayerPublicAccessBlock, "leave the public ACL out of the request"},
		{BPABlockPublicPolicy, "BlockPublicPolicy", "the policy in the request is public, which Block Public Access refuses", s3Guide + "access-control-block-public-access.html", evidence.LayerPublicAccessBlock, "fix the principals of the policy, so that it is not public"},
		{ACLNoGrant, "ACL", "access hangs on an ACL, and none grants it", s3Guide + "acl-overview.html", evidence.LayerACLOwnership, "grant by bucket policy instead of by ACL"},
		{MissingObject, "missing object", "there is no such object, and the requester may not list the bucket, so that S3 answers 403 instead of 404", "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html", evidence.LayerObjectExists, "ask for a key that exists; allow s3:ListBucket on the prefix for a plain 404"},
		{AccessPointPolicy, "access point policy", "the policy of the access point does not let the request pass", s3Guide + "access-points-policies.html", evidence.LayerAccessPoint, "allow the requester in the access point policy"},
		{AccessPointDelegation, "access point delegation", "the bucket policy does not delegate to the access point", s3Guide + "access-points-policies.html", evidence.LayerBucketPolicy, "delegate in the bucket policy by s3:DataAccessPointAccount"},
		{AccessPointNetwork, "access point network", "the access point admits only requests from its VPC", s3Guide + "access-points-vpc.html", evidence.LayerAccessPoint, "send the request through the VPC of the access point, or make another access point"},
		{ObjectLock, "Object Lock", "the object version is under retention or legal hold", s3Guide + "object-lock-managing.html", evidence.LayerObjectLock, "wait until the retention ends, or remove the legal hold; in governance mode delete with s3:BypassGovernanceRetention and --bypass-governance-retention"},
		{MFADelete, "MFA delete", "the bucket takes this change only from its root user with MFA", s3Guide + "UsingMFADelete.html", evidence.LayerMFADelete, "delete as the root user of the bucket's account with --mfa"},
		{SSECBlocked, "SSE-C blocked", "the bucket refuses uploads under customer-provided keys", s3Guide + "blocking-unblocking-s3-c-encryption-gpb.html", evidence.LayerSSEC, "upload without customer-provided keys, under SSE-KMS or SSE-S3"},
		{ServicePrincipalCondition, "service principal condition", "the bucket policy does not admit this AWS service, or not for this source", iamGuide + "reference_policies_elements_principal.html", evidence.LayerBucketPolicy, "admit the service in the bucket policy with its exact aws:SourceArn and aws:SourceAccount"},
		{AnonymousNoGrant, "anonymous request", "the request is not signed, and nothing grants access to everybody", s3Guide + "troubleshoot-403-errors.html", evidence.LayerBucketPolicy, "sign the request, use a presigned URL, or serve the bucket through CloudFront with origin access control"},
		{AccessGrantsScope, "S3 Access Grants", "no grant of S3 Access Grants covers the request", s3Guide + "access-grants-credentials.html", evidence.LayerIdentity, "create a grant whose scope and permission cover the request"},
		{MRAPPolicy, "multi-region access point policy", "the policy of the multi-region access point does not let the request pass", s3Guide + "MultiRegionAccessPointPermissions.html", evidence.LayerMRAP, "allow the requester in the policy of the multi-region access point"},
		{DirectoryBucketSession, "directory bucket session", "the requester may not create a session for the directory bucket", s3Guide + "s3-express-create-session.html", evidence.LayerDirectorySession, "allow s3express:CreateSession on the bucket"},
		{ExpectedBucketOwner, "expected bucket owner", "the request names another account as the owner of the bucket", s3Guide + "bucket-owner-condition.html", evidence.LayerExpectedOwner, "correct the bucket name or the account in x-amz-expected-bucket-owner"},
		{Credentials, "credentials", "the credentials or the signature were not accepted", "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html", evidence.LayerAccountState, "renew the credentials or the presigned URL and try again"},
		{AccountOrBucketDisabled, "account or bucket disabled", "AWS has disabled access to the account or the resource", "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html", evidence.LayerAccountState, "ask AWS Support"},
		{ObjectArchived, "archived object", "the object is archived and must be restored before it can be read", s3Guide + "restoring-objects.html", evidence.LayerObjectExists, "restore the object with restore-object and read it afterwards"},
		{CrossRegionLogging, "cross-Region logging", "a bucket of one Region cannot log to a bucket of another", "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html", evidence.LayerAccountState, "log to a bucket of the same Region"},
	}
}

// Info returns what is known of a cause; ok is false for an id that is none.
func Info(id CauseID) (info CauseInfo, ok bool) {
	for _, c := range Causes() {
		if c.ID == id {
			return c, true
		}
	}
	return CauseInfo{}, false
}
