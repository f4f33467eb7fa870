package dynamo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/expression"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

const (
	partCase    = "case#"
	partSamples = "samples#"

	attrData    = "data"
	attrLeftOut = "left_out"
	attrSamples = "samples"

	// maxItem keeps an item below the 400 KB that DynamoDB takes.
	//
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
	maxItem = 390 << 10
)

// kept is what the item of a diagnosis holds.
type kept struct {
	Diagnosis diagnosis.Diagnosis `json:"diagnosis"`
	Case      json.RawMessage     `json:"case,omitempty"`
}

// keep writes a diagnosis and its case into an item that is named after them, and returns
// its part. It is written before the head that names it: a crash in between leaves an item
// that expires.
func (s *Store) keep(ctx context.Context, id string, x diagnosis.Diagnosis, made func() ([]byte, error)) (string, error) {
	k := kept{Diagnosis: x}
	if made != nil {
		if text, err := made(); err == nil && json.Valid(text) {
			k.Case = text
		}
	}
	data, err := compress(k)
	if err != nil {
		return "", fmt.Errorf("its diagnosis: %w", err)
	}
	update := expression.Set(expression.Name(attrExpires), expression.Value(s.now().Add(finding.DiagnosisLife).Unix()))
	if len(data) > maxItem {
		k.Case = nil
		if data, err = compress(k); err != nil {
			return "", fmt.Errorf("its diagnosis: %w", err)
		}
		update = update.Set(expression.Name(attrLeftOut), expression.Value("the case: too large"))
	}
	sum := sha256.Sum256(data)
	part := partCase + hex.EncodeToString(sum[:12])
	if err := s.put(ctx, id, part, update.Set(expression.Name(attrData), expression.Value(data))); err != nil {
		return "", fmt.Errorf("writing its diagnosis: %w", err)
	}
	return part, nil
}

// put writes an item that no condition holds back.
func (s *Store) put(ctx context.Context, id, part string, update expression.UpdateBuilder) error {
	expr, err := expression.NewBuilder().WithUpdate(update).Build()
	if err != nil {
		return err
	}
	_, err = s.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: key(id, part),
		UpdateExpression: expr.Update(), ExpressionAttributeNames: expr.Names(), ExpressionAttributeValues: expr.Values(),
	})
	return err
}

// item reads an item that may have expired; then it is empty.
func (s *Store) item(ctx context.Context, id, part string) (map[string]types.AttributeValue, error) {
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: key(id, part), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, err
	}
	var read struct {
		Expires int64 `dynamodbav:"expires"`
	}
	if err := attributevalue.UnmarshalMap(out.Item, &read); err != nil {
		return nil, err
	}
	if read.Expires < s.now().Unix() {
		return nil, nil // DynamoDB may take days to remove it
	}
	return out.Item, nil
}

// kept reads the diagnosis that a head names; it is empty if it has expired.
func (s *Store) kept(ctx context.Context, id string, h head) (kept, error) {
	if h.legacy {
		return kept{Diagnosis: h.finding.Diagnosis}, nil
	}
	var k kept
	if h.stored == "" {
		return k, nil
	}
	item, err := s.item(ctx, id, h.stored)
	if err != nil {
		return k, fmt.Errorf("reading its diagnosis: %w", err)
	}
	if data, ok := item[attrData].(*types.AttributeValueMemberB); ok {
		if err := unpack(data.Value, &k); err != nil {
			return k, fmt.Errorf("reading its diagnosis: %w", err)
		}
	}
	return k, nil
}

// Case implements finding.Store.
func (s *Store) Case(ctx context.Context, id string) ([]byte, error) {
	h, err := s.find(ctx, id)
	if err != nil {
		return nil, err
	}
	k, err := s.kept(ctx, h.finding.ID, h)
	switch {
	case err != nil:
		return nil, fmt.Errorf("finding %s: %w", h.finding.ID, err)
	case k.Case == nil:
		return nil, fmt.Errorf("finding %s: %w", h.finding.ID, finding.ErrNoCase)
	}
	return k.Case, nil
}

// samplesLife is how long samples are kept after the latest was added.
const samplesLife = 90 * 24 * time.Hour

// addSamples adds to the samples of a finding. To add what is there already changes
// nothing: it may come again.
func (s *Store) addSamples(ctx context.Context, id, generation string, samples []finding.Sample) error {
	if len(samples) == 0 {
		return nil
	}
	set := &types.AttributeValueMemberSS{}
	for _, sample := range samples {
		text, err := json.Marshal(sample)
		if err != nil {
			return fmt.Errorf("its samples: %w", err)
		}
		set.Value = append(set.Value, string(text))
	}
	err := s.put(ctx, id, partSamples+generation, expression.
		Add(expression.Name(attrSamples), expression.Value(set)).
		Set(expression.Name(attrExpires), expression.Value(s.now().Add(samplesLife).Unix())))
	if err != nil {
		return fmt.Errorf("writing its samples: %w", err)
	}
	return nil
}

// withSamples returns a finding with its samples.
func (s *Store) withSamples(ctx context.Context, h head) (finding.Finding, error) {
	f := h.finding
	if h.legacy || h.sampled == 0 {
		return f, nil
	}
	item, err := s.item(ctx, f.ID, partSamples+h.tally.Generation)
	if err != nil {
		return f, fmt.Errorf("reading its samples: %w", err)
	}
	var read struct {
		Samples []string `dynamodbav:"samples"`
	}
	if err := attributevalue.UnmarshalMap(item, &read); err != nil {
		return f, fmt.Errorf("reading its samples: %w", err)
	}
	var samples []finding.Sample
	for _, text := range read.Samples {
		var sample finding.Sample
		if err := json.Unmarshal([]byte(text), &sample); err != nil {
			return f, fmt.Errorf("reading its samples: %w", err)
		}
		samples = append(samples, sample)
	}
	return f.WithSamples(slices.Clip(samples)), nil
}
