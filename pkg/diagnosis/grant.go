package diagnosis

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/evidence"
)

// grantIdentity adds an inline policy of a name of its own to the requester.
func (j *join) grantIdentity(b *blocker, s *Step) (*change, error) {
	if s.Patch == nil {
		return nil, nil // the step says why
	}
	statements, err := j.statements(b)
	if err != nil {
		return nil, err
	}
	d, err := edit(nil)
	if err != nil {
		return nil, err
	}
	d.statements = statements
	doc := d.document()
	s.Patch = patchOf(statements)
	if len(b.more) > 0 && len(s.Commands) == 1 {
		head, _, _ := strings.Cut(s.Commands[0], "--policy-document=")
		s.Commands = []string{head + "--policy-document=" + clean.Shell(string(doc))}
	}
	name := j.principalName()
	have, err := j.copyOf().ofPrincipal(name, evidence.LayerIdentity)
	if err != nil {
		return nil, err
	}
	docs := []json.RawMessage{doc}
	for _, p := range have.list {
		if inline(p) {
			docs = append(docs, p.Document)
		}
	}
	if err := j.inlineLimit().exceeds(docs...); err != nil {
		return nil, err
	}
	return &change{kind: addStatement, after: doc, apply: func(w *world) error {
		p, err := w.ofPrincipal(name, evidence.LayerIdentity)
		if err != nil {
			return err
		}
		p.add("why403", doc)
		return nil
	}}, nil
}

// grantDocument adds the step's statement to a document that stands alone.
func (j *join) grantDocument(s *Step, l limit, of func(*world) single) (*change, error) {
	if s.Patch == nil {
		return nil, nil
	}
	statement, err := tidy(s.Patch)
	if err != nil {
		return nil, err
	}
	before := of(j.copyOf()).doc
	d, err := edit(before)
	if err != nil {
		return nil, err
	}
	after, err := d.with(statement)
	if err != nil {
		return nil, err
	}
	if err := l.exceeds(after); err != nil {
		return nil, err
	}
	return &change{kind: addStatement, before: before, after: after, apply: func(w *world) error {
		at := of(w)
		d, err := edit(at.doc)
		if err != nil {
			return err
		}
		doc, err := d.with(statement)
		if err != nil {
			return err
		}
		at.put(doc)
		return nil
	}}, nil
}

// grantBucket lets the requester in by the bucket policy; through an access point it
// delegates to the account of the access point.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html#access-points-delegating-control
func (j *join) grantBucket(b *blocker, v *refusal, s *Step) (*change, error) {
	switch {
	case b.id == AccessPointDelegation:
		statement, why := v.grant()
		if statement == nil {
			return nil, errors.New(strings.TrimSuffix(why, "."))
		}
		statement["Principal"] = map[string]string{"AWS": "*"}
		statement["Condition"] = map[string]any{"StringEquals": map[string]string{"s3:DataAccessPointAccount": accountOf(j.point)}}
		s.Title = fmt.Sprintf("delegate in the policy of %s to the access points of account %s", v.place(), accountOf(j.point))
		s.Patch = encode(statement)
	case j.Principal.Type == evidence.PrincipalAnonymous, j.Principal.Type == evidence.PrincipalService:
		return nil, nil
	case s.Patch == nil || len(b.more) > 0:
		step := grantByBucket(v)
		statements, err := j.statements(b)
		if err != nil {
			return nil, err
		}
		var statement map[string]any
		if len(statements) != 1 || json.Unmarshal(statements[0], &statement) != nil || !v.admit(statement) {
			break
		}
		step.Patch = encode(statement)
		step.Account, step.Cause = s.Account, s.Cause
		*s = step
	}
	if b.id == StalePrincipalID || b.id == PrincipalMismatch {
		s.Title = fmt.Sprintf("name %s as it is in the policy of %s", j.Principal.ARN, v.place())
	}
	return j.grantDocument(s, bucketPolicy(), func(w *world) single { return w.ofBucket(v.bucket) })
}

func (j *join) grantPoint(v *refusal, s *Step) (*change, error) {
	statement, why := v.grant()
	if statement == nil {
		return nil, errors.New(strings.TrimSuffix(why, "."))
	}
	if !v.admit(statement) {
		return nil, errors.New("the record has no full ARN of the requester: take it from the requester's account first")
	}
	s.Patch, s.Target = encode(statement), j.point
	s.Title = fmt.Sprintf("add a statement to the policy of access point %s that allows %s to %s", lastOf(j.point), v.action, v.who)
	return j.grantDocument(s, pointPolicy(), func(w *world) single { return w.ofPoint(j.point) })
}

// grantEndpoint lets the request through the endpoint, limited to the requester: a
// gateway endpoint knows no principal but everybody.
func (j *join) grantEndpoint(v *refusal, s *Step) (*change, error) {
	statement, why := v.grant()
	switch {
	case statement == nil:
		return nil, errors.New(strings.TrimSuffix(why, "."))
	case splitOK(j.Principal.ARN):
		statement["Condition"] = map[string]any{"ArnEquals": map[string]string{"aws:PrincipalArn": j.Principal.ARN}}
	default:
		return nil, errors.New("the record has no full ARN of the requester: take it from the requester's account first")
	}
	statement["Principal"] = "*"
	s.Patch = encode(statement)
	return j.grantDocument(s, endpointPolicy(), func(w *world) single { return w.ofEndpoint(j.VPCEndpointID) })
}

func splitOK(arn string) bool {
	_, account, _, ok := splitARN(arn)
	return ok && isAccount(account)
}

// grantPolicies adds the statement to the policy that comes nearest to allowing, of
// those that a layer has.
func (j *join) grantPolicies(b *blocker, s *Step, l limit, of func(*world) (policies, error)) (*change, error) {
	have, err := of(j.copyOf())
	if err != nil {
		return nil, err
	}
	if len(have.list) == 0 {
		return nil, nil
	}
	statements, err := j.statements(b)
	if err != nil {
		return nil, err
	}
	name := have.list[0].Name
	for _, reason := range b.reasons {
		if have.find(reason.Policy) >= 0 {
			name = reason.Policy
			break
		}
	}
	before := have.list[have.find(name)].Document
	after, err := withAll(before, statements)
	if err != nil {
		return nil, err
	}
	if err := l.exceeds(after); err != nil {
		return nil, err
	}
	s.Patch = patchOf(statements)
	return &change{kind: addStatement, before: before, after: after, apply: func(w *world) error {
		p, err := of(w)
		if err != nil {
			return err
		}
		i := p.find(name)
		if i < 0 {
			return fmt.Errorf("there is no policy %s", name)
		}
		doc, err := withAll(p.list[i].Document, statements)
		if err != nil {
			return err
		}
		return p.set(name, doc)
	}}, nil
}

func withAll(doc json.RawMessage, statements []json.RawMessage) (json.RawMessage, error) {
	for _, st := range statements {
		d, err := edit(doc)
		if err != nil {
			return nil, err
		}
		if doc, err = d.with(st); err != nil {
			return nil, err
		}
	}
	return doc, nil
}

// grantLevels adds a policy with the statement at each level of the organization that
// lacks an Allow. A policy that allows everything is not proposed.
func (j *join) grantLevels(b *blocker, v *refusal, s *Step) (*change, error) {
	statements, err := j.statements(b)
	if err != nil {
		return nil, err
	}
	account := b.check.Account
	levels := j.lackingLevels(b)
	if len(levels) == 0 {
		return nil, errors.New("which level lacks an Allow is not known")
	}
	d, err := edit(nil)
	if err != nil {
		return nil, err
	}
	d.statements = statements
	doc := d.document()
	if err := serviceControlPolicy().exceeds(doc); err != nil {
		return nil, err
	}
	for _, l := range levels {
		if have, err := j.copyOf().ofLevel(account, l, true); err == nil && len(have.list) >= mostControlPolicies {
			return nil, fmt.Errorf("%s has %d service control policies, as many as AWS takes: add the statement to one of them", l, len(have.list))
		}
	}
	s.Title = fmt.Sprintf("allow %s in a service control policy at %s, which lacks it", v.action, strings.Join(levels, " and at "))
	s.Target, s.Patch = levels[0], patchOf(statements)
	s.Caution = cmp.Or(s.Caution, "Every level needs an Allow: the root, each organizational unit on the way, and the account.")
	s.Caution += " It holds for every account below that level."
	return &change{kind: addStatement, after: doc, apply: func(w *world) error {
		for _, l := range levels {
			p, err := w.ofLevel(account, l, true)
			if err != nil {
				return err
			}
			p.add("why403", doc)
		}
		return nil
	}}, nil
}
