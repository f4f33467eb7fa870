package dynamo

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/finding"
)

const (
	// eventLength is how many bytes stand for the id of an event: among the events that
	// one finding remembers, two alike are less likely than one in 10^20.
	eventLength = 12
	// maxItemEvents bounds an item of events to about 4 KB, so that adding to it stays
	// cheap: DynamoDB charges for the size of the whole item.
	maxItemEvents = 256
	// maxPending bounds what a head holds of events, and with it a batch.
	maxPending = 100
)

// event stands for the id of an occurrence.
type event [eventLength]byte

func eventOf(id string) event {
	sum := sha256.Sum256([]byte(id))
	return event(sum[:eventLength])
}

// tally is where a head says which events were counted in it.
//
// The events of the latest write stand in the head itself, so that they and the count
// change together; the next write moves them to an item of their own first. A crash
// between any two calls thus loses nothing and counts nothing twice. Only who knows the
// head's latest revision can write it: that no event was counted since is part of the
// condition.
type tally struct {
	// Generation is another one for each life of a finding: what was counted in a head
	// that a person deleted is not counted in the next.
	Generation string `dynamodbav:"generation"`
	// Item is the number of the item that pending events go to, Filled how many there
	// are in it when they are.
	Item    int      `dynamodbav:"events_item"`
	Filled  int      `dynamodbav:"events_filled"`
	Pending [][]byte `dynamodbav:"events_pending"`
	// Writer is who wrote the head last: a write whose answer was lost is known by it.
	Writer string `dynamodbav:"writer"`
}

// alive is the tally with a generation.
func (t tally) alive() tally {
	if t.Generation == "" {
		t.Generation = nonce()
	}
	return t
}

// next is the tally after a write that counts these events.
func (t tally) next(events []event, writer string) tally {
	t = t.alive()
	t.Writer, t.Pending = writer, nil
	if len(events) == 0 {
		return t
	}
	if t.Filled += len(events); t.Filled > maxItemEvents {
		t.Item, t.Filled = t.Item+1, len(events)
	}
	for _, e := range events {
		t.Pending = append(t.Pending, e[:])
	}
	return t
}

// set writes the tally.
func (t tally) set(u expression.UpdateBuilder) expression.UpdateBuilder {
	u = u.Set(expression.Name(attrGeneration), expression.Value(t.Generation)).
		Set(expression.Name(attrItem), expression.Value(t.Item)).
		Set(expression.Name(attrFilled), expression.Value(t.Filled)).
		Set(expression.Name(attrWriter), expression.Value(t.Writer))
	if len(t.Pending) == 0 {
		return u.Remove(expression.Name(attrPending))
	}
	return u.Set(expression.Name(attrPending), expression.Value(&types.AttributeValueMemberBS{Value: t.Pending}))
}

func (t tally) prefix() string { return partEvents + t.Generation + "#" }

// part is the item of events with a number.
func (t tally) part(number int) string { return fmt.Sprintf("%s%06d", t.prefix(), number) }

// counted returns the events that were counted in a head and are not forgotten yet. What
// the head alone knows of is put into its item.
func (s *Store) counted(ctx context.Context, id string, t tally) (map[event]bool, error) {
	known := make(map[event]bool)
	if t.Generation == "" {
		return known, nil
	}
	if err := s.readEvents(ctx, id, t, known); err != nil {
		return nil, fmt.Errorf("reading which events were counted: %w", err)
	}
	var missing [][]byte
	for _, e := range t.Pending {
		if len(e) == eventLength && !known[event(e)] {
			known[event(e)] = true
			missing = append(missing, e)
		}
	}
	if len(missing) == 0 {
		return known, nil
	}
	// To add to a set what is there already changes nothing: two writers may do so.
	expr, err := expression.NewBuilder().WithUpdate(
		expression.Add(expression.Name(attrEvents), expression.Value(&types.AttributeValueMemberBS{Value: missing})).
			Set(expression.Name(attrExpires), expression.Value(s.now().Add(finding.GuardLife).Unix()))).Build()
	if err != nil {
		return nil, err
	}
	if _, err := s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: key(id, t.part(t.Item)),
		UpdateExpression: expr.Update(), ExpressionAttributeNames: expr.Names(), ExpressionAttributeValues: expr.Values(),
	}); err != nil {
		return nil, fmt.Errorf("noting which events were counted: %w", err)
	}
	return known, nil
}

func (s *Store) readEvents(ctx context.Context, id string, t tally, known map[event]bool) error {
	now := s.now().Unix()
	learn := func(events [][]byte, expires int64) {
		if expires < now {
			return // DynamoDB may take days to remove it
		}
		for _, e := range events {
			if len(e) == eventLength {
				known[event(e)] = true
			}
		}
	}
	before := s.full.get(id, t)
	for _, item := range before {
		learn(item.events, item.expires)
	}
	expr, err := expression.NewBuilder().WithKeyCondition(
		expression.Key(attrID).Equal(expression.Value(id)).
			And(expression.Key(attrPart).Between(expression.Value(t.part(len(before))), expression.Value(t.part(t.Item))))).Build()
	if err != nil {
		return err
	}
	pages := dynamodb.NewQueryPaginator(s.api, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: expr.KeyCondition(),
		ExpressionAttributeNames: expr.Names(), ExpressionAttributeValues: expr.Values(),
	})
	var full []fullItem
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, item := range page.Items {
			var read struct {
				Events  [][]byte `dynamodbav:"events"`
				Expires int64    `dynamodbav:"expires"`
			}
			if err := attributevalue.UnmarshalMap(item, &read); err != nil {
				return err
			}
			learn(read.Events, read.Expires)
			next := len(before) + len(full)
			if part, ok := item[attrPart].(*types.AttributeValueMemberS); ok && next < t.Item && part.Value == t.part(next) {
				full = append(full, fullItem{read.Events, read.Expires})
			}
		}
	}
	s.full.put(id, t, len(before), full)
	return nil
}

// nonce is a name that nobody else has.
func nonce() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
