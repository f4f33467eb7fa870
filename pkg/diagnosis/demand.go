package diagnosis

import (
	"net/netip"
	"strings"

	"why403/pkg/policy"
)

// demandedNetwork returns what a condition under which a statement denies wants of the
// connection: an address of a network that it lets pass, or a newer version of TLS; and
// words. Of a request without an address of its own, which came through a VPC endpoint
// or from an AWS service, another address is not to be had.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceip
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#example-object-tls-version
func demandedNetwork(f policy.Failure) (value, say string) {
	if len(f.Wanted) == 0 || f.State != policy.Present {
		return "", ""
	}
	operator := strings.TrimSuffix(strings.ToLower(f.Operator), "ifexists")
	switch key := strings.ToLower(f.Key); {
	case key == "aws:sourceip" && operator == "notipaddress":
		for _, network := range f.Wanted {
			if p, err := netip.ParsePrefix(network); err == nil {
				return p.Addr().String(), "from an address in " + someOf(f.Wanted)
			}
			if a, err := netip.ParseAddr(network); err == nil {
				return a.String(), "from an address in " + someOf(f.Wanted)
			}
		}
	case key == "s3:tlsversion" && operator == "numericlessthan" && len(f.Wanted) == 1 && tlsVersion(f.Wanted[0]):
		return f.Wanted[0], "by TLS " + f.Wanted[0] + " or newer"
	}
	return "", ""
}

// tlsVersion reports whether a number is a version of TLS that S3 speaks.
func tlsVersion(v string) bool { return v == "1.2" || v == "1.3" }
