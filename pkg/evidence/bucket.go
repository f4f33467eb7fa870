package evidence

import (
	"encoding/json"
	"time"
)

// Bucket is what is known of one bucket. The values keep the field names of the
// S3 API responses.
type Bucket struct {
	Account           Read[string]            `json:"account,omitzero"`
	Region            Read[string]            `json:"region,omitzero"`
	Policy            Read[json.RawMessage]   `json:"policy,omitzero"` // absent: NoSuchBucketPolicy
	PolicyStatus      Read[PolicyStatus]      `json:"policyStatus,omitzero"`
	PublicAccessBlock Read[PublicAccessBlock] `json:"publicAccessBlock,omitzero"`
	OwnershipControls Read[OwnershipControls] `json:"ownershipControls,omitzero"`
	ACL               Read[ACL]               `json:"acl,omitzero"`
	RequestPayment    Read[RequestPayment]    `json:"requestPayment,omitzero"`
	Encryption        Read[Encryption]        `json:"encryption,omitzero"`
	Versioning        Read[Versioning]        `json:"versioning,omitzero"`
	ObjectLock        Read[ObjectLock]        `json:"objectLock,omitzero"`
	Tags              Read[map[string]string] `json:"tags,omitzero"`
	ABAC              Read[ABAC]              `json:"abac,omitzero"`
}

// PolicyStatus is S3's own answer to whether a bucket policy is public.
type PolicyStatus struct {
	IsPublic bool `json:"IsPublic" required:"true"`
}

// PublicAccessBlock is the four settings of S3 Block Public Access.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
type PublicAccessBlock struct {
	BlockPublicAcls       bool `json:"BlockPublicAcls"`
	IgnorePublicAcls      bool `json:"IgnorePublicAcls"`
	BlockPublicPolicy     bool `json:"BlockPublicPolicy"`
	RestrictPublicBuckets bool `json:"RestrictPublicBuckets"`
}

// OwnershipControls is the Object Ownership setting of a bucket.
type OwnershipControls struct {
	ObjectOwnership string `json:"ObjectOwnership" required:"true"`
}

// ACL is an access control list of a bucket or an object.
type ACL struct {
	Owner  Owner      `json:"Owner,omitzero"`
	Grants []ACLGrant `json:"Grants,omitempty"`
}

// Owner is a canonical user.
type Owner struct {
	ID string `json:"ID,omitempty"`
}

// ACLGrant is one grant of an ACL.
type ACLGrant struct {
	Grantee    Grantee `json:"Grantee" required:"true"`
	Permission string  `json:"Permission" required:"true"`
}

// Grantee is who an ACL grant is for: a canonical user by ID, a group by URI.
type Grantee struct {
	Type string `json:"Type" required:"true"`
	ID   string `json:"ID,omitempty"`
	URI  string `json:"URI,omitempty"`
}

// RequestPayment says who pays for requests to a bucket.
type RequestPayment struct {
	Payer string `json:"Payer" required:"true"`
}

// Encryption is the default encryption of a bucket.
type Encryption struct {
	SSEAlgorithm           string   `json:"SSEAlgorithm,omitempty"`
	KMSMasterKeyID         string   `json:"KMSMasterKeyID,omitempty"`
	BucketKeyEnabled       bool     `json:"BucketKeyEnabled,omitempty"`
	BlockedEncryptionTypes []string `json:"BlockedEncryptionTypes,omitempty"`
}

// Versioning is the versioning state of a bucket.
type Versioning struct {
	Status    string `json:"Status,omitempty"`
	MFADelete string `json:"MFADelete,omitempty"`
}

// ObjectLock is the Object Lock configuration of a bucket.
type ObjectLock struct {
	ObjectLockEnabled string `json:"ObjectLockEnabled,omitempty"`
}

// ABAC tells whether bucket tags take part in access decisions.
type ABAC struct {
	Status string `json:"Status" required:"true"`
}

// Object is what is known of the current version of an object, and of others by
// version id.
type Object struct {
	ObjectVersion
	Versions map[string]ObjectVersion `json:"versions,omitempty"`
}

// ObjectVersion is what is known of one version of an object.
type ObjectVersion struct {
	Head      Read[ObjectHead]        `json:"head,omitzero"`  // absent: NoSuchKey
	Owner     Read[string]            `json:"owner,omitzero"` // canonical id
	ACL       Read[ACL]               `json:"acl,omitzero"`
	Retention Read[Retention]         `json:"retention,omitzero"`
	LegalHold Read[LegalHold]         `json:"legalHold,omitzero"`
	Tags      Read[map[string]string] `json:"tags,omitzero"`
}

// ObjectHead is the metadata of an object.
type ObjectHead struct {
	ServerSideEncryption string `json:"ServerSideEncryption,omitempty"`
	SSEKMSKeyID          string `json:"SSEKMSKeyId,omitempty"`
	BucketKeyEnabled     bool   `json:"BucketKeyEnabled,omitempty"`
	SSECustomerAlgorithm string `json:"SSECustomerAlgorithm,omitempty"`
	StorageClass         string `json:"StorageClass,omitempty"`
	DeleteMarker         bool   `json:"DeleteMarker,omitempty"`
}

// Retention is the Object Lock retention of an object version.
type Retention struct {
	Mode            string    `json:"Mode" required:"true"`
	RetainUntilDate time.Time `json:"RetainUntilDate,omitzero"`
}

// LegalHold is the Object Lock legal hold of an object version.
type LegalHold struct {
	Status string `json:"Status" required:"true"`
}
