// Package dynamo remembers the history in the DynamoDB table of the findings.
//
// A change is an item with the id "change#" and the name of what was changed, and a part
// that sorts by time: what changed lately is one Query. A session is an item with the id
// "session#" and its access key, which is one GetItem, and another under its principal
// for records that show no key. The items have none of the attributes that the table's
// indexes are of, and expire.
package dynamo

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"why403/pkg/clean"
	"why403/pkg/evidence"
	"why403/pkg/history"
)

// API is what this package needs of a DynamoDB client.
type API interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
}

// The ids of items begin so. No finding's does, so that a policy can tell them apart
// (dynamodb:LeadingKeys).
const (
	ChangePrefix  = "change#"
	SessionPrefix = "session#"
	// BeganID is the id of the items that say since when an account's records are
	// remembered.
	BeganID = "history"
	// RecheckedID is the id of the items that say when findings were decided again.
	RecheckedID = "rechecked"
)

const partIssued = "issued"

// recheckedLife is how long it is remembered when a finding was decided again: one that
// was not for so long is no different from one that never was.
const recheckedLife = 30 * 24 * time.Hour

// Rechecked notes that a finding was decided again.
func (s *Store) Rechecked(ctx context.Context, id string, at time.Time) error {
	if err := s.put(ctx, item{ID: RecheckedID, Part: id, At: sortable(at), Expires: at.Add(recheckedLife).Unix()}); err != nil {
		return fmt.Errorf("noting that finding %s was decided again: %w", id, err)
	}
	return nil
}

// What an item may hold. An item of DynamoDB has 400 KB at most; what a session is issued
// with has 2,048 characters and ten names, unless somebody made it up.
//
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const (
	mostGrant = 64 << 10
	mostText  = 500 // runes of names that people chose
)

// Store remembers events. It is safe for concurrent use.
type Store struct {
	api   API
	table string

	mu    sync.Mutex
	began map[string]bool // accounts whose beginning is noted
}

// New returns a Store in the table of that name.
func New(api API, table string) *Store {
	return &Store{api: api, table: table, began: make(map[string]bool)}
}

// atOnce is how many items of an event are written at a time.
const atOnce = 4

// Record remembers an event. What is delivered again is written over itself.
func (s *Store) Record(ctx context.Context, e history.Event) error {
	if !e.Matters() {
		return nil
	}
	if err := s.begin(ctx, e); err != nil {
		return fmt.Errorf("noting since when account %s is recorded: %w", e.Account, err)
	}
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i := range e.Changes {
		g.Go(func() error {
			if err := s.put(ctx, changeItem(e, i)); err != nil {
				return fmt.Errorf("remembering a change of %s: %w", e.Names[i], err)
			}
			return nil
		})
	}
	if e.Session != nil {
		items, err := sessionItems(e)
		if err != nil {
			return fmt.Errorf("remembering a session: %w", err)
		}
		for _, it := range items {
			g.Go(func() error {
				if err := s.put(ctx, it); err != nil {
					return fmt.Errorf("remembering a session: %w", err)
				}
				return nil
			})
		}
	}
	return g.Wait()
}

// item is an item of the table.
type item struct {
	ID      string `dynamodbav:"id"`
	Part    string `dynamodbav:"part"`
	At      string `dynamodbav:"at"`
	Expires int64  `dynamodbav:"expires,omitempty"`
	Account string `dynamodbav:"account,omitempty"`
	// Of a change.
	Event    string `dynamodbav:"event,omitempty"`
	Document string `dynamodbav:"changed,omitempty"`
	By       string `dynamodbav:"by,omitempty"`
	// Of a session: what it was issued with, as compressed JSON.
	Key   string `dynamodbav:"access_key,omitempty"`
	Grant []byte `dynamodbav:"grant,omitempty"`
}

func changeItem(e history.Event, i int) item {
	c := e.Changes[i]
	return item{
		ID: ChangePrefix + e.Names[i], Part: sortable(e.Time) + "#" + e.ID, At: sortable(e.Time),
		Expires: e.Time.Add(history.ChangeLife).Unix(), Account: e.Account,
		Event: clean.Truncate(c.Event, mostText), Document: clean.Truncate(c.Document, mostText), By: clean.Truncate(c.By, mostText),
	}
}

// sessionItems are one under the key, and one under the principal.
func sessionItems(e history.Event) ([]item, error) {
	grant, err := pack(e.Session.Grant)
	if err != nil {
		return nil, err
	}
	byKey := item{
		ID: SessionPrefix + e.Session.AccessKeyID, Part: partIssued, At: sortable(e.Time),
		Expires: e.Time.Add(history.SessionLife).Unix(), Account: e.Account, Key: e.Session.AccessKeyID, Grant: grant,
	}
	byPrincipal := byKey
	byPrincipal.ID, byPrincipal.Part = SessionPrefix+e.Session.PrincipalID, sortable(e.Time)+"#"+e.ID
	return []item{byKey, byPrincipal}, nil
}

// pack writes a grant as compressed JSON. One that is too long is not known: a policy
// that was cut would decide otherwise.
func pack(g evidence.Grant) ([]byte, error) {
	out, err := compressed(g)
	if err == nil && len(out) > mostGrant {
		out, err = compressed(evidence.Grant{TagsUnknown: true, Policies: []evidence.Policy{
			{Name: "session policy", Kind: "session", Unreadable: "what the session was issued with is too long to be remembered"},
		}})
	}
	return out, err
}

func compressed(g evidence.Grant) ([]byte, error) {
	text, err := json.Marshal(g)
	if err != nil {
		return nil, fmt.Errorf("what it was issued with: %w", err)
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err = w.Write(text)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("compressing what it was issued with: %w", err)
	}
	return out.Bytes(), nil
}

func unpack(packed []byte) (evidence.Grant, error) {
	const most = 16 << 20 // what is longer was not written here
	var g evidence.Grant
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err == nil {
		err = json.NewDecoder(io.LimitReader(r, most)).Decode(&g)
	}
	if err != nil {
		return evidence.Grant{}, fmt.Errorf("reading what it was issued with: %w", err)
	}
	return g, nil
}

func (s *Store) put(ctx context.Context, it item) error {
	attrs, err := attributevalue.MarshalMap(it)
	if err != nil {
		return err
	}
	_, err = s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: attrs})
	return err
}

// begin notes since when an account's records are remembered: the time of its first. It
// does not expire.
func (s *Store) begin(ctx context.Context, e history.Event) error {
	// Changes and sessions come by rules of their own, that may be as old as they like.
	what := "changes"
	if e.Session != nil {
		what = "sessions"
	}
	part := beganPart(what, e.Account)
	s.mu.Lock()
	noted := s.began[part]
	s.mu.Unlock()
	if noted {
		return nil
	}
	attrs, err := attributevalue.MarshalMap(item{ID: BeganID, Part: part, At: sortable(e.Time), Account: e.Account})
	if err != nil {
		return err
	}
	absent := "attribute_not_exists(part)"
	_, err = s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: attrs, ConditionExpression: &absent})
	var there *types.ConditionalCheckFailedException
	if err != nil && !errors.As(err, &there) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.began[part] = true
	return nil
}

func beganPart(what, account string) string { return "began#" + what + "#" + account }

// sortable writes times so that they sort by time, whatever their fractions.
func sortable(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }
