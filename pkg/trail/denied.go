package trail

import "strings"

const succeeded = "no error: the call succeeded, or the record was cut"

// notDenied says why a record with an error is no S3 denial; it is empty if it is
// one.
func notDenied(r *record, d Denial) string {
	switch service, _, _ := strings.Cut(r.EventSource, "."); service {
	case "s3", "s3express", "s3-outposts", "s3-object-lambda":
	case "kms":
		if d.Bucket == "" {
			return "a KMS call that was not made for S3"
		}
	default:
		return "not a call to S3 but to " + service
	}
	if Denied(r.ErrorCode) {
		return ""
	}
	return nearMiss(r.ErrorCode)
}

// Denied reports whether an error code is S3's way of saying 403, or of saying
// that credentials or a KMS key stood in the way.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html
func Denied(errorCode string) bool {
	switch errorCode {
	case "AccessDenied", "AccessDeniedException", "Client.AccessDenied", "Forbidden", "VpceAccessDenied",
		"AllAccessDisabled", "AccountProblem", "InvalidPayer", "NotSignedUp",
		"InvalidObjectState", "CrossLocationLoggingProhibited",
		"InvalidAccessKeyId", "InvalidSecurity", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "MissingAuthenticationToken",
		"ExpiredToken", "InvalidToken", "TokenRefreshRequired",
		"AccessForbidden",                                                    // of a CORS preflight
		"UnauthorizedAccessError", "UnexpectedIPError", "UnauthorizedAccess": // in China
		return true
	}
	return strings.HasPrefix(errorCode, "KMS.") && !throttled(errorCode)
}

// nearMiss words why an error code is no denial.
func nearMiss(code string) string {
	switch {
	case code == "":
		return "an error without a code"
	case strings.HasPrefix(code, "NoSuch"), strings.HasSuffix(code, "NotFoundError"), code == "NotFound":
		return code + ": there is nothing there (404), which is no denial"
	case throttled(code):
		return code + ": throttled (503), which is no denial"
	case strings.Contains(code, "Redirect"), code == "AuthorizationHeaderMalformed", code == "IllegalLocationConstraintException":
		return code + ": sent to the wrong Region, which is no denial"
	case code == "PreconditionFailed", code == "NotModified":
		return code + ": a condition of the request was not met, which is no denial"
	case code == "AccessControlListNotSupported", code == "InvalidBucketAclWithObjectOwnership":
		return code + ": the bucket takes no ACLs (400), which is no denial"
	}
	return code + ": not a 403"
}

func throttled(code string) bool {
	return code == "SlowDown" || code == "ServiceUnavailable" || code == "RequestLimitExceeded" || strings.Contains(code, "Throttl")
}
