package authz_test

import (
	"strings"
	"testing"

	"why403/pkg/authz"
	"why403/pkg/authz/authztest"
	"why403/pkg/policy"
)

// benchmarkCase is a role of one account that reads an object of another: 5 statements
// of its IAM policy, 5 with conditions of the bucket policy, 2 SCPs.
func benchmarkCase(tb testing.TB) (*authz.Request, *authz.Evidence) {
	tb.Helper()
	c := &authztest.Case{Fields: []authztest.Field{
		{Name: "identity", Value: `[
			{"Sid":"A","Effect":"Allow","Action":"ec2:Describe*","Resource":"*"},
			{"Sid":"B","Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::other-data/*"},
			{"Sid":"C","Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::acme-data/home/*"},
			{"Sid":"D","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::acme-data"},
			{"Sid":"E","Effect":"Deny","Action":"s3:Delete*","Resource":"*"}]`},
		{Name: "bucket", Value: `[
			{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::acme-data","arn:aws:s3:::acme-data/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},
			{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::acme-data/*","Condition":{"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","198.51.100.0/24"]}}},
			{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-data/*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}},
			{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/team/app"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-data/*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-example1"}}},
			{"Effect":"Allow","Principal":{"AWS":"333333333333"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::acme-data","Condition":{"StringLike":{"s3:prefix":"home/*"}}}]`},
		{Name: "set", Value: `evidence > accounts > 111111111111 > path = {"known":[{"id":"r-root","scps":{"known":[{"name":"FullAWSAccess"}]}},{"id":"111111111111","scps":{"known":[{"name":"guard","document":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","NotAction":["iam:*","s3:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}}}]}}]}}]}`},
		{Name: "set", Value: `evidence > accounts > 222222222222 > organization = {"absent":"AWSOrganizationsNotInUseException"}`},
	}}
	return c.Request(tb)
}

// BenchmarkCrossAccountGetObject is one decision, documents compiled beforehand, with
// its full trace: the aim is 2 µs and 4 allocations.
func BenchmarkCrossAccountGetObject(b *testing.B) {
	r, e := benchmarkCase(b)
	if d := authz.Decide(r, e); d.Allowed != policy.Yes {
		b.Fatal(dump(d))
	}
	b.ReportAllocs()
	for b.Loop() {
		authz.Decide(r, e)
	}
}

// BenchmarkReasons is the same decision with every reason written out.
func BenchmarkReasons(b *testing.B) {
	r, e := benchmarkCase(b)
	b.ReportAllocs()
	for b.Loop() {
		d := authz.Decide(r, e)
		for i := range d.Checks {
			d.Reasons(&d.Checks[i])
		}
	}
}

// BenchmarkCompile is compiling the evidence of one denial.
func BenchmarkCompile(b *testing.B) {
	_, e := benchmarkCase(b)
	b.ReportAllocs()
	for b.Loop() {
		authz.Compile(e.Evidence)
	}
}

// BenchmarkManyLevels is a caller eight levels deep in its organization, with two SCPs
// at each.
func BenchmarkManyLevels(b *testing.B) {
	const guard = `{"name":"guard","document":{"Version":"2012-10-17","Statement":[
		{"Effect":"Deny","Action":["organizations:LeaveOrganization","iam:Create*"],"Resource":"*"},
		{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}}]}}`
	var levels []string
	for _, id := range []string{"r-root", "ou-root-1", "ou-root-2", "ou-root-3", "ou-root-4", "ou-root-5", "ou-root-6", "ou-root-7", "111111111111"} {
		levels = append(levels, `{"id":"`+id+`","scps":{"known":[{"name":"FullAWSAccess"},`+guard+`]}}`)
	}
	c := &authztest.Case{Fields: []authztest.Field{
		{Name: "set", Value: `evidence > accounts > 111111111111 > path = {"known":[` + strings.Join(levels, ",") + `]}`},
	}}
	r, e := c.Request(b)
	b.ReportAllocs()
	for b.Loop() {
		authz.Decide(r, e)
	}
}
