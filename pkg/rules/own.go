package rules

import (
	"fmt"
	"strings"

	"why403/pkg/evidence"
)

// OwnReads is what denials of the auditor's own reads are counted by, as Decision.By has it.
const OwnReads = "own reads"

// OwnRole is a role of the auditor itself, and what it does with it.
type OwnRole struct {
	// ARN is the role's, with its path.
	ARN string
	// Session is the name of the auditor's sessions; empty: any.
	Session string
	// Actions are the IAM actions that the auditor's reads need.
	Actions []string
}

// Own says whether a denial is one of the auditor's own reads, which is skipped and
// counted: it would otherwise be diagnosed by further reads that are denied. Where a role
// of its own does what the auditor does not do, or is used under another session name,
// beyond says so; that is told as any other denial.
func Own(roles []OwnRole, d Subject) (skip bool, beyond string) {
	p := d.Principal
	if p.Type != evidence.PrincipalRole || p.PathUnknown || p.ARN == "" {
		return false, ""
	}
	for _, r := range roles {
		if r.ARN != p.ARN {
			continue
		}
		if r.Session != "" && r.Session != p.Session {
			beyond = fmt.Sprintf("the auditor's own role is used under the session name %q", p.Session)
			continue
		}
		if len(d.Actions) == 0 {
			beyond = "the auditor's own role makes a call whose action is not known"
			continue
		}
		beyond = ""
		for _, a := range d.Actions {
			if !contains(r.Actions, a) {
				beyond = fmt.Sprintf("the auditor's own role tries %q, which the auditor never does", a)
			}
		}
		if beyond == "" {
			return true, ""
		}
	}
	return false, beyond
}

func contains(actions []string, a string) bool {
	for _, b := range actions {
		if strings.EqualFold(a, b) {
			return true
		}
	}
	return false
}
