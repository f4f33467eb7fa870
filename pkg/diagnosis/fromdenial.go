package diagnosis

import (
	"fmt"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// FromDenial diagnoses a denial by what its own record proves: AWS's error code,
// AWS's message, who asked and for what. No policy is read. AWS names one reason
// only, even where several apply.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
func FromDenial(d trail.Denial) Diagnosis {
	x := Diagnosis{Outcome: Undetermined, Denial: describe(d), Message: messageOf(d)}
	named := causeOf(d)
	x.Open = named.open
	if named.id != "" {
		x.Outcome = Explained
		x.Cause = &Cause{
			ID: named.id, Confidence: Confirmed, Summary: summary(d, named.id),
			Account: actor(d, named.id), Because: named.because, Doc: doc(named.id),
		}
	} else {
		x.Because = named.why
	}
	x.RuledOut = ruledOut(d, named)
	x.Checks = checks(d, named)
	x.Intended = intended(d, named.id)
	x.Remedy = remedy(d, named.id, x.Intended)
	return finish(x)
}

// named is what the record alone settles: one cause, or what it may be and why it
// is not settled.
type named struct {
	id      CauseID
	because []Reason
	why     string // why no cause is settled
	open    []Open
	verdict Verdict
	layer   evidence.Layer
}

// causeOf reads error code and message. The code is looked at first: where it is
// not AccessDenied no policy is to blame.
func causeOf(d trail.Denial) named {
	if n, ok := causeOfCode(d); ok {
		return n
	}
	m := d.Message
	switch m.Form {
	case trail.FormPolicy:
		return causeOfPolicy(d)
	case trail.FormKeyUnreachable:
		return keyUnreachable(d)
	case trail.FormDeny:
		return denyOfUnknownType(d)
	case trail.FormBlockPublicAcls:
		return proven(d, BPABlockPublicACLs, Deny)
	case trail.FormBlockPublicPolicy:
		return proven(d, BPABlockPublicPolicy, Deny)
	case trail.FormSSECBlocked:
		return proven(d, SSECBlocked, Deny)
	case trail.FormVPCEndpoint:
		return proven(d, VPCEPolicy, Deny)
	case trail.FormObjectLock:
		return proven(d, ObjectLock, Deny)
	case trail.FormMFADelete:
		return proven(d, MFADelete, Deny)
	case trail.FormAccessGrants:
		return proven(d, AccessGrantsScope, NoAllow)
	case trail.FormExpired:
		return proven(d, Credentials, Deny)
	default:
		return unsaid(d)
	}
}

func causeOfCode(d trail.Denial) (named, bool) {
	switch code := d.ErrorCode; {
	case strings.HasPrefix(code, "KMS."):
		return proven(d, KMSKeyState, Deny), true
	case code == "VpceAccessDenied":
		return proven(d, VPCEPolicy, Deny), true
	case code == "InvalidObjectState":
		return proven(d, ObjectArchived, Deny), true
	case code == "CrossLocationLoggingProhibited":
		return proven(d, CrossRegionLogging, Deny), true
	}
	switch d.ErrorCode {
	case "AllAccessDisabled", "AccountProblem", "InvalidPayer", "NotSignedUp", "UnauthorizedAccessError", "UnauthorizedAccess", "UnexpectedIPError":
		return proven(d, AccountOrBucketDisabled, Deny), true
	case "InvalidAccessKeyId", "InvalidSecurity", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "MissingAuthenticationToken",
		"ExpiredToken", "InvalidToken", "TokenRefreshRequired":
		return proven(d, Credentials, Deny), true
	}
	return named{}, false
}

// causeOfPolicy maps the policy type that AWS names to a cause.
func causeOfPolicy(d trail.Denial) named {
	m := d.Message
	kms := strings.HasPrefix(m.Action, "kms:")
	verdict := NoAllow
	if m.Explicit {
		verdict = Deny
	}
	if missingObject(d) {
		return proven(d, MissingObject, NoAllow)
	}
	switch m.Policy {
	case trail.IdentityBased:
		switch {
		case kms && m.Explicit:
			return proven(d, KMSExplicitDeny, verdict)
		case kms:
			return proven(d, KMSIdentityNoAllow, verdict)
		case m.Explicit:
			return proven(d, IdentityExplicitDeny, verdict)
		}
		return proven(d, IdentityNoAllow, verdict)
	case trail.ResourceBased:
		switch {
		case kms && m.Explicit:
			return proven(d, KMSExplicitDeny, verdict)
		case kms:
			return proven(d, KMSKeyPolicyNoAllow, verdict)
		}
		return resourceBased(d, verdict)
	case trail.SessionPolicy:
		return proven(d, SessionPolicy, verdict)
	case trail.PermissionsBoundary:
		return proven(d, PermissionsBoundary, verdict)
	case trail.ServiceControl:
		return proven(d, SCP, verdict)
	case trail.ResourceControl:
		return proven(d, RCP, verdict)
	case trail.VPCEndpointPolicy:
		return proven(d, VPCEPolicy, verdict)
	}
	n := unsaid(d)
	n.why = fmt.Sprintf("AWS names a %s policy, which S3 does not check", m.Policy)
	return n
}

// missingObject: a read of an object whose denial names s3:ListBucket on the
// bucket. S3 asks for that only to decide between 404 and 403.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
func missingObject(d trail.Denial) bool {
	switch d.Operation {
	case "GetObject", "HeadObject", "GetObjectAttributes", "CopyObject", "UploadPartCopy":
		return strings.EqualFold(d.Message.Action, "s3:ListBucket") && !strings.Contains(d.Message.Resource, "/")
	}
	return false
}

// resourceBased tells apart what "resource-based policy" can mean in S3: the
// policy of the bucket or of the access point, and two settings of Block Public
// Access that S3 reports in the same words.
func resourceBased(d trail.Denial, verdict Verdict) named {
	point := strings.Contains(d.Message.Resource, ":accesspoint/")
	if verdict == NoAllow && !point {
		n := proven(d, BucketPolicyNoAllow, NoAllow)
		n.open = []Open{open(BPAIgnorePublicACLs, "AWS says the same where access hung on a public ACL that Block Public Access ignores", "s3:GetBucketPublicAccessBlock, s3:GetBucketAcl", bucketAccount(d))}
		if d.AccessPoint != "" {
			n.open = append(n.open, open(AccessPointDelegation, "the request went through an access point, to which the bucket policy may not delegate", "s3:GetBucketPolicy", bucketAccount(d)))
		}
		return n
	}
	if verdict == NoAllow {
		return named{why: "AWS says that no resource-based policy allows it through the access point, but not whether that is the access point's or the bucket's", layer: evidence.LayerAccessPoint, verdict: NoAllow, open: []Open{
			open(AccessPointPolicy, "the access point policy may not allow it", "s3:GetAccessPointPolicy", accountOf(d.Message.Resource, "the access point's account")),
			open(AccessPointDelegation, "the bucket policy may not delegate to the access point", "s3:GetBucketPolicy", bucketAccount(d)),
			open(BucketPolicyNoAllow, "the bucket policy may not allow it", "s3:GetBucketPolicy", bucketAccount(d)),
		}}
	}
	// RestrictPublicBuckets never refuses principals of the bucket's own account,
	// and CloudTrail lists an access point among the resources where one was used.
	own := d.Principal.Account != "" && d.Principal.Account == d.BucketAccount
	if own && d.AccessPoint == "" && !point {
		return proven(d, BucketPolicyExplicitDeny, Deny)
	}
	n := named{why: "AWS says that a resource-based policy explicitly denies it, and uses these words for a statement of the bucket policy, of an access point policy, and for RestrictPublicBuckets", layer: evidence.LayerBucketPolicy, verdict: Deny}
	n.open = []Open{open(BucketPolicyExplicitDeny, "a statement of the bucket policy may deny it", "s3:GetBucketPolicy", bucketAccount(d))}
	n.open = append(n.open, open(AccessPointPolicy, "a statement of an access point policy may deny it, if the request went through one", "s3:GetAccessPointPolicy", accountOf(d.AccessPoint, "the access point's account")))
	if !own {
		n.open = append(n.open, open(BPARestrictPublicBuckets, "if the bucket policy is public, this setting refuses every other account", "s3:GetBucketPublicAccessBlock, s3:GetAccountPublicAccessBlock, s3:GetBucketPolicyStatus", bucketAccount(d)))
	}
	return n
}

// keyUnreachable: KMS does not tell a stranger whether a key is missing, silent
// or forbidding.
func keyUnreachable(d trail.Denial) named {
	key := accountOf(d.KMSKey, "the account of the KMS key")
	return named{
		why:   "AWS says that the KMS key is missing in this Region, or that its policy does not allow the requester, or that it explicitly denies: it does not say which",
		layer: evidence.LayerKeyPolicy, verdict: Unknown,
		open: []Open{
			open(KMSKeyPolicyNoAllow, "the key policy may admit neither the requester nor its account", "kms:GetKeyPolicy, kms:ListGrants", key),
			open(KMSExplicitDeny, "the key policy may explicitly deny it", "kms:GetKeyPolicy", key),
			open(KMSAWSManagedKeyCrossAcct, "the object may be encrypted under the aws/s3 key of another account", "s3:GetObject (for HeadObject), then kms:DescribeKey", bucketAccount(d)),
			open(KMSKeyState, "the key may have been deleted", "kms:DescribeKey", key),
		},
	}
}

// denyOfUnknownType: the wording of years ago, which names no policy type.
func denyOfUnknownType(d trail.Denial) named {
	n := named{why: "AWS says that some policy explicitly denies it, but not which type of policy", verdict: Unknown}
	for _, o := range unread(d) {
		switch o.ID {
		case IdentityExplicitDeny, BucketPolicyExplicitDeny, SCP, RCP, PermissionsBoundary, SessionPolicy, VPCEPolicy, AccessPointPolicy:
			n.open = append(n.open, o)
		}
	}
	return n
}

// proven is a cause that AWS's own words prove.
func proven(d trail.Denial, id CauseID, v Verdict) named {
	info, _ := Info(id)
	layer := info.Layer
	if l := layerOf(d.Message); l != "" && id != MissingObject {
		layer = l
	}
	r := Reason{Layer: layer, Policy: d.Message.PolicyARN, Text: d.ErrorMessage}
	if r.Text == "" {
		r.Text = d.ErrorCode
	}
	return named{id: id, because: []Reason{r}, verdict: v, layer: layer}
}

func messageOf(d trail.Denial) *Message {
	if d.Message.Form == trail.FormNone {
		return nil
	}
	m := &Message{Layer: layerOf(d.Message), PolicyARN: d.Message.PolicyARN}
	switch {
	case d.Message.Form == trail.FormDeny || d.Message.Form == trail.FormPolicy && d.Message.Explicit:
		m.Kind = "explicit"
	case d.Message.Form == trail.FormPolicy:
		m.Kind = "implicit"
	}
	return m
}

// layerOf returns the layer that a message names; empty where it names none.
func layerOf(m trail.Message) evidence.Layer {
	switch m.Form {
	case trail.FormBlockPublicAcls, trail.FormBlockPublicPolicy:
		return evidence.LayerPublicAccessBlock
	case trail.FormSSECBlocked:
		return evidence.LayerSSEC
	case trail.FormVPCEndpoint:
		return evidence.LayerVPCE
	case trail.FormObjectLock:
		return evidence.LayerObjectLock
	case trail.FormMFADelete:
		return evidence.LayerMFADelete
	case trail.FormKeyUnreachable:
		return evidence.LayerKeyPolicy
	}
	switch m.Policy {
	case trail.IdentityBased:
		return evidence.LayerIdentity
	case trail.SessionPolicy:
		return evidence.LayerSession
	case trail.PermissionsBoundary:
		return evidence.LayerBoundary
	case trail.ServiceControl:
		return evidence.LayerSCP
	case trail.ResourceControl:
		return evidence.LayerRCP
	case trail.VPCEndpointPolicy:
		return evidence.LayerVPCE
	case trail.ResourceBased:
		switch {
		case strings.HasPrefix(m.Action, "kms:"):
			return evidence.LayerKeyPolicy
		case strings.Contains(m.Resource, ":accesspoint/"):
			return evidence.LayerAccessPoint
		}
		return evidence.LayerBucketPolicy
	}
	return ""
}

func doc(id CauseID) string {
	info, _ := Info(id)
	return info.Doc
}
