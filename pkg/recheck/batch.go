package recheck

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"why403/pkg/auditor"
	"why403/pkg/finding"
	"why403/pkg/history"
)

// Input is one document as it was delivered.
type Input = auditor.Input

// Failure is an input that has to come again. Unreadable says that it will not help.
type Failure struct {
	ID         string
	Err        error
	Unreadable bool
}

// Batch remembers what a batch says, and decides the findings again that it touches, each
// once. What could not be remembered fails alone. That a finding could not be decided
// fails nothing: the next run on the schedule does it.
func (r *Rechecker) Batch(ctx context.Context, inputs []Input) (Report, []Failure) {
	failures := make([]*Failure, len(inputs))
	events := make([]history.Event, len(inputs))
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i, in := range inputs {
		e, err := history.Read(in.Body)
		if err != nil {
			failures[i] = &Failure{ID: in.ID, Err: err, Unreadable: true}
			continue
		}
		g.Go(func() error {
			if err := r.History.Record(ctx, e); err != nil {
				failures[i] = &Failure{ID: in.ID, Err: err}
				return nil
			}
			events[i] = e
			return nil
		})
	}
	_ = g.Wait() // each input has its own error
	var out []Failure
	for _, f := range failures {
		if f != nil {
			out = append(out, *f)
		}
	}
	var changes []touch
	for _, e := range events {
		for _, name := range e.Names {
			if t := (touch{name, e.Account}); !slices.Contains(changes, t) {
				changes = append(changes, t)
			}
		}
	}
	if len(changes) == 0 {
		return Report{}, out
	}
	all, err := r.Store.List(ctx, finding.Filter{Statuses: watched()})
	if err != nil {
		r.failed(ctx, "", err)
		return Report{}, out
	}
	all = slices.DeleteFunc(all, func(f finding.Finding) bool {
		return !slices.ContainsFunc(changes, func(t touch) bool { return t.may(f) })
	})
	return r.run(ctx, all, func(f finding.Finding, was stored) bool {
		names := namesOf(was.denial, &was.record.Evidence)
		return slices.ContainsFunc(changes, func(t touch) bool { return t.does(f, was, names) })
	}), out
}

// touch is a name under which something changed, and the account that recorded it.
type touch struct{ name, account string }

// may reports whether a change may touch a finding, by what its head says.
func (t touch) may(f finding.Finding) bool {
	b := f.InBrief()
	near := t.account == b.RequesterAccount || t.account == b.Account || b.Account == ""
	switch {
	case t.name == history.Organization:
		return true
	case t.identity():
		return t.account == b.RequesterAccount || history.Name(b.Requester) == t.name
	case t.bucket():
		return b.Bucket == t.name || f.Key.Place == t.name || b.Bucket == "" && near
	}
	return near
}

// does reports whether a change touches a finding, by its case too.
func (t touch) does(f finding.Finding, was stored, names []string) bool {
	if t.name == history.Organization || slices.Contains(names, t.name) || f.Key.Place == t.name {
		return true
	}
	e := &was.record.Evidence
	switch {
	case t.identity():
		// A group's policies are those of its members, and a policy is attached without
		// being changed. A role or user is named.
		named := strings.Contains(t.name, ":role/") || strings.Contains(t.name, ":user/")
		return !named || was.denial.Principal.ARN == ""
	case strings.Contains(t.name, ":kms:"):
		return len(e.Keys) == 0 // which key, nobody could read
	case strings.HasPrefix(t.name, "vpce-"):
		return false // the record names the endpoint
	case strings.Contains(t.name, ":accesspoint/"):
		return was.denial.AccessPointAlias != ""
	case t.bucket():
		return false
	}
	return true // an account's own setting
}

func (t touch) identity() bool { return strings.HasPrefix(t.name, "arn:aws:iam:") }

// bucket reports whether it is a bucket that changed: whatever has no other form.
func (t touch) bucket() bool {
	return !strings.HasPrefix(t.name, "arn:") && !strings.HasPrefix(t.name, "vpce-") && t.name != t.account
}
