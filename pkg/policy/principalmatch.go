package policy

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
