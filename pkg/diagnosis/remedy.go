package diagnosis

import (
	"encoding/json"
	"fmt"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

const oneReason = "AWS names one reason only and no other check was read: the change is needed, and may not be enough"

// remedy says what to change. Nothing is verified, since nothing was read.
func remedy(d trail.Denial, id CauseID, ask Intended) Remedy {
	switch {
	case id == "":
		return Remedy{Because: "no change is proposed before the cause is known"}
	case d.Principal.Type == evidence.PrincipalAnonymous || outsider(d):
		return Remedy{Because: "no grant is proposed to anonymous requesters and outside accounts"}
	}
	r := Remedy{Because: oneReason}
	if step, ok := stepFor(d, id); ok {
		step.Account = actor(d, id)
		if ask.Ask {
			step.Title = "If the request is meant to pass: " + step.Title
		}
		r.Steps = []Step{step}
	}
	return r
}

// stepFor returns the change that removes one blocker.
func stepFor(d trail.Denial, id CauseID) (Step, bool) {
	switch id {
	case IdentityNoAllow, KMSIdentityNoAllow:
		return grantByIdentity(d), true
	case BucketPolicyNoAllow:
		return grantByBucket(d), true
	case KMSKeyPolicyNoAllow:
		return grantByKey(d), true
	case IdentityExplicitDeny, PermissionsBoundary, KMSExplicitDeny, BucketPolicyExplicitDeny, SCP, RCP:
		return narrow(d, id), true
	case VPCEPolicy:
		return endpointStep(d), true
	case KMSKeyState:
		return keyStateStep(d), true
	}
	info, ok := Info(id)
	if !ok || info.Fix == "" {
		return Step{}, false
	}
	return Step{Title: info.Fix, Target: resourceARN(d)}, true
}

// grantByIdentity adds an inline policy, which replaces none of the others.
func grantByIdentity(d trail.Denial) Step {
	p := d.Principal
	resource := resourceARN(d)
	if resource == "" {
		return Step{Title: "allow " + action(d) + " in an IAM policy of " + Who(p), Target: p.ARN,
			Caution: "The record does not name the resource: for a KMS key, aws s3api head-object shows which key the object has."}
	}
	statement := map[string]any{"Effect": "Allow", "Action": action(d), "Resource": literal(resource)}
	s := Step{
		Title:  "allow " + action(d) + " in an IAM policy of " + Who(p),
		Target: p.ARN, Patch: encode(statement),
		Caution: "Grants exactly what was refused; widen the resource to a prefix if the workload needs more.",
	}
	document := encode(map[string]any{"Version": "2012-10-17", "Statement": []any{statement}})
	name := p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]
	put := func(verb, flag, who string) []string {
		return []string{fmt.Sprintf("aws iam %s %s %s --policy-name %s --policy-document %s",
			verb, flag, clean.Shell(who), clean.Shell("why403-"+strings.ReplaceAll(action(d), ":", "-")), clean.Shell(string(document)))}
	}
	switch {
	case strings.Contains(p.ARN, "/aws-service-role/"):
		s.Caution = "A service-linked role cannot be changed: its service sets its permissions."
		s.Patch = nil
	case strings.HasPrefix(name, "AWSReservedSSO_"):
		s.Title = fmt.Sprintf("allow %s in the permission set %s of IAM Identity Center", action(d), permissionSet(name))
		s.Caution = "The role belongs to IAM Identity Center, which overwrites changes made to the role itself: add the statement to the permission set's inline policy and provision it again."
	case p.Type == evidence.PrincipalRole && name != "":
		s.Commands = put("put-role-policy", "--role-name", name)
	case p.Type == evidence.PrincipalUser && name != "":
		s.Commands = put("put-user-policy", "--user-name", name)
	}
	return s
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

func grantByBucket(d trail.Denial) Step {
	s := Step{
		Title:   fmt.Sprintf("add a statement that allows %s to %s", action(d), Who(d.Principal)),
		Target:  "arn:" + d.Partition + ":s3:::" + d.Bucket,
		Caution: "put-bucket-policy replaces the whole policy: start from the present one and keep its statements.",
	}
	if d.Bucket == "" {
		s.Target = d.Message.Resource
	}
	if d.Principal.ARN == "" || resourceARN(d) == "" {
		s.Caution = "The record has no ARN of the requester: take it from the requester's account first. " + s.Caution
		return s
	}
	if d.Principal.PathUnknown {
		s.Caution = "The ARN of the role comes from its session, which drops a path: compare it with aws iam get-role. " + s.Caution
	}
	s.Patch = encode(map[string]any{
		"Effect": "Allow", "Principal": map[string]string{"AWS": d.Principal.ARN},
		"Action": action(d), "Resource": literal(resourceARN(d)),
	})
	if d.Bucket != "" {
		s.Commands = []string{
			"aws s3api get-bucket-policy --bucket=" + clean.Shell(d.Bucket) + " --query Policy --output text > policy.json",
			"aws s3api put-bucket-policy --bucket=" + clean.Shell(d.Bucket) + " --policy file://policy.json",
		}
	}
	return s
}

// grantByKey words a key policy statement that holds only for requests through
// S3 in the key's Region.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
func grantByKey(d trail.Denial) Step {
	s := Step{
		Title:   fmt.Sprintf("add a statement that allows %s to %s to the key policy", action(d), Who(d.Principal)),
		Target:  d.KMSKey,
		Caution: "put-key-policy replaces the whole policy: start from the present one and keep its statements.",
	}
	f := strings.SplitN(d.KMSKey, ":", 6)
	if len(f) != 6 || d.Principal.ARN == "" {
		return s
	}
	s.Patch = encode(map[string]any{
		"Effect": "Allow", "Principal": map[string]string{"AWS": d.Principal.ARN}, "Action": action(d), "Resource": "*",
		"Condition": map[string]any{"StringEquals": map[string]string{"kms:ViaService": "s3." + f[3] + ".amazonaws.com"}},
	})
	key := clean.Shell(d.KMSKey)
	s.Commands = []string{
		"aws kms get-key-policy --key-id=" + key + " --policy-name default --query Policy --output text > key-policy.json",
		"aws kms put-key-policy --key-id=" + key + " --policy-name default --policy file://key-policy.json",
	}
	return s
}

// narrow is the step for a policy that refuses on purpose, or seems to: it is
// read, and made to spare this request; it is never taken away.
func narrow(d trail.Denial, id CauseID) Step {
	s := Step{
		Title:   fmt.Sprintf("make the policy spare %s for %s, and keep what it is for", action(d), Who(d.Principal)),
		Target:  d.Message.PolicyARN,
		Caution: "A Deny is narrowed by a condition, such as ArnNotEquals aws:PrincipalArn; it is not deleted.",
	}
	if !d.Message.Explicit {
		s.Title = fmt.Sprintf("allow %s in the policy", action(d))
		s.Caution = ""
	}
	arn := d.Message.PolicyARN
	switch {
	case strings.Contains(arn, ":organizations:"):
		s.Commands = []string{"aws organizations describe-policy --policy-id=" + clean.Shell(arn[strings.LastIndexByte(arn, '/')+1:])}
	case strings.Contains(arn, ":iam:"):
		get := "aws iam get-policy --policy-arn=" + clean.Shell(arn) + " --query Policy.DefaultVersionId --output text"
		s.Commands = []string{"aws iam get-policy-version --policy-arn=" + clean.Shell(arn) + " --version-id=$(" + get + ") --query PolicyVersion.Document"}
	case id == BucketPolicyExplicitDeny && d.Bucket != "":
		s.Target = "arn:" + d.Partition + ":s3:::" + d.Bucket
		s.Commands = []string{"aws s3api get-bucket-policy --bucket=" + clean.Shell(d.Bucket) + " --query Policy --output text"}
	case id == PermissionsBoundary:
		s.Target = d.Principal.ARN
	}
	return s
}

func endpointStep(d trail.Denial) Step {
	s := Step{
		Title:   fmt.Sprintf("allow %s in the endpoint policy, limited by aws:PrincipalArn to %s", action(d), Who(d.Principal)),
		Target:  d.VPCEndpointID,
		Caution: "A gateway endpoint knows no principals but everybody: limit the statement by the condition aws:PrincipalArn. Changes take a few minutes.",
	}
	if d.VPCEndpointID != "" {
		id := clean.Shell(d.VPCEndpointID)
		s.Commands = []string{
			"aws ec2 describe-vpc-endpoints --vpc-endpoint-ids=" + id + " --query VpcEndpoints[0].PolicyDocument --output text > endpoint-policy.json",
			"aws ec2 modify-vpc-endpoint --vpc-endpoint-id=" + id + " --policy-document file://endpoint-policy.json",
		}
	}
	return s
}

func keyStateStep(d trail.Denial) Step {
	s := Step{Title: "bring the KMS key back into use", Target: d.KMSKey}
	if d.ErrorCode == "KMS.NotFoundException" || d.ErrorCode == "KMS.InvalidKeyUsageException" {
		s.Title = "name an existing symmetric encryption key, by its ARN"
		return s
	}
	if d.KMSKey == "" {
		s.Caution = "The record does not name the key: aws s3api head-object shows which key the object has."
		return s
	}
	key := clean.Shell(d.KMSKey)
	s.Commands = []string{"aws kms describe-key --key-id=" + key + " --query KeyMetadata.KeyState"}
	if d.ErrorCode == "KMS.DisabledException" {
		s.Commands = append(s.Commands, "aws kms enable-key --key-id="+key)
	} else {
		s.Commands = append(s.Commands, "aws kms cancel-key-deletion --key-id="+key)
		s.Caution = "cancel-key-deletion leaves the key disabled: enable it afterwards."
	}
	return s
}

// resourceARN is the resource of the refused action: that of AWS's message, else
// that of the authorization.
func resourceARN(d trail.Denial) string {
	if d.Message.Resource != "" {
		return d.Message.Resource
	}
	a, _ := authorization(d)
	if strings.HasPrefix(a.Action, "kms:") && a.Resource == "" {
		return d.KMSKey
	}
	return a.Resource
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

func encode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		return nil // maps of strings always encode
	}
	return b
}
