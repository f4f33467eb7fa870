package dynamo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/awstest"
	"why403/pkg/finding"
	"why403/pkg/finding/findingtest"
)

// bench is a table of an emulated DynamoDB.
type bench struct {
	cfg   aws.Config
	api   API
	table string
}

// tables returns what makes a new empty table for each test.
func tables(server interface {
	Config(context.Context) aws.Config
}, wrap func(API) API) func(*testing.T) bench {
	n := 0
	return func(t *testing.T) bench {
		t.Helper()
		n++
		b := bench{cfg: server.Config(t.Context()), table: "findings-" + strconv.Itoa(n)}
		if err := awstest.CreateFindingsTable(t.Context(), b.cfg, b.table); err != nil {
			t.Fatal(err)
		}
		b.api = wrap(dynamodb.NewFromConfig(b.cfg))
		return b
	}
}

// oneAtATime makes each call atomic, as DynamoDB does. Moto does not: it checks the
// condition of a write and writes in two steps.
type oneAtATime struct {
	API
	mu sync.Mutex
}

func (a *oneAtATime) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.API.GetItem(ctx, in, o...)
}

func (a *oneAtATime) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.API.UpdateItem(ctx, in, o...)
}

// edited is a store whose findings a person can edit.
type edited struct {
	*Store
	bench
}

func (e edited) typed(ctx context.Context, id string, status finding.Status) error {
	return e.edit(ctx, id, "SET #a = :v", attrStatus, &types.AttributeValueMemberS{Value: string(status)})
}

// edit does what a person does in the console.
func (b bench) edit(ctx context.Context, id, update, attr string, value types.AttributeValue) error {
	in := &dynamodb.UpdateItemInput{
		TableName: &b.table, Key: key(id, partHead),
		UpdateExpression: &update, ExpressionAttributeNames: map[string]string{"#a": attr},
	}
	if value != nil {
		in.ExpressionAttributeValues = map[string]types.AttributeValue{":v": value}
	}
	_, err := b.api.UpdateItem(ctx, in)
	return err
}

// head returns the head's attributes as text.
func (b bench) head(t *testing.T, id string) map[string]string {
	t.Helper()
	out, err := b.api.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &b.table, Key: key(id, partHead)})
	if err != nil {
		t.Fatal(err)
	}
	attrs := make(map[string]string)
	for name, v := range out.Item {
		switch v := v.(type) {
		case *types.AttributeValueMemberS:
			attrs[name] = v.Value
		case *types.AttributeValueMemberN:
			attrs[name] = "number " + v.Value
		case *types.AttributeValueMemberBOOL:
			attrs[name] = strconv.FormatBool(v.Value)
		case *types.AttributeValueMemberB:
			attrs[name] = strconv.Itoa(len(v.Value)) + " bytes"
		case *types.AttributeValueMemberBS:
			attrs[name] = strconv.Itoa(len(v.Value)) + " values"
		default:
			t.Errorf("%s is a %T", name, v)
		}
	}
	return attrs
}

func TestMoto(t *testing.T) {
	testEmulated(t, tables(awstest.StartMoto(t), func(a API) API { return &oneAtATime{API: a} }))
}

// Conditions that really meet: nothing holds the calls apart.
func TestDynalite(t *testing.T) {
	open := tables(awstest.StartDynalite(t), func(a API) API { return a })
	testEmulated(t, open)
	// These are many calls, which moto is slow at.
	t.Run("a call that fails loses nothing and counts nothing twice", func(t *testing.T) { testFaults(t, open(t)) })
	t.Run("a call that fails, of a person or who tells", func(t *testing.T) { testReviewFaults(t, open(t)) })
	t.Run("what is full is read once", func(t *testing.T) { testReads(t, open(t)) })
	t.Run("more events than are remembered", func(t *testing.T) { testApproximate(t, open(t)) })
}

func testEmulated(t *testing.T, open func(*testing.T) bench) {
	t.Run("suite", func(t *testing.T) {
		findingtest.RunStore(t, func(t *testing.T) finding.Store {
			b := open(t)
			return New(b.api, b.table)
		})
	})
	t.Run("ledger", func(t *testing.T) {
		findingtest.RunLedger(t, func(t *testing.T) finding.Ledger {
			b := open(t)
			return New(b.api, b.table)
		})
	})
	for _, test := range []struct {
		name string
		run  func(*testing.T, bench)
	}{
		{"the items are as people and indexes expect them", testItems},
		{"an attribute that became empty is removed", testRemoved},
		{"every index has the finding", testIndexes},
		{"an event that has expired does not count", testExpired},
		{"a write whose answer is lost", testLostAnswer},
		{"a batch is two writes at most", testWrites},
		{"a deleted head forgets the finding", testDeleted},
		{"what a person typed as status", testTypedStatus},
		{"a status that a person sets meanwhile stays", testStatusMeanwhile},
		{"a person's own attributes stay", testOwnAttributes},
		{"a head without revision", testWithoutRevision},
		{"a head that cannot be read", testBroken},
		{"get wants the full id", testShortID},
		{"list reads pages and batches", testPages},
		{"a head is small whatever is in it", testHeadSize},
		{"a head of schema 1 becomes one of schema 2", testSchema1},
		{"what is resolved expires", testExpires},
		{"a case that is too large is left out", testTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func testItems(t *testing.T, b bench) {
	now := time.Unix(1_800_000_000, 0)
	s := New(b.api, b.table, WithClock(func() time.Time { return now }))
	hostile := findingtest.Sample("acme-data", 2)
	hostile.Diagnosis.Denial.Principal.ARN = "arn:\u202e" + strings.Repeat("x", 5000)
	hostile.ID = strings.Repeat("e", 2000)
	id := mustRecord(t, s, findingtest.Sample("acme-data", 1)).Finding.ID

	attrs := b.head(t, id)
	for _, name := range []string{"document", attrGeneration, attrWriter, attrCase} {
		if attrs[name] == "" {
			t.Errorf("%s is empty", name)
		}
		delete(attrs, name)
	}
	same(t, "head", attrs, map[string]string{
		"id": id, "part": "head", "revision": "number 1",
		"schema": "number 2", "sampled": "number 1", "events_item": "number 0", "events_filled": "number 1", "events_pending": "1 values", "count_approximate": "false",
		"title":  "IAM policy: report-builder, read on acme-data",
		"status": "open", "cause": "IDENTITY_NO_ALLOW", "confidence": "confirmed",
		"bucket": "acme-data", "requester": "arn:aws:iam::111111111111:role/report-builder", "requester_account": "111111111111",
		"action_class": "read", "actor_account": "111111111111", "count": "number 1",
		"first_seen": "2026-11-23T10:01:00Z", "last_seen": "2026-11-23T10:01:00Z",
	})

	// Names far longer than AWS allows are cut; they do not fail the write.
	if got := mustRecord(t, s, hostile, hostile); got.New != 1 || got.Duplicates != 1 {
		t.Errorf("got %+v", got)
	}
	if got := b.head(t, id)["requester"]; len(got) != maxReadable || !strings.HasPrefix(got, `arn:\u202exxx`) {
		t.Errorf("requester is %q", got)
	}

	items, err := awstest.ScanTable(t.Context(), b.cfg, b.table)
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, item := range items {
		part := item["part"].(*types.AttributeValueMemberS).Value
		parts = append(parts, part)
		if !strings.HasPrefix(part, partEvents) {
			continue
		}
		same(t, "attributes of events", slices.Sorted(maps.Keys(item)), []string{"events", "expires", "id", "part"})
		same(t, "end of events", item["expires"].(*types.AttributeValueMemberN).Value, strconv.FormatInt(now.Add(finding.GuardLife).Unix(), 10))
	}
	slices.Sort(parts)
	if len(parts) != 5 || !strings.HasPrefix(parts[0], partCase) || !strings.HasPrefix(parts[1], partCase) ||
		!strings.HasPrefix(parts[2], partEvents) || parts[3] != partHead || !strings.HasPrefix(parts[4], partSamples) {
		t.Errorf("parts are %q", parts)
	}
}

func testRemoved(t *testing.T, b bench) {
	s := New(b.api, b.table)
	id := mustRecord(t, s, findingtest.Sample("acme-data", 1)).Finding.ID
	if err := b.edit(t.Context(), id, "SET #a = :v", "confidence", &types.AttributeValueMemberS{Value: "left over"}); err != nil {
		t.Fatal(err)
	}
	o := findingtest.Sample("acme-data", 2)
	o.Diagnosis.Denial.Bucket = ""
	o.Diagnosis.Denial.Principal.ARN = ""
	o.Diagnosis.Cause.Confidence, o.Diagnosis.Cause.Account = "", ""
	mustRecord(t, s, o)
	attrs := b.head(t, id)
	for _, name := range []string{"bucket", "confidence", "actor_account"} {
		if v, ok := attrs[name]; ok {
			t.Errorf("%s is %q", name, v)
		}
	}
	same(t, "requester without an ARN", attrs["requester"], "111111111111/AROAEXAMPLE")
	same(t, "revision", attrs["revision"], "number 2")
}

func testIndexes(t *testing.T, b bench) {
	id := mustRecord(t, New(b.api, b.table), findingtest.Sample("acme-data", 1)).Finding.ID
	attrs := b.head(t, id)
	for _, attr := range []string{"status", "bucket", "requester", "cause", "actor_account"} {
		out, err := b.api.Query(t.Context(), &dynamodb.QueryInput{
			TableName: &b.table, IndexName: aws.String("by-" + strings.TrimSuffix(attr, "_account")), KeyConditionExpression: aws.String("#a = :v"),
			ExpressionAttributeNames:  map[string]string{"#a": attr},
			ExpressionAttributeValues: map[string]types.AttributeValue{":v": &types.AttributeValueMemberS{Value: attrs[attr]}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Items) != 1 || idOf(out.Items[0]) != id {
			t.Errorf("by-%s has %v under %q", attr, out.Items, attrs[attr])
		}
	}
}

func testExpired(t *testing.T, b bench) {
	now := findingtest.Start()
	s := New(b.api, b.table, WithClock(func() time.Time { return now }))
	mustRecord(t, s, findingtest.Sample("acme-data", 1))
	mustRecord(t, s, findingtest.Sample("acme-data", 2)) // puts the first where it expires
	now = now.Add(finding.GuardLife)
	if got := mustRecord(t, s, findingtest.Sample("acme-data", 1)); got.New != 0 {
		t.Errorf("at its end: %+v", got)
	}
	now = now.Add(2 * finding.GuardLife)
	if got := mustRecord(t, s, findingtest.Sample("acme-data", 1)); got.New != 1 {
		t.Errorf("after its end: %+v", got)
	}
	if got := mustRecord(t, s, findingtest.Sample("acme-data", 1)); got.New != 0 {
		t.Errorf("it was not remembered anew: %+v", got)
	}
}

func testDeleted(t *testing.T, b bench) {
	s := New(b.api, b.table)
	id := mustRecord(t, s, findingtest.Samples("acme-data", 1, 3)...).Finding.ID
	if _, err := dynamodb.NewFromConfig(b.cfg).DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &b.table, Key: key(id, partHead)}); err != nil {
		t.Fatal(err)
	}
	got := mustRecord(t, s, findingtest.Samples("acme-data", 2, 4)...)
	if got.New != 3 || got.Finding.Count != 3 || got.Finding.Status != finding.Open {
		t.Errorf("got %d new, %+v", got.New, got.Finding)
	}
}

func testTypedStatus(t *testing.T, b bench) {
	s := New(b.api, b.table)
	id := mustRecord(t, s, findingtest.Sample("acme-data", 1)).Finding.ID
	for i, test := range []struct {
		typed string // nothing: the attribute is removed
		want  finding.Status
	}{
		{" Acknowledged", finding.Acknowledged},
		{"SUPPRESSED", finding.Suppressed},
		{"wontfix", finding.Open},
		{"", finding.Open},
	} {
		var err error
		if test.typed == "" {
			err = b.edit(t.Context(), id, "REMOVE #a", attrStatus, nil)
		} else {
			err = b.edit(t.Context(), id, "SET #a = :v", attrStatus, &types.AttributeValueMemberS{Value: test.typed})
		}
		if err != nil {
			t.Fatal(err)
		}
		f, err := s.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprintf("%q as it is read", test.typed), f.Status, test.want)
		mustRecord(t, s, findingtest.Sample("acme-data", 2+i))
		same(t, fmt.Sprintf("%q after a write", test.typed), b.head(t, id)["status"], string(test.want))
	}
}

func testStatusMeanwhile(t *testing.T, b bench) {
	s := New(b.api, b.table)
	id := mustRecord(t, s, findingtest.Sample("acme-data", 1)).Finding.ID
	for n, test := range []struct{ typed, want finding.Status }{
		{finding.Acknowledged, finding.Acknowledged},
		{finding.Resolved, finding.Open}, // it happened again
	} {
		person := func() {
			if err := (edited{s, b}).typed(t.Context(), id, test.typed); err != nil {
				t.Error(err)
			}
		}
		got := mustRecord(t, New(&meanwhile{API: b.api, act: person}, b.table), findingtest.Sample("acme-data", 2+n))
		same(t, "status recorded", got.Finding.Status, test.want)
		same(t, "count", got.Finding.Count, 2+n)
		same(t, "status kept", b.head(t, id)["status"], string(test.want))
	}
}

// meanwhile has something happen before the first write.
type meanwhile struct {
	API
	act func()
}

func isHead(key map[string]types.AttributeValue) bool {
	part, ok := key[attrPart].(*types.AttributeValueMemberS)
	return ok && part.Value == partHead
}

func (m *meanwhile) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if m.act != nil && isHead(in.Key) {
		m.act()
		m.act = nil
	}
	return m.API.UpdateItem(ctx, in, o...)
}

func testOwnAttributes(t *testing.T, b bench) {
	s := New(b.api, b.table)
	id := mustRecord(t, s, findingtest.Sample("acme-data", 1)).Finding.ID
	if err := b.edit(t.Context(), id, "SET #a = :v", "note", &types.AttributeValueMemberS{Value: "asked the data team"}); err != nil {
		t.Fatal(err)
	}
	mustRecord(t, s, findingtest.Sample("acme-data", 2))
	same(t, "note", b.head(t, id)["note"], "asked the data team")
}

func testWithoutRevision(t *testing.T, b bench) {
	s := New(b.api, b.table)
	id := mustRecord(t, s, findingtest.Sample("acme-data", 1)).Finding.ID
	if err := b.edit(t.Context(), id, "REMOVE #a", attrRevision, nil); err != nil {
		t.Fatal(err)
	}
	got := mustRecord(t, s, findingtest.Samples("acme-data", 1, 2)...)
	same(t, "count", got.Finding.Count, 2)
	same(t, "revision", b.head(t, id)["revision"], "number 1")
}

func testBroken(t *testing.T, b bench) {
	s := New(b.api, b.table)
	id := mustRecord(t, s, findingtest.Sample("acme-data", 1)).Finding.ID
	for _, test := range []struct {
		attr, want string
		value      types.AttributeValue
	}{
		{attrDocument, "document", &types.AttributeValueMemberS{Value: "{"}},
		{attrDocument, "of another finding", &types.AttributeValueMemberS{Value: `{"id":"OTHER000"}`}},
		{attrRevision, "its item", &types.AttributeValueMemberBOOL{Value: true}},
	} {
		if err := b.edit(t.Context(), id, "SET #a = :v", test.attr, test.value); err != nil {
			t.Fatal(err)
		}
		_, err := s.Record(t.Context(), findingtest.Samples("acme-data", 2, 2))
		wantError(t, err, "recording finding "+id, test.want)
		_, err = s.Get(t.Context(), id)
		wantError(t, err, "finding "+id, test.want)
		_, err = s.List(t.Context(), finding.Filter{})
		wantError(t, err, "listing findings", "finding "+id, test.want)
	}
}

func testShortID(t *testing.T, b bench) {
	s := New(b.api, b.table)
	id := mustRecord(t, s, findingtest.Sample("acme-data", 1)).Finding.ID
	same(t, "length of an id", len(id), idLength)
	_, err := s.Get(t.Context(), id[:5])
	wantError(t, err, id[:5], "full id of 8 characters")
}

func testPages(t *testing.T, b bench) {
	s := New(paged{b.api}, b.table)
	const n = 120
	for i := range n {
		mustRecord(t, s, findingtest.Sample("bucket-"+strconv.Itoa(i), i))
	}
	all, err := s.List(t.Context(), finding.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "findings", len(all), n)
	for i, f := range all {
		same(t, "place", f.Key.Place, "bucket-"+strconv.Itoa(n-1-i))
	}
}

// paged makes the pages of queries small.
type paged struct{ API }

func (p paged) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	small := *in
	small.Limit = aws.Int32(7)
	return p.API.Query(ctx, &small, o...)
}
