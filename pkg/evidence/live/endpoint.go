package live

import (
	"net/http"
	"net/url"

	"why403/pkg/evidence"
)

// describeVPCEndpoints is the part of the answer that matters.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html
type describeVPCEndpoints struct {
	Endpoints []struct {
		Type   string `xml:"vpcEndpointType"`
		VPC    string `xml:"vpcId"`
		Owner  string `xml:"ownerId"`
		Policy string `xml:"policyDocument"`
	} `xml:"vpcEndpointSet>item"`
}

// readEndpoint reads a VPC endpoint with its policy.
func (a *attempt) readEndpoint() change {
	var out describeVPCEndpoints
	// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html
	err := a.ask(call{
		service: "EC2", signingName: "ec2", operation: "DescribeVpcEndpoints", host: "ec2." + a.region, method: http.MethodPost, path: "/",
		form: url.Values{"Action": {"DescribeVpcEndpoints"}, "Version": {"2016-11-15"}, "VpcEndpointId.1": {a.name}},
	}, &out)
	v := outcome(a, evidence.VPCEndpoint{}, err, "InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound")
	if err == nil {
		v = a.endpointOf(out)
	}
	return func(e *evidence.Evidence) {
		update(&e.VPCEndpoints, a.name, func(r *evidence.Read[evidence.VPCEndpoint]) { *r = v })
	}
}

func (a *attempt) endpointOf(out describeVPCEndpoints) evidence.Read[evidence.VPCEndpoint] {
	if len(out.Endpoints) != 1 {
		return evidence.Unreadable[evidence.VPCEndpoint]("the answer does not have it")
	}
	found := out.Endpoints[0]
	p := evidence.VPCEndpoint{VPCEndpointType: found.Type, VPCID: found.VPC, OwnerID: found.Owner}
	if p.OwnerID == "" {
		p.OwnerID = a.account
	}
	if found.Policy != "" {
		read := document(found.Policy)
		doc, ok := read.Value()
		if !ok {
			return evidence.Unreadable[evidence.VPCEndpoint](read.Reason())
		}
		p.PolicyDocument = doc
	}
	return evidence.Known(p)
}
