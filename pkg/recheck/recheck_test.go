package recheck_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/authz"
	"why403/pkg/authz/authztest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/finding/local"
	"why403/pkg/history"
	"why403/pkg/recheck"
	"why403/pkg/trail"
)

var start = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// worlds are what is known, by the names of the cases.
func worlds(t *testing.T) map[string]evidence.Evidence {
	t.Helper()
	all := make(map[string]evidence.Evidence)
	for _, c := range authztest.Read(t, "testdata/cases.txt", "blocks") {
		all[c.Name] = c.Parse(t).Evidence
	}
	return all
}

// memory is a History that forgets nothing.
type memory struct {
	mu     sync.Mutex
	events []history.Event
	latest map[string]time.Time
	fail   error
}

func (m *memory) Record(_ context.Context, e history.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	m.events = append(m.events, e)
	return nil
}

func (m *memory) Since(_ context.Context, names []string, from time.Time) (all []evidence.Change, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.events {
		for i, c := range e.Changes {
			if slices.Contains(names, e.Names[i]) && !c.Time.Before(from) {
				all = append(all, c)
			}
		}
	}
	return all, nil
}

func (m *memory) Rechecked(_ context.Context, id string, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.latest[id] = at
	return nil
}

func (m *memory) Latest(context.Context) (map[string]time.Time, error) { return m.latest, nil }

// outbox is a Sender that keeps what it is given, or fails.
type outbox struct {
	sent []alert.Message
	fail error
}

func (o *outbox) Send(_ context.Context, m alert.Message) error {
	if o.fail == nil {
		o.sent = append(o.sent, m)
	}
	return o.fail
}

// bench is a deployment whose AWS can be changed.
type bench struct {
	t      *testing.T
	worlds map[string]evidence.Evidence
	world  string
	role   bool     // the requester is a session of a role, of which nobody knows how it was issued
	asked  []string // whose requests were decided again
	mu     sync.Mutex
	now    time.Time
	store  *local.Store
	memory *memory
	out    *outbox
	audit  *auditor.Auditor
	again  *recheck.Rechecker
}

func (b *bench) Evidence(_ context.Context, d trail.Denial, _ *authz.Request, _ bool) (*authz.Evidence, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, d.Key)
	e := b.worlds[b.world]
	if b.role {
		e.Principals = map[string]evidence.Identity{"arn:aws:iam::222222222222:role/ann": e.Principals["arn:aws:iam::222222222222:user/ann"]}
	}
	return authz.Compile(e), false
}

func newBench(t *testing.T) *bench {
	t.Helper()
	store, err := local.Open(filepath.Join(t.TempDir(), "findings.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b := &bench{t: t, worlds: worlds(t), store: store, now: start.Add(time.Minute), out: new(outbox), memory: &memory{latest: make(map[string]time.Time)}}
	clock := func() time.Time { return b.now }
	b.audit = auditor.New(store, b.out, alert.Options{}, auditor.WithClock(clock), auditor.WithDiagnoser(auditor.Diagnoser{Evidence: b}))
	b.again = recheck.New(recheck.Config{
		Store: store, History: b.memory, Teller: b.audit, Quiet: 14 * 24 * time.Hour, Now: clock, Log: slog.New(slog.DiscardHandler),
		Evidence: func(time.Time) auditor.Evidence { return b },
	})
	return b
}

// denied has a request denied in a world.
func (b *bench) denied(world, message string) finding.Finding {
	b.t.Helper()
	b.world = world
	record := fmt.Appendf(nil, `{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1",
		"eventTime":%q,"errorCode":"AccessDenied","errorMessage":%q,"eventID":"4a0f6a38-8f6c-4b0e-9d0a-6d2f3f3f0001","eventCategory":"Data",
		"userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::222222222222:user/ann","accountId":"222222222222","accessKeyId":"AKIAEXAMPLE"},
		"sourceIPAddress":"203.0.113.7","tlsDetails":{"tlsVersion":"TLSv1.3"},"recipientAccountId":"222222222222",
		"requestParameters":{"bucketName":"acme-data","key":%q},
		"resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::acme-data","accountId":"222222222222"}]}`, start.Format(time.RFC3339), message, b.key())
	if b.role {
		record = bytes.Replace(record, []byte(`{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::222222222222:user/ann"`),
			[]byte(`{"type":"AssumedRole","principalId":"AROAEXAMPLE:s","arn":"arn:aws:sts::222222222222:assumed-role/ann/s","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::222222222222:role/ann","accountId":"222222222222"}}`), 1)
	}
	report := b.audit.Handle(b.t.Context(), []auditor.Input{{ID: "1", Body: record}})
	if len(report.Touched) != 1 || report.Results[0].Err != nil {
		b.t.Fatalf("%+v", report)
	}
	b.asked = nil
	return b.finding()
}

// key is the object that the worlds know.
func (b *bench) key() string {
	for name := range b.worlds["allows"].Objects {
		return strings.TrimPrefix(name, "acme-data/")
	}
	return ""
}

func (b *bench) finding() finding.Finding {
	b.t.Helper()
	all, err := b.store.List(b.t.Context(), finding.Filter{})
	if err != nil || len(all) != 1 {
		b.t.Fatalf("findings %v, error %v", all, err)
	}
	return all[0]
}

// put is a change of the policy of a bucket, as CloudTrail records it.
func put(bucket string, at time.Time) recheck.Input {
	return recheck.Input{ID: "change", Body: fmt.Appendf(nil, `{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy","awsRegion":"us-east-1",
		"eventTime":%q,"eventID":"4a0f6a38-8f6c-4b0e-9d0a-6d2f3f3f0002","recipientAccountId":"222222222222",
		"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::222222222222:user/eve"},"requestParameters":{"bucketName":%q}}`, at.Format(time.RFC3339), bucket)}
}

// TestFixed: a policy that is put in order resolves what it denied, and says so.
func TestFixed(t *testing.T) {
	b := newBench(t)
	b.denied("denies", "Access Denied")
	b.world, b.now = "allows", start.Add(10*time.Minute)
	change := put("acme-data", start.Add(8*time.Minute))
	report, failures := b.again.Batch(t.Context(), []recheck.Input{change, change, put("acme-data", start.Add(9*time.Minute))})
	if len(failures) > 0 || report.Results[recheck.Resolved] != 1 || len(b.asked) != 1 {
		t.Fatalf("report %+v, failures %v, decided %d times; want one resolved, decided once", report, failures, len(b.asked))
	}
	f := b.finding()
	if f.Status != finding.Resolved || f.Changed.How != finding.ByRecheck || !strings.Contains(f.Changed.Reason, "2026-11-23 10:08 UTC PutBucketPolicy on acme-data by user/eve (222222222222)") {
		t.Errorf("status %s, %+v", f.Status, f.Changed)
	}
	if len(b.out.sent) != 2 || b.out.sent[1].Reason != alert.Resolved || !strings.Contains(b.out.sent[1].Event.State, "PutBucketPolicy on acme-data by user/eve") {
		t.Fatalf("sent %+v", b.out.sent)
	}
	if f.Count != 1 {
		t.Errorf("counted %d", f.Count)
	}
	if _, err := b.again.All(t.Context()); err != nil || len(b.out.sent) != 2 {
		t.Errorf("error %v, %d messages; want no more", err, len(b.out.sent))
	}
}

// TestWhatIsSettled is the rule of resolution.
func TestWhatIsSettled(t *testing.T) {
	const named = `User: arn:aws:iam::222222222222:user/ann is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::acme-data/%s" with an explicit deny in a resource-based policy`
	tests := []struct {
		name, then, message, now string
		changed                  bool
		status                   finding.Status
		says                     string
	}{
		{"it is as it was", "denies", "Access Denied", "denies", true, finding.Open, ""},
		{"something is not known now", "denies", "Access Denied", "unread", true, finding.Open, ""},
		{"something else refuses it now", "denies", "Access Denied", "no-identity", true, finding.Open, ""},
		{"it would be allowed, and nobody saw a change", "denies", "Access Denied", "allows", false, finding.Resolved, "the evidence differs: bucket-policy of account 222222222222 refused it then, and does not now"},
		{"AWS named what allows it now", "unread", named, "allows", false, finding.Resolved, "the evidence differs: BUCKET_POLICY_EXPLICIT_DENY refused it then"},
		{"what is known never refused it", "allows", "Access Denied", "allows", false, finding.Open, ""},
		{"what is known never refused it, and something was changed", "allows", "Access Denied", "allows", true, finding.Resolved, "PutBucketPolicy"},
		{"nobody could read then what allows it now", "unread", "Access Denied", "allows", false, finding.Open, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			message := tt.message
			if strings.Contains(message, "%s") {
				message = fmt.Sprintf(message, b.key())
			}
			b.denied(tt.then, message)
			sent := len(b.out.sent)
			b.world, b.now = tt.now, start.Add(10*time.Minute)
			if tt.changed {
				if _, failures := b.again.Batch(t.Context(), []recheck.Input{put("acme-data", start.Add(5*time.Minute))}); len(failures) > 0 {
					t.Fatal(failures)
				}
			} else if _, err := b.again.All(t.Context()); err != nil {
				t.Fatal(err)
			}
			f := b.finding()
			if f.Status != tt.status || tt.says != "" && !strings.Contains(f.Changed.Reason, tt.says) {
				t.Errorf("status %s, changed %+v; want %s", f.Status, f.Changed, tt.status)
			}
			if told := len(b.out.sent) > sent; told != (tt.status == finding.Resolved) {
				t.Errorf("told: %v", told)
			}
			if len(b.asked) != 1 {
				t.Errorf("decided %d times", len(b.asked))
			}
		})
	}
}

// TestSession: with which policy a session was issued that has ended is seldom known. It
// keeps nothing open whose refusal is known to be something else, and is said.
func TestSession(t *testing.T) {
	const named = `User: arn:aws:sts::222222222222:assumed-role/ann/s is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::acme-data/%s" %s`
	tests := []struct {
		name, then, message string
		status              finding.Status
	}{
		{"evidence refused it", "denies", "Access Denied", finding.Resolved},
		{"AWS named what refused it", "unread", "with an explicit deny in a resource-based policy", finding.Resolved},
		{"AWS named the session policy", "unread", "because no session policy allows the s3:GetObject action", finding.Open},
		{"nobody knows what refused it", "unread", "Access Denied", finding.Open},
		{"nothing that is known refused it", "allows", "Access Denied", finding.Open},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			b.role = true
			message := tt.message
			if message != "Access Denied" {
				message = fmt.Sprintf(named, b.key(), message)
			}
			b.denied(tt.then, message)
			b.world, b.now = "allows", start.Add(10*time.Minute)
			if _, failures := b.again.Batch(t.Context(), []recheck.Input{put("acme-data", start.Add(5*time.Minute))}); len(failures) > 0 {
				t.Fatal(failures)
			}
			f := b.finding()
			if f.Status != tt.status || tt.status == finding.Resolved && !strings.HasSuffix(f.Changed.Reason, "not known: whether the session had a policy of its own") {
				t.Errorf("status %s, changed %+v; want %s", f.Status, f.Changed, tt.status)
			}
		})
	}
}

// TestBetter: what could be read at last gives a finding its cause, and counts nothing.
func TestBetter(t *testing.T) {
	b := newBench(t)
	before := b.denied("nothing-read", "Access Denied")
	b.world = "denies"
	report, err := b.again.All(t.Context())
	if err != nil || report.Results[recheck.Better] != 1 {
		t.Fatalf("report %+v, error %v", report, err)
	}
	f := b.finding()
	if before.Cause() != finding.Undetermined || f.Cause() != "BUCKET_POLICY_EXPLICIT_DENY" || f.Count != 1 || f.Status != finding.Open {
		t.Errorf("cause %s, then %s, count %d, %s", before.Cause(), f.Cause(), f.Count, f.Status)
	}
	if len(b.out.sent) != 2 || b.out.sent[1].Reason != alert.NewCause {
		t.Errorf("sent %+v", b.out.sent)
	}
	b.world = "allows"
	if report, err := b.again.All(t.Context()); err != nil || report.Results[recheck.Resolved] != 1 {
		t.Errorf("with the case of the better diagnosis: %+v, error %v", report, err)
	}
}

// TestWhich: a change has those findings decided again that it can touch, of the statuses
// that people watch.
func TestWhich(t *testing.T) {
	with := func(source, name, parameters string) recheck.Input {
		in := put("acme-data", start)
		in.Body = []byte(strings.NewReplacer("s3.amazonaws.com", source+".amazonaws.com", "PutBucketPolicy", name, `{"bucketName":"acme-data"}`, parameters).Replace(string(in.Body)))
		return in
	}
	tests := []struct {
		name   string
		change recheck.Input
		status finding.Status
		want   bool
	}{
		{"its bucket", put("acme-data", start), finding.Open, true},
		{"another bucket", put("acme-other", start), finding.Open, false},
		{"acknowledged", put("acme-data", start), finding.Acknowledged, true},
		{"suppressed", put("acme-data", start), finding.Suppressed, false},
		{"resolved", put("acme-data", start), finding.Resolved, false},
		{"its user", with("iam", "PutUserPolicy", `{"userName":"ann"}`), finding.Open, true},
		{"another user", with("iam", "PutUserPolicy", `{"userName":"bob"}`), finding.Open, false},
		{"a group", with("iam", "AttachGroupPolicy", `{"groupName":"staff","policyArn":"arn:aws:iam::222222222222:policy/p"}`), finding.Open, true},
		{"a managed policy", with("iam", "CreatePolicyVersion", `{"policyArn":"arn:aws:iam::222222222222:policy/p"}`), finding.Open, true},
		{"a managed policy of another account", with("iam", "CreatePolicyVersion", `{"policyArn":"arn:aws:iam::333333333333:policy/p"}`), finding.Open, true}, // by the account that recorded it
		{"its account's Block Public Access", with("s3", "PutAccountPublicAccessBlock", `{}`), finding.Open, true},
		{"the organization", with("organizations", "UpdatePolicy", `{"policyId":"p-1"}`), finding.Open, true},
		{"an endpoint", with("ec2", "ModifyVpcEndpoint", `{"ModifyVpcEndpointRequest":{"VpcEndpointId":"vpce-0abc"}}`), finding.Open, false},
		{"no change", with("s3", "GetBucketPolicy", `{"bucketName":"acme-data"}`), finding.Open, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			f := b.denied("denies", "Access Denied")
			if tt.status != finding.Open {
				if _, err := b.store.SetStatus(t.Context(), f.ID, finding.StatusChange{Status: tt.status}); err != nil {
					t.Fatal(err)
				}
			}
			if _, failures := b.again.Batch(t.Context(), []recheck.Input{tt.change}); len(failures) > 0 {
				t.Fatal(failures)
			}
			if got := len(b.asked) == 1; got != tt.want {
				t.Errorf("decided again: %v, want %v", got, tt.want)
			}
		})
	}
}

// TestProbing: that somebody probes does not end because one of the requests would be
// allowed.
func TestProbing(t *testing.T) {
	b := newBench(t)
	b.denied("nothing-read", "Access Denied")
	f := b.finding()
	probing := diagnosis.Diagnosis{Format: diagnosis.Format, Outcome: diagnosis.Explained, Cause: &diagnosis.Cause{ID: diagnosis.Probing, Confidence: diagnosis.Confirmed}}
	text, err := b.store.Case(t.Context(), f.ID)
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := b.store.Rediagnose(t.Context(), f.ID, probing, func() ([]byte, error) { return text, nil }); !changed || err != nil {
		t.Fatal(changed, err)
	}
	b.world = "allows"
	if report, err := b.again.All(t.Context()); err != nil || len(b.asked) != 0 || b.finding().Status != finding.Open {
		t.Errorf("report %+v, error %v, %s", report, err, b.finding().Status)
	}
}

// TestFailures: what cannot be read or remembered fails alone.
func TestFailures(t *testing.T) {
	b := newBench(t)
	b.denied("denies", "Access Denied")
	bad, forged := recheck.Input{ID: "bad", Body: []byte(`{"detail":`)}, put("acme-data", start)
	forged.ID, forged.Body = "forged", []byte(strings.Replace(string(forged.Body), `"222222222222"`, `"2222"`, 1))
	_, failures := b.again.Batch(t.Context(), []recheck.Input{bad, put("acme-data", start), forged})
	if len(failures) != 2 || failures[0].ID != "bad" || failures[1].ID != "forged" || !failures[0].Unreadable || !failures[1].Unreadable {
		t.Errorf("failures %+v", failures)
	}
	if len(b.asked) != 1 {
		t.Errorf("decided %d times", len(b.asked))
	}
	b.memory.fail = errors.New("throttled")
	_, failures = b.again.Batch(t.Context(), []recheck.Input{put("acme-data", start)})
	if len(failures) != 1 || failures[0].Unreadable || !errors.Is(failures[0].Err, b.memory.fail) {
		t.Errorf("failures %+v", failures)
	}
}

// TestMessageComesLater: a message that could not be sent is sent by the next run.
func TestMessageComesLater(t *testing.T) {
	b := newBench(t)
	b.denied("denies", "Access Denied")
	b.world, b.out.fail = "allows", errors.New("SNS is down")
	if _, err := b.again.All(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.out.fail = nil
	for range 2 {
		if _, err := b.again.All(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.out.sent) != 2 || b.out.sent[1].Reason != alert.Resolved {
		t.Errorf("sent %+v", b.out.sent)
	}
}

// TestQuiet: what does not happen any more is resolved, and nobody is told.
func TestQuiet(t *testing.T) {
	b := newBench(t)
	b.denied("denies", "Access Denied")
	b.now = start.Add(14*24*time.Hour - time.Minute)
	if _, err := b.again.All(t.Context()); err != nil || b.finding().Status != finding.Open {
		t.Errorf("before: %s, error %v", b.finding().Status, err)
	}
	b.now = start.Add(14 * 24 * time.Hour)
	report, err := b.again.All(t.Context())
	if f := b.finding(); err != nil || report.Results[recheck.Quiet] != 1 || f.Status != finding.Resolved || f.Changed.How != finding.ByQuiet {
		t.Errorf("after: %s %+v, report %+v, error %v", f.Status, f.Changed, report, err)
	}
	if len(b.out.sent) != 1 {
		t.Errorf("%d messages", len(b.out.sent))
	}
}

// TestNoTime: with no time left nothing is begun, and the next run goes on.
func TestNoTime(t *testing.T) {
	b := newBench(t)
	b.denied("denies", "Access Denied")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if report, _ := b.again.All(ctx); report.Left != 1 || len(b.asked) != 0 {
		t.Errorf("report %+v, decided %d times", report, len(b.asked))
	}
	if report, err := b.again.All(t.Context()); err != nil || report.Left != 0 || len(b.asked) != 1 {
		t.Errorf("report %+v, error %v", report, err)
	}
}

// TestBadFindingFailsAlone: one that cannot be decided is logged, and is not first for
// ever.
func TestBadFindingFailsAlone(t *testing.T) {
	b := newBench(t)
	f := b.denied("nothing-read", "Access Denied")
	worse := f.Diagnosis
	worse.Outcome, worse.Cause = diagnosis.Explained, &diagnosis.Cause{ID: diagnosis.IdentityNoAllow, Confidence: diagnosis.Confirmed}
	if changed, err := b.store.Rediagnose(t.Context(), f.ID, worse, func() ([]byte, error) { return []byte(`{"format":"another"}`), nil }); !changed || err != nil {
		t.Fatal(changed, err)
	}
	report, err := b.again.All(t.Context())
	if err != nil || report.Results[recheck.Failed] != 1 || b.finding().Status != finding.Open {
		t.Errorf("report %+v, error %v", report, err)
	}
	if b.memory.latest[f.ID].IsZero() {
		t.Error("it is not noted that it was tried")
	}
}
