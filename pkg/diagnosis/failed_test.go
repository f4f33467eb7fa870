package diagnosis_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// TestFailed: why reads failed is said once an account, whatever was to be read.
func TestFailed(t *testing.T) {
	const role = "the role arn:aws:iam::222222222222:role/why403-reader cannot be assumed (AccessDenied)"
	d := trail.FromRequest(evidence.Request{
		Principal: evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/app", Account: "111111111111"},
		Action:    "s3:GetObject", Resource: "arn:aws:s3:::acme-data/k", ResourceAccount: "222222222222",
	}, nil)
	e := evidence.Evidence{
		Principals: map[string]evidence.Identity{"arn:aws:iam::111111111111:role/app": {Policies: evidence.Unreadable[[]evidence.Policy]("throttled"), Boundary: evidence.Absent[evidence.Policy]("none")}},
		Buckets: map[string]evidence.Bucket{"acme-data": {
			OwnershipControls: evidence.Unreadable[evidence.OwnershipControls](role), ACL: evidence.Unreadable[evidence.ACL](role), RequestPayment: evidence.Known(evidence.RequestPayment{Payer: "BucketOwner"}),
		}},
		Objects:  map[string]evidence.Object{"acme-data/k": {ObjectVersion: evidence.ObjectVersion{ACL: evidence.Unreadable[evidence.ACL](role)}}},
		Accounts: map[string]evidence.Account{"222222222222": {Path: evidence.Unreadable[[]evidence.PathElement]("no answer in time")}},
	}
	want := []diagnosis.Failed{
		{Account: "111111111111", Because: "throttled"},
		{Account: "222222222222", Because: "no answer in time"},
		{Account: "222222222222", Because: role},
	}
	if diff := cmp.Diff(want, diagnosis.Diagnose(d, authz.Compile(e), diagnosis.Options{}).Failed); diff != "" {
		t.Error(diff)
	}
}
