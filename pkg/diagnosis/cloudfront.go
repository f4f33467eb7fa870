package diagnosis

import (
	"slices"
	"strings"
)

// throughCloudFront says from which distributions a request of CloudFront may have come,
// where a statement hangs on that: S3 sees the ARN of the one that asked, and CloudTrail
// does not record it. Those of other accounts may have the bucket as origin too, so that
// a list of the owner's settles nothing by itself.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
func (j *join) throughCloudFront(unsettled []string) string {
	isSource := func(key string) bool { return strings.EqualFold(key, "aws:SourceArn") }
	if j.Principal.Service != "cloudfront.amazonaws.com" || !slices.ContainsFunc(unsettled, isSource) {
		return ""
	}
	known, read := j.evidence.Distributions.Value()
	switch {
	case !read:
		return "; cloudfront:ListDistributions in " + inBucket(j.refusal).String() + " tells which distributions have the bucket as origin"
	case len(known) == 0:
		return ": no distribution of the bucket's account has the bucket as origin"
	}
	return ": of the bucket's account these have it as origin: " + strings.Join(known, ", ")
}
