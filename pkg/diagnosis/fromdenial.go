package diagnosis

import (
	"fmt"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
	"why403/pkg/trail"
)

// named is what the record alone settles: one cause, or what it may be and why it
// is not settled.
type named struct {
	id      CauseID
	cause   cause // that id is of
	because []Reason
	verdict Verdict
	layer   evidence.Layer
	why     string // why no cause is settled
	open    []Open
}

// causeOf reads error code and message. The code comes first: where it is not
// AccessDenied no policy is to blame.
func causeOf(r *refusal) named {
	if n, ok := causeOfCode(r); ok {
		return n
	}
	if why := r.contradicts(); why != "" {
		return named{why: why, open: unread(r)}
	}
	switch r.Message.Form {
	case trail.FormPolicy:
		return causeOfPolicy(r)
	case trail.FormKeyUnreachable:
		return keyUnreachable(r)
	case trail.FormDeny:
		return denyOfUnknownType(r)
	case trail.FormBlockPublicAcls:
		return proven(r, BPABlockPublicACLs, Deny)
	case trail.FormBlockPublicPolicy:
		return proven(r, BPABlockPublicPolicy, Deny)
	case trail.FormSSECBlocked:
		return proven(r, SSECBlocked, Deny)
	case trail.FormVPCEndpoint:
		return proven(r, VPCEPolicy, Deny)
	case trail.FormObjectLock:
		return proven(r, ObjectLock, Deny)
	case trail.FormMFADelete:
		return proven(r, MFADelete, Deny)
	case trail.FormAccessGrants:
		return proven(r, AccessGrantsScope, NoAllow)
	case trail.FormExpired:
		return proven(r, Credentials, Deny)
	default:
		return unsaid(r)
	}
}

// causeOfCode reads the error codes that are not AccessDenied.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
func causeOfCode(r *refusal) (named, bool) {
	switch r.ErrorCode {
	case "VpceAccessDenied":
		return proven(r, VPCEPolicy, Deny), true
	case "InvalidObjectState":
		return proven(r, ObjectArchived, Deny), true
	case "CrossLocationLoggingProhibited":
		return proven(r, CrossRegionLogging, Deny), true
	case "AllAccessDisabled", "AccountProblem", "InvalidPayer", "NotSignedUp", "UnauthorizedAccessError", "UnauthorizedAccess", "UnexpectedIPError":
		return proven(r, AccountOrBucketDisabled, Deny), true
	case "InvalidAccessKeyId", "InvalidSecurity", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "MissingAuthenticationToken",
		"ExpiredToken", "InvalidToken", "TokenRefreshRequired":
		return proven(r, Credentials, Deny), true
	}
	if strings.HasPrefix(r.ErrorCode, "KMS.") {
		return keyCode(r)
	}
	return named{}, false
}

// causeOfPolicy maps the policy type that AWS names to a cause.
func causeOfPolicy(r *refusal) named {
	if missingObject(r) {
		return proven(r, MissingObject, NoAllow)
	}
	switch r.Message.Policy {
	case trail.IdentityBased:
		return identityNamed(r)
	case trail.ResourceBased:
		return resourceNamed(r)
	case trail.SessionPolicy:
		return proven(r, SessionPolicy, verdictOf(r))
	case trail.PermissionsBoundary:
		return proven(r, PermissionsBoundary, verdictOf(r))
	case trail.ServiceControl:
		return proven(r, SCP, verdictOf(r))
	case trail.ResourceControl:
		return proven(r, RCP, verdictOf(r))
	case trail.VPCEndpointPolicy:
		return proven(r, VPCEPolicy, verdictOf(r))
	default:
		n := unsaid(r)
		n.why = fmt.Sprintf("AWS names a %s policy, which S3 does not check", r.Message.Policy)
		return n
	}
}

func verdictOf(r *refusal) Verdict {
	if r.Message.Explicit {
		return Deny
	}
	return NoAllow
}

// proven is a cause that AWS's own words prove.
func proven(r *refusal, id CauseID, v Verdict) named {
	c, _ := find(id)
	layer := c.Layer
	if l := layerOf(r.Message); l != "" && id != MissingObject {
		layer = l
	}
	reason := Reason{Layer: layer, Policy: r.Message.PolicyARN, Text: r.ErrorMessage}
	if reason.Text == "" {
		reason.Text = r.ErrorCode
	}
	return named{id: id, cause: c, because: []Reason{reason}, verdict: v, layer: layer}
}

// denyOfUnknownType: the wording of years ago, which names no policy type.
func denyOfUnknownType(r *refusal) named {
	n := named{why: "AWS says that some policy explicitly denies it, but not which type of policy"}
	for _, o := range unread(r) {
		switch o.ID {
		case IdentityExplicitDeny, BucketPolicyExplicitDeny, SCP, RCP, PermissionsBoundary, SessionPolicy, VPCEPolicy,
			AccessPointPolicy, MRAPPolicy, BPARestrictPublicBuckets, KMSExplicitDeny:
			n.open = append(n.open, o)
		default:
		}
	}
	return n
}

// unsaid is the diagnosis of a message that gives no reason.
func unsaid(r *refusal) named {
	n := named{open: unread(r)}
	switch r.Message.Form {
	case trail.FormTruncated:
		n.why = "CloudTrail cut AWS's message at 1 KB, before the reason"
	case trail.FormNone:
		n.why = "AWS gave no message"
	case trail.FormGeneric:
		n.why = "AWS says no more than Access Denied"
		if r.Message.Action != "" {
			n.why = "AWS names what was refused, but gives no reason"
		}
		if why := whyGeneric(r); why != "" {
			n.why += ": " + why
		}
	default:
		n.why = "AWS's message is of no known form"
	}
	return n
}

// whyGeneric says what AWS's silence itself tells: detailed messages are given
// only within one account or organization, and never for directory buckets.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
func whyGeneric(r *refusal) string {
	switch {
	case r.Principal.Type == evidence.PrincipalAnonymous:
		return "anonymous requests get no reason"
	case r.Principal.Type == evidence.PrincipalService:
		return "AWS services get no reason"
	case originAccessIdentity(r.Principal):
		return "CloudFront gets no reason"
	case r.directoryBucket():
		return "directory buckets give no reason"
	case r.foreign():
		return "requester and bucket are of two accounts, and it gives reasons only within one organization"
	case r.own():
		return "requester and bucket are of one account, where it usually names the policy if one refuses"
	}
	return ""
}

func messageOf(m trail.Message) *Message {
	if m.Form == trail.FormNone {
		return nil
	}
	x := &Message{Layer: layerOf(m), PolicyARN: m.PolicyARN}
	switch {
	case m.Form == trail.FormDeny || m.Form == trail.FormPolicy && m.Explicit:
		x.Kind = "explicit"
	case m.Form == trail.FormPolicy:
		x.Kind = "implicit"
	}
	return x
}

// layerOf returns the layer that a message names; empty where it names none. Where
// its words cover several layers it is the plainest of them.
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
	default:
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
	default:
		return ""
	}
}

// intended asks whether the denial is perhaps right.
func (j *join) intended(x *Diagnosis) Intended {
	c := j.named.cause
	if x.Cause != nil {
		c, _ = find(x.Cause.ID)
	}
	explicit := j.Message.Explicit
	for _, b := range j.told {
		explicit = explicit || b != nil && b.denies && b.check.Denies == policy.Yes
	}
	because := ""
	switch {
	case j.Principal.Type == evidence.PrincipalAnonymous:
		because = "the request is anonymous"
	case quarantined(j.Message.PolicyARN):
		because = "AWS itself keeps these credentials from doing harm: their key may be in wrong hands"
	case j.protected:
		because = "the bucket is protected"
	case explicit && c.Layer != evidence.LayerPublicAccessBlock:
		because = "explicit deny: somebody wrote it to keep requests out"
	case c.intended != nil:
		because = c.intended(j.refusal)
	}
	if because == "" {
		because = j.stranger(x)
	}
	return Intended{Ask: because != "", Because: because}
}

// stranger says why the requester is perhaps none of those for whom the bucket is; it
// is empty if nothing suggests so.
func (j *join) stranger(x *Diagnosis) string {
	mine, known := j.evidence.Accounts[j.Principal.Account].Organization.Value()
	theirs, alsoKnown := j.evidence.Accounts[j.owner].Organization.Value()
	switch {
	case !j.foreign():
	case known && alsoKnown && mine.ID == theirs.ID:
		if j.grantsNothing(x) {
			return "neither the requester's policies nor the bucket's grant anything of the kind"
		}
		return ""
	case known && alsoKnown, known && j.evidence.Accounts[j.owner].Organization.State() == evidence.StateAbsent,
		alsoKnown && j.evidence.Accounts[j.Principal.Account].Organization.State() == evidence.StateAbsent:
		return otherOrganization + " than the bucket"
	}
	if j.grantsNothing(x) {
		return "neither the requester's policies nor the bucket's grant anything of the kind"
	}
	return outsider(j.refusal)
}

// grantsNothing reports whether both sides are known to be silent.
func (j *join) grantsNothing(x *Diagnosis) bool {
	identity, bucket := false, false
	for _, c := range append([]Cause{deref(x.Cause)}, x.Contributing...) {
		identity = identity || c.ID == IdentityNoAllow
		bucket = bucket || c.ID == BucketPolicyNoAllow
	}
	return identity && bucket
}

func deref(c *Cause) Cause {
	if c == nil {
		return Cause{}
	}
	return *c
}

// outsider says why the requester may be of another organization; empty if nothing
// suggests so.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
func outsider(r *refusal) string {
	endpoint := r.VPCEndpointAccount
	if endpoint == "" {
		endpoint = r.Recipient
	}
	switch {
	case r.Category == trail.CategoryNetworkActivity && isAccount(r.Principal.Account) && isAccount(endpoint) && r.Principal.Account != endpoint:
		return "the requester is of another account than the VPC endpoint"
	case r.foreign() && r.Message.Form == trail.FormGeneric && r.Message.Action == "" && !r.directoryBucket():
		return "the requester is of another account, perhaps of another organization: AWS gave it no reason"
	}
	return ""
}
