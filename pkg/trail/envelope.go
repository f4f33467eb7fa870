package trail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Envelope is what the delivery says about a record.
type Envelope struct {
	// DetailType is EventBridge's, such as "AWS API Call via CloudTrail".
	DetailType string
	// Account is the account on whose event bus the event arrived.
	Account string
	// MessageID is the SQS message id.
	MessageID string
}

// envelope has the members that tell one wrapping from another. encoding/json
// matches names in any case of letters, so Body is body, too.
type envelope struct {
	// SQS message: Lambda has a small b, the SQS API a capital one
	Body      json.RawMessage `json:"body"`
	MessageID string          `json:"messageId"`
	// SNS notification, delivered by SQS or to Lambda
	Type    string          `json:"Type"`
	Message json.RawMessage `json:"Message"`
	SNS     struct {
		Message json.RawMessage `json:"Message"`
	} `json:"Sns"`
	// EventBridge event
	DetailType string          `json:"detail-type"`
	Account    string          `json:"account"`
	Detail     json.RawMessage `json:"detail"`
	// event as cloudtrail:LookupEvents returns it
	CloudTrailEvent json.RawMessage `json:"CloudTrailEvent"`
	// CloudTrail record
	EventName   json.RawMessage `json:"eventName"`
	EventSource json.RawMessage `json:"eventSource"`
	Records     json.RawMessage `json:"Records"`
}

// Unwrap takes a CloudTrail record out of the EventBridge event, SNS notification
// or SQS message that holds it. A bare record is returned as it is.
func Unwrap(doc []byte) (record []byte, env Envelope, err error) {
	if len(doc) > MaxRecord {
		return nil, env, fmt.Errorf("%d bytes long, more than the %d that are read", len(doc), MaxRecord)
	}
	wrapped := ""
	for range maxEnvelopes + 1 {
		doc = bytes.TrimSpace(doc)
		e, err := open(doc)
		if err != nil {
			return nil, env, fmt.Errorf("%s%w", wrapped, err)
		}
		switch inner, in := e.content(&env); {
		case in != "":
			doc, wrapped = inner, in+": "
		case e.service() != "":
			return nil, env, fmt.Errorf("%san event of %s, not a CloudTrail record", wrapped, e.service())
		case has(e.EventName) || has(e.EventSource):
			return doc, env, nil
		case has(e.Records):
			return nil, env, errors.New(wrapped + "a log file inside another document is not read")
		default:
			return nil, env, errors.New(wrapped + "neither a CloudTrail record nor an event that holds one: eventName and eventSource are missing")
		}
	}
	return nil, env, fmt.Errorf("wrapped more than %d times", maxEnvelopes)
}

func open(doc []byte) (e envelope, err error) {
	if err := check(doc); err != nil {
		return e, err
	}
	if err := lenient(json.Unmarshal(doc, &e)); err != nil {
		return e, fmt.Errorf("not JSON: %w", err)
	}
	return e, nil
}

// content returns the document in an envelope and what it is there, or nothing if
// e is none. What the envelope says itself goes to env.
func (e *envelope) content(env *Envelope) (doc []byte, what string) {
	switch {
	case has(e.CloudTrailEvent):
		return unquoted(e.CloudTrailEvent), "the CloudTrailEvent"
	case has(e.SNS.Message):
		return unquoted(e.SNS.Message), "the message of the SNS notification"
	case has(e.EventName):
		return nil, ""
	case has(e.Detail):
		env.DetailType, env.Account = e.DetailType, e.Account
		return unquoted(e.Detail), "the detail of the EventBridge event"
	case has(e.Body):
		env.MessageID = e.MessageID
		return unquoted(e.Body), "the body of the SQS message"
	case has(e.Message) && e.Type == "Notification":
		return unquoted(e.Message), "the message of the SNS notification"
	}
	return nil, ""
}

// service returns the service of an event that is in the form of a trigger of
// Lambda: aws:s3, aws:dynamodb. CloudTrail names services as s3.amazonaws.com.
func (e *envelope) service() string {
	if source := string(unquoted(e.EventSource)); strings.HasPrefix(source, "aws:") {
		return source
	}
	return ""
}

func has(member json.RawMessage) bool { return len(member) > 0 && string(member) != "null" }

// unquoted returns the text of a JSON string, and any other JSON as it is.
func unquoted(member json.RawMessage) []byte {
	var s string
	if json.Unmarshal(member, &s) != nil {
		return member
	}
	return []byte(s)
}

// check refuses what must not reach a parser: an empty document, one that is not
// an object, and one that nests too deep.
func check(doc []byte) error {
	if len(doc) == 0 {
		return errors.New("empty")
	}
	if doc[0] != '{' {
		return fmt.Errorf("not a JSON object: begins with %.20q", doc)
	}
	depth, inString := 0, false
	for i := 0; i < len(doc); i++ {
		c := doc[i]
		switch {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return fmt.Errorf("nested deeper than %d", MaxDepth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// lenient forgives a member of another type than expected: encoding/json has
// filled the others by then. Published records have such members redacted.
func lenient(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return nil
	}
	return err
}
