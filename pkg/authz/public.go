package authz

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// publicDocuments says whether Block Public Access takes a policy for public, and
// which statement makes it so. It begins by taking it for public; it is not, if every
// statement that allows fixes who, or from where. ofPoint says that it is the policy
// of an access point.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
func publicDocuments(docs documents, ofPoint bool) (policy.Truth, string) {
	switch docs.state {
	case evidence.StateAbsent:
		return policy.No, "there is no policy"
	case evidence.StateKnown:
	default:
		return policy.Unknown, "the policy was not read"
	}
	public, why := policy.No, "no statement is public"
	for _, d := range docs.list {
		if d.policy == nil {
			public, why = public.Or(policy.Unknown), "the policy cannot be read: "+d.why
			continue
		}
		statements := d.policy.Statements()
		for i := range statements {
			t := publicStatement(&statements[i], ofPoint)
			if t > public {
				public = t
				why = fmt.Sprintf("statement %d%s fixes neither who nor from where", i, sidOf(&statements[i]))
				if t == policy.Unknown {
					why = fmt.Sprintf("whether S3 takes statement %d%s for public is not documented", i, sidOf(&statements[i]))
				}
			}
		}
	}
	return public, why
}

func sidOf(s *policy.Statement) string {
	if s.SID() == "" {
		return ""
	}
	return fmt.Sprintf(" %q", s.SID())
}

func publicStatement(s *policy.Statement, ofPoint bool) policy.Truth {
	if s.Effect() == policy.Deny {
		return policy.No
	}
	if !s.HasNotPrincipal() && !everybody(s) {
		return policy.No // an account, a user, a role, a service
	}
	fixed := policy.No
	for _, c := range s.Conditions() {
		if ofPoint && strings.EqualFold(c.Key, "s3:DataAccessPointArn") {
			continue // it is always that of the access point itself
		}
		fixed = fixed.Or(fixes(c))
	}
	return fixed.Not()
}

func everybody(s *policy.Statement) bool {
	for _, v := range s.Principals("AWS") {
		if strings.Contains(v, "*") {
			return true
		}
	}
	for _, v := range s.Principals("Service") {
		if strings.Contains(v, "*") {
			return true
		}
	}
	return len(s.Principals("AWS"))+len(s.Principals("Service"))+len(s.Principals("CanonicalUser"))+len(s.Principals("Federated")) == 0
}

// fixes says whether a condition fixes who or from where: one of the keys of that
// page, equal to values that hold no wildcard and no variable; a multivalued key only
// with a set operator. What S3 makes of a condition that a request without the key
// meets, it does not say: ForAllValues is among those that it wants for such keys. It
// gives aws:PrincipalOrgID as an example of "an AWS principal", and does not say what
// it makes of the other keys about principals.
func fixes(c policy.Condition) policy.Truth {
	operator := strings.ToLower(c.Operator)
	set, base, quantified := strings.Cut(operator, ":")
	if !quantified {
		base = operator
	}
	base, ifExists := strings.CutSuffix(base, "ifexists")
	switch base {
	case "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress":
	case "bool":
		if strings.EqualFold(c.Key, "aws:PrincipalIsAWSService") && len(c.Values) == 1 && strings.EqualFold(c.Values[0], "true") {
			return policy.Unknown
		}
		return policy.No
	default:
		return policy.No // negated
	}
	multivalued := strings.EqualFold(c.Key, "aws:PrincipalOrgPaths")
	fixed := fixingKey(c, base)
	switch {
	case multivalued && !quantified:
		return policy.No
	case ifExists, quantified && !multivalued, quantified && set == "forallvalues":
		return fixed.And(policy.Unknown)
	}
	return fixed
}

func fixingKey(c policy.Condition, operator string) policy.Truth {
	if len(c.Values) == 0 {
		return policy.Unknown
	}
	switch key := strings.ToLower(c.Key); key {
	case "aws:sourceip":
		if operator != "ipaddress" {
			return policy.Unknown
		}
		return narrow(c.Values)
	case "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount",
		"s3:dataaccesspointaccount", "aws:principalorgid", "aws:principalorgpaths":
		return policy.Of(fixedValues(c.Values))
	case "aws:userid":
		for _, v := range c.Values {
			if id, ok := strings.CutSuffix(v, ":*"); ok && strings.HasPrefix(id, "AROA") {
				return policy.No
			}
		}
		// The id of everybody who does not sign is a fixed value, and anything but a limit.
		// What S3 makes of it is not documented.
		if slices.Contains(c.Values, "anonymous") {
			return policy.Unknown
		}
		return policy.Of(fixedValues(c.Values))
	case "s3:dataaccesspointarn":
		return fixedAccount(c.Values)
	case "aws:principalaccount", "aws:principalarn", "aws:principalservicename", "aws:principalisawsservice",
		"aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourcevpcarn":
		return policy.Of(fixedValues(c.Values)).And(policy.Unknown)
	}
	return policy.No
}

func fixedValues(values []string) bool {
	for _, v := range values {
		if strings.ContainsAny(v, "*?") || strings.Contains(v, "${") {
			return false
		}
	}
	return true
}

// fixedAccount: the name of an access point may be a wildcard in a bucket policy, its
// account not. Of a wildcard elsewhere that page says nothing.
func fixedAccount(values []string) policy.Truth {
	t := policy.Yes
	for _, v := range values {
		a, ok := parseARN(v)
		if !ok || a.account == "" || !fixedValues([]string{a.account}) || strings.Contains(v, "${") {
			return policy.No
		}
		if !fixedValues([]string{a.partition, a.service, a.region}) || !strings.HasPrefix(a.resource, "accesspoint/") {
			t = policy.Unknown
		}
	}
	return t
}

// narrow: ranges broader than /8, and /32 for IPv6, are public.
func narrow(values []string) policy.Truth {
	for _, v := range values {
		if !strings.Contains(v, "/") {
			if _, err := netip.ParseAddr(v); err != nil {
				return policy.Unknown
			}
			continue
		}
		p, err := netip.ParsePrefix(v)
		switch {
		case err != nil:
			return policy.Unknown
		case p.Addr().Is4() && p.Bits() < 8, p.Addr().Is6() && p.Bits() < 32:
			return policy.No
		}
	}
	return policy.Yes
}

// PublicStatement reports whether Block Public Access is known to take a statement for
// public.
func PublicStatement(statement []byte) bool {
	p, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":` + string(statement) + `}`))
	if err != nil {
		return false
	}
	return publicStatement(&p.Statements()[0], false) == policy.Yes
}
