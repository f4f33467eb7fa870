package trail

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"why403/pkg/evidence"
)

// changeRecord is the part of a record of a write that matters.
type changeRecord struct {
	Time     time.Time `json:"eventTime"`
	Source   string    `json:"eventSource"`
	Name     string    `json:"eventName"`
	Error    string    `json:"errorCode"`
	Account  string    `json:"recipientAccountId"`
	Region   string    `json:"awsRegion"`
	Identity struct {
		ARN       string `json:"arn"`
		InvokedBy string `json:"invokedBy"`
		Account   string `json:"accountId"`
	} `json:"userIdentity"`
	Request  map[string]json.RawMessage `json:"requestParameters"`
	Response struct {
		Endpoint struct {
			VPCEndpoint struct {
				ID string `json:"vpcEndpointId"`
			} `json:"vpcEndpoint"`
		} `json:"CreateVpcEndpointResponse"`
	} `json:"responseElements"`
	Resources []struct {
		ARN  string `json:"ARN"`
		Type string `json:"type"`
	} `json:"resources"`
}

// ParseChange reads a record of a call that changed a document or a setting which can
// decide a request on S3. It is false for any other record, and for a call that failed.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func ParseChange(record []byte) (evidence.Change, bool, error) {
	all, err := ParseChanges(record)
	if err != nil || len(all) == 0 {
		return evidence.Change{}, false, err
	}
	return all[0], true, nil
}

// ParseChanges is ParseChange for a call that changed several documents at once: there
// is a change for each, and none for a record that is no change.
func ParseChanges(record []byte) ([]evidence.Change, error) {
	var r changeRecord
	if err := json.Unmarshal(record, &r); err != nil {
		return nil, fmt.Errorf("reading a record of a change: %w", err)
	}
	if r.Error != "" || r.Time.IsZero() || !changes(r.Source, r.Name) {
		return nil, nil
	}
	by := r.Identity.ARN
	for _, other := range []string{r.Identity.InvokedBy, r.Identity.Account} {
		if by == "" {
			by = other
		}
	}
	var all []evidence.Change
	for _, document := range r.documents() {
		all = append(all, evidence.Change{Time: r.Time, By: by, Event: r.Name, Document: document})
	}
	return all, nil
}

// changes reports whether a call changes what can decide: policies, settings, tags, and
// who is in which group or organizational unit.
func changes(source, name string) bool {
	write := false
	for _, verb := range []string{"Put", "Delete", "Create", "Attach", "Detach", "Add", "Remove", "Update", "Set", "Tag", "Untag", "Modify", "Disable", "Enable", "Schedule", "Cancel", "Revoke", "Retire", "Move"} {
		write = write || strings.HasPrefix(name, verb)
	}
	if !write {
		return false
	}
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(name, p) {
				return true
			}
		}
		return false
	}
	switch source {
	case "s3.amazonaws.com", "s3express.amazonaws.com":
		return has("Policy", "Acl", "PublicAccessBlock", "OwnershipControls", "Encryption", "RequestPayment", "Versioning", "ObjectLock", "AccessPoint", "Tag", "Abac") || name == "CreateBucket" || name == "DeleteBucket"
	case "iam.amazonaws.com":
		return has("Policy", "PermissionsBoundary", "Role", "User", "Group")
	case "kms.amazonaws.com":
		return has("Policy", "Grant", "Key", "Alias")
	case "ec2.amazonaws.com":
		return has("VpcEndpoint")
	case "organizations.amazonaws.com":
		return has("Policy", "Account", "OrganizationalUnit")
	}
	return false
}

// documents returns what was changed: an ARN, the name of a bucket, or an id.
func (r *changeRecord) documents() []string {
	switch r.Source {
	case "ec2.amazonaws.com":
		return r.endpoints()
	case "kms.amazonaws.com":
		return []string{r.key()}
	case "s3.amazonaws.com":
		switch {
		case strings.HasSuffix(r.Name, "AccountPublicAccessBlock"):
			return []string{r.Account}
		case strings.Contains(r.Name, "AccessPoint") && r.text("name") != "":
			return []string{r.arn("s3", r.Region, "accesspoint/"+r.text("name"))}
		}
	}
	return []string{r.document()}
}

// document returns what a call named, the most particular name first.
func (r *changeRecord) document() string {
	for _, name := range []string{"policyArn", "resourceArn", "targetId", "policyId", "accountId", "rootId", "bucketName", "bucket"} {
		if s := r.text(name); s != "" && (name != "policyArn" || r.text("roleName")+r.text("userName")+r.text("groupName") == "") {
			return s
		}
	}
	for _, of := range []string{"role", "user", "group"} {
		if name := r.text(of + "Name"); name != "" {
			return r.arn("iam", "", of+"/"+name)
		}
	}
	return r.text("name")
}

// key returns the key or alias that a call on KMS was about: as an ARN where the record
// has one or what makes one. A grant is retired by its token alone.
//
// https://docs.aws.amazon.com/kms/latest/developerguide/ct-retire-grant.html
func (r *changeRecord) key() string {
	name := r.text("aliasName")
	if name == "" {
		if name = r.text("keyId"); name == "" {
			name = r.text("resourceArn")
		}
		for _, res := range r.Resources {
			if res.Type == "AWS::KMS::Key" && res.ARN != "" && !strings.HasPrefix(name, "arn:") {
				return res.ARN
			}
		}
	}
	switch {
	case name == "" || strings.HasPrefix(name, "arn:") || r.Region == "":
		return name
	case strings.HasPrefix(name, "alias/"):
		return r.arn("kms", r.Region, name)
	}
	return r.arn("kms", r.Region, "key/"+name)
}

// endpoints returns the VPC endpoints that a call on EC2 was about. EC2 records its
// parameters as its query protocol has them; the id of a new endpoint is in the answer.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html
func (r *changeRecord) endpoints() []string {
	if id := r.Response.Endpoint.VPCEndpoint.ID; id != "" {
		return []string{id}
	}
	var ids []string
	for _, name := range []string{"ModifyVpcEndpointRequest", "DeleteVpcEndpointsRequest"} {
		var request struct {
			ID json.RawMessage `json:"VpcEndpointId"`
		}
		if json.Unmarshal(r.Request[name], &request) != nil || len(request.ID) == 0 {
			continue
		}
		ids = append(ids, idsIn(request.ID)...)
	}
	if len(ids) == 0 {
		return []string{""}
	}
	return ids
}

// idsIn reads one id, an element that holds one, or a list of either.
func idsIn(raw json.RawMessage) []string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	var element struct {
		Content string `json:"content"`
	}
	if json.Unmarshal(raw, &element) == nil && element.Content != "" {
		return []string{element.Content}
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	var all []string
	for _, each := range list {
		if len(each) > 0 && each[0] != '[' {
			all = append(all, idsIn(each)...)
		}
	}
	return all
}

// arn makes the ARN of something in the account that recorded the call.
func (r *changeRecord) arn(service, region, name string) string {
	partition := "aws"
	if parts := strings.SplitN(r.Identity.ARN, ":", 3); len(parts) == 3 && strings.HasPrefix(parts[1], "aws") {
		partition = parts[1]
	}
	return "arn:" + partition + ":" + service + ":" + region + ":" + r.Account + ":" + name
}

func (r *changeRecord) text(name string) string {
	var s string
	if json.Unmarshal(r.Request[name], &s) != nil {
		return ""
	}
	return s
}
