package dynamo

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/finding"
)

// headUpdate writes a finding over the head that was read. It names the
// attributes it sets: what a person adds to the item stays.
func (s *Store) headUpdate(read head, f finding.Finding) (*types.Update, error) {
	update, err := document(read, f)
	if err != nil {
		return nil, err
	}
	update = update.
		Set(expression.Name(attrStatus), expression.Value(string(f.Status))).
		Set(expression.Name("count"), expression.Value(f.Count))
	for _, a := range readable(f) {
		if a.value == "" {
			update = update.Remove(expression.Name(a.name))
		} else {
			update = update.Set(expression.Name(a.name), expression.Value(a.value))
		}
	}
	return s.update(f.ID, update, unchanged(read).And(sameStatus(read)))
}

// documentUpdate writes only the document of a head.
func (s *Store) documentUpdate(read head, f finding.Finding) (*types.Update, error) {
	update, err := document(read, f)
	if err != nil {
		return nil, err
	}
	return s.update(f.ID, update, unchanged(read))
}

func (s *Store) update(id string, update expression.UpdateBuilder, condition expression.ConditionBuilder) (*types.Update, error) {
	expr, err := expression.NewBuilder().WithUpdate(update).WithCondition(condition).Build()
	if err != nil {
		return nil, fmt.Errorf("its update: %w", err)
	}
	return &types.Update{
		TableName:                 &s.table,
		Key:                       key(id, partHead),
		UpdateExpression:          expr.Update(),
		ConditionExpression:       expr.Condition(),
		ExpressionAttributeNames:  expr.Names(),
		ExpressionAttributeValues: expr.Values(),
	}, nil
}

func document(read head, f finding.Finding) (expression.UpdateBuilder, error) {
	text, err := json.Marshal(f)
	if err != nil {
		return expression.UpdateBuilder{}, fmt.Errorf("its document: %w", err)
	}
	var revision int64
	if read.revision != nil {
		revision = *read.revision
	}
	return expression.
		Set(expression.Name(attrDocument), expression.Value(string(text))).
		Set(expression.Name(attrRevision), expression.Value(revision+1)), nil
}

// unchanged says that nobody wrote the head since it was read.
func unchanged(read head) expression.ConditionBuilder {
	switch {
	case !read.exists:
		return expression.AttributeNotExists(expression.Name(attrPart))
	case read.revision == nil:
		return expression.AttributeExists(expression.Name(attrPart)).
			And(expression.AttributeNotExists(expression.Name(attrRevision)))
	default:
		return expression.Name(attrRevision).Equal(expression.Value(*read.revision))
	}
}

// sameStatus says that no person set the status since the head was read: that
// does not count the revision up.
func sameStatus(read head) expression.ConditionBuilder {
	if read.status == "" {
		return expression.AttributeNotExists(expression.Name(attrStatus))
	}
	return expression.Name(attrStatus).Equal(expression.Value(read.status))
}

// guard notes that an event of a finding was counted, unless that is noted
// already. Without a head there is nothing that it could have been counted in.
func (s *Store) guard(id, event string, headExists bool) (*types.Put, error) {
	now := s.now()
	item := key(id, eventPart(event))
	item[attrExpires] = &types.AttributeValueMemberN{Value: strconv.FormatInt(now.Add(finding.GuardLife).Unix(), 10)}
	put := &types.Put{TableName: &s.table, Item: item}
	if !headExists {
		// Guards and head are written together, so those that are left are of a
		// finding that a person deleted.
		return put, nil
	}
	expr, err := expression.NewBuilder().WithCondition(absent(now)).Build()
	if err != nil {
		return nil, fmt.Errorf("the guard of an event: %w", err)
	}
	put.ConditionExpression = expr.Condition()
	put.ExpressionAttributeNames, put.ExpressionAttributeValues = expr.Names(), expr.Values()
	return put, nil
}

// absent says that there is no guard, or one that DynamoDB has not got round to
// removing: that can take days.
func absent(now time.Time) expression.ConditionBuilder {
	return expression.AttributeNotExists(expression.Name(attrPart)).
		Or(expression.Name(attrExpires).LessThan(expression.Value(now.Unix())))
}
