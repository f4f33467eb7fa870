package diagnosis

import (
	"encoding/json"
	"fmt"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/clean"
	"why403/pkg/evidence"
)

// longest is the longest policy that goes into a command as it is; a longer one is
// edited in a file.
const longest = 4096

// commandsFor returns the commands that make a change of a policy, complete with the
// policy as it will be. It is nil where the step's own commands serve: where the policy
// is not known whole, belongs to others, or is too long for a command line.
func (j *join) commandsFor(b *blocker, v *refusal, c *change) []string {
	if c.after == nil || len(c.after) > longest {
		return nil
	}
	doc := clean.Shell(string(c.after))
	switch b.check.Layer {
	case evidence.LayerBucketPolicy, evidence.LayerPublicAccessBlock:
		if bucketName(v.bucket) {
			return []string{"aws s3api put-bucket-policy --bucket=" + clean.Shell(v.bucket) + " --policy=" + doc}
		}
	case evidence.LayerKeyPolicy:
		if keyARN(v.KMSKey) {
			return []string{"aws kms put-key-policy --key-id=" + clean.Shell(v.KMSKey) + " --policy-name=default --policy=" + doc}
		}
	case evidence.LayerVPCE:
		if strings.HasPrefix(j.VPCEndpointID, "vpce-") && spelled(j.VPCEndpointID, "-") {
			return []string{"aws ec2 modify-vpc-endpoint --vpc-endpoint-id=" + j.VPCEndpointID + " --policy-document=" + doc}
		}
	case evidence.LayerAccessPoint:
		if name := lastOf(j.point); spelled(name, "-") && isAccount(accountOf(j.point)) {
			return []string{fmt.Sprintf("aws s3control put-access-point-policy --account-id=%s --name=%s --policy=%s", accountOf(j.point), name, doc)}
		}
	case evidence.LayerSCP, evidence.LayerRCP:
		return j.organizationCommands(b, v, c, doc)
	case evidence.LayerIdentity, evidence.LayerBoundary:
		if c.kind == replaceStatement || b.check.Layer == evidence.LayerBoundary {
			return j.principalCommands(b, doc)
		}
	default:
	}
	return nil
}

// organizationCommands change a policy of the organization, or make a new one and attach
// it where an Allow is missing.
func (j *join) organizationCommands(b *blocker, v *refusal, c *change, doc string) []string {
	if c.kind == replaceStatement {
		deciding := j.deciding(b)
		if len(deciding) != 1 || !policyID(lastOf(deciding[0].ARN)) {
			return nil
		}
		return []string{"aws organizations update-policy --policy-id=" + lastOf(deciding[0].ARN) + " --content=" + doc}
	}
	var out []string
	for _, level := range j.lackingLevels(b) {
		if !spelled(level, "-") {
			return nil
		}
		out = append(out, fmt.Sprintf(`aws organizations attach-policy --target-id=%s --policy-id="$(aws organizations create-policy --type=SERVICE_CONTROL_POLICY --name=%s-%s --description=why403 --content=%s --query Policy.PolicySummary.Id --output text)"`,
			level, policyName(v), level, doc))
	}
	return out
}

// policyID recognizes the id of a policy of an organization.
func policyID(s string) bool { return strings.HasPrefix(s, "p-") && spelled(s, "-") }

// principalCommands put the policy of the requester that denies, or its boundary, in
// the form that it has now: inline, or as a version of a managed policy. A policy of
// AWS's own and one of a group are not the requester's to change.
func (j *join) principalCommands(b *blocker, doc string) []string {
	var name, arn string
	for _, reason := range append(j.deciding(b), b.reasons...) {
		if reason.Policy != "" {
			name, arn = reason.Policy, reason.ARN
			break
		}
	}
	p, at, ok := j.policyNamed(b.check.Layer, name)
	if !ok {
		return nil
	}
	if arn == "" {
		arn = p.ARN
	}
	who := lastOf(at)
	switch {
	case isAccount(accountOf(arn)) && clean.Shell(arn) == arn:
		return []string{"aws iam create-policy-version --policy-arn=" + arn + " --set-as-default --policy-document=" + doc}
	case arn != "" || p.Kind == "group" || p.Kind == "managed" || b.check.Layer == evidence.LayerBoundary,
		!spelled(who, "_+=,.@-"), !spelled(name, "_+=,.@-"), strings.HasPrefix(who, "AWSReservedSSO_"), serviceLinked(j.Principal):
		return nil
	case j.Principal.Type == evidence.PrincipalRole:
		return []string{fmt.Sprintf("aws iam put-role-policy --role-name=%s --policy-name=%s --policy-document=%s", who, name, doc)}
	case j.Principal.Type == evidence.PrincipalUser, j.Principal.Type == evidence.PrincipalFederated:
		return []string{fmt.Sprintf("aws iam put-user-policy --user-name=%s --policy-name=%s --policy-document=%s", who, name, doc)}
	default:
		return nil
	}
}

// policyNamed finds a policy of the requester, and whose it is.
func (j *join) policyNamed(l evidence.Layer, name string) (p evidence.Policy, at string, ok bool) {
	at = j.principalName()
	have, err := j.copyOf().ofPrincipal(at, l)
	if err != nil {
		return p, at, false
	}
	i := have.find(name)
	if i < 0 {
		return p, at, false
	}
	return have.list[i], at, true
}

// lackingLevels are the levels of the organization that lack an Allow.
func (j *join) lackingLevels(b *blocker) []string {
	var levels []string
	seen := make(map[string]bool)
	for _, c := range append([]*authz.Check{b.check}, b.more...) {
		for _, reason := range j.decision.Lacking(c) {
			if reason.Level != "" && !seen[reason.Level] {
				seen[reason.Level] = true
				levels = append(levels, reason.Level)
			}
		}
	}
	return levels
}

// patchOf writes statements as a patch: one as it is, several as those of a policy.
func patchOf(statements []json.RawMessage) json.RawMessage {
	if len(statements) == 1 {
		return statements[0]
	}
	return encode(map[string]any{"Statement": statements})
}
