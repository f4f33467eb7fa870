package authz_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// walk goes through a sample and makes another of it. What is at a path can be
// forgotten, and each document and each list of policies changed.
type walk struct {
	// forget says whether what is at a path is forgotten. nil: nothing is.
	forget func(path string) bool
	// document changes a document; layer is what it is the policy of. nil: no change.
	document func(path, layer string, doc json.RawMessage) json.RawMessage
	// list changes the policies of a layer. nil: no change.
	list func(path, layer string, policies []evidence.Policy) []evidence.Policy
}

func (w *walk) forgets(path string) bool { return w.forget != nil && w.forget(path) }

// text forgets a text that is empty where it is not known.
func (w *walk) text(path, s string) string {
	if s != "" && w.forgets(path) {
		return ""
	}
	return s
}

// through walks through one Read.
func through[T any](w *walk, path string, r evidence.Read[T], inside func(T) T) evidence.Read[T] {
	if r.IsZero() {
		return r
	}
	if w.forgets(path) {
		if len(path)%2 == 0 {
			return evidence.Unreadable[T]("AccessDenied: not authorized")
		}
		return evidence.Read[T]{}
	}
	if v, ok := r.Value(); ok && inside != nil {
		return evidence.Known(inside(v))
	}
	return r
}

// entries walks through a map; an entry can be forgotten as a whole.
func entries[T any](w *walk, path string, m map[string]T, inside func(path string, v T) T) map[string]T {
	out := make(map[string]T, len(m))
	for name, v := range m {
		if at := path + "/" + name; !w.forgets(at) {
			out[name] = inside(at, v)
		}
	}
	return out
}

func (w *walk) policy(path, layer string, p evidence.Policy) evidence.Policy {
	switch {
	case w.forgets(path):
		return evidence.Policy{Name: p.Name, Unreadable: "AccessDenied: not authorized"}
	case w.document != nil && p.Document != nil:
		p.Document = w.document(path, layer, p.Document)
	}
	return p
}

func (w *walk) policies(path, layer string, list []evidence.Policy) []evidence.Policy {
	out := make([]evidence.Policy, len(list))
	for i, p := range list {
		out[i] = w.policy(fmt.Sprint(path, "/", i), layer, p)
	}
	if w.list != nil {
		out = w.list(path, layer, out)
	}
	return out
}

func (w *walk) doc(path, layer string, r evidence.Read[json.RawMessage]) evidence.Read[json.RawMessage] {
	return through(w, path, r, func(d json.RawMessage) json.RawMessage {
		if w.document == nil {
			return d
		}
		return w.document(path, layer, d)
	})
}

// sample returns the sample as it is after the walk.
func (w *walk) sample(s sample) sample {
	e := s.evidence
	e.Accounts = entries(w, "accounts", e.Accounts, w.account)
	e.Principals = entries(w, "principals", e.Principals, func(at string, i evidence.Identity) evidence.Identity {
		i.ID = through(w, at+"/id", i.ID, nil)
		i.Policies = through(w, at+"/policies", i.Policies, func(list []evidence.Policy) []evidence.Policy {
			return w.policies(at+"/policies", "identity", list)
		})
		i.Boundary = through(w, at+"/boundary", i.Boundary, func(p evidence.Policy) evidence.Policy { return w.policy(at+"/boundary/0", "boundary", p) })
		i.Tags = through(w, at+"/tags", i.Tags, nil)
		return i
	})
	e.Sessions = entries(w, "sessions", e.Sessions, func(at string, r evidence.Read[evidence.Grant]) evidence.Read[evidence.Grant] {
		return through(w, at+"/read", r, func(g evidence.Grant) evidence.Grant {
			return evidence.Grant{Policies: w.policies(at+"/policies", "session", g.Policies), Tags: g.Tags}
		})
	})
	e.Buckets = entries(w, "buckets", e.Buckets, w.bucket)
	e.Objects = entries(w, "objects", e.Objects, func(at string, o evidence.Object) evidence.Object {
		return evidence.Object{ObjectVersion: w.version(at, o.ObjectVersion), Versions: entries(w, at+"/versions", o.Versions, w.version)}
	})
	e.Keys = entries(w, "keys", e.Keys, func(at string, k evidence.Key) evidence.Key {
		k.Metadata = through(w, at+"/metadata", k.Metadata, func(m evidence.KeyMetadata) evidence.KeyMetadata {
			return evidence.KeyMetadata{KeyState: w.text(at+"/state", m.KeyState), KeyManager: w.text(at+"/manager", m.KeyManager)}
		})
		k.Policy, k.Tags, k.Grants = w.doc(at+"/policy", "key", k.Policy), through(w, at+"/tags", k.Tags, nil), through(w, at+"/grants", k.Grants, nil)
		return k
	})
	e.KeyAliases = entries(w, "aliases", e.KeyAliases, func(at string, r evidence.Read[string]) evidence.Read[string] { return through(w, at+"/read", r, nil) })
	e.VPCEndpoints = entries(w, "endpoints", e.VPCEndpoints, w.endpoint)
	e.AccessPoints = entries(w, "points", e.AccessPoints, w.point)
	out := sample{evidence: e}
	for i := range s.asks {
		out.asks = append(out.asks, w.ask(fmt.Sprint("asks/", i), s.asks[i]))
	}
	return out
}

func (w *walk) account(at string, a evidence.Account) evidence.Account {
	a.CanonicalID = through(w, at+"/canonicalId", a.CanonicalID, nil)
	a.PublicAccessBlock = through(w, at+"/block", a.PublicAccessBlock, nil)
	a.OrganizationPublicAccessBlock = through(w, at+"/organizationBlock", a.OrganizationPublicAccessBlock, nil)
	a.Organization = through(w, at+"/organization", a.Organization, func(o evidence.Organization) evidence.Organization {
		return evidence.Organization{ID: o.ID, ManagementAccount: w.text(at+"/management", o.ManagementAccount)}
	})
	a.Path = through(w, at+"/path", a.Path, func(path []evidence.PathElement) []evidence.PathElement {
		path = slices.Clone(path)
		for i := range path {
			p := &path[i]
			p.SCPs = through(w, at+"/scps/"+p.ID, p.SCPs, func(list []evidence.Policy) []evidence.Policy { return w.policies(at+"/scps/"+p.ID, "scp", list) })
			p.RCPs = through(w, at+"/rcps/"+p.ID, p.RCPs, func(list []evidence.Policy) []evidence.Policy { return w.policies(at+"/rcps/"+p.ID, "rcp", list) })
		}
		if w.forgets(at + "/path/account") {
			path = path[:len(path)-1]
		}
		if w.forgets(at+"/path/root") && len(path) > 0 {
			path = path[1:]
		}
		return path
	})
	return a
}

func (w *walk) bucket(at string, b evidence.Bucket) evidence.Bucket {
	layer := "bucket"
	if strings.HasSuffix(at, "--x-s3") {
		layer = "directory"
	}
	b.Account, b.Region = through(w, at+"/account", b.Account, nil), through(w, at+"/region", b.Region, nil)
	b.Policy, b.PolicyStatus = w.doc(at+"/policy", layer, b.Policy), through(w, at+"/status", b.PolicyStatus, nil)
	b.PublicAccessBlock = through(w, at+"/block", b.PublicAccessBlock, nil)
	b.OwnershipControls, b.ACL = through(w, at+"/ownership", b.OwnershipControls, nil), through(w, at+"/acl", b.ACL, nil)
	b.RequestPayment, b.Encryption = through(w, at+"/payment", b.RequestPayment, nil), through(w, at+"/encryption", b.Encryption, nil)
	b.Versioning, b.ObjectLock = through(w, at+"/versioning", b.Versioning, nil), through(w, at+"/lock", b.ObjectLock, nil)
	b.Tags, b.ABAC = through(w, at+"/tags", b.Tags, nil), through(w, at+"/abac", b.ABAC, nil)
	return b
}

func (w *walk) version(at string, o evidence.ObjectVersion) evidence.ObjectVersion {
	o.Head, o.Owner, o.ACL = through(w, at+"/head", o.Head, nil), through(w, at+"/owner", o.Owner, nil), through(w, at+"/acl", o.ACL, nil)
	o.Retention, o.LegalHold = through(w, at+"/retention", o.Retention, nil), through(w, at+"/hold", o.LegalHold, nil)
	o.Tags = through(w, at+"/tags", o.Tags, nil)
	return o
}

func (w *walk) endpoint(at string, r evidence.Read[evidence.VPCEndpoint]) evidence.Read[evidence.VPCEndpoint] {
	return through(w, at+"/read", r, func(v evidence.VPCEndpoint) evidence.VPCEndpoint {
		v.VPCEndpointType, v.VPCID, v.OwnerID = w.text(at+"/type", v.VPCEndpointType), w.text(at+"/vpc", v.VPCID), w.text(at+"/owner", v.OwnerID)
		switch {
		case w.forgets(at + "/policy"):
			v.PolicyDocument = nil
		case w.document != nil && v.PolicyDocument != nil:
			v.PolicyDocument = w.document(at+"/policy", "endpoint", v.PolicyDocument)
		}
		return v
	})
}

func (w *walk) point(at string, p evidence.AccessPoint) evidence.AccessPoint {
	p.Config = through(w, at+"/config", p.Config, func(c evidence.AccessPointConfig) evidence.AccessPointConfig {
		c.BucketAccountID, c.NetworkOrigin, c.VPCID = w.text(at+"/account", c.BucketAccountID), w.text(at+"/origin", c.NetworkOrigin), w.text(at+"/vpc", c.VPCID)
		return c
	})
	p.Policy = w.doc(at+"/policy", "point", p.Policy)
	return p
}

func (w *walk) ask(at string, a ask) ask {
	a.keys = maps.Clone(a.keys)
	for name := range a.keys {
		if w.forgets(at + "/" + name) {
			a.keys[name] = policy.Value{}
		}
	}
	if a.complete && w.forgets(at+"/complete") {
		a.complete = false
	}
	a.Authorizations = slices.Clone(a.Authorizations)
	for i := range a.Authorizations {
		x := &a.Authorizations[i]
		x.Account = w.text(fmt.Sprint(at, "/owner/", i), x.Account)
		// Of several on one bucket the first is asked what is asked once.
		if len(a.Authorizations) == 1 && strings.HasPrefix(x.Resource, "arn:aws:s3:::"+a.Bucket) {
			x.Resource = w.text(fmt.Sprint(at, "/resource/", i), x.Resource)
		}
	}
	a.KMSKey = w.text(at+"/key", a.KMSKey)
	if a.Document != nil && w.forgets(at+"/document") {
		a.Document = nil
	}
	a.Principal = w.principal(at+"/principal", a.Principal)
	return a
}

// principal forgets of a requester what CloudTrail may leave out.
func (w *walk) principal(at string, p evidence.Principal) evidence.Principal {
	switch p.Type {
	case evidence.PrincipalAnonymous, evidence.PrincipalService:
		return p
	default:
	}
	if w.forgets(at+"/type") && p.Type != evidence.PrincipalFederated {
		p = evidence.Principal{Type: evidence.PrincipalAccount, Account: p.Account, ID: p.ID}
	}
	p.AccessKeyID, p.Session, p.Issuer = w.text(at+"/accessKey", p.AccessKeyID), w.text(at+"/session", p.Session), w.text(at+"/issuer", p.Issuer)
	if account, path, ok := strings.Cut(p.ARN, ":role/"); ok && w.forgets(at+"/path") {
		p.PathUnknown, p.ARN = true, account+":role/"+path[strings.LastIndex(path, "/")+1:]
	}
	if w.forgets(at + "/arn") {
		p.ARN, p.PathUnknown = "", false
	}
	p.Account, p.ID = w.text(at+"/account", p.Account), w.text(at+"/id", p.ID)
	return p
}

// forgetting returns what forgets a share of everything. Of one seed, a smaller share
// is forgotten of what the larger share forgets.
func forgetting(seed uint64, share float64) func(string) bool {
	return func(path string) bool {
		h := fnv.New64a()
		h.Write([]byte(path))
		return rand.New(rand.NewPCG(seed, h.Sum64())).Float64() < share
	}
}
