package difftest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"why403/pkg/policy"
)

// answer is what an engine says of a question. An engine that refuses a question
// says "error: " and why.
type answer string

// The answers.
const (
	allow        answer = "allow"
	explicitDeny answer = "explicit deny"
	implicitDeny answer = "implicit deny"
	unknown      answer = "unknown" // ours only
)

// question is one request with the policies that decide it. Its context is
// complete: a key that it lacks, the request lacks.
type question struct {
	ID             int              `json:"id"`
	Family         string           `json:"family,omitempty"` // of the generator that made it
	Principal      string           `json:"principal"`        // an ARN, a service, or "anonymous"
	Action         string           `json:"action"`
	Resource       string           `json:"resource"`
	Account        string           `json:"account"` // of the resource
	Context        map[string]value `json:"context,omitempty"`
	Identity       []document       `json:"identity,omitempty"`
	ResourcePolicy *document        `json:"resourcePolicy,omitempty"`
}

// document is a policy, which may be written in every way that the grammar allows.
type document struct {
	Version   string      `json:"Version,omitempty"`
	Statement []statement `json:"Statement"`
}

type statement struct {
	Effect       string                      `json:"Effect"`
	Principal    principals                  `json:"Principal,omitempty"`
	NotPrincipal principals                  `json:"NotPrincipal,omitempty"`
	Action       value                       `json:"Action,omitzero"`
	NotAction    value                       `json:"NotAction,omitzero"`
	Resource     value                       `json:"Resource,omitzero"`
	NotResource  value                       `json:"NotResource,omitzero"`
	Condition    map[string]map[string]value `json:"Condition,omitempty"` // operator, key
}

// principals are the values of a Principal element by kind. The kind "*" stands for
// the whole element being "*".
type principals map[string]value

// MarshalJSON implements json.Marshaler.
func (p principals) MarshalJSON() ([]byte, error) {
	if _, all := p["*"]; all {
		return []byte(`"*"`), nil
	}
	return json.Marshal(map[string]value(p))
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *principals) UnmarshalJSON(b []byte) error {
	if string(b) == `"*"` {
		*p = principals{"*": list("*")}
		return nil
	}
	return decode(b, (*map[string]value)(p))
}

// value is one value, bare, or a list of them. In a context the two are different
// keys: a list is a multivalued key, whose one value is in a list still.
type value struct {
	items []any // string, bool or json.Number
	bare  bool
}

func one(item any) value { return value{[]any{item}, true} }

func list(items ...any) value { return value{items: items} }

// IsZero leaves an absent element out.
func (v value) IsZero() bool { return v.items == nil && !v.bare }

// MarshalJSON implements json.Marshaler.
func (v value) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	var err error
	switch {
	case v.bare && len(v.items) == 1:
		err = e.Encode(v.items[0])
	case v.items == nil:
		err = e.Encode([]any{})
	default:
		err = e.Encode(v.items)
	}
	return bytes.TrimSpace(b.Bytes()), err
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *value) UnmarshalJSON(b []byte) error {
	if b[0] == '[' {
		return decode(b, &v.items)
	}
	v.items, v.bare = make([]any, 1), true
	return decode(b, &v.items[0])
}

// texts returns the values as a policy compares them.
func (v value) texts() []string {
	out := make([]string, len(v.items))
	for i, item := range v.items {
		out[i] = fmt.Sprint(item)
	}
	return out
}

// decode keeps numbers as they are written.
func decode(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return d.Decode(into)
}

// encode writes v as it goes over the pipe and into messages.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // the types here can all be encoded
	}
	return bytes.TrimSpace(b.Bytes())
}

// clone returns a deep copy.
func (q *question) clone() *question {
	c := new(question)
	if err := decode(encode(q), c); err != nil {
		panic(err)
	}
	return c
}

// documents returns all policies of the question.
func (q *question) documents() []*document {
	var out []*document
	for i := range q.Identity {
		out = append(out, &q.Identity[i])
	}
	if q.ResourcePolicy != nil {
		out = append(out, q.ResourcePolicy)
	}
	return out
}

// get returns the values of a context key, whose case does not count.
func (q *question) get(key string) (value, bool) {
	for k, v := range q.Context {
		if strings.EqualFold(k, key) {
			return v, true
		}
	}
	return value{}, false
}

// ours answers with package policy.
//
// How the two kinds of policies combine is no part of that package; it is done here
// as far as the questions need it.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
func (q *question) ours() answer {
	ctx := policy.NewContext(true)
	for k, v := range q.Context {
		ctx.Set(k, v.texts()...)
	}
	caller := callerOf(q.Principal)
	r := policy.NewRequest(q.Action, q.Resource, caller, ctx)

	denied, identity, resource, delegated := policy.No, policy.No, policy.No, policy.No
	for i := range q.Identity {
		results, err := match(&q.Identity[i], r)
		if err != nil {
			return answer("error: " + err.Error())
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
			return answer("error: " + err.Error())
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
		return explicitDeny
	case denied == policy.Unknown:
		return unknown
	case allowed == policy.Yes:
		return allow
	case allowed == policy.Unknown:
		return unknown
	}
	return implicitDeny
}

func match(d *document, r *policy.Request) ([]policy.Result, error) {
	p, err := policy.Parse(encode(d))
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
