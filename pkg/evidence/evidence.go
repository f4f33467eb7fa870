package evidence

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Evidence is everything read about one denial, by account, principal, bucket,
// object, key, endpoint and access point.
type Evidence struct {
	ReadAt        time.Time                    `json:"readAt,omitzero"`
	Accounts      map[string]Account           `json:"accounts,omitempty"`   // by account id
	Principals    map[string]Identity          `json:"principals,omitempty"` // by IAM ARN, or unique id where that is all there is
	Sessions      map[string]Read[Grant]       `json:"sessions,omitempty"`   // by access key id, or principalId; absent: issued without a session policy
	Buckets       map[string]Bucket            `json:"buckets,omitempty"`
	Objects       map[string]Object            `json:"objects,omitempty"`    // by bucket/key
	Keys          map[string]Key               `json:"keys,omitempty"`       // by key ARN
	KeyAliases    map[string]Read[string]      `json:"keyAliases,omitempty"` // alias ARN to key ARN
	VPCEndpoints  map[string]Read[VPCEndpoint] `json:"vpcEndpoints,omitempty"`
	AccessPoints  map[string]AccessPoint       `json:"accessPoints,omitempty"` // by ARN
	Distributions Read[[]string]               `json:"distributions,omitzero"` // CloudFront distributions with the bucket as origin
	Changes       []Change                     `json:"changes,omitempty"`      // newest first
}

// Account is what is known of one account.
type Account struct {
	Name                          Read[string]            `json:"name,omitzero"`
	CanonicalID                   Read[string]            `json:"canonicalId,omitzero"`
	PublicAccessBlock             Read[PublicAccessBlock] `json:"publicAccessBlock,omitzero"`
	OrganizationPublicAccessBlock Read[PublicAccessBlock] `json:"organizationPublicAccessBlock,omitzero"`
	Organization                  Read[Organization]      `json:"organization,omitzero"` // absent: in no organization
	Path                          Read[[]PathElement]     `json:"path,omitzero"`         // root, organizational units, account
}

// Organization is the AWS organization that an account belongs to.
type Organization struct {
	ID                string `json:"id" required:"true"`
	ManagementAccount string `json:"managementAccount,omitempty"`
}

// PathElement is one level of an account's place in its organization, with the
// policies attached there.
type PathElement struct {
	ID   string         `json:"id" required:"true"`
	SCPs Read[[]Policy] `json:"scps,omitzero"`
	RCPs Read[[]Policy] `json:"rcps,omitzero"`
}

// Policy is one policy document with its name. Document is JSON, not a string;
// where Unreadable says why, there is no document. The names FullAWSAccess and
// RCPFullAWSAccess without a document stand for AWS's own policies of that name.
type Policy struct {
	Name       string          `json:"name"`
	ARN        string          `json:"arn,omitempty"`
	Kind       string          `json:"kind,omitempty"` // inline, managed, group, boundary, session, scp, rcp
	Document   json.RawMessage `json:"document,omitempty"`
	Unreadable string          `json:"unreadable,omitempty"`
	// AttachmentCount is how many users, groups and roles a managed policy is attached
	// to; 0 if that is not known.
	AttachmentCount int `json:"attachmentCount,omitempty"`
}

// UnmarshalJSON implements json.Unmarshaler. It refuses a policy that has neither
// a document nor a word on why not: one that nobody can evaluate would pass for one
// that allows nothing.
func (p *Policy) UnmarshalJSON(b []byte) error {
	type plain Policy
	var q plain
	if err := json.Unmarshal(b, &q); err != nil {
		return err
	}
	if isNull(q.Document) {
		q.Document = nil
	}
	byName := q.Name == "FullAWSAccess" || q.Name == "RCPFullAWSAccess"
	switch {
	case q.Name == "":
		return errors.New(`a policy without "name"`)
	case q.Document != nil && q.Unreadable != "":
		return fmt.Errorf(`policy %q has both "document" and "unreadable"`, q.Name)
	case q.Document == nil && q.Unreadable == "" && !byName:
		return fmt.Errorf(`policy %q has neither "document" nor "unreadable"`, q.Name)
	case q.Document != nil:
		if err := checkDocument(q.Document); err != nil {
			return fmt.Errorf("policy %q: %w", q.Name, err)
		}
	}
	*p = Policy(q)
	return nil
}

// Identity is what is known of an IAM user or role.
type Identity struct {
	ID       Read[string]            `json:"id,omitzero"`
	Policies Read[[]Policy]          `json:"policies,omitzero"` // inline, managed and group policies together
	Boundary Read[Policy]            `json:"boundary,omitzero"`
	Tags     Read[map[string]string] `json:"tags,omitzero"`
}

// Grant is what a session was issued with.
type Grant struct {
	Policies []Policy          `json:"policies,omitempty"`
	Tags     map[string]string `json:"tags,omitempty"`
	// TagsUnknown says that the session may have tags besides, inherited from the one it
	// was issued to.
	TagsUnknown bool `json:"tagsUnknown,omitempty"`
}

// Change is a recent change of one of the documents that decide.
type Change struct {
	Time     time.Time `json:"time" required:"true"`
	By       string    `json:"by,omitempty"`
	Event    string    `json:"event" required:"true"`
	Document string    `json:"document,omitempty"`
}
