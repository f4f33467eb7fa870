package difftest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy/difftest/iamsim"
)

const (
	ours          = "111111111111" // the account of every requester
	other         = "222222222222"
	userID        = "AIDAEXAMPLEEXAMPLE"
	roleID        = "AROAEXAMPLEEXAMPLE"
	endpointID    = "vpce-0abc"
	endpointOwner = ours
	versionID     = "EXAMPLE"
)

// path returns the ids of the levels of an account; none if it is in no organization.
func (q *question) path(account string) []string {
	n := 0
	if account == q.caller().Account {
		n = len(q.SCPs)
	}
	if account == q.Account {
		n = max(n, len(q.RCPs))
	}
	if n == 0 {
		return nil
	}
	ids := []string{"r-root"}
	for i := 1; i < n-1; i++ {
		ids = append(ids, fmt.Sprintf("ou-root-%d", i))
	}
	return append(ids, account)
}

// organization returns the id of the organization of an account: each has its own.
func organization(account string) string { return "o-example" + account[:1] }

// keys returns the condition keys of the request, and those that follow: written down
// here once more, and not by package authz.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
func (q *question) keys() map[string]iamsim.Value {
	k := maps.Clone(q.Context)
	if k == nil {
		k = map[string]iamsim.Value{}
	}
	set := func(key, value string) { k[key] = iamsim.One(value) }
	place := func(prefix, account string) {
		path := q.path(account)
		if path == nil {
			return
		}
		set(prefix+"OrgID", organization(account))
		k[prefix+"OrgPaths"] = iamsim.List(organization(account) + "/" + strings.Join(path[:len(path)-1], "/") + "/")
	}
	if q.Resource != "*" {
		set("aws:ResourceAccount", q.Account)
		place("aws:Resource", q.Account)
	}
	if q.Resource != "*" && !q.onKey() {
		set("s3:ResourceAccount", q.Account)
	}
	if v := q.version(); v != "" {
		set("s3:VersionId", v)
	}
	c := q.caller()
	switch c.Type {
	case evidence.PrincipalAnonymous:
		set("aws:PrincipalAccount", "anonymous")
		set("aws:PrincipalType", "Anonymous")
		set("aws:userid", "anonymous")
	case evidence.PrincipalService:
		set("aws:PrincipalIsAWSService", "true")
		set("aws:PrincipalServiceName", q.Principal)
	default:
		set("aws:PrincipalArn", c.ARN)
		set("aws:PrincipalAccount", c.Account)
		set("aws:PrincipalIsAWSService", "false")
		place("aws:Principal", c.Account)
		if _, said := k["aws:ViaAWSService"]; !said {
			set("aws:ViaAWSService", "false")
		}
		if q.onKey() {
			set("kms:CallerAccount", c.Account)
		}
	}
	switch c.Type {
	case evidence.PrincipalUser:
		set("aws:PrincipalType", "User")
		set("aws:userid", userID)
		set("aws:username", c.ARN[strings.LastIndexByte(c.ARN, '/')+1:])
	case evidence.PrincipalRole:
		set("aws:PrincipalType", "AssumedRole")
		set("aws:userid", roleID+":"+c.Session)
	case evidence.PrincipalFederated:
		set("aws:PrincipalType", "FederatedUser")
		set("aws:userid", c.Account+":"+c.Session)
	case evidence.PrincipalRoot:
		set("aws:PrincipalType", "Account")
		set("aws:userid", c.Account)
	default:
	}
	for _, tags := range []map[string]string{q.Tags, q.SessionTags} {
		for name, value := range tags {
			set("aws:PrincipalTag/"+name, value)
		}
	}
	if q.Endpoint != nil {
		set("aws:SourceVpce", endpointID)
		set("aws:SourceVpc", "vpc-1")
		set("aws:VpceAccount", endpointOwner)
		place("aws:Vpce", endpointOwner)
	}
	return k
}

// version returns the version that the request names.
func (q *question) version() string {
	if strings.Contains(q.Action, "ObjectVersion") {
		return versionID
	}
	return ""
}

// evidence is the world of the question: everything was read, and what the question
// does not speak of allows.
func (q *question) evidence() evidence.Evidence {
	e := evidence.Evidence{
		Accounts:   map[string]evidence.Account{},
		Principals: map[string]evidence.Identity{},
		Sessions:   map[string]evidence.Read[evidence.Grant]{},
	}
	for _, id := range []string{ours, other} {
		e.Accounts[id] = q.account(id)
	}
	q.principal(&e)
	if q.Endpoint != nil {
		e.VPCEndpoints = map[string]evidence.Read[evidence.VPCEndpoint]{endpointID: evidence.Known(evidence.VPCEndpoint{
			VPCEndpointType: "Interface", VPCID: "vpc-1", OwnerID: endpointOwner, PolicyDocument: iamsim.Encode(q.Endpoint),
		})}
	}
	resource := evidence.Absent[json.RawMessage]("none")
	if q.ResourcePolicy != nil {
		resource = evidence.Known[json.RawMessage](iamsim.Encode(q.ResourcePolicy))
	}
	if q.onKey() {
		e.Keys = map[string]evidence.Key{q.Resource: {
			Metadata: evidence.Known(evidence.KeyMetadata{KeyState: "Enabled", KeyManager: "CUSTOMER"}),
			Policy:   resource, Tags: evidence.Absent[map[string]string]("none"), Grants: evidence.Known([]evidence.KeyGrant{}),
		}}
		return e
	}
	canonical, _ := e.Accounts[q.Account].CanonicalID.Value()
	acl := evidence.Known(evidence.ACL{Owner: evidence.Owner{ID: canonical}})
	bucket, key, _ := strings.Cut(strings.TrimPrefix(q.Resource, "arn:aws:s3:::"), "/")
	e.Buckets = map[string]evidence.Bucket{bucket: {
		Account: evidence.Known(q.Account), Region: evidence.Known("us-east-1"), Policy: resource,
		PublicAccessBlock: evidence.Known(evidence.PublicAccessBlock{RestrictPublicBuckets: q.Restrict}),
		OwnershipControls: evidence.Known(evidence.OwnershipControls{ObjectOwnership: "BucketOwnerEnforced"}),
		ACL:               acl, RequestPayment: evidence.Known(evidence.RequestPayment{Payer: "BucketOwner"}),
		Encryption: evidence.Known(evidence.Encryption{SSEAlgorithm: "AES256"}), Versioning: evidence.Known(evidence.Versioning{}),
		ObjectLock: evidence.Absent[evidence.ObjectLock]("none"), Tags: evidence.Absent[map[string]string]("none"),
		ABAC: evidence.Known(evidence.ABAC{Status: "Disabled"}),
	}}
	version := evidence.ObjectVersion{
		Head: evidence.Known(evidence.ObjectHead{ServerSideEncryption: "AES256"}), Owner: evidence.Known(canonical), ACL: acl,
		Retention: evidence.Absent[evidence.Retention]("none"), LegalHold: evidence.Absent[evidence.LegalHold]("none"),
		Tags: evidence.Absent[map[string]string]("none"),
	}
	e.Objects = map[string]evidence.Object{bucket + "/" + key: {ObjectVersion: version, Versions: map[string]evidence.ObjectVersion{versionID: version}}}
	return e
}

func (q *question) account(id string) evidence.Account {
	a := evidence.Account{
		CanonicalID:                   evidence.Known("canonical" + id[:1]),
		PublicAccessBlock:             evidence.Absent[evidence.PublicAccessBlock]("none"),
		OrganizationPublicAccessBlock: evidence.Absent[evidence.PublicAccessBlock]("none"),
		Organization:                  evidence.Absent[evidence.Organization]("none"),
		Path:                          evidence.Absent[[]evidence.PathElement]("none"),
	}
	ids := q.path(id)
	if ids == nil {
		return a
	}
	path := make([]evidence.PathElement, len(ids))
	for i, level := range ids {
		path[i] = evidence.PathElement{ID: level, SCPs: full("FullAWSAccess"), RCPs: full("RCPFullAWSAccess")}
		if id == q.caller().Account && q.SCPs != nil {
			path[i].SCPs = attached("FullAWSAccess", q.SCPs, i, len(ids))
		}
		if id == q.Account && q.RCPs != nil {
			path[i].RCPs = attached("RCPFullAWSAccess", q.RCPs, i, len(ids))
		}
	}
	a.Organization = evidence.Known(evidence.Organization{ID: organization(id), ManagementAccount: "999999999999"})
	a.Path = evidence.Known(path)
	return a
}

func full(name string) evidence.Read[[]evidence.Policy] {
	return evidence.Known([]evidence.Policy{{Name: name}})
}

// attached returns the policies of a level of n. A level that the question does not
// have is one before the account, with AWS's own policy; the one for resources is
// attached everywhere.
func attached(own string, levels [][]iamsim.Document, i, n int) evidence.Read[[]evidence.Policy] {
	switch {
	case i == n-1:
		i = len(levels) - 1
	case i >= len(levels)-1:
		return full(own)
	}
	out := policies("attached", levels[i])
	if own == "RCPFullAWSAccess" {
		out = append(out, evidence.Policy{Name: own})
	}
	return evidence.Known(out)
}

func policies(name string, docs []iamsim.Document) []evidence.Policy {
	out := make([]evidence.Policy, len(docs))
	for i := range docs {
		out[i] = evidence.Policy{Name: fmt.Sprint(name, i), Document: iamsim.Encode(docs[i])}
	}
	return out
}

// principal puts the requester's own policies into the evidence.
func (q *question) principal(e *evidence.Evidence) {
	c := q.caller()
	id := evidence.Identity{
		Policies: evidence.Known(policies("inline", q.Identity)), Boundary: evidence.Absent[evidence.Policy]("none"),
		Tags: evidence.Known(q.Tags),
	}
	if q.Boundary != nil {
		id.Boundary = evidence.Known(policies("boundary", []iamsim.Document{*q.Boundary})[0])
	}
	switch c.Type {
	case evidence.PrincipalUser:
		id.ID = evidence.Known(userID)
		e.Principals[c.ARN] = id
		return
	case evidence.PrincipalRole, evidence.PrincipalFederated:
		id.ID = evidence.Known(roleID)
		if c.Type == evidence.PrincipalFederated {
			id.ID = evidence.Known(userID)
		}
		e.Principals[q.As] = id
	default:
		return
	}
	grant := evidence.Grant{Tags: q.SessionTags}
	if q.Session != nil {
		grant.Policies = policies("session", []iamsim.Document{*q.Session})
	}
	e.Sessions[c.AccessKeyID] = evidence.Known(grant)
	if q.Session == nil && q.SessionTags == nil {
		e.Sessions[c.AccessKeyID] = evidence.Absent[evidence.Grant]("none")
	}
}

// features returns what a question is about.
func (q *question) features() map[string]bool {
	f := map[string]bool{
		"family: " + q.Family: true, "action: " + q.Action: true, "principal: " + string(q.caller().Type): true,
		"in one account": q.same(), "identity": q.Identity != nil, "boundary": q.Boundary != nil, "session policy": q.Session != nil,
		"SCPs": q.SCPs != nil, "RCPs": q.RCPs != nil, "endpoint": q.Endpoint != nil, "resource policy": q.ResourcePolicy != nil,
		"RestrictPublicBuckets": q.Restrict,
	}
	for _, c := range q.decide().Checks {
		f["verdict: "+string(c.Layer)+" "+string(c.Verdict)] = true
		if c.Blocks.String() == "yes" {
			f["blocks: "+string(c.Layer)] = true
		}
	}
	if q.Context != nil {
		f["conditions"] = slices.ContainsFunc(q.documents(), func(d *iamsim.Document) bool {
			return slices.ContainsFunc(d.Statement, func(s iamsim.Statement) bool { return s.Condition != nil })
		})
	}
	return f
}
