package policy

import "strings"

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

// names says whether a principal names the caller, and how.
func (p *principal) names(c *Caller) (Truth, Kind) {
	kind := p.form.kind()
	switch p.form {
	case formUnclear:
		return Unknown, kind
	case formEverybody:
		return Yes, kind
	case formAWS:
		return p.namesAWS(c), kind
	case formAccount:
		return p.namesAccount(c), kind
	case formUniqueID:
		return p.namesID(c), kind
	case formService, formEveryService:
		return p.namesService(c), kind
	case formProvider:
		return p.namesProvider(c), kind
	case formCanonical:
		return p.namesCanonical(c), kind
	case formUser, formRole, formSession, formFederatedUser:
		if p.form == formUser && c.Type == CallerFederated {
			kind = ByIssuer
		}
		return p.namesARN(c), kind
	default:
		return No, kind
	}
}

// namesAWS is {"AWS": "*"}. "For anonymous users, the following elements are
// equivalent", that and "*"; whether it means services, too, is not said.
func (p *principal) namesAWS(c *Caller) Truth {
	switch c.Type {
	case CallerService, CallerUnknown:
		return Unknown
	default:
		return Yes
	}
}

// namesAccount compares account ids; and partitions, where the policy names one:
// "You cannot delegate access between accounts in different partitions."
func (p *principal) namesAccount(c *Caller) Truth {
	part := c.partition()
	switch {
	case c.Type == CallerAnonymous || c.Type == CallerService:
		return No
	case c.Account == "":
		return Unknown
	case p.account != c.Account:
		return No
	case p.part != "" && part != "" && p.part != part:
		return No
	}
	return Yes
}

func (p *principal) namesID(c *Caller) Truth {
	switch {
	case c.Type == CallerAnonymous || c.Type == CallerService || c.Type == CallerRoot:
		return No
	case c.UniqueID == "":
		return Unknown
	}
	return Of(p.value == c.UniqueID)
}

func (p *principal) namesService(c *Caller) Truth {
	switch {
	case c.Type == CallerUnknown:
		return Unknown
	case c.Type != CallerService:
		return No
	case c.Service == "" || p.form == formEveryService:
		return Unknown
	}
	return Of(p.value == c.Service)
}

// namesProvider compares identity providers. They stand in trust policies; elsewhere
// AWS does not take them any more.
func (p *principal) namesProvider(c *Caller) Truth {
	switch {
	case c.Type != CallerRole && c.Type != CallerUnknown || c.NoProvider:
		return No
	case c.Provider == "" || c.Type == CallerUnknown:
		return Unknown
	}
	return Of(p.value == c.Provider)
}

func (p *principal) namesCanonical(c *Caller) Truth {
	switch {
	case c.Type == CallerAnonymous || c.Type == CallerService:
		return No
	case c.CanonicalID == "" || c.Type == CallerUnknown:
		return Unknown
	}
	return Of(p.value == c.CanonicalID)
}

func (p *principal) namesARN(c *Caller) Truth {
	switch {
	case c.Type == CallerUnknown:
		return Of(c.Account == "" || c.Account == p.account).doubt()
	case c.Type == CallerUser && p.form == formUser:
		return p.is(c.ARN, c)
	case c.Type == CallerFederated && p.form == formUser:
		return p.is(c.Issuer, c)
	case c.Type == CallerFederated && p.form == formFederatedUser:
		return p.is(c.ARN, c)
	case c.Type == CallerRole && p.form == formSession:
		return p.is(c.SessionARN, c)
	case c.Type == CallerRole && p.form == formRole && c.ARNUncertain && c.ARN != "":
		// The name is right, but the path may be missing.
		return Of(p.account == c.Account && p.name == lastPart(c.ARN)).doubt()
	case c.Type == CallerRole && p.form == formRole:
		return p.is(c.ARN, c)
	}
	return No
}

// is compares ARNs. One that is not known is not that of another account.
func (p *principal) is(arn string, c *Caller) Truth {
	if arn == "" {
		return Of(c.Account == "" || c.Account == p.account).doubt()
	}
	return Of(p.value == arn)
}

// matchPrincipal says whether a statement's Principal or NotPrincipal admits the
// caller, which kinds of principal name it, and which may.
func (s *Statement) matchPrincipal(c *Caller) (t Truth, sure, perhaps Kind) {
	if !s.hasPrincipal {
		return Yes, 0, 0
	}
	if s.notPrincipal {
		switch t = s.excluded(c); t {
		case Yes:
			return t, ByExclusion, 0
		case Unknown:
			return t, 0, ByExclusion
		default:
			return t, 0, 0
		}
	}
	t = No
	for i := range s.principals {
		names, kind := s.principals[i].names(c)
		t = t.Or(names)
		switch names {
		case Yes:
			sure |= kind
		case Unknown:
			perhaps |= kind
		case No:
		}
	}
	return t, sure, perhaps
}

// excluded says whether a statement with NotPrincipal is for the caller.
//
// "AWS might validate the account first and then the user" or "the account first,
// then the role, and then the assumed-role user": to be spared for sure, a caller is
// named in every form. One named in some only may be spared or not; AWS does not say
// when. "The NotPrincipal element with a Deny effect will always deny any IAM
// principal that has a permissions boundary policy attached."
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
func (s *Statement) excluded(c *Caller) Truth {
	wildcard, account, self, session := No, No, No, No
	for i := range s.principals {
		names, kind := s.principals[i].names(c)
		switch kind {
		case ByWildcard:
			wildcard = wildcard.Or(names)
		case ByAccount, ByCanonicalUser:
			account = account.Or(names)
		case BySession, ByFederatedUser:
			session = session.Or(names)
		default:
			self = self.Or(names)
		}
	}
	all := account.And(self)
	switch c.Type {
	case CallerRoot:
		all = account
	case CallerService, CallerAnonymous:
		all = self
	case CallerRole, CallerFederated:
		all = all.And(session)
	default: // a user is named by its account and itself
	}
	spared := all.Or(account.Or(self).Or(session).doubt()).Or(wildcard)
	switch c.Type {
	case CallerRoot, CallerService, CallerAnonymous: // none has a boundary
	default:
		if s.effect == Deny {
			spared = spared.And(c.Boundary.Not())
		}
	}
	return spared.Not()
}
