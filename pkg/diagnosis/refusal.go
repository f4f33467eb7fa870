package diagnosis

import (
	"fmt"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// refusal is a denial seen from the one authorization that was refused: the one
// that AWS's message names, else the first that the call needs. In a copy it may
// be on another bucket than the call.
type refusal struct {
	trail.Denial
	who      string // the requester, in a few words
	action   string // s3:GetObject; where no action is known, the call
	resource string // the ARN that the action was refused on, or "*"; empty if unknown
	// bucket and key are what resource names, else what the call is on; owner is the
	// account of that bucket. Each is empty if unknown.
	bucket, key, owner string
	// point is the access point that the request went through: its ARN, or its alias
	// where no more is known.
	point string
}

func refused(d trail.Denial) *refusal {
	r := &refusal{Denial: d, who: Who(d.Principal), bucket: d.Bucket, key: d.Key, owner: d.BucketAccount, point: d.AccessPoint}
	a := r.authorization()
	r.action, r.resource = a.Action, a.Resource
	if d.Message.Action != "" {
		r.action = d.Message.Action
	}
	if d.Message.Resource != "" {
		r.resource = d.Message.Resource
	}
	if r.action == "" {
		r.action = d.Operation
	}
	if r.KMSKey == "" && keyARN(d.Message.Resource) {
		r.KMSKey = d.Message.Resource
	}
	if r.kms() && (r.resource == "" || r.resource == "*") {
		r.resource = r.KMSKey
	}
	if r.point == "" {
		r.point = d.AccessPointAlias
	}
	service, account, rest, ok := splitARN(r.resource)
	switch {
	case !ok || service != "s3" && service != "s3-object-lambda":
	case account == "":
		bucket, key, _ := strings.Cut(rest, "/")
		if r.key = key; bucket != r.bucket {
			r.bucket, r.owner = bucket, a.Account
		}
	case strings.HasPrefix(rest, "accesspoint/") && r.point == "":
		point, _, _ := strings.Cut(r.resource, "/object/")
		r.point = point
	}
	return r
}

// resolve gives a role whose ARN comes from its session the path that it has, where
// the evidence has one role of that name.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func (r *refusal) resolve(e *evidence.Evidence) {
	p, found := &r.Principal, ""
	if !p.PathUnknown || p.Type != evidence.PrincipalRole {
		return
	}
	for arn, known := range e.Principals {
		id, hasID := known.ID.Value()
		switch {
		case accountOf(arn) != p.Account, lastOf(arn) != lastOf(p.ARN), !strings.Contains(arn, ":role/"), hasID && p.ID != "" && id != p.ID:
		case found != "":
			return
		default:
			found = arn
		}
	}
	if found != "" {
		p.ARN, p.PathUnknown = found, false
		r.who = Who(*p)
	}
}

// authorization returns the refused authorization, as far as the record has it.
func (r *refusal) authorization() evidence.Authorization {
	if r.Message.Action != "" {
		for _, a := range r.Authorizations {
			if strings.EqualFold(a.Action, r.Message.Action) && (r.Message.Resource == "" || a.Resource == r.Message.Resource) {
				return a
			}
		}
		return evidence.Authorization{Action: r.Message.Action, Resource: r.Message.Resource}
	}
	if len(r.Authorizations) == 0 {
		return evidence.Authorization{}
	}
	return r.Authorizations[0]
}

// own reports whether requester and bucket are known to be of one account.
func (r *refusal) own() bool { return r.Principal.Account != "" && r.Principal.Account == r.owner }

// foreign reports whether they are known to be of two.
func (r *refusal) foreign() bool {
	return isAccount(r.Principal.Account) && r.owner != "" && r.Principal.Account != r.owner
}

// kms reports whether it was the use of a KMS key that was refused.
func (r *refusal) kms() bool { return strings.HasPrefix(r.action, "kms:") }

func (r *refusal) directoryBucket() bool {
	return strings.HasSuffix(r.bucket, "--x-s3") || strings.HasPrefix(r.Service, "s3express.")
}

// inSession reports whether the request needs a session with a directory bucket, and
// so the permission for one: that it lacks has a name of its own.
func (r *refusal) inSession() bool {
	if !r.directoryBucket() {
		return false
	}
	for _, a := range r.Authorizations {
		if strings.HasPrefix(a.Action, "s3express:") && a.Action != createSession {
			return false
		}
	}
	return true
}

func (r *refusal) multiRegion() bool { return strings.HasSuffix(r.point, ".mrap") }

// onAccount reports whether the call is known to be on no bucket at all, such as
// ListBuckets.
func (r *refusal) onAccount() bool {
	for _, a := range r.Authorizations {
		if a.Resource != "*" || !onAccount(a.Action) {
			return false
		}
	}
	return len(r.Authorizations) > 0 && r.bucket == "" && r.point == ""
}

// onAccount reports whether an action takes no resource but "*".
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
func onAccount(action string) bool {
	switch action {
	case "s3:ListAllMyBuckets", "s3:ListAccessPoints", "s3:ListAccessPointsForObjectLambda", "s3:ListMultiRegionAccessPoints",
		"s3:ListJobs", "s3:ListStorageLensConfigurations", "s3:GetAccountPublicAccessBlock", "s3:PutAccountPublicAccessBlock",
		"s3:CreateJob", "s3:CreateStorageLensGroup", "s3:PutStorageLensConfiguration", "s3:GetAccessPoint",
		"s3express:ListAllMyDirectoryBuckets":
		return true
	}
	return false
}

// onBucket reports whether the call is known to be on a bucket and on none of its
// objects. A call on an object whose key the record lacks is not: its ARN ends in
// the slash before the key.
func (r *refusal) onBucket() bool {
	for _, a := range r.Authorizations {
		if !bucketARN(a.Resource) {
			return false
		}
	}
	return len(r.Authorizations) > 0 && !r.directoryBucket() && !strings.HasPrefix(r.ErrorCode, "KMS.")
}

// needs reports whether the call needs one of these actions, with the action on a
// version of the object counting as the action.
func (r *refusal) needs(actions ...string) bool {
	for _, a := range r.Authorizations {
		for _, want := range actions {
			if a.Action == want || strings.TrimSuffix(a.Action, "Version") == want {
				return true
			}
		}
	}
	return false
}

// contradicts says how AWS's message and the record disagree on who asked; it is
// empty if they do not.
func (r *refusal) contradicts() string {
	said := accountOf(r.Message.Principal)
	if !isAccount(said) || !isAccount(r.Principal.Account) || said == r.Principal.Account {
		return ""
	}
	return fmt.Sprintf("AWS's message speaks of a requester of account %s, the record of one of account %s: what the message says may be of another request", said, r.Principal.Account)
}

// where says on which bucket, in words to put behind an action; empty if unknown.
func (r *refusal) where() string {
	switch {
	case r.kms() || r.bucket == "" && r.point == "":
		return ""
	case r.bucket == "":
		return " through " + r.place()
	case r.key != "" || strings.HasSuffix(r.resource, "/"):
		return " in " + r.place()
	}
	return " on " + r.place()
}

// place names the bucket, or else the access point.
func (r *refusal) place() string {
	switch {
	case r.bucket != "":
		return "bucket " + r.bucket
	case r.point != "":
		return "access point " + lastOf(r.point)
	}
	return "the bucket"
}

// object names the object.
func (r *refusal) object() string {
	if r.key == "" {
		return "the object"
	}
	return "object " + quote(r.key)
}

// keyName names the KMS key.
func (r *refusal) keyName() string {
	if r.KMSKey != "" {
		return "KMS key " + r.KMSKey
	}
	return "the KMS key of the object"
}

// policy names the policy that AWS's message names, by its kind and its name.
func (r *refusal) policy(kind string) string {
	if r.Message.PolicyARN == "" {
		return kind
	}
	return kind + " (" + lastOf(r.Message.PolicyARN) + ")"
}

// verb is what the refusing policy does, by AWS's message.
func (r *refusal) verb() string {
	if r.Message.Explicit {
		return "explicitly denies"
	}
	return "does not allow"
}
