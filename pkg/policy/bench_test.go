package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"why403/pkg/policy"
)

func request() *policy.Request {
	ctx := policy.NewContext(true)
	ctx.Set("aws:SourceIp", "203.0.113.7")
	ctx.Set("aws:SecureTransport", "true")
	ctx.Set("aws:PrincipalOrgID", "o-exampleorg1")
	ctx.Set("aws:username", "ann")
	return policy.NewRequest("s3:GetObject", "arn:aws:s3:::acme-data/home/ann/report.csv", &policy.Caller{
		Type: policy.CallerRole, Account: "111111111111", ARN: "arn:aws:iam::111111111111:role/team/app",
		SessionARN: "arn:aws:sts::111111111111:assumed-role/app/job", UniqueID: "AROAEXAMPLE", Boundary: policy.No,
	}, ctx)
}

// statements returns a document of n statements of several shapes.
func statements(n int) []byte {
	shapes := []string{
		`{"Sid":"A","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/team/app"},"Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::acme-data/home/*"}`,
		`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::acme-data","arn:aws:s3:::acme-data/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}`,
		`{"Effect":"Allow","Principal":"*","Action":"s3:List*","Resource":"arn:aws:s3:::acme-data","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-exampleorg1"}}}`,
		`{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["203.0.113.0/24","198.51.100.0/24"]}}}`,
		`{"Effect":"Allow","Principal":{"AWS":"222222222222"},"NotAction":"s3:Delete*","Resource":"arn:aws:s3:::acme-data/*","Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/app*"}}}`,
	}
	list := make([]string, n)
	for i := range list {
		list[i] = shapes[i%len(shapes)]
	}
	return fmt.Appendf(nil, `{"Version":"2012-10-17","Statement":[%s]}`, strings.Join(list, ","))
}

// BenchmarkStatement is one statement with its trace: the aim is 150 ns and no
// allocation.
func BenchmarkStatement(b *testing.B) {
	for _, n := range []int{5, 300} {
		p, err := policy.Parse(statements(n))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := request()
			results := make([]policy.Result, 0, n)
			b.ReportAllocs()
			for b.Loop() {
				results = p.Match(r, results[:0])
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/statement")
		})
	}
}

// BenchmarkStatementVariable is a statement whose Resource holds a variable.
func BenchmarkStatementVariable(b *testing.B) {
	p, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-data/home/${aws:username}/*"}}`))
	if err != nil {
		b.Fatal(err)
	}
	r := request()
	var results []policy.Result
	b.ReportAllocs()
	for b.Loop() {
		results = p.Match(r, results[:0])
	}
}

// BenchmarkParse is documents of 5 and of 300 statements: the aim is 12 µs for the
// first.
func BenchmarkParse(b *testing.B) {
	for _, n := range []int{5, 300} {
		doc := statements(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := policy.Parse(doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
