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
	sessions   map[string]*session
	buckets    map[string]*bucket
	objects    map[string]*evidence.Object
	keys       map[string]documents
	endpoints  map[string]*endpoint
	points     map[string]*point
	// nothing is what is known of what was not read at all.
	nothing struct {
		account  account
		bucket   bucket
		object   evidence.ObjectVersion
		endpoint endpoint
		point    point
	}
	// newBucket is what is known of a bucket that is to be made.
	newBucket bucket
	// byID and byName find the ARN of a principal by its unique id, and by account and
	// name: an IAM name is unique in its account, whatever the path. Where the evidence
	// has several all the same, it is empty.
	byID, byName map[string]string
	statements   int // in all policies
}

type account struct {
	*evidence.Account
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
	*evidence.Identity
	policies, boundary documents
}

type session struct {
	policies documents
	tags     map[string]string
	// moreTags says that it may have others besides.
	moreTags bool
}

type bucket struct {
	*evidence.Bucket
	policy documents
}

type endpoint struct {
	evidence.VPCEndpoint
	policy documents
}

type point struct {
	*evidence.AccessPoint
	policy documents
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
		sessions: make(map[string]*session, len(e.Sessions)), buckets: make(map[string]*bucket, len(e.Buckets)),
		objects: make(map[string]*evidence.Object, len(e.Objects)), keys: make(map[string]documents, len(e.Keys)),
		endpoints: make(map[string]*endpoint, len(e.VPCEndpoints)), points: make(map[string]*point, len(e.AccessPoints)),
		byID: make(map[string]string, len(e.Principals)), byName: make(map[string]string, len(e.Principals)),
	}
	c.nothing.account.Account, c.nothing.bucket.Bucket, c.nothing.point.AccessPoint = new(evidence.Account), new(evidence.Bucket), new(evidence.AccessPoint)
	c.newBucket = newBucket()
	for id, a := range e.Accounts {
		c.accounts[id] = compileAccount(id, a)
	}
	for name, p := range e.Principals {
		c.principals[name] = &identity{Identity: &p, policies: several(p.Policies), boundary: one(p.Boundary)}
		if id, ok := p.ID.Value(); ok && nameKey(name) != "" {
			only(c.byID, id, name)
		}
		if key := nameKey(name); key != "" {
			only(c.byName, key, name)
		}
	}
	for key, s := range e.Sessions {
		g, _ := s.Value()
		d := documents{state: s.State(), why: s.Reason(), list: list(g.Policies)}
		if d.state == evidence.StateKnown && len(d.list) == 0 {
			d.state = evidence.StateAbsent
		}
		c.sessions[key] = &session{policies: d, tags: g.Tags, moreTags: g.TagsUnknown}
	}
	for name, b := range e.Buckets {
		c.buckets[name] = &bucket{Bucket: &b, policy: single("bucket policy", b.Policy)}
	}
	for name, o := range e.Objects {
		c.objects[name] = &o
	}
	for arn, k := range e.Keys {
		c.keys[arn] = single("key policy", k.Policy)
	}
	for id, v := range e.VPCEndpoints {
		c.endpoints[id] = compileEndpoint(v)
	}
	for arn, p := range e.AccessPoints {
		c.points[arn] = &point{AccessPoint: &p, policy: single("access point policy", p.Policy)}
	}
	c.count()
	return c
}

func newBucket() bucket {
	const none = "the bucket is new"
	return bucket{
		Bucket: &evidence.Bucket{
			Policy: evidence.Absent[json.RawMessage](none), PolicyStatus: evidence.Absent[evidence.PolicyStatus](none),
			PublicAccessBlock: evidence.Absent[evidence.PublicAccessBlock](none), RequestPayment: evidence.Absent[evidence.RequestPayment](none),
			Encryption: evidence.Absent[evidence.Encryption](none), Versioning: evidence.Absent[evidence.Versioning](none),
			ObjectLock: evidence.Absent[evidence.ObjectLock](none), Tags: evidence.Absent[map[string]string](none), ABAC: evidence.Absent[evidence.ABAC](none),
		},
		policy: documents{state: evidence.StateAbsent},
	}
}

// only notes what a name stands for. One that stands for two things stands for
// nothing.
func only(m map[string]string, name, what string) {
	if _, again := m[name]; again {
		what = ""
	}
	m[name] = what
}

// count counts the statements of all policies.
func (e *Evidence) count() {
	e.policies(func(p *policy.Policy) { e.statements += len(p.Statements()) })
}

// WithChanges returns the evidence with those changes instead: they decide nothing.
func (e *Evidence) WithChanges(changes []evidence.Change) *Evidence {
	with := *e
	with.Changes = changes
	return &with
}

// Timed reports whether a policy speaks of the time of a request: the same request may be
// decided otherwise a moment later.
func (e *Evidence) Timed() bool {
	timed := false
	e.policies(func(p *policy.Policy) { timed = timed || p.Timed() })
	return timed
}

// policies visits the policies that could be read.
func (e *Evidence) policies(visit func(*policy.Policy)) {
	add := func(docs documents) {
		for _, d := range docs.list {
			if d.policy != nil {
				visit(d.policy)
			}
		}
	}
	for _, a := range e.accounts {
		for _, l := range a.levels {
			add(l.scps)
			add(l.rcps)
		}
	}
	for _, p := range e.principals {
		add(p.policies)
		add(p.boundary)
	}
	for _, s := range e.sessions {
		add(s.policies)
	}
	for _, b := range e.buckets {
		add(b.policy)
	}
	for _, k := range e.keys {
		add(k)
	}
	for _, v := range e.endpoints {
		add(v.policy)
	}
	for _, p := range e.points {
		add(p.policy)
	}
}

func compileAccount(id string, a evidence.Account) *account {
	path, _ := a.Path.Value()
	out := &account{Account: &a, path: a.Path.State(), why: a.Path.Reason(), whole: wholePath(path, id), levels: make([]level, len(path))}
	out.orgID, out.orgPaths = organizationKeys(id, a)
	for i, e := range path {
		out.levels[i] = level{id: e.ID, scps: several(e.SCPs), rcps: several(e.RCPs)}
	}
	return out
}

func compileEndpoint(r evidence.Read[evidence.VPCEndpoint]) *endpoint {
	v, ok := r.Value()
	out := &endpoint{VPCEndpoint: v}
	switch {
	case r.State() == evidence.StateAbsent:
		// Every endpoint has a policy.
		//
		// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
		out.policy = documents{state: evidence.StateUnreadable, why: "AWS does not find it (" + r.Reason() + ")"}
	case !ok:
		out.policy = documents{state: r.State(), why: r.Reason()}
	case v.PolicyDocument == nil:
		out.policy = documents{state: evidence.StateNotRead, why: "the policy of the endpoint was not read"}
	default:
		out.policy = documents{state: evidence.StateKnown, list: []document{parsed("endpoint policy", "", v.PolicyDocument)}}
	}
	return out
}

// account returns what is known of an account; nothing of one that was not read.
func (e *Evidence) account(id string) *account {
	if a, ok := e.accounts[id]; ok {
		return a
	}
	return &e.nothing.account
}

func (e *Evidence) bucket(name string) *bucket {
	if b, ok := e.buckets[name]; ok {
		return b
	}
	return &e.nothing.bucket
}

func (e *Evidence) endpoint(id string) *endpoint {
	if v, ok := e.endpoints[id]; ok {
		return v
	}
	return &e.nothing.endpoint
}

func (e *Evidence) point(arn string) *point {
	if p, ok := e.points[arn]; ok {
		return p
	}
	return &e.nothing.point
}

func several(r evidence.Read[[]evidence.Policy]) documents {
	v, _ := r.Value()
	return documents{state: r.State(), why: r.Reason(), list: list(v)}
}

func one(r evidence.Read[evidence.Policy]) documents {
	d := documents{state: r.State(), why: r.Reason()}
	if v, ok := r.Value(); ok {
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
