package diagnosis

import (
	"fmt"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
)

// whoElse says whom else the policy governs that a step changes, where that is known: a
// change for one requester is a change for all of them. It is empty for a policy of the
// requester alone, and for one that names whom it governs.
func (j *join) whoElse(b *blocker) string {
	switch b.check.Layer {
	case evidence.LayerSCP, evidence.LayerRCP:
		for _, r := range b.reasons {
			switch {
			case strings.HasPrefix(r.Level, "r-"):
				return "It governs every account of the organization."
			case strings.HasPrefix(r.Level, "ou-"):
				return "It governs every account below " + r.Level + "."
			}
		}
	case evidence.LayerIdentity, evidence.LayerBoundary:
		for _, r := range b.reasons {
			if text := j.attachments(r); text != "" {
				return text
			}
		}
	default:
	}
	return ""
}

// attachments says what an IAM policy is attached to.
func (j *join) attachments(r authz.Reason) string {
	for _, p := range j.evidence.Principals {
		all, _ := p.Policies.Value()
		if boundary, ok := p.Boundary.Value(); ok && r.Layer == evidence.LayerBoundary {
			all = []evidence.Policy{boundary}
		}
		for _, one := range all {
			switch {
			case one.Name != r.Policy || one.ARN != r.ARN:
			case one.AttachmentCount > 1:
				return fmt.Sprintf("It is attached to %d users, groups and roles.", one.AttachmentCount)
			case one.Kind == "group":
				return "It is the policy of a group: every member has it."
			}
		}
	}
	return ""
}
