package trail_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// TestParsePrincipal holds how a person may name a requester.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
func TestParsePrincipal(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want evidence.Principal
	}{
		{"anonymous", evidence.Principal{Type: evidence.PrincipalAnonymous}},
		{"Anonymous", evidence.Principal{Type: evidence.PrincipalAnonymous}},
		{"111111111111", evidence.Principal{Type: evidence.PrincipalAccount, Account: "111111111111"}},
		{"cloudfront.amazonaws.com", evidence.Principal{Type: evidence.PrincipalService, Service: "cloudfront.amazonaws.com"}},
		{"config.amazonaws.com.cn", evidence.Principal{Type: evidence.PrincipalService, Service: "config.amazonaws.com.cn"}},
		{"arn:aws:iam::111111111111:user/a/ann", evidence.Principal{Type: evidence.PrincipalUser, ARN: "arn:aws:iam::111111111111:user/a/ann", Account: "111111111111"}},
		{"arn:aws-us-gov:iam::111111111111:role/a/r", evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws-us-gov:iam::111111111111:role/a/r", Account: "111111111111"}},
		{"arn:aws:sts::111111111111:assumed-role/r/s", evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/r", PathUnknown: true, Account: "111111111111", Session: "s"}},
		{"arn:aws:sts::111111111111:federated-user/f", evidence.Principal{Type: evidence.PrincipalFederated, ARN: "arn:aws:sts::111111111111:federated-user/f", Account: "111111111111", Session: "f"}},
		{"arn:aws:iam::111111111111:root", evidence.Principal{Type: evidence.PrincipalRoot, ARN: "arn:aws:iam::111111111111:root", Account: "111111111111"}},
	} {
		got, err := trail.ParsePrincipal(tt.in)
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.in, diff)
		}
	}
	for _, in := range []string{
		"", "ann", "11111111111", ".amazonaws.com", "arn:aws:iam::111111111111:group/g", "arn:aws:iam::111111111111:user/",
		"arn:aws:s3:::bucket", "arn:aws:iam:::user/ann", "arn:aws:sts::111111111111:assumed-role/",
	} {
		if got, err := trail.ParsePrincipal(in); err == nil {
			t.Errorf("%q: %+v, want an error", in, got)
		}
	}
}
