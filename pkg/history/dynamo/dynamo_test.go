package dynamo_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"why403/pkg/awstest"
	"why403/pkg/evidence"
	"why403/pkg/evidence/live"
	"why403/pkg/history"
	"why403/pkg/history/dynamo"
	"why403/pkg/trail"
)

var _ live.History = (*dynamo.Production)(nil)

var at = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// table has a table of findings for each test.
type table struct {
	client *dynamodb.Client
	name   string
	store  *dynamo.Store
	tells  *dynamo.Production
	scan   func() []map[string]types.AttributeValue
}

func TestHistory(t *testing.T) {
	cfg := awstest.StartDynalite(t).Config(t.Context())
	tests := map[string]func(*testing.T, table){
		"changes":              testChanges,
		"sessions":             testSessions,
		"which session":        testWhichSession,
		"delivered again":      testAgain,
		"policies in length":   testLong,
		"what is not known":    testMissing,
		"decided again":        testRechecked,
		"attributes":           testAttributes,
		"a table not readable": testBroken,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tableName := strings.ReplaceAll(name, " ", "-")
			if err := awstest.CreateFindingsTable(t.Context(), cfg, tableName); err != nil {
				t.Fatal(err)
			}
			client := dynamodb.NewFromConfig(cfg)
			test(t, table{client, tableName, dynamo.New(client, tableName), dynamo.NewProduction(client, tableName), func() []map[string]types.AttributeValue {
				items, err := awstest.ScanTable(t.Context(), cfg, tableName)
				if err != nil {
					t.Fatal(err)
				}
				return items
			}})
		})
	}
}

func (b table) record(t *testing.T, events ...history.Event) {
	t.Helper()
	for _, e := range events {
		if err := b.store.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func change(id string, when time.Time, event, document string) history.Event {
	return history.Event{
		ID: id, Account: "222222222222", Region: "us-east-1", Time: when, Names: []string{history.Name(document)},
		Changes: []evidence.Change{{Time: when, By: "arn:aws:iam::222222222222:user/eve", Event: event, Document: document}},
	}
}

func session(id, key, principal string, when time.Time, g evidence.Grant) history.Event {
	return history.Event{ID: id, Account: "111111111111", Region: "us-east-1", Time: when,
		Session: &trail.Issue{Time: when, AccessKeyID: key, PrincipalID: principal, Grant: g}}
}

func policy(text string) evidence.Grant {
	return evidence.Grant{Policies: []evidence.Policy{{Name: "session policy", Kind: "session", Document: []byte(text)}}}
}

func denial(key string) trail.Denial {
	return trail.Denial{Time: at, Bucket: "acme-data", BucketAccount: "222222222222",
		Principal: evidence.Principal{Type: evidence.PrincipalRole, Account: "111111111111", ID: "AROAEXAMPLE", Session: "job", AccessKeyID: key}}
}

func began(d trail.Denial, when time.Time) trail.Denial {
	d.Context = evidence.Context{{Name: "aws:TokenIssueTime", State: evidence.KeyPresent, Values: []string{when.Format(time.RFC3339)}}}
	return d
}

func testChanges(t *testing.T, b table) {
	role := "arn:aws:iam::111111111111:role/app"
	organization := change("e6", at.Add(-2*time.Hour), "AttachPolicy", "ou-1")
	organization.Names = []string{history.Organization}
	account := change("e7", at.Add(-3*time.Hour), "PutAccountPublicAccessBlock", "222222222222")
	b.record(t,
		change("e1", at.Add(-4*time.Minute), "PutBucketPolicy", "acme-data"),
		change("e2", at.Add(-time.Hour), "PutRolePolicy", role),
		change("e3", at.Add(-48*time.Hour), "PutBucketPolicy", "acme-data"), // too long ago
		change("e4", at.Add(-time.Minute), "PutBucketPolicy", "acme-other"),
		change("e5", at.Add(time.Minute), "DeleteBucketPolicy", "acme-data"), // since
		organization, account,
	)
	got, err := b.tells.Changes(t.Context(), denial(""), []string{"acme-data", "arn:aws:iam::111111111111:role/team/app"})
	if err != nil {
		t.Fatal(err)
	}
	var events []string
	for _, c := range got {
		events = append(events, c.Event+" "+c.Document)
	}
	want := []string{"DeleteBucketPolicy acme-data", "PutBucketPolicy acme-data", "PutRolePolicy " + role, "AttachPolicy ou-1", "PutAccountPublicAccessBlock 222222222222"}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Error(diff)
	}
	if got[1].By != "arn:aws:iam::222222222222:user/eve" || !got[1].Time.Equal(at.Add(-4*time.Minute)) {
		t.Errorf("%+v", got[1])
	}
}

func testSessions(t *testing.T, b table) {
	tags := evidence.Grant{Tags: map[string]string{"team": "blue"}}
	cut := evidence.Grant{Policies: []evidence.Policy{{Name: "session policy", Kind: "session", Unreadable: "the record does not have it whole"}}}
	b.record(t,
		session("e1", "ASIAPOLICY", "AROAEXAMPLE:job", at.Add(-time.Hour), policy(`{"Version":"2012-10-17"}`)),
		session("e2", "ASIATAGS", "AROAEXAMPLE:job", at.Add(-time.Hour), tags),
		session("e3", "ASIANOTHING", "AROAEXAMPLE:job", at.Add(-time.Hour), evidence.Grant{}),
		session("e4", "ASIACUT", "AROAEXAMPLE:job", at.Add(-time.Hour), cut),
		session("e5", "ASIACHAINED", "AROAEXAMPLE:job", at.Add(-time.Hour), evidence.Grant{TagsUnknown: true}),
	)
	for key, want := range map[string]evidence.Grant{"ASIAPOLICY": policy(`{"Version":"2012-10-17"}`), "ASIATAGS": tags, "ASIACUT": cut, "ASIACHAINED": {TagsUnknown: true}} {
		got, known := b.tells.Session(t.Context(), denial(key)).Value()
		if diff := cmp.Diff(want, got); !known || diff != "" {
			t.Errorf("%s: known %v: %s", key, known, diff)
		}
	}
	if got := b.tells.Session(t.Context(), denial("ASIANOTHING")); got.State() != evidence.StateAbsent {
		t.Errorf("issued without anything: %s, %s", got.State(), got.Reason())
	}
}

// testWhichSession: sessions share a name, and those without a policy may not be recorded.
func testWhichSession(t *testing.T, b table) {
	b.record(t,
		session("e1", "ASIAONE", "AROAEXAMPLE:job", at.Add(-time.Hour), policy(`{"Id":"one"}`)),
		session("e2", "ASIATWO", "AROAEXAMPLE:job", at.Add(-2*time.Hour), policy(`{"Id":"two"}`)),
	)
	if got, _ := b.tells.Session(t.Context(), began(denial(""), at.Add(-2*time.Hour))).Value(); len(got.Policies) != 1 || string(got.Policies[0].Document) != `{"Id":"two"}` {
		t.Errorf("by when it began: %+v", got)
	}
	for name, d := range map[string]trail.Denial{
		"neither key nor beginning": denial(""),
		"another beginning":         began(denial(""), at.Add(-3*time.Hour)),
		"another key":               denial("ASIATHREE"),
		"a long-term key of a role": denial("AKIAEXAMPLE"),
	} {
		if got := b.tells.Session(t.Context(), d); got.State() != evidence.StateUnreadable || got.Reason() == "" {
			t.Errorf("%s: %s %q", name, got.State(), got.Reason())
		}
	}
}

func testAgain(t *testing.T, b table) {
	e := change("e1", at, "PutBucketPolicy", "acme-data")
	s := session("e2", "ASIAONE", "AROAEXAMPLE:job", at, policy(`{}`))
	b.record(t, e, s)
	before := len(b.scan())
	b.record(t, e, s)
	if err := dynamo.New(b.client, b.name).Record(t.Context(), e); err != nil { // another instance of the function
		t.Fatal(err)
	}
	if after := len(b.scan()); after != before || before != 5 { // one change, two of the session, two beginnings
		t.Errorf("%d items, then %d; want 5", before, after)
	}
}

// testLong: what is too long is not known, and nothing is cut.
func testLong(t *testing.T, b table) {
	noise := func(n int) string {
		var s strings.Builder
		for range n {
			s.WriteByte(byte('a' + rand.N(26)))
		}
		return s.String()
	}
	whole := policy(`{"Id":"` + noise(20_000) + `"}`)
	b.record(t,
		session("e1", "ASIALONG", "AROAEXAMPLE:job", at, whole),
		session("e2", "ASIATOOLONG", "AROAEXAMPLE:job", at, policy(`{"Id":"`+noise(300_000)+`"}`)))
	got, _ := b.tells.Session(t.Context(), denial("ASIALONG")).Value()
	if diff := cmp.Diff(whole, got); diff != "" {
		t.Error(diff)
	}
	got, known := b.tells.Session(t.Context(), denial("ASIATOOLONG")).Value()
	if !known || len(got.Policies) != 1 || got.Policies[0].Document != nil || got.Policies[0].Unreadable == "" || !got.TagsUnknown {
		t.Errorf("%+v", got)
	}
}

// testMissing: no record is no proof, and the reason says what could be.
func testMissing(t *testing.T, b table) {
	ask := func(d trail.Denial, want string) {
		t.Helper()
		if got := b.tells.Session(t.Context(), d); got.State() != evidence.StateUnreadable || !strings.Contains(got.Reason(), want) {
			t.Errorf("%s %q, want %q", got.State(), got.Reason(), want)
		}
	}
	b.record(t, change("e1", at, "PutBucketPolicy", "acme-data"))
	ask(denial("ASIAOTHER"), "no session of account 111111111111 has been recorded yet")
	b.record(t, session("e2", "ASIAONE", "AROAEXAMPLE:job", at, policy(`{}`)))
	ask(began(denial("ASIAOTHER"), at.Add(-time.Minute)), "began before sessions of account 111111111111 were recorded (2026-11-23T09:00:00Z)")
	ask(began(denial("ASIAOTHER"), at.Add(time.Minute)), "issued without one, or where nothing is recorded")
	ask(trail.Denial{Principal: evidence.Principal{Type: evidence.PrincipalAnonymous}}, "does not say which session")
}

// testAttributes: items expire, and are in no index.
func testAttributes(t *testing.T, b table) {
	b.record(t, change("e1", at, "PutBucketPolicy", strings.Repeat("a", 900)), session("e2", "ASIAONE", "AROAEXAMPLE:job", at, policy(`{}`)))
	lives := map[string]time.Duration{dynamo.ChangePrefix: 30 * 24 * time.Hour, dynamo.SessionPrefix: 48 * time.Hour}
	for _, it := range b.scan() {
		for _, of := range []string{"status", "bucket", "requester", "cause", "actor_account", "last_seen"} {
			if _, ok := it[of]; ok {
				t.Errorf("%v has the attribute %s of an index", it["id"], of)
			}
		}
		id := it["id"].(*types.AttributeValueMemberS).Value //nolint:forcetypeassert // the key of the table
		for prefix, life := range lives {
			if !strings.HasPrefix(id, prefix) {
				continue
			}
			n, ok := it["expires"].(*types.AttributeValueMemberN)
			if !ok || n.Value != strconv.FormatInt(at.Add(life).Unix(), 10) {
				t.Errorf("%s expires %v, want after %s", id, it["expires"], life)
			}
		}
	}
}

// broken is a table that cannot be read.
type broken struct{ dynamo.API }

var errBroken = errors.New("AccessDeniedException")

func (broken) GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return nil, errBroken
}

func (b broken) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	for _, v := range in.ExpressionAttributeValues {
		if s, ok := v.(*types.AttributeValueMemberS); ok && s.Value == dynamo.ChangePrefix+"acme-data" {
			return nil, errBroken
		}
	}
	return b.API.Query(ctx, in, o...)
}

func testBroken(t *testing.T, b table) {
	b.record(t, change("e1", at, "PutRolePolicy", "arn:aws:iam::111111111111:role/app"))
	p := dynamo.NewProduction(broken{b.client}, b.name)
	if got := p.Session(t.Context(), denial("ASIAONE")); got.State() != evidence.StateUnreadable || !strings.Contains(got.Reason(), errBroken.Error()) {
		t.Errorf("%s %q", got.State(), got.Reason())
	}
	got, err := p.Changes(t.Context(), denial(""), []string{"acme-data", "arn:aws:iam::111111111111:role/app"})
	if !errors.Is(err, errBroken) || len(got) != 1 {
		t.Errorf("changes %+v, error %v; want what could be read, and why the rest could not", got, err)
	}
}

func testRechecked(t *testing.T, b table) {
	if got, err := b.tells.Latest(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("at first: %v, error %v", got, err)
	}
	for id, when := range map[string]time.Time{"AAAAAAAA": at, "BBBBBBBB": at.Add(time.Minute)} {
		for _, when := range []time.Time{when.Add(-time.Hour), when} {
			if err := b.store.Rechecked(t.Context(), id, when); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := b.tells.Latest(t.Context())
	if diff := cmp.Diff(map[string]time.Time{"AAAAAAAA": at, "BBBBBBBB": at.Add(time.Minute)}, got); err != nil || diff != "" {
		t.Errorf("error %v: %s", err, diff)
	}
}
