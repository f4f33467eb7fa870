package live

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Role is one of the roles that evidence is read with.
type Role uint8

// The roles: one in every account, and one in the account that reads the organization.
const (
	MemberRole Role = iota
	OrganizationRole
)

// Permission is what a call takes.
type Permission struct {
	// Operation is the call, as the SDK names it: S3.GetBucketPolicy.
	Operation string
	// Actions are the IAM actions that it needs.
	Actions []string
	// ReadsObjects says that it is made only where the operator allows HeadObject, and
	// History that it is made for the event history only.
	ReadsObjects, History bool
}

// Permissions lists every call that evidence is read by, with each role.
//
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
func Permissions(r Role) []Permission {
	if r == OrganizationRole {
		return []Permission{
			{Operation: "Organizations.DescribeOrganization", Actions: []string{"organizations:DescribeOrganization"}},
			{Operation: "Organizations.DescribeAccount", Actions: []string{"organizations:DescribeAccount"}},
			{Operation: "Organizations.DescribeEffectivePolicy", Actions: []string{"organizations:DescribeEffectivePolicy"}},
			{Operation: "Organizations.DescribePolicy", Actions: []string{"organizations:DescribePolicy"}},
			{Operation: "Organizations.ListParents", Actions: []string{"organizations:ListParents"}},
			{Operation: "Organizations.ListPoliciesForTarget", Actions: []string{"organizations:ListPoliciesForTarget"}},
			{Operation: "Organizations.ListRoots", Actions: []string{"organizations:ListRoots"}},
		}
	}
	return []Permission{
		{Operation: "S3.ListBuckets", Actions: []string{"s3:ListAllMyBuckets"}},
		{Operation: "S3.GetBucketPolicy", Actions: []string{"s3:GetBucketPolicy", "s3express:GetBucketPolicy"}},
		{Operation: "S3.GetBucketPolicyStatus", Actions: []string{"s3:GetBucketPolicyStatus"}},
		{Operation: "S3.GetPublicAccessBlock", Actions: []string{"s3:GetBucketPublicAccessBlock"}},
		{Operation: "S3.GetBucketOwnershipControls", Actions: []string{"s3:GetBucketOwnershipControls"}},
		{Operation: "S3.GetBucketAcl", Actions: []string{"s3:GetBucketAcl"}},
		{Operation: "S3.GetBucketRequestPayment", Actions: []string{"s3:GetBucketRequestPayment"}},
		{Operation: "S3.GetBucketEncryption", Actions: []string{"s3:GetEncryptionConfiguration", "s3express:GetEncryptionConfiguration"}},
		{Operation: "S3.GetBucketVersioning", Actions: []string{"s3:GetBucketVersioning"}},
		{Operation: "S3.GetObjectLockConfiguration", Actions: []string{"s3:GetBucketObjectLockConfiguration"}},
		{Operation: "S3.GetBucketTagging", Actions: []string{"s3:GetBucketTagging"}},
		{Operation: "S3.GetBucketAbac", Actions: []string{"s3:GetBucketAbac"}},
		{Operation: "S3.GetObjectAcl", Actions: []string{"s3:GetObjectAcl", "s3:GetObjectVersionAcl"}},
		{Operation: "S3.GetObjectRetention", Actions: []string{"s3:GetObjectRetention"}},
		{Operation: "S3.GetObjectLegalHold", Actions: []string{"s3:GetObjectLegalHold"}},
		{Operation: "S3.GetObjectTagging", Actions: []string{"s3:GetObjectTagging", "s3:GetObjectVersionTagging"}},
		{Operation: "S3.ListObjectsV2", Actions: []string{"s3:ListBucket"}},
		{Operation: "S3.HeadObject", Actions: []string{"s3:GetObject", "s3:GetObjectVersion"}, ReadsObjects: true},
		{Operation: "S3 Control.GetPublicAccessBlock", Actions: []string{"s3:GetAccountPublicAccessBlock"}},
		{Operation: "S3 Control.GetAccessPoint", Actions: []string{"s3:GetAccessPoint"}},
		{Operation: "S3 Control.GetAccessPointPolicy", Actions: []string{"s3:GetAccessPointPolicy"}},
		{Operation: "S3 Control.ListMultiRegionAccessPoints", Actions: []string{"s3:ListMultiRegionAccessPoints"}},
		{Operation: "S3 Control.GetMultiRegionAccessPointPolicy", Actions: []string{"s3:GetMultiRegionAccessPointPolicy"}},
		{Operation: "IAM.GetRole", Actions: []string{"iam:GetRole"}},
		{Operation: "IAM.GetUser", Actions: []string{"iam:GetUser"}},
		{Operation: "IAM.ListRolePolicies", Actions: []string{"iam:ListRolePolicies"}},
		{Operation: "IAM.GetRolePolicy", Actions: []string{"iam:GetRolePolicy"}},
		{Operation: "IAM.ListAttachedRolePolicies", Actions: []string{"iam:ListAttachedRolePolicies"}},
		{Operation: "IAM.ListUserPolicies", Actions: []string{"iam:ListUserPolicies"}},
		{Operation: "IAM.GetUserPolicy", Actions: []string{"iam:GetUserPolicy"}},
		{Operation: "IAM.ListAttachedUserPolicies", Actions: []string{"iam:ListAttachedUserPolicies"}},
		{Operation: "IAM.ListGroupsForUser", Actions: []string{"iam:ListGroupsForUser"}},
		{Operation: "IAM.ListGroupPolicies", Actions: []string{"iam:ListGroupPolicies"}},
		{Operation: "IAM.GetGroupPolicy", Actions: []string{"iam:GetGroupPolicy"}},
		{Operation: "IAM.ListAttachedGroupPolicies", Actions: []string{"iam:ListAttachedGroupPolicies"}},
		{Operation: "IAM.GetPolicy", Actions: []string{"iam:GetPolicy"}},
		{Operation: "IAM.GetPolicyVersion", Actions: []string{"iam:GetPolicyVersion"}},
		{Operation: "IAM.ListRoles", Actions: []string{"iam:ListRoles"}},
		{Operation: "IAM.ListUsers", Actions: []string{"iam:ListUsers"}},
		{Operation: "KMS.DescribeKey", Actions: []string{"kms:DescribeKey"}},
		{Operation: "KMS.GetKeyPolicy", Actions: []string{"kms:GetKeyPolicy"}},
		{Operation: "KMS.ListGrants", Actions: []string{"kms:ListGrants"}},
		{Operation: "KMS.ListResourceTags", Actions: []string{"kms:ListResourceTags"}},
		{Operation: "EC2.DescribeVpcEndpoints", Actions: []string{"ec2:DescribeVpcEndpoints"}},
		{Operation: "CloudFront.ListDistributions", Actions: []string{"cloudfront:ListDistributions"}},
		{Operation: "Organizations.DescribeOrganization", Actions: []string{"organizations:DescribeOrganization"}},
		{Operation: "CloudTrail.LookupEvents", Actions: []string{"cloudtrail:LookupEvents"}, History: true},
	}
}

// PolicyOptions are what the operator allows a role besides.
type PolicyOptions struct {
	// ReadObjects allows HeadObject. IAM cannot tell it from GetObject, so that the role
	// could read objects then.
	ReadObjects bool
	// History allows CloudTrail's event history to be read.
	History bool
}

type statement struct {
	Sid       string   `json:"Sid"`
	Effect    string   `json:"Effect"`
	Action    []string `json:"Action,omitempty"`
	NotAction []string `json:"NotAction,omitempty"`
	Resource  string   `json:"Resource"`
}

// Policy returns the IAM policy of a role: the reads, and a Deny for all else, so that
// nothing that is attached to the role beside it lets it read data or write.
func Policy(r Role, o PolicyOptions) (json.RawMessage, error) {
	var reads []string
	for _, p := range Permissions(r) {
		if p.ReadsObjects && !o.ReadObjects || p.History && !o.History {
			continue
		}
		reads = append(reads, p.Actions...)
	}
	slices.Sort(reads)
	statements := []statement{{Sid: "ReadWhatDecides", Effect: "Allow", Action: reads, Resource: "*"}}
	if r == MemberRole && !o.ReadObjects {
		statements = append(statements, statement{Sid: "NeverReadObjects", Effect: "Deny", Action: dataReads(), Resource: "*"})
	}
	statements = append(statements, statement{Sid: "NothingElse", Effect: "Deny", NotAction: reads, Resource: "*"})
	doc, err := json.MarshalIndent(struct {
		Version   string      `json:"Version"`
		Statement []statement `json:"Statement"`
	}{"2012-10-17", statements}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the policy of a role: %w", err)
	}
	return doc, nil
}

// dataReads are the actions that return what is in objects. A pattern such as
// s3:GetObject* would deny the reads of ACLs, locks and tags as well.
func dataReads() []string {
	return []string{"s3:GetObject", "s3:GetObjectTorrent", "s3:GetObjectVersion", "s3:GetObjectVersionTorrent"}
}
