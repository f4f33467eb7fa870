package authz_test

import (
	"testing"

	"why403/pkg/authz"
	"why403/pkg/policy"
)

// TestNamedKeyIsOfOneUse: the key that a request's header names is that of the object
// it writes, and the key that AWS's message names that of the action beside it. It says
// nothing of the source of a copy.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
func TestNamedKeyIsOfOneUse(t *testing.T) {
	const other = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/other"},"Action":"kms:*","Resource":"*"}`
	copying := []field{
		{name: "base", value: "same"}, {name: "operation", value: "CopyObject"}, {name: "do", value: "s3:PutObject"}, {name: "on", value: "home/copy.csv"},
		{name: "also", value: "s3:GetObject on arn:aws:s3:::acme-data/home/report.csv"}, {name: "encrypted", value: "bucket"}, {name: "key", value: other},
		{name: "unset", value: "evidence > objects > acme-data/home/report.csv > head"},
	}
	header := []field{
		{name: "condition key", value: "s3:x-amz-server-side-encryption = aws:kms"},
		{name: "condition key", value: "s3:x-amz-server-side-encryption-aws-kms-key-id = " + keyARN},
	}
	message := []field{{name: "also", value: "kms:GenerateDataKey on " + keyARN}}
	for _, test := range []struct {
		name   string
		fields []field
		want   policy.Truth // whether the use of the key to read passes
	}{
		{"the header names it", append(copying[:len(copying):len(copying)], header...), policy.Unknown},
		{"the message names it, to write", append(copying[:len(copying):len(copying)], message...), policy.Unknown},
		{"nobody says to what end", copying, policy.Unknown},
		{"an object is read", []field{
			{name: "base", value: "same"}, {name: "encrypted", value: "bucket"}, {name: "key", value: other},
			{name: "unset", value: "evidence > objects > acme-data/home/report.csv > head"},
		}, policy.No},
	} {
		r, e := (&testCase{fields: test.fields}).read(t)
		r.KMSKey = keyARN
		d := authz.Decide(r, authz.Compile(e))
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
