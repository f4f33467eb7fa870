package diagnosis

import (
	"strings"

	"why403/pkg/evidence"
)

// Who names a requester in a few words, without its account.
func Who(p evidence.Principal) string {
	name := resourceName(p.ARN)
	switch p.Type {
	case evidence.PrincipalAnonymous:
		return "an anonymous requester"
	case evidence.PrincipalService:
		return "the AWS service " + orUnknown(p.Service)
	case evidence.PrincipalRoot:
		return "the root user of account " + orUnknown(p.Account)
	case evidence.PrincipalRole:
		if name == "" {
			return "a session of role " + orUnknown(p.ID)
		}
		return "role " + name
	case evidence.PrincipalUser:
		if name == "" {
			return "user " + orUnknown(p.ID)
		}
		return "user " + name
	case evidence.PrincipalFederated:
		if name == "" {
			name = p.Session
		}
		return "federated user " + orUnknown(name)
	default:
	}
	switch {
	case originAccessIdentity(p):
		return "CloudFront origin access identity " + orUnknown(p.ID)
	case name != "":
		return name
	case p.ID != "":
		return "principal " + p.ID
	}
	return "a principal of account " + orUnknown(p.Account)
}

// originAccessIdentity reports whether CloudFront asked by an origin access
// identity, which CloudTrail records as a principal of account CloudFront.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
func originAccessIdentity(p evidence.Principal) bool { return p.Account == "CloudFront" }

// serviceLinked reports whether the role is one that belongs to an AWS service.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
func serviceLinked(p evidence.Principal) bool {
	return strings.Contains(p.ARN, ":role/aws-service-role/")
}

// hasIAM reports whether the requester is subject to IAM policies.
func hasIAM(p evidence.Principal) bool {
	switch p.Type {
	case evidence.PrincipalAnonymous, evidence.PrincipalService, evidence.PrincipalRoot:
		return false
	default:
		return !originAccessIdentity(p)
	}
}
