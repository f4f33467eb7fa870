package live

import (
	"net/http"
	"net/url"
	"strings"

	"why403/pkg/evidence"
)

// distributionList is the part of the answer that matters.
//
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ListDistributions.html
type distributionList struct {
	Truncated bool   `xml:"IsTruncated"`
	Next      string `xml:"NextMarker"`
	Items     []struct {
		ARN     string   `xml:"ARN"`
		Origins []string `xml:"Origins>Items>Origin>DomainName"`
	} `xml:"Items>DistributionSummary"`
}

// readDistributions lists the CloudFront distributions of an account that have the bucket
// as origin: S3 sees the ARN of the one that asked, and CloudTrail does not record it.
func (a *attempt) readDistributions() change {
	found, err := a.distributions()
	v := outcome(a, found, err)
	return func(e *evidence.Evidence) { e.Distributions = v }
}

func (a *attempt) distributions() ([]string, error) {
	found := []string{}
	host := "cloudfront"
	if a.accounts.Partition == "aws-cn" {
		host += ".cn-northwest-1"
	}
	for marker := ""; ; {
		query := url.Values{"MaxItems": {"100"}}
		if marker != "" {
			query.Set("Marker", marker)
		}
		var page distributionList
		err := a.ask(call{
			service: "CloudFront", signingName: "cloudfront", operation: "ListDistributions", host: host,
			method: http.MethodGet, path: "/2020-05-31/distribution", query: query,
		}, &page)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Items {
			for _, origin := range d.Origins {
				if strings.HasPrefix(origin, a.name+".s3") {
					found = append(found, d.ARN)
					break
				}
			}
		}
		if marker = page.Next; !page.Truncated || marker == "" {
			return found, nil
		}
	}
}

// cloudFrontRegion is where calls on CloudFront are signed for.
//
// https://docs.aws.amazon.com/general/latest/gr/cf_region.html
func (r *Reader) cloudFrontRegion() string {
	if r.accounts.Partition == "aws-cn" {
		return "cn-northwest-1"
	}
	return "us-east-1"
}
