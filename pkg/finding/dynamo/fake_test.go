package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
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

	reads   int
	aside   int // writes of other items than heads
	updates []*dynamodb.UpdateItemInput
}

func (f *scripted) GetItem(_ context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	if !aws.ToBool(in.ConsistentRead) {
		f.t.Error("a head was read that may be stale")
	}
	f.reads++
	return &dynamodb.GetItemOutput{Item: f.head(f.reads)}, nil
}

func (f *scripted) UpdateItem(_ context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if !isHead(in.Key) {
		f.aside++
		return &dynamodb.UpdateItemOutput{}, nil
	}
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

// stored returns the item of a head that has these samples, as schema 1 wrote it.
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

func conflict() error {
	return &types.ConditionalCheckFailedException{Message: aws.String("changed")}
}

func TestRecordAppliesToTheHeadThatIsThere(t *testing.T) {
	heads := []map[string]types.AttributeValue{
		stored(t, findingtest.Sample("acme-data", 0)),
		stored(t, findingtest.Samples("acme-data", 10, 13)...), // what somebody else wrote meanwhile
	}
	api := &scripted{t: t, writes: []error{conflict()}, head: func(read int) map[string]types.AttributeValue { return heads[read-1] }}
	var n naps
	got, err := New(api, "findings", WithSleep(n.sleep)).Record(t.Context(), findingtest.Samples("acme-data", 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "count", got.Finding.Count, 5)
	same(t, "pauses", len(n), 1)
}

func TestRecordGivesUp(t *testing.T) {
	var conflicts []error
	for range 2 * maxTries {
		conflicts = append(conflicts, conflict())
	}
	api := &scripted{t: t, writes: conflicts, head: absentHead}
	var n naps
	_, err := New(api, "findings", WithSleep(n.sleep)).Record(t.Context(), findingtest.Samples("acme-data", 1, 1))
	wantError(t, err, "recording finding", "gave up after 15 tries", "changed")
	same(t, "writes", len(api.updates), maxTries)
	same(t, "pauses", len(n), maxTries-1)
	for i, d := range n {
		if d < 0 || d > min(maxWait, minWait<<i) {
			t.Errorf("pause %d was %s", i, d)
		}
	}
}

func TestRecordStopsWithTheContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	api := &scripted{t: t, writes: []error{conflict()}, head: func(int) map[string]types.AttributeValue {
		stop()
		return nil
	}}
	_, err := New(api, "findings").Record(ctx, findingtest.Samples("acme-data", 1, 1))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
	wantError(t, err, "no time for another try", "changed")
	same(t, "writes", len(api.updates), 1)
}

func TestRecordFailsAtOnce(t *testing.T) {
	refused := &types.ResourceNotFoundException{Message: aws.String("no table")}
	api := &scripted{t: t, writes: []error{refused}, head: absentHead}
	_, err := New(api, "findings").Record(t.Context(), findingtest.Samples("acme-data", 1, 1))
	wantError(t, err, "recording finding", "writing it with 1 events: ResourceNotFoundException: no table")
	if !errors.Is(err, refused) {
		t.Error("DynamoDB's error is not wrapped")
	}
	same(t, "writes", len(api.updates), 1)
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
	var wrote finding.Finding
	for _, v := range api.updates[2].ExpressionAttributeValues {
		if b, ok := v.(*types.AttributeValueMemberB); ok {
			if err := unpack(b.Value, &wrote); err != nil {
				t.Fatal(err)
			}
		}
	}
	if wrote.Count != 3 || !slices.Equal(wrote.Announced, []string{"A"}) {
		t.Errorf("wrote %+v", wrote)
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
