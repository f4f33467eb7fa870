package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/policy"
)

func parse(t testing.TB, doc string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse([]byte(doc))
	if err != nil {
		t.Fatalf("%s\n%v", doc, err)
	}
	return p
}

// A statement is evaluated to its end: what fails second is told as well.
func TestEveryElementCounts(t *testing.T) {
	p := parse(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
		"Principal":{"AWS":"222222222222"}, "Action":"s3:Put*", "Resource":"arn:aws:s3:::other/*",
		"Condition":{"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"s3:prefix":"a","aws:PrincipalOrgID":"o-example"}}}]}`)
	ctx := policy.NewContext(false)
	ctx.Set("aws:SecureTransport", "false")
	ctx.SetAbsent("s3:prefix")
	caller := &policy.Caller{Type: policy.CallerUser, Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/ann"}
	r := policy.NewRequest("s3:GetObject", "arn:aws:s3:::acme-data/a", caller, ctx)
	got := p.Match(r, nil)[0]
	if got.Truth != policy.No || got.Missed != 5 || got.Unsettled != 1 || got.Element != policy.ElementPrincipal ||
		!got.Failed.Has(policy.ElementResource) || got.Failed.Has(policy.ElementNotResource, policy.ElementOther) {
		t.Errorf("got %+v, want 5 elements missed, 1 unknown, Principal first", got)
	}
}

// Explain tells what the element wanted and what it got.
func TestExplain(t *testing.T) {
	statement := func(elements string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + elements + `}]}`
	}
	caller := &policy.Caller{Type: policy.CallerRole, Account: "111111111111", ARN: "arn:aws:iam::111111111111:role/team/app",
		SessionARN: "arn:aws:sts::111111111111:assumed-role/app/job"}
	ctx := policy.NewContext(true)
	ctx.Set("aws:SourceIp", "198.51.100.7")
	ctx.SetUnknown("aws:PrincipalOrgID")
	ctx.Set("aws:TagKeys", "a", "b")
	const resource = "arn:aws:s3:::acme-data/a"
	for _, c := range []struct {
		name, elements, resource string
		caller                   *policy.Caller
		want                     policy.Failure
	}{
		{"it matches", `"Action":"*","Resource":"*"`, resource, caller, policy.Failure{}},
		{"principal", `"Principal":{"AWS":["222222222222","arn:aws:iam::111111111111:role/ops"],"Service":"s3.amazonaws.com"},"Action":"*","Resource":"*"`, resource, caller,
			policy.Failure{Element: policy.ElementPrincipal, State: policy.Present,
				Wanted: []string{"222222222222", "arn:aws:iam::111111111111:role/ops", "s3.amazonaws.com"},
				Got:    []string{"arn:aws:iam::111111111111:role/team/app", "arn:aws:sts::111111111111:assumed-role/app/job", "111111111111"}}},
		{"principal of an anonymous caller", `"Principal":{"AWS":"222222222222"},"Action":"*","Resource":"*"`, resource, &policy.Caller{Type: policy.CallerAnonymous},
			policy.Failure{Element: policy.ElementPrincipal, State: policy.Present, Wanted: []string{"222222222222"}, Got: []string{"anonymous"}}},
		{"principal of nobody known", `"Principal":{"AWS":"222222222222"},"Action":"*","Resource":"*"`, resource, nil,
			policy.Failure{Element: policy.ElementPrincipal, Wanted: []string{"222222222222"}}},
		{"action", `"Action":["s3:Put*","s3:Delete*"],"Resource":"*"`, resource, caller,
			policy.Failure{Element: policy.ElementAction, State: policy.Present, Wanted: []string{"s3:Put*", "s3:Delete*"}, Got: []string{"s3:GetObject"}}},
		{"resource", `"Action":"*","NotResource":"arn:aws:s3:::acme-data/*"`, resource, caller,
			policy.Failure{Element: policy.ElementNotResource, State: policy.Present, Wanted: []string{"arn:aws:s3:::acme-data/*"}, Got: []string{resource}}},
		{"resource that is not known", `"Action":"*","Resource":"arn:aws:s3:::acme-data/*"`, "", caller,
			policy.Failure{Element: policy.ElementResource, Wanted: []string{"arn:aws:s3:::acme-data/*"}}},
		{"condition", `"Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIP":["203.0.113.0/24","192.0.2.1"]}}`, resource, caller,
			policy.Failure{Element: policy.ElementCondition, Operator: "IpAddress", Key: "aws:SourceIP", State: policy.Present,
				Wanted: []string{"203.0.113.0/24", "192.0.2.1"}, Got: []string{"198.51.100.7"}}},
		{"condition on a missing key", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"ann"}}`, resource, caller,
			policy.Failure{Element: policy.ElementCondition, Operator: "StringEquals", Key: "aws:username", State: policy.Absent, Wanted: []string{"ann"}}},
		{"condition on an unknown key", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-example"}}`, resource, caller,
			policy.Failure{Element: policy.ElementCondition, Operator: "StringEquals", Key: "aws:PrincipalOrgID", State: policy.NotKnown, Wanted: []string{"o-example"}}},
		{"condition that is not documented", `"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:TagKeys":"a"}}`, resource, caller,
			policy.Failure{Element: policy.ElementCondition, Operator: "StringEquals", Key: "aws:TagKeys", State: policy.Present, Wanted: []string{"a"}, Got: []string{"a", "b"},
				Doubt: "the request has several values, and the operator is for one"}},
		{"element that is not known", `"Action":"*","Resource":"*","Notes":{}`, resource, caller,
			policy.Failure{Element: policy.ElementOther, State: policy.Present, Wanted: []string{"Notes"}, Doubt: "unknown element"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := parse(t, statement(c.elements))
			r := policy.NewRequest("s3:GetObject", c.resource, c.caller, ctx)
			if diff := cmp.Diff(c.want, p.Explain(r, p.Match(r, nil)[0])); diff != "" {
				t.Errorf("want - got +\n%s", diff)
			}
		})
	}
}

// The nearest statement is the one that a reader would look at.
func TestNearest(t *testing.T) {
	ctx := policy.NewContext(true)
	ctx.Set("aws:SecureTransport", "false")
	ctx.SetUnknown("aws:PrincipalOrgID")
	caller := &policy.Caller{Type: policy.CallerUser, Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/ann"}
	r := policy.NewRequest("s3:GetObject", "arn:aws:s3:::acme-data/a", caller, ctx)
	const (
		matches     = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
		action      = `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}`
		resource    = `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::acme-data"}`
		principal   = `{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:*","Resource":"*"}`
		condition   = `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`
		conditions  = `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"a:b":"c"}}}`
		doubt       = `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-example"}}}`
		doubts      = `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-example"},"StringLike":{"aws:PrincipalOrgID":"o-*"}}}`
		deny        = `{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`
		resource2   = `{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:*","Resource":"arn:aws:s3:::acme-data"}`
		actionAlone = `{"Effect":"Allow","NotAction":"s3:Get*","Resource":"*"}`
	)
	for _, c := range []struct {
		name       string
		statements []string
		want       int // -1: none
	}{
		{"none", nil, -1},
		{"one matches", []string{condition, matches}, -1},
		{"of another effect", []string{deny}, -1},
		{"another action is farther than another resource", []string{action, resource}, 1},
		{"another action is farther than another caller and resource", []string{actionAlone, resource2}, 1},
		{"another resource is farther than a condition", []string{resource, condition}, 1},
		{"another caller is farther than two conditions", []string{principal, conditions}, 1},
		{"two conditions are farther than one", []string{conditions, condition}, 1},
		{"what is unknown is nearer than what fails", []string{condition, doubt}, 1},
		{"two unknowns are farther than one", []string{doubts, doubt}, 1},
		{"of two, the first", []string{deny, condition, condition}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := `{"Statement":[`
			for i, s := range c.statements {
				if i > 0 {
					doc += ","
				}
				doc += s
			}
			got, ok := policy.Nearest(parse(t, doc+"]}").Match(r, nil), policy.Allow)
			if ok != (c.want >= 0) || ok && got.Statement != c.want {
				t.Errorf("got %d %v, want %d", got.Statement, ok, c.want)
			}
		})
	}
}

// What the accessors return is what the document says.
func TestAccessors(t *testing.T) {
	p := parse(t, `{"Version":"2008-10-17","Id":"x","Statement":[{"Sid":"A","Effect":"Deny","NotAction":["s3:Get*","S3:List*"],"Resource":"*"}]}`)
	s := &p.Statements()[0]
	actions, not := s.Actions()
	resources, notResource := s.Resources()
	if p.Version() != policy.Version2008 || p.ID() != "x" || s.SID() != "A" || s.Effect() != policy.Deny ||
		!cmp.Equal(actions, []string{"s3:Get*", "S3:List*"}) || !not || !cmp.Equal(resources, []string{"*"}) || notResource {
		t.Error("an accessor is wrong")
	}
	if got := policy.Allow.String() + " " + policy.Deny.String(); got != "Allow Deny" {
		t.Error(got)
	}
	if k := policy.ByRole | policy.ByWildcard; k.String() != "wildcard+role" || !k.Has(policy.ByRole) || k.Has(policy.ByUser) || k.Has(0) {
		t.Error(k)
	}
	for s, want := range map[policy.State]string{policy.NotKnown: "unknown", policy.Absent: "absent", policy.Present: "present"} {
		if s.String() != want {
			t.Error(s)
		}
	}
}
