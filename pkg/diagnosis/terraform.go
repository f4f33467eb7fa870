package diagnosis

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"why403/pkg/evidence"
)

// terraform writes a change of a policy as a resource of Terraform's AWS provider;
// empty where there is none for it.
//
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs
func terraform(b *blocker, v *refusal, s Step, c *change) string {
	if c.after == nil {
		return ""
	}
	var kind, name string
	var arguments []string
	set := func(argument, value string) {
		arguments = append(arguments, fmt.Sprintf("%s = %s", argument, hclString(value)))
	}
	policy := "policy"
	switch b.check.Layer {
	case evidence.LayerIdentity:
		if c.kind != addStatement {
			return "" // which resource has the policy is not known
		}
		who := v.Principal.ARN
		kind, name = "aws_iam_role_policy", lastOf(who)
		if v.Principal.Type != evidence.PrincipalRole {
			kind = "aws_iam_user_policy"
			set("user", name)
		} else {
			set("role", name)
		}
		set("name", policyName(v))
	case evidence.LayerBucketPolicy, evidence.LayerPublicAccessBlock:
		kind, name = "aws_s3_bucket_policy", v.bucket
		set("bucket", v.bucket)
	case evidence.LayerKeyPolicy:
		kind, name = "aws_kms_key_policy", "key"
		set("key_id", v.KMSKey)
	case evidence.LayerVPCE:
		kind, name = "aws_vpc_endpoint_policy", v.VPCEndpointID
		set("vpc_endpoint_id", v.VPCEndpointID)
	case evidence.LayerAccessPoint:
		kind, name = "aws_s3control_access_point_policy", lastOf(s.Target)
		set("access_point_arn", s.Target)
	case evidence.LayerSCP:
		if c.kind != addStatement {
			return ""
		}
		kind, name, policy = "aws_organizations_policy", "why403", "content"
		set("name", policyName(v))
	default:
		return ""
	}
	var doc bytes.Buffer
	if json.Indent(&doc, c.after, "  ", "  ") != nil {
		return ""
	}
	body := strings.NewReplacer("${", "$${", "%{", "%%{").Replace(doc.String())
	return fmt.Sprintf("resource %q %q {\n  %s\n  %s = jsonencode(%s)\n}", kind, identifier(name), strings.Join(arguments, "\n  "), policy, body)
}

// hclString writes a string of Terraform's language. In it ${ begins an expression.
func hclString(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return `""`
	}
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strings.TrimSpace(b.String()))
}

func identifier(name string) string {
	id := regexp.MustCompile(`[^A-Za-z0-9_]+`).ReplaceAllString(name, "_")
	if id == "" || id[0] >= '0' && id[0] <= '9' {
		id = "_" + id
	}
	return id
}
