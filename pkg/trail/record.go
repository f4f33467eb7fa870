package trail

import (
	"encoding/json"
	"strings"
)

// record has the members of a CloudTrail record that this package reads. Members
// of an unexpected type are left at their zero value.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
type record struct {
	EventVersion         string                     `json:"eventVersion"`
	UserIdentity         identity                   `json:"userIdentity"`
	EventTime            string                     `json:"eventTime"`
	EventSource          string                     `json:"eventSource"`
	EventName            string                     `json:"eventName"`
	AWSRegion            string                     `json:"awsRegion"`
	SourceIPAddress      string                     `json:"sourceIPAddress"`
	UserAgent            string                     `json:"userAgent"`
	ErrorCode            string                     `json:"errorCode"`
	ErrorMessage         string                     `json:"errorMessage"`
	RequestParameters    map[string]json.RawMessage `json:"requestParameters"`
	AdditionalEventData  map[string]json.RawMessage `json:"additionalEventData"`
	RequestID            string                     `json:"requestID"`
	EventID              string                     `json:"eventID"`
	SharedEventID        string                     `json:"sharedEventID"`
	EventType            string                     `json:"eventType"`
	EventCategory        string                     `json:"eventCategory"`
	RecipientAccountID   string                     `json:"recipientAccountId"`
	VPCEndpointID        string                     `json:"vpcEndpointId"`
	VPCEndpointAccountID string                     `json:"vpcEndpointAccountId"`
	Resources            []resource                 `json:"resources"`
	TLSDetails           tlsDetails                 `json:"tlsDetails"`
}

type identity struct {
	Type           string         `json:"type"`
	PrincipalID    string         `json:"principalId"`
	ARN            string         `json:"arn"`
	AccountID      string         `json:"accountId"`
	AccessKeyID    string         `json:"accessKeyId"`
	UserName       string         `json:"userName"`
	InvokedBy      string         `json:"invokedBy"`
	Delegate       delegate       `json:"invokedByDelegate"`
	OnBehalfOf     onBehalfOf     `json:"onBehalfOf"`
	InScopeOf      inScopeOf      `json:"inScopeOf"`
	SessionContext sessionContext `json:"sessionContext"`
}

// delegate is the product provider that acts for the account.
type delegate struct {
	AccountID string `json:"accountId"`
}

// onBehalfOf is the IAM Identity Center user whom the call is for.
type onBehalfOf struct {
	UserID string `json:"userId"`
}

type sessionContext struct {
	SessionIssuer   sessionIssuer     `json:"sessionIssuer"`
	WebID           webID             `json:"webIdFederationData"`
	Attributes      sessionAttributes `json:"attributes"`
	SourceIdentity  string            `json:"sourceIdentity"`
	SignInSession   string            `json:"signInSessionArn"`
	EC2RoleDelivery string            `json:"ec2RoleDelivery"`
	AssumedRoot     flag              `json:"assumedRoot"`
	// given: the record has a sessionContext, be it one that cannot be read.
	given bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *sessionContext) UnmarshalJSON(b []byte) error {
	type plain sessionContext
	err := lenient(json.Unmarshal(b, (*plain)(s)))
	s.given = string(b) != "null"
	return err
}

type sessionAttributes struct {
	CreationDate     string `json:"creationDate"`
	MFAAuthenticated string `json:"mfaAuthenticated"`
}

type webID struct {
	FederatedProvider string `json:"federatedProvider"`
}

// flag is a truth value, which CloudTrail writes now as a text and now as a
// boolean.
type flag bool

// UnmarshalJSON implements json.Unmarshaler.
func (f *flag) UnmarshalJSON(b []byte) error {
	*f = string(b) == "true" || string(b) == `"true"`
	return nil
}

// inScopeOf tells for which resource a service calls, and to which resource
// credentials were issued.
type inScopeOf struct {
	SourceARN     string `json:"sourceArn"`
	SourceAccount string `json:"sourceAccount"`
	IssuerType    string `json:"issuerType"`
	IssuedTo      string `json:"credentialsIssuedTo"`
}

type sessionIssuer struct {
	Type        string `json:"type"`
	PrincipalID string `json:"principalId"`
	ARN         string `json:"arn"`
	AccountID   string `json:"accountId"`
	UserName    string `json:"userName"`
}

type resource struct {
	AccountID string `json:"accountId"`
	Type      string `json:"type"`
	ARN       string `json:"ARN"`
	ARNPrefix string `json:"ARNPrefix"`
}

type tlsDetails struct {
	TLSVersion               string `json:"tlsVersion"`
	ClientProvidedHostHeader string `json:"clientProvidedHostHeader"`
}

// param returns a request parameter as text and whether the record has it: the
// parameters of old records are lists of one element, and some are numbers.
func (r *record) param(name string) (string, bool) { return member(r.RequestParameters, name) }

// additional returns a member of additionalEventData.
func (r *record) additional(name string) (string, bool) { return member(r.AdditionalEventData, name) }

// member finds a name as it is spelled, else without regard to case: headers are
// recorded as the client wrote them, and directory buckets spell some names their
// own way. Of several spellings it takes the first in order, so that the answer is
// always the same.
func member(of map[string]json.RawMessage, name string) (string, bool) {
	raw, ok := of[name]
	if !ok {
		spelled := ""
		for n, v := range of {
			if strings.EqualFold(n, name) && (!ok || n < spelled) {
				spelled, raw, ok = n, v, true
			}
		}
	}
	if !ok || string(raw) == "null" {
		return "", false
	}
	return text(raw), true
}

func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && len(list) == 1 {
		return text(list[0])
	}
	return string(raw)
}
