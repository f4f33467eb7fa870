package difftest

import (
	"slices"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
	"why403/pkg/policy/difftest/iamsim"
)

// classes returns the known differences. The first that fits is the one that is
// reported.
func classes() []iamsim.Class[*question] {
	return []iamsim.Class[*question]{
		{Name: "A session policy and a grant to the session", Is: func(q *question) bool {
			return q.Ours() == iamsim.Allow && q.Session != nil && q.same() && q.granted("*", q.Principal)
		}},
		{Name: "A federated session without a policy", Is: func(q *question) bool {
			return q.Ours() == iamsim.ImplicitDeny && q.Session == nil && q.caller().Type == evidence.PrincipalFederated
		}},
		{Name: "The path of a role", Is: func(q *question) bool {
			c := q.caller()
			return c.Type == evidence.PrincipalRole && q.named(func(s string) bool {
				return strings.Contains(s, ":role/") && s != q.As && s[strings.LastIndexByte(s, '/'):] == q.As[strings.LastIndexByte(q.As, '/'):]
			})
		}},
		{Name: "Unique ids", Is: func(q *question) bool {
			return q.named(func(s string) bool { return s == userID || s == roleID })
		}},
		{Name: "The root user and the bucket policy", Is: func(q *question) bool {
			return q.caller().Type == evidence.PrincipalRoot && q.same() && q.ResourcePolicy != nil && strings.HasSuffix(q.Action, "BucketPolicy")
		}},
		{Name: "RestrictPublicBuckets where nothing allows", Is: func(q *question) bool {
			return q.Restrict && q.Ours() == iamsim.ExplicitDeny && len(q.decide().Blocking(policy.Yes)) > 1
		}},
		{Name: "A value that is not fixed and public policies", Is: func(q *question) bool {
			return q.Restrict && q.Ours() == iamsim.ExplicitDeny && q.grantsIf(func(_, key string, wanted []string) bool {
				ofRequester := key == "aws:userid" || key == "aws:PrincipalArn"
				return ofRequester && slices.ContainsFunc(wanted, func(s string) bool { return strings.Contains(s, "*") || strings.Contains(s, "${") })
			})
		}},
		{Name: "The operator of a fixed value and public policies", Is: func(q *question) bool {
			return q.Restrict && q.Ours() == iamsim.Allow && q.grantsIf(func(operator, _ string, wanted []string) bool {
				return slices.Contains([]string{"StringLike", "StringEqualsIgnoreCase", "ArnEquals", "ArnLike"}, operator) && !slices.ContainsFunc(wanted, func(s string) bool { return strings.ContainsAny(s, "*?$") })
			})
		}},
		{Name: "The id of whoever does not sign and public policies", Is: func(q *question) bool {
			return q.Restrict && q.Ours() == iamsim.Unknown && q.grantsIf(func(_, key string, wanted []string) bool {
				return strings.EqualFold(key, "aws:userid") && slices.Contains(wanted, "anonymous")
			})
		}},
		{Name: "IfExists and public policies", Is: func(q *question) bool {
			return q.Restrict && q.Ours() == iamsim.Unknown && q.grantsIf(func(operator, _ string, _ []string) bool {
				return strings.HasSuffix(operator, "IfExists")
			})
		}},
		{Name: "Keys of the requester and public policies", Is: func(q *question) bool {
			return q.Restrict && q.Ours() == iamsim.Unknown && q.grantsIf(func(_, key string, _ []string) bool {
				return strings.HasPrefix(key, "aws:Principal") || strings.HasPrefix(key, "aws:Vpce")
			})
		}},
		{Name: "Anonymous requests and KMS keys", Is: func(q *question) bool {
			return q.caller().Type == evidence.PrincipalAnonymous && q.onKey()
		}},
		{Name: "The user of a federated session", Is: func(q *question) bool {
			return q.caller().Type == evidence.PrincipalFederated && q.named(func(s string) bool { return s == q.As })
		}},
		{Name: "Resource control policies and actions on no resource", Is: func(q *question) bool {
			return q.Resource == "*" && q.RCPs != nil
		}},
		{Name: "Every AWS principal and a service", Is: func(q *question) bool {
			return q.caller().Type == evidence.PrincipalService && q.ResourcePolicy != nil && slices.ContainsFunc(q.ResourcePolicy.Statement, func(s iamsim.Statement) bool {
				return slices.Contains(s.Principal["AWS"].Texts(), "*")
			})
		}},
		{Name: "Service-linked roles", Is: func(q *question) bool {
			return strings.Contains(q.As, ":role/aws-service-role/") && (q.SCPs != nil || q.RCPs != nil)
		}},
	}
}

// named reports whether the resource's policy names somebody so.
func (q *question) named(so func(name string) bool) bool {
	return q.ResourcePolicy != nil && slices.ContainsFunc(q.ResourcePolicy.Statement, func(s iamsim.Statement) bool {
		return names(s, so)
	})
}

func names(s iamsim.Statement, so func(name string) bool) bool {
	for _, v := range s.Principal {
		if slices.ContainsFunc(v.Texts(), so) {
			return true
		}
	}
	return false
}

// granted reports whether a statement of the resource's policy that allows names one
// of these.
func (q *question) granted(to ...string) bool {
	return q.ResourcePolicy != nil && slices.ContainsFunc(q.ResourcePolicy.Statement, func(s iamsim.Statement) bool {
		return s.Effect == "Allow" && names(s, func(name string) bool { return slices.Contains(to, name) })
	})
}

// grantsIf reports whether a statement of the resource's policy that allows has such a
// condition.
func (q *question) grantsIf(so func(operator, key string, wanted []string) bool) bool {
	return q.ResourcePolicy != nil && slices.ContainsFunc(q.ResourcePolicy.Statement, func(s iamsim.Statement) bool {
		for operator, keys := range s.Condition {
			for key, wanted := range keys {
				if s.Effect == "Allow" && so(operator, key, wanted.Texts()) {
					return true
				}
			}
		}
		return false
	})
}
