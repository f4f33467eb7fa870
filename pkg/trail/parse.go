package trail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/valyala/fastjson"
)

// Parse reads one CloudTrail record in whatever envelope it comes. If the record
// is no S3 denial, ignored says why, and the Denial has what was read of it: of a
// call that succeeded no more than which call it was.
// An error means that the document is not a record, or one that names no call.
func Parse(doc []byte) (d Denial, ignored string, err error) { return new(Reader).Parse(doc) }

// Reader parses records one after another, and keeps its memory between them. The
// zero Reader is ready; it is not safe for concurrent use.
type Reader struct{ opener opener }

// Parse is the package's Parse.
func (reader *Reader) Parse(doc []byte) (d Denial, ignored string, err error) {
	o := &reader.opener
	o.quick = true
	defer o.release()
	v, raw, env, err := o.unwrap(doc)
	if err != nil {
		return Denial{}, "", err
	}
	if err := named(v, env); err != nil {
		return Denial{}, "", err
	}
	if str(v, "errorCode") == "" && str(v, "errorMessage") == "" {
		// Most records of a log file end here.
		return Denial{
			EventID: str(v, "eventID"), SharedEventID: str(v, "sharedEventID"), Region: str(v, "awsRegion"),
			Recipient: str(v, "recipientAccountId"), Service: str(v, "eventSource"), Operation: str(v, "eventName"),
		}, succeeded, nil
	}
	if err := o.strict(); err != nil {
		return Denial{}, "", err
	}
	if clean := Scrub(raw); !bytes.Equal(clean, raw) {
		if v, err = o.open(clean, ""); err != nil {
			return Denial{}, "", err
		}
		raw = clean
	}
	r := decode(v)
	d = read(r)
	d.Record = raw
	return d, notDenied(r, d), nil
}

// named refuses a record that names no call, one of a version that is not known,
// and one that CloudTrail has not sent.
func named(v *fastjson.Value, env Envelope) error {
	if str(v, "eventName") == "" || str(v, "eventSource") == "" {
		return errors.New("a CloudTrail record without eventName or eventSource")
	}
	version := str(v, "eventVersion")
	if major, _, _ := strings.Cut(version, "."); version != "" && major != "1" {
		return fmt.Errorf("eventVersion %q: only versions 1.x are read", version)
	}
	if recipient := str(v, "recipientAccountId"); isAccount(env.Account) && isAccount(recipient) && env.Account != recipient {
		return fmt.Errorf("the event is of account %s, its record of account %s: not from CloudTrail", env.Account, recipient)
	}
	return nil
}

func read(r *record) Denial {
	d := Denial{
		EventID: r.EventID, SharedEventID: r.SharedEventID, RequestID: r.RequestID,
		Region: r.AWSRegion, Partition: partition(r.AWSRegion), Recipient: r.RecipientAccountID,
		Category: category(r), Service: r.EventSource, Operation: r.EventName,
		ErrorCode: r.ErrorCode, ErrorMessage: r.ErrorMessage, Message: ParseMessage(r.ErrorMessage),
		UserAgent: strings.TrimSuffix(strings.TrimPrefix(r.UserAgent, "["), "]"),
		SourceIP:  r.SourceIPAddress,
	}
	if t, err := time.Parse(time.RFC3339, r.EventTime); err == nil {
		d.Time = t.UTC()
	}
	if p, ok := parseARN(r.UserIdentity.ARN); ok && p.partition != "" {
		d.Partition = p.partition
	}
	d.Principal = caller(r.UserIdentity, d.Message)
	d.VPCEndpointID, d.VPCEndpointAccount = endpoint(r)
	if payer, _ := r.param("x-amz-request-payer"); strings.EqualFold(payer, "requester") {
		d.RequesterPays = true
	}
	if v, _ := r.param("bucketPolicy"); d.Operation == "PutBucketPolicy" && strings.HasPrefix(v, "{") {
		d.Document = json.RawMessage(v)
	}
	if isAccount(r.UserIdentity.Delegate.AccountID) {
		d.Delegate = r.UserIdentity.Delegate.AccountID
	}
	readResource(r, &d)
	distrustForgedReason(&d)
	authorize(r, &d)
	d.KMSKey = kmsKey(r, d)
	d.Context = contextOf(r, &d)
	return d
}

func category(r *record) Category {
	switch {
	case r.EventCategory == string(CategoryNetworkActivity), strings.HasPrefix(r.EventType, "AwsVpceEvent"):
		return CategoryNetworkActivity
	case r.EventCategory != "":
		return Category(r.EventCategory)
	}
	return ""
}

// endpoint returns the VPC endpoint of the request. The AWS consoles call through
// endpoints of AWS's own, and so do services that call for somebody: those are not
// the customer's to configure. They have no owner in the record.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func endpoint(r *record) (id, account string) {
	if !strings.HasPrefix(r.VPCEndpointID, "vpce-") {
		return "", ""
	}
	account = accountOr(r.VPCEndpointAccountID, "")
	console := strings.Contains(r.UserAgent, "S3Console/") || strings.Contains(r.UserAgent, "aws-internal/")
	if account == "" && (console || byService(r)) {
		return "", ""
	}
	return r.VPCEndpointID, account
}

// distrustForgedReason drops a reason that is part of the requester's own object
// key: CloudTrail cuts long messages, so that a key can be chosen for the cut to
// fall behind words that look like AWS's.
func distrustForgedReason(d *Denial) {
	object := "arn:" + d.Partition + ":s3:::" + d.Bucket + "/" + d.Key
	if d.Key != "" && d.Message.Resource != "" && strings.HasPrefix(object, d.Message.Resource+`"`) {
		d.Message = Message{Form: FormTruncated, Principal: d.Message.Principal, Action: d.Message.Action, Truncated: true}
	}
}
