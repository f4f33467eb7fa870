package authz_test

import (
	"testing"

	"why403/pkg/authz"
	"why403/pkg/authz/authztest"
	"why403/pkg/policy"
)

// TestNamedKeyIsOfOneUse: the key that a request's header names is that of the object
// it writes, and the key that AWS's message names that of the action beside it. It says
// nothing of the source of a copy.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
func TestNamedKeyIsOfOneUse(t *testing.T) {
	const keyARN = "arn:aws:kms:us-east-1:222222222222:key/1234abcd"
	const other = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/other"},"Action":"kms:*","Resource":"*"}`
	copying := []authztest.Field{
		{Name: "base", Value: "same"}, {Name: "operation", Value: "CopyObject"}, {Name: "do", Value: "s3:PutObject"}, {Name: "on", Value: "home/copy.csv"},
		{Name: "also", Value: "s3:GetObject on arn:aws:s3:::acme-data/home/report.csv"}, {Name: "encrypted", Value: "bucket"}, {Name: "key", Value: other},
		{Name: "unset", Value: "evidence > objects > acme-data/home/report.csv > head"},
	}
	header := []authztest.Field{
		{Name: "condition key", Value: "s3:x-amz-server-side-encryption = aws:kms"},
		{Name: "condition key", Value: "s3:x-amz-server-side-encryption-aws-kms-key-id = " + keyARN},
	}
	message := []authztest.Field{{Name: "also", Value: "kms:GenerateDataKey on " + keyARN}}
	for _, test := range []struct {
		name   string
		fields []authztest.Field
		want   policy.Truth // whether the use of the key to read passes
	}{
		{"the header names it", append(copying[:len(copying):len(copying)], header...), policy.Unknown},
		{"the message names it, to write", append(copying[:len(copying):len(copying)], message...), policy.Unknown},
		{"nobody says to what end", copying, policy.Unknown},
		{"an object is read", []authztest.Field{
			{Name: "base", Value: "same"}, {Name: "encrypted", Value: "bucket"}, {Name: "key", Value: other},
			{Name: "unset", Value: "evidence > objects > acme-data/home/report.csv > head"},
		}, policy.No},
	} {
		r, e := (&authztest.Case{Fields: test.fields}).Request(t)
		r.KMSKey = keyARN
		d := authz.Decide(r, authz.Compile(e.Evidence))
		got := policy.Yes
		for _, a := range d.Authorizations {
			if a.Action == "kms:Decrypt" {
				got = a.Outcome
			}
		}
		if got != test.want {
			t.Errorf("%s: kms:Decrypt passes: %v, want %v\n%s", test.name, got, test.want, dump(d))
		}
	}
}
