package authz_test

import (
	"testing"

	"why403/pkg/authz"
	"why403/pkg/authz/authztest"
	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// TestTwoOfOneName: a session ARN drops the path of its role. A name is one role's in
// an account, but what was read at two times can hold two of it: which of them it is
// stays unknown, and does not hang on the order of a map.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func TestTwoOfOneName(t *testing.T) {
	for name, principal := range map[string]evidence.Principal{
		"by name": {Type: evidence.PrincipalRole, Account: "222222222222", ARN: "arn:aws:iam::222222222222:role/app", PathUnknown: true, Session: "job"},
		"by id":   {Type: evidence.PrincipalRole, Account: "222222222222", ID: "AROAEXAMPLE", Session: "job"},
	} {
		c := &authztest.Case{Fields: []authztest.Field{{Name: "base", Value: "same"}}}
		r, e := c.Request(t)
		r.Principal = principal
		reader := e.Principals["arn:aws:iam::222222222222:role/team/app"]
		reader.ID = evidence.Known("AROAEXAMPLE")
		writer := reader
		writer.Policies = evidence.Known([]evidence.Policy{{Name: "other", Document: []byte(`{"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"*"}}`)}})
		e.Principals = map[string]evidence.Identity{"arn:aws:iam::222222222222:role/a/app": reader, "arn:aws:iam::222222222222:role/b/app": writer}
		for range 20 {
			if d := authz.Decide(r, authz.Compile(e.Evidence)); d.Allowed != policy.Unknown {
				t.Errorf("%s: got %v, want unknown\n%s", name, d.Allowed, dump(d))
				break
			}
		}
	}
}
