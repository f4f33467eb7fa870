package dynamo

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"why403/pkg/finding"
)

// headUpdate writes a finding over the head that was read. It names the
// attributes it sets: what a person adds to the item stays.
func (s *Store) headUpdate(read head, f finding.Finding, t tally) (*dynamodb.UpdateItemInput, error) {
	update, err := document(read, f)
	if err != nil {
		return nil, err
	}
	update = t.set(update).
		Set(expression.Name(attrSchema), expression.Value(schema)).
		Set(expression.Name("count_approximate"), expression.Value(f.Approximate)).
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
func (s *Store) documentUpdate(read head, f finding.Finding) (*dynamodb.UpdateItemInput, error) {
	update, err := document(read, f)
	if err != nil {
		return nil, err
	}
	return s.update(f.ID, update, unchanged(read))
}

func (s *Store) update(id string, update expression.UpdateBuilder, condition expression.ConditionBuilder) (*dynamodb.UpdateItemInput, error) {
	expr, err := expression.NewBuilder().WithUpdate(update).WithCondition(condition).Build()
	if err != nil {
		return nil, fmt.Errorf("its update: %w", err)
	}
	return &dynamodb.UpdateItemInput{
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
