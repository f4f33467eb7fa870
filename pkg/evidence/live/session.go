package live

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// session asks the history what the session of a denial was issued with, and reads the
// managed policies among that.
func (r *Reader) session(a *attempt, d *trail.Denial) change {
	v := r.accounts.History.Session(a, *d)
	if v.State() == evidence.StateUnreadable {
		a.transient.Store(true)
	}
	if g, ok := v.Value(); ok {
		v = evidence.Known(a.fetched(g))
	}
	return func(e *evidence.Evidence) {
		update(&e.Sessions, a.name, func(g *evidence.Read[evidence.Grant]) { *g = v })
	}
}

// fetched returns a grant with the documents of its managed policies.
func (a *attempt) fetched(g evidence.Grant) evidence.Grant {
	reader := iamReader{a, iam.NewFromConfig(a.config(a.account, a.region)), aws.String("")}
	policies := make([]evidence.Policy, len(g.Policies))
	var each sync.WaitGroup
	for i, p := range g.Policies {
		policies[i] = p
		if p.ARN != "" && p.Document == nil {
			each.Go(func() { policies[i] = reader.managed(p.ARN, "session") })
		}
	}
	each.Wait()
	g.Policies = policies
	return g
}
