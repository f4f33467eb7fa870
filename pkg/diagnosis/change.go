package diagnosis

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"why403/pkg/authz"
	"why403/pkg/evidence"
)

// change is a change to one document or setting, or to the request itself, that can be
// made on a copy of what is known.
type change struct {
	kind   changeKind
	apply  func(w *world) error
	before json.RawMessage // the document as it is; nil if there is none
	after  json.RawMessage // and as it will be; nil for what is no document
	// unlocks says that the change lifts a barrier that held for everybody: others
	// come through by what they were granted before.
	unlocks string
}

// changeKind is what a change is made to.
type changeKind string

const (
	addStatement     changeKind = "add-statement"
	replaceStatement changeKind = "replace-statement"
	changeSetting    changeKind = "setting"
	changeRequest    changeKind = "request"
)

// world is a copy of what is known, with changes made to it.
type world struct {
	evidence evidence.Evidence
	request  authz.Request
}

// copyOf returns a world in which everything is as it is known.
func (j *join) copyOf() *world {
	e := j.evidence.Evidence
	e.Accounts, e.Principals, e.Sessions = maps.Clone(e.Accounts), maps.Clone(e.Principals), maps.Clone(e.Sessions)
	e.Buckets, e.Objects, e.Keys = maps.Clone(e.Buckets), maps.Clone(e.Objects), maps.Clone(e.Keys)
	e.KeyAliases, e.VPCEndpoints, e.AccessPoints = maps.Clone(e.KeyAliases), maps.Clone(e.VPCEndpoints), maps.Clone(e.AccessPoints)
	r := *j.question
	r.Context = r.Context.Clone()
	r.Authorizations = slices.Clone(r.Authorizations)
	return &world{evidence: e, request: r}
}

// decide decides the request in the world.
func (w *world) decide() *authz.Decision { return authz.Decide(&w.request, authz.Compile(w.evidence)) }

// policies are the policies of one layer in a world, where a change finds and puts
// them.
type policies struct {
	list []evidence.Policy
	put  func([]evidence.Policy)
}

// ofPrincipal returns the policies of the requester: its own, its boundary, or those
// of its session.
func (w *world) ofPrincipal(name string, l evidence.Layer) (policies, error) {
	p, ok := w.evidence.Principals[name]
	if !ok {
		return policies{}, fmt.Errorf("the policies of %s are not known", name)
	}
	switch l {
	case evidence.LayerBoundary:
		v, ok := p.Boundary.Value()
		if !ok {
			return policies{}, fmt.Errorf("the permissions boundary of %s is not known", name)
		}
		return policies{[]evidence.Policy{v}, func(list []evidence.Policy) {
			p.Boundary = evidence.Known(list[0])
			w.evidence.Principals[name] = p
		}}, nil
	default:
		v, ok := p.Policies.Value()
		if !ok && p.Policies.Unknown() {
			return policies{}, fmt.Errorf("the policies of %s are not known", name)
		}
		return policies{v, func(list []evidence.Policy) {
			p.Policies = evidence.Known(list)
			w.evidence.Principals[name] = p
		}}, nil
	}
}

func (w *world) ofSession(key string) (policies, error) {
	v, ok := w.evidence.Sessions[key].Value()
	if !ok {
		return policies{}, fmt.Errorf("the policies of the session are not known")
	}
	return policies{v.Policies, func(list []evidence.Policy) {
		v.Policies = list
		w.evidence.Sessions[key] = evidence.Known(v)
	}}, nil
}

// ofLevel returns the SCPs or RCPs at a level of an account's path.
func (w *world) ofLevel(account, level string, scps bool) (policies, error) {
	a := w.evidence.Accounts[account]
	path, ok := a.Path.Value()
	i := slices.IndexFunc(path, func(e evidence.PathElement) bool { return e.ID == level })
	if !ok || i < 0 {
		return policies{}, fmt.Errorf("the level %s of account %s is not known", level, account)
	}
	path = slices.Clone(path)
	read := path[i].RCPs
	if scps {
		read = path[i].SCPs
	}
	v, _ := read.Value()
	return policies{v, func(list []evidence.Policy) {
		if scps {
			path[i].SCPs = evidence.Known(list)
		} else {
			path[i].RCPs = evidence.Known(list)
		}
		a.Path = evidence.Known(path)
		w.evidence.Accounts[account] = a
	}}, nil
}

// add adds a policy.
func (p policies) add(name string, doc json.RawMessage) {
	p.put(append(slices.Clone(p.list), evidence.Policy{Name: name, Document: doc}))
}

// find returns the place of a policy by its name; -1 if it is not there.
func (p policies) find(name string) int {
	return slices.IndexFunc(p.list, func(q evidence.Policy) bool { return q.Name == name })
}

// set puts another document in the place of one.
func (p policies) set(name string, doc json.RawMessage) error {
	i := p.find(name)
	if i < 0 {
		return fmt.Errorf("there is no policy %s", name)
	}
	list := slices.Clone(p.list)
	list[i].Document = doc
	p.put(list)
	return nil
}

// single is a document that stands alone: of a bucket, a key, an endpoint, an access
// point.
type single struct {
	doc json.RawMessage
	put func(json.RawMessage)
}

func (w *world) ofBucket(name string) single {
	b := w.evidence.Buckets[name]
	doc, _ := b.Policy.Value()
	return single{doc, func(doc json.RawMessage) {
		b.Policy = evidence.Known(doc)
		// S3 says anew whether the policy is public; until then its statements do.
		b.PolicyStatus = evidence.Read[evidence.PolicyStatus]{}
		w.evidence.Buckets[name] = b
	}}
}

func (w *world) ofKey(arn string) single {
	k := w.evidence.Keys[arn]
	doc, _ := k.Policy.Value()
	return single{doc, func(doc json.RawMessage) {
		k.Policy = evidence.Known(doc)
		w.evidence.Keys[arn] = k
	}}
}

func (w *world) ofEndpoint(id string) single {
	v, _ := w.evidence.VPCEndpoints[id].Value()
	return single{v.PolicyDocument, func(doc json.RawMessage) {
		v.PolicyDocument = doc
		w.evidence.VPCEndpoints[id] = evidence.Known(v)
	}}
}

func (w *world) ofPoint(arn string) single {
	p := w.evidence.AccessPoints[arn]
	doc, _ := p.Policy.Value()
	return single{doc, func(doc json.RawMessage) {
		p.Policy = evidence.Known(doc)
		w.evidence.AccessPoints[arn] = p
	}}
}
