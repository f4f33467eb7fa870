package diagnosis

import (
	"strings"

	"why403/pkg/evidence"
)

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
	s3API    = "https://docs.aws.amazon.com/AmazonS3/latest/API/"
	iamGuide = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
	kmsGuide = "https://docs.aws.amazon.com/kms/latest/developerguide/"
	orgGuide = "https://docs.aws.amazon.com/organizations/latest/userguide/"
	vpcGuide = "https://docs.aws.amazon.com/vpc/latest/privatelink/"
)

// cause is a cause with what is said of one denial that it explains. Each family
// of causes has a file of its own, with the rule that reads it from AWS's message.
type cause struct {
	CauseInfo
	// summary is the one sentence that a stranger understands; without it Means is.
	summary func(*refusal) string
	// actor is the account that must act, empty if unknown; without it the
	// requester's.
	actor func(*refusal) string
	// step is the change that removes the blocker; without it Fix is.
	step func(*refusal) Step
	// intended says why the denial is perhaps right; without it nothing suggests so.
	intended func(*refusal) string
	// grants says that the step opens something: it is not proposed to strangers.
	grants bool
}

// families are the causes by family, the families of AWS's article first.
func families() [12]func() []cause {
	return [...]func() []cause{
		identityCauses, kmsCauses, bucketPolicyCauses, endpointCauses, organizationCauses, ownershipCauses, requesterPaysCauses,
		sessionCauses, publicAccessCauses, accessPointCauses, objectCauses, accountCauses,
	}
}

func find(id CauseID) (cause, bool) {
	if id == "" {
		return cause{}, false
	}
	for _, family := range families() {
		for _, c := range family() {
			if c.ID == id {
				return c, true
			}
		}
	}
	return cause{}, false
}

// Causes returns every cause that a diagnosis can name, by family.
func Causes() []CauseInfo {
	var all []CauseInfo
	for _, family := range families() {
		for _, c := range family() {
			all = append(all, c.CauseInfo)
		}
	}
	return all
}

// Info returns what is known of a cause, or of what many denials together are; ok is false
// for an id that is none.
func Info(id CauseID) (info CauseInfo, ok bool) {
	if c, ok := find(id); ok {
		return c.CauseInfo, true
	}
	return observation(id)
}

// FixFor returns what removes a cause in general, where it fits this requester; it
// is empty where it does not. A bucket is not opened to everybody for the sake of
// an anonymous requester, and no key can be.
func FixFor(p evidence.Principal, id CauseID) string {
	info, _ := Info(id)
	switch {
	case p.Type == evidence.PrincipalAnonymous && id != AnonymousNoGrant && id != MissingObject:
		return ""
	case originAccessIdentity(p) && (id == KMSKeyPolicyNoAllow || id == RequesterPays || id == BPARestrictPublicBuckets):
		return ""
	case originAccessIdentity(p) && id == BucketPolicyNoAllow:
		return "use origin access control instead of the identity, and admit the distribution in the bucket policy by aws:SourceArn"
	case p.Type == evidence.PrincipalService && id == RequesterPays:
		return ""
	}
	return info.Fix
}

// Observations returns what Info knows beside the causes: what many denials together are.
func Observations() []CauseInfo { return []CauseInfo{probingInfo()} }

func (c cause) summaryOf(r *refusal) string {
	text := c.Means
	if c.summary != nil {
		text = c.summary(r)
	}
	return upperFirst(text)
}

func (c cause) actorOf(r *refusal) string {
	if c.actor != nil {
		return c.actor(r)
	}
	if originAccessIdentity(r.Principal) {
		// It has no account of its own to act in.
		return r.owner
	}
	return r.Principal.Account
}

func (c cause) stepOf(r *refusal) Step {
	s := Step{Title: c.Fix, Target: r.resource}
	if c.step != nil {
		s = c.step(r)
	}
	s.Account = c.actorOf(r)
	return s
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// The accounts that most causes have to be mended in.
func ofBucket(r *refusal) string { return r.owner }

func ofKey(r *refusal) string { return accountOf(r.KMSKey) }
