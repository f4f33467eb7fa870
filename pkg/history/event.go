package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// How long things are remembered.
const (
	// ChangeLife is how long a change is.
	ChangeLife = 30 * 24 * time.Hour
	// LongestSession is how long a session lasts at most: 36 hours, of GetFederationToken.
	//
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
	LongestSession = 36 * time.Hour
	// SessionLife is how long what a session was issued with is remembered: a record of
	// its last denial may be late.
	SessionLife = LongestSession + 12*time.Hour
)

// Event is a record that matters: it has changes, or a session, or neither if it is
// neither.
type Event struct {
	ID string // of the record
	// Account is the account that recorded it, Region where.
	Account, Region string
	Time            time.Time
	// Changes has one for each document that was changed.
	Changes []evidence.Change
	// Names are those under which the changes are remembered, one for each of them.
	Names []string
	// Session is what was issued; nil: nothing.
	Session *trail.Issue
}

// Matters reports whether there is anything in an event to remember.
func (e Event) Matters() bool { return len(e.Changes) > 0 || e.Session != nil }

// ErrIncomplete says that a record lacks what every record of CloudTrail has, or has what
// none can: it is not believed.
var ErrIncomplete = errors.New("the record is not of CloudTrail's shape")

var (
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
	regionForm  = regexp.MustCompile(`^[a-z]{2}[a-z0-9-]{3,30}$`)
	eventForm   = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
	keyForm     = regexp.MustCompile(`^ASIA[A-Z0-9]{4,124}$`)
)

// maxName is the most bytes of a name: those of a part of a key in DynamoDB are bounded,
// and no document that decides has a name as long.
const maxName = 1024

// head is what every record has.
type head struct {
	ID      string    `json:"eventID"`
	Time    time.Time `json:"eventTime"`
	Account string    `json:"recipientAccountId"`
	Region  string    `json:"awsRegion"`
	Source  string    `json:"eventSource"`
	Name    string    `json:"eventName"`
	Version string    `json:"eventVersion"`
	// Identity must be there, whatever is in it.
	Identity map[string]json.RawMessage `json:"userIdentity"`
}

// Read reads a document that holds a CloudTrail record: an event of EventBridge, or what
// wraps one. An event that does not matter is no error.
func Read(doc []byte) (Event, error) {
	record, env, err := trail.Unwrap(doc)
	if err != nil {
		return Event{}, err
	}
	var h head
	if err := json.Unmarshal(record, &h); err != nil {
		return Event{}, fmt.Errorf("reading a record: %w", err)
	}
	if err := h.check(env); err != nil {
		return Event{}, err
	}
	e := Event{ID: h.ID, Account: h.Account, Region: h.Region, Time: h.Time}
	if h.Source == "sts.amazonaws.com" {
		return e, e.session(record)
	}
	if e.Changes, err = trail.ParseChanges(record); err != nil {
		return Event{}, err
	}
	for _, c := range e.Changes {
		name := Name(c.Document)
		if h.Source == "organizations.amazonaws.com" {
			name = Organization
		}
		if name == "" || len(name) > maxName {
			return Event{}, fmt.Errorf("%w: %s does not say what it changed", ErrIncomplete, h.Name)
		}
		e.Names = append(e.Names, name)
	}
	return e, nil
}

// check refuses what no trail writes. Who puts events on a bus can write whatever they
// like, but not as the account that they are not.
func (h head) check(env trail.Envelope) error {
	wrong := ""
	switch {
	case !accountForm.MatchString(h.Account):
		wrong = "recipientAccountId"
	case !regionForm.MatchString(h.Region):
		wrong = "awsRegion"
	case !eventForm.MatchString(h.ID):
		wrong = "eventID"
	case h.Time.IsZero():
		wrong = "eventTime"
	case h.Source == "" || h.Name == "" || h.Version == "":
		wrong = "eventSource, eventName or eventVersion"
	case len(h.Identity) == 0:
		wrong = "userIdentity"
	case env.Account != "" && env.Account != h.Account:
		return fmt.Errorf("%w: it came from another account than the one that it says recorded it", ErrIncomplete)
	default:
		return nil
	}
	return fmt.Errorf("%w: no usable %s", ErrIncomplete, wrong)
}

// session reads what a call on STS issued. It counts only from the account that the
// session belongs to: the caller's copy of the record says the same.
func (e *Event) session(record []byte) error {
	issue, ok, err := trail.ParseIssue(record)
	if err != nil || !ok {
		return err
	}
	var response struct {
		Elements struct {
			Role struct {
				ARN string `json:"arn"`
			} `json:"assumedRoleUser"`
			Federated struct {
				ARN string `json:"arn"`
			} `json:"federatedUser"`
		} `json:"responseElements"`
	}
	if err := json.Unmarshal(record, &response); err != nil {
		return fmt.Errorf("reading a record of STS: %w", err)
	}
	arn := response.Elements.Role.ARN + response.Elements.Federated.ARN // one of them is empty
	if !keyForm.MatchString(issue.AccessKeyID) || !strings.Contains(issue.PrincipalID, ":") || len(issue.PrincipalID) > maxName {
		return fmt.Errorf("%w: it does not say which session it issued", ErrIncomplete)
	}
	switch account := AccountOf(arn); {
	case !accountForm.MatchString(account):
		return fmt.Errorf("%w: it does not say whose session it issued", ErrIncomplete)
	case account == e.Account:
		e.Session = &issue
	}
	return nil
}
