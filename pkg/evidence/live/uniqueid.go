package live

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"why403/pkg/evidence"
)

// names are the ARNs of the users or roles of an account, by their unique ids.
type names struct {
	of  map[string]string
	err error
}

// readUniqueID finds the user or role with a unique id. No call does: all are listed.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func (a *attempt) readUniqueID() change {
	id := a.name
	what := id[:min(4, len(id))]
	if what != "AROA" && what != "AIDA" {
		return onPrincipal(id, func(p *evidence.Identity) {
			p.ID = evidence.Unreadable[string]("no user or role has such an id")
		})
	}
	all := shared(a, fact{kind: uniqueIDs, account: a.account, region: a.region, name: what}, func(a *attempt) names { return a.listNames(what) })
	arn, found := all.of[id]
	switch {
	case found:
		return onPrincipal(arn, func(p *evidence.Identity) { p.ID = evidence.Known(id) })
	case all.err != nil:
		v := unreadable[[]evidence.Policy](a, all.err)
		return onPrincipal(id, func(p *evidence.Identity) { p.ID, p.Policies = evidence.Known(id), v })
	}
	const gone = "no user or role of the account has this unique id any more: it was deleted"
	return onPrincipal(id, func(p *evidence.Identity) {
		p.ID, p.Policies, p.Boundary = evidence.Known(id), evidence.Unreadable[[]evidence.Policy](gone), evidence.Unreadable[evidence.Policy](gone)
	})
}

func (a *attempt) listNames(what string) names {
	out := names{of: make(map[string]string)}
	client := iam.NewFromConfig(a.config(a.account, a.region))
	if what == "AIDA" {
		for pages := iam.NewListUsersPaginator(client, &iam.ListUsersInput{MaxItems: aws.Int32(namesOnPage)}); pages.HasMorePages(); {
			page, err := pages.NextPage(a)
			if err != nil {
				return a.noNames(err)
			}
			for _, u := range page.Users {
				out.of[aws.ToString(u.UserId)] = aws.ToString(u.Arn)
			}
		}
		return out
	}
	for pages := iam.NewListRolesPaginator(client, &iam.ListRolesInput{MaxItems: aws.Int32(namesOnPage)}); pages.HasMorePages(); {
		page, err := pages.NextPage(a)
		if err != nil {
			return a.noNames(err)
		}
		for _, r := range page.Roles {
			out.of[aws.ToString(r.RoleId)] = aws.ToString(r.Arn)
		}
	}
	return out
}

// namesOnPage is how many users or roles one call returns.
const namesOnPage = 1000

func (a *attempt) noNames(err error) names {
	unreadable[string](a, err)
	return names{err: err}
}
