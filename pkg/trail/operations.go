package trail

import "strings"

// target is what an operation acts on, and so what its resource ARN looks like.
type target uint8

const (
	onBucket      target = iota // arn:aws:s3:::BUCKET
	onObject                    // arn:aws:s3:::BUCKET/KEY
	onAccount                   // no resource type: "*"
	onAccessPoint               // arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME, or of its other kinds
	onNamed                     // a resource of S3 Control that the record may or may not name
)

// operation is one row of the table: which authorizations a call needs.
type operation struct {
	on     target
	action string
	// versioned is the action needed instead when the request names a version.
	versioned string
	// also are actions needed besides, on the same resource if they are S3's.
	also []string
	// adds are the authorizations that request parameters add.
	adds additions
	// copies: x-amz-copy-source names an object that is read, too.
	copies bool
	// inSession: on a directory bucket the call is made within a session, as those
	// on objects are.
	inSession bool
	// reason says why a call needs no authorization, where action is empty.
	reason string
}

// additions are authorizations that a call needs when it carries certain request
// parameters.
type additions uint8

const (
	addACL additions = 1 << iota
	addTagging
	addRetention
	addLegalHold
	addBypass
	addToBucket
	addUpload = addACL | addTagging | addRetention | addLegalHold
)

// addition is one row of the parameters that add an authorization. A parameter
// that ends in "-" stands for all that begin so.
type addition struct {
	when       additions
	action     string
	parameters [2]string
}

var additionTable = [...]addition{
	{addACL, "s3:PutObjectAcl", [2]string{"x-amz-acl", "x-amz-grant-"}},
	{addTagging, "s3:PutObjectTagging", [2]string{"x-amz-tagging"}},
	{addRetention, "s3:PutObjectRetention", [2]string{"x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date"}},
	{addLegalHold, "s3:PutObjectLegalHold", [2]string{"x-amz-object-lock-legal-hold"}},
	{addBypass, "s3:BypassGovernanceRetention", [2]string{"x-amz-bypass-governance-retention"}},
	{addToBucket, "s3:PutBucketAcl", [2]string{"x-amz-acl", "x-amz-grant-"}},
	{addToBucket, "s3:PutBucketObjectLockConfiguration", [2]string{"x-amz-bucket-object-lock-enabled"}},
	{addToBucket, "s3:PutBucketVersioning", [2]string{"x-amz-bucket-object-lock-enabled"}},
	{addToBucket, "s3:PutBucketOwnershipControls", [2]string{"x-amz-object-ownership"}},
}

// sent reports whether the request carries one of the parameters.
func (a addition) sent(r *record) bool {
	for _, want := range a.parameters {
		if want == "" {
			continue
		}
		for _, sent := range r.RequestParameters {
			name := sent.name
			if strings.EqualFold(name, want) ||
				strings.HasSuffix(want, "-") && len(name) > len(want) && strings.EqualFold(name[:len(want)], want) {
				return true
			}
		}
	}
	return false
}

// lookup returns the row of a CloudTrail event name.
func lookup(eventName string) (operation, bool) {
	op, ok := operations[eventName]
	return op, ok
}
