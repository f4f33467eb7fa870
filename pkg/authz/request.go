package authz

import (
	"encoding/json"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// Headers that S3 looks at and that are no condition keys. A Request's context holds
// them under these names.
const (
	HeaderRequestPayer        = "s3:x-amz-request-payer"
	HeaderExpectedOwner       = "s3:x-amz-expected-bucket-owner"
	HeaderSourceExpectedOwner = "s3:x-amz-source-expected-bucket-owner"
	HeaderBypassGovernance    = "s3:x-amz-bypass-governance-retention" //nolint:gosec // the name of a header, no secret
	HeaderMFA                 = "s3:x-amz-mfa"
)

// Request is one call on S3: who makes it, and what AWS has to authorize for it.
type Request struct {
	Principal evidence.Principal
	// Operation is the API call, such as UploadPart, in CloudTrail's spelling. Empty:
	// the actions say enough.
	Operation string
	// Authorizations are those that the call itself shows. Those that follow from the
	// evidence, such as the use of a KMS key, are added by Decide.
	Authorizations []evidence.Authorization
	// Context is the condition keys of the request. Those of the requester, the
	// resource and their organizations follow from the evidence where it lacks them.
	Context *policy.Context
	// Bucket is what the call is on, for an authorization that names no resource.
	Bucket string
	// VersionID is the version of the object that the request names.
	VersionID string
	// KMSKey is the ARN of the KMS key, where the request or AWS's message names it.
	KMSKey string
	// Document is the policy that the request would store, if that is what it is for.
	Document json.RawMessage
}

// Verdict is what a layer says of an authorization by itself.
type Verdict string

// The verdicts, in the words of the diagnosis file.
const (
	Allow         Verdict = "allow"
	NoAllow       Verdict = "no-allow" // nothing denies it, and nothing allows it
	Deny          Verdict = "deny"
	Unknown       Verdict = "unknown"
	NotApplicable Verdict = "not-applicable"
)
