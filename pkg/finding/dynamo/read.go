package dynamo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/finding"
)

const (
	idLength    = 8
	indexStatus = "by-status"
	maxBatch    = 100 // keys of one BatchGetItem
)

// Get implements finding.Store, but for the beginning of an id: a table is read
// by whole keys.
func (s *Store) Get(ctx context.Context, id string) (finding.Finding, error) {
	id = strings.ToUpper(strings.TrimSpace(id))
	switch {
	case len(id) < idLength:
		return finding.Finding{}, fmt.Errorf("finding %q: the full id of %d characters is needed", id, idLength)
	case len(id) > idLength:
		return finding.Finding{}, fmt.Errorf("%w: %q", finding.ErrNotFound, id)
	}
	h, err := s.head(ctx, id)
	if err != nil {
		return finding.Finding{}, fmt.Errorf("finding %s: %w", id, err)
	}
	if !h.exists {
		return finding.Finding{}, fmt.Errorf("%w: %q", finding.ErrNotFound, id)
	}
	return h.finding, nil
}

// head reads the head of a finding as it stands now.
func (s *Store) head(ctx context.Context, id string) (head, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &s.table, Key: key(id, partHead), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return head{}, fmt.Errorf("reading it: %w", err)
	}
	h, err := parseHead(out.Item)
	if err != nil {
		return head{}, fmt.Errorf("reading it: %w", err)
	}
	return h, nil
}

// List implements finding.Store. The index is a moment behind the table: a
// finding that is new may be missing for that long.
func (s *Store) List(ctx context.Context) ([]finding.Finding, error) {
	all, err := s.list(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing findings: %w", err)
	}
	slices.SortFunc(all, func(a, b finding.Finding) int {
		return cmp.Or(b.LastSeen.Compare(a.LastSeen), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

func (s *Store) list(ctx context.Context) ([]finding.Finding, error) {
	var ids []string
	for _, status := range statuses() {
		some, err := s.withStatus(ctx, status)
		if err != nil {
			return nil, fmt.Errorf("querying those that are %s: %w", status, err)
		}
		ids = append(ids, some...)
	}
	// A finding whose status changed in between can be under both.
	slices.Sort(ids)
	ids = slices.Compact(ids)

	var all []finding.Finding
	for some := range slices.Chunk(ids, maxBatch) {
		found, err := s.heads(ctx, some)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// withStatus returns the ids of the findings with a status.
func (s *Store) withStatus(ctx context.Context, status finding.Status) ([]string, error) {
	expr, err := expression.NewBuilder().
		WithKeyCondition(expression.Key(attrStatus).Equal(expression.Value(string(status)))).
		WithProjection(expression.NamesList(expression.Name(attrID))).
		Build()
	if err != nil {
		return nil, err
	}
	pages := dynamodb.NewQueryPaginator(s.api, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(indexStatus),
		KeyConditionExpression:    expr.KeyCondition(),
		ProjectionExpression:      expr.Projection(),
		ExpressionAttributeNames:  expr.Names(),
		ExpressionAttributeValues: expr.Values(),
	})
	var ids []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			if id, ok := item[attrID].(*types.AttributeValueMemberS); ok {
				ids = append(ids, id.Value)
			}
		}
	}
	return ids, nil
}

// heads reads up to maxBatch findings, in no particular order.
func (s *Store) heads(ctx context.Context, ids []string) ([]finding.Finding, error) {
	keys := make([]map[string]types.AttributeValue, len(ids))
	for i, id := range ids {
		keys[i] = key(id, partHead)
	}
	var all []finding.Finding
	for try := 0; ; try++ {
		out, err := s.api.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{s.table: {Keys: keys, ConsistentRead: aws.Bool(true)}},
		})
		if err != nil {
			return nil, fmt.Errorf("reading %d of them: %w", len(keys), err)
		}
		for _, item := range out.Responses[s.table] {
			h, err := parseHead(item)
			if err != nil {
				return nil, fmt.Errorf("reading finding %s: %w", idOf(item), err)
			}
			all = append(all, h.finding)
		}
		rest := out.UnprocessedKeys[s.table].Keys
		if len(rest) == 0 {
			return all, nil
		}
		if len(rest) < len(keys) {
			try = 0 // it gets on: an answer has 16 MB at most
		}
		keys = rest
		if err := s.pause(ctx, try, errors.New("DynamoDB left findings unread")); err != nil {
			return nil, err
		}
	}
}

func idOf(item map[string]types.AttributeValue) string {
	if id, ok := item[attrID].(*types.AttributeValueMemberS); ok {
		return id.Value
	}
	return "without id"
}
