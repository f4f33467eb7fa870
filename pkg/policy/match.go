package policy

import "strings"

// Request is one question to a policy: may this caller do this action on this
// resource? Prepare it with NewRequest.
type Request struct {
	action   string // folded
	Action   string
	Resource string // an ARN, or "*" for an action without resources; empty: unknown
	Caller   *Caller
	Context  *Context
}

// NewRequest returns a Request. Without a caller or a context nothing is known of
// them.
func NewRequest(action, resource string, caller *Caller, ctx *Context) *Request {
	if caller == nil {
		caller = &Caller{}
	}
	return &Request{action: strings.ToLower(action), Action: action, Resource: resource, Caller: caller, Context: ctx}
}

// Element is a part of a statement that must match.
type Element uint8

// The elements.
const (
	ElementNone Element = iota
	ElementPrincipal
	ElementNotPrincipal
	ElementAction
	ElementNotAction
	ElementResource
	ElementNotResource
	ElementCondition
	ElementOther // one that this package does not know
)

// String returns the element as a policy spells it.
func (e Element) String() string {
	return [...]string{"", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition", "unknown element"}[e]
}

// Result is what one statement says of a request.
type Result struct {
	Statement int // its place in the document, from 0
	Effect    Effect
	Truth     Truth // whether it matches
	// Kinds are the ways in which it names the caller, if it has a Principal; Perhaps
	// those in which it may.
	Kinds, Perhaps Kind
	// Element is the first that does not match, or else the first that is unknown;
	// ElementNone if the statement matches.
	Element Element
	// Condition is the place of the condition that is meant by ElementCondition.
	Condition int
	// Missed is how many elements do not match, Unsettled how many are unknown. Each
	// condition counts as one.
	Missed, Unsettled int
	// Failed is the elements that do not match.
	Failed Elements
}

// Elements is a set of elements.
type Elements uint16

// Has reports whether one of the elements is in the set.
func (s Elements) Has(elements ...Element) bool {
	for _, e := range elements {
		if s&(1<<e) != 0 {
			return true
		}
	}
	return false
}

// Match evaluates every statement and appends a Result for each to results, in
// the order of the document. It stops nowhere: what fails second is told as well.
func (p *Policy) Match(r *Request, results []Result) []Result {
	for i := range p.statements {
		results = append(results, Result{Statement: i})
		p.statements[i].match(r, &results[len(results)-1])
	}
	return results
}

func (s *Statement) match(r *Request, out *Result) {
	out.Effect, out.Truth = s.effect, Yes
	principal, kinds, perhaps := s.matchPrincipal(r.Caller)
	out.Kinds, out.Perhaps = kinds, perhaps
	out.note(principal, s.principalElement(), 0)
	out.note(s.matchAction(r), s.actionElement(), 0)
	out.note(s.matchResource(r), s.resourceElement(), 0)
	for n := range s.conditions {
		out.note(s.conditions[n].eval(r.Context), ElementCondition, n)
	}
	if len(s.unknown) > 0 {
		out.note(Unknown, ElementOther, 0)
	}
}

// note adds what one element says.
func (out *Result) note(t Truth, e Element, condition int) {
	switch t {
	case Yes:
		return
	case No:
		out.Failed |= 1 << e
		if out.Missed++; out.Missed == 1 {
			out.Element, out.Condition = e, condition
		}
	case Unknown:
		if out.Unsettled++; out.Unsettled == 1 && out.Missed == 0 {
			out.Element, out.Condition = e, condition
		}
	}
	out.Truth = out.Truth.And(t)
}

func (s *Statement) principalElement() Element {
	if s.notPrincipal {
		return ElementNotPrincipal
	}
	return ElementPrincipal
}

func (s *Statement) actionElement() Element {
	if s.notAction {
		return ElementNotAction
	}
	return ElementAction
}

func (s *Statement) resourceElement() Element {
	if s.notResource {
		return ElementNotResource
	}
	return ElementResource
}

// matchAction matches the action. An empty list names none: "This statement
// includes no actions and does not affect the policy", which does not fit NotAction.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
func (s *Statement) matchAction(r *Request) Truth {
	t := No
	for i := range s.actions {
		if t = t.Or(s.actions[i].match(nil, r.action)); t == Yes {
			break
		}
	}
	switch {
	case !s.notAction:
		return t
	case len(s.actions) == 0:
		return Unknown
	}
	return t.Not()
}

// resourceDoubt says why it is unknown whether the resource matches. It is empty if
// a variable that is not known is the reason.
func (s *Statement) resourceDoubt(r *Request) string {
	for i := range s.resources {
		p := &s.resources[i]
		match := p.match(r.Context, r.Resource)
		if what := p.doubt(r.Context, match); what != "" {
			return what
		}
		if s.notResource && match == No && p.valued(r.Context) == No {
			return "what NotResource makes of a variable without a value is not documented"
		}
	}
	return ""
}

// matchResource matches the resource. A statement without the element is for the
// resource that the document belongs to: "All policies except role trust policies
// must include a Resource or NotResource element".
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
func (s *Statement) matchResource(r *Request) Truth {
	if !s.hasResource {
		return Yes
	}
	t := No
	for i := range s.resources {
		p := &s.resources[i]
		match := Unknown
		if r.Resource != "" || p.shape == shapeEverything {
			match = p.match(r.Context, r.Resource)
		}
		if match == No && s.notResource && p.valued(r.Context) != Yes {
			// "the resource that includes a policy variable with no value will not match
			// any resource", or "the entire statement [may] be invalid".
			//
			// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
			match = Unknown
		}
		if t = t.Or(match); t == Yes {
			break
		}
	}
	switch {
	case !s.notResource:
		return t
	case len(s.resources) == 0:
		return Unknown
	}
	return t.Not()
}
