package livetest

import (
	"reflect"
	"slices"

	"why403/pkg/evidence"
)

// Complete makes evidence such as AWS could show it: every boundary has an ARN, and
// what has one id in the organization has the same policies for everybody.
func Complete(e *evidence.Evidence) {
	for name, p := range e.Principals {
		if b, ok := p.Boundary.Value(); ok && b.ARN == "" {
			b.ARN = "arn:aws:iam::" + account(name) + ":policy/" + b.Name
			p.Boundary = evidence.Known(b)
			e.Principals[name] = p
		}
	}
	seen := make(map[string]evidence.PathElement)
	same := true
	for _, a := range e.Accounts {
		path, _ := a.Path.Value()
		for _, level := range path {
			other, ok := seen[level.ID]
			same = same && (!ok || reflect.DeepEqual(other, level))
			seen[level.ID] = level
		}
	}
	if same {
		return
	}
	for id, a := range e.Accounts {
		path, ok := a.Path.Value()
		if !ok {
			continue
		}
		path = slices.Clone(path)
		for i := range path {
			if path[i].ID != id {
				path[i].ID += "-of-" + id
			}
		}
		a.Path = evidence.Known(path)
		e.Accounts[id] = a
	}
}
