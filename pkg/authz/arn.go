package authz

import (
	"strings"

	"why403/pkg/evidence"
)

// arn is the parts of an ARN.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
type arn struct{ partition, service, region, account, resource string }

func parseARN(s string) (arn, bool) {
	rest, ok := strings.CutPrefix(s, "arn:")
	if !ok {
		return arn{}, false
	}
	var a arn
	for _, part := range []*string{&a.partition, &a.service, &a.region, &a.account} {
		if *part, rest, ok = strings.Cut(rest, ":"); !ok {
			return arn{}, false
		}
	}
	a.resource = rest
	return a, true
}

// partitionOf returns the partition of a requester, which is that of all it can reach.
// One without an ARN is taken to be of the public regions.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func partitionOf(p *evidence.Principal) string {
	for _, s := range [...]string{p.ARN, p.Issuer} {
		if a, ok := parseARN(s); ok {
			return a.partition
		}
	}
	return "aws"
}

func lastPart(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }
