package authz

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// decideKey: the use of a KMS key. The key policy alone can let somebody in; it may
// name the requester, or leave it to an account's IAM policies. In the key's own
// account one is enough; from another account it takes both. A grant stands for both.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
func (x *decider) decideKey(a *authorization) {
	if a.leg == nil {
		a.leg = &leg{direct: x.direct()}
		if a.Resource != "*" {
			a.leg.key = a.Resource
		}
	}
	l := a.leg
	if l.uncertain == "" && l.key == "" && l.managed != policy.Yes {
		l.uncertain = "which KMS key is used is not known"
	}
	if l.uncertain != "" {
		c := x.add(a, evidence.LayerKeyPolicy, a.target.account, Unknown, policy.Unknown)
		c.note(l.uncertain)
		c.more().needs = l.needs
		return
	}
	key := x.from.Keys[l.key]
	metadata, known := key.Metadata.Value()
	if l.managed == policy.Unknown && metadata.KeyManager != "" {
		l.managed = policy.Of(metadata.KeyManager == "AWS")
	}
	docs := x.from.keys[l.key]
	if docs.state == evidence.StateAbsent {
		// https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
		docs = documents{state: evidence.StateUnreadable, why: "AWS showed none, and every key has one"}
	}
	s := x.match(docs, a, "")
	g := x.grantsOf(&s)
	note := x.managedKey(a, &s, &g)
	if x.caller.Type == evidence.PrincipalAnonymous {
		s.allow, note = policy.No, "requests that use a KMS key must be signed"
		g = needsAll()
	}
	grant := x.grant(a, key)
	g.identity = g.identity.And(a.same).Or(grant)
	if a.same == policy.Yes && s.allow == policy.No && grant == policy.No {
		// A Deny still counts.
		g.identity, g.because = policy.Yes, "it need not allow: the key policy leaves nothing to IAM policies, and would have to allow itself"
	}
	// Whether a grant passes a boundary and a session policy by is not documented.
	g.boundary, g.session = g.boundary.And(a.same).Or(grant.And(policy.Unknown)), g.session.And(a.same).Or(grant.And(policy.Unknown))
	x.resourceControl(a)
	x.serviceControl(a)
	x.endpoint(a)
	g.lenient = policy.No
	x.identityPolicies(a, g)
	x.boundary(a, g)
	x.sessionPolicy(a, g)

	blocks := s.deny.Or(s.allow.Or(grant).Not())
	c := x.add(a, evidence.LayerKeyPolicy, a.target.account, s.verdict(blocks), blocks)
	c.says(&s, grant.Not())
	if note != "" {
		c.note(note)
	} else if blocks == policy.Unknown && s.allow == policy.No && grant == policy.Unknown {
		c.note("whether a grant lets the requester use the key instead is not known")
	} else if s.state == evidence.StateUnreadable || s.state == evidence.StateNotRead || s.unread > 0 {
		c.note("the key policy was not read" + because(s.why))
		c.need("kms:GetKeyPolicy", a.target.account, l.key)
	}
	x.explainGrant(a, key, grant)

	state := x.add(a, evidence.LayerKeyState, a.target.account, Allow, policy.No)
	switch {
	case known && usable(metadata.KeyState), l.managed == policy.Yes:
		state.note("the key is enabled")
	case known && metadata.KeyState != "":
		state.Verdict, state.Blocks = Deny, policy.Yes
		state.fact("KeyState", "Enabled", metadata.KeyState, "the key is in the state "+metadata.KeyState)
	default:
		state.Verdict, state.Blocks = Unknown, policy.Unknown
		state.note("the state of the key was not read" + because(key.Metadata.Reason()))
		state.need("kms:DescribeKey", a.target.account, l.key)
	}
}

// direct reports whether the request is a call on KMS itself.
func (x *decider) direct() bool {
	for i := range x.request.Authorizations {
		if !hasPrefixFold(x.request.Authorizations[i].Action, "kms:") {
			return false
		}
	}
	return true
}

// usable reports whether a key in this state can be used. One that is updating is
// moved to another region, and usable meanwhile.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
func usable(state string) bool { return state == "Enabled" || state == "Updating" }

// managedKey: the policy of a key that AWS manages for S3 cannot be changed: it lets
// every user and role of its own account use the key through S3, and nobody else.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
func (x *decider) managedKey(a *authorization, s *says, g *reach) string {
	if a.leg.managed != policy.Yes || s.state == evidence.StateKnown && a.same != policy.No {
		return ""
	}
	s.state, s.unread = evidence.StateKnown, 0
	s.deny = policy.No
	switch a.same {
	case policy.Yes:
		s.allow = policy.Yes
		g.identity, g.boundary, g.session = policy.Yes, policy.Yes, policy.Yes
		return "AWS manages the key: its policy lets everybody in its account use it through S3"
	case policy.No:
		s.allow = policy.No
		*g = needsAll()
		return "AWS manages the key, for its own account only: its policy cannot be changed"
	default:
		s.allow = policy.Unknown
		g.identity, g.boundary, g.session = policy.Unknown, policy.Unknown, policy.Unknown
		return "AWS manages the key, for its own account only; whether that is the requester's is not known"
	}
}

// grant says whether a grant on the key lets the requester use it.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
func (x *decider) grant(a *authorization, key evidence.Key) policy.Truth {
	if x.caller.Type == evidence.PrincipalAnonymous || a.leg.managed == policy.Yes {
		return policy.No
	}
	grants, known := key.Grants.Value()
	if !known {
		return policy.Of(key.Grants.State() != evidence.StateAbsent).And(policy.Unknown)
	}
	_, operation, _ := strings.Cut(a.action, ":")
	t := policy.No
	for _, g := range grants {
		for _, op := range g.Operations {
			if strings.EqualFold(op, operation) {
				t = t.Or(x.grantee(g.GranteePrincipal).And(constrained(g.Constraints, a.leg)))
				break
			}
		}
	}
	return t
}

// grantee says whether the requester is the grantee. What a grant to a whole account
// is worth to its users is not documented.
func (x *decider) grantee(name string) policy.Truth {
	c := &x.caller.policy
	switch {
	case name == "":
		return policy.Unknown
	case name == c.Issuer:
		return policy.Unknown // what it is worth to a session of the user is not documented
	case name == c.Service, name == c.SessionARN, name == c.ARN && !c.ARNUncertain:
		return policy.Yes
	}
	a, ok := parseARN(name)
	switch {
	case !ok || a.account != c.Account && c.Account != "":
		return policy.No
	case c.ARNUncertain && nameKey(name) == nameKey(c.ARN) && nameKey(name) != "":
		return policy.Unknown
	case c.ARN == "" && x.caller.signed(), a.resource == "root":
		return policy.Unknown
	case c.Type == policy.CallerRole && c.SessionARN == "" && strings.HasPrefix(a.resource, "assumed-role/"+lastPart(c.ARN)+"/"):
		return policy.Unknown // which of the role's sessions it is, is not known
	}
	return policy.No
}

// constrained says whether the encryption context of the call meets a grant's
// constraints. Besides aws:s3:arn the context may have pairs of the client's own.
//
// https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
func constrained(g evidence.GrantConstraints, l *leg) policy.Truth {
	t := policy.Yes
	pairs := func(wanted map[string]string) {
		for k, v := range wanted {
			switch {
			case k == "aws:s3:arn":
				t = t.And(sameID(v, l.arn))
			case l.alone:
				t = policy.No
			default:
				t = t.And(policy.Unknown)
			}
		}
	}
	pairs(g.EncryptionContextSubset)
	pairs(g.EncryptionContextEquals)
	if len(g.EncryptionContextEquals) > 0 {
		if _, ok := g.EncryptionContextEquals["aws:s3:arn"]; !ok {
			return policy.No
		}
		if !l.alone {
			t = t.And(policy.Unknown)
		}
	}
	return t
}

func (x *decider) explainGrant(a *authorization, key evidence.Key, grant policy.Truth) {
	c := x.add(a, evidence.LayerKeyGrant, a.target.account, NoAllow, policy.No)
	switch grant {
	case policy.Yes:
		c.Verdict = Allow
		c.note("a grant lets the requester use the key")
	case policy.No:
		c.note("no grant is needed, or none fits")
	case policy.Unknown:
		c.Verdict = Unknown
		if key.Grants.Unknown() {
			c.note("the grants of the key were not read" + because(key.Grants.Reason()))
			c.need("kms:ListGrants", a.target.account, a.leg.key)
		} else {
			c.note("whether a grant of the key fits is not known")
		}
	}
}
