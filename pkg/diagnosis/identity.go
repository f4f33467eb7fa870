package diagnosis

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/evidence"
)

// The causes in the IAM policies of the requester.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
func identityCauses() []cause {
	return []cause{
		{
			CauseInfo: CauseInfo{
				ID: IdentityNoAllow, Name: "IAM policy", Layer: evidence.LayerIdentity, Doc: s3Guide + "troubleshoot-403-errors.html",
				Means: "no IAM policy of the requester allows the action on the resource",
				Fix:   "allow the action on this resource in an IAM policy of the requester",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("no IAM policy of %s allows %s%s", r.who, r.action, r.where())
			},
			step: grantByIdentity, grants: true,
		},
		{
			CauseInfo: CauseInfo{
				ID: IdentityExplicitDeny, Name: "IAM explicit deny", Layer: evidence.LayerIdentity, Doc: s3Guide + "troubleshoot-403-errors.html",
				Means: "an IAM policy of the requester explicitly denies the action",
				Fix:   "narrow the statement that denies",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("%s of %s explicitly denies %s%s", r.policy("an IAM policy"), r.who, r.action, r.where())
			},
			step: func(r *refusal) Step { return narrow(r, "the IAM policy") },
		},
	}
}

// identityNamed: AWS names the IAM policies of the requester.
func identityNamed(r *refusal) named {
	switch {
	case r.kms() && r.Message.Explicit:
		return proven(r, KMSExplicitDeny, Deny)
	case r.kms():
		return proven(r, KMSIdentityNoAllow, NoAllow)
	case r.Message.Explicit:
		return proven(r, IdentityExplicitDeny, Deny)
	}
	return proven(r, IdentityNoAllow, NoAllow)
}

// grantByIdentity adds an inline policy of a name that no other policy has, so that
// it takes the place of none.
func grantByIdentity(r *refusal) Step {
	p := r.Principal
	s := Step{Title: fmt.Sprintf("allow %s in an IAM policy of %s", r.action, r.who), Target: p.ARN}
	name := lastOf(p.ARN)
	switch {
	case p.Type == evidence.PrincipalRoot:
		s.Title = fmt.Sprintf("send the request as a role or user that may do %s", r.action)
		s.Caution = "The root user has no IAM policies to change; a privileged root session is limited to the task that it was made for."
		return s
	case serviceLinked(p), p.PathUnknown && strings.HasPrefix(name, "AWSServiceRoleFor"):
		s.Title = fmt.Sprintf("find out why the service that %s belongs to needs %s", r.who, r.action)
		s.Caution = "A service-linked role cannot be changed: its service sets its permissions."
		return s
	case p.Type == evidence.PrincipalFederated && p.Issuer != "":
		s.Title = fmt.Sprintf("allow %s in an IAM policy of user %s, who made the session of %s", r.action, resourceName(p.Issuer), r.who)
		s.Target = p.Issuer
	}
	statement, why := r.grant()
	if statement == nil {
		s.Caution = why
		return s
	}
	s.Patch = encode(statement)
	s.Caution = "Grants exactly what was refused; widen the resource to a prefix if the workload needs more."
	if r.kms() {
		s.Caution = "The key may be that of other objects too: those that S3's policies let the requester read can be read then."
	}
	if account := accountOf(r.resource); r.kms() && account != p.Account || !r.kms() && r.foreign() {
		s.Caution += " Across accounts the policy of the " + map[bool]string{true: "key", false: "bucket"}[r.kms()] + " must allow it too."
	}
	document := encode(map[string]any{"Version": "2012-10-17", "Statement": []any{statement}})
	put := func(verb, flag, who string) []string {
		if !spelled(who, "_+=,.@-") {
			return nil
		}
		return []string{fmt.Sprintf("aws iam %s %s=%s --policy-name=%s --policy-document=%s",
			verb, flag, clean.Shell(who), policyName(r), clean.Shell(string(document)))}
	}
	switch {
	case strings.HasPrefix(name, "AWSReservedSSO_"):
		s.Title = fmt.Sprintf("allow %s in the permission set %s of IAM Identity Center", r.action, permissionSet(name))
		s.Caution = "The role belongs to IAM Identity Center, which overwrites changes made to the role itself: add the statement to the permission set's inline policy and provision it again. " + s.Caution
	case p.Type == evidence.PrincipalRole:
		s.Commands = put("put-role-policy", "--role-name", name)
	case p.Type == evidence.PrincipalUser:
		s.Commands = put("put-user-policy", "--user-name", name)
	case p.Type == evidence.PrincipalFederated:
		s.Commands = put("put-user-policy", "--user-name", lastOf(p.Issuer))
		s.Caution += " The policy that was passed when the session was made must allow it too."
	}
	return s
}

// policyName is that of the inline policy for one action on one resource:
// put-role-policy replaces a policy of the same name without asking.
func policyName(r *refusal) string {
	sum := sha256.Sum256([]byte(r.resource))
	return "why403-" + strings.ReplaceAll(r.action, ":", "-") + "-" + hex.EncodeToString(sum[:4])
}

// permissionSet takes the name of the permission set out of the name of its role:
// AWSReservedSSO_NAME_suffix.
//
// https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
func permissionSet(role string) string {
	name := strings.TrimPrefix(role, "AWSReservedSSO_")
	if i := strings.LastIndexByte(name, '_'); i > 0 {
		return name[:i]
	}
	return name
}
