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
	InScopeOf      inScopeOf      `json:"inScopeOf"`
	SessionContext sessionContext `json:"sessionContext"`
}

type sessionContext struct {
	SessionIssuer   sessionIssuer     `json:"sessionIssuer"`
	WebID           webID             `json:"webIdFederationData"`
	Attributes      sessionAttributes `json:"attributes"`
	SourceIdentity  string            `json:"sourceIdentity"`
	EC2RoleDelivery string            `json:"ec2RoleDelivery"`
	AssumedRoot     flag              `json:"assumedRoot"`
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

// inScopeOf tells for which resource credentials were issued.
type inScopeOf struct {
	SourceARN     string `json:"sourceArn"`
	SourceAccount string `json:"sourceAccount"`
	IssuerType    string `json:"issuerType"`
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
func (r *record) param(name string) (string, bool) {
	raw, ok := r.RequestParameters[name]
	if !ok {
		for n, v := range r.RequestParameters {
			if strings.EqualFold(n, name) {
				raw, ok = v, true
				break
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
