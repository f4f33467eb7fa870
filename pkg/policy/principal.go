package policy

import (
	"strings"
)

// principal is one value of a Principal element, compiled.
type principal struct {
	form    form
	value   string // as written
	account string // in the ARN, or the account id itself
	part    string // partition of a root ARN; empty: any
	name    string // the last part of the name of a role
}

// form is what a principal is the name of.
type form uint8

const (
	formUnclear   form = iota // not understood
	formNobody                // understood, and names nobody
	formEverybody             // "*"
	formAWS                   // {"AWS": "*"}
	formAccount
	formUser
	formRole
	formSession
	formFederatedUser
	formUniqueID
	formService
	formProvider
	formCanonical
	formEveryService // {"Service": "*"}
)

// kind returns the kind of a match with the form.
func (f form) kind() Kind {
	switch f {
	case formEverybody, formAWS:
		return ByWildcard
	case formAccount:
		return ByAccount
	case formUser:
		return ByUser
	case formRole:
		return ByRole
	case formSession:
		return BySession
	case formFederatedUser:
		return ByFederatedUser
	case formUniqueID:
		return ByUniqueID
	case formService, formEveryService:
		return ByService
	case formProvider:
		return ByProvider
	case formCanonical:
		return ByCanonicalUser
	default:
		return 0
	}
}

// compilePrincipals compiles a Principal or NotPrincipal element.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (p *parser) compilePrincipals(s *Statement) {
	element := s.principalElement().String()
	n := 0
	for _, g := range s.groups {
		n += len(g.values)
	}
	if n == 0 && s.notPrincipal {
		// "This statement includes no principals and does not affect the policy" is
		// said of both elements, and does not fit this one.
		s.principals = []principal{{form: formUnclear}}
		p.problem("no principals", element)
		return
	}
	s.principals = make([]principal, 0, n)
	for _, g := range s.groups {
		for _, v := range g.values {
			if g.everybody {
				s.principals = append(s.principals, principal{value: v, form: formEverybody})
				continue
			}
			pr, what := newPrincipal(g.name, v)
			if what != "" {
				p.problem(quoted(v)+" "+what, element, g.name)
			}
			s.principals = append(s.principals, pr)
		}
	}
}

// newPrincipal compiles a value of a member. It returns what is wrong with it.
func newPrincipal(member, v string) (p principal, problem string) {
	p.value = v
	switch member {
	case "AWS":
		return newAWSPrincipal(v)
	case "Service":
		// "The service principal in an IAM policy can't be "Service": "*"."
		if p.form = formService; v == "*" {
			p.form, problem = formEveryService, "is no service"
		}
	case "Federated":
		if p.form = formProvider; v == "*" {
			p.form, problem = formUnclear, "is no identity provider"
		}
	case "CanonicalUser":
		if p.form = formCanonical; v == "*" {
			p.form, problem = formUnclear, "is no canonical user id"
		}
	default:
		problem = "is of a kind of principal that is not known"
	}
	return p, problem
}

// newAWSPrincipal compiles a value of "AWS". "You cannot use a wildcard to match part
// of a principal name or ARN" and "You cannot identify a user group as a principal".
func newAWSPrincipal(v string) (p principal, problem string) {
	p.value = v
	switch {
	case v == "*":
		p.form = formAWS
		return p, ""
	case isAccountID(v):
		p.form, p.account = formAccount, v
		return p, ""
	case isUniqueID(v):
		p.form = formUniqueID
		return p, ""
	case strings.ContainsAny(v, "*?"):
		p.form = formNobody
		return p, "names nobody: a wildcard stands alone"
	}
	segment := strings.SplitN(v, ":", 6)
	if len(segment) != 6 || segment[0] != "arn" {
		return p, "is no principal"
	}
	p.account = segment[4]
	kind, _, slash := strings.Cut(segment[5], "/")
	switch what := segment[2] + ":" + kind; {
	case what == "iam:root" && !slash && isAccountID(p.account):
		p.form, p.part = formAccount, segment[1]
	case what == "iam:user" && slash:
		p.form = formUser
	case what == "iam:role" && slash:
		p.form, p.name = formRole, lastPart(v)
	case what == "sts:assumed-role" && slash:
		p.form = formSession
	case what == "sts:federated-user" && slash:
		p.form = formFederatedUser
	case what == "iam:group" && slash:
		p.form = formNobody
		return p, "names nobody: a group is no principal"
	default:
		return p, "is no principal"
	}
	return p, ""
}

func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func isAccountID(s string) bool { return len(s) == 12 && digits(s) }

// isUniqueID recognizes what AWS shows for a user or role that was deleted.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
func isUniqueID(s string) bool {
	if len(s) < 16 || len(s) > 128 || !strings.HasPrefix(s, "AIDA") && !strings.HasPrefix(s, "AROA") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
