package live

import (
	"strings"

	"why403/pkg/trail"
)

func (p *plan) regionOfBucket(name string) string {
	if region, ok := p.evidence.Buckets[name].Region.Value(); ok {
		return region
	}
	return p.regionOfDenial()
}

// regionOfDenial is where S3 was called; for a question that says nothing, where we
// are.
func (p *plan) regionOfDenial() string {
	if p.denial.Region != "" {
		return p.denial.Region
	}
	return p.home()
}

// bucketOf returns the bucket in the ARN of a bucket or object.
func bucketOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	bucket, _, _ := strings.Cut(strings.TrimPrefix(parts[5], "bucket/"), "/")
	if parts[2] == "s3" && parts[4] != "" {
		return "" // an access point
	}
	return bucket
}

func accountOf(arn string) string { return part(arn, 4) }

func regionOf(arn string) string { return part(arn, 3) }

func part(arn string, n int) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[n]
}

// sessionOf is the name under which evidence keeps the session of a denial.
func sessionOf(d *trail.Denial) string {
	switch p := d.Principal; {
	case p.AccessKeyID != "":
		return p.AccessKeyID
	case p.ID != "" && p.Session != "":
		return p.ID + ":" + p.Session
	default:
		return p.ID
	}
}
