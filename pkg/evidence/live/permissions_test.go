package live_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/evidence/live"
	"why403/pkg/evidence/live/livetest"
	"why403/pkg/policy"
	"why403/pkg/trail"
)

// made are the calls that the corpus does not need, and other tests do.
func made() []string { return []string{"CloudTrail.LookupEvents"} }

// TestPermissions: what the roles may do is what the code does, no more and no less.
func TestPermissions(t *testing.T) {
	all := map[string]bool{}
	for _, r := range []live.Role{live.MemberRole, live.OrganizationRole} {
		for _, p := range live.Permissions(r) {
			all[p.Operation] = false
			if len(p.Actions) == 0 {
				t.Errorf("%s needs nothing", p.Operation)
			}
			for _, a := range p.Actions {
				if strings.Contains(a, "*") {
					t.Errorf("%s: %s is a pattern", p.Operation, a)
				}
			}
		}
	}
	for _, op := range made() {
		all[op] = true
	}
	missing := func() bool { return slices.Contains(slices.Collect(maps.Values(all)), false) }
	note := func(operations []string) {
		for _, op := range operations {
			if _, ok := all[op]; !ok && op != "STS.AssumeRole" {
				t.Errorf("%s is called, and in no policy", op)
			}
			all[op] = true
		}
	}
	note(rareCalls(t))
	for _, c := range corpus(t) {
		if d, e := denial(t, &c); missing() && beyond(e) == "" {
			livetest.Complete(&e)
			cloud := &livetest.Cloud{Evidence: e}
			reader(cloud, e).Read(t.Context(), d, diagnosis.Question(d), live.Options{})
			note(operationsOf(cloud))
		}
	}
	for op, called := range all {
		if !called {
			t.Errorf("%s is in a policy, and not called", op)
		}
	}
}

// rareCalls returns the operations that no case of the corpus takes: looking for callers
// without a name, for distributions, for the tags of a key, and for the name of an account.
func rareCalls(t *testing.T) (all []string) {
	t.Helper()
	tagged := json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"blue"}}}]}`)
	const key = "arn:aws:kms:us-east-1:222222222222:key/1234abcd"
	e := evidence.Evidence{
		Principals: map[string]evidence.Identity{
			"arn:aws:iam::111111111111:role/team/app": {ID: evidence.Known("AROAEXAMPLE"), Policies: evidence.Known([]evidence.Policy{})},
			"arn:aws:iam::111111111111:user/ann":      {ID: evidence.Known("AIDAEXAMPLE"), Policies: evidence.Known([]evidence.Policy{})},
		},
		Keys: map[string]evidence.Key{key: {Policy: evidence.Known(tagged), Tags: evidence.Known(map[string]string{"team": "red"})}},
	}
	behind := evidence.Evidence{Buckets: map[string]evidence.Bucket{"acme-data": {
		Account: evidence.Known("222222222222"), Policy: evidence.Known(json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudfront.amazonaws.com"},"Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:SourceArn":"arn:aws:cloudfront::222222222222:distribution/E1"}}}]}`)),
	}}}
	d := trail.FromRequest(evidence.Request{Principal: evidence.Principal{Type: evidence.PrincipalService, Service: "cloudfront.amazonaws.com"}, Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-data/k", ResourceAccount: "222222222222"}, nil)
	cloud := &livetest.Cloud{Evidence: behind}
	reader(cloud, behind).Read(t.Context(), d, diagnosis.Question(d), live.Options{})
	all = append(all, operationsOf(cloud)...)
	for _, p := range []evidence.Principal{
		{Type: evidence.PrincipalAccount, Account: "111111111111", ID: "AROAEXAMPLE"},
		{Type: evidence.PrincipalAccount, Account: "111111111111", ID: "AIDAEXAMPLE"},
	} {
		d := trail.FromRequest(evidence.Request{Principal: p, Action: "kms:Decrypt", Resource: key, ResourceAccount: "222222222222"}, nil)
		cloud := &livetest.Cloud{Evidence: e}
		c := config(cloud, e)
		c.Organization = livetest.Home
		found := live.New(c).Read(t.Context(), d, diagnosis.Question(d), live.Options{})
		if len(found.Evidence.Principals) != 1 {
			t.Errorf("%s: found %s", p.ID, dump(found.Evidence.Principals))
		}
		all = append(all, operationsOf(cloud)...)
	}
	return all
}

func operationsOf(c *livetest.Cloud) (all []string) {
	for _, call := range c.Calls() {
		all = append(all, call.Operation)
	}
	return all
}

// TestPolicies decides with our own engine what the roles may do.
func TestPolicies(t *testing.T) {
	tests := []struct {
		action  string
		role    live.Role
		options live.PolicyOptions
		want    policy.Truth
	}{
		{"s3:GetBucketPolicy", live.MemberRole, live.PolicyOptions{}, policy.Yes},
		{"s3:GetObjectAcl", live.MemberRole, live.PolicyOptions{}, policy.Yes},
		{"s3:GetObject", live.MemberRole, live.PolicyOptions{}, policy.No},
		{"s3:GetObjectVersion", live.MemberRole, live.PolicyOptions{}, policy.No},
		{"s3:GetObjectTorrent", live.MemberRole, live.PolicyOptions{}, policy.No},
		{"s3:GetObject", live.MemberRole, live.PolicyOptions{ReadObjects: true}, policy.Yes},
		{"s3:PutObject", live.MemberRole, live.PolicyOptions{ReadObjects: true}, policy.No},
		{"s3:DeleteObject", live.MemberRole, live.PolicyOptions{}, policy.No},
		{"s3:PutBucketPolicy", live.MemberRole, live.PolicyOptions{}, policy.No},
		{"s3:DeleteBucket", live.MemberRole, live.PolicyOptions{}, policy.No},
	}
	for _, tt := range tests {
		doc, err := live.Policy(tt.role, tt.options)
		if err != nil {
			t.Fatal(err)
		}
		const role = "arn:aws:iam::111111111111:role/why403-reader"
		everything := evidence.Policy{Name: "attached beside it", Document: json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)}
		e := evidence.Evidence{
			Accounts: map[string]evidence.Account{"111111111111": {Organization: evidence.Absent[evidence.Organization]("AWSOrganizationsNotInUseException")}},
			Principals: map[string]evidence.Identity{role: {
				Policies: evidence.Known([]evidence.Policy{{Name: "reader", Document: doc}, everything}), Boundary: evidence.Absent[evidence.Policy]("none"),
			}},
		}
		resource := "arn:aws:s3:::acme-data"
		if strings.Contains(tt.action, "Object") {
			resource += "/k"
		}
		d := authz.Decide(&authz.Request{
			Principal:      evidence.Principal{Type: evidence.PrincipalRole, ARN: role, Account: "111111111111", Session: "why403"},
			Authorizations: []evidence.Authorization{{Action: tt.action, Resource: resource, Account: "111111111111"}}, Context: policy.NewContext(true),
		}, authz.Compile(e))
		i := slices.IndexFunc(d.Checks, func(c authz.Check) bool { return c.Layer == evidence.LayerIdentity })
		if got := d.Checks[i].Verdict == authz.Allow; got != (tt.want == policy.Yes) {
			t.Errorf("%s with %+v: %s, want %v", tt.action, tt.options, d.Checks[i].Verdict, tt.want)
		}
	}
}
