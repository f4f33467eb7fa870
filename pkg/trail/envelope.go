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
	var o opener
	if _, record, env, err = o.unwrap(doc); err == nil {
		err = o.strict()
	}
	if err != nil {
		return nil, env, err
	}
	return record, env, nil
}

// opener parses documents, and keeps the memory of its parsers from one record to
// the next. What it returns parsed is good until release.
type opener struct {
	pool fastjson.ParserPool
	used []*fastjson.Parser
	docs [][]byte // what was parsed, the outermost first
	in   []string // and where it stood
	// quick: a record without an error is not written out.
	quick bool
}

func (o *opener) release() {
	for _, p := range o.used {
		o.pool.Put(p)
	}
	o.used, o.docs, o.in = o.used[:0], o.docs[:0], o.in[:0]
}

// strict has the standard library say whether what was parsed is JSON: the parser
// is lenient, and what it lets pass could not be stored in a case.
func (o *opener) strict() error {
	for i, doc := range o.docs {
		if !json.Valid(doc) {
			return fmt.Errorf("%s%w", o.in[i], notJSON(doc))
		}
	}
	return nil
}

func notJSON(doc []byte) error {
	var v any
	return fmt.Errorf("not JSON: %w", json.Unmarshal(doc, &v))
}

// unwrap returns the record parsed, too.
func (o *opener) unwrap(doc []byte) (v *fastjson.Value, record []byte, env Envelope, err error) {
	if len(doc) > MaxRecord {
		return nil, nil, env, fmt.Errorf("%d bytes long, more than the %d that are read", len(doc), MaxRecord)
	}
	record = bytes.TrimSpace(doc)
	if !utf8.Valid(record) {
		// The parser keeps such bytes, and what is made of them could not be stored.
		record = bytes.ToValidUTF8(record, []byte("\ufffd"))
	}
	if v, err = o.open(record, ""); err != nil {
		return nil, nil, env, err
	}
	within := ""
	for range maxEnvelopes + 1 {
		inner, in := content(v, &env)
		switch {
		case in != "":
			within = in + ": "
			if v, record, err = o.enter(inner, within); err != nil {
				return nil, nil, env, err
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
func (o *opener) enter(inner *fastjson.Value, within string) (v *fastjson.Value, record []byte, err error) {
	switch inner.Type() {
	case fastjson.TypeObject:
		if o.quick && !mayHaveFailed(o.docs[len(o.docs)-1]) {
			return inner, nil, nil
		}
		// Before anything of it is read: the parser writes names and texts that it has
		// read in another form.
		return inner, inner.MarshalTo(nil), nil
	case fastjson.TypeString:
		record = bytes.Clone(bytes.TrimSpace(inner.GetStringBytes()))
	default:
		record = inner.MarshalTo(nil)
	}
	v, err = o.open(record, within)
	return v, record, err
}

// open parses a document that stands in another, or in none.
func (o *opener) open(doc []byte, within string) (*fastjson.Value, error) {
	if err := check(doc); err != nil {
		return nil, fmt.Errorf("%s%w", within, err)
	}
	p := o.pool.Get()
	o.used, o.docs, o.in = append(o.used, p), append(o.docs, doc), append(o.in, within)
	v, err := p.ParseBytes(doc)
	switch {
	case err == nil:
		return v, nil
	case json.Valid(doc):
		return nil, fmt.Errorf("%snot JSON: %w", within, err)
	default:
		return nil, fmt.Errorf("%s%w", within, notJSON(doc))
	}
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

// mayHaveFailed reports whether a document may have a record with an error in it.
func mayHaveFailed(doc []byte) bool {
	return bytes.Contains(doc, []byte(`"errorCode"`)) || bytes.Contains(doc, []byte(`"errorMessage"`)) || bytes.Contains(doc, []byte(`\u`))
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
	depth := 0
	for i := 0; i < len(doc); i++ {
		switch doc[i] {
		case '"':
			end := stringEnd(doc[i+1:])
			if end < 0 {
				return nil // the parser says so
			}
			i += end + 1
		case '{', '[':
			if depth++; depth > MaxDepth {
				return fmt.Errorf("nested deeper than %d", MaxDepth)
			}
		case '}', ']':
			depth--
		}
	}
	return nil
}

// stringEnd returns where the string that doc stands in ends.
func stringEnd(doc []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(doc[at:], '"')
		if i < 0 {
			return -1
		}
		end, slashes := at+i, 0
		for end-slashes > 0 && doc[end-slashes-1] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return end
		}
		at = end + 1
	}
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
