package trail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// wrap makes a document a text in another document, as SQS does.
func wrap(tb testing.TB, member string, doc []byte) []byte {
	tb.Helper()
	out, err := json.Marshal(map[string]string{"messageId": "message-EXAMPLE", member: string(doc), "eventSource": "aws:sqs", "awsRegion": "us-east-1"})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// notification is what SNS makes of a document.
func notification(tb testing.TB, doc []byte) []byte {
	tb.Helper()
	out, err := json.Marshal(map[string]string{"Type": "Notification", "MessageId": "sns-EXAMPLE", "TopicArn": "arn:aws:sns:us-east-1:111111111111:denials", "Message": string(doc)})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

const (
	bareRecord = `{"eventVersion":"1.11","eventSource":"s3.amazonaws.com","eventName":"GetObject","errorCode":"AccessDenied","recipientAccountId":"111111111111"}`
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
	bridgeEvent = `{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","account":"111111111111","resources":[],"detail":` + bareRecord + `}`
)

func TestUnwrap(t *testing.T) {
	bridge := Envelope{DetailType: "AWS API Call via CloudTrail", Account: "111111111111"}
	bridgeInSQS := bridge
	bridgeInSQS.MessageID = "message-EXAMPLE"
	inSQS := Envelope{MessageID: "message-EXAMPLE"}
	for _, test := range []struct {
		name, doc string
		want      Envelope
	}{
		{"a bare record", bareRecord, Envelope{}},
		{"white space around it", "\n\t " + bareRecord + "\r\n", Envelope{}},
		{"an EventBridge event", bridgeEvent, bridge},
		{"an EventBridge event of the network activity of a VPC endpoint", strings.Replace(bridgeEvent, "AWS API Call", "AWS Network Activity Event", 1),
			Envelope{DetailType: "AWS Network Activity Event via CloudTrail", Account: "111111111111"}},
		// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
		{"SQS to Lambda", string(wrap(t, "body", []byte(bridgeEvent))), bridgeInSQS},
		{"SQS to Lambda, bare record", string(wrap(t, "body", []byte(bareRecord))), inSQS},
		// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Message.html
		{"SQS API", `{"MessageId":"message-EXAMPLE","ReceiptHandle":"h","MD5OfBody":"d","Body":` + quote(bridgeEvent) + `}`, bridgeInSQS},
		// https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
		{"SNS in SQS", string(wrap(t, "body", notification(t, []byte(bridgeEvent)))), bridgeInSQS},
		{"SNS in SQS, bare record", string(wrap(t, "body", notification(t, []byte(bareRecord)))), inSQS},
		{"SNS", string(notification(t, []byte(bridgeEvent))), bridge},
		// https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
		{"SNS to Lambda", `{"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":"arn","Sns":{"Type":"Notification","Message":` + quote(bridgeEvent) + `}}`, bridge},
		// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Event.html
		{"cloudtrail:LookupEvents", `{"EventId":"e","EventName":"GetObject","EventSource":"s3.amazonaws.com","ReadOnly":"true","CloudTrailEvent":` + quote(bareRecord) + `}`, Envelope{}},
		{"a detail that is a text", strings.Replace(bridgeEvent, bareRecord, quote(bareRecord), 1), bridge},
		{"a body that is no text", `{"messageId":"message-EXAMPLE","body":` + bridgeEvent + `}`, bridgeInSQS},
		{"as many envelopes as there may be", string(wrap(t, "body", wrap(t, "body", notification(t, []byte(bridgeEvent))))), bridgeInSQS},
		{"members of the wrong type around it", `{"version":0,"detail-type":["x"],"account":111111111111,"Sns":"x","Type":1,"messageId":{},"detail":` + bareRecord + `}`, Envelope{}},
		{"members that are null", `{"body":null,"Sns":null,"Message":null,"CloudTrailEvent":null,"Records":null,"detail":` + bareRecord + `}`, Envelope{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			record, env, err := Unwrap([]byte(test.doc))
			if err != nil {
				t.Fatal(err)
			}
			if string(record) != bareRecord {
				t.Errorf("record %s", record)
			}
			if diff := cmp.Diff(test.want, env); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func quote(doc string) string {
	text, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestUnwrapErrors(t *testing.T) {
	five := []byte(bareRecord)
	for range 5 {
		five = wrap(t, "body", five)
	}
	for _, test := range []struct{ name, doc, want string }{
		{"nothing", "", "empty"},
		{"white space", " \n", "empty"},
		{"text", `"text"`, `not a JSON object: begins with "\"text\""`},
		{"a number", "12", `not a JSON object: begins with "12"`},
		{"null", "null", `not a JSON object: begins with "null"`},
		{"an array", "[" + bareRecord + "]", `not a JSON object: begins with "[{\"eventVersion\":\"1."`},
		{"not text at all", "\x1f\x8b\x00", "not a JSON object: begins with \"\\x1f\ufffd\\x00\""},
		{"cut", bareRecord[:40], "not JSON: unexpected end of JSON input"},
		{"two documents", bareRecord + bareRecord, "not JSON: invalid character '{' after top-level value"},
		{"something else", `{"hello":"world"}`, "neither a CloudTrail record nor an event that holds one: eventName and eventSource are missing"},
		{"neither is known", `{"eventName":null,"eventSource":null}`, "neither a CloudTrail record nor an event that holds one: eventName and eventSource are missing"},
		{"too large", `{"a":"` + strings.Repeat("a", MaxRecord) + `"}`, "1048584 bytes long, more than the 1048576 that are read"},
		{"too deep", strings.Repeat(`{"a":[`, 33) + strings.Repeat("]}", 33), "nested deeper than 64"},
		{"much too deep", `{"a":` + strings.Repeat("[", 100_000), "nested deeper than 64"},
		{"wrapped too often", string(five), "wrapped more than 4 times"},
		{"an empty body", `{"messageId":"m","body":""}`, "the body of the SQS message: empty"},
		{"a body that is not JSON", `{"messageId":"m","body":"hello"}`, `the body of the SQS message: not a JSON object: begins with "hello"`},
		{"a body that is cut", `{"messageId":"m","body":"{\"eventName\":"}`, "the body of the SQS message: not JSON: unexpected end of JSON input"},
		{"a body that is too deep", string(wrap(t, "body", []byte(`{"a":`+strings.Repeat("[", 64)))), "the body of the SQS message: nested deeper than 64"},
		{"a test notification", string(wrap(t, "body", notification(t, []byte("test")))), `the message of the SNS notification: not a JSON object: begins with "test"`},
		{"a subscription to confirm", `{"Type":"SubscriptionConfirmation","Message":"You have chosen to subscribe"}`, "neither a CloudTrail record nor an event that holds one: eventName and eventSource are missing"},
		{"a detail that is a number", `{"detail-type":"x","detail":1}`, `the detail of the EventBridge event: not a JSON object: begins with "1"`},
		{"an event of something else", `{"detail-type":"EC2 Instance State-change Notification","detail":{"state":"running"}}`,
			"the detail of the EventBridge event: neither a CloudTrail record nor an event that holds one: eventName and eventSource are missing"},
		{"a log file in a message", string(wrap(t, "body", []byte(`{"Records":[`+bareRecord+`]}`))), "the body of the SQS message: a log file inside another document is not read"},
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
		{"an event notification of S3", `{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{}}`, "an event of aws:s3, not a CloudTrail record"},
		{"a message of SQS without a body", `{"messageId":"m","eventSource":"aws:sqs"}`, "an event of aws:sqs, not a CloudTrail record"},
	} {
		t.Run(test.name, func(t *testing.T) {
			record, _, err := Unwrap([]byte(test.doc))
			if err == nil || err.Error() != test.want {
				t.Errorf("error %v, want %s; record %.80q", err, test.want, record)
			}
		})
	}
}

// A record is not taken apart for members that would make another document an
// envelope.
func TestUnwrapKeepsRecords(t *testing.T) {
	const record = `{"eventName":"GetObject","detail":{"eventName":"PutObject"},"body":"{}","Type":"Notification","Message":"{}","Records":[]}`
	if got, env, err := Unwrap([]byte(record)); string(got) != record || env != (Envelope{}) || err != nil {
		t.Errorf("%s, %+v, %v", got, env, err)
	}
}

// A string may hold brackets without number, and braces close what they open.
func TestUnwrapDepth(t *testing.T) {
	for name, doc := range map[string]string{
		"brackets in a string":    `{"eventName":"GetObject","a":"` + strings.Repeat(`[{\"`, 1000) + `"}`,
		"brackets side by side":   `{"eventName":"GetObject","a":[` + strings.Repeat(`{},`, 1000) + `[]]}`,
		"as deep as it may be":    `{"eventName":"GetObject","a":` + strings.Repeat("[", MaxDepth-1) + strings.Repeat("]", MaxDepth-1) + `}`,
		"a backslash at its end":  `{"eventName":"GetObject","a":"\\","b":"{{"}`,
		"an escape at every turn": `{"eventName":"GetObject","a":"\"{\"[\\\"{"}`,
	} {
		if _, _, err := Unwrap([]byte(doc)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An event bus takes what anybody with events:PutEvents sends. CloudTrail's own
// events arrive in the account of the record.
func TestParseRefusesOtherAccounts(t *testing.T) {
	for _, test := range []struct{ name, doc, want string }{
		{"the same account", bridgeEvent, ""},
		{"another account", strings.Replace(bridgeEvent, `"account":"111111111111"`, `"account":"222222222222"`, 1),
			"the event is of account 222222222222, its record of account 111111111111: not from CloudTrail"},
		{"a redacted account", strings.Replace(bridgeEvent, `"account":"111111111111"`, `"account":"xxxx"`, 1), ""},
		{"no account", strings.Replace(bridgeEvent, `"account":"111111111111",`, ``, 1), ""},
	} {
		_, _, err := Parse([]byte(test.doc))
		if got := fmt.Sprint(err); got != test.want && (err != nil || test.want != "") {
			t.Errorf("%s: %s, want %q", test.name, got, test.want)
		}
	}
}

// Bytes that are no UTF-8 reach neither the fields nor the copy of the record.
func TestParseNotUTF8(t *testing.T) {
	record := strings.Replace(bareRecord, "{", "{\"errorMessage\":\"a\xff\xfeb\xc3\",", 1)
	for name, doc := range map[string]string{
		"bare":        record,
		"EventBridge": strings.Replace(bridgeEvent, bareRecord, record, 1),
		"SQS":         `{"body":"` + strings.ReplaceAll(record, `"`, `\"`) + `"}`,
	} {
		d, _, err := Parse([]byte(doc))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d.ErrorMessage != "a\ufffdb\ufffd" || !utf8.Valid(d.Record) || d.Operation != "GetObject" {
			t.Errorf("%s: the message is %q, the record %q", name, d.ErrorMessage, d.Record)
		}
	}
}

// A member of another type than expected is as good as missing; the rest is read.
func TestParseWrongTypes(t *testing.T) {
	whole := decoded(t, sampleRecord(t)).(map[string]any)
	for name := range whole {
		if name == "eventName" || name == "eventSource" {
			continue
		}
		for _, wrong := range []any{json.Number("1"), "text", []any{"a", json.Number("1")}, map[string]any{"a": []any{}}, true, nil} {
			record := map[string]any{}
			for n, v := range whole {
				record[n] = v
			}
			record[name] = wrong
			doc, err := json.Marshal(record)
			if err != nil {
				t.Fatal(err)
			}
			d, _, err := Parse(doc)
			if err != nil && name != "eventVersion" {
				t.Errorf("%s is %v: %v", name, wrong, err)
				continue
			}
			if err == nil && d.Operation != whole["eventName"] {
				t.Errorf("%s is %v: the operation is %q", name, wrong, d.Operation)
			}
			if err == nil && name != "eventID" && d.EventID != whole["eventID"] {
				t.Errorf("%s is %v: the event id is %q", name, wrong, d.EventID)
			}
			if err == nil && name != "errorMessage" && d.ErrorMessage != whole["errorMessage"] {
				t.Errorf("%s is %v: the message is %q", name, wrong, d.ErrorMessage)
			}
		}
	}
}

// sampleEvents are the documents of the sample events, bad ones included.
func sampleEvents(tb testing.TB) (docs [][]byte) {
	tb.Helper()
	err := filepath.WalkDir(filepath.FromSlash("../../events"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		doc, err := os.ReadFile(path)
		docs = append(docs, doc)
		return err
	})
	if err != nil || len(docs) == 0 {
		tb.Fatalf("%d sample events, %v", len(docs), err)
	}
	return docs
}

// Every sample is a record, or a list of them, in envelopes that Unwrap knows.
func TestUnwrapSamples(t *testing.T) {
	files, err := filepath.Glob(filepath.FromSlash("../../events/*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, file := range files {
		doc, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := NewScanner(bytes.NewReader(doc))
		for {
			item, ok := s.Next()
			if !ok {
				break
			}
			if item.Err != nil {
				t.Errorf("%s: %s: %v", file, item.Where, item.Err)
				continue
			}
			if _, _, err := Unwrap(item.Raw); err != nil {
				t.Errorf("%s: %s: %v", file, item.Where, err)
			}
		}
		if s.Err() != nil {
			t.Errorf("%s: %v", file, s.Err())
		}
	}
}
