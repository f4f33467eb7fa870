package evidence

import "encoding/json"

// PrincipalType is the kind of a requester.
type PrincipalType string

// The kinds of a requester.
const (
	PrincipalUser      PrincipalType = "user"      // an IAM user
	PrincipalRole      PrincipalType = "role"      // a role session
	PrincipalRoot      PrincipalType = "root"      // the root user of an account
	PrincipalFederated PrincipalType = "federated" // a session of GetFederationToken
	PrincipalAccount   PrincipalType = "account"   // no more than an account and perhaps a unique id is known
	PrincipalAnonymous PrincipalType = "anonymous" // an unsigned request
	PrincipalService   PrincipalType = "service"   // an AWS service in its own name
)

// Principal is who made a request.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
type Principal struct {
	Type PrincipalType `json:"type"`
	// ARN is the IAM ARN: of a role session the role's, with its path; of a
	// federated session the federated-user ARN. Empty where only the unique id is
	// known.
	ARN string `json:"arn,omitempty"`
	// PathUnknown says that ARN was made from a session ARN, which drops the role's
	// path: the role's true ARN may have one.
	PathUnknown bool `json:"pathUnknown,omitempty"`
	// Account is the 12-digit account id; empty for services and anonymous callers.
	Account string `json:"account,omitempty"`
	// ID is the unique id (AROA…, AIDA…) without the session name.
	ID string `json:"id,omitempty"`
	// Session is the name of a role session or of a federated user.
	Session string `json:"session,omitempty"`
	// AccessKeyID is the key the request was signed with, never its secret.
	AccessKeyID string `json:"accessKeyId,omitempty"`
	// Service is the service principal of an AWS service, such as
	// cloudfront.amazonaws.com.
	Service string `json:"service,omitempty"`
	// Via is the AWS service that made the call on behalf of this principal.
	Via string `json:"via,omitempty"`
	// Issuer is the ARN of the user that asked for a federated session.
	Issuer string `json:"issuer,omitempty"`
}

// Authorization is one action on one resource: the unit in which AWS decides.
// One API call may need several.
type Authorization struct {
	Action   string `json:"action"`            // s3:GetObject
	Resource string `json:"resource"`          // an ARN, or "*" where the action has no resource
	Account  string `json:"account,omitempty"` // of the resource; empty if unknown
}

// Request is a question without a CloudTrail event: may this principal do that?
type Request struct {
	Principal Principal `json:"principal"`
	Action    string    `json:"action,omitempty"`
	Resource  string    `json:"resource,omitempty"`
	// ResourceAccount is the account that owns Resource; empty if unknown.
	ResourceAccount string `json:"resourceAccount,omitempty"`
	// Authorizations stand instead of Action and Resource where one call needs
	// several.
	Authorizations []RequestAuthorization `json:"authorizations,omitempty"`
	// ContextComplete says that request keys missing from Case.Context are absent;
	// otherwise they are unknown.
	ContextComplete bool `json:"contextComplete,omitempty"`
	// Operation is the API call, such as GetObject, where the asker knows it; without
	// it the name of the first action stands for it.
	Operation string `json:"operation,omitempty"`
	// Document is the policy that the request would store, for PutBucketPolicy and
	// PutAccessPointPolicy.
	Document json.RawMessage `json:"document,omitempty"`
	// VersionID is the version of the object that the request names.
	VersionID string `json:"versionId,omitempty"`
	// ErrorCode and ErrorMessage are what S3 answered, where the asker saw it.
	ErrorCode    string `json:"errorCode,omitempty"`
	ErrorMessage string `json:"errorMessage,omitempty"`
}

// RequestAuthorization is an Authorization as a Request spells it.
type RequestAuthorization struct {
	Action          string `json:"action"`
	Resource        string `json:"resource"`
	ResourceAccount string `json:"resourceAccount,omitempty"`
}

// All returns the authorizations that the request asks for, in order.
func (r Request) All() []Authorization {
	if len(r.Authorizations) == 0 {
		return []Authorization{{Action: r.Action, Resource: r.Resource, Account: r.ResourceAccount}}
	}
	all := make([]Authorization, len(r.Authorizations))
	for i, a := range r.Authorizations {
		all[i] = Authorization{Action: a.Action, Resource: a.Resource, Account: a.ResourceAccount}
	}
	return all
}
