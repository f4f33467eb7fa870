package diagnosis

import (
	"fmt"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// summary is the one sentence that a stranger understands: who may not do what,
// and what stands in the way.
func summary(d trail.Denial, id CauseID) string {
	who, what := Who(d.Principal), action(d)
	m := d.Message
	switch id {
	case IdentityNoAllow:
		return fmt.Sprintf("No IAM policy of %s allows %s", who, what)
	case IdentityExplicitDeny:
		return fmt.Sprintf("%s explicitly denies %s to %s", aPolicy(m, "An IAM policy"), what, who)
	case BucketPolicyNoAllow:
		return fmt.Sprintf("The policy of %s does not allow %s to %s", bucketName(d), what, who)
	case BucketPolicyExplicitDeny:
		return fmt.Sprintf("A statement in the policy of %s explicitly denies %s to %s", bucketName(d), what, who)
	case PermissionsBoundary:
		if m.Explicit {
			return fmt.Sprintf("%s of %s explicitly denies %s", aPolicy(m, "The permissions boundary"), who, what)
		}
		return fmt.Sprintf("The permissions boundary of %s does not allow %s", who, what)
	case SessionPolicy:
		verb := "does not allow"
		if m.Explicit {
			verb = "explicitly denies"
		}
		return fmt.Sprintf("The policy that was passed when the session of %s was made %s %s", who, verb, what)
	case SCP:
		if m.Explicit {
			return fmt.Sprintf("%s explicitly denies %s to %s", aPolicy(m, "A service control policy"), what, who)
		}
		return fmt.Sprintf("No service control policy allows %s to %s: one level of the organization lacks an Allow", what, who)
	case RCP:
		return fmt.Sprintf("%s explicitly denies %s to %s", aPolicy(m, "A resource control policy"), what, who)
	case VPCEPolicy:
		endpoint := "the VPC endpoint"
		if d.VPCEndpointID != "" {
			endpoint += " " + d.VPCEndpointID
		}
		return fmt.Sprintf("The policy of %s does not let %s call %s", endpoint, who, what)
	case KMSIdentityNoAllow:
		return fmt.Sprintf("No IAM policy of %s allows %s on %s", who, m.Action, keyName(d))
	case KMSKeyPolicyNoAllow:
		return fmt.Sprintf("The policy of %s does not allow %s to %s", keyName(d), m.Action, who)
	case KMSExplicitDeny:
		return fmt.Sprintf("%s explicitly denies %s on %s to %s", aPolicy(m, "A policy"), m.Action, keyName(d), who)
	case KMSKeyState:
		return fmt.Sprintf("S3 could not use %s: %s", keyName(d), codeMeans(d.ErrorCode))
	case MissingObject:
		return fmt.Sprintf("There is no object %s in %s; S3 answers 403 instead of 404 because %s may not list the bucket", quote(d.Key), bucketName(d), who)
	case BPABlockPublicACLs:
		return fmt.Sprintf("The request of %s carries a public ACL, which Block Public Access refuses on %s", who, bucketName(d))
	case BPABlockPublicPolicy:
		return fmt.Sprintf("The policy that %s tried to set is public, which Block Public Access refuses on %s", who, bucketName(d))
	case ObjectLock:
		return fmt.Sprintf("%s is under Object Lock, so that %s may not %s", objectName(d), who, what)
	case MFADelete:
		return fmt.Sprintf("%s takes %s only from its root user with MFA (MFA delete is on)", bucketName(d), what)
	case SSECBlocked:
		return fmt.Sprintf("%s refuses uploads encrypted under customer-provided keys (SSE-C), as %s sent", bucketName(d), who)
	case AccessGrantsScope:
		return fmt.Sprintf("No grant of S3 Access Grants gives %s the access it asked for", who)
	case Credentials:
		return fmt.Sprintf("S3 did not accept the credentials or the signature of the request: %s", codeMeans(d.ErrorCode))
	case AccountOrBucketDisabled:
		return fmt.Sprintf("AWS has disabled access: %s", codeMeans(d.ErrorCode))
	case ObjectArchived:
		return fmt.Sprintf("%s is archived and must be restored before %s can read it", objectName(d), who)
	case CrossRegionLogging:
		return fmt.Sprintf("%s cannot log to a bucket of another Region", bucketName(d))
	}
	info, _ := Info(id)
	return strings.ToUpper(info.Means[:1]) + info.Means[1:]
}

// Who names a requester in a few words, without its account.
func Who(p evidence.Principal) string {
	name := resourceName(p.ARN)
	switch p.Type {
	case evidence.PrincipalAnonymous:
		return "an anonymous requester"
	case evidence.PrincipalService:
		return "the AWS service " + p.Service
	case evidence.PrincipalRoot:
		return "the root user of account " + orUnknown(p.Account)
	case evidence.PrincipalRole:
		if name == "" {
			return "a session of role " + orUnknown(p.ID)
		}
		return "role " + name
	case evidence.PrincipalUser:
		if name == "" {
			return "user " + orUnknown(p.ID)
		}
		return "user " + name
	case evidence.PrincipalFederated:
		return "federated user " + name
	}
	switch {
	case p.Account == "CloudFront":
		return "CloudFront origin access identity " + orUnknown(p.ID)
	case name != "":
		return name
	case p.ID != "":
		return "principal " + p.ID
	}
	return "a principal of account " + orUnknown(p.Account)
}

// resourceName is what follows the type in an IAM ARN: the path and the name.
func resourceName(arn string) string {
	_, name, _ := strings.Cut(arn[strings.LastIndexByte(arn, ':')+1:], "/")
	return name
}

func orUnknown(s string) string {
	if s == "" {
		return "(unknown)"
	}
	return s
}

// action names what was refused: the action of AWS's message, else the first that
// the call needs, else the call.
func action(d trail.Denial) string {
	if d.Message.Action != "" {
		return d.Message.Action
	}
	if len(d.Authorizations) > 0 {
		return d.Authorizations[0].Action
	}
	return d.Operation
}

func aPolicy(m trail.Message, otherwise string) string {
	if m.PolicyARN == "" {
		return otherwise
	}
	name := m.PolicyARN[strings.LastIndexByte(m.PolicyARN, '/')+1:]
	return otherwise + " (" + name + ")"
}

func bucketName(d trail.Denial) string {
	switch {
	case d.Bucket != "":
		return "bucket " + d.Bucket
	case d.AccessPoint != "":
		return "access point " + d.AccessPoint[strings.LastIndexByte(d.AccessPoint, '/')+1:]
	}
	return "the bucket"
}

func objectName(d trail.Denial) string {
	if d.Key == "" {
		return "The object"
	}
	return "Object " + quote(d.Key)
}

func keyName(d trail.Denial) string {
	if d.KMSKey != "" {
		return "KMS key " + d.KMSKey
	}
	return "the KMS key of the object"
}

// quote shortens a name that its owner chose; the sinks clean it.
func quote(s string) string {
	const most = 120
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "..."
	}
	return `"` + s + `"`
}

// codeMeans says in a few words what an error code means.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
func codeMeans(code string) string {
	switch code {
	case "KMS.DisabledException":
		return "the key is disabled"
	case "KMS.KMSInvalidStateException":
		return "the state of the key forbids it (pending deletion or import, or unavailable)"
	case "KMS.NotFoundException":
		return "there is no such key"
	case "KMS.InvalidKeyUsageException":
		return "it is not a key for encryption and decryption"
	case "AllAccessDisabled":
		return "all access to this resource has been disabled"
	case "InvalidPayer":
		return "all access to this object has been disabled"
	case "AccountProblem":
		return "there is a problem with the account"
	case "NotSignedUp":
		return "the account is not signed up for S3"
	case "InvalidAccessKeyId":
		return "the access key does not exist"
	case "SignatureDoesNotMatch":
		return "the signature does not match: wrong secret key, or the request was changed on its way"
	case "RequestTimeTooSkewed":
		return "the clock of the caller is too far off"
	case "ExpiredToken", "TokenRefreshRequired":
		return "the session token has expired"
	case "InvalidToken":
		return "the session token is not valid"
	case "AccessDenied":
		return "the presigned URL has expired"
	}
	return code
}

// actor returns the account that must act; empty if it is not known.
func actor(d trail.Denial, id CauseID) string {
	switch id {
	case BucketPolicyNoAllow, BucketPolicyExplicitDeny, AccountOrBucketDisabled, ObjectLock, MFADelete:
		return d.BucketAccount
	case VPCEPolicy:
		if d.VPCEndpointAccount != "" {
			return d.VPCEndpointAccount
		}
		if d.Category == trail.CategoryNetworkActivity {
			return d.Recipient
		}
		return ""
	case SCP, RCP:
		return accountOf(d.Message.PolicyARN, "").account
	case KMSKeyPolicyNoAllow, KMSKeyState:
		return accountOf(d.KMSKey, "").account
	case KMSExplicitDeny:
		if d.Message.Policy == trail.ResourceBased {
			return accountOf(d.KMSKey, "").account
		}
		return d.Principal.Account
	case AccessGrantsScope:
		for _, a := range d.Authorizations {
			if a.Account != "" {
				return a.Account
			}
		}
		return d.BucketAccount
	}
	if d.Principal.Account == "CloudFront" {
		return d.BucketAccount
	}
	return d.Principal.Account
}

// intended asks whether the denial is perhaps right.
func intended(d trail.Denial, id CauseID) Intended {
	p := d.Principal
	switch {
	case p.Type == evidence.PrincipalAnonymous:
		return Intended{true, "the request is anonymous"}
	case d.Message.Explicit:
		return Intended{true, "explicit deny: somebody wrote it to keep requests out"}
	case id == SCP || id == RCP:
		return Intended{true, "a guardrail of the organization"}
	case id == ObjectLock || id == MFADelete:
		return Intended{true, "a protection against deletion"}
	case id == BPABlockPublicACLs || id == BPABlockPublicPolicy:
		return Intended{true, "a protection against public access"}
	case outsider(d):
		return Intended{true, "the requester is of another account, and AWS's silence suggests another organization"}
	}
	return Intended{}
}

// outsider reports whether the requester seems to be of another organization: AWS
// gives no reason across organizations.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
func outsider(d trail.Denial) bool {
	return d.Message.Form == trail.FormGeneric && d.Principal.Account != "" && d.BucketAccount != "" &&
		d.Principal.Account != d.BucketAccount && !directoryBucket(d)
}
