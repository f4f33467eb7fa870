package trail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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

// envelope has the members that tell one wrapping from another.
type envelope struct {
	// SQS message, as Lambda and as the SQS API spell it
	Body      *string `json:"body"`
	MessageID string  `json:"messageId"`
	// SNS notification, delivered by SQS or to Lambda
	Type    string  `json:"Type"`
	Message *string `json:"Message"`
	SNS     *struct {
		Message *string `json:"Message"`
	} `json:"Sns"`
	// EventBridge event
	DetailType string          `json:"detail-type"`
	Account    string          `json:"account"`
	Detail     json.RawMessage `json:"detail"`
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
	for range maxEnvelopes {
		doc = bytes.TrimSpace(doc)
		if err := check(doc); err != nil {
			return nil, env, err
		}
		var e envelope
		if err := lenient(json.Unmarshal(doc, &e)); err != nil {
			return nil, env, fmt.Errorf("not JSON: %w", err)
		}
		switch {
		case e.EventName != nil || e.EventSource != nil:
			return doc, env, nil
		case len(e.Detail) > 0:
			env.DetailType, env.Account = e.DetailType, e.Account
			doc = e.Detail
		case e.Body != nil:
			env.MessageID = e.MessageID
			doc = []byte(*e.Body)
		case e.Type == "Notification" && e.Message != nil:
			doc = []byte(*e.Message)
		case e.SNS != nil && e.SNS.Message != nil:
			doc = []byte(*e.SNS.Message)
		case e.Records != nil:
			return nil, env, errors.New("a log file inside another document is not read")
		default:
			return nil, env, errors.New("neither a CloudTrail record nor an event that holds one: eventName and eventSource are missing")
		}
	}
	return nil, env, fmt.Errorf("wrapped more than %d times", maxEnvelopes)
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
