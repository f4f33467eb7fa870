package auditor_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/finding/local"
	"why403/pkg/rules"
	"why403/pkg/trail"
)

const rulesFile = `
format: why403.rules/v1
rules:
  - name: known-job
    reason: the job may fail
    expires: 2030-01-01
    match: {principal: "arn:aws:iam::111111111111:user/bob"}
  - name: own-scanner
    reason: our scanner tries every bucket
    expires: 2030-01-01
    match: {principal: "arn:aws:iam::111111111111:user/scan", cause: PROBING}
`

// session is a denied call by a session of a role.
func session(role, name, event, operation, bucket, key string) []byte {
	parameters := fmt.Sprintf(`{"bucketName":%q}`, bucket)
	if key != "" {
		parameters = fmt.Sprintf(`{"bucketName":%q,"key":%q}`, bucket, key)
	}
	return fmt.Appendf(nil, `{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":%q,"awsRegion":"us-east-1",
		"eventTime":"2026-11-23T09:00:00Z","errorCode":"AccessDenied","errorMessage":"Access Denied","eventID":%q,"recipientAccountId":"111111111111",
		"userIdentity":{"type":"AssumedRole","principalId":"AROA%s:%s","arn":"arn:aws:sts::111111111111:assumed-role/%s/%s","accountId":"111111111111",
		"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA%s","arn":"arn:aws:iam::111111111111:role/%s","accountId":"111111111111","userName":%q}}},
		"requestParameters":%s}`, operation, event, role, name, role, name, role, role, role, parameters)
}

func screened(t *testing.T) (*auditor.Auditor, *local.Store, *outbox, *questions) {
	t.Helper()
	set, err := rules.Parse("rules.yaml", []byte(rulesFile))
	if err != nil {
		t.Fatal(err)
	}
	store, out, asked := newStore(t), &outbox{}, &questions{}
	a := auditor.New(store, out, alert.Options{}, auditor.WithDiagnoser(auditor.Diagnoser{Evidence: asked}), auditor.WithScreen(auditor.Screen{
		Rules:    func(context.Context) rules.Set { return set },
		Accounts: []string{"111111111111"},
		Own:      []rules.OwnRole{{ARN: "arn:aws:iam::111111111111:role/why403-reader", Actions: []string{"s3:GetBucketPolicy"}}},
		Probing:  rules.Thresholds{Buckets: 5, Keys: 20, Within: 10 * time.Minute, Remembered: 100},
	}))
	return a, store, out, asked
}

// questions is evidence that counts who asks.
type questions struct {
	mu    sync.Mutex
	asked []trail.Denial
	e     evidence.Evidence
}

func (q *questions) Evidence(_ context.Context, d trail.Denial, _ *authz.Request, _ bool) (*authz.Evidence, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked = append(q.asked, d)
	return authz.Compile(q.e), false
}

// TestIgnored: what a rule ignores is counted and makes no finding; the auditor's own reads
// are not even diagnosed.
func TestIgnored(t *testing.T) {
	a, store, out, asked := screened(t)
	report := a.Handle(t.Context(), inputs(
		record("bob", "e1", 1, noIdentity("bob")), record("ann", "e2", 1, noIdentity("ann")),
		session("why403-reader", "why403", "e3", "GetBucketPolicy", "acme-data", ""),
		session("why403-reader", "why403", "e4", "GetObject", "acme-data", "k"),
		session("config", "x", "e5", "GetBucketPolicy", "acme-data", "")))
	want := []string{"known-job", "", "own reads", "", ""}
	for i, r := range report.Results {
		if r.Ignored.By != want[i] || (r.FindingID == "") != (want[i] != "") || r.Err != nil {
			t.Errorf("input %d: ignored by %q, finding %q, error %v; want %q", i, r.Ignored.By, r.FindingID, r.Err, want[i])
		}
	}
	for _, d := range asked.asked {
		if d.EventID == "e3" {
			t.Error("evidence was read about the auditor's own read")
		}
	}
	all, err := store.List(t.Context(), finding.Filter{})
	if err != nil || len(all) != 3 || len(out.sent) != 3 {
		t.Errorf("%d findings, %d alerts, error %v; want 3 of each", len(all), len(out.sent), err)
	}
	beyond := report.Results[3]
	if !strings.Contains(beyond.Beyond, "s3:GetObject") || !beyond.Diagnosis.Intended.Ask || beyond.Diagnosis.Intended.Because != beyond.Beyond {
		t.Errorf("own role beyond its reads: %q, %+v", beyond.Beyond, beyond.Diagnosis.Intended)
	}
	if got := report.Ignored(); got["known-job"] != 1 || got["own reads"] != 1 || len(got) != 2 {
		t.Errorf("counted %v", got)
	}
}

func probe(user string, n, from int) (docs [][]byte) {
	for i := range n {
		doc := record(user, fmt.Sprintf("%s%d", user, from+i), 1, strings.Replace(noIdentity(user), "acme-data", fmt.Sprintf("acme-%d", from+i), 1))
		docs = append(docs, []byte(strings.Replace(string(doc), `"bucketName":"acme-data"`, fmt.Sprintf(`"bucketName":"acme-%d"`, from+i), 1)))
	}
	return docs
}

// TestProbing: who tries many buckets is one finding and one alert, in one batch or over
// several; a rule can say that it is one's own scanner.
func TestProbing(t *testing.T) {
	a, store, out, _ := screened(t)
	report := a.Handle(t.Context(), inputs(append(probe("eve", 30, 0), append(probe("scan", 30, 0), record("ann", "e1", 1, noIdentity("ann")))...)...))
	a.Handle(t.Context(), inputs(probe("eve", 30, 100)...))
	all, err := store.List(t.Context(), finding.Filter{})
	if err != nil || len(all) != 2 {
		t.Fatalf("%d findings, error %v; want that of eve and that of ann", len(all), err)
	}
	for _, f := range all {
		if f.Key.Requester == "111111111111/AIDAEXAMPLE0000000EVE" {
			if f.Cause() != string(diagnosis.Probing) || f.Count != 60 || f.Key.Place != "many buckets" {
				t.Errorf("finding %+v, cause %s, count %d", f.Key, f.Cause(), f.Count)
			}
		}
	}
	if len(out.sent) != 2 {
		t.Errorf("alerts %q, want two", subjects(out.sent))
	}
	for _, m := range out.sent {
		if strings.Contains(m.Subject, "eve") {
			if strings.Contains(m.Body, "aws s3api put-bucket-policy") || !strings.Contains(m.Body, "5 buckets or more") {
				t.Errorf("the alert about who probes:\n%s", m.Body)
			}
		}
	}
	if got := report.Ignored(); got["own-scanner"] != 30 {
		t.Errorf("counted %v, want 30 of the scanner", got)
	}
	again := a.Handle(t.Context(), inputs(probe("eve", 3, 200)...))
	if len(again.Touched) != 1 || again.Touched[0].Reason != alert.None {
		t.Errorf("told again: %+v", again.Touched)
	}
}

// TestEachQuestionOnce: a retry loop is one question, in one batch and in the next for a
// while, unless a policy speaks of the time.
func TestEachQuestionOnce(t *testing.T) {
	deny := func(condition string) evidence.Evidence {
		return evidence.Evidence{Principals: map[string]evidence.Identity{"arn:aws:iam::111111111111:user/ann": {
			Policies: evidence.Known([]evidence.Policy{{Name: "p", Document: []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"` + condition + `}]}`)}}),
			Boundary: evidence.Absent[evidence.Policy]("none"),
		}}}
	}
	loop := func(n, from int) (docs [][]byte) {
		for i := range n {
			docs = append(docs, record("ann", fmt.Sprintf("e%d", from+i), from+i, "Access Denied"))
		}
		return docs
	}
	for _, tt := range []struct {
		name, condition string
		first, again    int // questions of the batch, and of the next
	}{
		{"a plain policy", "", 1, 0},
		{"a policy that speaks of the time", `,"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2026-11-23T09:05:00Z"}}`, 10, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q, at := &questions{e: deny(tt.condition)}, time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
			a := auditor.New(newStore(t), &outbox{}, alert.Options{}, auditor.WithDiagnoser(auditor.Diagnoser{Evidence: q}), auditor.WithClock(func() time.Time { return at }))
			report := a.Handle(t.Context(), inputs(loop(10, 0)...))
			if len(q.asked) != tt.first {
				t.Errorf("%d questions, want %d", len(q.asked), tt.first)
			}
			for i, r := range report.Results {
				if r.Diagnosis.Denial.EventID != fmt.Sprintf("e%d", i) || r.Diagnosis.Denial.Time.Minute() != i {
					t.Errorf("input %d has the diagnosis of %s at %s", i, r.Diagnosis.Denial.EventID, r.Diagnosis.Denial.Time)
				}
				denied := tt.condition == "" || i > 5
				if got := r.Diagnosis.Cause != nil && r.Diagnosis.Cause.ID == diagnosis.IdentityExplicitDeny; got != denied {
					t.Errorf("minute %d: denied by the policy: %t, want %t", i, got, denied)
				}
			}
			q.asked = nil
			a.Handle(t.Context(), inputs(loop(10, 20)...))
			if len(q.asked) != tt.again {
				t.Errorf("the next batch: %d questions, want %d", len(q.asked), tt.again)
			}
			q.asked, at = nil, at.Add(time.Minute)
			if a.Handle(t.Context(), inputs(loop(1, 40)...)); len(q.asked) != 1 {
				t.Errorf("a minute later: %d questions, want 1", len(q.asked))
			}
		})
	}
}
