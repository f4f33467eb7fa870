package trail

import "strings"

// endpointHost is what the name of the host that was called tells. At most one of
// bucket, accessPoint and alias is set; a path-style or account-level request
// names none of them.
type endpointHost struct {
	bucket      string
	accessPoint string // name; service, account, outpost and region with it
	service     string // of the access point's ARN
	account     string
	outpost     string
	region      string
	alias       string // of an access point, or of a multi-region access point
	vpce        string // the endpoint whose own name was called
	website     bool
}

// parseHost reads the name of an S3 endpoint from its end, where AWS's part stands:
// what is before it is a bucket's name, which may hold dots and words that look
// like AWS's. A name that is not an S3 endpoint tells nothing.
//
// https://docs.aws.amazon.com/general/latest/gr/s3.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-Regions-and-Zones.html
func parseHost(host string) endpointHost {
	host, _, _ = strings.Cut(strings.ToLower(host), ":")
	name, ok := cutDNSSuffix(strings.TrimSuffix(host, "."))
	if !ok || !isHostName(name) {
		return endpointHost{}
	}
	if rest, ok := strings.CutSuffix(name, ".vpce"); ok {
		return interfaceEndpoint(rest)
	}
	var h endpointHost
	if rest, last := cutLast(name); isRegion(last) {
		name, h.region = rest, last
	}
	name = strings.TrimSuffix(name, ".dualstack")
	name, endpoint := cutLast(name)
	h.called(endpoint, name)
	return h
}

// called reads the label of the endpoint and the name before it.
func (h *endpointHost) called(endpoint, name string) {
	// The older endpoints have the Region behind a dash: s3-us-west-2.
	for _, old := range []string{"s3-website-", "s3-fips-", "s3-"} {
		if region, ok := strings.CutPrefix(endpoint, old); ok && h.region == "" && isRegion(region) {
			endpoint, h.region = strings.TrimSuffix(old, "-"), region
		}
	}
	switch endpoint {
	case "s3", "s3-fips", "s3-accelerate", "s3-external-1":
		h.bucketOrAlias(name)
	case "s3-website":
		h.website = true
		h.bucketOrAlias(name)
	case "s3-accesspoint", "s3-accesspoint-fips":
		h.point("s3", name)
	case "s3-object-lambda", "s3-object-lambda-fips":
		h.point("s3-object-lambda", name)
	case "s3-outposts", "s3-outposts-fips":
		if name, outpost := cutLast(name); strings.HasPrefix(outpost, "op-") {
			h.outpost = outpost
			h.point("s3-outposts", name)
		}
	case "s3-global":
		h.alias, _ = strings.CutSuffix(name, ".accesspoint")
	default:
		if zone, ok := strings.CutPrefix(endpoint, "s3express-"); ok && !strings.HasPrefix(zone, "control") {
			h.bucketOrAlias(name)
		}
	}
}

// interfaceEndpoint reads `NAME.bucket.vpce-ID.s3.REGION`, and the same with
// accesspoint and control for bucket. With path style, and for S3 Control, there
// is no NAME.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html#accessing-s3-interface-endpoints
func interfaceEndpoint(name string) endpointHost {
	var h endpointHost
	name, h.region = cutLast(name)
	name, service := cutLast(name)
	name, id := cutLast(name)
	if service != "s3" || !isRegion(h.region) || !strings.HasPrefix(id, "vpce-") {
		return endpointHost{}
	}
	h.vpce = endpointID(id)
	switch name, kind := cutLast(name); kind {
	case "bucket":
		h.bucketOrAlias(name)
	case "accesspoint":
		h.point("s3", name)
	}
	return h
}

func (h *endpointHost) bucketOrAlias(name string) {
	if isAlias(name) {
		h.alias = name
	} else {
		h.bucket = name
	}
}

// point splits NAME-ACCOUNT.
func (h *endpointHost) point(service, label string) {
	if isAlias(label) {
		h.alias = label
		return
	}
	if i := strings.LastIndexByte(label, '-'); i > 0 && isAccount(label[i+1:]) {
		h.service, h.accessPoint, h.account = service, label[:i], label[i+1:]
	}
}

// isAlias reports whether a name in the place of a bucket's is that of an access
// point: AWS reserves these endings. The last is not an alias but the very name of
// an access point for a directory bucket.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html
func isAlias(name string) bool {
	for _, reserved := range []string{"-s3alias", "--ol-s3", "--op-s3", "--xa-s3", ".mrap"} {
		if strings.HasSuffix(name, reserved) {
			return true
		}
	}
	return false
}

// cutDNSSuffix removes the DNS suffix of a partition.
func cutDNSSuffix(host string) (string, bool) {
	for _, suffix := range []string{
		".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu",
		".c2s.ic.gov", ".sc2s.sgov.gov", ".cloud.adc-e.uk", ".csp.hci.ic.gov",
	} {
		if name, ok := strings.CutSuffix(host, suffix); ok {
			return name, true
		}
	}
	return "", false
}

// isHostName reports whether a name holds only what host names hold. Buckets from
// before 2018 may have underscores.
func isHostName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, ".") && !strings.Contains(name, "..")
}

// isRegion reports whether a label has the form of a Region: us-east-1,
// us-gov-west-1, eusc-de-east-1.
func isRegion(label string) bool {
	words, number, ok := cutLastDash(label)
	if !ok || len(number) != 1 || number[0] < '0' || number[0] > '9' {
		return false
	}
	for i := range len(words) {
		if (words[i] < 'a' || words[i] > 'z') && words[i] != '-' {
			return false
		}
	}
	first, rest, ok := strings.Cut(words, "-")
	return ok && len(first) >= 2 && len(first) <= 4 && rest != ""
}

func cutLastDash(s string) (before, after string, found bool) {
	if i := strings.LastIndexByte(s, '-'); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return "", s, false
}

// cutLast parts the last label from those before it.
func cutLast(name string) (rest, last string) {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

// endpointID takes vpce-0abc out of vpce-0abc-xyz or vpce-0abc-xyz-us-east-1a.
func endpointID(label string) string {
	id, _, _ := strings.Cut(strings.TrimPrefix(label, "vpce-"), "-")
	return "vpce-" + id
}
