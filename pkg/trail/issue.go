package trail

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"why403/pkg/evidence"
)

// Issue is what a record says of the credentials that a call on STS issued.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
type Issue struct {
	Time time.Time
	// AccessKeyID is the key that was issued, PrincipalID its principal as later records
	// name it: AROA…:session, or account:name of a federated user.
	AccessKeyID, PrincipalID string
	// Grant is what the session was issued with. Of managed policies it has the ARN and
	// no document.
	Grant evidence.Grant
}

// issueRecord is the part of a record of STS that matters.
type issueRecord struct {
	Time     time.Time `json:"eventTime"`
	Source   string    `json:"eventSource"`
	Name     string    `json:"eventName"`
	Error    string    `json:"errorCode"`
	Identity struct {
		Type string `json:"type"`
	} `json:"userIdentity"`
	Request struct {
		Policy        string            `json:"policy"`
		PolicyARNs    []arnOf           `json:"policyArns"`
		Tags          []tagOf           `json:"tags"`
		PrincipalTags map[string]string `json:"principalTags"`
	} `json:"requestParameters"`
	Response struct {
		Credentials struct {
			AccessKeyID string `json:"accessKeyId"`
		} `json:"credentials"`
		Role struct {
			ID string `json:"assumedRoleId"`
		} `json:"assumedRoleUser"`
		Federated struct {
			ID string `json:"federatedUserId"`
		} `json:"federatedUser"`
	} `json:"responseElements"`
}

type arnOf struct {
	ARN string `json:"arn"`
}

type tagOf struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// ParseIssue reads a record of a call on STS that issued credentials. It is false for
// any other record.
func ParseIssue(record []byte) (Issue, bool, error) {
	var r issueRecord
	if err := json.Unmarshal(record, &r); err != nil {
		return Issue{}, false, fmt.Errorf("reading a record of STS: %w", err)
	}
	switch r.Name {
	case "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetFederationToken":
	default:
		return Issue{}, false, nil
	}
	if r.Source != "sts.amazonaws.com" || r.Error != "" {
		return Issue{}, false, nil
	}
	out := Issue{Time: r.Time, AccessKeyID: r.Response.Credentials.AccessKeyID, PrincipalID: r.Response.Role.ID}
	if r.Name == "GetFederationToken" {
		out.PrincipalID = r.Response.Federated.ID
	}
	// A session that was issued to a session inherits its transitive tags, which no
	// record shows.
	//
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining
	out.Grant.TagsUnknown = r.Name == "AssumeRole" && r.Identity.Type == "AssumedRole"
	for _, t := range r.Request.Tags {
		out.tag(t.Key, t.Value)
	}
	for k, v := range r.Request.PrincipalTags {
		out.tag(k, v)
	}
	if r.Request.Policy != "" {
		out.Grant.Policies = append(out.Grant.Policies, sessionPolicy(r.Request.Policy))
	}
	for _, p := range r.Request.PolicyARNs {
		out.Grant.Policies = append(out.Grant.Policies, evidence.Policy{
			Name: p.ARN[strings.LastIndex(p.ARN, "/")+1:], ARN: p.ARN, Kind: "session", Unreadable: "its document was not read",
		})
	}
	return out, true, nil
}

func (i *Issue) tag(key, value string) {
	if i.Grant.Tags == nil {
		i.Grant.Tags = make(map[string]string)
	}
	i.Grant.Tags[key] = value
}

// sessionPolicy is the policy that the call carried, as text. CloudTrail cuts long
// values: what is no JSON counts as not read.
func sessionPolicy(text string) evidence.Policy {
	p := evidence.Policy{Name: "session policy", Kind: "session"}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		p.Unreadable = "the record does not have it whole"
		return p
	}
	p.Document = json.RawMessage(text)
	return p
}
