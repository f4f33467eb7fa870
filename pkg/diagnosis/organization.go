package diagnosis

import (
	"fmt"

	"why403/pkg/evidence"
)

// The causes in the policies of the organization.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_authorization_policies.html
func organizationCauses() []cause {
	guardrail := func(*refusal) string { return "a guardrail of the organization" }
	return []cause{
		{
			CauseInfo: CauseInfo{
				ID: SCP, Name: "service control policy", Layer: evidence.LayerSCP, Doc: orgGuide + "orgs_manage_policies_scps.html",
				Means: "a service control policy of the organization does not let the requester's account do this",
				Fix:   "add the exception or the missing Allow at the level of the organization that lacks it",
			},
			summary: func(r *refusal) string {
				if r.Message.Explicit {
					return fmt.Sprintf("%s explicitly denies %s%s to %s", r.policy("a service control policy"), r.action, r.where(), r.who)
				}
				return fmt.Sprintf("no service control policy allows %s%s to %s: one level of the organization lacks an Allow", r.action, r.where(), r.who)
			},
			actor: ofOrganization, step: scpStep, intended: guardrail,
		},
		{
			CauseInfo: CauseInfo{
				ID: RCP, Name: "resource control policy", Layer: evidence.LayerRCP, Doc: orgGuide + "orgs_manage_policies_rcps.html",
				Means: "a resource control policy of the organization denies this on the bucket or key",
				Fix:   "add an exception to the resource control policy",
			},
			summary: func(r *refusal) string {
				return fmt.Sprintf("%s %s %s%s to %s", r.policy("a resource control policy"), r.verb(), r.action, r.where(), r.who)
			},
			actor: ofOrganization, step: func(r *refusal) Step { return narrow(r, "the resource control policy") }, intended: guardrail,
		},
	}
}

// ofOrganization is the management account: the ARN of a policy has it.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_arn-formats.html
func ofOrganization(r *refusal) string {
	if service, account, _, ok := splitARN(r.Message.PolicyARN); ok && service == "organizations" && isAccount(account) {
		return account
	}
	return ""
}

func scpStep(r *refusal) Step {
	if r.Message.Explicit {
		return narrow(r, "the service control policy")
	}
	return Step{
		Title:   fmt.Sprintf("find the level of the organization (root, organizational unit or account) whose policies lack an Allow for %s, and add it there", r.action),
		Caution: "Every level needs an Allow: the root, each organizational unit on the way, and the account.",
	}
}
