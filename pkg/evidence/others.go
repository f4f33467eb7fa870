package evidence

import (
	"encoding/json"
	"fmt"
)

// Key is what is known of one KMS key.
type Key struct {
	Metadata Read[KeyMetadata]       `json:"metadata,omitzero"`
	Policy   Read[json.RawMessage]   `json:"policy,omitzero"`
	Tags     Read[map[string]string] `json:"tags,omitzero"`
	Grants   Read[[]KeyGrant]        `json:"grants,omitzero"`
}

// KeyMetadata is the state and manager of a KMS key.
type KeyMetadata struct {
	KeyState   string `json:"KeyState,omitempty"`
	KeyManager string `json:"KeyManager,omitempty"`
}

// KeyGrant is one grant on a KMS key.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
type KeyGrant struct {
	GranteePrincipal string           `json:"GranteePrincipal" required:"true"`
	Operations       []string         `json:"Operations" required:"true"`
	Constraints      GrantConstraints `json:"Constraints,omitzero"`
}

// GrantConstraints are the encryption contexts that a grant is limited to.
type GrantConstraints struct {
	EncryptionContextSubset map[string]string `json:"EncryptionContextSubset,omitempty"`
	EncryptionContextEquals map[string]string `json:"EncryptionContextEquals,omitempty"`
}

// VPCEndpoint is one VPC endpoint.
type VPCEndpoint struct {
	VPCEndpointType string          `json:"VpcEndpointType,omitempty"`
	VPCID           string          `json:"VpcId,omitempty"`
	OwnerID         string          `json:"OwnerId,omitempty"`
	PolicyDocument  json.RawMessage `json:"PolicyDocument,omitempty"`
}

// UnmarshalJSON implements json.Unmarshaler. It refuses a policy document that is
// not a JSON object.
func (e *VPCEndpoint) UnmarshalJSON(b []byte) error {
	type plain VPCEndpoint
	var q plain
	if err := json.Unmarshal(b, &q); err != nil {
		return err
	}
	if isNull(q.PolicyDocument) {
		q.PolicyDocument = nil
	}
	if q.PolicyDocument != nil {
		if err := checkDocument(q.PolicyDocument); err != nil {
			return fmt.Errorf("PolicyDocument: %w", err)
		}
	}
	*e = VPCEndpoint(q)
	return nil
}

// AccessPoint is what is known of one access point.
type AccessPoint struct {
	Config Read[AccessPointConfig] `json:"config,omitzero"`
	Policy Read[json.RawMessage]   `json:"policy,omitzero"`
}

// AccessPointConfig is the configuration of an access point.
type AccessPointConfig struct {
	Bucket                         string            `json:"Bucket" required:"true"`
	BucketAccountID                string            `json:"BucketAccountId,omitempty"`
	NetworkOrigin                  string            `json:"NetworkOrigin,omitempty"`
	VPCID                          string            `json:"VpcId,omitempty"`
	Alias                          string            `json:"Alias,omitempty"`
	PublicAccessBlockConfiguration PublicAccessBlock `json:"PublicAccessBlockConfiguration,omitzero"`
}
