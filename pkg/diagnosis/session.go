package diagnosis

import (
	"fmt"
	"strings"

	"why403/pkg/evidence"
)

// The causes that limit what the requester's IAM policies allow: the permissions
// boundary, and the policy that a session was made with.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
func sessionCauses() []cause {
	return []cause{
		{
			CauseInfo: CauseInfo{
				ID: PermissionsBoundary, Name: "permissions boundary", Layer: evidence.LayerBoundary, Doc: iamGuide + "access_policies_boundaries.html",
				Means: "the permissions boundary of the requester does not let it do this",
				Fix:   "allow the action in the boundary policy",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("%s of %s %s %s%s", r.policy("the permissions boundary"), r.who, r.verb(), r.action, r.where())
			},
			step: boundaryStep,
		},
		{
			CauseInfo: CauseInfo{
				ID: SessionPolicy, Name: "session policy", Layer: evidence.LayerSession, Doc: iamGuide + "access_policies.html",
				Means: "the policy passed when the session was made does not allow this",
				Fix:   "widen the policy that the caller passes when it makes the session",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("the session of %s was made with a policy that %s %s%s", r.who, r.verb(), r.action, r.where())
			},
			actor: sessionMaker, step: sessionStep,
		},
	}
}

func boundaryStep(r *refusal) Step {
	s := narrow(r, "the permissions boundary")
	if !r.Message.Explicit {
		s.Title += " of " + r.who
	}
	if s.Target == "" {
		s.Target = r.Principal.ARN
	}
	if name := lastOf(r.Principal.ARN); len(s.Commands) == 0 && spelled(name, "_+=,.@-") {
		switch r.Principal.Type {
		case evidence.PrincipalRole:
			s.Commands = []string{"aws iam get-role --role-name=" + name + " --query Role.PermissionsBoundary"}
		case evidence.PrincipalUser:
			s.Commands = []string{"aws iam get-user --user-name=" + name + " --query User.PermissionsBoundary"}
		default:
		}
	}
	return s
}

// sessionMaker is the account that makes the session. Root sessions are made from
// the management account or a delegated administrator, which the record does not
// name.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
func sessionMaker(r *refusal) string {
	if r.Principal.Type == evidence.PrincipalRoot {
		return ""
	}
	return r.Principal.Account
}

func sessionStep(r *refusal) Step {
	if r.Principal.Type == evidence.PrincipalRoot {
		return Step{
			Title:   fmt.Sprintf("make the root session for a task that covers %s, or send the request as a role that may do it", r.action),
			Caution: "Privileged root sessions are made from the organization's management account or a delegated administrator for IAM.",
		}
	}
	s := Step{
		Title:   fmt.Sprintf("let the policy that is passed when the session is made allow %s", r.action),
		Target:  r.Principal.ARN,
		Caution: "The program that makes the session passes the policy; a role's sessions may be made from other accounts too.",
	}
	if r.Message.Explicit {
		s.Title = fmt.Sprintf("narrow the statement that denies %s in the policy that is passed when the session is made", r.action)
	}
	// CloudTrail finds the call that issued a key by the key as a resource.
	if key := r.Principal.AccessKeyID; strings.HasPrefix(key, "ASIA") && spelled(key, "") {
		s.Commands = []string{"aws cloudtrail lookup-events --lookup-attributes=AttributeKey=ResourceName,AttributeValue=" + key +
			" --query 'Events[].[EventTime,EventName,Username]' --output text"}
	}
	return s
}
