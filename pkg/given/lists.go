package given

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"why403/pkg/evidence"
)

// others stands for policies of a kind that nobody read.
func others() evidence.Policy {
	return evidence.Policy{Name: "(others)", Unreadable: "only the policies that were handed over are known"}
}

// ofPrincipal puts a policy of the requester: of several, one more or the one of its name.
func (p *putting) ofPrincipal(doc Document, number int) error {
	switch p.denial.Principal.Type {
	case evidence.PrincipalAnonymous, evidence.PrincipalService, evidence.PrincipalRoot:
		return errors.New("the requester is no user or role, and has no IAM policies")
	default:
	}
	key := p.principal()
	if key == "" {
		return errors.New("the case does not say who asked")
	}
	identity := p.evidence.Principals[key]
	if doc.Kind == Boundary {
		q := evidence.Policy{Name: cmp.Or(doc.Name, doc.Policy.Name, "boundary"), Kind: "boundary", Document: doc.Policy.Document}
		if before, ok := identity.Boundary.Value(); ok && doc.Name == "" {
			q.Name, q.ARN = before.Name, before.ARN
		}
		identity.Boundary = evidence.Known(q)
		set(&p.evidence.Principals, key, identity, nil)
		return nil
	}
	list, err := p.add(identity.Policies, doc, key, "inline", number)
	identity.Policies = evidence.Known(list)
	set(&p.evidence.Principals, key, identity, err)
	return err
}

// principal is the name of the requester in the evidence.
func (p *putting) principal() string {
	who := p.denial.Principal
	name := who.ARN
	if who.Type == evidence.PrincipalFederated && who.Issuer != "" {
		name = who.Issuer
	}
	for _, key := range []string{name, who.ID} {
		if _, ok := p.evidence.Principals[key]; ok && key != "" {
			return key
		}
	}
	// A session's ARN drops the path of its role.
	last := func(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
	for _, key := range names("", p.evidence.Principals) {
		if strings.Contains(key, ":"+who.Account+":") && name != "" && last(key) == last(name) {
			return key
		}
	}
	return cmp.Or(name, who.ID)
}

// ofSession puts a policy that the session was issued with.
func (p *putting) ofSession(doc Document, number int) error {
	who := p.denial.Principal
	keys := []string{who.AccessKeyID, who.ID + ":" + who.Session, who.ID}
	key := ""
	for _, k := range keys {
		if _, ok := p.evidence.Sessions[k]; ok && k != "" {
			key = k
			break
		}
	}
	if key == "" {
		key = cmp.Or(who.AccessKeyID, who.ID)
	}
	if key == "" || who.Session == "" {
		return errors.New("the request was not made with a session")
	}
	grant, known := p.evidence.Sessions[key].Value()
	read := evidence.Read[[]evidence.Policy]{}
	if known {
		read = evidence.Known(grant.Policies)
	} else {
		grant.TagsUnknown = true
	}
	list, err := p.add(read, doc, key, "session", number)
	grant.Policies = list
	set(&p.evidence.Sessions, key, evidence.Known(grant), err)
	return err
}

// add adds a policy to a list, or puts it in the place of one of its name, or of the only
// one that it can be.
func (p *putting) add(read evidence.Read[[]evidence.Policy], doc Document, key, kind string, number int) ([]evidence.Policy, error) {
	have, known := read.Value()
	list := slices.Clone(have)
	begun := string(doc.Kind) + key
	if !p.begun[begun] && (p.complete || !known) {
		p.begun[begun] = true
		list = nil
		if !p.complete {
			list = []evidence.Policy{others()}
		}
	}
	name := cmp.Or(doc.Name, doc.Policy.Name)
	at := slices.IndexFunc(list, func(q evidence.Policy) bool { return name != "" && called(q, name) })
	if at < 0 && name == "" && !p.begun[begun] {
		one, err := only(doc.Kind, list)
		if err != nil {
			return nil, err
		}
		at = one
	}
	if at < 0 {
		q := evidence.Policy{Name: cmp.Or(name, fmt.Sprintf("given-%d", number)), Kind: kind, Document: doc.Policy.Document}
		return append(list, q), nil
	}
	list[at].Document, list[at].Unreadable = doc.Policy.Document, ""
	return list, nil
}

// called reports whether a policy has a name.
func called(p evidence.Policy, name string) bool {
	return p.Name == name || p.ARN != "" && (p.ARN == name || strings.HasSuffix(p.ARN, "/"+name))
}

// only returns which policy of a list one without a name can stand for: the only one that
// could not be read, or the only one. It is -1 where the list is empty.
func only(k Kind, list []evidence.Policy) (int, error) {
	unread, at := 0, -1
	for i, q := range list {
		if q.Unreadable != "" {
			unread, at = unread+1, i
		}
	}
	switch {
	case unread == 1:
		return at, nil
	case unread == 0 && len(list) <= 1:
		return len(list) - 1, nil
	}
	var places []string
	for _, q := range list {
		if unread == 0 || q.Unreadable != "" {
			places = append(places, q.Name)
		}
	}
	return -1, fmt.Errorf("the case has several of them: say %s", options(k, places))
}

// ofOrganization puts a policy of the organization at the place where the case has one of
// its name, or none was read. A case that does not say where the account stands has no such
// place.
func (p *putting) ofOrganization(doc Document) error {
	account := p.denial.Principal.Account
	if doc.Kind == RCP {
		account = p.denial.BucketAccount
		if b, ok := p.evidence.Buckets[p.denial.Bucket]; ok && account == "" {
			account, _ = b.Account.Value()
		}
	}
	read := p.evidence.Accounts[account]
	path, known := read.Path.Value()
	if !known {
		return fmt.Errorf("the case does not say where account %s stands in its organization, and so not where the policy is attached: capture it with --organization-account", cmp.Or(account, "(not known)"))
	}
	path = slices.Clone(path)
	level, at, err := p.attached(doc, path)
	if err != nil {
		return err
	}
	policies := func() *evidence.Read[[]evidence.Policy] {
		if doc.Kind == RCP {
			return &path[level].RCPs
		}
		return &path[level].SCPs
	}()
	list, ok := policies.Value()
	list = slices.Clone(list)
	if !ok && !p.complete {
		list = []evidence.Policy{others()}
	}
	if at >= 0 {
		list[at].Document, list[at].Unreadable = doc.Policy.Document, ""
	} else {
		name := cmp.Or(doc.Policy.Name, "given")
		list = append(list, evidence.Policy{Name: name, Kind: string(doc.Kind), Document: doc.Policy.Document})
	}
	*policies = evidence.Known(list)
	read.Path = evidence.Known(path)
	set(&p.evidence.Accounts, account, read, nil)
	return nil
}

// attached finds the level and the policy that a document stands for: by name, or the only
// one that could not be read. The policy is -1 for a level of which none was read.
func (p *putting) attached(doc Document, path []evidence.PathElement) (level, at int, err error) {
	type place struct {
		level, at int
		name      string
	}
	var unread, named []place
	name := cmp.Or(doc.Name, doc.Policy.Name)
	for i, l := range path {
		read := l.SCPs
		if doc.Kind == RCP {
			read = l.RCPs
		}
		list, known := read.Value()
		if !known && read.State() != evidence.StateAbsent {
			unread = append(unread, place{i, -1, l.ID})
		}
		if l.ID == name {
			named = append(named, place{i, -1, l.ID})
		}
		for j, q := range list {
			if q.Unreadable != "" && q.Name != others().Name {
				unread = append(unread, place{i, j, q.Name})
			}
			if name != "" && called(q, name) {
				named = append(named, place{i, j, q.Name})
			}
		}
	}
	switch {
	case len(named) > 0:
		return named[0].level, named[0].at, nil
	case doc.Name == "" && len(unread) == 1:
		return unread[0].level, unread[0].at, nil
	}
	var places []string
	for _, u := range unread {
		places = append(places, u.name)
	}
	if len(places) == 0 {
		for _, l := range path {
			places = append(places, l.ID)
		}
	}
	return 0, 0, fmt.Errorf("where is it attached? Say %s", options(doc.Kind, places))
}
