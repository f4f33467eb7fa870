// Package dynamo keeps findings in a DynamoDB table.
//
// A finding is several items under its id. The item with part "head" is the
// finding: attributes that a person reads in the console, and a small document for
// programs. It has at most 4 KB. What is larger stands beside it: "case#..." is the
// diagnosis that a head names, with the case that it was made of; "samples#..." some of the
// occurrences; "events#..." which events were counted, many in each. All of these
// expire, and a head does once it is resolved. An occurrence is counted once however often
// it is delivered, up to finding.MaxExact of a finding within finding.GuardLife.
//
// Two things a person may do in the console: set the status of a head, which
// stays; and delete a head, which forgets the finding. The same denial then makes
// a new one, even of events that were counted in the old.
package dynamo

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	smithytime "github.com/aws/smithy-go/time"

	"why403/pkg/finding"
)

// API is what a Store needs of a DynamoDB client. All but List use GetItem, UpdateItem, and
// Query on the table; List uses Query on the indexes, and BatchGetItem. The ledger uses
// UpdateItem, Query on the table, and DeleteItem on its own items alone.
type API interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
}

// Store is a finding.Store in a DynamoDB table.
type Store struct {
	api   API
	table string
	now   func() time.Time
	sleep func(context.Context, time.Duration) error
	full  *fullItems
}

var _ finding.Store = (*Store)(nil)

// Option changes a Store that New makes.
type Option func(*Store)

// WithClock sets what tells the time, instead of time.Now.
func WithClock(now func() time.Time) Option {
	return func(s *Store) { s.now = now }
}

// WithSleep sets what waits before another try. It returns early, with an error,
// when the context ends.
func WithSleep(sleep func(context.Context, time.Duration) error) Option {
	return func(s *Store) { s.sleep = sleep }
}

// New returns a Store in the table of that name.
func New(api API, table string, options ...Option) *Store {
	s := &Store{api: api, table: table, now: time.Now, sleep: smithytime.SleepWithContext, full: &fullItems{}}
	for _, o := range options {
		o(s)
	}
	return s
}
