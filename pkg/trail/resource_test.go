package trail_test

import (
	"fmt"
	"testing"

	"why403/pkg/trail"
)

// TestResource holds what a record tells of where the request went. It never leads
// to a bucket named like an access point's alias.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-monitoring-logging.html
func TestResource(t *testing.T) {
	const (
		point  = "arn:aws:s3:us-east-1:222222222222:accesspoint/p"
		alias  = "p-example-s3alias"
		object = `{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b/k"}`
		bucket = `{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b","accountId":"222222222222"}`
		listed = `{"type":"AWS::S3::AccessPoint","ARN":"` + point + `","accountId":"222222222222"}`
	)
	for _, tt := range []struct {
		name, source, call, parameters, resources string
		bucket, owner, key, point, alias          string
		action, resource                          string
	}{
		{
			name: "bucket and object", parameters: `"bucketName":"b","key":"k"`, resources: object + "," + bucket,
			bucket: "b", owner: "222222222222", key: "k", action: "s3:GetObject", resource: "arn:aws:s3:::b/k",
		},
		{
			name: "resources only", resources: object + "," + bucket,
			bucket: "b", owner: "222222222222", key: "k", action: "s3:GetObject", resource: "arn:aws:s3:::b/k",
		},
		{
			name: "host and key only", parameters: `"Host":"b.s3.us-east-1.amazonaws.com","key":"k"`,
			bucket: "b", key: "k", action: "s3:GetObject", resource: "arn:aws:s3:::b/k",
		},
		{
			name: "a key with everything in it", parameters: `"bucketName":"b","key":"a/b:c \"d\"/accesspoint/object/*"`,
			bucket: "b", key: `a/b:c "d"/accesspoint/object/*`, action: "s3:GetObject", resource: `arn:aws:s3:::b/a/b:c "d"/accesspoint/object/*`,
		},
		{
			name: "the prefix of a listing is no key", call: "ListObjects", parameters: `"bucketName":"b","prefix":"home/"`, resources: `{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::b/home/"}`,
			bucket: "b", action: "s3:ListBucket", resource: "arn:aws:s3:::b",
		},
		{
			name: "an owner that is no account", parameters: `"bucketName":"b","key":"k"`, resources: `{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b","accountId":"xxxx"}`,
			bucket: "b", key: "k", action: "s3:GetObject", resource: "arn:aws:s3:::b/k",
		},
		{
			name: "access point by ARN", parameters: `"bucketName":"` + point + `","key":"k"`,
			key: "k", point: point, action: "s3:GetObject", resource: point + "/object/k",
		},
		{
			name: "access point by host", parameters: `"Host":"p-222222222222.s3-accesspoint.us-east-1.amazonaws.com","key":"k"`,
			key: "k", point: point, action: "s3:GetObject", resource: point + "/object/k",
		},
		{
			name: "access point by host, its bucket by the resources", parameters: `"Host":"p-222222222222.s3-accesspoint.us-east-1.amazonaws.com","key":"k"`, resources: bucket,
			bucket: "b", owner: "222222222222", key: "k", point: point, action: "s3:GetObject", resource: point + "/object/k",
		},
		{
			name: "access point by the resources", parameters: `"bucketName":"b","key":"k"`, resources: object + "," + bucket + "," + listed,
			bucket: "b", owner: "222222222222", key: "k", point: point, action: "s3:GetObject", resource: point + "/object/k",
		},
		{
			name: "access point by the ARN of an object", resources: `{"type":"AWS::S3::Object","ARN":"` + point + `/object/k"}`,
			key: "k", point: point, action: "s3:GetObject", resource: point + "/object/k",
		},
		{
			name: "a listing through an access point", call: "ListObjects", parameters: `"bucketName":"` + point + `"`,
			point: point, action: "s3:ListBucket", resource: point,
		},
		{
			name: "alias by name", parameters: `"bucketName":"` + alias + `","key":"k"`,
			key: "k", alias: alias, action: "s3:GetObject",
		},
		{
			name: "alias by host", parameters: `"Host":"` + alias + `.s3.us-east-1.amazonaws.com","key":"k"`,
			key: "k", alias: alias, action: "s3:GetObject",
		},
		{
			name: "alias, listed as if it were a bucket", parameters: `"bucketName":"` + alias + `","key":"k"`,
			resources: `{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::` + alias + `","accountId":"222222222222"},{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::` + alias + `/k"}`,
			key:       "k", alias: alias, action: "s3:GetObject",
		},
		{
			name: "alias, with the access point and the bucket listed", parameters: `"bucketName":"` + alias + `","key":"k"`, resources: object + "," + bucket + "," + listed,
			bucket: "b", owner: "222222222222", key: "k", point: point, alias: alias, action: "s3:GetObject", resource: point + "/object/k",
		},
		{
			name: "alias, with the bucket listed", parameters: `"bucketName":"` + alias + `","key":"k"`, resources: object + "," + bucket,
			bucket: "b", owner: "222222222222", key: "k", alias: alias, action: "s3:GetObject", resource: "arn:aws:s3:::b/k",
		},
		{
			name: "multi-region access point by ARN", parameters: `"bucketName":"arn:aws:s3::222222222222:accesspoint/x.mrap","key":"k"`,
			key: "k", point: "arn:aws:s3::222222222222:accesspoint/x.mrap", action: "s3:GetObject", resource: "arn:aws:s3::222222222222:accesspoint/x.mrap/object/k",
		},
		{
			name: "multi-region access point by host: its account is not told", parameters: `"Host":"x.mrap.accesspoint.s3-global.amazonaws.com","key":"k"`,
			key: "k", alias: "x.mrap", action: "s3:GetObject",
		},
		{ // https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-policies.html
			name: "Object Lambda", parameters: `"Host":"o-222222222222.s3-object-lambda.us-east-1.amazonaws.com","key":"k"`,
			key: "k", point: "arn:aws:s3-object-lambda:us-east-1:222222222222:accesspoint/o", action: "s3-object-lambda:GetObject", resource: "arn:aws:s3-object-lambda:us-east-1:222222222222:accesspoint/o/object/k",
		},
		{ // https://docs.aws.amazon.com/AmazonS3/latest/s3-outposts/S3OutpostsIAM.html
			name: "Outposts", source: "s3-outposts.amazonaws.com", parameters: `"Host":"p-222222222222.op-0example.s3-outposts.us-east-1.amazonaws.com","key":"k"`,
			key: "k", point: "arn:aws:s3-outposts:us-east-1:222222222222:outpost/op-0example/accesspoint/p", action: "s3-outposts:GetObject",
			resource: "arn:aws:s3-outposts:us-east-1:222222222222:outpost/op-0example/accesspoint/p/object/k",
		},
		{
			name: "Outposts, access point not told", source: "s3-outposts.amazonaws.com", parameters: `"bucketName":"b","key":"k"`,
			bucket: "b", key: "k", action: "s3-outposts:GetObject",
		},
		{ // https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-authenticating-authorizing.html
			name: "directory bucket, object", source: "s3express.amazonaws.com", parameters: `"bucketName":"b--use1-az4--x-s3","key":"k"`,
			resources: `{"type":"AWS::S3Express::DirectoryBucket","ARN":"arn:aws:s3express:us-east-1:222222222222:bucket/b--use1-az4--x-s3","accountId":"222222222222"}`,
			bucket:    "b--use1-az4--x-s3", owner: "222222222222", key: "k", action: "s3express:CreateSession", resource: "arn:aws:s3express:us-east-1:222222222222:bucket/b--use1-az4--x-s3",
		},
		{
			name: "directory bucket, the account in the ARN only", source: "s3express.amazonaws.com", call: "HeadBucket", parameters: `"bucketName":"b--use1-az4--x-s3"`,
			resources: `{"type":"AWS::S3Express::Object","ARNPrefix":"arn:aws:s3express:us-east-1:222222222222:bucket/b--use1-az4--x-s3/"}`,
			bucket:    "b--use1-az4--x-s3", owner: "222222222222", action: "s3express:CreateSession", resource: "arn:aws:s3express:us-east-1:222222222222:bucket/b--use1-az4--x-s3",
		},
		{
			name: "directory bucket, account not told: no ARN", source: "s3express.amazonaws.com", parameters: `"bucketName":"b--use1-az4--x-s3","key":"k"`,
			bucket: "b--use1-az4--x-s3", key: "k", action: "s3express:CreateSession",
		},
		{
			name: "directory bucket, configuration", source: "s3express.amazonaws.com", call: "GetBucketEncryption", parameters: `"bucketName":"b--use1-az4--x-s3"`,
			resources: `{"type":"AWS::S3Express::DirectoryBucket","ARN":"arn:aws:s3express:us-east-1:222222222222:bucket/b--use1-az4--x-s3","accountId":"222222222222"}`,
			bucket:    "b--use1-az4--x-s3", owner: "222222222222", action: "s3express:GetEncryptionConfiguration", resource: "arn:aws:s3express:us-east-1:222222222222:bucket/b--use1-az4--x-s3",
		},
		{
			name: "directory buckets, listed", source: "s3express.amazonaws.com", call: "ListDirectoryBuckets",
			action: "s3express:ListAllMyDirectoryBuckets", resource: "*",
		},
		{
			name: "access point for a directory bucket", source: "s3express.amazonaws.com", parameters: `"bucketName":"p--use1-az4--xa-s3","key":"k"`,
			resources: `{"type":"AWS::S3Express::AccessPoint","ARN":"arn:aws:s3express:us-east-1:222222222222:accesspoint/p--use1-az4--xa-s3"}`,
			key:       "k", point: "arn:aws:s3express:us-east-1:222222222222:accesspoint/p--use1-az4--xa-s3", alias: "p--use1-az4--xa-s3",
			action: "s3express:CreateSession", resource: "arn:aws:s3express:us-east-1:222222222222:accesspoint/p--use1-az4--xa-s3",
		},
		{
			name: "two buckets listed: the one that the parameters name", call: "DeleteObject", parameters: `"bucketName":"b","key":"k"`,
			resources: `{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::other","accountId":"333333333333"},` + bucket,
			bucket:    "b", owner: "222222222222", key: "k", action: "s3:DeleteObject", resource: "arn:aws:s3:::b/k",
		},
		{
			name: "two buckets listed, none named: neither", call: "DeleteObject", parameters: `"key":"k"`,
			resources: `{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::other","accountId":"333333333333"},` + bucket,
			key:       "k", action: "s3:DeleteObject",
		},
		{
			name: "resources that are none", parameters: `"bucketName":"b","key":"k"`, resources: `{"type":"AWS::S3::Bucket","ARN":"xxxx"},{"type":"AWS::KMS::Key","ARN":"arn:aws:kms:us-east-1:222222222222:key/1"},{}`,
			bucket: "b", key: "k", action: "s3:GetObject", resource: "arn:aws:s3:::b/k",
		},
		{
			name: "a bucket called accesspoint", resources: `{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::accesspoint/p/object/k"}`,
			bucket: "accesspoint", key: "p/object/k", action: "s3:GetObject", resource: "arn:aws:s3:::accesspoint/p/object/k",
		},
		{
			name: "S3 Control names no bucket", call: "GetAccessPoint", parameters: `"Host":"222222222222.s3-control.us-east-1.amazonaws.com","name":"p"`,
			action: "s3:GetAccessPoint", resource: "*",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			source, call := "s3.amazonaws.com", "GetObject"
			if tt.source != "" {
				source = tt.source
			}
			if tt.call != "" {
				call = tt.call
			}
			d, ignored, err := trail.Parse(fmt.Appendf(nil, `{"eventSource":%q,"eventName":%q,"awsRegion":"us-east-1","errorCode":"AccessDenied","errorMessage":"Access Denied",
				"requestParameters":{%s},"resources":[%s]}`, source, call, tt.parameters, tt.resources))
			if err != nil || ignored != "" {
				t.Fatalf("ignored %q, error %v", ignored, err)
			}
			for _, f := range []struct{ name, got, want string }{
				{"bucket", d.Bucket, tt.bucket}, {"owner", d.BucketAccount, tt.owner}, {"key", d.Key, tt.key}, {"access point", d.AccessPoint, tt.point}, {"alias", d.AccessPointAlias, tt.alias},
				{"action", d.Authorizations[0].Action, tt.action}, {"resource", d.Authorizations[0].Resource, tt.resource},
			} {
				if f.got != f.want {
					t.Errorf("%s: got %q, want %q", f.name, f.got, f.want)
				}
			}
		})
	}
}

// TestCopySource holds what x-amz-copy-source adds.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
func TestCopySource(t *testing.T) {
	for _, tt := range []struct{ source, action, resource, account string }{
		{"b/j", "s3:GetObject", "arn:aws:s3:::b/j", "222222222222"},
		{"/b/j", "s3:GetObject", "arn:aws:s3:::b/j", "222222222222"},
		{"other/a%20b%2Fc", "s3:GetObject", "arn:aws:s3:::other/a b/c", "333333333333"},
		{"unlisted/j", "s3:GetObject", "arn:aws:s3:::unlisted/j", ""},
		{"b/j?versionId=v1", "s3:GetObjectVersion", "arn:aws:s3:::b/j", "222222222222"},
		{"b/j%3FversionId=v1", "s3:GetObject", "arn:aws:s3:::b/j?versionId=v1", "222222222222"},
		{"arn:aws:s3:us-east-1:444444444444:accesspoint/p/object/j", "s3:GetObject", "arn:aws:s3:us-east-1:444444444444:accesspoint/p/object/j", "444444444444"},
		{"arn%3Aaws%3As3%3Aus-east-1%3A444444444444%3Aaccesspoint%2Fp%2Fobject%2Fj", "s3:GetObject", "arn:aws:s3:us-east-1:444444444444:accesspoint/p/object/j", "444444444444"},
		{"arn:aws:s3-outposts:us-east-1:444444444444:outpost/op-1/accesspoint/p/object/j", "s3-outposts:GetObject", "arn:aws:s3-outposts:us-east-1:444444444444:outpost/op-1/accesspoint/p/object/j", "444444444444"},
		{"p-example-s3alias/j", "s3:GetObject", "", ""},
		{"d--use1-az4--x-s3/j", "s3express:CreateSession", "", ""},
		{"b", "s3:PutObject", "arn:aws:s3:::b/k", "222222222222"}, // no source that can be read: the copy's own comes first
	} {
		d, _, err := trail.Parse(fmt.Appendf(nil, `{"eventSource":"s3.amazonaws.com","eventName":"CopyObject","awsRegion":"us-east-1","errorCode":"AccessDenied",
			"requestParameters":{"bucketName":"b","key":"k","x-amz-copy-source":%q},
			"resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::other","accountId":"333333333333"},{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b","accountId":"222222222222"}]}`, tt.source))
		if err != nil {
			t.Fatal(err)
		}
		a := d.Authorizations[0]
		if a.Action != tt.action || a.Resource != tt.resource || a.Account != tt.account {
			t.Errorf("%s:\n got %+v\nwant %s %s %s", tt.source, a, tt.action, tt.resource, tt.account)
		}
		if last := d.Authorizations[len(d.Authorizations)-1]; last.Action != "s3:PutObject" || last.Resource != "arn:aws:s3:::b/k" {
			t.Errorf("%s: the copy itself is %+v", tt.source, last)
		}
		if d.Class() != trail.ClassWrite {
			t.Errorf("%s: class %s", tt.source, d.Class())
		}
	}
}

// TestAddNamed: what AWS's message names was checked, whatever the call is known
// to need.
func TestAddNamed(t *testing.T) {
	for _, tt := range []struct {
		name, call, message string
		want                string
	}{
		{ // two published outputs of the AWS CLI
			"missing object", "GetObject", `User: arn:aws:iam::111111111111:user/ann is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::b" because no identity-based policy allows the s3:ListBucket action`,
			"[{s3:GetObject arn:aws:s3:::b/k 222222222222} {s3:ListBucket arn:aws:s3:::b 222222222222}]",
		},
		{
			"the call's own", "GetObject", `User: arn:aws:iam::111111111111:user/ann is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/k" because no identity-based policy allows the s3:GetObject action`,
			"[{s3:GetObject arn:aws:s3:::b/k 222222222222}]",
		},
		{
			"another spelling, without resource", "GetObject", `User: arn:aws:iam::111111111111:user/ann is not authorized to perform: s3:getobject with an explicit deny`,
			"[{s3:GetObject arn:aws:s3:::b/k 222222222222}]",
		},
		{
			"a bucket whose owner is not told", "GetObject", `User: arn:aws:iam::111111111111:user/ann is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::other" because no identity-based policy allows the s3:ListBucket action`,
			"[{s3:GetObject arn:aws:s3:::b/k 222222222222} {s3:ListBucket arn:aws:s3:::other }]",
		},
		{
			"KMS, the key not named", "GetObject", `User: arn:aws:iam::111111111111:user/ann is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action`,
			"[{s3:GetObject arn:aws:s3:::b/k 222222222222} {kms:Decrypt  }]",
		},
		{
			"KMS, the key named", "GetObject", `User: arn:aws:iam::111111111111:user/ann is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:444444444444:key/1 because no identity-based policy allows the kms:Decrypt action`,
			"[{s3:GetObject arn:aws:s3:::b/k 222222222222} {kms:Decrypt arn:aws:kms:us-east-1:444444444444:key/1 444444444444}]",
		},
		{
			"an unknown call", "FrobObject", `User: arn:aws:iam::111111111111:user/ann is not authorized to perform: s3:FrobObject on resource: "arn:aws:s3:::b/k" because no identity-based policy allows the s3:FrobObject action`,
			"[{s3:FrobObject arn:aws:s3:::b/k 222222222222}]",
		},
		{
			"a call on several objects", "DeleteObjects", `User: arn:aws:iam::111111111111:user/ann is not authorized to perform: s3:DeleteObject on resource: "arn:aws:s3:::b/k" because no identity-based policy allows the s3:DeleteObject action`,
			"[{s3:DeleteObject arn:aws:s3:::b/k 222222222222}]",
		},
	} {
		key := `,"key":"k"`
		if tt.call == "DeleteObjects" {
			key = ""
		}
		d, _, err := trail.Parse(fmt.Appendf(nil, `{"eventSource":"s3.amazonaws.com","eventName":%q,"awsRegion":"us-east-1","errorCode":"AccessDenied","errorMessage":%q,
			"requestParameters":{"bucketName":"b"%s},"resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b","accountId":"222222222222"}]}`, tt.call, tt.message, key))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(d.Authorizations); got != tt.want || d.Unauthorized != "" {
			t.Errorf("%s:\n got %s %s\nwant %s", tt.name, got, d.Unauthorized, tt.want)
		}
	}
}
