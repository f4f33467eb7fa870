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
	if slices.ContainsFunc(x.asked, func(a *authorization) bool { return a.target.kind == onKey }) {
		x.NoKey = ""
	}
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
	return "arn:" + partitionOf(&c.Principal) + ":s3:::*"
}

// decide makes the checks of one authorization.
func (x *decider) decide(a *authorization) {
	a.decided = true
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
	x.expectedOwner(a)
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
	x.limits(a, reach{identity: policy.Unknown, boundary: policy.Unknown, session: policy.Unknown, lenient: policy.No, anywhere: policy.No})
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
