package authz

import (
	"cmp"
	"slices"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// Decide makes every check that S3 makes for a request, with what the evidence knows.
// It gives the same Decision for the same request and evidence.
func Decide(r *Request, e *Evidence) *Decision {
	// Everything that a usual decision needs is in one piece of memory.
	all := &struct {
		Decision
		decider
		authorization
		checks         [20]Check
		spans          [14]span
		asked          [2]*authorization
		authorizations [2]Authorization
	}{}
	d, x := &all.Decision, &all.decider
	d.Checks, d.spans, d.asked, d.Authorizations = all.checks[:0], all.spans[:0], all.asked[:0], all.authorizations[:0]
	d.results = make([]policy.Result, 0, min(e.statements, 128))
	x.Decision, x.request, x.from, x.spare = d, r, e, &all.authorization
	x.caller.from(r, e)
	x.run(r.Authorizations)
	return d
}

// decider makes one Decision.
type decider struct {
	*Decision
	request *Request
	from    *Evidence
	caller  caller
	// asking says that S3 itself asks whether the caller may list a bucket: the checks
	// of the call are not made again.
	asking bool
	// included are the checks of what S3 itself asks.
	included []includedChecks
	spare    *authorization // memory for one
}

func (x *decider) run(list []evidence.Authorization) {
	for _, a := range list {
		x.ask(a, x.from.targetOf(x.request, a), "")
	}
	// Keys come last: what is encrypted with which follows from the others.
	for _, keys := range [...]bool{false, true} {
		for i := 0; i < len(x.asked); i++ { // it grows meanwhile
			if a := x.asked[i]; (a.target.kind == onKey) == keys {
				x.decide(a)
			}
		}
	}
	x.listIncluded()
	if len(x.asked) > 1 {
		slices.SortStableFunc(x.Checks, func(a, b Check) int { return cmp.Compare(a.Authorization, b.Authorization) })
	}
	for _, a := range x.asked {
		x.Authorizations = append(x.Authorizations, Authorization{Authorization: a.Authorization, Because: a.because, Outcome: policy.Yes})
	}
	x.Allowed = policy.Yes
	for i := range x.Checks {
		c := &x.Checks[i]
		passes := c.Blocks.Not()
		a := &x.Authorizations[c.Authorization]
		a.Outcome = a.Outcome.And(passes)
		x.Allowed = x.Allowed.And(passes)
	}
	n := len(x.asked)
	for _, in := range slices.Backward(x.included) {
		n -= len(in.asked)
		for i := range in.asked {
			x.Authorizations[n+i].Outcome = in.Authorizations[i].Outcome
		}
	}
	if len(x.asked) == 0 {
		x.Allowed = policy.Unknown
	}
}

// ask adds an authorization that is needed.
func (x *decider) ask(a evidence.Authorization, t target, because string) *authorization {
	if a.Account == "" {
		a.Account = t.account
	}
	c := &x.caller
	if t.facts == nil {
		x.from.lookUp(&t, "")
	}
	out := x.spare
	if x.spare = nil; out == nil {
		out = new(authorization)
	}
	out.action = strings.ToLower(a.Action)
	if t.object != &x.from.nothing.object && x.request.VersionID == "" && t.ofObject && strings.Contains(out.action, "version") {
		t.object = &x.from.nothing.object // of a version that nobody knows
	}
	out.Authorization, out.because, out.target, out.same, out.place = a, because, t, c.same(t.account), len(x.asked)
	out.request, out.from, out.caller = x.request, x.from, c
	if c.policy.ARN != "" && !c.policy.ARNUncertain {
		out.arn[0] = c.policy.ARN
	}
	out.account[0], out.kind[0], out.resource[0] = c.Account, principalType(c.Type), t.account
	out.context = x.request.Context.With(out)
	resource := matched(a, c)
	if t.ofObject && t.key == "" || resource == "*" && t.kind != onAccount {
		resource = "" // not known which
	}
	out.question = *policy.NewRequest(out.action, resource, &c.policy, &out.context)
	out.question.Action = a.Action
	x.asked = append(x.asked, out)
	return out
}

// matched returns what Resource elements are compared with. Who may list all buckets
// may be written as every bucket.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/walkthrough1.html
func matched(a evidence.Authorization, c *caller) string {
	if a.Resource != "*" || !strings.EqualFold(a.Action, "s3:ListAllMyBuckets") {
		return a.Resource
	}
	partition := "aws"
	if arn, ok := parseARN(c.ARN); ok {
		partition = arn.partition
	}
	return "arn:" + partition + ":s3:::*"
}

// decide makes the checks of one authorization.
func (x *decider) decide(a *authorization) {
	switch a.target.kind {
	case onKey:
		x.decideKey(a)
	case onPoint, onMRAP:
		x.decidePoint(a)
	case onDirectory:
		x.decideDirectory(a)
	case onAccount:
		x.decideAccount(a)
	case onOther:
		x.decideOther(a)
	case onBucket, onUnknown:
		x.decideBucket(a)
	}
}

// decideAccount: on no resource only the requester's own policies can let anybody in.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
func (x *decider) decideAccount(a *authorization) {
	x.limits(a, needsAll())
	if x.caller.signed() && !x.caller.cloudFront {
		return
	}
	for i := range x.Checks {
		if c := &x.Checks[i]; c.Authorization == a.place && c.Layer == evidence.LayerIdentity {
			c.Verdict, c.Blocks, c.MustAllow = NoAllow, policy.Yes, policy.Yes
			c.text = "the action is on no resource: only IAM policies can allow it, and the requester has none"
		}
	}
}

// ofTheCall makes the checks that are no policies.
func (x *decider) ofTheCall(a *authorization) {
	if x.firstOfBucket(a) {
		x.requesterPays(a)
	}
	x.customerKey(a)
	x.objectLock(a)
	x.mfaDelete(a)
	x.objectExists(a)
	if x.firstOfBucket(a) {
		x.expectedOwner(a)
	}
	x.askForKey(a)
}

// firstOfBucket reports whether no authorization before this one is on its bucket:
// what is asked once a request is checked there.
func (x *decider) firstOfBucket(a *authorization) bool {
	for _, b := range x.asked[:a.place] {
		if b.target.bucket == a.target.bucket && b.target.kind == a.target.kind {
			return false
		}
	}
	return true
}

// decideOther: resources of other services, and kinds that are not supported. What
// the requester's side says is the same for all of them.
func (x *decider) decideOther(a *authorization) {
	x.limits(a, reach{identity: policy.Unknown, boundary: policy.Unknown, session: policy.Unknown, lenient: policy.No})
	c := x.add(a, evidence.LayerBucketPolicy, a.target.account, Unknown, policy.Unknown)
	c.note("resources of this kind are not supported: what their own policies say is not known")
}

func (x *decider) add(a *authorization, l evidence.Layer, account string, v Verdict, blocks policy.Truth) *Check {
	x.Checks = append(x.Checks, Check{Layer: l, Authorization: a.place, Account: account, Verdict: v, Blocks: blocks, Denies: policy.No, Allows: policy.No, MustAllow: policy.No})
	return &x.Checks[len(x.Checks)-1]
}

// says notes what the policies of the layer say, and whether they must allow.
func (c *Check) says(s *says, mustAllow policy.Truth) {
	c.from, c.to = s.from, s.to
	c.Denies, c.Allows, c.MustAllow = s.deny, s.allow, mustAllow
}

func (c *Check) more() *details {
	if c.details == nil {
		c.details = new(details)
	}
	return c.details
}

func (c *Check) note(text string) {
	if c.text == "" && c.details == nil {
		c.text = text
		return
	}
	c.fact("", "", "", text)
}

func (c *Check) fact(element, wanted, got, text string) {
	m := c.more()
	m.notes = append(m.notes, Note{Text: text, Element: element, Wanted: wanted, Got: got})
}

func (c *Check) need(permission, account, resource string) {
	m := c.more()
	m.needs = append(m.needs, Need{Permission: permission, Account: account, Resource: resource})
}

// says is what the policies of one layer say.
type says struct {
	deny, allow policy.Truth
	from, to    int // of the spans
	state       evidence.State
	why         string // of a state that is not known
	// unread is the names of policies that could not be read.
	unread int
}

// match asks the documents of a layer. Every statement of every document is
// evaluated.
func (x *decider) match(docs documents, a *authorization, level string) says {
	s := says{deny: policy.No, allow: policy.No, from: len(x.spans), to: len(x.spans), state: docs.state, why: docs.why}
	if docs.state != evidence.StateKnown {
		if docs.state != evidence.StateAbsent {
			s.deny, s.allow = policy.Unknown, policy.Unknown
		}
		return s
	}
	for i := range docs.list {
		d := &docs.list[i]
		n := len(x.results)
		if d.policy == nil {
			s.deny, s.allow = s.deny.Or(policy.Unknown), s.allow.Or(policy.Unknown)
			s.unread++
			s.why = cmp.Or(s.why, d.why)
		} else {
			x.results = d.policy.Match(&a.question, x.results)
		}
		x.spans = append(x.spans, span{document: d, asked: a, level: level, from: n, to: len(x.results)})
		for _, res := range x.results[n:] {
			if res.Effect == policy.Deny {
				s.deny = s.deny.Or(res.Truth)
			} else {
				s.allow = s.allow.Or(res.Truth)
			}
		}
	}
	s.to = len(x.spans)
	return s
}

// verdict is what the layer says by itself. That no statement allows is told although
// one may deny, where that is why it blocks.
func (s *says) verdict(blocks policy.Truth) Verdict {
	switch {
	case s.deny == policy.Yes:
		return Deny
	case s.allow == policy.No && s.deny == policy.Unknown && blocks == policy.Yes:
		return NoAllow
	case s.deny == policy.Unknown, s.allow == policy.Unknown:
		return Unknown
	case s.allow == policy.No:
		return NoAllow
	}
	return Allow
}

// reach is how far the Allow of a resource's own policy goes in the requester's
// account: which layers need not allow besides.
type reach struct {
	identity, boundary, session policy.Truth
	// lenient says that these layers need not allow, and that it is not known whether
	// what they deny counts: of the bucket behind an access point.
	lenient policy.Truth
}

// needsAll is the reach of a policy that grants nothing: each layer must allow.
func needsAll() reach {
	return reach{identity: policy.No, boundary: policy.No, session: policy.No, lenient: policy.No}
}

// grantsOf returns how far the statements that allow go, by the way they name the
// requester.
//
// "user ARN", "role ARN" …: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
// boundaries: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
func (x *decider) grantsOf(s *says) reach {
	g := needsAll()
	for _, sp := range x.spans[s.from:s.to] {
		for i := sp.from; i < sp.to; i++ {
			res := &x.results[i]
			if res.Effect != policy.Allow || res.Truth == policy.No {
				continue
			}
			sure, may := reachOf(res.Kinds, x.caller.Type), reachOf(res.Perhaps, x.caller.Type)
			g.identity = g.identity.Or(res.Truth.And(sure.identity.Or(may.identity.And(policy.Unknown))))
			g.boundary = g.boundary.Or(res.Truth.And(sure.boundary.Or(may.boundary.And(policy.Unknown))))
			g.session = g.session.Or(res.Truth.And(sure.session.Or(may.session.And(policy.Unknown))))
		}
	}
	if s.state == evidence.StateUnreadable || s.state == evidence.StateNotRead || s.unread > 0 {
		g.identity, g.boundary, g.session = g.identity.Or(policy.Unknown), g.boundary.Or(policy.Unknown), g.session.Or(policy.Unknown)
	}
	return g
}

// reachOf is the table of that page. An account, and a canonical user, which is one,
// delegates to the account: its IAM policies decide.
func reachOf(k policy.Kind, t evidence.PrincipalType) reach {
	const (
		all  = policy.ByWildcard | policy.BySession | policy.ByFederatedUser
		some = policy.ByRole | policy.ByIssuer
		// What these mean in the policy of a bucket is not documented.
		undocumented = policy.ByExclusion | policy.ByProvider
	)
	g := needsAll()
	user := k&policy.ByUser != 0 || k&policy.ByUniqueID != 0 && t == evidence.PrincipalUser
	switch {
	case k&all != 0, user: // a user has no session policy
		g.identity, g.boundary, g.session = policy.Yes, policy.Yes, policy.Yes
	case k&some != 0 || k&policy.ByUniqueID != 0:
		g.identity = policy.Yes
	}
	if k&undocumented != 0 {
		g.identity, g.boundary, g.session = g.identity.Or(policy.Unknown), g.boundary.Or(policy.Unknown), g.session.Or(policy.Unknown)
	}
	return g
}
