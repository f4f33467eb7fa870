package rules

import (
	"fmt"
	"slices"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// Noise is an entry of the built-in profile: denials that come of how AWS itself works,
// and that nobody mends.
type Noise struct {
	Name   string
	Reason string
	Doc    string // the AWS page that the entry rests on
	// Default says whether it is on where a file does not say.
	Default bool

	services []string // service principals that call in their own name
	role     string   // path and name of the service-linked role
	agent    string   // what the user agent begins with
	calls    []string // CloudTrail's names; empty: all that read configuration or list
}

// NoiseProfile returns the entries, in the order in which they are asked. None ignores a
// write, a denial of an object's content, or one with a Guard: that a bucket policy keeps
// AWS Config out by a Deny is for a rule of the operator's to say.
//
// There is no entry for scanners by their user agent: anybody may send one. A scanner of
// the operator's own has a role to name in a rule; the others are anonymous or outsiders
// and told as probing.
func NoiseProfile() []Noise {
	const linked = "/aws-service-role/"
	return []Noise{
		{Name: "aws-config", Default: true, role: linked + "config.amazonaws.com/AWSServiceRoleForConfig", services: []string{"config.amazonaws.com"},
			Reason: "AWS Config reads the configuration of every bucket that it records, and of its delivery bucket",
			Doc:    "https://docs.aws.amazon.com/config/latest/developerguide/using-service-linked-roles.html"},
		{Name: "access-analyzer", Default: true, role: linked + "access-analyzer.amazonaws.com/AWSServiceRoleForAccessAnalyzer",
			Reason: "IAM Access Analyzer reads the policies of every bucket",
			Doc:    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-using-service-linked-roles.html"},
		{Name: "macie", Default: true, role: linked + "macie.amazonaws.com/AWSServiceRoleForAmazonMacie",
			Reason: "Macie takes an inventory of every bucket, and itself shows the buckets that keep it out (ACCESS_DENIED); reads of objects are told",
			Doc:    "https://docs.aws.amazon.com/macie/latest/user/service-linked-roles.html"},
		{Name: "trusted-advisor", Default: true, role: linked + "trustedadvisor.amazonaws.com/AWSServiceRoleForTrustedAdvisor",
			Reason: "Trusted Advisor checks the permissions, versioning and logging of every bucket",
			Doc:    "https://docs.aws.amazon.com/awssupport/latest/user/using-service-linked-roles-ta.html"},
		{Name: "security-hub", Default: true, role: linked + "securityhub.amazonaws.com/AWSServiceRoleForSecurityHub",
			Reason: "Security Hub checks the configuration of every bucket",
			Doc:    "https://docs.aws.amazon.com/securityhub/latest/userguide/using-service-linked-roles.html"},
		{Name: "inspector", Default: true, role: linked + "inspector2.amazonaws.com/AWSServiceRoleForAmazonInspector2",
			Reason: "Inspector reads configuration in the accounts that it scans",
			Doc:    "https://docs.aws.amazon.com/inspector/latest/user/using-service-linked-roles.html"},
		{Name: "cloudfront-head", services: []string{"cloudfront.amazonaws.com"}, calls: []string{"HeadObject"},
			Reason: "CloudFront asks for objects that viewers ask for, and S3 answers 403 in the place of 404 for those that do not exist; off, since a distribution without permission looks the same",
			Doc:    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html"},
		{Name: "s3-console", agent: "S3Console/",
			calls: []string{"ListBuckets", "GetAccountPublicAccessBlock", "GetBucketAcl", "GetBucketLocation", "GetBucketObjectLockConfiguration",
				"GetBucketPolicyStatus", "GetBucketPublicAccessBlock", "GetBucketVersioning", "ListAccessPoints"},
			Reason: "the S3 console makes these calls by itself to draw its pages; off, since the requester is a person, and anybody may send its user agent",
			Doc:    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-policies-s3.html"},
	}
}

func (n Noise) judge(d Subject, on bool) (Verdict, string) {
	switch {
	case !n.asked(d):
		return Differs, "principal is " + nameOf(d.Principal)
	case len(n.calls) > 0 && !slices.Contains(n.calls, d.Operation):
		return Differs, fmt.Sprintf("the call is %s", or(d.Operation))
	case len(n.calls) == 0 && d.Class != trail.ClassReadConfiguration && d.Operation != "HeadBucket" && d.Operation != "ListBuckets":
		return Differs, fmt.Sprintf("the call is %s, which does not read configuration", or(d.Operation))
	}
	switch {
	case len(d.Guards) > 0:
		return Guarded, guarded(d.Guards)
	case !on:
		return Off, n.Reason
	}
	return Applies, n.Reason
}

// asked reports whether the requester is the one that the entry is about. The path of a
// service-linked role is AWS's own; a role whose path is not known may be anybody's.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
func (n Noise) asked(d Subject) bool {
	p := d.Principal
	switch {
	case p.Type == evidence.PrincipalService:
		return slices.Contains(n.services, p.Service)
	case n.role != "":
		return p.Type == evidence.PrincipalRole && !p.PathUnknown && strings.HasSuffix(p.ARN, ":role"+n.role)
	}
	return n.agent != "" && strings.HasPrefix(d.UserAgent, n.agent)
}
