package live_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"why403/pkg/awstest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/evidence/live"
	"why403/pkg/trail"
)

const (
	motoHome  = "123456789012" // of the requester and of the VPC endpoint
	motoOther = "222222222222" // of the bucket and of the key
)

// TestMoto reads two accounts over HTTP, with roles assumed and what AWS sends decoded.
func TestMoto(t *testing.T) {
	moto := awstest.StartMoto(t, "MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS=false")
	cfg := moto.Config(t.Context())
	other := cfg.Copy()
	other.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), "arn:aws:iam::"+motoOther+":role/seed"))

	const identity = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-moto/a b+c%/*"}]}`
	policies := iam.NewFromConfig(cfg)
	ok(t)(policies.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("app"), Path: aws.String("/team/"), AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`)}))
	ok(t)(policies.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: aws.String("app"), PolicyName: aws.String("read"), PolicyDocument: aws.String(identity)}))
	managed, err := policies.CreatePolicy(t.Context(), &iam.CreatePolicyInput{PolicyName: aws.String("list"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`)})
	ok(t)(managed, err)
	ok(t)(policies.AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{RoleName: aws.String("app"), PolicyArn: managed.Policy.Arn}))

	const bucketPolicy = `{"Version":"2012-10-17","Statement":[{"Sid":"NoReports","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-moto/*"}]}`
	buckets := s3.NewFromConfig(other, func(o *s3.Options) { o.UsePathStyle = true })
	name := aws.String("acme-moto")
	ok(t)(buckets.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: name}))
	ok(t)(buckets.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: name, Policy: aws.String(bucketPolicy)}))
	ok(t)(buckets.PutBucketOwnershipControls(t.Context(), &s3.PutBucketOwnershipControlsInput{Bucket: name, OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced}}}}))
	key, err := kms.NewFromConfig(other).CreateKey(t.Context(), &kms.CreateKeyInput{})
	ok(t)(key, err)
	ok(t)(s3control.NewFromConfig(other).PutPublicAccessBlock(t.Context(), &s3control.PutPublicAccessBlockInput{AccountId: aws.String(motoOther), PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{RestrictPublicBuckets: aws.Bool(true)}}))
	vpc := between(t, ec2Call(t, moto, url.Values{"Action": {"CreateVpc"}, "CidrBlock": {"10.0.0.0/16"}}), "<vpcId>", "</vpcId>")
	const endpointPolicy = `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}`
	endpoint := between(t, ec2Call(t, moto, url.Values{"Action": {"CreateVpcEndpoint"}, "VpcId": {vpc}, "ServiceName": {"com.amazonaws.us-east-1.s3"}, "VpcEndpointType": {"Gateway"}, "PolicyDocument": {endpointPolicy}}), "<vpcEndpointId>", "</vpcEndpointId>")

	d := trail.FromRequest(evidence.Request{
		Principal: evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::" + motoHome + ":role/app", PathUnknown: true, Account: motoHome, Session: "job", AccessKeyID: "ASIAEXAMPLE"},
		Action:    "s3:GetObject", Resource: "arn:aws:s3:::acme-moto/report.csv", ErrorCode: "AccessDenied",
	}, nil)
	d.Region, d.VPCEndpointID, d.VPCEndpointAccount, d.KMSKey = "us-east-1", endpoint, motoHome, aws.ToString(key.KeyMetadata.Arn)
	r := live.New(live.Config{AWS: cfg, Home: motoHome, Accounts: []string{"333333333333", motoOther}, RoleName: "why403-reader"})
	found := r.Read(t.Context(), d, diagnosis.Question(d), live.Options{})
	e := found.Evidence

	b := e.Buckets["acme-moto"]
	same(t, "the bucket's account", b.Account, evidence.Known(motoOther))
	same(t, "its policy", text(b.Policy), bucketPolicy)
	same(t, "its ownership", b.OwnershipControls, evidence.Known(evidence.OwnershipControls{ObjectOwnership: "BucketOwnerEnforced"}))
	app := e.Principals["arn:aws:iam::"+motoHome+":role/team/app"]
	all, _ := app.Policies.Value()
	if len(all) != 2 || string(all[0].Document) != identity || all[1].Name != "list" {
		t.Errorf("policies of the role: %s", dump(app.Policies))
	}
	same(t, "its boundary", app.Boundary.State(), evidence.StateAbsent)
	same(t, "the requester's organization", e.Accounts[motoHome].Organization.State(), evidence.StateAbsent)
	v, _ := e.VPCEndpoints[endpoint].Value()
	same(t, "the endpoint's policy", string(v.PolicyDocument), endpointPolicy)
	same(t, "its VPC", v.VPCID, vpc)
	k := e.Keys[aws.ToString(key.KeyMetadata.Arn)]
	if m, known := k.Metadata.Value(); !known || m.KeyState != "Enabled" || k.Policy.State() != evidence.StateKnown {
		t.Errorf("the key: %s", dump(k))
	}
	x := diagnosis.Diagnose(d, found.Compiled, diagnosis.Options{})
	if x.Cause == nil || x.Cause.ID != diagnosis.BucketPolicyExplicitDeny || x.Cause.Account != motoOther {
		t.Errorf("cause %s", dump(x.Cause))
	}
}

func ok(t *testing.T) func(any, error) {
	t.Helper()
	return func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if dump(got) != dump(want) {
		t.Errorf("%s: %s, want %s", what, dump(got), dump(want))
	}
}

func text[T ~[]byte](r evidence.Read[T]) string {
	v, _ := r.Value()
	return string(v)
}

// ec2Call makes a call of EC2's, whose client is not linked.
func ec2Call(t *testing.T, moto *awstest.Moto, form url.Values) string {
	t.Helper()
	form.Set("Version", "2016-11-15")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, moto.URL(), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=testing/20261126/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=none")
	resp, err := moto.Config(t.Context()).HTTPClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v\n%s", form.Get("Action"), resp.Status, err, body)
	}
	return string(body)
}

func between(t *testing.T, s, before, after string) string {
	t.Helper()
	_, s, _ = strings.Cut(s, before)
	s, _, found := strings.Cut(s, after)
	if !found {
		t.Fatalf("no %s", before)
	}
	return s
}
