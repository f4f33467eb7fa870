package dynamo

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"why403/pkg/finding"
)

// resolvedLife is how long a resolved finding is kept. One that is not resolved stays.
const resolvedLife = 90 * 24 * time.Hour

// change is what a write makes of a head.
type change struct {
	finding finding.Finding
	tally   tally
	stored  string // the part that has the diagnosis
	sampled int
}

// headUpdate writes a finding over the head that was read. It names the
// attributes it sets: what a person adds to the item stays.
func (s *Store) headUpdate(read head, c change) (*dynamodb.UpdateItemInput, error) {
	f := c.finding
	attributes := readable(f)
	update, err := document(read, c, attributes)
	if err != nil {
		return nil, err
	}
	update = c.tally.set(update).
		Set(expression.Name("count_approximate"), expression.Value(f.Approximate)).
		Set(expression.Name(attrStatus), expression.Value(string(f.Status))).
		Set(expression.Name("count"), expression.Value(f.Count))
	if f.Status == finding.Resolved {
		update = update.Set(expression.Name(attrExpires), expression.Value(s.now().Add(resolvedLife).Unix()))
	} else {
		update = update.Remove(expression.Name(attrExpires))
	}
	for _, a := range attributes {
		if a.value == "" {
			update = update.Remove(expression.Name(a.name))
		} else {
			update = update.Set(expression.Name(a.name), expression.Value(a.value))
		}
	}
	return s.update(f.ID, update, unchanged(read).And(sameStatus(read)))
}

// announcedUpdate writes only the document of a head, and ends the claim.
func (s *Store) announcedUpdate(read head, c change) (*dynamodb.UpdateItemInput, error) {
	update, err := document(read, c, readable(c.finding))
	if err != nil {
		return nil, err
	}
	if c.tally.Generation != "" {
		update = update.Set(expression.Name(attrGeneration), expression.Value(c.tally.Generation))
	}
	update = update.Remove(expression.Name(attrClaimed)).Remove(expression.Name(attrClaimant))
	return s.update(c.finding.ID, update, unchanged(read))
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

// overhead is what the attributes of a head have besides texts, document and events:
// names, numbers and marks.
const overhead = 600

func document(read head, c change, attributes []attribute) (expression.UpdateBuilder, error) {
	room := maxHead - overhead - eventLength*len(c.tally.Pending)
	for _, a := range attributes {
		room -= len(a.value)
	}
	data, err := pack(c.finding, room)
	if err != nil {
		return expression.UpdateBuilder{}, fmt.Errorf("its document: %w", err)
	}
	var revision int64
	if read.revision != nil {
		revision = *read.revision
	}
	update := expression.
		Set(expression.Name(attrDocument), expression.Value(data)).
		Set(expression.Name(attrSchema), expression.Value(schema)).
		Set(expression.Name(attrSampled), expression.Value(c.sampled)).
		Set(expression.Name(attrRevision), expression.Value(revision+1))
	if c.stored == "" {
		return update.Remove(expression.Name(attrCase)), nil
	}
	return update.Set(expression.Name(attrCase), expression.Value(c.stored)), nil
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
