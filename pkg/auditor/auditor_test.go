package auditor_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/finding/local"
	"why403/pkg/trail"
)

// outbox is a Sender that keeps what it is given, or fails.
type outbox struct {
	mu   sync.Mutex
	sent []alert.Message
	fail error
}

func (o *outbox) Send(_ context.Context, m alert.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return o.fail
	}
	o.sent = append(o.sent, m)
	return nil
}

// brokenStore fails for the findings of one requester.
type brokenStore struct {
	finding.Store
	requester string
}

func (s brokenStore) Record(ctx context.Context, o []finding.Occurrence) (finding.Recorded, error) {
	if strings.Contains(o[0].Key.Requester, s.requester) {
		return finding.Recorded{}, errors.New("throttled")
	}
	return s.Store.Record(ctx, o)
}

func newStore(t *testing.T) *local.Store {
	t.Helper()
	s, err := local.Open(filepath.Join(t.TempDir(), "findings.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// record is a denial of the caller's own making.
func record(user, event string, minute int, message string) []byte {
	return fmt.Appendf(nil, `{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1",
		"eventTime":"2026-11-23T09:%02d:00Z","errorCode":"AccessDenied","errorMessage":%q,"eventID":%q,"eventCategory":"Data",
		"userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE0000000%s","arn":"arn:aws:iam::111111111111:user/%s","accountId":"111111111111"},
		"requestParameters":{"bucketName":"acme-data","key":"k"}}`, minute, message, event, strings.ToUpper(user), user)
}

func noIdentity(user string) string {
	return fmt.Sprintf(`User: arn:aws:iam::111111111111:user/%s is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::acme-data/k" because no identity-based policy allows the s3:GetObject action`, user)
}

func scpDeny(user string) string {
	return strings.Replace(noIdentity(user), "because no identity-based policy allows the s3:GetObject action", "with an explicit deny in a service control policy", 1)
}

func inputs(docs ...[]byte) []auditor.Input {
	out := make([]auditor.Input, len(docs))
	for i, d := range docs {
		out[i] = auditor.Input{ID: fmt.Sprint(i), Body: d}
	}
	return out
}

func subjects(sent []alert.Message) []string {
	var out []string
	for _, m := range sent {
		out = append(out, m.Subject)
	}
	return out
}

func TestOneFindingOneAlert(t *testing.T) {
	store, out := newStore(t), &outbox{}
	a := auditor.New(store, out, alert.Options{})
	var docs [][]byte
	for i := range 50 {
		docs = append(docs, record("ann", fmt.Sprintf("e%d", i%40), i%60, noIdentity("ann")))
	}
	docs = append(docs, record("bob", "b1", 1, noIdentity("bob")))
	report := a.Handle(t.Context(), inputs(docs...))
	if len(report.Results) != 51 {
		t.Fatalf("%d results for 51 inputs", len(report.Results))
	}
	if len(out.sent) != 2 {
		t.Errorf("%d alerts for two findings: %q", len(out.sent), subjects(out.sent))
	}
	all, err := store.List(t.Context(), finding.Filter{})
	if err != nil || len(all) != 2 || all[0].Count+all[1].Count != 41 {
		t.Errorf("findings %v, error %v: want two with 40 and 1 events, each counted once", all, err)
	}
	again := a.Handle(t.Context(), inputs(docs...))
	if len(out.sent) != 2 {
		t.Errorf("a second delivery sent %d more alerts", len(out.sent)-2)
	}
	for _, touched := range again.Touched {
		if touched.New != 0 {
			t.Errorf("a second delivery counted %d again", touched.New)
		}
	}
}

func TestNewCauseIsNews(t *testing.T) {
	store, out := newStore(t), &outbox{}
	a := auditor.New(store, out, alert.Options{})
	a.Handle(t.Context(), inputs(record("ann", "e1", 1, noIdentity("ann"))))
	a.Handle(t.Context(), inputs(record("ann", "e2", 2, noIdentity("ann"))))
	a.Handle(t.Context(), inputs(record("ann", "e3", 3, scpDeny("ann")), record("ann", "e4", 4, noIdentity("ann"))))
	if len(out.sent) != 2 || out.sent[0].Reason != alert.NewFinding || out.sent[1].Reason != alert.NewCause {
		t.Errorf("alerts %q, want one for the finding and one for its second cause", subjects(out.sent))
	}
	all, err := store.List(t.Context(), finding.Filter{})
	if err != nil || len(all) != 1 || all[0].Cause() != string(diagnosis.IdentityNoAllow) || len(all[0].Causes) != 2 {
		t.Errorf("findings %+v, error %v", all, err)
	}
}

// Several causes in one batch are one message, which names them all, and none is told
// again.
func TestOneMessageForSeveralCauses(t *testing.T) {
	store, out := newStore(t), &outbox{}
	a := auditor.New(store, out, alert.Options{})
	batch := inputs(record("ann", "e2", 2, scpDeny("ann")), record("ann", "e1", 1, noIdentity("ann")))
	a.Handle(t.Context(), batch)
	a.Handle(t.Context(), batch)
	a.Handle(t.Context(), inputs(record("ann", "e3", 3, noIdentity("ann"))))
	if len(out.sent) != 1 {
		t.Fatalf("alerts %q, want one", subjects(out.sent))
	}
	for _, cause := range []string{"IDENTITY_NO_ALLOW once", "SCP once"} {
		if !strings.Contains(out.sent[0].Body, cause) {
			t.Errorf("the message does not say %q:\n%s", cause, out.sent[0].Body)
		}
	}
	f, err := store.Get(t.Context(), out.sent[0].FindingID)
	if err != nil || len(f.Announced) != 2 {
		t.Errorf("announced %q, error %v", f.Announced, err)
	}
	if c, err := store.Case(t.Context(), f.ID); err != nil || !strings.Contains(string(c), `"why403.case/v1"`) {
		t.Errorf("case %s, error %v", c, err)
	}
}

// TestOneBadInputFailsAlone holds it for whatever is broken: a document, the
// store of one finding.
func TestOneBadInputFailsAlone(t *testing.T) {
	store, out := newStore(t), &outbox{}
	a := auditor.New(brokenStore{store, "BOB"}, out, alert.Options{})
	report := a.Handle(t.Context(), inputs(
		[]byte(`{"detail":`), record("ann", "e1", 1, noIdentity("ann")), nil,
		record("bob", "e2", 1, noIdentity("bob")), []byte(`{"eventSource":"s3.amazonaws.com","eventName":"GetObject"}`)))
	retry, unreadable := report.Failed()
	ids := func(rs []auditor.Result) (out []string) {
		for _, r := range rs {
			out = append(out, r.ID)
		}
		return out
	}
	if !slices.Equal(ids(retry), []string{"3"}) || !slices.Equal(ids(unreadable), []string{"0", "2"}) {
		t.Errorf("retry %v, unreadable %v; want 3 and 0, 2", ids(retry), ids(unreadable))
	}
	if got := report.Results[4].Diagnosis.Outcome; got != diagnosis.Ignored {
		t.Errorf("a successful call has the outcome %q", got)
	}
	if len(out.sent) != 1 {
		t.Errorf("%d alerts, want that of ann", len(out.sent))
	}
}

// TestNoAlertIsLost: what was recorded but not sent is sent when the message comes
// again, and counted once.
func TestNoAlertIsLost(t *testing.T) {
	store, out := newStore(t), &outbox{fail: errors.New("SNS is down")}
	a := auditor.New(store, out, alert.Options{})
	batch := inputs(record("ann", "e1", 1, noIdentity("ann")))
	retry, _ := a.Handle(t.Context(), batch).Failed()
	if len(retry) != 1 || !strings.Contains(retry[0].Err.Error(), "SNS is down") {
		t.Fatalf("failed %+v, want the input to come again", retry)
	}
	out.fail = nil
	if retry, _ := a.Handle(t.Context(), batch).Failed(); len(retry) != 0 || len(out.sent) != 1 {
		t.Errorf("second try: %d failed, %d alerts", len(retry), len(out.sent))
	}
	if all, _ := store.List(t.Context(), finding.Filter{}); len(all) != 1 || all[0].Count != 1 {
		t.Errorf("findings %+v, want one counted once", all)
	}
}

func TestNoTimeLeft(t *testing.T) {
	store, out := newStore(t), &outbox{}
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	retry, _ := auditor.New(store, out, alert.Options{}).Handle(ctx, inputs(record("ann", "e1", 1, noIdentity("ann")))).Failed()
	if len(retry) != 1 || !errors.Is(retry[0].Err, context.DeadlineExceeded) {
		t.Errorf("failed %+v, want the input to come again", retry)
	}
}

// TestCopiesAreOneDenial: the requester's and the bucket owner's copy, in one
// batch and in two, are one occurrence, diagnosed from what both prove.
func TestCopiesAreOneDenial(t *testing.T) {
	requester, owner := sample(t, "two-copies-requester.json"), sample(t, "two-copies-owner.json")
	for name, batches := range map[string][][]auditor.Input{
		"one batch":                {inputs(requester, owner)},
		"one batch, the other way": {inputs(owner, requester)},
		"two batches":              {inputs(requester), inputs(owner)},
	} {
		t.Run(name, func(t *testing.T) {
			store, out := newStore(t), &outbox{}
			a := auditor.New(store, out, alert.Options{})
			for _, b := range batches {
				if retry, unreadable := a.Handle(t.Context(), b).Failed(); len(retry)+len(unreadable) > 0 {
					t.Fatalf("failed: %v %v", retry, unreadable)
				}
			}
			all, err := store.List(t.Context(), finding.Filter{})
			if err != nil || len(all) != 1 || all[0].Count != 1 || len(out.sent) != 1 {
				t.Fatalf("%d findings, %d alerts, error %v; want one of each, counted once", len(all), len(out.sent), err)
			}
			if len(batches) == 1 {
				d := all[0].Diagnosis.Denial
				if d.BucketAccount == "" || d.Principal.ARN == "" || d.Principal.PathUnknown {
					t.Errorf("bucket account %q, principal %+v: the best of both copies is missing", d.BucketAccount, d.Principal)
				}
			}
		})
	}
}

func sample(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../../events/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestQuestionsAreNotFindings: a case that asks is answered, and recorded nowhere.
func TestQuestionsAreNotFindings(t *testing.T) {
	store, out := newStore(t), &outbox{}
	c := []byte(`{"format":"why403.case/v1","request":{"principal":{"type":"user","arn":"arn:aws:iam::111111111111:user/ann","account":"111111111111"},"action":"s3:GetObject","resource":"arn:aws:s3:::acme-data/k"}}`)
	report := auditor.New(store, out, alert.Options{}).Handle(t.Context(), inputs(c))
	if got := report.Results[0]; got.Err != nil || got.Diagnosis.Outcome != diagnosis.Undetermined || got.FindingID != "" {
		t.Errorf("result %+v", got)
	}
	if all, _ := store.List(t.Context(), finding.Filter{}); len(all) != 0 || len(out.sent) != 0 {
		t.Errorf("%d findings, %d alerts", len(all), len(out.sent))
	}
}

// TestMalformedSamples: each broken input ends in an error that says what is
// wrong, and the rest of its file is diagnosed.
func TestMalformedSamples(t *testing.T) {
	for _, tt := range []struct {
		file string
		want []string // outcome or error of each document
	}{
		{"log-file-one-bad.json", []string{"explained", "ignored", "error: not a JSON object", "explained", "ignored"}},
		{"sqs-batch-one-bad.json", []string{"explained", "error: the body of the SQS message: not JSON", "explained"}},
		{"no-event-name.json", []string{"error: a CloudTrail record without eventName"}},
		{"truncated.json", []string{"error: not JSON: the input ends"}},
		{"empty.json", nil},
	} {
		t.Run(tt.file, func(t *testing.T) {
			f, err := os.Open("testdata/malformed/" + tt.file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			var got []string
			for s := trail.NewScanner(f); ; {
				item, ok := s.Next()
				if !ok {
					break
				}
				if item.Err != nil {
					got = append(got, "error: "+item.Err.Error())
					continue
				}
				d, err := auditor.Diagnose(item.Raw)
				if err != nil {
					got = append(got, "error: "+err.Error())
					continue
				}
				got = append(got, string(d.Diagnosis.Outcome))
			}
			if !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
