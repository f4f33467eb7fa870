package trail

// record has the members of a CloudTrail record that this package reads. Members
// of an unexpected type are left at their zero value.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
type record struct {
	EventVersion         string
	UserIdentity         identity
	EventTime            string
	EventSource          string
	EventName            string
	AWSRegion            string
	SourceIPAddress      string
	UserAgent            string
	ErrorCode            string
	ErrorMessage         string
	RequestParameters    parameters
	AdditionalEventData  parameters
	RequestID            string
	EventID              string
	SharedEventID        string
	EventType            string
	EventCategory        string
	RecipientAccountID   string
	VPCEndpointID        string
	VPCEndpointAccountID string
	Resources            []resource
	TLSDetails           tlsDetails
}

type identity struct {
	Type           string
	PrincipalID    string
	ARN            string
	AccountID      string
	AccessKeyID    string
	UserName       string
	InvokedBy      string
	Delegate       delegate
	OnBehalfOf     onBehalfOf
	InScopeOf      inScopeOf
	SessionContext sessionContext
}

// delegate is the product provider that acts for the account.
type delegate struct {
	AccountID string
}

// onBehalfOf is the IAM Identity Center user whom the call is for.
type onBehalfOf struct {
	UserID string
}

type sessionContext struct {
	SessionIssuer   sessionIssuer
	WebID           webID
	Attributes      sessionAttributes
	SourceIdentity  string
	SignInSession   string
	EC2RoleDelivery string
	AssumedRoot     bool
	// given: the record has a sessionContext, be it one that cannot be read.
	given bool
}

type sessionAttributes struct {
	CreationDate     string
	MFAAuthenticated string
}

type webID struct {
	FederatedProvider string
}

// inScopeOf tells for which resource a service calls, and to which resource
// credentials were issued.
type inScopeOf struct {
	SourceARN     string
	SourceAccount string
	IssuerType    string
	IssuedTo      string
}

type sessionIssuer struct {
	Type        string
	PrincipalID string
	ARN         string
	AccountID   string
	UserName    string
}

type resource struct {
	AccountID string
	Type      string
	ARN       string
	ARNPrefix string
}

type tlsDetails struct {
	TLSVersion               string
	ClientProvidedHostHeader string
}

// param returns a request parameter as text, and whether the record has it.
func (r *record) param(name string) (string, bool) { return r.RequestParameters.get(name) }

// additional returns a member of additionalEventData.
func (r *record) additional(name string) (string, bool) { return r.AdditionalEventData.get(name) }
