package trail_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"why403/pkg/trail"
)

// TestEveryOperation walks the operations that AWS documents: each needs an
// authorization, or has a stated reason to need none. The golden file is the table
// to review.
func TestEveryOperation(t *testing.T) {
	f, err := os.Open("testdata/operations.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var table strings.Builder
	n := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		var operation, event, kind string
		if _, err := fmt.Sscan(s.Text(), &operation, &event, &kind); err != nil {
			t.Fatalf("%q: %v", s.Text(), err)
		}
		n++
		doc := fmt.Sprintf(`{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":%q,"awsRegion":"us-east-1",
			"errorCode":"AccessDenied","errorMessage":"Access Denied","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111111111111:user/ann","accountId":"111111111111"},
			"requestParameters":{"bucketName":"acme-data"%s},
			"resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme-data","accountId":"222222222222"}]}`, event, keyFor(kind))
		d, ignored, err := trail.Parse([]byte(doc))
		if err != nil || ignored != "" {
			t.Errorf("%s: ignored %q, error %v", event, ignored, err)
			continue
		}
		if len(d.Authorizations) == 0 && d.Unauthorized == "" || strings.Contains(d.Unauthorized, "not known") {
			t.Errorf("%s (%s): neither an authorization nor a reason: %q", operation, event, d.Unauthorized)
		}
		fmt.Fprintf(&table, "%-48s %-20s", event, d.Class())
		for _, a := range d.Authorizations {
			fmt.Fprintf(&table, " %s(%s)", a.Action, a.Resource)
		}
		fmt.Fprintf(&table, " %s\n", d.Unauthorized)
	}
	if n != 184 {
		t.Errorf("%d operations, want 184", n)
	}
	golden(t, "testdata/operations.golden", table.String())
}

// operationNames returns the CloudTrail names in the list of operations.
func operationNames(t *testing.T) []string {
	t.Helper()
	list, err := os.ReadFile("testdata/operations.txt")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(list)) {
		if f := strings.Fields(line); len(f) > 1 && !strings.HasPrefix(line, "#") {
			names = append(names, f[1])
		}
	}
	return names
}

func keyFor(kind string) string {
	if kind == "object" {
		return `,"key":"k"`
	}
	return ""
}

// TestParametersAddAuthorizations holds which request parameters make S3 check
// more than the call's own action.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
func TestParametersAddAuthorizations(t *testing.T) {
	const object = "(arn:aws:s3:::b/k)"
	for _, tt := range []struct{ call, parameters, want string }{
		{"GetObject", ``, "s3:GetObject" + object},
		{"GetObject", `,"versionId":"v1"`, "s3:GetObjectVersion" + object},
		{"HeadObject", `,"versionId":"v1"`, "s3:GetObjectVersion" + object},
		{"DeleteObject", `,"versionId":"v1"`, "s3:DeleteObjectVersion" + object},
		{"GetObjectAcl", `,"versionId":"v1"`, "s3:GetObjectVersionAcl" + object},
		{"PutObjectTagging", `,"versionId":"v1"`, "s3:PutObjectVersionTagging" + object},
		{"PutObject", `,"x-amz-acl":"public-read"`, "s3:PutObject" + object + " s3:PutObjectAcl" + object},
		{"PutObject", `,"X-Amz-Acl":"public-read"`, "s3:PutObject" + object + " s3:PutObjectAcl" + object},
		{"PutObject", `,"x-amz-grant-read":"id=1"`, "s3:PutObject" + object + " s3:PutObjectAcl" + object},
		{"PutObject", `,"x-amz-tagging":"a=b"`, "s3:PutObject" + object + " s3:PutObjectTagging" + object},
		{"PutObject", `,"x-amz-object-lock-mode":"GOVERNANCE"`, "s3:PutObject" + object + " s3:PutObjectRetention" + object},
		{"PutObject", `,"x-amz-object-lock-legal-hold":"ON"`, "s3:PutObject" + object + " s3:PutObjectLegalHold" + object},
		{"DeleteObject", `,"versionId":"v1","x-amz-bypass-governance-retention":"true"`, "s3:DeleteObjectVersion" + object + " s3:BypassGovernanceRetention" + object},
		{"PutObject", `,"x-amz-server-side-encryption":"AES256"`, "s3:PutObject" + object},
		{"PutObject", `,"x-amz-server-side-encryption":"aws:kms"`, "s3:PutObject" + object},
		{"PutObject", `,"x-amz-server-side-encryption":"aws:kms","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:444444444444:key/1"`,
			"s3:PutObject" + object + " kms:GenerateDataKey(arn:aws:kms:us-east-1:444444444444:key/1)"},
		{"CreateMultipartUpload", `,"x-amz-server-side-encryption":"aws:kms:dsse","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:us-east-1:444444444444:key/1"`,
			"s3:PutObject" + object + " kms:GenerateDataKey(arn:aws:kms:us-east-1:444444444444:key/1) kms:Decrypt(arn:aws:kms:us-east-1:444444444444:key/1)"},
		{"CopyObject", `,"x-amz-copy-source":"/src/a%20b"`, "s3:GetObject(arn:aws:s3:::src/a b) s3:PutObject" + object},
		{"CopyObject", `,"x-amz-copy-source":"src/a?versionId=v9"`, "s3:GetObjectVersion(arn:aws:s3:::src/a) s3:PutObject" + object},
		{"UploadPartCopy", `,"x-amz-copy-source":"arn:aws:s3:us-east-1:333333333333:accesspoint/ap/object/a"`, "s3:GetObject(arn:aws:s3:us-east-1:333333333333:accesspoint/ap/object/a) s3:PutObject" + object},
		{"CreateBucket", `,"x-amz-bucket-object-lock-enabled":"true"`, "s3:CreateBucket(arn:aws:s3:::b) s3:PutBucketObjectLockConfiguration(arn:aws:s3:::b) s3:PutBucketVersioning(arn:aws:s3:::b)"},
		{"ListObjects", `,"list-type":"2","prefix":"home/"`, "s3:ListBucket(arn:aws:s3:::b)"},
		{"HeadBucket", ``, "s3:ListBucket(arn:aws:s3:::b)"},
		{"DeleteBucketCors", ``, "s3:PutBucketCORS(arn:aws:s3:::b)"},
		{"ListBuckets", ``, "s3:ListAllMyBuckets(*)"},
	} {
		doc := fmt.Sprintf(`{"eventSource":"s3.amazonaws.com","eventName":%q,"awsRegion":"us-east-1","errorCode":"AccessDenied",
			"requestParameters":{"bucketName":"b"%s%s}}`, tt.call, onlyObject(tt.call), tt.parameters)
		d, _, err := trail.Parse([]byte(doc))
		if err != nil {
			t.Errorf("%s %s: %v", tt.call, tt.parameters, err)
			continue
		}
		var got []string
		for _, a := range d.Authorizations {
			got = append(got, a.Action+"("+a.Resource+")")
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s %s:\n got %s\nwant %s", tt.call, tt.parameters, strings.Join(got, " "), tt.want)
		}
	}
}

func onlyObject(call string) string {
	if strings.Contains(call, "Bucket") || call == "ListObjects" {
		return ""
	}
	return `,"key":"k"`
}
