package authz_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"time"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// sample is a generated case: evidence in which everything is known, and requests.
type sample struct {
	evidence evidence.Evidence
	asks     []ask
}

// ask is a request with what is known of its condition keys.
type ask struct {
	authz.Request
	complete bool
	keys     map[string]policy.Value
}

func (a *ask) request() *authz.Request {
	r := a.Request
	r.Context = policy.NewContext(a.complete)
	for key, v := range a.keys {
		switch {
		case v.State == policy.Present:
			r.Context.Set(key, v.Values...)
		case v.State == policy.NotKnown:
			r.Context.SetUnknown(key)
		case !a.complete:
			r.Context.SetAbsent(key)
		}
	}
	return &r
}

// generator makes cases that have something to do with themselves: few names, so
// that statements often match. It contradicts itself nowhere: what one part of the
// evidence says of another is so.
type generator struct {
	*rand.Rand
	home string // account of the requesters
}

func newGenerator(seed, round uint64) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, round))}
	g.home = g.pick(accountA, accountB, accountB, accountC)
	if g.in(2) {
		g.home = accountA
	}
	return g
}

func (g *generator) pick(list ...string) string { return list[g.IntN(len(list))] }

// in is true once in n times.
func (g *generator) in(n int) bool { return g.IntN(n) == 0 }

const (
	accountA, accountB, accountC = "111111111111", "222222222222", "333333333333"
	bucketName, objectKey        = "acme-data", "home/report.csv"
	directory                    = "acme--use1-az4--x-s3"
	directoryARN                 = "arn:aws:s3express:us-east-1:222222222222:bucket/" + directory
	objectARN                    = bucketARN + "/" + objectKey
	ownPoint                     = "arn:aws:s3:us-east-1:222222222222:accesspoint/finance"
	innerPoint                   = "arn:aws:s3:us-east-1:222222222222:accesspoint/inner"
	foreignPoint                 = "arn:aws:s3:us-east-1:333333333333:accesspoint/finance"
	multiRegionPoint             = "arn:aws:s3::222222222222:accesspoint/mfzwi23gnjvgw.mrap"
	gatewayID, interfaceID       = "vpce-0abc", "vpce-1abc"
	groupAll                     = "http://acs.amazonaws.com/groups/global/AllUsers"
	groupSigned                  = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
)

func canonicalID(account string) string { return "canonical" + account[:1] }

func managedKey(account string) string {
	return "arn:aws:kms:us-east-1:" + account + ":key/managed"
}

func (g *generator) sample() sample {
	s := sample{evidence: evidence.Evidence{
		ReadAt:   time.Date(2026, 11, 23, 10, 1, 0, 0, time.UTC),
		Accounts: map[string]evidence.Account{}, Principals: g.principals(), Sessions: map[string]evidence.Read[evidence.Grant]{},
		Buckets: map[string]evidence.Bucket{bucketName: g.bucket("bucket"), directory: g.bucket("directory")},
		Objects: map[string]evidence.Object{}, Keys: map[string]evidence.Key{}, KeyAliases: map[string]evidence.Read[string]{},
		VPCEndpoints: map[string]evidence.Read[evidence.VPCEndpoint]{}, AccessPoints: map[string]evidence.AccessPoint{},
	}}
	e := &s.evidence
	for _, id := range []string{accountA, accountB, accountC} {
		e.Accounts[id] = g.account(id)
		e.KeyAliases["arn:aws:kms:us-east-1:"+id+":alias/aws/s3"] = evidence.Known(managedKey(id))
		e.Keys[managedKey(id)] = managed(id)
	}
	e.Sessions["ASIAEXAMPLE"] = g.session()
	if g.in(4) {
		e.Sessions["AROAEXAMPLEEXAMPLE:job"] = e.Sessions["ASIAEXAMPLE"]
	}
	o := evidence.Object{ObjectVersion: g.object(), Versions: map[string]evidence.ObjectVersion{"v1": g.object()}}
	if b := e.Buckets[bucketName]; b.ObjectLock.State() == evidence.StateAbsent {
		o.ObjectVersion, o.Versions["v1"] = unlocked(o.ObjectVersion), unlocked(o.Versions["v1"])
	}
	e.Objects[bucketName+"/"+objectKey] = o
	e.Keys[keyARN] = g.key()
	e.KeyAliases["arn:aws:kms:us-east-1:222222222222:alias/app"] = evidence.Known(keyARN)
	for _, v := range [][2]string{{gatewayID, "Gateway"}, {interfaceID, "Interface"}} {
		e.VPCEndpoints[v[0]] = evidence.Known(evidence.VPCEndpoint{VPCEndpointType: v[1], VPCID: "vpc-1", OwnerID: accountA, PolicyDocument: g.document("endpoint")})
	}
	for _, arn := range []string{ownPoint, innerPoint, foreignPoint, multiRegionPoint} {
		e.AccessPoints[arn] = g.point(arn)
	}
	for range 3 {
		s.asks = append(s.asks, g.ask(e))
	}
	return s
}

// unlocked is an object in a bucket without Object Lock.
func unlocked(o evidence.ObjectVersion) evidence.ObjectVersion {
	o.Retention, o.LegalHold = evidence.Absent[evidence.Retention]("InvalidRequest"), evidence.Absent[evidence.LegalHold]("InvalidRequest")
	return o
}

func (g *generator) block() evidence.Read[evidence.PublicAccessBlock] {
	if g.in(2) {
		return evidence.Absent[evidence.PublicAccessBlock]("NoSuchPublicAccessBlockConfiguration")
	}
	return evidence.Known(evidence.PublicAccessBlock{BlockPublicAcls: g.in(4), IgnorePublicAcls: g.in(3), BlockPublicPolicy: g.in(4), RestrictPublicBuckets: g.in(4)})
}

func (g *generator) account(id string) evidence.Account {
	a := evidence.Account{CanonicalID: evidence.Known(canonicalID(id)), PublicAccessBlock: g.block(), OrganizationPublicAccessBlock: g.block()}
	if g.in(6) {
		a.Organization, a.Path = evidence.Absent[evidence.Organization]("none"), evidence.Absent[[]evidence.PathElement]("none")
		return a
	}
	org := evidence.Organization{ID: g.pick("o-example1", "o-example1", "o-other"), ManagementAccount: "999999999999"}
	if g.in(10) {
		org.ManagementAccount = id
	}
	a.Organization = evidence.Known(org)
	path := []evidence.PathElement{{ID: "r-root"}, {ID: id}}
	if g.in(3) {
		path = []evidence.PathElement{{ID: "r-root"}, {ID: "ou-root-dev"}, {ID: id}}
	}
	for i := range path {
		path[i].SCPs, path[i].RCPs = g.controls("scp", "FullAWSAccess"), g.controls("rcp", "RCPFullAWSAccess")
	}
	a.Path = evidence.Known(path)
	return a
}

func (g *generator) controls(layer, full string) evidence.Read[[]evidence.Policy] {
	list := []evidence.Policy{{Name: full}}
	switch g.IntN(16) {
	case 0:
		return evidence.Absent[[]evidence.Policy]("PolicyTypeNotEnabled")
	case 1:
		list = nil
	case 2, 3:
		list = append(list, evidence.Policy{Name: "more", Document: g.document(layer)})
	case 4:
		list[0].Document = g.document(layer)
	}
	return evidence.Known(list)
}

func (g *generator) policies(layer string) evidence.Read[[]evidence.Policy] {
	var list []evidence.Policy
	for range g.IntN(3) {
		list = append(list, evidence.Policy{Name: "inline", Document: g.document(layer)})
	}
	if !g.in(4) {
		list = append(list, evidence.Policy{Name: "all", Document: documentOf(`{"Effect":"Allow","Action":["s3:*","s3express:*","kms:*"],"Resource":"*"}`)})
	}
	return evidence.Known(list)
}

func (g *generator) tags() evidence.Read[map[string]string] {
	if g.in(2) {
		return evidence.Absent[map[string]string]("NoSuchTagSet")
	}
	return evidence.Known(map[string]string{"team": g.pick("blue", "red")})
}

// principals are those of the requesters' account.
func (g *generator) principals() map[string]evidence.Identity {
	out := map[string]evidence.Identity{}
	for _, p := range [][2]string{{"user/ann", "AIDAEXAMPLEEXAMPLE"}, {"role/team/app", "AROAEXAMPLEEXAMPLE"}, {linkedRole, "AROALINKEDEXAMPLE0"}} {
		i := evidence.Identity{ID: evidence.Known(p[1]), Policies: g.policies("identity"), Boundary: evidence.Absent[evidence.Policy]("none"), Tags: g.tags()}
		if g.in(4) && p[0] != linkedRole {
			i.Boundary = evidence.Known(evidence.Policy{Name: "boundary", Document: g.document("boundary")})
		}
		out["arn:aws:iam::"+g.home+":"+p[0]] = i
	}
	return out
}

const linkedRole = "role/aws-service-role/s3.amazonaws.com/AWSServiceRoleForS3"

func (g *generator) session() evidence.Read[evidence.Grant] {
	if g.in(2) {
		return evidence.Absent[evidence.Grant]("none")
	}
	var grant evidence.Grant
	for range g.IntN(3) {
		grant.Policies = append(grant.Policies, evidence.Policy{Name: "session policy", Document: g.document("session")})
	}
	if g.in(3) {
		grant.Tags = map[string]string{"Team": g.pick("blue", "red")}
	}
	return evidence.Known(grant)
}

func (g *generator) point(arn string) evidence.AccessPoint {
	config := evidence.AccessPointConfig{Bucket: bucketName, BucketAccountID: accountB, NetworkOrigin: "Internet"}
	if block, ok := g.block().Value(); ok {
		config.PublicAccessBlockConfiguration = block
	}
	if arn == innerPoint {
		config.NetworkOrigin, config.VPCID = "VPC", g.pick("vpc-1", "vpc-1", "vpc-2")
	}
	p := evidence.AccessPoint{Config: evidence.Known(config), Policy: evidence.Absent[json.RawMessage]("NoSuchAccessPointPolicy")}
	if !g.in(4) {
		p.Policy = evidence.Known(g.document("point"))
	}
	return p
}

// managed is the key that AWS manages for S3 in an account.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
func managed(account string) evidence.Key {
	return evidence.Key{
		Metadata: evidence.Known(evidence.KeyMetadata{KeyState: "Enabled", KeyManager: "AWS"}), Tags: evidence.Absent[map[string]string]("none"),
		Grants: evidence.Known([]evidence.KeyGrant{}),
		Policy: evidence.Known(documentOf(strings.ReplaceAll(`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*",
			"Condition":{"StringEquals":{"kms:CallerAccount":"ACCOUNT","kms:ViaService":"s3.us-east-1.amazonaws.com"}}}`, "ACCOUNT", account))),
	}
}

func (g *generator) key() evidence.Key {
	k := evidence.Key{
		Metadata: evidence.Known(evidence.KeyMetadata{KeyState: g.pick("Enabled", "Enabled", "Enabled", "Disabled", "PendingDeletion"), KeyManager: "CUSTOMER"}),
		Policy:   evidence.Known(g.document("key")), Tags: g.tags(), Grants: evidence.Absent[[]evidence.KeyGrant]("none"),
	}
	var grants []evidence.KeyGrant
	for range g.IntN(3) {
		grant := evidence.KeyGrant{GranteePrincipal: g.pick(g.names()...), Operations: []string{g.pick("Decrypt", "GenerateDataKey", "DescribeKey"), "Decrypt"}}
		if g.in(3) {
			grant.Constraints.EncryptionContextSubset = map[string]string{"aws:s3:arn": g.pick(objectARN, bucketARN)}
		}
		if g.in(5) {
			grant.Constraints.EncryptionContextEquals = map[string]string{g.pick("aws:s3:arn", "team"): g.pick(objectARN, bucketARN)}
		}
		grants = append(grants, grant)
	}
	if !g.in(3) {
		k.Grants = evidence.Known(grants)
	}
	return k
}
