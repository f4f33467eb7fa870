package diagnosis

import (
	"fmt"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// The cause in the policy of the VPC endpoint that the request came through.
//
// https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
func endpointCauses() []cause {
	return []cause{{
		CauseInfo: CauseInfo{
			ID: VPCEPolicy, Name: "VPC endpoint policy", Layer: evidence.LayerVPCE, Doc: vpcGuide + "vpc-endpoints-access.html",
			Means: "the policy of the VPC endpoint that the request came through does not let it pass",
			Fix:   "allow the request in the endpoint policy, limited by aws:PrincipalArn",
		},
		summary: func(r *refusal) string {
			endpoint := "the VPC endpoint"
			if r.VPCEndpointID != "" {
				endpoint = "VPC endpoint " + r.VPCEndpointID
			}
			does := "does not allow"
			if r.Message.Form == trail.FormPolicy {
				does = r.verb()
			}
			return fmt.Sprintf("the policy of %s %s %s%s to %s", endpoint, does, r.action, r.where(), r.who)
		},
		actor: ofEndpoint, step: endpointStep, grants: true,
	}}
}

// ofEndpoint: network activity records go to the account of the endpoint.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html
func ofEndpoint(r *refusal) string {
	if r.VPCEndpointAccount == "" && r.Category == trail.CategoryNetworkActivity {
		return r.Recipient
	}
	return r.VPCEndpointAccount
}

// endpointSettled says what the record itself shows of the endpoint's policy:
// passed, if the request came through an endpoint which let it pass; absent, if it
// came through none.
//
// S3 writes no data event for a request that an endpoint policy denies. CloudTrail
// names the endpoint in the records of its own account; a foreign copy may lack it.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging.html
func endpointSettled(r *refusal) (verdict Verdict, because string) {
	switch {
	case r.Category == trail.CategoryData && r.Service == "s3.amazonaws.com":
		if r.VPCEndpointID != "" {
			return Allow, "S3 records no data event for a request that a VPC endpoint policy denies"
		}
		return NotApplicable, "S3 records no data event for a request that a VPC endpoint policy denies"
	case r.Category == trail.CategoryManagement && r.VPCEndpointID == "" && r.Recipient != "" && r.Recipient == r.Principal.Account:
		return NotApplicable, "the record names no VPC endpoint of yours"
	}
	return Unknown, ""
}

func endpointStep(r *refusal) Step {
	s := Step{
		Title:   fmt.Sprintf("allow %s in the endpoint policy, limited by aws:PrincipalArn to %s", r.action, r.who),
		Target:  r.VPCEndpointID,
		Caution: "A gateway endpoint knows no principals but everybody: limit the statement by the condition aws:PrincipalArn. Changes take a few minutes.",
	}
	if r.Message.Form == trail.FormPolicy && r.Message.Explicit {
		s.Title = fmt.Sprintf("narrow the statement of the endpoint policy that denies %s, so that it spares %s", r.action, r.who)
	}
	if strings.HasPrefix(r.VPCEndpointID, "vpce-") && spelled(r.VPCEndpointID, "-") {
		id := clean.Shell(r.VPCEndpointID)
		s.Commands = []string{
			"aws ec2 describe-vpc-endpoints --vpc-endpoint-ids=" + id + " --query 'VpcEndpoints[0].PolicyDocument' --output text > endpoint-policy.json",
			"aws ec2 modify-vpc-endpoint --vpc-endpoint-id=" + id + " --policy-document=file://endpoint-policy.json",
		}
	}
	return s
}
