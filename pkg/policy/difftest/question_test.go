package difftest

import (
	"slices"
	"strings"

	"why403/pkg/policy"
	"why403/pkg/policy/difftest/iamsim"
)

// question is one request with the policies that decide it. Its context is
// complete: a key that it lacks, the request lacks.
type question struct {
	ID             int                     `json:"id"`
	Family         string                  `json:"family,omitempty"` // of the generator that made it
	Principal      string                  `json:"principal"`        // an ARN, a service, or "anonymous"
	Action         string                  `json:"action"`
	Resource       string                  `json:"resource"`
	Account        string                  `json:"account"` // of the resource
	Context        map[string]iamsim.Value `json:"context,omitempty"`
	Identity       []iamsim.Document       `json:"identity,omitempty"`
	ResourcePolicy *iamsim.Document        `json:"resourcePolicy,omitempty"`
}

// Number implements iamsim.Question.
func (q *question) Number() int { return q.ID }

// Asked implements iamsim.Question.
func (q *question) Asked() any { return q }

// Smaller implements iamsim.Question.
func (q *question) Smaller() []*question {
	var out []*question
	if q.ResourcePolicy != nil {
		c := iamsim.Clone(q)
		c.ResourcePolicy = nil
		out = append(out, c)
	}
	for i := range q.Identity {
		c := iamsim.Clone(q)
		c.Identity = slices.Delete(c.Identity, i, i+1)
		out = append(out, c)
	}
	return append(out, iamsim.Smaller(q, (*question).documents, func(q *question) map[string]iamsim.Value { return q.Context })...)
}

// documents returns all policies of the question.
func (q *question) documents() []*iamsim.Document {
	var out []*iamsim.Document
	for i := range q.Identity {
		out = append(out, &q.Identity[i])
	}
	if q.ResourcePolicy != nil {
		out = append(out, q.ResourcePolicy)
	}
	return out
}

// get returns the values of a context key, whose case does not count.
func (q *question) get(key string) (iamsim.Value, bool) {
	for k, v := range q.Context {
		if strings.EqualFold(k, key) {
			return v, true
		}
	}
	return iamsim.Value{}, false
}

// Ours implements iamsim.Question: it answers with package policy.
//
// How the two kinds of policies combine is no part of that package; it is done here
// as far as the questions need it.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
func (q *question) Ours() iamsim.Answer {
	ctx := policy.NewContext(true)
	for k, v := range q.Context {
		ctx.Set(k, v.Texts()...)
	}
	caller := callerOf(q.Principal)
	r := policy.NewRequest(q.Action, q.Resource, caller, ctx)

	denied, identity, resource, delegated := policy.No, policy.No, policy.No, policy.No
	for i := range q.Identity {
		results, err := match(&q.Identity[i], r)
		if err != nil {
			return iamsim.Answer("error: " + err.Error())
		}
		for _, res := range results {
			if res.Effect == policy.Deny {
				denied = denied.Or(res.Truth)
			} else {
				identity = identity.Or(res.Truth)
			}
		}
	}
	if q.ResourcePolicy != nil {
		results, err := match(q.ResourcePolicy, r)
		if err != nil {
			return iamsim.Answer("error: " + err.Error())
		}
		for _, res := range results {
			switch {
			case res.Effect == policy.Deny:
				denied = denied.Or(res.Truth)
			case res.Kinds == policy.ByAccount:
				delegated = delegated.Or(res.Truth)
			default:
				resource = resource.Or(res.Truth)
			}
		}
	}
	allowed := identity.Or(resource)
	switch {
	case caller.Type == policy.CallerAnonymous || caller.Type == policy.CallerService:
		allowed = resource
	case caller.Account != q.Account:
		allowed = identity.And(resource.Or(delegated))
	}
	switch {
	case denied == policy.Yes:
		return iamsim.ExplicitDeny
	case denied == policy.Unknown:
		return iamsim.Unknown
	case allowed == policy.Yes:
		return iamsim.Allow
	case allowed == policy.Unknown:
		return iamsim.Unknown
	}
	return iamsim.ImplicitDeny
}

func match(d *iamsim.Document, r *policy.Request) ([]policy.Result, error) {
	p, err := policy.Parse(iamsim.Encode(d))
	if err != nil {
		return nil, err
	}
	return p.Match(r, nil), nil
}

// callerOf reads the principal of a question.
func callerOf(principal string) *policy.Caller {
	f := strings.SplitN(principal, ":", 6)
	if principal == "anonymous" {
		return &policy.Caller{Type: policy.CallerAnonymous, Boundary: policy.No}
	}
	if len(f) != 6 {
		return &policy.Caller{Type: policy.CallerService, Service: principal, Boundary: policy.No}
	}
	c := &policy.Caller{Type: policy.CallerUser, Account: f[4], ARN: principal, UniqueID: "AIDAEXAMPLEEXAMPLE", Boundary: policy.No}
	name := strings.Split(f[5], "/")
	switch {
	case name[0] == "assumed-role":
		c.Type, c.SessionARN, c.UniqueID = policy.CallerRole, principal, "AROAEXAMPLEEXAMPLE"
		c.ARN = "arn:" + f[1] + ":iam::" + f[4] + ":role/" + name[1]
	case name[0] == "federated-user":
		c.Type = policy.CallerFederated
		c.Issuer = "arn:" + f[1] + ":iam::" + f[4] + ":user/" + name[1]
	}
	return c
}
