package diagnosis

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// exemption is what a statement that denies is to spare: what one principal asked for,
// and nothing else.
type exemption struct {
	arn       string // of the principal, as a policy writes it
	resources []string
	actions   map[string][]string // of each resource
	layer     evidence.Layer
}

// exemptionFor is the exemption for all that a blocker refuses.
func (j *join) exemptionFor(b *blocker) exemption {
	e := exemption{arn: literal(j.Principal.ARN), actions: make(map[string][]string), layer: b.check.Layer}
	for _, c := range append([]*authz.Check{b.check}, b.more...) {
		a := j.decision.Authorizations[c.Authorization]
		if !slices.Contains(e.resources, a.Resource) {
			e.resources = append(e.resources, a.Resource)
		}
		e.actions[a.Resource] = append(e.actions[a.Resource], a.Action)
	}
	return e
}

var errTooBroad = errors.New("the statement cannot be narrowed to this one request: its resources or actions are a pattern, and no policy can say all of it but one")

// exempt returns the statements that take the place of one that denies, so that it
// spares the exemption and denies everything else as before: to all others what it
// denied them, to the principal the other resources, and on these resources the other
// actions.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html
func exempt(statement json.RawMessage, e exemption) ([]json.RawMessage, error) {
	others, err := spare(statement, e.arn)
	if err != nil {
		return nil, err
	}
	s, err := readObject(statement)
	if err != nil {
		return nil, err
	}
	var out []json.RawMessage
	only, ok, err := condition(s, "ArnEquals", "aws:PrincipalArn")
	if err != nil {
		return nil, err
	}
	if !ok || !slices.Equal(texts(only), []string{e.arn}) {
		out = append(out, others)
	}
	if s, err = forOne(s, e.arn); err != nil {
		return nil, err
	}
	beside, err := e.otherResources(s)
	if err != nil {
		return nil, err
	}
	if beside != nil {
		out = append(out, encode(beside))
	}
	for _, r := range e.resources {
		rest, err := e.otherActions(s, r)
		if err != nil {
			return nil, err
		}
		if rest != nil {
			out = append(out, encode(rest))
		}
	}
	return out, nil
}

// forOne limits a statement to a principal that it is about already.
func forOne(s object, arn string) (object, error) {
	all, err := readObject(orEmpty(s.get("Condition")))
	if err != nil {
		return nil, err
	}
	for _, operator := range sparing() {
		of, err := block(s, operator)
		if err != nil {
			return nil, err
		}
		if of.find("aws:PrincipalArn") < 0 {
			continue
		}
		if of = of.without("aws:PrincipalArn"); len(of) == 0 {
			all = all.without(operator)
		} else {
			all = all.with(operator, encode(of))
		}
	}
	raw, err := withCondition(s.without("Sid").with("Condition", encode(all)), "ArnEquals", "aws:PrincipalArn", encode(arn))
	if err != nil {
		return nil, err
	}
	return readObject(raw)
}

// otherResources is the statement for all resources but those of the exemption; nil if
// there are no others.
func (e exemption) otherResources(s object) (object, error) {
	if e.layer == evidence.LayerKeyPolicy {
		return nil, nil // it is about one key
	}
	var spared []string
	for _, r := range e.resources {
		spared = append(spared, literal(r))
	}
	if s.find("NotResource") >= 0 {
		return s.with("NotResource", values(append(texts(s.get("NotResource")), spared...))), nil
	}
	var rest []string
	for _, pattern := range texts(s.get("Resource")) {
		switch {
		case slices.Contains(spared, pattern):
		case !slices.ContainsFunc(e.resources, func(r string) bool { return resourceMatches(pattern, r) }):
			rest = append(rest, pattern)
		case pattern == "*":
			return s.renamed("Resource", "NotResource", values(spared)), nil
		case e.layer == evidence.LayerBucketPolicy && e.allObjects(pattern):
			return e.restOfBucket(s, spared), nil
		default:
			return nil, errTooBroad
		}
	}
	if rest == nil {
		return nil, nil
	}
	return s.with("Resource", values(rest)), nil
}

// allObjects reports whether a pattern is about every object of the bucket.
func (e exemption) allObjects(pattern string) bool {
	return pattern == e.bucket()+"/*" || pattern == e.bucket()+"*"
}

// bucket is the ARN of the bucket that the resources are in.
func (e exemption) bucket() string {
	bucket, _, _ := strings.Cut(e.resources[0], "/")
	return bucket
}

// restOfBucket: the policy of a bucket is about nothing else, so that all but some is
// the rest of it.
func (e exemption) restOfBucket(s object, spared []string) object {
	ofBucket := slices.ContainsFunc(texts(s.get("Resource")), func(pattern string) bool { return resourceMatches(pattern, e.bucket()) })
	if !ofBucket && !slices.Contains(spared, e.bucket()) {
		spared = append(spared, e.bucket())
	}
	return s.renamed("Resource", "NotResource", values(spared))
}

// otherActions is the statement for what else it denies on a resource of the exemption;
// nil if that is nothing. Of a pattern that is about more than this action and less
// than all of the service nothing is left: what it lets pass is looked at where the
// change is proven.
func (e exemption) otherActions(s object, resource string) (object, error) {
	if e.layer != evidence.LayerKeyPolicy {
		only := encode(literal(resource))
		s = s.renamed("NotResource", "Resource", only).renamed("Resource", "Resource", only)
	}
	spared := e.actions[resource]
	but := func() (object, error) {
		if e.layer == evidence.LayerRCP {
			// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
			return nil, errors.New("a resource control policy cannot have NotAction, so that the statement cannot be narrowed to this one request")
		}
		return s.renamed("Action", "NotAction", values(spared)), nil
	}
	if s.find("NotAction") >= 0 {
		return s.with("NotAction", values(append(texts(s.get("NotAction")), spared...))), nil
	}
	service, _, _ := strings.Cut(spared[0], ":")
	var rest []string
	for _, pattern := range texts(s.get("Action")) {
		of, name, _ := strings.Cut(pattern, ":")
		switch {
		case pattern == "*", name == "*" && strings.EqualFold(of, service) && serviceOf(resource) == service:
			return but()
		case !slices.ContainsFunc(spared, func(a string) bool { return actionMatches(pattern, a) }):
			rest = append(rest, pattern)
		}
	}
	if rest == nil {
		return nil, nil
	}
	return s.with("Action", values(rest)), nil
}

func serviceOf(arn string) string {
	service, _, _, _ := splitARN(arn)
	return service
}

// renamed returns the object with another member in the place of one.
func (o object) renamed(from, to string, value json.RawMessage) object {
	o = slices.Clone(o)
	if i := o.find(from); i >= 0 {
		o[i] = member{to, value}
	}
	return o
}

// texts reads what may be one text or a list of them.
func texts(raw json.RawMessage) []string {
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	return nil
}

// values writes texts, one alone as such.
func values(list []string) json.RawMessage {
	if len(list) == 1 {
		return encode(list[0])
	}
	return encode(list)
}

func resourceMatches(pattern, resource string) bool {
	return statementMatches("a:b", resource, "*", pattern)
}

func actionMatches(pattern, action string) bool { return statementMatches(action, "*", pattern, "*") }

func statementMatches(action, resource, actions, resources string) bool {
	p, err := policy.Parse(encode(map[string]any{
		"Version": policy.Version2012, "Statement": map[string]any{"Effect": "Allow", "Action": actions, "Resource": resources},
	}))
	if err != nil {
		return true // it may
	}
	return p.Match(policy.NewRequest(action, resource, nil, nil), nil)[0].Truth != policy.No
}
