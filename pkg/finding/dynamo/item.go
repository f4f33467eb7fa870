package dynamo

import (
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
	attrCase       = "case"    // the part that has the diagnosis
	attrSampled    = "sampled" // how many samples there are
	attrEvents     = "events"
)

// schema is the version of what this package writes.
const schema = 2

const (
	partHead   = "head"
	partEvents = "events#"
)

// maxReadable is the length of the longest attribute for people, in bytes. The
// key of an index may have 2,048, a longer one fails the write.
const maxReadable = 500

// head is a finding as it was read.
type head struct {
	finding finding.Finding
	exists  bool
	status  string // the attribute as it stands; empty if there is none
	// revision counts the writes; nil if a person removed the attribute.
	revision *int64
	tally    tally
	// legacy says that the document has the whole finding, as schema 1 wrote it.
	legacy  bool
	stored  string // the part that has the diagnosis; empty: none
	sampled int
	// claimant is who took the right to tell of it last.
	claimant string
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
		Revision *int64 `dynamodbav:"revision"`
		Case     string `dynamodbav:"case"`
		Sampled  int    `dynamodbav:"sampled"`
		Claimant string `dynamodbav:"claimed_by"`
	}
	if err := attributevalue.UnmarshalMap(item, &attrs); err != nil {
		return head{}, fmt.Errorf("its item: %w", err)
	}
	h := head{exists: true, status: attrs.Status, revision: attrs.Revision, stored: attrs.Case, sampled: attrs.Sampled, claimant: attrs.Claimant}
	if err := attributevalue.UnmarshalMap(item, &h.tally); err != nil {
		return head{}, fmt.Errorf("what its item says of events: %w", err)
	}
	if err := h.parseDocument(item[attrDocument]); err != nil {
		return head{}, fmt.Errorf("its attribute %s: %w", attrDocument, err)
	}
	if h.finding.ID != attrs.ID {
		return head{}, errors.New("its attribute " + attrDocument + " is of another finding")
	}
	// The attribute counts and not the document, because a person can edit it.
	if set := status(attrs.Status); set != h.finding.Status {
		h.finding = h.finding.Change(finding.StatusChange{Status: set, How: finding.ByHand})
	}
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
	d := f.InBrief()
	all := []attribute{
		{"title", f.Title},
		{"cause", f.Cause()},
		{"confidence", string(d.Confidence)},
		{"bucket", d.Bucket},
		{"requester", d.Requester},
		{"requester_account", d.RequesterAccount},
		{"action_class", string(f.Key.Class)},
		{"actor_account", d.Account},
		{"first_seen", timestamp(f.FirstSeen)},
		{"last_seen", timestamp(f.LastSeen)},
	}
	for i, a := range all {
		all[i].value = cell(a.name, a.value)
	}
	if f.LastSeen.IsZero() {
		// Every index sorts by last_seen: without it the finding would be in none.
		all[len(all)-1].value = time.Time{}.Format(time.RFC3339)
	}
	return all
}

// cell is the value of an attribute for people. Names come from events; the cell of a
// console is a line of text, as a terminal has it.
func cell(name, value string) string {
	longest := 128
	switch name {
	case "requester":
		longest = maxReadable
	case "title":
		longest = maxReadable / 2
	}
	value = clean.Terminal(value)
	for runes := longest; len(value) > longest; runes = runes * 3 / 4 {
		value = clean.Middle(value, runes)
	}
	return value
}

// timestamp has the same length for all times, so that it sorts by time.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
