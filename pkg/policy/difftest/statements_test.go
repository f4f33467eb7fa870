package difftest

import (
	"strings"

	"why403/pkg/policy/difftest/iamsim"
)

// requested is an action with a resource that it is about.
type requested struct{ action, resource string }

func requests() []requested {
	return []requested{
		{"s3:GetObject", "arn:aws:s3:::acme-data/reports/2024.csv"},
		{"s3:GetObject", "arn:aws:s3:::acme-data/home/ana/notes.txt"},
		{"s3:GetObject", "arn:aws:s3:::acme-data/a:b/c d"},
		{"s3:PutObject", "arn:aws:s3:::acme-data/reports/2024.csv"},
		{"s3:PutObject", "arn:aws:s3:::acme-data/été/(1)+[2].csv"},
		{"s3:GetObject", "arn:aws:s3:eu-west-1:111111111111:accesspoint/reports/object/2024.csv"},
		{"s3:ListBucket", "arn:aws:s3:::acme-data"},
		{"s3:ListBucket", "arn:aws:s3:::acme-data-2"},
		{"s3:DeleteObjectVersion", "arn:aws-cn:s3:::acme-data/Reports/2024.csv"},
		{"sqs:SendMessage", "arn:aws:sqs:eu-west-1:111111111111:orders"},
		{"dynamodb:Query", "arn:aws:dynamodb:eu-west-1:111111111111:table/orders/index/by-day"},
		{"logs:PutLogEvents", "arn:aws:logs:eu-west-1:111111111111:log-group:/app/orders:log-stream:one"},
		{"lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111111111111:function:orders:live"},
		{"sns:Publish", "arn:aws:sns:eu-west-1:111111111111:orders"},
		{"iam:PassRole", "arn:aws:iam::111111111111:role/service/app"},
	}
}

// request puts an action and its resource into a question.
func (g *generator) request(q *question) {
	r := iamsim.Pick(g, requests())
	q.Action, q.Resource = r.action, r.resource
}

// actions asks about Action and NotAction.
func (g *generator) actions() *question {
	q := g.base()
	g.request(q)
	s := iamsim.Everything("")
	s.Action = g.List(1+g.IntN(3), func() string { return g.actionPattern(q.Action) })
	if g.Chance(35) {
		s.Action, s.NotAction = iamsim.Value{}, s.Action
	}
	return g.judge(q, s)
}

func (g *generator) actionPattern(action string) string {
	if g.Chance(40) {
		action = iamsim.Pick(g, requests()).action
	}
	return g.ActionPattern(action)
}

// resources asks about Resource and NotResource.
func (g *generator) resources() *question {
	q := g.base()
	g.request(q)
	s := iamsim.Everything("")
	s.Resource = g.List(1+g.IntN(3), func() string { return g.resourcePattern(q.Resource) })
	if g.Chance(35) {
		s.Resource, s.NotResource = iamsim.Value{}, s.Resource
	}
	return g.judge(q, s)
}

func (g *generator) resourcePattern(resource string) string {
	if g.Chance(25) {
		resource = iamsim.Pick(g, requests()).resource
	}
	f := strings.SplitN(resource, ":", 6)
	switch {
	case g.Chance(4):
		return "*"
	case g.Chance(10):
		f[3] = iamsim.Pick(g, []string{"*", "eu-west-1", "us-east-1", "eu-*", "??-west-1", ""})
	case g.Chance(12):
		f[4] = iamsim.Pick(g, []string{"*", "111111111111", "222222222222", "1111*", ""})
	case g.Chance(5):
		f[1] = iamsim.Pick(g, []string{"*", "aws", "aws-cn", "aws*"})
	case g.Chance(8):
		f[5] = g.Flip(f[5])
	}
	f[5] = g.Wildcards(f[5])
	resource = strings.Join(f, ":")
	if g.Chance(6) {
		// A * that ends a segment other than the last, with or without others behind.
		parts := strings.SplitN(resource, ":", 3+g.IntN(3))
		resource = strings.Join(parts[:len(parts)-1], ":") + ":*"
	}
	return resource
}

// variableInResource asks about Resource and NotResource with a variable.
func (g *generator) variableInResource() *question {
	q := g.base()
	g.request(q)
	f := strings.SplitN(q.Resource, ":", 6)
	prefix := strings.Join(f[:5], ":") + ":"
	s := iamsim.Everything("")
	s.Resource = g.List(1+g.IntN(2), func() string {
		if g.Chance(20) {
			return g.resourcePattern(q.Resource)
		}
		return prefix + g.hide(q, "Like", f[5])
	})
	if g.Chance(25) {
		s.Resource, s.NotResource = iamsim.Value{}, s.Resource
	}
	q = g.judge(q, s)
	q.Identity[0].Version = g.version()
	return q
}

// severalStatements asks about one to three documents of one to four statements.
func (g *generator) severalStatements() *question {
	q := g.base()
	g.request(q)
	for range 1 + g.IntN(3) {
		d := iamsim.Document{Version: "2012-10-17"}
		for range 1 + g.IntN(4) {
			d.Statement = append(d.Statement, g.statement(q))
		}
		q.Identity = append(q.Identity, d)
	}
	return q
}

// statement makes a statement that is about the question more often than not.
func (g *generator) statement(q *question) iamsim.Statement {
	s := iamsim.Everything("Allow")
	if g.Chance(35) {
		s.Effect = "Deny"
	}
	if g.Chance(70) {
		s.Action = g.List(1+g.IntN(2), func() string { return g.actionPattern(q.Action) })
		if g.Chance(15) {
			s.Action, s.NotAction = iamsim.Value{}, s.Action
		}
	}
	if g.Chance(70) {
		s.Resource = g.List(1+g.IntN(2), func() string { return g.resourcePattern(q.Resource) })
		if g.Chance(15) {
			s.Resource, s.NotResource = iamsim.Value{}, s.Resource
		}
	}
	if g.Chance(40) {
		g.addConditions(q, &s, 1+g.IntN(2))
	}
	return s
}

// resourcePolicy asks about an identity policy and the policy of a resource, in one
// account or two.
func (g *generator) resourcePolicy() *question {
	g.known = true
	defer func() { g.known = false }()
	q := g.severalStatements()
	q.Principal = iamsim.Pick(g, callers())
	if g.Chance(40) {
		q.Account = "222222222222"
	}
	d := iamsim.Document{Version: "2012-10-17"}
	for range 1 + g.IntN(3) {
		s := g.statement(q)
		s.Principal = g.principals(q.Principal)
		d.Statement = append(d.Statement, s)
	}
	q.ResourcePolicy = &d
	if q.Principal == "anonymous" || !strings.HasPrefix(q.Principal, "arn:") {
		q.Identity = nil // it has none
	}
	return q
}

func callers() []string {
	return []string{
		"arn:aws:iam::111111111111:user/ana", "arn:aws:iam::111111111111:user/ana", "arn:aws:iam::111111111111:user/team/bob",
		"arn:aws:sts::111111111111:assumed-role/app/run", "arn:aws:sts::111111111111:assumed-role/app/run2",
		"arn:aws:sts::111111111111:federated-user/ana", "anonymous", "cloudtrail.amazonaws.com",
	}
}

// principals makes a Principal element for a caller.
func (g *generator) principals(caller string) iamsim.Principals {
	if g.Chance(10) {
		return iamsim.Everybody()
	}
	p := iamsim.Principals{"AWS": g.List(1+g.IntN(2), func() string {
		if g.Chance(40) && strings.HasPrefix(caller, "arn:") {
			return caller
		}
		return iamsim.Pick(g, []string{
			"*", "111111111111", "arn:aws:iam::111111111111:root", "222222222222", "arn:aws:iam::222222222222:root",
			"arn:aws:iam::111111111111:user/ana", "arn:aws:iam::111111111111:user/team/bob", "arn:aws:iam::222222222222:user/ana",
			"arn:aws:iam::111111111111:role/app", "arn:aws:iam::111111111111:role/other",
			"arn:aws:sts::111111111111:assumed-role/app/run", "arn:aws:sts::111111111111:federated-user/ana",
		})
	})}
	if g.Chance(20) {
		p["Service"] = iamsim.One(iamsim.Pick(g, []string{"cloudtrail.amazonaws.com", "logging.s3.amazonaws.com"}))
	}
	if g.Chance(10) && len(p) > 1 {
		delete(p, "AWS")
	}
	return p
}

// principal asks about a policy of a resource with one statement.
func (g *generator) principal() *question {
	q := g.base()
	q.Principal = iamsim.Pick(g, callers())
	s := iamsim.Everything("Allow")
	if g.Chance(12) {
		s.NotPrincipal = g.principals(q.Principal)
	} else {
		s.Principal = g.principals(q.Principal)
	}
	q.ResourcePolicy = &iamsim.Document{Version: "2012-10-17", Statement: []iamsim.Statement{s}}
	if g.Chance(30) || s.NotPrincipal != nil {
		q.ResourcePolicy.Statement[0].Effect = "Deny"
		all := iamsim.Everything("Allow")
		all.Principal = iamsim.Everybody()
		q.ResourcePolicy.Statement = append(q.ResourcePolicy.Statement, all)
	}
	if strings.HasPrefix(q.Principal, "arn:") && g.Chance(30) {
		q.Identity = []iamsim.Document{{Version: "2012-10-17", Statement: []iamsim.Statement{iamsim.Everything("Allow")}}}
		if g.Chance(50) {
			q.Account = "222222222222"
		}
	}
	return q
}
