package diagnosis

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"why403/pkg/evidence"
	"why403/pkg/policy"
)

// TestExempt: a statement that denies spares exactly what is exempt. Every other
// principal, action and resource is denied as before, or the statement is left alone.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html
func TestExempt(t *testing.T) {
	const (
		me     = "arn:aws:iam::111111111111:role/app"
		bucket = "arn:aws:s3:::acme-data"
		object = bucket + "/home/a.csv"
		aKey   = "arn:aws:kms:us-east-1:222222222222:key/1234abcd"
	)
	s3 := []string{"s3:GetObject", "s3:PutObject", "s3:GetObjectTagging", "s3:ListBucket"}
	everything := append(slices.Clone(s3), "ec2:RunInstances", "kms:Decrypt")
	inBucket := []string{bucket, object, bucket + "/home/b.csv", bucket + "/x"}
	anywhere := append(slices.Clone(inBucket), "arn:aws:s3:::other/home/a.csv", "arn:aws:ec2:us-east-1:111111111111:instance/i-1", aKey)
	for _, test := range []struct {
		statement          string // with ' for "
		layer              evidence.Layer
		action, resource   string // GetObject on the object if not given
		actions, resources []string
		broad              bool // it cannot be said in a policy
	}{
		{statement: `{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':['arn:aws:s3:::acme-data','arn:aws:s3:::acme-data/*']}`, layer: evidence.LayerBucketPolicy, actions: s3, resources: inBucket},
		{statement: `{'Effect':'Deny','Principal':'*','Action':'*','Resource':'arn:aws:s3:::acme-data/*'}`, layer: evidence.LayerBucketPolicy, actions: s3, resources: inBucket},
		{statement: `{'Effect':'Deny','Principal':'*','Action':['s3:GetObject','s3:PutObject'],'Resource':'arn:aws:s3:::acme-data/*','Condition':{'ArnNotEquals':{'aws:PrincipalArn':'arn:aws:iam::111111111111:role/admin'}}}`, layer: evidence.LayerBucketPolicy, actions: s3, resources: inBucket},
		{statement: `{'Effect':'Deny','Principal':'*','NotAction':'s3:ListBucket','NotResource':'arn:aws:s3:::acme-data/x'}`, layer: evidence.LayerBucketPolicy, actions: s3, resources: inBucket},
		{statement: `{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':['arn:aws:s3:::acme-data/home/a.csv','arn:aws:s3:::acme-data/x']}`, layer: evidence.LayerBucketPolicy, actions: s3, resources: inBucket},
		{statement: `{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':['arn:aws:s3:::acme-data','arn:aws:s3:::acme-data/*']}`, action: "s3:ListBucket", resource: bucket, layer: evidence.LayerBucketPolicy, actions: s3, resources: inBucket},
		{statement: `{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':'arn:aws:s3:::acme-data/home/*'}`, layer: evidence.LayerBucketPolicy, broad: true},
		{statement: `{'Effect':'Deny','Action':'*','Resource':'*'}`, layer: evidence.LayerSCP, actions: everything, resources: anywhere},
		{statement: `{'Effect':'Deny','NotAction':['iam:*','sts:*'],'Resource':'*','Condition':{'StringNotEquals':{'aws:RequestedRegion':'eu-west-1'}}}`, layer: evidence.LayerSCP, actions: everything, resources: anywhere},
		{statement: `{'Effect':'Deny','Action':'s3:GetObject','Resource':'arn:aws:s3:::*'}`, layer: evidence.LayerSCP, broad: true},
		{statement: `{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':'*'}`, layer: evidence.LayerRCP, broad: true},
		{statement: `{'Effect':'Deny','Principal':'*','Action':['s3:GetObject','s3:PutObject'],'Resource':'*'}`, layer: evidence.LayerRCP, actions: everything, resources: anywhere},
		{statement: `{'Effect':'Deny','Action':['s3:PutObject','s3:GetObject'],'Resource':'*'}`, layer: evidence.LayerIdentity, actions: everything, resources: anywhere},
		{statement: `{'Effect':'Deny','Principal':'*','Action':'kms:*','Resource':'*'}`, layer: evidence.LayerKeyPolicy, action: "kms:Decrypt", resource: aKey, actions: []string{"kms:Decrypt", "kms:Encrypt"}, resources: []string{aKey}},
	} {
		statement := strings.ReplaceAll(test.statement, "'", `"`)
		e := exemption{arn: me, resources: []string{object}, actions: map[string][]string{object: {"s3:GetObject"}}, layer: test.layer}
		if test.action != "" {
			e.resources, e.actions = []string{test.resource}, map[string][]string{test.resource: {test.action}}
		}
		out, err := exempt(json.RawMessage(statement), e)
		if test.broad {
			if err == nil {
				t.Errorf("%s: narrowed to %s", statement, out)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", statement, err)
			continue
		}
		before, after := deniedBy(t, statement), deniedBy(t, string(encode(out)))
		spared := 0
		for _, who := range []string{me, "arn:aws:iam::111111111111:role/other", "arn:aws:iam::111111111111:role/admin"} {
			for _, action := range test.actions {
				for _, resource := range test.resources {
					is := who == me && resource == e.resources[0] && slices.Contains(e.actions[resource], action)
					spared += btoi(is && before(who, action, resource) && !after(who, action, resource))
					if !is && before(who, action, resource) != after(who, action, resource) {
						t.Errorf("%s\nbecomes %s\n%s %s on %s: denied %v, then %v", statement, encode(out), who, action, resource, before(who, action, resource), after(who, action, resource))
					}
				}
			}
		}
		if spared != 1 {
			t.Errorf("%s: does not spare the request: %s", statement, encode(out))
		}
	}
}

// deniedBy returns whether a statement, or a list of them, denies a request.
func deniedBy(t *testing.T, statements string) func(who, action, resource string) bool {
	t.Helper()
	p, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":` + statements + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return func(who, action, resource string) bool {
		ctx := policy.NewContext(true)
		ctx.Set("aws:PrincipalArn", who)
		ctx.Set("aws:RequestedRegion", "us-east-1")
		for _, m := range p.Match(policy.NewRequest(action, resource, nil, ctx), nil) {
			switch m.Truth {
			case policy.Yes:
				return true
			case policy.No:
			default:
				t.Fatal(fmt.Sprint("not known: ", who, action, resource))
			}
		}
		return false
	}
}
