package live_test

import (
	"strings"
	"testing"
	"time"

	"why403/pkg/authz"
	"why403/pkg/authz/authztest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/evidence/live"
	"why403/pkg/evidence/live/livetest"
)

// documented are the seven causes of AWS's article on grants to other accounts.
//
// https://repost.aws/knowledge-center/s3-bucket-access-cross-account-iam-user
func documented() []diagnosis.CauseID {
	return []diagnosis.CauseID{
		diagnosis.IdentityNoAllow, diagnosis.KMSKeyPolicyNoAllow, diagnosis.BucketPolicyExplicitDeny, diagnosis.VPCEPolicy,
		diagnosis.SCP, diagnosis.ObjectOwnership, diagnosis.RequesterPays,
	}
}

// TestCalls bounds what a diagnosis costs: AWS's limits are shared with the people of the
// account.
func TestCalls(t *testing.T) {
	const most, mostOfOrganization = 25, 15
	for _, id := range documented() {
		t.Run(string(id), func(t *testing.T) {
			c, e := caseOf(t, id)
			d, _ := denial(t, &c)
			cloud := &livetest.Cloud{Evidence: e}
			r := reader(cloud, e)
			cold := r.Read(t.Context(), d, diagnosis.Question(d), live.Options{})
			t.Logf("%s: cold %d calls and %d on the organization", c.Name, cold.Calls, cold.OrganizationCalls)
			if cold.Calls > most || cold.OrganizationCalls > mostOfOrganization {
				t.Errorf("%d calls and %d on the organization, want at most %d and %d: %v", cold.Calls, cold.OrganizationCalls, most, mostOfOrganization, operations(cloud))
			}
			warm := r.Read(t.Context(), d, diagnosis.Question(d), live.Options{})
			if warm.Calls+warm.OrganizationCalls != 0 {
				t.Errorf("warm %d calls and %d on the organization, want none", warm.Calls, warm.OrganizationCalls)
			}
		})
	}
}

// caseOf returns the first case across accounts whose main cause is that one.
func caseOf(t testing.TB, id diagnosis.CauseID) (c authztest.Case, e evidence.Evidence) {
	t.Helper()
	for _, c := range corpus(t) {
		if cause, _, _ := strings.Cut(c.Get("cause"), " "); cause != string(id) || c.Get("event") != "" {
			continue
		}
		d, e := denial(t, &c)
		if beyond(e) != "" || d.Principal.Account == d.Authorizations[0].Account {
			continue
		}
		livetest.Complete(&e)
		// Two organizations are walked by two readers, and cost twice.
		one, _ := e.Accounts[d.Principal.Account].Organization.Value()
		other, _ := e.Accounts[d.Authorizations[0].Account].Organization.Value()
		apart := one.ID != other.ID || strings.Contains(dump(e.Accounts), "-of-")
		if x := diagnosis.Diagnose(d, authz.Compile(e), diagnosis.Options{}); !apart && x.Cause != nil && x.Cause.ID == id {
			return c, e
		}
	}
	t.Fatalf("no case of %s", id)
	return c, e
}

// BenchmarkColdCapture reads across accounts with AWS 50 ms away and nothing kept but the
// organization.
func BenchmarkColdCapture(b *testing.B) {
	for _, id := range documented() {
		c, e := caseOf(b, id)
		d, _ := denial(b, &c)
		b.Run(string(id), func(b *testing.B) {
			for b.Loop() {
				cloud := &livetest.Cloud{Evidence: e, Latency: 50 * time.Millisecond}
				reader(cloud, e).Read(b.Context(), d, diagnosis.Question(d), live.Options{})
			}
		})
	}
}

// BenchmarkWarm decides with everything kept.
func BenchmarkWarm(b *testing.B) {
	c, e := caseOf(b, diagnosis.IdentityNoAllow)
	d, _ := denial(b, &c)
	r := reader(&livetest.Cloud{Evidence: e}, e)
	q := diagnosis.Question(d)
	for b.Loop() {
		r.Read(b.Context(), d, q, live.Options{})
	}
}
