package trail

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestParseHost holds what each kind of S3 host name tells.
//
// https://docs.aws.amazon.com/general/latest/gr/s3.html
func TestParseHost(t *testing.T) {
	for _, tt := range []struct {
		host string
		want endpointHost
	}{
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
		{"b.s3.us-west-2.amazonaws.com", endpointHost{bucket: "b", region: "us-west-2"}},
		{"b.s3.amazonaws.com", endpointHost{bucket: "b"}},
		{"b.s3-us-west-2.amazonaws.com", endpointHost{bucket: "b", region: "us-west-2"}},
		{"b.s3-external-1.amazonaws.com", endpointHost{bucket: "b"}},
		{"b.s3.us-west-2.amazonaws.com:443", endpointHost{bucket: "b", region: "us-west-2"}},
		{"B.S3.us-west-2.AmazonAWS.com.", endpointHost{bucket: "b", region: "us-west-2"}},
		{"s3.us-west-2.amazonaws.com", endpointHost{region: "us-west-2"}},
		{"s3-us-west-2.amazonaws.com", endpointHost{region: "us-west-2"}},
		{"s3.amazonaws.com", endpointHost{}},
		// https://docs.aws.amazon.com/AmazonS3/latest/API/dual-stack-endpoints.html
		{"b.s3.dualstack.us-west-2.amazonaws.com", endpointHost{bucket: "b", region: "us-west-2"}},
		{"s3.dualstack.us-west-2.amazonaws.com", endpointHost{region: "us-west-2"}},
		{"b.s3-fips.us-gov-west-1.amazonaws.com", endpointHost{bucket: "b", region: "us-gov-west-1"}},
		{"b.s3-fips.dualstack.us-east-1.amazonaws.com", endpointHost{bucket: "b", region: "us-east-1"}},
		{"b.s3-fips-us-gov-west-1.amazonaws.com", endpointHost{bucket: "b", region: "us-gov-west-1"}},
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration-getting-started.html
		{"b.s3-accelerate.amazonaws.com", endpointHost{bucket: "b"}},
		{"b.s3-accelerate.dualstack.amazonaws.com", endpointHost{bucket: "b"}},
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
		{"b.s3-website-us-east-1.amazonaws.com", endpointHost{bucket: "b", website: true, region: "us-east-1"}},
		{"b.s3-website.eu-central-1.amazonaws.com", endpointHost{bucket: "b", website: true, region: "eu-central-1"}},
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
		{"my-point-222222222222.s3-accesspoint.us-west-2.amazonaws.com", endpointHost{service: "s3", accessPoint: "my-point", account: "222222222222", region: "us-west-2"}},
		{"my-point-222222222222.s3-accesspoint.dualstack.us-west-2.amazonaws.com", endpointHost{service: "s3", accessPoint: "my-point", account: "222222222222", region: "us-west-2"}},
		{"my-point-222222222222.s3-accesspoint-fips.us-gov-east-1.amazonaws.com", endpointHost{service: "s3", accessPoint: "my-point", account: "222222222222", region: "us-gov-east-1"}},
		{"my-point-example-s3alias.s3.us-west-2.amazonaws.com", endpointHost{alias: "my-point-example-s3alias", region: "us-west-2"}},
		{"my-point-example-ext-s3alias.s3.us-west-2.amazonaws.com", endpointHost{alias: "my-point-example-ext-s3alias", region: "us-west-2"}},
		{"my-point-example-s3alias.s3-accesspoint.us-west-2.amazonaws.com", endpointHost{alias: "my-point-example-s3alias", region: "us-west-2"}},
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-use.html
		{"ol-222222222222.s3-object-lambda.us-west-2.amazonaws.com", endpointHost{service: "s3-object-lambda", accessPoint: "ol", account: "222222222222", region: "us-west-2"}},
		{"ol-example--ol-s3.s3.us-west-2.amazonaws.com", endpointHost{alias: "ol-example--ol-s3", region: "us-west-2"}},
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRequests.html
		{"example.mrap.accesspoint.s3-global.amazonaws.com", endpointHost{alias: "example.mrap"}},
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html
		{"b.bucket.vpce-0example-1a2b.s3.us-east-1.vpce.amazonaws.com", endpointHost{bucket: "b", vpce: "vpce-0example", region: "us-east-1"}},
		{"b.bucket.vpce-0example-1a2b-us-east-1a.s3.us-east-1.vpce.amazonaws.com", endpointHost{bucket: "b", vpce: "vpce-0example", region: "us-east-1"}},
		{"my.b.bucket.vpce-0example-1a2b.s3.us-east-1.vpce.amazonaws.com", endpointHost{bucket: "my.b", vpce: "vpce-0example", region: "us-east-1"}},
		{"bucket.vpce-0example-1a2b.s3.us-east-1.vpce.amazonaws.com", endpointHost{vpce: "vpce-0example", region: "us-east-1"}},
		{"p-example-s3alias.bucket.vpce-0example-1a2b.s3.us-east-1.vpce.amazonaws.com", endpointHost{alias: "p-example-s3alias", vpce: "vpce-0example", region: "us-east-1"}},
		{"p-222222222222.accesspoint.vpce-0example-1a2b.s3.us-east-1.vpce.amazonaws.com", endpointHost{service: "s3", accessPoint: "p", account: "222222222222", vpce: "vpce-0example", region: "us-east-1"}},
		{"p-example-s3alias.accesspoint.vpce-0example-1a2b.s3.us-east-1.vpce.amazonaws.com", endpointHost{alias: "p-example-s3alias", vpce: "vpce-0example", region: "us-east-1"}},
		{"accesspoint.vpce-0example-1a2b.s3.us-east-1.vpce.amazonaws.com", endpointHost{vpce: "vpce-0example", region: "us-east-1"}},
		{"222222222222.control.vpce-0example-1a2b.s3.us-east-1.vpce.amazonaws.com", endpointHost{vpce: "vpce-0example", region: "us-east-1"}},
		{"vpce-0example-1a2b.s3.us-east-1.vpce.amazonaws.com", endpointHost{vpce: "vpce-0example", region: "us-east-1"}},
		{"vpce-0example-1a2b.kms.us-east-1.vpce.amazonaws.com", endpointHost{}},
		// https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_region_control
		{"222222222222.s3-control.us-west-2.amazonaws.com", endpointHost{region: "us-west-2"}},
		{"222222222222.s3-control.dualstack.us-west-2.amazonaws.com", endpointHost{region: "us-west-2"}},
		{"222222222222.s3-control-fips.us-west-2.amazonaws.com", endpointHost{region: "us-west-2"}},
		// https://docs.aws.amazon.com/AmazonS3/latest/s3-outposts/s3-outposts-access-points-alias.html
		{"p-222222222222.op-0example.s3-outposts.us-west-2.amazonaws.com", endpointHost{service: "s3-outposts", accessPoint: "p", account: "222222222222", outpost: "op-0example", region: "us-west-2"}},
		{"p-o0example--op-s3.op-0example.s3-outposts.us-west-2.amazonaws.com", endpointHost{alias: "p-o0example--op-s3", outpost: "op-0example", region: "us-west-2"}},
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-Regions-and-Zones.html
		{"b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", endpointHost{bucket: "b--use1-az4--x-s3", region: "us-east-1"}},
		{"b--use1-az4--x-s3.s3express-fips-use1-az4.dualstack.us-east-1.amazonaws.com", endpointHost{bucket: "b--use1-az4--x-s3", region: "us-east-1"}},
		{"p--use1-az4--xa-s3.s3express-use1-az4.us-east-1.amazonaws.com", endpointHost{alias: "p--use1-az4--xa-s3", region: "us-east-1"}},
		{"s3express-control.us-east-1.amazonaws.com", endpointHost{region: "us-east-1"}},
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
		{"b.s3.cn-north-1.amazonaws.com.cn", endpointHost{bucket: "b", region: "cn-north-1"}},
		{"b.s3-website.cn-northwest-1.amazonaws.com.cn", endpointHost{bucket: "b", website: true, region: "cn-northwest-1"}},
		{"b.s3.us-iso-east-1.c2s.ic.gov", endpointHost{bucket: "b", region: "us-iso-east-1"}},
		{"b.s3.eusc-de-east-1.amazonaws.eu", endpointHost{bucket: "b", region: "eusc-de-east-1"}},

		// Buckets with names like AWS's own.
		{"my.b.example.s3.us-west-2.amazonaws.com", endpointHost{bucket: "my.b.example", region: "us-west-2"}},
		{"my.s3.b.s3.us-west-2.amazonaws.com", endpointHost{bucket: "my.s3.b", region: "us-west-2"}},
		{"s3.s3.us-west-2.amazonaws.com", endpointHost{bucket: "s3", region: "us-west-2"}},
		{"s3-backup.s3.us-west-2.amazonaws.com", endpointHost{bucket: "s3-backup", region: "us-west-2"}},
		{"logs.s3-backup.s3.amazonaws.com", endpointHost{bucket: "logs.s3-backup"}},
		{"vpce-logs.s3.us-west-2.amazonaws.com", endpointHost{bucket: "vpce-logs", region: "us-west-2"}},
		{"vpce-logs.s3.us-west-2.vpce.s3.amazonaws.com", endpointHost{bucket: "vpce-logs.s3.us-west-2.vpce"}},
		{"dualstack.s3.amazonaws.com", endpointHost{bucket: "dualstack"}},
		{"us-west-2.s3.amazonaws.com", endpointHost{bucket: "us-west-2"}},
		{"b.us-west-2.s3.us-west-2.amazonaws.com", endpointHost{bucket: "b.us-west-2", region: "us-west-2"}},
		{"accesspoint.s3.us-west-2.amazonaws.com", endpointHost{bucket: "accesspoint", region: "us-west-2"}},
		{"s3-accesspoint.s3.us-west-2.amazonaws.com", endpointHost{bucket: "s3-accesspoint", region: "us-west-2"}},
		{"s3-website-us-east-1.s3.us-east-1.amazonaws.com", endpointHost{bucket: "s3-website-us-east-1", region: "us-east-1"}},
		{"bucket.bucket.vpce-0example-1a2b.s3.us-east-1.vpce.amazonaws.com", endpointHost{bucket: "bucket", vpce: "vpce-0example", region: "us-east-1"}},

		// What is no S3 endpoint.
		{"", endpointHost{}},
		{"www.example.com", endpointHost{}},
		{"amazonaws.com", endpointHost{}},
		{".amazonaws.com", endpointHost{}},
		{"b.s3.us-west-2.amazonaws.com.example.com", endpointHost{}},
		{"b.s3.us-west-2.notamazonaws.com", endpointHost{}},
		{"kms.us-east-1.amazonaws.com", endpointHost{region: "us-east-1"}},
		{"b s3.s3.amazonaws.com", endpointHost{}},
		{"b/k.s3.amazonaws.com", endpointHost{}},
		{"b..s3.amazonaws.com", endpointHost{}},
		{"[2001:db8::1]:443", endpointHost{}},
		{"point.s3-accesspoint.us-west-2.amazonaws.com", endpointHost{region: "us-west-2"}},
		{"-222222222222.s3-accesspoint.us-west-2.amazonaws.com", endpointHost{region: "us-west-2"}},
		{"b.s3.nowhere.amazonaws.com", endpointHost{}},
	} {
		if diff := cmp.Diff(tt.want, parseHost(tt.host), cmp.AllowUnexported(endpointHost{})); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.host, diff)
		}
	}
}

// FuzzHost: any text may stand as the host. Whatever it is, at most one of bucket,
// access point and alias is told, each is a part of the text, and a bucket's name
// put before an endpoint is found again whole.
func FuzzHost(f *testing.F) {
	for _, seed := range []string{"b", "my.b", "s3-backup", "vpce-1.s3.us-east-1.vpce", "p-222222222222", "x-s3alias", "x.mrap", "b.bucket.vpce-1-2", "", "..", "B:1", "b.s3.us-east-1.amazonaws.com"} {
		f.Add(seed)
	}
	endpoints := []string{
		".s3.amazonaws.com", ".s3.us-east-1.amazonaws.com", ".s3-us-west-2.amazonaws.com", ".s3.dualstack.eu-west-1.amazonaws.com", ".s3-accelerate.amazonaws.com",
		".s3-website-us-east-1.amazonaws.com", ".s3.cn-north-1.amazonaws.com.cn", ".bucket.vpce-0example-1.s3.us-east-1.vpce.amazonaws.com",
	}
	f.Fuzz(func(t *testing.T, text string) {
		check := func(host string) endpointHost {
			h := parseHost(host)
			told := 0
			for _, name := range []string{h.bucket, h.accessPoint, h.alias} {
				if name != "" {
					told++
				}
				if !strings.Contains(strings.ToLower(host), name) {
					t.Fatalf("%q: %q is no part of it", host, name)
				}
			}
			if told > 1 || isAlias(h.bucket) || (h.accessPoint != "") != (h.account != "") {
				t.Fatalf("%q: %+v", host, h)
			}
			return h
		}
		check(text)
		for _, e := range endpoints {
			h := check(text + e)
			if strings.ToLower(text) != text || text == "" || !isHostName(text) {
				continue
			}
			if h.bucket != text && (!isAlias(text) || h.alias != text) {
				t.Fatalf("%q: %+v, want %q", text+e, h, text)
			}
		}
	})
}

// TestRegionAndPartition: the partition of a Region, and what has the form of one.
//
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
func TestRegionAndPartition(t *testing.T) {
	for region, want := range map[string]string{
		"us-east-1": "aws", "ap-southeast-7": "aws", "mx-central-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "us-iso-east-1": "aws-iso",
		"us-isob-east-1": "aws-iso-b", "eu-isoe-west-1": "aws-iso-e", "us-isof-south-1": "aws-iso-f", "eusc-de-east-1": "aws-eusc",
	} {
		if !isRegion(region) || partition(region) != want {
			t.Errorf("%s: region %v, partition %s, want %s", region, isRegion(region), partition(region), want)
		}
	}
	for _, s := range []string{"", "s3", "dualstack", "us", "us-east", "us-east-", "us-east-a", "us-east-12", "us-1", "s3-us-west-2", "vpce-1", "external-1", "-east-1", "US-EAST-1"} {
		if isRegion(s) {
			t.Errorf("%q is taken for a Region", s)
		}
	}
}
