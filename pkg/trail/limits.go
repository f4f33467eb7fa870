package trail

// Bounds on foreign input, checked before it is parsed.
const (
	// MaxRecord is the size of the largest record read, in bytes. CloudTrail does
	// not send events over 256 KB to EventBridge; log files may hold larger ones.
	// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
	MaxRecord = 1 << 20
	// MaxDocument is the size of the largest document that is not a log file, in
	// bytes: a case holds many policies.
	MaxDocument = 32 << 20
	// MaxDepth is how deep objects and arrays may nest.
	MaxDepth = 64
	// maxEnvelopes is how many envelopes may be wrapped round one record: an SQS
	// message with an SNS notification with an EventBridge event is three.
	maxEnvelopes = 4
	// maxMessage is the length at which CloudTrail cuts errorMessage, in bytes.
	// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
	maxMessage = 1024
)
