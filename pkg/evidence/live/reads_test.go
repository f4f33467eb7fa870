package live_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"why403/pkg/evidence"
	"why403/pkg/evidence/live"
	"why403/pkg/evidence/live/livetest"
)

const (
	owner  = "222222222222"
	key    = "arn:aws:kms:us-east-1:222222222222:key/1234abcd"
	alias  = "arn:aws:kms:us-east-1:222222222222:alias/aws/s3"
	role   = "arn:aws:iam::111111111111:role/team/app"
	user   = "arn:aws:iam::111111111111:user/ann"
	point  = "arn:aws:s3:us-east-1:222222222222:accesspoint/reports"
	points = "arn:aws:s3::222222222222:accesspoint/reports.mrap"
	file   = "acme-data/a b/k"
)

// read is one thing that is read, and how AWS says that there is none.
type read struct {
	name string
	fact live.Fact
	// call is what is asked, or several calls of which one suffices; none the code of "there is none", or of what comes nearest;
	// is what that makes of the evidence: absent or unreadable.
	call, none, is string
	// at is the place of the answer in the evidence.
	at []string
}

// reads: the codes of S3 are listed at
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, those of the other
// services on the page of each call. A thing that must exist, such as the role that asked,
// and does not, is not known to have no policies: it was deleted, or is elsewhere.
func reads() []read {
	bucket := func(of string) live.Fact {
		return live.Fact{Of: of, Account: owner, Region: "us-east-1", Name: "acme-data"}
	}
	of := func(of, account, name string) live.Fact {
		return live.Fact{Of: of, Account: account, Region: "us-east-1", Name: name}
	}
	in := func(setting string) []string { return []string{"buckets", "acme-data", setting} }
	path := func(more ...string) []string {
		return append([]string{"accounts", owner, "path", "known"}, more...)
	}
	mrap := live.Fact{Of: "multi-region access point", Account: owner, Region: "us-west-2", Name: points}
	return []read{
		{"bucket policy", bucket("bucket policy"), "S3.GetBucketPolicy", "NoSuchBucketPolicy", "absent", in("policy")},
		{"policy status", bucket("policy status"), "S3.GetBucketPolicyStatus", "NoSuchBucketPolicy", "absent", in("policyStatus")},
		{"Block Public Access", bucket("access block"), "S3.GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration", "absent", in("publicAccessBlock")},
		{"ownership", bucket("ownership"), "S3.GetBucketOwnershipControls", "OwnershipControlsNotFoundError", "absent", in("ownershipControls")},
		{"bucket ACL", bucket("bucket ACL"), "S3.GetBucketAcl", "NoSuchBucket", "unreadable", in("acl")},
		{"payer", bucket("payer"), "S3.GetBucketRequestPayment", "NoSuchBucket", "unreadable", in("requestPayment")},
		{"encryption", bucket("encryption"), "S3.GetBucketEncryption", "ServerSideEncryptionConfigurationNotFoundError", "absent", in("encryption")},
		{"versioning", bucket("versioning"), "S3.GetBucketVersioning", "NoSuchBucket", "unreadable", in("versioning")},
		{"lock configuration", bucket("lock"), "S3.GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError", "absent", in("objectLock")},
		{"bucket tags", bucket("bucket tags"), "S3.GetBucketTagging", "NoSuchTagSet", "absent", in("tags")},
		{"ABAC", bucket("bucket tags"), "S3.GetBucketAbac", "NoSuchBucket", "unreadable", in("abac")},

		{"object ACL", of("object", owner, file), "S3.GetObjectAcl", "NoSuchKey", "absent", []string{"objects", file, "acl"}},
		{"object owner", of("object", owner, file), "S3.GetObjectAcl,S3.ListObjectsV2", "NoSuchKey", "absent", []string{"objects", file, "owner"}},
		{"head", of("object", owner, file), "S3.HeadObject", "NotFound", "absent", []string{"objects", file, "head"}},
		{"retention", of("object lock", owner, file), "S3.GetObjectRetention", "NoSuchObjectLockConfiguration", "absent", []string{"objects", file, "retention"}},
		{"legal hold", of("object lock", owner, file), "S3.GetObjectLegalHold", "NoSuchObjectLockConfiguration", "absent", []string{"objects", file, "legalHold"}},
		{"object tags", of("object tags", owner, file), "S3.GetObjectTagging", "NoSuchTagSet", "absent", []string{"objects", file, "tags"}},

		{"account's Block Public Access", of("account access block", owner, ""), "S3 Control.GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration", "absent", []string{"accounts", owner, "publicAccessBlock"}},
		{"access point", of("access point", owner, point), "S3 Control.GetAccessPoint", "NoSuchAccessPoint", "unreadable", []string{"accessPoints", point, "config"}},
		{"access point policy", of("access point", owner, point), "S3 Control.GetAccessPointPolicy", "NoSuchAccessPointPolicy", "absent", []string{"accessPoints", point, "policy"}},
		{"multi-region access point", mrap, "S3 Control.ListMultiRegionAccessPoints", "InvalidRequest", "unreadable", []string{"accessPoints", points, "config"}},
		{"multi-region access point policy", mrap, "S3 Control.GetMultiRegionAccessPointPolicy", "NoSuchMultiRegionAccessPointPolicy", "absent", []string{"accessPoints", points, "policy"}},

		{"role", of("principal", "111111111111", role), "IAM.GetRole", "NoSuchEntity", "unreadable", []string{"principals", role, "id"}},
		{"role's tags", of("principal", "111111111111", role), "IAM.GetRole", "NoSuchEntity", "unreadable", []string{"principals", role, "tags"}},
		{"role's policies", of("principal", "111111111111", role), "IAM.ListRolePolicies", "NoSuchEntity", "unreadable", []string{"principals", role, "policies"}},
		{"role's managed policies", of("principal", "111111111111", role), "IAM.ListAttachedRolePolicies", "NoSuchEntity", "unreadable", []string{"principals", role, "policies"}},
		{"one policy of a role", of("principal", "111111111111", role), "IAM.GetRolePolicy", "NoSuchEntity", "unreadable", []string{"principals", role, "policies"}},
		{"one managed policy", of("principal", "111111111111", role), "IAM.GetPolicy", "NoSuchEntity", "unreadable", []string{"principals", role, "policies"}},
		{"a version of a managed policy", of("principal", "111111111111", role), "IAM.GetPolicyVersion", "NoSuchEntity", "unreadable", []string{"principals", role, "policies"}},
		{"boundary", of("principal", "111111111111", role), "IAM.GetPolicy", "NoSuchEntity", "unreadable", []string{"principals", role, "boundary"}},
		{"user", of("principal", "111111111111", user), "IAM.GetUser", "NoSuchEntity", "unreadable", []string{"principals", user, "id"}},
		{"user's policies", of("principal", "111111111111", user), "IAM.ListUserPolicies", "NoSuchEntity", "unreadable", []string{"principals", user, "policies"}},
		{"one policy of a user", of("principal", "111111111111", user), "IAM.GetUserPolicy", "NoSuchEntity", "unreadable", []string{"principals", user, "policies"}},
		{"user's managed policies", of("principal", "111111111111", user), "IAM.ListAttachedUserPolicies", "NoSuchEntity", "unreadable", []string{"principals", user, "policies"}},
		{"groups", of("principal", "111111111111", user), "IAM.ListGroupsForUser", "NoSuchEntity", "unreadable", []string{"principals", user, "policies"}},
		{"a group's policies", of("principal", "111111111111", user), "IAM.ListGroupPolicies", "NoSuchEntity", "unreadable", []string{"principals", user, "policies"}},
		{"one policy of a group", of("principal", "111111111111", user), "IAM.GetGroupPolicy", "NoSuchEntity", "unreadable", []string{"principals", user, "policies"}},
		{"a group's managed policies", of("principal", "111111111111", user), "IAM.ListAttachedGroupPolicies", "NoSuchEntity", "unreadable", []string{"principals", user, "policies"}},

		{"key", of("key", owner, key), "KMS.DescribeKey", "NotFoundException", "unreadable", []string{"keys", key, "metadata"}},
		{"key policy", of("key policy", owner, key), "KMS.GetKeyPolicy", "NotFoundException", "unreadable", []string{"keys", key, "policy"}},
		{"grants", of("grants", owner, key), "KMS.ListGrants", "NotFoundException", "unreadable", []string{"keys", key, "grants"}},
		{"key tags", of("key tags", owner, key), "KMS.ListResourceTags", "NotFoundException", "unreadable", []string{"keys", key, "tags"}},
		{"alias", of("alias", owner, alias), "KMS.DescribeKey", "NotFoundException", "absent", []string{"keyAliases", alias}},
		{"VPC endpoint", of("endpoint", "111111111111", "vpce-1"), "EC2.DescribeVpcEndpoints", "InvalidVpcEndpointId.NotFound", "absent", []string{"vpcEndpoints", "vpce-1"}},
		{"distributions", of("distributions", owner, "acme-data"), "CloudFront.ListDistributions", "InvalidArgument", "unreadable", []string{"distributions"}},

		{"organization", of("organization", owner, ""), "Organizations.DescribeOrganization", "AWSOrganizationsNotInUseException", "absent", []string{"accounts", owner, "organization"}},
		{"root", of("path", owner, "333333333333"), "Organizations.ListRoots", "AccessDeniedForDependencyException", "unreadable", []string{"accounts", owner, "path"}},
		{"parents", of("path", owner, "333333333333"), "Organizations.ListParents", "ChildNotFoundException", "unreadable", []string{"accounts", owner, "path"}},
		{"SCPs", of("path", owner, "333333333333"), "Organizations.ListPoliciesForTarget", "TargetNotFoundException", "unreadable", path()},
		{"one SCP", of("path", owner, "333333333333"), "Organizations.DescribePolicy", "PolicyNotFoundException", "unreadable", path()},
		{"organization's Block Public Access", of("organization's access block", owner, ""), "Organizations.DescribeEffectivePolicy", "EffectivePolicyNotFoundException", "absent", []string{"accounts", owner, "organizationPublicAccessBlock"}},
		{"canonical id", of("canonical id", owner, ""), "S3.ListBuckets", "InvalidToken", "unreadable", []string{"accounts", owner, "canonicalId"}},
		{"bucket's account", of("account of a bucket", "", "acme-data"), "S3.ListBuckets", "InvalidToken", "unreadable", []string{"buckets", "acme-data", "account"}},
	}
}

// TestReads: each read, with each kind of answer.
func TestReads(t *testing.T) {
	for _, r := range reads() {
		t.Run(r.name, func(t *testing.T) {
			t.Run("known", func(t *testing.T) {
				cloud := &livetest.Cloud{Evidence: world(t)}
				got, want := place(t, worldReader(cloud).One(t.Context(), r.fact), r.at), place(t, cloud.Evidence, r.at)
				if got != want {
					t.Errorf("\n got %s\nwant %s", got, want)
				}
			})
			t.Run("none", func(t *testing.T) {
				cloud := &livetest.Cloud{Evidence: world(t), Before: fails(r.call, r.none, "refused")}
				got := place(t, worldReader(cloud).One(t.Context(), r.fact), r.at)
				if !strings.Contains(got, `"`+r.is+`":"`) || !strings.Contains(got, r.none) {
					t.Errorf("%s, want %s %s", got, r.is, r.none)
				}
			})
			t.Run("refused", func(t *testing.T) {
				code := "AccessDenied"
				if strings.HasPrefix(r.call, "EC2") {
					code = "UnauthorizedOperation"
				}
				cloud := &livetest.Cloud{Evidence: world(t), Before: fails(r.call, code, "not you")}
				reader := worldReader(cloud)
				var asked []int
				for range 2 {
					got := place(t, reader.One(t.Context(), r.fact), r.at)
					if !strings.Contains(got, code+": not you") || !strings.Contains(got, `"unreadable":"`) {
						t.Errorf("%s, want it unreadable", got)
					}
					asked = append(asked, len(cloud.Calls()))
				}
				if asked[0] != asked[1] {
					t.Errorf("%d calls, and %d later: a refusal is an answer, and kept", asked[0], asked[1])
				}
			})
			t.Run("throttled", func(t *testing.T) { throttledRead(t, r) })
			if strings.HasPrefix(r.call, "S3.") && r.call != "S3.ListBuckets" {
				t.Run("elsewhere", func(t *testing.T) { elsewhereRead(t, r) })
			}
		})
	}
}

// throttledRead: what is throttled is tried again at once, and with the next denial.
func throttledRead(t *testing.T, r read) {
	t.Helper()
	throttled := fails(r.call, throttle(r.call), "slow down")
	on := true
	cloud := &livetest.Cloud{Evidence: world(t), Before: func(ctx context.Context, c livetest.Call) error {
		if on {
			return throttled(ctx, c)
		}
		return nil
	}}
	reader := worldReader(cloud)
	if got := place(t, reader.One(t.Context(), r.fact), r.at); !strings.Contains(got, `throttled`) || !strings.Contains(got, `"unreadable":"`) {
		t.Errorf("%s, want it unreadable: throttled", got)
	}
	if n := countOf(cloud, r.call); n < 3 {
		t.Errorf("asked %d times", n)
	}
	on = false
	if got, want := place(t, reader.One(t.Context(), r.fact), r.at), place(t, cloud.Evidence, r.at); got != want {
		t.Errorf("afterwards\n got %s\nwant %s", got, want)
	}
}

// elsewhereRead: S3 says where the bucket is, and is asked there if that is allowed.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/Redirects.html
func elsewhereRead(t *testing.T, r read) {
	t.Helper()
	for region, want := range map[string]string{
		"eu-central-1": place(t, world(t), r.at),
		"ap-south-1":   `{"unreadable":"region ap-south-1 is not one of those that the auditor may read"}`,
	} {
		cloud := &livetest.Cloud{Evidence: world(t), Before: func(_ context.Context, c livetest.Call) error {
			if slices.Contains(strings.Split(r.call, ","), c.Operation) && c.Region != region {
				return moved(region)
			}
			return nil
		}}
		if got := place(t, worldReader(cloud).One(t.Context(), r.fact), r.at); got != want {
			t.Errorf("in %s\n got %s\nwant %s", region, got, want)
		}
		for _, c := range cloud.Calls() {
			if c.Region == "ap-south-1" {
				t.Errorf("%s was called in a region that is not allowed", c.Operation)
			}
		}
	}
}

func moved(region string) error {
	h := http.Header{}
	h.Set("x-amz-bucket-region", region)
	return &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: http.StatusMovedPermanently, Header: h}},
		Err:      &smithy.GenericAPIError{Code: "PermanentRedirect", Message: "elsewhere"},
	}
}

// throttle is the code by which a service says that it is asked too often.
//
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListRoots.html
func throttle(call string) string {
	switch service, _, _ := strings.Cut(call, "."); service {
	case "S3", "S3 Control":
		return "SlowDown"
	case "IAM":
		return "Throttling"
	case "EC2":
		return "RequestLimitExceeded"
	case "Organizations":
		return "TooManyRequestsException"
	default:
		return "ThrottlingException"
	}
}

func fails(call, code, message string) func(context.Context, livetest.Call) error {
	return func(_ context.Context, c livetest.Call) error {
		if slices.Contains(strings.Split(call, ","), c.Operation) {
			return &smithy.GenericAPIError{Code: code, Message: message, Fault: smithy.FaultClient}
		}
		return nil
	}
}

func countOf(c *livetest.Cloud, operation string) (n int) {
	for _, call := range c.Calls() {
		if slices.Contains(strings.Split(operation, ","), call.Operation) {
			n++
		}
	}
	return n
}

// world is an AWS that has one of everything.
func world(t testing.TB) evidence.Evidence {
	t.Helper()
	b, err := os.ReadFile("testdata/world.json")
	if err != nil {
		t.Fatal(err)
	}
	var e evidence.Evidence
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func worldReader(cloud *livetest.Cloud) *live.Reader {
	return live.New(live.Config{
		AWS: cloud.Config(), Home: livetest.Home, Accounts: []string{"111111111111", owner, "333333333333"}, RoleName: "why403-reader",
		Regions: []string{"us-east-1", "eu-central-1"}, ReadObjects: true,
	})
}

// place is the JSON of one place in evidence.
func place(t testing.TB, e evidence.Evidence, at []string) string {
	t.Helper()
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	for _, name := range at {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	b, err = json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
