package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"why403/pkg/finding"
	"why403/pkg/finding/findingtest"
)

// scripted answers calls as a test says. A head that is read is the last one
// written, whatever the answer to the write was said to be.
type scripted struct {
	API
	t *testing.T
	// writes are the answers to writes, in turn; then all succeed.
	writes []error
	// head is called for each read; nil reads what was written.
	head  func(read int) map[string]types.AttributeValue
	batch []*dynamodb.BatchGetItemOutput

	reads        int
	transactions []*dynamodb.TransactWriteItemsInput
	updates      []*dynamodb.UpdateItemInput
}

func (f *scripted) GetItem(_ context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	if !aws.ToBool(in.ConsistentRead) {
		f.t.Error("a head was read that may be stale")
	}
	f.reads++
	return &dynamodb.GetItemOutput{Item: f.head(f.reads)}, nil
}

func (f *scripted) TransactWriteItems(_ context.Context, in *dynamodb.TransactWriteItemsInput, _ ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	f.transactions = append(f.transactions, in)
	return &dynamodb.TransactWriteItemsOutput{}, f.next()
}

func (f *scripted) UpdateItem(_ context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	f.updates = append(f.updates, in)
	return &dynamodb.UpdateItemOutput{}, f.next()
}

func (f *scripted) BatchGetItem(_ context.Context, _ *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	out := f.batch[0]
	if len(f.batch) > 1 {
		f.batch = f.batch[1:]
	}
	return out, nil
}

func (f *scripted) next() error {
	if len(f.writes) == 0 {
		return nil
	}
	err := f.writes[0]
	f.writes = f.writes[1:]
	return err
}

// naps are the times a store slept.
type naps []time.Duration

func (n *naps) sleep(ctx context.Context, d time.Duration) error {
	*n = append(*n, d)
	return ctx.Err()
}

// stored returns the item of a head that has these samples.
func stored(t *testing.T, samples ...finding.Occurrence) map[string]types.AttributeValue {
	t.Helper()
	f := finding.Finding{}.Apply(samples)
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	item := key(f.ID, partHead)
	item[attrStatus] = &types.AttributeValueMemberS{Value: string(f.Status)}
	item[attrDocument] = &types.AttributeValueMemberS{Value: string(text)}
	item[attrRevision] = &types.AttributeValueMemberN{Value: "1"}
	return item
}

func absentHead(int) map[string]types.AttributeValue { return nil }

// cancel is DynamoDB's answer to a transaction whose items have these reasons.
func cancel(codes ...string) error {
	err := &types.TransactionCanceledException{Message: aws.String("cancelled")}
	for _, code := range codes {
		err.CancellationReasons = append(err.CancellationReasons, types.CancellationReason{Code: aws.String(code), Message: aws.String("because")})
	}
	return err
}

const (
	none   = "None"
	failed = "ConditionalCheckFailed"
)

func TestRecordAfterCancelledTransactions(t *testing.T) {
	table := []struct {
		name             string
		writes           []error
		new, transaction int // occurrences counted, transactions tried
		naps             int
	}{
		{"no trouble", nil, 2, 1, 0},
		{"one event counted before", []error{cancel(none, failed, none)}, 1, 2, 0},
		{"all events counted before", []error{cancel(none, failed, failed)}, 0, 1, 0},
		{"one after the other found to be counted", []error{cancel(none, none, failed), cancel(none, failed)}, 0, 2, 0},
		{"somebody else wrote the head", []error{cancel(failed, none, none)}, 2, 2, 1},
		{"somebody else wrote the head and an event", []error{cancel(failed, failed, none)}, 1, 2, 1},
		{"another transaction is under way", []error{cancel("TransactionConflict", none, none), cancel(none, "TransactionConflict", none)}, 2, 3, 2},
		{"throttled", []error{cancel("ThrottlingError", none, none), cancel("ProvisionedThroughputExceeded", none, none)}, 2, 3, 2},
		{"an event counted before, and throttled", []error{cancel("ThrottlingError", failed, none)}, 1, 2, 1},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			item := stored(t, findingtest.Sample("acme-data", 0))
			api := &scripted{t: t, writes: tt.writes, head: func(int) map[string]types.AttributeValue { return item }}
			var n naps
			got, err := New(api, "findings", WithSleep(n.sleep)).Record(t.Context(), findingtest.Samples("acme-data", 1, 2))
			if err != nil {
				t.Fatal(err)
			}
			same(t, "new", got.New, tt.new)
			same(t, "duplicates", got.Duplicates, 2-tt.new)
			same(t, "count", got.Finding.Count, 1+tt.new)
			same(t, "transactions", len(api.transactions), tt.transaction)
			same(t, "pauses", len(n), tt.naps)
		})
	}
}

func TestRecordAppliesToTheHeadThatIsThere(t *testing.T) {
	heads := []map[string]types.AttributeValue{
		stored(t, findingtest.Sample("acme-data", 0)),
		stored(t, findingtest.Samples("acme-data", 10, 13)...), // what somebody else wrote meanwhile
	}
	api := &scripted{t: t, writes: []error{cancel(failed, none)}, head: func(read int) map[string]types.AttributeValue { return heads[read-1] }}
	var n naps
	got, err := New(api, "findings", WithSleep(n.sleep)).Record(t.Context(), findingtest.Samples("acme-data", 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "count", got.Finding.Count, 5)
}

func TestRecordForgetsWhatWentWithTheHead(t *testing.T) {
	item := stored(t, findingtest.Sample("acme-data", 1))
	api := &scripted{t: t, writes: []error{cancel(none, failed, failed)}, head: func(read int) map[string]types.AttributeValue {
		if read == 1 {
			return item
		}
		return nil // a person deleted it in between
	}}
	got, err := New(api, "findings").Record(t.Context(), findingtest.Samples("acme-data", 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "new", got.New, 2)
	same(t, "count", got.Finding.Count, 2)
}

func TestRecordGivesUp(t *testing.T) {
	var conflicts []error
	for range 2 * maxTries {
		conflicts = append(conflicts, cancel(failed, none))
	}
	api := &scripted{t: t, writes: conflicts, head: absentHead}
	var n naps
	_, err := New(api, "findings", WithSleep(n.sleep)).Record(t.Context(), findingtest.Samples("acme-data", 1, 1))
	wantError(t, err, "recording finding", "gave up after 15 tries", "TransactionCanceledException")
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		t.Error("DynamoDB's error is not wrapped")
	}
	same(t, "transactions", len(api.transactions), maxTries)
	same(t, "pauses", len(n), maxTries-1)
	for i, d := range n {
		if d < 0 || d > min(maxWait, minWait<<i) {
			t.Errorf("pause %d was %s", i, d)
		}
	}
}

func TestRecordStopsWithTheContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	api := &scripted{t: t, writes: []error{cancel(failed, none)}, head: func(int) map[string]types.AttributeValue {
		stop()
		return nil
	}}
	_, err := New(api, "findings").Record(ctx, findingtest.Samples("acme-data", 1, 1))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
	wantError(t, err, "no time for another try", "TransactionCanceledException")
	same(t, "transactions", len(api.transactions), 1)
}

func TestRecordFailsAtOnce(t *testing.T) {
	table := []struct {
		name string
		err  error
		want string
	}{
		{"an item that DynamoDB refuses", cancel("ValidationError", none), "item 0 of a transaction: ValidationError: because"},
		{"a code that is not known", cancel(none, "NewTrouble"), "item 1 of a transaction: NewTrouble"},
		{"reasons for other items", cancel(failed), "2 items was cancelled for 1 reasons"},
		{"no reason", cancel(none, none), "for no reason"},
		{"no transaction", &types.ResourceNotFoundException{Message: aws.String("no table")}, "writing it with 1 events: ResourceNotFoundException: no table"},
	}
	for _, tt := range table {
		t.Run(tt.name, func(t *testing.T) {
			api := &scripted{t: t, writes: []error{tt.err}, head: absentHead}
			_, err := New(api, "findings").Record(t.Context(), findingtest.Samples("acme-data", 1, 1))
			wantError(t, err, "recording finding", tt.want)
			if !errors.Is(err, tt.err) {
				t.Error("DynamoDB's error is not wrapped")
			}
			same(t, "transactions", len(api.transactions), 1)
		})
	}
}

func TestRecordWritesAtMost100Items(t *testing.T) {
	api := &scripted{t: t}
	written := 0
	api.head = func(int) map[string]types.AttributeValue {
		if written == 0 {
			return nil
		}
		return stored(t, findingtest.Samples("acme-data", 1, 99*written)...)
	}
	s := New(&afterWrite{api, func() { written++ }}, "findings")
	got, err := s.Record(t.Context(), append(findingtest.Samples("acme-data", 1, 198), findingtest.Sample("acme-data", 7)))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "new", got.New, 198)
	same(t, "duplicates", got.Duplicates, 1)
	same(t, "count", got.Finding.Count, 198)
	var sizes []int
	for _, transaction := range api.transactions {
		sizes = append(sizes, len(transaction.TransactItems))
	}
	same(t, "items of each transaction", sizes, []int{100, 100})
	for i, conditional := range []bool{false, true} {
		put := api.transactions[i].TransactItems[1].Put
		same(t, "a guard has a condition", put.ConditionExpression != nil, conditional)
	}
}

// afterWrite calls a function after each transaction.
type afterWrite struct {
	*scripted
	done func()
}

func (a *afterWrite) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	defer a.done()
	return a.scripted.TransactWriteItems(ctx, in, o...)
}

func TestAnnouncedMeetsOtherWriters(t *testing.T) {
	heads := []map[string]types.AttributeValue{
		stored(t, findingtest.Sample("acme-data", 0)),
		stored(t, findingtest.Samples("acme-data", 0, 1)...),
		stored(t, findingtest.Samples("acme-data", 0, 2)...),
	}
	api := &scripted{t: t, head: func(read int) map[string]types.AttributeValue { return heads[read-1] },
		writes: []error{&types.ConditionalCheckFailedException{}, &types.TransactionConflictException{}}}
	var n naps
	id := findingtest.Sample("acme-data", 0).Key.ID()
	if err := New(api, "findings", WithSleep(n.sleep)).Announced(t.Context(), id, finding.Announcement{Causes: []string{"A"}}); err != nil {
		t.Fatal(err)
	}
	same(t, "pauses", len(n), 2)
	same(t, "writes", len(api.updates), 3)
	var document string
	for _, v := range api.updates[2].ExpressionAttributeValues {
		if s, ok := v.(*types.AttributeValueMemberS); ok {
			document = s.Value
		}
	}
	if !strings.Contains(document, `"count":3,`) || !strings.Contains(document, `"announced":["A"]`) {
		t.Errorf("wrote %s", document)
	}
}

func TestAnnouncedFails(t *testing.T) {
	item := stored(t, findingtest.Sample("acme-data", 0))
	id := findingtest.Sample("acme-data", 0).Key.ID()
	refused := errors.New("not today")
	api := &scripted{t: t, head: func(int) map[string]types.AttributeValue { return item }, writes: []error{refused}}
	err := New(api, "findings").Announced(t.Context(), id, finding.Announcement{Causes: []string{"A"}})
	wantError(t, err, "noting the alert of finding "+id, "not today")
	same(t, "writes", len(api.updates), 1)

	for range 2 * maxTries {
		api.writes = append(api.writes, &types.ConditionalCheckFailedException{Message: aws.String("changed")})
	}
	var n naps
	err = New(api, "findings", WithSleep(n.sleep)).Announced(t.Context(), id, finding.Announcement{Causes: []string{"A"}})
	wantError(t, err, "gave up after 15 tries", "changed")
}

func TestListAsksAgainForWhatWasLeftUnread(t *testing.T) {
	one, two := stored(t, findingtest.Sample("acme-data", 1)), stored(t, findingtest.Sample("acme-logs", 2))
	rest := map[string]types.KeysAndAttributes{"findings": {Keys: []map[string]types.AttributeValue{key(idOf(two), partHead)}}}
	api := &scripted{t: t, batch: []*dynamodb.BatchGetItemOutput{
		{Responses: map[string][]map[string]types.AttributeValue{"findings": {one}}, UnprocessedKeys: rest},
		{UnprocessedKeys: rest},
		{Responses: map[string][]map[string]types.AttributeValue{"findings": {two}}},
	}}
	var n naps
	got, err := New(api, "findings", WithSleep(n.sleep)).heads(t.Context(), []string{idOf(one), idOf(two)})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "findings", len(got), 2)
	same(t, "pauses", len(n), 2)

	api.batch = []*dynamodb.BatchGetItemOutput{{UnprocessedKeys: rest}}
	_, err = New(api, "findings", WithSleep(n.sleep)).heads(t.Context(), []string{idOf(two)})
	wantError(t, err, "gave up after 15 tries", "left findings unread")
}

func mustRecord(t *testing.T, s *Store, occurrences ...finding.Occurrence) finding.Recorded {
	t.Helper()
	got, err := s.Record(t.Context(), occurrences)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one that says %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
