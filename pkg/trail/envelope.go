package trail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/valyala/fastjson"
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

// Unwrap takes a CloudTrail record out of the EventBridge event, SNS notification
// or SQS message that holds it. A bare record is returned as it is.
func Unwrap(doc []byte) (record []byte, env Envelope, err error) {
	_, record, env, err = unwrap(doc)
	return record, env, err
}

// unwrap returns the record parsed, too.
func unwrap(doc []byte) (v *fastjson.Value, record []byte, env Envelope, err error) {
	if len(doc) > MaxRecord {
		return nil, nil, env, fmt.Errorf("%d bytes long, more than the %d that are read", len(doc), MaxRecord)
	}
	record = bytes.TrimSpace(doc)
	if !utf8.Valid(record) {
		// The parser keeps such bytes, and what is made of them could not be stored.
		record = bytes.ToValidUTF8(record, []byte("\ufffd"))
	}
	if v, err = open(record); err != nil {
		return nil, nil, env, err
	}
	within := ""
	for range maxEnvelopes + 1 {
		inner, in := content(v, &env)
		switch {
		case in != "":
			within = in + ": "
			if v, record, err = enter(inner); err != nil {
				return nil, nil, env, fmt.Errorf("%s%w", within, err)
			}
		case service(v) != "":
			return nil, nil, env, fmt.Errorf("%san event of %s, not a CloudTrail record", within, service(v))
		case has(v, "eventName") || has(v, "eventSource"):
			return v, record, env, nil
		case has(v, "Records"):
			return nil, nil, env, errors.New(within + "a log file inside another document is not read")
		default:
			return nil, nil, env, errors.New(within + "neither a CloudTrail record nor an event that holds one: eventName and eventSource are missing")
		}
	}
	return nil, nil, env, fmt.Errorf("wrapped more than %d times", maxEnvelopes)
}

// enter steps into what an envelope holds: an object, or a text that is one.
func enter(inner *fastjson.Value) (v *fastjson.Value, record []byte, err error) {
	switch inner.Type() {
	case fastjson.TypeObject:
		return inner, inner.MarshalTo(nil), nil
	case fastjson.TypeString:
		record = bytes.TrimSpace(inner.GetStringBytes())
	default:
		record = inner.MarshalTo(nil)
	}
	v, err = open(record)
	return v, record, err
}

// open parses a document. The standard library says whether it is JSON: the parser
// is lenient, and what it lets pass could not be stored in a case.
func open(doc []byte) (*fastjson.Value, error) {
	if err := check(doc); err != nil {
		return nil, err
	}
	if !json.Valid(doc) {
		var v any
		return nil, fmt.Errorf("not JSON: %w", json.Unmarshal(doc, &v))
	}
	v, err := fastjson.ParseBytes(doc)
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	return v, nil
}

// content returns what an envelope holds and what it is there, or nothing if v is
// none. What the envelope says itself goes to env.
func content(v *fastjson.Value, env *Envelope) (inner *fastjson.Value, what string) {
	switch {
	case has(v, "CloudTrailEvent"): // as cloudtrail:LookupEvents returns it
		return v.Get("CloudTrailEvent"), "the CloudTrailEvent"
	case has(v, "Sns", "Message"): // to Lambda
		return v.Get("Sns", "Message"), "the message of the SNS notification"
	case has(v, "eventName"):
		return nil, ""
	case has(v, "detail"):
		env.DetailType, env.Account = str(v, "detail-type"), str(v, "account")
		return v.Get("detail"), "the detail of the EventBridge event"
	case has(v, "body"): // SQS to Lambda
		env.MessageID = str(v, "messageId")
		return v.Get("body"), "the body of the SQS message"
	case has(v, "Body"): // as the SQS API spells it
		env.MessageID = str(v, "MessageId")
		return v.Get("Body"), "the body of the SQS message"
	case has(v, "Message") && str(v, "Type") == "Notification":
		return v.Get("Message"), "the message of the SNS notification"
	}
	return nil, ""
}

// service returns the service of an event that is in the form of a trigger of
// Lambda: aws:s3, aws:dynamodb. CloudTrail names services as s3.amazonaws.com.
func service(v *fastjson.Value) string {
	if source := str(v, "eventSource"); strings.HasPrefix(source, "aws:") {
		return source
	}
	return ""
}

func has(v *fastjson.Value, keys ...string) bool {
	member := v.Get(keys...)
	return member != nil && member.Type() != fastjson.TypeNull
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
