package diagnosis

import (
	"cmp"
	"slices"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// Failed is a reason for which something of an account could not be read: a role to be
// deployed, a permission to be given, a limit that was hit.
type Failed struct {
	Account string `json:"account,omitempty"` // empty if it is not known
	Because string `json:"because"`
}

// mostFailed is how many reasons are listed at most.
const mostFailed = 8

// failedReads lists why reads failed, each reason once an account.
func failedReads(e *evidence.Evidence, d *trail.Denial) []Failed {
	var all []Failed
	add := func(account string, reads ...failable) {
		for _, r := range reads {
			f := Failed{account, r.Reason()}
			if r.State() == evidence.StateUnreadable && !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
	}
	for id, a := range e.Accounts {
		add(id, a.CanonicalID, a.PublicAccessBlock, a.OrganizationPublicAccessBlock, a.Organization, a.Path)
	}
	for arn, p := range e.Principals {
		add(accountOf(arn), p.ID, p.Policies, p.Boundary, p.Tags)
	}
	for name, b := range e.Buckets {
		account, _ := b.Account.Value()
		if account == "" && name == d.Bucket {
			account = d.BucketAccount
		}
		add(account, b.Account, b.Policy, b.PolicyStatus, b.PublicAccessBlock, b.OwnershipControls, b.ACL, b.RequestPayment,
			b.Encryption, b.Versioning, b.ObjectLock, b.Tags, b.ABAC)
		for object, o := range e.Objects {
			if strings.HasPrefix(object, name+"/") {
				add(account, o.Head, o.Owner, o.ACL, o.Retention, o.LegalHold, o.Tags)
			}
		}
	}
	for arn, k := range e.Keys {
		add(accountOf(arn), k.Metadata, k.Policy, k.Tags, k.Grants)
	}
	for arn, r := range e.KeyAliases {
		add(accountOf(arn), r)
	}
	for _, r := range e.VPCEndpoints {
		add(d.VPCEndpointAccount, r)
	}
	for arn, p := range e.AccessPoints {
		add(accountOf(arn), p.Config, p.Policy)
	}
	slices.SortFunc(all, func(a, b Failed) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Because, b.Because))
	})
	// What an account is known for is not said again of one that is not.
	all = slices.DeleteFunc(all, func(f Failed) bool {
		return f.Account == "" && slices.ContainsFunc(all, func(g Failed) bool { return g.Account != "" && g.Because == f.Because })
	})
	return all[:min(len(all), mostFailed)]
}

// failable is a Read of anything.
type failable interface {
	State() evidence.State
	Reason() string
}

// accountNames are the names of accounts that were read.
func accountNames(e *evidence.Evidence) map[string]string {
	var names map[string]string
	for id, a := range e.Accounts {
		if name, ok := a.Name.Value(); ok && name != "" {
			if names == nil {
				names = make(map[string]string)
			}
			names[id] = name
		}
	}
	return names
}
