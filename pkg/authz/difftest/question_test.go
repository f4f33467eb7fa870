package difftest

import (
	"slices"
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
	"why403/pkg/policy/difftest/iamsim"
)

// question is one action on one resource with the policies of every layer. What it
// does not have, the request or the account does not have.
type question struct {
	ID        int    `json:"id,omitempty"`
	Family    string `json:"family,omitempty"` // of the generator that made it
	Principal string `json:"principal"`        // the ARN of a user, session or root user; a service; "anonymous"
	// As is the role of a role session, and the user who asked for a federated one.
	As       string `json:"as,omitempty"`
	Action   string `json:"action"`
	Resource string `json:"resource"`
	Account  string `json:"account"` // of the resource
	// Context is what the request itself has. The keys of the requester, the resource
	// and the endpoint follow.
	Context     map[string]iamsim.Value `json:"context,omitempty"`
	Tags        map[string]string       `json:"tags,omitempty"` // of the role or user
	SessionTags map[string]string       `json:"sessionTags,omitempty"`

	Identity []iamsim.Document `json:"identity,omitempty"`
	Boundary *iamsim.Document  `json:"boundary,omitempty"`
	Session  *iamsim.Document  `json:"session,omitempty"`
	// SCPs and RCPs are by level: the root, organizational units, the account. Without
	// both an account is in no organization.
	SCPs           [][]iamsim.Document `json:"scps,omitempty"`
	RCPs           [][]iamsim.Document `json:"rcps,omitempty"`
	Endpoint       *iamsim.Document    `json:"endpoint,omitempty"` // the request comes through it
	ResourcePolicy *iamsim.Document    `json:"resourcePolicy,omitempty"`
	Restrict       bool                `json:"restrictPublicBuckets,omitempty"`
}

// Number implements iamsim.Question.
func (q *question) Number() int { return q.ID }

// Asked implements iamsim.Question. The other engine is told what follows. It takes the
// root user for one without policies, who may do nothing; it is told of one that allows
// everything.
func (q *question) Asked() any {
	c := iamsim.Clone(q)
	c.Context = q.keys()
	if q.caller().Type == evidence.PrincipalRoot {
		c.Identity = []iamsim.Document{document(iamsim.Everything("Allow"))}
	}
	return struct {
		*question
		Number  int  `json:"id"`
		Checked bool `json:"checked"`
	}{c, q.ID, true}
}

// Ours implements iamsim.Question.
func (q *question) Ours() iamsim.Answer {
	d := q.decide()
	blocks := false
	for _, c := range d.Blocking(policy.Yes) {
		if c.Verdict == authz.Deny {
			return iamsim.ExplicitDeny
		}
		blocks = true
	}
	switch {
	case blocks:
		return iamsim.ImplicitDeny
	case d.Allowed == policy.Yes:
		return iamsim.Allow
	}
	return iamsim.Unknown
}

// decide makes the decision, with everything known.
func (q *question) decide() *authz.Decision {
	ctx := policy.NewContext(true)
	for k, v := range q.Context {
		ctx.Set(k, v.Texts()...)
	}
	if q.Endpoint != nil {
		ctx.Set("aws:SourceVpce", endpointID)
	}
	return authz.Decide(&authz.Request{
		Principal:      q.caller(),
		Authorizations: []evidence.Authorization{{Action: q.Action, Resource: q.Resource, Account: q.Account}},
		Context:        ctx,
		VersionID:      q.version(),
	}, authz.Compile(q.evidence()))
}

// caller returns the requester as authz has it.
func (q *question) caller() evidence.Principal {
	f := strings.SplitN(q.Principal, ":", 6)
	switch {
	case q.Principal == "anonymous":
		return evidence.Principal{Type: evidence.PrincipalAnonymous}
	case len(f) != 6:
		return evidence.Principal{Type: evidence.PrincipalService, Service: q.Principal}
	}
	p := evidence.Principal{ARN: q.Principal, Account: f[4], AccessKeyID: "ASIAEXAMPLE"}
	kind, rest, _ := strings.Cut(f[5], "/")
	switch kind {
	case "user":
		p.Type, p.ID, p.AccessKeyID = evidence.PrincipalUser, userID, "AKIAEXAMPLE"
	case "assumed-role":
		p.Type, p.ID, p.ARN = evidence.PrincipalRole, roleID, q.As
		_, p.Session, _ = strings.Cut(rest, "/")
	case "federated-user":
		p.Type, p.Session, p.Issuer = evidence.PrincipalFederated, rest, q.As
	case "root":
		p.Type, p.AccessKeyID = evidence.PrincipalRoot, "AKIAEXAMPLE"
	}
	return p
}

// same says whether requester and resource are of one account.
func (q *question) same() bool { return q.caller().Account == q.Account }

// onKey says whether the question is about a KMS key, by a call on KMS itself.
func (q *question) onKey() bool { return strings.HasPrefix(q.Action, "kms:") }

// documents returns all policies of the question.
func (q *question) documents() []*iamsim.Document {
	var out []*iamsim.Document
	for i := range q.Identity {
		out = append(out, &q.Identity[i])
	}
	for _, levels := range [][][]iamsim.Document{q.SCPs, q.RCPs} {
		for _, level := range levels {
			for i := range level {
				out = append(out, &level[i])
			}
		}
	}
	for _, d := range []*iamsim.Document{q.Boundary, q.Session, q.Endpoint, q.ResourcePolicy} {
		if d != nil {
			out = append(out, d)
		}
	}
	return out
}

// Smaller implements iamsim.Question. Besides documents whole layers are left out, or
// allow everything.
func (q *question) Smaller() []*question {
	var out []*question
	try := func(change func(c *question)) {
		c := iamsim.Clone(q)
		change(c)
		out = append(out, c)
	}
	// Large steps first.
	try(func(c *question) {
		for _, d := range c.documents() {
			for i := range d.Statement {
				d.Statement[i].Condition = nil
			}
		}
	})
	try(func(c *question) { c.Context = nil })
	all := document(iamsim.Everything("Allow"))
	layer := func(of func(*question) **iamsim.Document, everybody bool) {
		d := *of(q)
		if d == nil {
			return
		}
		if !q.onKey() || d != q.ResourcePolicy { // a key has a policy
			try(func(c *question) { *of(c) = nil })
		}
		if !simple(d) {
			try(func(c *question) {
				s := iamsim.Everything("Allow")
				if everybody {
					s.Principal = iamsim.Everybody()
				}
				d := document(s)
				*of(c) = &d
			})
		}
	}
	layer(func(q *question) **iamsim.Document { return &q.Boundary }, false)
	layer(func(q *question) **iamsim.Document { return &q.Session }, false)
	layer(func(q *question) **iamsim.Document { return &q.Endpoint }, true)
	layer(func(q *question) **iamsim.Document { return &q.ResourcePolicy }, true)
	for i := range q.Identity {
		try(func(c *question) { c.Identity = slices.Delete(c.Identity, i, i+1) })
	}
	if len(q.Identity) > 1 || len(q.Identity) == 1 && !simple(&q.Identity[0]) {
		try(func(c *question) { c.Identity = []iamsim.Document{all} })
	}
	q.smallerLevels(try, func(q *question) *[][]iamsim.Document { return &q.SCPs }, all)
	q.smallerLevels(try, func(q *question) *[][]iamsim.Document { return &q.RCPs })
	try(func(c *question) { c.Tags = nil })
	try(func(c *question) { c.SessionTags = nil })
	try(func(c *question) { c.Restrict = false })
	out = slices.DeleteFunc(out, func(c *question) bool { return string(iamsim.Encode(c)) == string(iamsim.Encode(q)) })
	return append(out, iamsim.Smaller(q, (*question).documents, func(q *question) map[string]iamsim.Value { return q.Context })...)
}

// smallerLevels leaves out policies and levels of an organization; full is what a level
// may have at the least.
func (q *question) smallerLevels(try func(func(*question)), of func(*question) *[][]iamsim.Document, full ...iamsim.Document) {
	try(func(c *question) { *of(c) = nil })
	for i, level := range *of(q) {
		try(func(c *question) { (*of(c))[i] = full })
		for j := range level {
			if len(level) > 1 {
				try(func(c *question) { (*of(c))[i] = slices.Delete((*of(c))[i], j, j+1) })
			}
		}
		if i > 0 && i < len(*of(q))-1 {
			try(func(c *question) { *of(c) = slices.Delete(*of(c), i, i+1) })
		}
	}
}

// simple reports whether a document is one statement that allows everything.
func simple(d *iamsim.Document) bool {
	if len(d.Statement) != 1 {
		return false
	}
	s := d.Statement[0]
	_, everybody := s.Principal["*"]
	return s.Effect == "Allow" && len(s.Condition) == 0 && (s.Principal == nil || everybody) &&
		slices.Equal(s.Action.Texts(), []string{"*"}) && slices.Equal(s.Resource.Texts(), []string{"*"})
}

func document(statements ...iamsim.Statement) iamsim.Document {
	return iamsim.Document{Version: "2012-10-17", Statement: statements}
}
