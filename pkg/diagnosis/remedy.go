package diagnosis

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"why403/pkg/clean"
	"why403/pkg/evidence"
)

const oneReason = "AWS names one reason only and no other check was read: the change is needed, and may not be enough"

// grant words the statement that allows what was refused, on what it was refused,
// and nothing else. Where the record does not name both, or where the action
// would let the requester open the bucket further, there is none, and why says so.
func (r *refusal) grant() (statement map[string]any, why string) {
	service, _, rest, ok := splitARN(r.resource)
	of, _, _ := strings.Cut(r.action, ":")
	switch {
	case !exactAction(r.action):
		return nil, "The record does not name the action that was refused, so that no statement is proposed."
	case opensFurther(r.action):
		return nil, "The action changes who may reach the bucket, or undoes a protection, so that no statement to paste is proposed."
	case r.resource == "*" && onAccount(r.action):
	case !utf8.ValidString(r.resource):
		return nil, "The name of the resource cannot be written in a policy: it is not UTF-8."
	case r.kms() && r.resource == "":
		return nil, "The record does not name the key: aws s3api head-object shows which key the object has."
	case !ok || service != of || strings.HasSuffix(r.resource, "/") && r.key == "" || strings.HasPrefix(rest, "/") || r.kms() && !keyARN(r.resource):
		return nil, "The record does not name the resource exactly, so that no statement is proposed."
	}
	return map[string]any{"Effect": "Allow", "Action": r.action, "Resource": literal(r.resource)}, ""
}

// admit limits a statement of a resource's policy to the requester; false where
// the record has no ARN of it.
//
// The ARN of the root user in a Principal means the whole account, so that a
// condition has to say which of its principals.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (r *refusal) admit(statement map[string]any) bool {
	p := r.Principal
	service, account, rest, ok := splitARN(p.ARN)
	if !ok || !isAccount(account) || !spelled(rest, "/_+=,.@-") {
		return false
	}
	kind, name, _ := strings.Cut(rest, "/")
	switch {
	case p.PathUnknown && awsNames(name):
		return false // such a role has a path for certain
	case p.Type == evidence.PrincipalRoot && service == "iam" && rest == "root":
		condition, _ := statement["Condition"].(map[string]any)
		if condition == nil {
			condition = make(map[string]any)
		}
		condition["ArnEquals"] = map[string]string{"aws:PrincipalArn": p.ARN}
		statement["Condition"] = condition
	case p.Type == evidence.PrincipalRole && service == "iam" && kind == "role" && name != "":
	case p.Type == evidence.PrincipalUser && service == "iam" && kind == "user" && name != "":
	case p.Type == evidence.PrincipalFederated && service == "sts" && kind == "federated-user" && name != "":
	default:
		return false
	}
	statement["Principal"] = map[string]string{"AWS": p.ARN}
	return true
}

// awsNames reports whether a role has a name that AWS gives to roles of its own,
// which stand under a path.
//
// https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
func awsNames(role string) bool {
	return strings.HasPrefix(role, "AWSReservedSSO_") || strings.HasPrefix(role, "AWSServiceRoleFor")
}

// narrow is the step for a policy that refuses on purpose, or seems to: it is
// read, and made to spare this request; it is never taken away.
func narrow(r *refusal, policy string) Step {
	arn := r.Message.PolicyARN
	s := Step{
		Title:   fmt.Sprintf("narrow the statement of %s that denies %s, so that it spares %s and keeps what it is for", policy, r.action, r.who),
		Target:  arn,
		Caution: "A Deny is narrowed by a condition, such as ArnNotEquals aws:PrincipalArn; it is not deleted.",
	}
	if !r.Message.Explicit {
		s.Title = fmt.Sprintf("allow %s in %s", r.action, policy)
		s.Caution = ""
	}
	switch {
	case quarantined(arn):
		s.Title = asStolen + ": make it inactive and follow the case that AWS Support opened"
		s.Caution = "AWS attaches this policy when it finds an access key in public. It must stay until the key is replaced."
		return s
	case accountOf(arn) == "aws" && strings.Contains(arn, ":iam::"):
		s.Title = "find out why AWS's own policy " + lastOf(arn) + " is attached"
		s.Caution = "A policy of AWS cannot be changed."
	}
	s.Commands = readPolicy(arn)
	return s
}

const asStolen = "treat the access key as stolen"

// stolen reports whether a step is about an access key that was found in public.
func stolen(s *Step) bool { return strings.HasPrefix(strings.ToLower(s.Title), asStolen) }

// quarantined reports whether a policy is one that AWS attaches to the user of an
// access key that was found in public.
//
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSCompromisedKeyQuarantineV3.html
func quarantined(policyARN string) bool {
	return accountOf(policyARN) == "aws" && strings.HasPrefix(lastOf(policyARN), "AWSCompromisedKeyQuarantine")
}

// readPolicy is the command that shows a policy by its ARN.
func readPolicy(arn string) []string {
	service, account, rest, ok := splitARN(arn)
	if !ok || !isAccount(account) && account != "aws" || regionOf(arn) != "" || !spelled(rest, "/_+=,.@-") {
		return nil
	}
	switch service {
	case "organizations":
		return []string{"aws organizations describe-policy --policy-id=" + clean.Shell(lastOf(arn)) + " --query Policy.Content --output text"}
	case "iam":
		a := clean.Shell(arn)
		return []string{"aws iam get-policy-version --policy-arn=" + a +
			` --version-id="$(aws iam get-policy --policy-arn=` + a + ` --query Policy.DefaultVersionId --output text)" --query PolicyVersion.Document`}
	}
	return nil
}

// exactAction reports whether an action is one action, without wildcards.
func exactAction(action string) bool {
	service, name, ok := strings.Cut(action, ":")
	return ok && spelled(service, "-") && spelled(name, "")
}

// opensFurther reports whether an action lets its holder change who may reach the
// bucket, or undo a protection: such a permission is given by hand.
func opensFurther(action string) bool {
	switch action {
	case "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutBucketOwnershipControls",
		"s3:PutBucketPublicAccessBlock", "s3:PutAccountPublicAccessBlock",
		"s3:PutAccessPointPolicy", "s3:DeleteAccessPointPolicy", "s3:PutAccessPointPublicAccessBlock", "s3:PutMultiRegionAccessPointPolicy",
		"s3:BypassGovernanceRetention", "s3:PutBucketObjectLockConfiguration", "kms:PutKeyPolicy", "kms:CreateGrant":
		return true
	}
	return false
}

// literal writes an ARN so that a policy takes every character of it as it is: an
// object key may hold characters that are wildcards or variables in a policy.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
func literal(arn string) string {
	if arn == "*" {
		return arn
	}
	return strings.NewReplacer("$", "${$}", "*", "${*}", "?", "${?}").Replace(arn)
}

func regionOf(arn string) string {
	f := strings.SplitN(arn, ":", 5)
	if len(f) < 5 {
		return ""
	}
	return f[3]
}

// encode writes JSON, with every character as it is: what stands in a policy already
// is no change.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return nil // maps of strings always encode
	}
	return bytes.TrimSpace(b.Bytes())
}
