package authz

import (
	"cmp"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

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
	// anywhere is what holds across accounts as well.
	anywhere policy.Truth
	// because says why IAM policies need not allow, if it is not the usual reason.
	because string
}

// needsAll is the reach of a policy that grants nothing: each layer must allow.
func needsAll() reach {
	return reach{identity: policy.No, boundary: policy.No, session: policy.No, lenient: policy.No, anywhere: policy.No}
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
