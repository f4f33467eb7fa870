package evidence

import "encoding/json"

// Key is what is known of one KMS key.
type Key struct {
	Metadata Read[KeyMetadata]       `json:"metadata,omitzero"`
	Policy   Read[json.RawMessage]   `json:"policy,omitzero"`
	Tags     Read[map[string]string] `json:"tags,omitzero"`
	Grants   Read[[]KeyGrant]        `json:"grants,omitzero"`
}

// KeyMetadata is the state and manager of a KMS key.
type KeyMetadata struct {
	KeyState   string `json:"KeyState"`
	KeyManager string `json:"KeyManager"`
}

// KeyGrant is one grant on a KMS key.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
type KeyGrant struct {
	GranteePrincipal string           `json:"GranteePrincipal"`
	Operations       []string         `json:"Operations"`
	Constraints      GrantConstraints `json:"Constraints,omitzero"`
}

// GrantConstraints are the encryption contexts that a grant is limited to.
type GrantConstraints struct {
	EncryptionContextSubset map[string]string `json:"EncryptionContextSubset,omitempty"`
	EncryptionContextEquals map[string]string `json:"EncryptionContextEquals,omitempty"`
}

// VPCEndpoint is one VPC endpoint.
type VPCEndpoint struct {
	VPCEndpointType string          `json:"VpcEndpointType"`
	VPCID           string          `json:"VpcId"`
	OwnerID         string          `json:"OwnerId"`
	PolicyDocument  json.RawMessage `json:"PolicyDocument,omitempty"`
}

// AccessPoint is what is known of one access point.
type AccessPoint struct {
	Config Read[AccessPointConfig] `json:"config,omitzero"`
	Policy Read[json.RawMessage]   `json:"policy,omitzero"`
}

// AccessPointConfig is the configuration of an access point.
type AccessPointConfig struct {
	Bucket                         string            `json:"Bucket"`
	BucketAccountID                string            `json:"BucketAccountId,omitempty"`
	NetworkOrigin                  string            `json:"NetworkOrigin,omitempty"`
	VPCID                          string            `json:"VpcId,omitempty"`
	Alias                          string            `json:"Alias,omitempty"`
	PublicAccessBlockConfiguration PublicAccessBlock `json:"PublicAccessBlockConfiguration,omitzero"`
}
