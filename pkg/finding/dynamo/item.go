package dynamo

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"why403/pkg/clean"
	"why403/pkg/finding"
)

// The attributes that code reads; the rest is for people and indexes.
const (
	attrID       = "id"
	attrPart     = "part"
	attrStatus   = "status"
	attrDocument = "document"
	attrRevision = "revision"
	attrExpires  = "expires" // the table's time to live
	attrSchema   = "schema"  // of the item's attributes

	attrGeneration = "generation"
	attrItem       = "events_item"
	attrFilled     = "events_filled"
	attrPending    = "events_pending"
	attrWriter     = "writer"
	attrEvents     = "events"
)

// schema is the version of what this package writes.
const schema = 1

const (
	partHead   = "head"
	partEvents = "events#"
)

// maxReadable is the length of the longest attribute for people, in runes. The
// key of an index may have 2,048 bytes, a longer one fails the write.
const maxReadable = 500

// head is a finding as it was read.
type head struct {
	finding finding.Finding
	exists  bool
	status  string // the attribute as it stands; empty if there is none
	// revision counts the writes; nil if a person removed the attribute.
	revision *int64
	tally    tally
}

func key(id, part string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		attrID:   &types.AttributeValueMemberS{Value: id},
		attrPart: &types.AttributeValueMemberS{Value: part},
	}
}

// parseHead reads a head. An item without attributes is the absent head.
func parseHead(item map[string]types.AttributeValue) (head, error) {
	if len(item) == 0 {
		return head{}, nil
	}
	var attrs struct {
		ID       string `dynamodbav:"id"`
		Status   string `dynamodbav:"status"`
		Document string `dynamodbav:"document"`
		Revision *int64 `dynamodbav:"revision"`
	}
	if err := attributevalue.UnmarshalMap(item, &attrs); err != nil {
		return head{}, fmt.Errorf("its item: %w", err)
	}
	h := head{exists: true, status: attrs.Status, revision: attrs.Revision}
	if err := attributevalue.UnmarshalMap(item, &h.tally); err != nil {
		return head{}, fmt.Errorf("what its item says of events: %w", err)
	}
	if err := json.Unmarshal([]byte(attrs.Document), &h.finding); err != nil {
		return head{}, fmt.Errorf("its attribute %s: %w", attrDocument, err)
	}
	if h.finding.ID != attrs.ID {
		return head{}, errors.New("its attribute " + attrDocument + " is of another finding")
	}
	// The attribute counts and not the document, because a person can edit it.
	h.finding.Status = status(attrs.Status)
	return h, nil
}

// status reads what a person may have typed. What is no status counts as open,
// so that a slip of the pen silences nothing; the next write puts it right.
func status(attr string) finding.Status {
	switch s := finding.Status(strings.ToLower(strings.TrimSpace(attr))); s {
	case finding.Open, finding.Acknowledged, finding.Resolved, finding.Suppressed:
		return s
	default:
		return finding.Open
	}
}

// statuses are the keys of the index by-status.
func statuses() []finding.Status {
	return []finding.Status{finding.Open, finding.Acknowledged, finding.Resolved, finding.Suppressed}
}

// attribute is an attribute for people; it is left out when empty, because
// DynamoDB refuses a write whose index key is the empty string.
type attribute struct{ name, value string }

// readable returns the attributes for people, but status and count.
func readable(f finding.Finding) []attribute {
	d := f.Diagnosis.Denial
	requester := d.Principal.ARN
	if requester == "" {
		requester = f.Key.Requester
	}
	var confidence, actor string
	if c := f.Diagnosis.Cause; c != nil {
		confidence, actor = string(c.Confidence), c.Account
	}
	all := []attribute{
		{"title", f.Title},
		{"cause", f.Cause()},
		{"confidence", confidence},
		{"bucket", d.Bucket},
		{"requester", requester},
		{"requester_account", d.Principal.Account},
		{"action_class", string(f.Key.Class)},
		{"actor_account", actor},
		{"first_seen", timestamp(f.FirstSeen)},
		{"last_seen", timestamp(f.LastSeen)},
	}
	for i, a := range all {
		// Names come from events. The cell of a console is a line of text, as a
		// terminal has it.
		all[i].value = clean.Middle(clean.Terminal(a.value), maxReadable)
	}
	if f.LastSeen.IsZero() {
		// Every index sorts by last_seen: without it the finding would be in none.
		all[len(all)-1].value = time.Time{}.Format(time.RFC3339)
	}
	return all
}

// timestamp has the same length for all times, so that it sorts by time.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
