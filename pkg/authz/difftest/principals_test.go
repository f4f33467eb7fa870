package difftest

import (
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/policy/difftest/iamsim"
)

func (g *generator) user(q *question) {
	q.Principal = "arn:aws:iam::" + ours + ":user/" + iamsim.Pick(g, []string{"ana", "ana", "team/bob"})
	q.Tags = g.tags(30)
}

func (g *generator) role(q *question) {
	name, path := iamsim.Pick(g, []string{"app", "app", "batch"}), iamsim.Pick(g, []string{"", "", "", "team/"})
	if g.Chance(3) {
		name, path = "AWSServiceRoleForExample", "aws-service-role/example.amazonaws.com/"
	}
	q.As = "arn:aws:iam::" + ours + ":role/" + path + name
	q.Principal = "arn:aws:sts::" + ours + ":assumed-role/" + name + "/" + iamsim.Pick(g, []string{"run", "ana"})
	q.Tags, q.SessionTags = g.tags(25), g.tags(25)
}

func (g *generator) userOrRole(q *question) {
	if g.Chance(50) {
		g.user(q)
		return
	}
	g.role(q)
}

func (g *generator) root(q *question) { q.Principal = "arn:aws:iam::" + ours + ":root" }

func (g *generator) federated(q *question) {
	q.Principal = "arn:aws:sts::" + ours + ":federated-user/" + iamsim.Pick(g, []string{"bob", "ana"})
	q.As = "arn:aws:iam::" + ours + ":user/ana"
	q.SessionTags = g.tags(25)
}

func (g *generator) anonymous(q *question) { q.Principal = "anonymous" }

func (g *generator) service(q *question) {
	q.Principal = iamsim.Pick(g, []string{"cloudtrail.amazonaws.com", "logging.s3.amazonaws.com"})
}

func (g *generator) anybody(q *question) {
	iamsim.Pick(g, []func(*question){
		g.user, g.user, g.user, g.user, g.role, g.role, g.role, g.role, g.root, g.federated, g.anonymous, g.anonymous, g.service,
	})(q)
}

// signed makes a requester that is seldom anonymous.
func (g *generator) signed(q *question) {
	g.anybody(q)
	if q.Principal == "anonymous" && g.Chance(80) {
		g.userOrRole(q)
	}
}

func (g *generator) tags(percent int) map[string]string {
	if !g.Chance(percent) {
		return nil
	}
	return map[string]string{iamsim.Pick(g, []string{"team", "home"}): iamsim.Pick(g, []string{"red", "home", "reports"})}
}

// principals makes the Principal element of a resource's policy: more often than not
// it names the requester, by one of the names that it has.
func (g *generator) principals(q *question) iamsim.Principals {
	c := q.caller()
	if g.Chance(15) {
		return iamsim.Everybody()
	}
	if c.Type == evidence.PrincipalService {
		return iamsim.Principals{"Service": g.List(1+g.IntN(2), func() string {
			return iamsim.Pick(g, []string{q.Principal, q.Principal, "cloudtrail.amazonaws.com", "logging.s3.amazonaws.com", "ec2.amazonaws.com"})
		})}
	}
	names := []string{"arn:aws:iam::" + ours + ":root", ours, "*"}
	switch c.Type {
	case evidence.PrincipalUser:
		names = append(names, c.ARN, c.ARN, c.ARN)
	case evidence.PrincipalRole:
		names = append(names, q.As, q.As, q.Principal, q.Principal)
		if g.Chance(10) { // another role of the same name
			names = append(names, "arn:aws:iam::"+ours+":role/"+q.As[strings.LastIndexByte(q.As, '/')+1:])
		}
	case evidence.PrincipalFederated:
		names = append(names, q.Principal, q.Principal, q.As)
	default:
	}
	if g.Chance(1) {
		names = []string{userID, roleID}
	}
	p := iamsim.Principals{"AWS": g.List(1+g.IntN(2), func() string {
		if g.Chance(75) {
			return iamsim.Pick(g, names)
		}
		return iamsim.Pick(g, []string{
			"arn:aws:iam::" + other + ":root", other, "arn:aws:iam::" + ours + ":user/ana", "arn:aws:iam::" + other + ":user/ana",
			"arn:aws:iam::" + ours + ":role/app", "arn:aws:iam::" + ours + ":role/batch", "arn:aws:iam::" + other + ":role/app",
			"arn:aws:sts::" + ours + ":assumed-role/app/run", "arn:aws:sts::" + ours + ":federated-user/bob",
		})
	})}
	if g.Chance(10) {
		p["Service"] = iamsim.One("ec2.amazonaws.com")
	}
	return p
}
