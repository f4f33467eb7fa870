package diagnosis

import (
	"fmt"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// The causes in accounts, credentials and features around the bucket.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
func accountCauses() []cause {
	return []cause{
		{
			CauseInfo: CauseInfo{
				// No layer of its own: grants are kept in an instance of the account.
				ID: AccessGrantsScope, Name: "S3 Access Grants", Layer: evidence.LayerAccountState, Doc: s3Guide + "access-grants-credentials.html",
				Means: "no grant of S3 Access Grants covers the request",
				Fix:   "create a grant whose scope and permission cover the request",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("no grant of S3 Access Grants gives %s the access it asked for", r.who)
			},
			actor: func(r *refusal) string {
				if a := r.authorization(); a.Account != "" {
					return a.Account
				}
				return r.owner
			},
			grants: true,
		},
		{
			CauseInfo: CauseInfo{
				ID: DirectoryBucketSession, Name: "directory bucket session", Layer: evidence.LayerDirectorySession, Doc: s3Guide + "s3-express-create-session.html",
				Means: "the requester may not create a session for the directory bucket",
				Fix:   "allow s3express:CreateSession on the bucket",
			},
			summary: directorySummary, step: directoryStep, grants: true,
		},
		{
			CauseInfo: CauseInfo{
				ID: ExpectedBucketOwner, Name: "expected bucket owner", Layer: evidence.LayerExpectedOwner, Doc: s3Guide + "bucket-owner-condition.html",
				Means: "the request names another account as the owner of the bucket",
				Fix:   "correct the bucket name or the account in x-amz-expected-bucket-owner (of the source of a copy: x-amz-source-expected-bucket-owner)",
			},
		},
		{
			CauseInfo: CauseInfo{
				ID: Credentials, Name: "credentials", Layer: evidence.LayerAccountState, Doc: s3API + "ErrorResponses.html",
				Means: "the credentials or the signature were not accepted",
				Fix:   "renew the credentials or the presigned URL and try again",
			},
			summary: func(r *refusal) string {
				means := codeMeans(r.ErrorCode)
				if r.Message.Form == trail.FormExpired {
					means = "the presigned URL has expired"
				}
				return fmt.Sprintf("S3 did not accept the credentials or the signature of %s: %s", r.who, means)
			},
		},
		{
			CauseInfo: CauseInfo{
				ID: AccountOrBucketDisabled, Name: "account or bucket disabled", Layer: evidence.LayerAccountState, Doc: s3API + "ErrorResponses.html",
				Means: "AWS has disabled access to the account or the resource",
				Fix:   "ask AWS Support",
			},
			summary: func(r *refusal) string {
				return "AWS has shut off access: " + codeMeans(r.ErrorCode)
			},
			actor: func(r *refusal) string {
				switch r.ErrorCode {
				case "AccountProblem", "NotSignedUp", "UnexpectedIPError":
					return r.Principal.Account
				}
				return r.owner
			},
		},
		{
			CauseInfo: CauseInfo{
				ID: CrossRegionLogging, Name: "cross-Region logging", Layer: evidence.LayerAccountState, Doc: s3API + "ErrorResponses.html",
				Means: "a bucket of one Region cannot log to a bucket of another",
				Fix:   "log to a bucket of the same Region",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("%s cannot log to a bucket of another Region", r.place())
			},
		},
	}
}

// directorySummary tells a session that the requester may not have from one that may not
// write, and from a call on the bucket itself, which no session is for.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-authenticating-authorizing.html
func directorySummary(r *refusal) string {
	switch {
	case !strings.EqualFold(r.action, createSession):
		return fmt.Sprintf("%s on a directory bucket is never granted across accounts, and %s is of another account than %s", r.action, r.who, r.place())
	case r.Message.Policy != trail.IdentityBased:
		return fmt.Sprintf("%s writes to %s within a session that may only read", r.who, r.place())
	}
	return fmt.Sprintf("no IAM policy of %s lets it create a session for directory %s", r.who, r.place())
}

func directoryStep(r *refusal) Step {
	switch {
	case !strings.EqualFold(r.action, createSession):
		return Step{Title: "send the request as a principal of the bucket's account", Target: r.resource}
	case r.Message.Policy != trail.IdentityBased:
		return Step{Title: "create the session with SessionMode ReadWrite", Target: r.resource}
	}
	return grantByIdentity(r)
}

// createSession is the action that a session with a directory bucket takes.
const createSession = "s3express:CreateSession"

// codeMeans says in a few words what an error code means.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
func codeMeans(code string) string {
	switch code {
	case "KMS.DisabledException":
		return "the key is disabled"
	case "KMS.KMSInvalidStateException", "KMS.InvalidStateException":
		return "the state of the key forbids it (pending deletion or import, or unavailable)"
	case "KMS.NotFoundException":
		return "there is no such key"
	case "KMS.InvalidKeyUsageException":
		return "it is not a key for encryption and decryption"
	case "AllAccessDisabled":
		return "all access to this resource is disabled"
	case "InvalidPayer":
		return "all access to this object is disabled"
	case "AccountProblem":
		return "there is a problem with the requester's account"
	case "NotSignedUp":
		return "the requester's account is not signed up for S3"
	case "UnauthorizedAccessError", "UnauthorizedAccess":
		return "the bucket has no ICP license (China Regions)"
	case "UnexpectedIPError":
		return "the request came from an unexpected address (China Regions)"
	case "InvalidAccessKeyId":
		return "the access key does not exist"
	case "SignatureDoesNotMatch":
		return "the signature does not match: wrong secret key, or the request was changed on its way"
	case "RequestTimeTooSkewed":
		return "the clock of the caller is too far off"
	case "MissingAuthenticationToken":
		return "the request was not signed"
	case "InvalidSecurity":
		return "the security credentials are not valid"
	case "ExpiredToken", "TokenRefreshRequired":
		return "the session token has expired"
	case "InvalidToken":
		return "the session token is not valid"
	}
	return code
}
