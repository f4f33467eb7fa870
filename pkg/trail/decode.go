package trail

import (
	"strings"

	"github.com/valyala/fastjson"
)

// decode reads a record. What has another type than expected, as published
// records have where somebody redacted them, is left at its zero value.
func decode(v *fastjson.Value) *record {
	return &record{
		EventVersion: str(v, "eventVersion"), UserIdentity: decodeIdentity(v.Get("userIdentity")),
		EventTime: str(v, "eventTime"), EventSource: str(v, "eventSource"), EventName: str(v, "eventName"),
		AWSRegion: str(v, "awsRegion"), SourceIPAddress: str(v, "sourceIPAddress"), UserAgent: str(v, "userAgent"),
		ErrorCode: str(v, "errorCode"), ErrorMessage: str(v, "errorMessage"),
		RequestParameters: decodeParameters(v.Get("requestParameters")), AdditionalEventData: decodeParameters(v.Get("additionalEventData")),
		RequestID: str(v, "requestID"), EventID: str(v, "eventID"), SharedEventID: str(v, "sharedEventID"),
		EventType: str(v, "eventType"), EventCategory: str(v, "eventCategory"), RecipientAccountID: str(v, "recipientAccountId"),
		VPCEndpointID: str(v, "vpcEndpointId"), VPCEndpointAccountID: str(v, "vpcEndpointAccountId"),
		Resources: decodeResources(v.Get("resources")),
		TLSDetails: tlsDetails{
			TLSVersion:               str(v, "tlsDetails", "tlsVersion"),
			ClientProvidedHostHeader: str(v, "tlsDetails", "clientProvidedHostHeader"),
		},
	}
}

func decodeIdentity(v *fastjson.Value) identity {
	session := v.Get("sessionContext")
	return identity{
		Type: str(v, "type"), PrincipalID: str(v, "principalId"), ARN: str(v, "arn"), AccountID: str(v, "accountId"),
		AccessKeyID: str(v, "accessKeyId"), UserName: str(v, "userName"), InvokedBy: str(v, "invokedBy"),
		Delegate:   delegate{AccountID: str(v, "invokedByDelegate", "accountId")},
		OnBehalfOf: onBehalfOf{UserID: str(v, "onBehalfOf", "userId")},
		InScopeOf: inScopeOf{
			SourceARN: str(v, "inScopeOf", "sourceArn"), SourceAccount: str(v, "inScopeOf", "sourceAccount"),
			IssuerType: str(v, "inScopeOf", "issuerType"), IssuedTo: str(v, "inScopeOf", "credentialsIssuedTo"),
		},
		SessionContext: sessionContext{
			SessionIssuer: sessionIssuer{
				Type: str(session, "sessionIssuer", "type"), PrincipalID: str(session, "sessionIssuer", "principalId"),
				ARN: str(session, "sessionIssuer", "arn"), AccountID: str(session, "sessionIssuer", "accountId"),
				UserName: str(session, "sessionIssuer", "userName"),
			},
			WebID: webID{FederatedProvider: str(session, "webIdFederationData", "federatedProvider")},
			Attributes: sessionAttributes{
				CreationDate:     str(session, "attributes", "creationDate"),
				MFAAuthenticated: scalar(session.Get("attributes", "mfaAuthenticated")),
			},
			SourceIdentity: str(session, "sourceIdentity"), SignInSession: str(session, "signInSessionArn"),
			EC2RoleDelivery: str(session, "ec2RoleDelivery"),
			AssumedRoot:     scalar(session.Get("assumedRoot")) == "true",
			given:           session != nil && session.Type() != fastjson.TypeNull,
		},
	}
}

func decodeResources(v *fastjson.Value) []resource {
	items := v.GetArray()
	if len(items) == 0 {
		return nil
	}
	out := make([]resource, len(items))
	for i, item := range items {
		out[i] = resource{AccountID: str(item, "accountId"), Type: str(item, "type"), ARN: str(item, "ARN"), ARNPrefix: str(item, "ARNPrefix")}
	}
	return out
}

// parameter is one member of requestParameters or additionalEventData, as text.
type parameter struct{ name, text string }

// parameters are in the order of the record; nil where the record has none.
type parameters []parameter

func decodeParameters(v *fastjson.Value) parameters {
	if v == nil || v.Type() != fastjson.TypeObject {
		return nil
	}
	object := v.GetObject()
	out := make(parameters, 0, object.Len())
	object.Visit(func(name []byte, value *fastjson.Value) {
		if value.Type() != fastjson.TypeNull {
			out = append(out, parameter{string(name), text(value)})
		}
	})
	return out
}

// get finds a name as it is spelled, else without regard to case: headers are
// recorded as the client wrote them, and directory buckets spell some names their
// own way. Of several spellings it takes the first in order, so that the answer is
// always the same.
func (p parameters) get(name string) (string, bool) {
	found := -1
	for i := range p {
		switch {
		case len(p[i].name) != len(name):
		case p[i].name == name:
			return p[i].text, true
		case strings.EqualFold(p[i].name, name) && (found < 0 || p[i].name < p[found].name):
			found = i
		}
	}
	if found < 0 {
		return "", false
	}
	return p[found].text, true
}

// text returns a value as text: the parameters of old records are lists of one
// element, and some are numbers or objects.
func text(v *fastjson.Value) string {
	if items := v.GetArray(); len(items) == 1 {
		return text(items[0])
	}
	if v.Type() == fastjson.TypeString {
		return string(v.GetStringBytes())
	}
	return string(v.MarshalTo(nil))
}

// scalar is text for a value that CloudTrail writes now as a text and now as a
// boolean.
func scalar(v *fastjson.Value) string {
	if v == nil || v.Type() == fastjson.TypeNull || v.Type() == fastjson.TypeObject || v.Type() == fastjson.TypeArray {
		return ""
	}
	return text(v)
}

func str(v *fastjson.Value, keys ...string) string { return string(v.GetStringBytes(keys...)) }
