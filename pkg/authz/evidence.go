package authz

import (
	"encoding/json"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// Evidence is evidence.Evidence with its policies compiled. It is immutable and safe
// for concurrent use.
type Evidence struct {
	evidence.Evidence
	accounts   map[string]*account
	principals map[string]*identity
	sessions   map[string]documents
	buckets    map[string]documents
	keys       map[string]documents
	endpoints  map[string]documents
	points     map[string]documents
	// byID and byName find the ARN of a principal by its unique id, and by account and
	// name: an IAM name is unique in its account, whatever the path.
	byID, byName map[string]string
}

type account struct {
	path  evidence.State
	why   string
	whole bool // it leads from the root to the account
	// levels are the root, the organizational units and the account.
	levels []level
	// orgID and orgPaths are the condition keys of the account's organization.
	orgID, orgPaths policy.Value
}

type level struct {
	id         string
	scps, rcps documents
}

type identity struct {
	policies, boundary documents
}

// documents are the policies of one layer, or of one level of it.
type documents struct {
	state evidence.State
	why   string
	list  []document
}

// document is one policy.
type document struct {
	name, arn string
	policy    *policy.Policy // nil: it could not be read
	why       string         // why not
}

// Compile compiles the policies of evidence, once for any number of decisions. One
// that cannot be parsed is as good as unreadable, and says so.
func Compile(e evidence.Evidence) *Evidence {
	c := &Evidence{
		Evidence: e,
		accounts: make(map[string]*account, len(e.Accounts)), principals: make(map[string]*identity, len(e.Principals)),
		sessions: make(map[string]documents, len(e.Sessions)), buckets: make(map[string]documents, len(e.Buckets)),
		keys: make(map[string]documents, len(e.Keys)), endpoints: make(map[string]documents, len(e.VPCEndpoints)),
		points: make(map[string]documents, len(e.AccessPoints)),
		byID:   make(map[string]string, len(e.Principals)), byName: make(map[string]string, len(e.Principals)),
	}
	for id, a := range e.Accounts {
		c.accounts[id] = compileAccount(id, a)
	}
	for name, p := range e.Principals {
		c.principals[name] = &identity{policies: several(p.Policies), boundary: one("", p.Boundary)}
		if id, ok := p.ID.Value(); ok {
			c.byID[id] = name
		}
		if key := nameKey(name); key != "" {
			c.byName[key] = name
		}
	}
	for key, s := range e.Sessions {
		g, _ := s.Value()
		d := documents{state: s.State(), why: s.Reason(), list: list(g.Policies)}
		if d.state == evidence.StateKnown && len(d.list) == 0 {
			d.state = evidence.StateAbsent
		}
		c.sessions[key] = d
	}
	for name, b := range e.Buckets {
		c.buckets[name] = single("bucket policy", b.Policy)
	}
	for arn, k := range e.Keys {
		c.keys[arn] = single("key policy", k.Policy)
	}
	for id, v := range e.VPCEndpoints {
		c.endpoints[id] = compileEndpoint(v)
	}
	for arn, p := range e.AccessPoints {
		c.points[arn] = single("access point policy", p.Policy)
	}
	return c
}

func compileAccount(id string, a evidence.Account) *account {
	path, _ := a.Path.Value()
	out := &account{path: a.Path.State(), why: a.Path.Reason(), whole: wholePath(path, id), levels: make([]level, len(path))}
	out.orgID, out.orgPaths = organizationKeys(id, a)
	for i, e := range path {
		out.levels[i] = level{id: e.ID, scps: several(e.SCPs), rcps: several(e.RCPs)}
	}
	return out
}

func compileEndpoint(r evidence.Read[evidence.VPCEndpoint]) documents {
	v, ok := r.Value()
	switch {
	case !ok:
		return documents{state: r.State(), why: r.Reason()}
	case v.PolicyDocument == nil:
		return documents{state: evidence.StateNotRead, why: "the policy of the endpoint was not read"}
	}
	return documents{state: evidence.StateKnown, list: []document{parsed("endpoint policy", "", v.PolicyDocument)}}
}

func several(r evidence.Read[[]evidence.Policy]) documents {
	v, _ := r.Value()
	return documents{state: r.State(), why: r.Reason(), list: list(v)}
}

func one(name string, r evidence.Read[evidence.Policy]) documents {
	d := documents{state: r.State(), why: r.Reason()}
	if v, ok := r.Value(); ok {
		if name != "" {
			v.Name = name
		}
		d.list = list([]evidence.Policy{v})
	}
	return d
}

func single(name string, r evidence.Read[json.RawMessage]) documents {
	d := documents{state: r.State(), why: r.Reason()}
	if v, ok := r.Value(); ok {
		d.list = []document{parsed(name, "", v)}
	}
	return d
}

// everything is the document of AWS's own FullAWSAccess and RCPFullAWSAccess.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
const everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

func list(policies []evidence.Policy) []document {
	out := make([]document, len(policies))
	for i, p := range policies {
		switch {
		case p.Unreadable != "":
			out[i] = document{name: p.Name, arn: p.ARN, why: p.Unreadable}
		case p.Document == nil: // FullAWSAccess or RCPFullAWSAccess, says evidence
			out[i] = parsed(p.Name, p.ARN, json.RawMessage(everything))
		default:
			out[i] = parsed(p.Name, p.ARN, p.Document)
		}
	}
	return out
}

func parsed(name, arn string, doc json.RawMessage) document {
	p, err := policy.Parse(doc)
	if err != nil {
		return document{name: name, arn: arn, why: err.Error()}
	}
	return document{name: name, arn: arn, policy: p}
}

// nameKey returns account and name of the ARN of a user or role, without its path.
func nameKey(arn string) string {
	a, ok := parseARN(arn)
	kind, _, named := strings.Cut(a.resource, "/")
	if !ok || !named || a.service != "iam" {
		return ""
	}
	return a.account + ":" + kind + "/" + lastPart(a.resource)
}
