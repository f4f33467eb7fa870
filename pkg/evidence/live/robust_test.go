package live_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"

	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/evidence/live"
	"why403/pkg/evidence/live/livetest"
	"why403/pkg/trail"
)

// asks is a denial of the role of the world on its bucket.
func asks() trail.Denial {
	return trail.FromRequest(evidence.Request{
		Principal: evidence.Principal{Type: evidence.PrincipalRole, ARN: role, Account: "111111111111", ID: "AROAEXAMPLE", Session: "job"},
		Action:    "s3:GetObject", Resource: "arn:aws:s3:::" + file, ResourceAccount: owner, ErrorCode: "AccessDenied",
	}, nil)
}

func readAs(ctx context.Context, r *live.Reader, d trail.Denial, o live.Options) live.Found {
	return r.Read(ctx, d, diagnosis.Question(d), o)
}

// some of the cases of the corpus: every nth that AWS could show.
func some(t *testing.T, every int, run func(*testing.T, trail.Denial, evidence.Evidence)) {
	t.Helper()
	n := 0
	for _, c := range corpus(t) {
		d, e := denial(t, &c)
		if beyond(e) != "" || knowsMore()[c.Topic+"/"+c.Name] != "" {
			continue
		}
		if n++; n%every == 0 {
			livetest.Complete(&e)
			t.Run(c.Topic+"/"+c.Name, func(t *testing.T) { t.Parallel(); run(t, d, e) })
		}
	}
}

// TestPages: a list of which each page has one thing is the same list.
func TestPages(t *testing.T) {
	some(t, 5*each, func(t *testing.T, d trail.Denial, e evidence.Evidence) {
		whole := readAs(t.Context(), reader(&livetest.Cloud{Evidence: e}, e), d, live.Options{})
		paged := readAs(t.Context(), reader(&livetest.Cloud{Evidence: e, PageSize: 1}, e), d, live.Options{})
		want, got := diagnosis.Diagnose(d, whole.Compiled, diagnosis.Options{}), diagnosis.Diagnose(d, paged.Compiled, diagnosis.Options{})
		if diff := differ(gist(want), gist(got)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("of everything", func(t *testing.T) {
		for _, r := range reads() {
			cloud := &livetest.Cloud{Evidence: world(t), PageSize: 1}
			if got, want := place(t, worldReader(cloud).One(t.Context(), r.fact), r.at), place(t, cloud.Evidence, r.at); got != want {
				t.Errorf("%s\n got %s\nwant %s", r.name, got, want)
			}
		}
	})
}

// TestFailures: whatever cannot be read, nothing is confirmed that is not so.
func TestFailures(t *testing.T) {
	some(t, 3*each, func(t *testing.T, d trail.Denial, e evidence.Evidence) {
		full := diagnosis.Diagnose(d, authz.Compile(e), diagnosis.Options{})
		for seed := range uint64(3) {
			// By the call, not by its turn: calls are made side by side.
			cloud := &livetest.Cloud{Evidence: e, Before: func(_ context.Context, c livetest.Call) error {
				h := fnv.New64a()
				fmt.Fprintln(h, seed, c.Account, c.Region, c.Operation, dump(c.Input))
				dice := rand.New(rand.NewPCG(seed, h.Sum64()))
				if dice.IntN(5) > 0 {
					return nil
				}
				codes := []string{"AccessDenied", "InternalError", "InternalFailure", "ServiceUnavailable"}
				return &smithy.GenericAPIError{Code: codes[dice.IntN(len(codes))], Message: "by chance"}
			}}
			found := readAs(t.Context(), reader(cloud, e), d, live.Options{})
			got := diagnosis.Diagnose(d, found.Compiled, diagnosis.Options{})
			if got.Cause == nil || got.Cause.Confidence != diagnosis.Confirmed {
				continue
			}
			if strings.HasSuffix(t.Name(), "/AWS_says_not_public_where_we_would") && got.Cause.ID == diagnosis.BPARestrictPublicBuckets {
				continue // without AWS's word, what a public policy is follows from AWS's page
			}
			if !among(got.Cause, full) && !saysThatItMayBe(got, diagnosis.KMSKeyPolicyNoAllow, diagnosis.KMSAWSManagedKeyCrossAcct, full) {
				t.Errorf("seed %d: confirmed %s in %s, which is %v of the whole evidence\n%s", seed, got.Cause.ID, got.Cause.Account, full.Cause, dump(found.Evidence))
			}
		}
	})
}

// among reports whether a cause is one of a diagnosis: of several that each suffice,
// another one may come first where the first cannot be seen.
func among(c *diagnosis.Cause, of diagnosis.Diagnosis) bool {
	same := func(o diagnosis.Cause) bool { return o.ID == c.ID && o.Account == c.Account }
	return of.Cause != nil && same(*of.Cause) || slices.ContainsFunc(of.Contributing, same)
}

// saysThatItMayBe: a key policy that does not allow is one, and whether the key is AWS's
// own is said to be open.
func saysThatItMayBe(got diagnosis.Diagnosis, cause, special diagnosis.CauseID, full diagnosis.Diagnosis) bool {
	return got.Cause.ID == cause && full.Cause != nil && full.Cause.ID == special &&
		slices.ContainsFunc(got.Open, func(o diagnosis.Open) bool { return o.ID == special })
}

// TestHangingAccount: an account that does not answer costs what it would have told.
func TestHangingAccount(t *testing.T) {
	for _, what := range []string{"its calls", "its role", "the organization"} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := &livetest.Cloud{Evidence: world(t), Before: func(ctx context.Context, c livetest.Call) error {
					if what == "its calls" && c.Account == owner || what == "its role" && isRoleOf(c, owner) || what == "the organization" && strings.HasPrefix(c.Operation, "Org") {
						<-ctx.Done()
						return ctx.Err()
					}
					return nil
				}}
				ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
				defer cancel()
				start := time.Now()
				found := readAs(ctx, worldReader(cloud), asks(), live.Options{})
				if took := time.Since(start); took > 4*time.Second {
					t.Errorf("it took %s", took)
				}
				e := found.Evidence
				if got, want := place(t, e, []string{"principals", role}), place(t, cloud.Evidence, []string{"principals", role}); got != want {
					t.Errorf("the account that answers:\n got %s\nwant %s", got, want)
				}
				late := e.Buckets["acme-data"].Policy.Reason()
				if what == "the organization" {
					late = e.Accounts[owner].Organization.Reason()
					if path := e.Accounts[owner].Path; path.State() == evidence.StateKnown {
						t.Errorf("path: %v", path)
					}
				}
				if late != "no answer in time" {
					t.Errorf("the account that does not: %q", late)
				}
				if found.Calls == 0 {
					t.Error("no calls are counted")
				}
				time.Sleep(time.Minute) // nothing is left that waits for an answer
			})
		})
	}
}

func TestHangingRole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs := true
		cloud := &livetest.Cloud{Evidence: world(t), Before: func(ctx context.Context, c livetest.Call) error {
			if hangs && isRoleOf(c, owner) {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}}
		reader := worldReader(cloud)
		readAs(t.Context(), reader, asks(), live.Options{})
		hangs = false
		time.Sleep(time.Second)
		got := readAs(t.Context(), reader, asks(), live.Options{}).Evidence.Buckets["acme-data"].Policy
		if got.State() != evidence.StateKnown {
			t.Errorf("afterwards: %s %s", got.State(), got.Reason())
		}
	})
}

// TestExpiredCredentials: the credentials of a role are renewed before they end.
func TestExpiredCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := &livetest.Cloud{Evidence: world(t), Lifetime: 15 * time.Minute}
		reader := worldReader(cloud)
		for i, wait := range []time.Duration{0, 13 * time.Minute, 90 * time.Second} {
			time.Sleep(wait)
			if got := readAs(t.Context(), reader, asks(), live.Options{Fresh: true}).Evidence.Buckets["acme-data"].Policy; got.State() != evidence.StateKnown {
				t.Fatalf("%s %s", got.State(), got.Reason())
			}
			if n, want := rolesOf(cloud, owner), []int{1, 1, 2}[i]; n != want {
				t.Errorf("after %s: the role was assumed %d times, want %d", wait, n, want)
			}
		}
	})
}

// TestMissingRole: whoever has to set it up is told its name; it is tried once.
func TestMissingRole(t *testing.T) {
	cloud := &livetest.Cloud{Evidence: world(t), NoRoles: []string{owner}}
	reader := worldReader(cloud)
	for range 3 {
		e := readAs(t.Context(), reader, asks(), live.Options{Fresh: true}).Evidence
		for what, reason := range map[string]string{
			"bucket policy": e.Buckets["acme-data"].Policy.Reason(), "ownership": e.Buckets["acme-data"].OwnershipControls.Reason(), "organization": e.Accounts[owner].Organization.Reason(),
		} {
			if !strings.Contains(reason, "arn:aws:iam::222222222222:role/why403-reader cannot be assumed (AccessDenied") {
				t.Errorf("%s: %q", what, reason)
			}
		}
	}
	if n := rolesOf(cloud, owner); n != 1 {
		t.Errorf("tried %d times", n)
	}
}

func isRoleOf(c livetest.Call, account string) bool {
	return c.Operation == "STS.AssumeRole" && strings.Contains(dump(c.Input), account)
}

func rolesOf(cloud *livetest.Cloud, account string) (n int) {
	for _, c := range cloud.Calls() {
		if isRoleOf(c, account) {
			n++
		}
	}
	return n
}
