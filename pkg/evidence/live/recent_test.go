package live_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/evidence/live"
	"why403/pkg/evidence/live/livetest"
	"why403/pkg/trail"
)

// changed is a History that knows one change, and what it was asked for.
type changed struct{ asked []string }

func (*changed) Session(context.Context, trail.Denial) evidence.Read[evidence.Grant] {
	return evidence.Unreadable[evidence.Grant]("nothing is recorded")
}

func (c *changed) Changes(_ context.Context, _ trail.Denial, documents []string) ([]evidence.Change, error) {
	c.asked = append(c.asked, documents...)
	return []evidence.Change{{Event: "PutBucketPolicy", Document: "acme-data"}}, nil
}

// TestRecentChanges: only a History that answers at once is asked with the evidence.
func TestRecentChanges(t *testing.T) {
	const role, policy = "arn:aws:iam::111111111111:role/app", "arn:aws:iam::111111111111:policy/read"
	d := ofSession()
	d.Authorizations = []evidence.Authorization{{Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-data/k"}}
	e := evidence.Evidence{
		Principals: map[string]evidence.Identity{role: {Policies: evidence.Known([]evidence.Policy{
			{Name: "read", ARN: policy, Kind: "managed", Document: []byte(`{"Version":"2012-10-17","Statement":[]}`)},
		})}},
	}
	for _, recent := range []bool{true, false} {
		history := new(changed)
		cloud := &livetest.Cloud{Evidence: e}
		c := config(cloud, e)
		c.History, c.Recent = history, recent
		found, _ := live.New(c).Evidence(t.Context(), d, diagnosis.Question(d), false)
		if got := len(found.Changes) == 1; got != recent {
			t.Errorf("recent %v: changes %v", recent, found.Changes)
		}
		if recent && !(slices.Contains(history.asked, role) && slices.Contains(history.asked, policy)) {
			t.Errorf("asked for changes of %q, want those of the role and its policy", history.asked)
		}
	}
}

// TestSince: what is decided together reads what it needs once, and believes nothing from
// before.
func TestSince(t *testing.T) {
	const role = "arn:aws:iam::111111111111:role/app"
	d := ofSession()
	d.Authorizations = []evidence.Authorization{{Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-data/k"}}
	e := evidence.Evidence{Principals: map[string]evidence.Identity{role: {Policies: evidence.Known([]evidence.Policy{})}}}
	cloud := &livetest.Cloud{Evidence: e}
	c := config(cloud, e)
	c.History = nil
	reader := live.New(c)
	policies := func() (n int) {
		for _, call := range cloud.Calls() {
			if call.Operation == "IAM.ListAttachedRolePolicies" {
				n++
			}
		}
		return n
	}
	q := diagnosis.Question(d)
	reader.Evidence(t.Context(), d, q, false)
	reader.Evidence(t.Context(), d, q, false)
	if n := policies(); n != 1 {
		t.Fatalf("read %d times, want once: it is kept", n)
	}
	snapshot := reader.Since(time.Now())
	for range 3 {
		snapshot.Evidence(t.Context(), d, q, false)
	}
	if n := policies(); n != 2 {
		t.Errorf("read %d times, want once more for all three", n)
	}
}
