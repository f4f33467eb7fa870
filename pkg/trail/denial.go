package trail

import (
	"encoding/json"
	"time"

	"why403/pkg/evidence"
)

// Category is CloudTrail's category of a record.
type Category string

// The categories of records that carry S3 denials.
const (
	CategoryManagement      Category = "Management"
	CategoryData            Category = "Data"
	CategoryNetworkActivity Category = "NetworkActivity"
)

// Denial is what one record proves about one request that S3 refused. A field is
// empty where the record does not say; nothing is guessed.
type Denial struct {
	// EventID and SharedEventID identify the record: copies of one request that
	// CloudTrail delivers to several accounts share the second.
	EventID, SharedEventID string
	RequestID              string
	Time                   time.Time // zero if the record has none that can be read
	Region, Partition      string
	// Recipient is the account whose copy of the record this is.
	Recipient string
	Category  Category
	// Service is the endpoint called (s3.amazonaws.com); Operation the call, in
	// CloudTrail's spelling.
	Service, Operation string
	Principal          evidence.Principal
	// Delegate is the account of the product provider that made the request with
	// access delegated to it for a time.
	Delegate string
	// Authorizations are what AWS checks for this call, as far as the record shows
	// it; those that follow from the state of buckets and keys are not here.
	Authorizations []evidence.Authorization
	// Unauthorized says why Authorizations is empty, where that is in the nature of
	// the call.
	Unauthorized string
	// Bucket and Key are empty for calls on accounts and in network activity
	// records. Bucket is never the alias of an access point.
	Bucket, Key, VersionID string
	BucketAccount          string
	// AccessPoint is the ARN of the access point, or multi-region access point, that
	// the request went through; AccessPointAlias its alias, where that was called:
	// it may be all that the record has.
	AccessPoint, AccessPointAlias string
	// Website says that a website endpoint was called, which never signs.
	Website                 bool
	ErrorCode, ErrorMessage string
	Message                 Message
	// VPCEndpointID is the endpoint the request came through; VPCEndpointAccount
	// its owner. The endpoints of AWS's own console are left out.
	VPCEndpointID, VPCEndpointAccount string
	// SourceIP is an IP address, or the name of the AWS service that called.
	SourceIP, UserAgent string
	// KMSKey is the ARN of the KMS key that the request or AWS's message names.
	KMSKey string
	// RequesterPays says that the request accepted charges by x-amz-request-payer.
	RequesterPays bool
	// Context is what the record says of each condition key, and of the headers that S3
	// itself looks at, which stand under s3: as if they were keys.
	Context evidence.Context
	// Complete says that a key that Context does not list was not in the request: of
	// a question that says so.
	Complete bool
	// Document is the policy that the request would store.
	Document json.RawMessage
	// Record is the CloudTrail record without its envelopes and without
	// credentials.
	Record []byte
}

// OccurrenceID identifies the request rather than the record: it is the same in
// every copy of it. DeleteObjects is recorded once and once more for each key, all
// with the id of the one request.
func (d Denial) OccurrenceID() string {
	switch {
	case d.RequestID != "" && (d.Operation == "DeleteObject" || d.Operation == "DeleteObjects"):
		return d.RequestID
	case d.SharedEventID != "":
		return d.SharedEventID
	}
	return d.EventID
}

// Class returns what the requester tried: the class of the action that the call is
// named for, whatever else had to be authorized for it.
func (d Denial) Class() Class {
	if op, ok := lookup(d.Operation); ok && op.action != "" {
		return ClassOf(op.action)
	}
	if len(d.Authorizations) > 0 {
		return ClassOf(d.Authorizations[0].Action)
	}
	return ClassOf(d.Operation)
}
