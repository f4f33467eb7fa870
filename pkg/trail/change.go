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
	Identity struct {
		ARN       string `json:"arn"`
		InvokedBy string `json:"invokedBy"`
		Account   string `json:"accountId"`
	} `json:"userIdentity"`
	Request map[string]json.RawMessage `json:"requestParameters"`
}

// ParseChange reads a record of a call that changed a document or a setting which can
// decide a request on S3. It is false for any other record, and for a call that failed.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func ParseChange(record []byte) (evidence.Change, bool, error) {
	var r changeRecord
	if err := json.Unmarshal(record, &r); err != nil {
		return evidence.Change{}, false, fmt.Errorf("reading a record of a change: %w", err)
	}
	if r.Error != "" || r.Time.IsZero() || !changes(r.Source, r.Name) {
		return evidence.Change{}, false, nil
	}
	by := r.Identity.ARN
	for _, other := range []string{r.Identity.InvokedBy, r.Identity.Account} {
		if by == "" {
			by = other
		}
	}
	return evidence.Change{Time: r.Time, By: by, Event: r.Name, Document: r.document()}, true, nil
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

// document returns what was changed: an ARN, the name of a bucket, or an id.
func (r *changeRecord) document() string {
	for _, name := range []string{"policyArn", "resourceArn", "keyId", "targetId", "policyId", "accountId", "aliasName", "bucketName", "bucket"} {
		if s := r.text(name); s != "" && (name != "policyArn" || r.text("roleName")+r.text("userName")+r.text("groupName") == "") {
			return s
		}
	}
	for _, of := range []string{"role", "user", "group"} {
		if name := r.text(of + "Name"); name != "" {
			return "arn:aws:iam::" + r.Account + ":" + of + "/" + name
		}
	}
	var endpoint struct {
		ID string `json:"VpcEndpointId"`
	}
	if json.Unmarshal(r.Request["ModifyVpcEndpointRequest"], &endpoint) == nil && endpoint.ID != "" {
		return endpoint.ID
	}
	return r.text("name")
}

func (r *changeRecord) text(name string) string {
	var s string
	if json.Unmarshal(r.Request[name], &s) != nil {
		return ""
	}
	return s
}
