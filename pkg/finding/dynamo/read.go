package dynamo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/finding"
)

const (
	idLength = 8
	maxBatch = 100 // keys of one BatchGetItem
)

// Get implements finding.Store, but for the beginning of an id: a table is read
// by whole keys.
func (s *Store) Get(ctx context.Context, id string) (finding.Finding, error) {
	h, err := s.find(ctx, id)
	if err != nil {
		return finding.Finding{}, err
	}
	f, err := s.whole(ctx, h)
	if err != nil {
		return finding.Finding{}, fmt.Errorf("finding %s: %w", h.finding.ID, err)
	}
	return f, nil
}

// whole returns a finding with what stands beside its head.
func (s *Store) whole(ctx context.Context, h head) (finding.Finding, error) {
	f, err := s.withSamples(ctx, h)
	if err != nil {
		return f, err
	}
	k, err := s.kept(ctx, f.ID, h)
	f.Diagnosis = k.Diagnosis
	return f, err
}

// find reads the head of a finding that somebody asked for.
func (s *Store) find(ctx context.Context, id string) (head, error) {
	id = strings.ToUpper(strings.TrimSpace(id))
	switch {
	case len(id) < idLength:
		return head{}, fmt.Errorf("finding %q: the full id of %d characters is needed", id, idLength)
	case len(id) > idLength:
		return head{}, fmt.Errorf("%w: %q", finding.ErrNotFound, id)
	}
	h, err := s.head(ctx, id)
	if err != nil {
		return head{}, fmt.Errorf("finding %s: %w", id, err)
	}
	if !h.exists {
		return head{}, fmt.Errorf("%w: %q", finding.ErrNotFound, id)
	}
	return h, nil
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

// List implements finding.Store. An index is a moment behind the table: a
// finding that is new may be missing for that long.
func (s *Store) List(ctx context.Context, which finding.Filter) ([]finding.Finding, error) {
	all, err := s.list(ctx, which)
	if err != nil {
		return nil, fmt.Errorf("listing findings: %w", err)
	}
	all = slices.DeleteFunc(all, func(f finding.Finding) bool { return !which.Matches(f) })
	slices.SortFunc(all, func(a, b finding.Finding) int {
		return cmp.Or(b.LastSeen.Compare(a.LastSeen), strings.Compare(a.ID, b.ID))
	})
	return all, nil
}

// entries are the keys of an index under which all findings are that a filter chooses.
func entries(which finding.Filter) (index, attr string, values []string) {
	one := func(index, attr, value string) (string, string, []string) {
		return index, attr, []string{cell(attr, value)}
	}
	switch {
	case which.Bucket != "":
		return one("by-bucket", "bucket", which.Bucket)
	case strings.HasPrefix(which.Requester, "arn:"):
		return one("by-requester", "requester", which.Requester)
	case which.ActorAccount != "":
		return one("by-actor", "actor_account", which.ActorAccount)
	case which.Cause != "":
		return one("by-cause", "cause", which.Cause)
	}
	chosen := which.Statuses
	if len(chosen) == 0 {
		chosen = statuses()
	}
	for _, status := range chosen {
		values = append(values, string(status))
	}
	return "by-status", attrStatus, values
}

func (s *Store) list(ctx context.Context, which finding.Filter) ([]finding.Finding, error) {
	index, attr, values := entries(which)
	var ids []string
	for _, value := range values {
		some, err := s.under(ctx, index, attr, value, which.Since)
		if err != nil {
			return nil, fmt.Errorf("querying those with %s %s: %w", attr, value, err)
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

// under returns the ids of the findings under a key of an index.
func (s *Store) under(ctx context.Context, index, attr, value string, since time.Time) ([]string, error) {
	condition := expression.Key(attr).Equal(expression.Value(value))
	if !since.IsZero() {
		condition = condition.And(expression.Key("last_seen").GreaterThanEqual(expression.Value(timestamp(since))))
	}
	expr, err := expression.NewBuilder().
		WithKeyCondition(condition).
		WithProjection(expression.NamesList(expression.Name(attrID))).
		Build()
	if err != nil {
		return nil, err
	}
	pages := dynamodb.NewQueryPaginator(s.api, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: &index,
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
			all = append(all, bare(h.finding))
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
