package difftest

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy/difftest/iamsim"
)

// generator makes questions. Two with the same seed make the same ones.
type generator struct {
	iamsim.Random
	families []family
	made     int
}

// family is a kind of questions: which layers have policies, by how many times of a
// hundred each has.
type family struct {
	name      string
	weight    int
	principal func(g *generator, q *question)
	// cross is how often requester and resource are of two accounts.
	cross int
	layers
}

type layers struct{ boundary, session, scp, rcp, endpoint, resource, restrict int }

func newGenerator(seed uint64) *generator {
	g := &generator{Random: iamsim.NewRandom(seed)}
	for _, f := range []family{
		{"identity", 6, (*generator).userOrRole, 0, layers{}},
		{"boundary", 10, (*generator).userOrRole, 20, layers{boundary: 95, resource: 50}},
		{"session", 10, (*generator).role, 20, layers{session: 95, boundary: 20, resource: 50}},
		{"scp", 10, (*generator).userOrRole, 20, layers{scp: 100, resource: 40}},
		{"rcp", 8, (*generator).anybody, 40, layers{rcp: 100, resource: 80}},
		{"endpoint", 8, (*generator).anybody, 30, layers{endpoint: 95, resource: 70}},
		{"bucket policy", 14, (*generator).userOrRole, 0, layers{resource: 100, boundary: 15, session: 15}},
		{"cross-account", 14, (*generator).userOrRole, 100, layers{resource: 100, boundary: 15, session: 15, scp: 15}},
		{"root", 6, (*generator).root, 40, layers{resource: 70, scp: 30, rcp: 20, endpoint: 10}},
		{"federated", 6, (*generator).federated, 25, layers{resource: 80, session: 92, boundary: 15, scp: 10}},
		{"anonymous", 6, (*generator).anonymous, 0, layers{resource: 95, rcp: 20, endpoint: 15}},
		{"service", 6, (*generator).service, 0, layers{resource: 95, rcp: 20}},
		{"public", 8, (*generator).anybody, 70, layers{resource: 100, restrict: 100, endpoint: 15}},
		{"key", 10, (*generator).signed, 30, layers{resource: 100, endpoint: 10, boundary: 15, session: 15, scp: 10, rcp: 10}},
		{"every layer", 12, (*generator).anybody, 40, layers{60, 50, 60, 60, 40, 85, 15}},
	} {
		for range f.weight {
			g.families = append(g.families, f)
		}
	}
	return g
}

// next returns the next question.
func (g *generator) next() *question {
	f := iamsim.Pick(g, g.families)
	g.made++
	q := &question{ID: g.made, Family: f.name, Account: ours, Context: map[string]iamsim.Value{}}
	f.principal(g, q)
	g.request(q)
	if g.Chance(f.cross) {
		q.Account = other
	}
	if q.Action == "s3:ListAllMyBuckets" {
		q.Account = ours
	}
	if c := q.caller(); c.Account != "" {
		if g.Chance(f.scp) {
			q.SCPs = g.scps(q)
		}
		if c.Type != evidence.PrincipalRoot {
			g.own(q, f.layers)
		}
	}
	if g.Chance(f.rcp) {
		q.RCPs = g.rcps(q)
	}
	if q.caller().Type != evidence.PrincipalService && g.Chance(f.endpoint) {
		q.Endpoint = new(iamsim.Document)
		delete(q.Context, "aws:SourceIp")
		*q.Endpoint = g.document(q, everybody)
	}
	if q.onKey() || g.Chance(f.resource) && q.Action != "s3:ListAllMyBuckets" {
		d := g.document(q, func(g *generator, q *question, _ string) iamsim.Principals { return g.principals(q) })
		if f.name == "public" && g.Chance(70) {
			d = g.public(q)
		}
		q.ResourcePolicy = &d
		q.Restrict = !q.onKey() && g.Chance(f.restrict)
	}
	return q
}

// own gives the requester its own policies.
func (g *generator) own(q *question, l layers) {
	for range iamsim.Pick(g, []int{0, 1, 1, 1, 1, 1, 2}) {
		q.Identity = append(q.Identity, g.document(q, nobody))
	}
	if g.Chance(l.boundary) {
		d := g.document(q, nobody)
		q.Boundary = &d
	}
	federated := q.caller().Type == evidence.PrincipalFederated
	if q.caller().Type == evidence.PrincipalRole && g.Chance(l.session) || federated && g.Chance(max(l.session, 85)) {
		d := g.document(q, nobody)
		q.Session = &d
	}
}

// scps makes the policies of two to four levels of an organization. AWS keeps one
// attached to each.
func (g *generator) scps(q *question) [][]iamsim.Document {
	out := make([][]iamsim.Document, 2+g.IntN(3))
	for i := range out {
		if g.Chance(50) {
			out[i] = append(out[i], document(iamsim.Everything("Allow")))
		}
		for len(out[i]) == 0 || g.Chance(30) {
			out[i] = append(out[i], g.document(q, nobody))
		}
	}
	return out
}

// rcps does so for those that stand beside AWS's own.
func (g *generator) rcps(q *question) [][]iamsim.Document {
	out := make([][]iamsim.Document, 2+g.IntN(3))
	for i := range out {
		out[i] = []iamsim.Document{}
		for g.Chance(40) {
			out[i] = append(out[i], g.rcp(q))
		}
	}
	return out
}

// rcp makes a document that denies, as all of customers are.
func (g *generator) rcp(q *question) iamsim.Document {
	s := g.statement(q, "Deny", everybody)
	s.NotAction = iamsim.Value{}
	service, _, _ := strings.Cut(q.Action, ":")
	s.Action = iamsim.Pick(g, []iamsim.Value{iamsim.One(service + ":*"), iamsim.One(q.Action), iamsim.List("sqs:*", "s3:GetObject"), iamsim.One("s3:Put*"), iamsim.One("sqs:*")})
	return document(s)
}

// actions are actions with resources that they are on.
func actions() [][2]string {
	const bucket, object = "arn:aws:s3:::acme-data", "arn:aws:s3:::acme-data/home/ana/notes.txt"
	return [][2]string{
		{"s3:GetObject", object}, {"s3:GetObject", object}, {"s3:GetObject", "arn:aws:s3:::acme-data/reports/2026.csv"},
		{"s3:PutObject", object}, {"s3:DeleteObject", object}, {"s3:GetObjectVersion", object}, {"s3:DeleteObjectVersion", object},
		{"s3:GetObjectTagging", object}, {"s3:PutObjectTagging", object}, {"s3:GetObjectAcl", object},
		{"s3:ListBucket", bucket}, {"s3:ListBucket", bucket}, {"s3:GetBucketPolicy", bucket}, {"s3:DeleteBucketPolicy", bucket},
		{"s3:GetBucketLocation", bucket}, {"s3:PutBucketVersioning", bucket}, {"s3:GetBucketAcl", bucket}, {"s3:DeleteBucket", bucket},
	}
}

// request puts an action and its resource into a question, and what the request has.
func (g *generator) request(q *question) {
	a := iamsim.Pick(g, actions())
	switch {
	case q.Family == "key":
		a = [2]string{iamsim.Pick(g, []string{"kms:Decrypt", "kms:GenerateDataKey"}), "arn:aws:kms:us-east-1:" + ours + ":key/1234abcd"}
	case g.Chance(1):
		a = [2]string{"s3:ListAllMyBuckets", "*"}
	}
	q.Action, q.Resource = a[0], a[1]
	maybe := func(key string, percent int, values ...string) {
		if g.Chance(percent) {
			q.Context[key] = iamsim.One(iamsim.Pick(g, values))
		}
	}
	if q.caller().Type == evidence.PrincipalService {
		maybe("aws:SourceAccount", 80, ours, other)
		maybe("aws:SourceArn", 80, "arn:aws:cloudtrail:us-east-1:"+ours+":trail/main", "arn:aws:s3:::acme-source")
	} else {
		maybe("aws:SourceIp", 95, "203.0.113.7", "198.51.100.1")
		maybe("aws:MultiFactorAuthPresent", 40, "true", "false")
	}
	maybe("aws:CurrentTime", 100, "2026-11-23T10:00:00Z")
	maybe("aws:RequestedRegion", 100, "us-east-1", "eu-west-1")
	maybe("aws:SecureTransport", 100, "true", "true", "true", "false")
	maybe("aws:ViaAWSService", 50, "false", "true")
	if q.Action == "s3:ListBucket" {
		maybe("s3:prefix", 70, "home/ana/", "reports/")
		maybe("s3:max-keys", 30, "10", "1000")
	}
	if q.Action == "s3:PutObject" {
		maybe("s3:x-amz-acl", 30, "private", "bucket-owner-full-control")
	}
}
