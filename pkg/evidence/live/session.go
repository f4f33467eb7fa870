package live

import (
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// session asks the history what the session of a denial was issued with.
func (r *Reader) session(a *attempt, d *trail.Denial) change {
	v := r.accounts.History.Session(a, *d)
	if v.State() == evidence.StateUnreadable {
		a.transient.Store(true)
	}
	return func(e *evidence.Evidence) {
		update(&e.Sessions, a.name, func(g *evidence.Read[evidence.Grant]) { *g = v })
	}
}
