package dynamo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/finding"
)

// LedgerID is the id of the items of the ledger. No finding has it, so that a policy can
// let the ledger's items be deleted and no finding's (dynamodb:LeadingKeys).
const LedgerID = "alerts"

const (
	partBegan = "began#"
	partSent  = "sent#"
	partHeld  = "held#"

	attrAt = "at"
	attrN  = "n"
)

var _ finding.Ledger = (*Store)(nil)

// Began implements finding.Ledger.
func (s *Store) Began(ctx context.Context, thing string, now time.Time) (at time.Time, first bool, err error) {
	expr, err := expression.NewBuilder().
		WithUpdate(expression.Set(expression.Name(attrAt), expression.IfNotExists(expression.Name(attrAt), expression.Value(sortable(now))))).Build()
	if err == nil {
		var out *dynamodb.UpdateItemOutput
		out, err = s.api.UpdateItem(ctx, s.ledgerUpdate(partBegan+thing, expr, types.ReturnValueAllNew))
		if err == nil {
			var item struct {
				At string `dynamodbav:"at"`
			}
			if err = attributevalue.UnmarshalMap(out.Attributes, &item); err == nil {
				at, err = time.Parse(time.RFC3339Nano, item.At)
			}
		}
	}
	if err != nil {
		return time.Time{}, false, fmt.Errorf("noting when %s began: %w", thing, err)
	}
	return at, at.Equal(now), nil
}

// Sent implements finding.Ledger.
func (s *Store) Sent(ctx context.Context, topic string, window time.Time) (int, error) {
	n, err := s.sent(ctx, topic, window)
	if err != nil {
		return 0, fmt.Errorf("counting a message to %q: %w", topic, err)
	}
	return n, nil
}

func (s *Store) sent(ctx context.Context, topic string, window time.Time) (int, error) {
	expires := s.now().Add(finding.HeldLife).Unix()
	expr, err := expression.NewBuilder().WithUpdate(
		expression.Add(expression.Name(attrN), expression.Value(1)).Set(expression.Name(attrExpires), expression.Value(expires))).Build()
	if err != nil {
		return 0, err
	}
	out, err := s.api.UpdateItem(ctx, s.ledgerUpdate(partSent+sortable(window)+"#"+topic, expr, types.ReturnValueAllNew))
	if err != nil {
		return 0, err
	}
	var item struct {
		N int `dynamodbav:"n"`
	}
	err = attributevalue.UnmarshalMap(out.Attributes, &item)
	return item.N, err
}

func (s *Store) ledgerUpdate(part string, expr expression.Expression, give types.ReturnValue) *dynamodb.UpdateItemInput {
	return &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: key(LedgerID, part), ReturnValues: give,
		UpdateExpression: expr.Update(), ExpressionAttributeNames: expr.Names(), ExpressionAttributeValues: expr.Values(),
	}
}

// Hold implements finding.Ledger.
func (s *Store) Hold(ctx context.Context, h finding.Held) error {
	expr, err := expression.NewBuilder().WithUpdate(
		expression.Set(expression.Name("finding"), expression.Value(h.ID)).
			Set(expression.Name("why"), expression.Value(h.Why)).
			Set(expression.Name("topic"), expression.Value(h.Topic)).
			Set(expression.Name(attrAt), expression.Value(sortable(h.Until))).
			Set(expression.Name(attrExpires), expression.Value(h.Until.Add(finding.HeldLife).Unix()))).Build()
	if err == nil {
		_, err = s.api.UpdateItem(ctx, s.ledgerUpdate(heldPart(h), expr, types.ReturnValueNone))
	}
	if err != nil {
		return fmt.Errorf("holding finding %s: %w", h.ID, err)
	}
	return nil
}

// heldPart sorts by when the digest is due.
func heldPart(h finding.Held) string {
	sum := sha256.Sum256([]byte(h.Topic + "\x00" + h.Why))
	return partHeld + sortable(h.Until) + "#" + hex.EncodeToString(sum[:4]) + "#" + h.ID
}

// Due implements finding.Ledger.
func (s *Store) Due(ctx context.Context, now time.Time) ([]finding.Held, error) {
	all, err := s.due(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("reading what is held for a digest: %w", err)
	}
	return all, nil
}

func (s *Store) due(ctx context.Context, now time.Time) ([]finding.Held, error) {
	// "#" sorts before "$": what is due at this very moment is in between.
	from, to := partHeld, partHeld+sortable(now)+"$"
	expr, err := expression.NewBuilder().WithKeyCondition(
		expression.Key(attrID).Equal(expression.Value(LedgerID)).
			And(expression.Key(attrPart).Between(expression.Value(from), expression.Value(to)))).Build()
	if err != nil {
		return nil, err
	}
	pages := dynamodb.NewQueryPaginator(s.api, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: expr.KeyCondition(),
		ExpressionAttributeNames: expr.Names(), ExpressionAttributeValues: expr.Values(),
	})
	var all []finding.Held
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			var read struct {
				At      string `dynamodbav:"at"`
				Finding string `dynamodbav:"finding"`
				Why     string `dynamodbav:"why"`
				Topic   string `dynamodbav:"topic"`
			}
			if err := attributevalue.UnmarshalMap(item, &read); err != nil {
				return nil, err
			}
			until, err := time.Parse(time.RFC3339Nano, read.At)
			if err != nil {
				return nil, err
			}
			all = append(all, finding.Held{Until: until, Why: read.Why, Topic: read.Topic, ID: read.Finding})
		}
	}
	return all, nil
}

// Release implements finding.Ledger.
func (s *Store) Release(ctx context.Context, held []finding.Held) error {
	for _, h := range held {
		if _, err := s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: key(LedgerID, heldPart(h))}); err != nil {
			return fmt.Errorf("releasing what was held for a digest: %w", err)
		}
	}
	return nil
}

// sortable writes times so that they sort by time, whatever their fractions.
func sortable(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }
