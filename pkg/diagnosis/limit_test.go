package diagnosis_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"why403/pkg/authz/authztest"
)

// TestPolicySizes: a change that AWS would not take for its size is not proposed, and
// one that it takes is.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
// https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html#min-max-values
// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html
func TestPolicySizes(t *testing.T) {
	const (
		deny    = `{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-data/home/report.csv"}`
		denyAll = `{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-data/home/report.csv"}`
		denyKey = `{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}`
		filler  = `{"Effect":"Allow","Action":"ec2:StartInstances","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/x":"%s"}}}`
		grant   = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/team/app"},"Action":"s3:*","Resource":["arn:aws:s3:::acme-data","arn:aws:s3:::acme-data/*"]}`
	)
	for _, test := range []struct {
		name, field string
		caller      string
		statements  []string // before the filler
		more        []authztest.Field
		room        int    // what AWS takes, at least
		unit        string // "" is characters
	}{
		{name: "inline, of a role", field: "identity", statements: []string{deny}, room: 10240},
		{name: "inline, of a user", field: "identity", caller: "user ann", statements: []string{deny}, room: 2048},
		{name: "a new inline policy beside the present ones", field: "identity", room: 10240},
		{name: "SCP", field: "scp ou +", statements: []string{deny}, room: 10240},
		{name: "RCP", field: "rcp ou +", statements: []string{denyAll}, room: 5120},
		{name: "bucket policy", field: "bucket", statements: []string{grant, denyAll}, room: 20 * 1024, unit: "bytes"},
		{name: "key policy", field: "key", statements: []string{denyKey}, more: []authztest.Field{{Name: "encrypted", Value: "object"}}, room: 32 * 1024, unit: "bytes"},
		{name: "endpoint policy", field: "endpoint", statements: []string{denyAll}, more: []authztest.Field{{Name: "through", Value: "vpce"}}, room: 20480},
	} {
		t.Run(test.name, func(t *testing.T) {
			proposed := func(size int) (change bool, caution string) {
				empty := len(fmt.Sprintf(filler, ""))
				all := slices.Clone(test.statements)
				size -= len(`{"Version":"2012-10-17","Statement":[]}`) + empty
				for _, s := range all {
					size -= len(s) + 1
				}
				fill := fmt.Sprintf(filler, strings.Repeat("x", size))
				if strings.Contains(strings.Join(all, ""), `"Principal"`) {
					fill = strings.Replace(fill, `"Action":"ec2:StartInstances"`, `"Principal":"*","Action":"ec2:StartInstances"`, 1)
				}
				c := corpusCase{authztest.Case{Place: "limit_test.go", Name: test.name}}
				if test.caller != "" {
					c.Fields = append(c.Fields, authztest.Field{Name: "caller", Value: test.caller})
				}
				c.Fields = append(c.Fields, test.more...)
				c.Fields = append(c.Fields, authztest.Field{Name: test.field, Value: `{"Version":"2012-10-17","Statement":[` + strings.Join(append(all, fill), ",") + `]}`})
				x := c.again(t)
				for _, s := range x.Remedy.Steps {
					caution += s.Caution
				}
				return len(x.Remedy.Steps) > 0 && x.Remedy.Steps[0].Kind != "", caution
			}
			// What is added to the policy: a condition with the requester's ARN, or a statement.
			const added = 400
			if ok, caution := proposed(test.room - added); !ok {
				t.Errorf("no change of a policy of %d: %s", test.room-added, caution)
			}
			unit := test.unit
			if unit == "" {
				unit = "characters"
			}
			want := fmt.Sprintf(" %s, and AWS takes %d for ", unit, test.room)
			if ok, caution := proposed(test.room - 10); ok || !strings.Contains(caution, want) {
				t.Errorf("a change of a policy of %d: %v, %q, want %q", test.room-10, ok, caution, want)
			}
		})
	}
}
