package live_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/evidence/live"
	"why403/pkg/evidence/live/livetest"
	"why403/pkg/trail"
)

// TestNobodyElse: an event may name any account, region and partition. Only those that
// the operator knows are called.
func TestNobodyElse(t *testing.T) {
	ask := func(who, resource, account, region string) trail.Denial {
		d := trail.FromRequest(evidence.Request{
			Principal: evidence.Principal{Type: evidence.PrincipalRole, ARN: who, Account: strings.Split(who, ":")[4], ID: "AROAEXAMPLE", Session: "job"},
			Action:    "s3:GetObject", Resource: resource, ResourceAccount: account, ErrorCode: "AccessDenied",
		}, nil)
		d.Region = region
		return d
	}
	tests := []struct {
		name string
		d    trail.Denial
		says string
	}{
		{"another account's bucket", ask(role, "arn:aws:s3:::acme-data/k", "666666666666", "us-east-1"), "account 666666666666 is not one of those"},
		{"another account's role", ask("arn:aws:iam::666666666666:role/x", "arn:aws:s3:::acme-data/k", owner, "us-east-1"), "account 666666666666 is not one of those"},
		{"another region", ask(role, "arn:aws:s3:::acme-data/k", owner, "ap-south-1"), "region ap-south-1 is not one of those"},
		{"the region that global services are in", ask(role, "arn:aws:s3:::acme-data/k", owner, "us-west-2"), "region us-west-2 is not one of those"},
		{"an access point elsewhere", ask(role, "arn:aws:s3:ap-south-1:222222222222:accesspoint/p/object/k", owner, "us-east-1"), "region ap-south-1 is not one of those"},
		{"a role of another partition", ask("arn:aws-cn:iam::111111111111:role/x", "arn:aws:s3:::acme-data/k", owner, "us-east-1"), "partition aws-cn is not the one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cloud := &livetest.Cloud{Evidence: world(t)}
			found := readAs(t.Context(), worldReader(cloud), tt.d, live.Options{})
			if text := dump(found.Evidence); !strings.Contains(text, tt.says) {
				t.Errorf("%q is not said:\n%s", tt.says, text)
			}
			for _, c := range cloud.Calls() {
				input := fmt.Sprintf("%s %s", c.Account, dump(c.Input))
				if strings.Contains(input, "666666666666") || c.Region != "us-east-1" && c.Region != "eu-central-1" || strings.Contains(input, "aws-cn") {
					t.Errorf("called: %s in %s with %s", c.Operation, c.Region, input)
				}
			}
		})
	}
}

// TestKept: answers are believed for a while, refusals too; who asks afresh believes
// nothing from before.
func TestKept(t *testing.T) {
	for _, refused := range []bool{false, true} {
		t.Run(fmt.Sprintf("refused %t", refused), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := &livetest.Cloud{Evidence: world(t)}
				if refused {
					cloud.Before = fails("S3.GetBucketPolicy,Organizations.ListRoots", "AccessDenied", "not you")
				}
				reader := worldReader(cloud)
				steps := []struct {
					wait          time.Duration
					fresh         bool
					bucket, roots int // calls in all
				}{
					{0, false, 1, 1},
					{119 * time.Second, false, 1, 1},
					{2 * time.Second, false, 2, 1},
					{478 * time.Second, false, 3, 1},
					{2 * time.Second, false, 3, 2},
					{time.Second, true, 4, 3},
					{time.Second, false, 4, 3},
				}
				for i, s := range steps {
					time.Sleep(s.wait)
					found := readAs(t.Context(), reader, asks(), live.Options{Fresh: s.fresh})
					if b, r := countOf(cloud, "S3.GetBucketPolicy"), countOf(cloud, "Organizations.ListRoots"); b != s.bucket || r != s.roots {
						t.Errorf("step %d: the policy was read %d times, the roots %d, want %d and %d", i, b, r, s.bucket, s.roots)
					}
					if warm := i == 1 || i == 6; warm && (found.Calls != 0 || found.Kept == 0) {
						t.Errorf("step %d: %d calls, %d answers kept", i, found.Calls, found.Kept)
					}
				}
			})
		})
	}
}

// TestFreshPolicies: a managed policy that was changed is read again, though what has it
// attached is not asked for by its name.
func TestFreshPolicies(t *testing.T) {
	cloud := &livetest.Cloud{Evidence: world(t)}
	reader := worldReader(cloud)
	readAs(t.Context(), reader, asks(), live.Options{})
	before := countOf(cloud, "IAM.GetPolicyVersion")
	readAs(t.Context(), reader, asks(), live.Options{Fresh: true})
	if after := countOf(cloud, "IAM.GetPolicyVersion"); before == 0 || after != 2*before {
		t.Errorf("policies were read %d times, and %d after asking afresh", before, after)
	}
}

// TestTogether: those who ask the same at the same time share the answers, and none of
// them may change what the others have.
func TestTogether(t *testing.T) {
	cloud := &livetest.Cloud{Evidence: world(t), Latency: 20 * time.Millisecond}
	reader := worldReader(cloud)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			found := readAs(context.Background(), reader, asks(), live.Options{})
			diagnosis.Diagnose(asks(), found.Compiled, diagnosis.Options{})
		})
	}
	all.Wait()
	seen := make(map[string]bool)
	for _, c := range cloud.Calls() {
		call := c.Account + c.Region + c.Operation + dump(c.Input)
		if seen[call] {
			t.Errorf("called twice: %s %s", c.Operation, dump(c.Input))
		}
		seen[call] = true
	}
}

// TestThrottledTogether: of two who wait for the same list, neither keeps that it was
// throttled.
func TestThrottledTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		on := true
		cloud := &livetest.Cloud{Evidence: world(t), Latency: time.Second, Before: func(ctx context.Context, c livetest.Call) error {
			if on {
				return fails("Organizations.ListRoots", "TooManyRequestsException", "")(ctx, c)
			}
			return nil
		}}
		reader := worldReader(cloud)
		facts := []live.Fact{
			{Of: "path", Account: owner, Region: "us-east-1", Name: "333333333333"},
			{Of: "organization's access block", Account: owner, Region: "us-east-1"},
			{Of: "path", Account: "111111111111", Region: "us-east-1", Name: "333333333333"},
		}
		var all sync.WaitGroup
		for _, f := range facts {
			all.Go(func() { reader.One(t.Context(), f) })
		}
		all.Wait()
		on = false
		for i, f := range facts[:2] {
			at := []string{"accounts", owner, []string{"path", "organizationPublicAccessBlock"}[i]}
			if got := place(t, reader.One(t.Context(), f), at); !strings.HasPrefix(got, `{"known"`) {
				t.Errorf("%s afterwards: %s", f.Of, got)
			}
		}
	})
}

// TestBounded: however many things events name, no more is kept than was allowed.
func TestBounded(t *testing.T) {
	cloud := &livetest.Cloud{Evidence: world(t)}
	reader := live.New(live.Config{AWS: cloud.Config(), Home: livetest.Home, Accounts: []string{owner}, RoleName: "r", Answers: 50})
	for i := range 500 {
		reader.One(t.Context(), live.Fact{Of: "endpoint", Account: owner, Region: fmt.Sprint("region-", i), Name: fmt.Sprint("vpce-", i)})
	}
	if n := reader.Kept(); n > 50 {
		t.Errorf("%d answers are kept", n)
	}
}

// TestNamesApart: a key and a version are whatever the requester says; two objects are
// two, however they are written.
func TestNamesApart(t *testing.T) {
	cloud := &livetest.Cloud{Evidence: world(t), Latency: 20 * time.Millisecond}
	reader := worldReader(cloud)
	facts := []live.Fact{
		{Of: "object tags", Account: owner, Region: "us-east-1", Name: "acme-data/a", Version: "b c"},
		{Of: "object tags", Account: owner, Region: "us-east-1", Name: "acme-data/a b", Version: "c"},
	}
	got := make([]evidence.Evidence, len(facts))
	var all sync.WaitGroup
	for i, f := range facts {
		all.Go(func() { got[i] = reader.One(context.Background(), f) })
	}
	all.Wait()
	for i, f := range facts {
		if _, ok := got[i].Objects[f.Name].Versions[f.Version]; !ok {
			t.Errorf("%s %s: %s", f.Name, f.Version, dump(got[i]))
		}
	}
}
