package livetest

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
)

type xmlDistributions struct {
	XMLName   struct{}          `xml:"DistributionList"`
	Truncated bool              `xml:"IsTruncated"`
	Next      *string           `xml:"NextMarker,omitempty"`
	Items     []xmlDistribution `xml:"Items>DistributionSummary"`
}

type xmlDistribution struct {
	ARN     string   `xml:"ARN"`
	Origins []string `xml:"Origins>Items>Origin>DomainName"`
}

// cloudFront answers ListDistributions: those of the evidence have every bucket in it as
// origin, and one more has another.
func (e ec2) cloudFront(req *http.Request) (*http.Response, error) {
	out, err := e.do(req.Context(), Call{Account: signer(req.Header.Get("Authorization")), Region: "us-east-1", Operation: "CloudFront.ListDistributions", Input: distributions{}})
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if err != nil {
		return answered(http.StatusForbidden, strings.Replace(strings.Replace(errorXML(err), "<Response><Errors>", "<ErrorResponse>", 1), "</Errors></Response>", "</ErrorResponse>", 1)), nil
	}
	var origins []string
	for name := range e.Evidence.Buckets {
		origins = append(origins, name+".s3.us-east-1.amazonaws.com")
	}
	slices.Sort(origins)
	all := []xmlDistribution{{"arn:aws:cloudfront::999999999999:distribution/EOTHER", []string{"elsewhere.example.com"}}}
	arns, _ := out.([]string)
	for _, arn := range arns {
		all = append(all, xmlDistribution{arn, origins})
	}
	var marker *string
	if m := req.URL.Query().Get("Marker"); m != "" {
		marker = &m
	}
	some, next := page(e.Cloud, all, marker)
	text, err := xml.Marshal(xmlDistributions{Truncated: next != nil, Next: next, Items: some})
	return answered(http.StatusOK, string(text)), err
}

// distributions is the input of ListDistributions.
type distributions struct{}

func (c *Cloud) cdn(call Call) (any, error) {
	if _, ok := call.Input.(distributions); !ok {
		return nil, nil
	}
	return value(c.Evidence.Distributions, "NotFound")
}
