package live

import (
	"strings"

	"why403/pkg/authz"
	"why403/pkg/evidence"
	"why403/pkg/trail"
)

func (p *plan) keyFact(k kind, n authz.Need) {
	if strings.HasPrefix(n.Resource, "arn:") {
		p.add(fact{kind: k, account: accountOf(n.Resource), region: regionOf(n.Resource), name: n.Resource})
	}
}

// point wants an access point with its policy. Calls about multi-region ones are made in
// one region.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRestrictions.html
func (p *plan) point(arn string) {
	switch {
	case arn == "":
	case strings.HasSuffix(arn, ".mrap"):
		p.add(fact{kind: multiRegionPoint, account: accountOf(arn), region: "us-west-2", name: arn})
	default:
		p.add(fact{kind: accessPoint, account: accountOf(arn), region: regionOf(arn), name: arn})
	}
}

// path wants the policies of an organization that reach an account. Whether it is in
// one comes first.
func (p *plan) path(account string) {
	read := p.evidence.Accounts[account].Organization
	if read.State() == evidence.StateNotRead {
		p.add(fact{kind: organization, account: account, region: p.home()})
		return
	}
	if org, ok := read.Value(); ok {
		p.add(fact{kind: organizationPath, account: account, region: p.home(), name: org.ManagementAccount})
	}
}

func (p *plan) endpoint(n authz.Need) {
	account := n.Account
	for _, other := range []string{p.denial.VPCEndpointAccount, p.request.Principal.Account} {
		if account == "" {
			account = other
		}
	}
	if strings.HasPrefix(n.Resource, "vpce-") {
		p.add(fact{kind: endpoint, account: account, region: p.regionOfDenial(), name: n.Resource})
	}
}

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
