package trail

import "strings"

// endpointHost is what the name of the host that was called tells.
type endpointHost struct {
	bucket      string
	accessPoint string // name; account with it
	account     string
	region      string
	alias       string // of an access point
	mrap        string // alias of a multi-region access point
	vpce        string
	website     bool
	lambda      bool // an Object Lambda access point
}

// parseHost reads the name of an S3 endpoint.
//
// https://docs.aws.amazon.com/general/latest/gr/s3.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html
func parseHost(host string) endpointHost {
	var h endpointHost
	host, _, _ = strings.Cut(strings.ToLower(host), ":")
	host, ok := strings.CutSuffix(host, ".amazonaws.com.cn")
	if !ok {
		if host, ok = strings.CutSuffix(host, ".amazonaws.com"); !ok {
			return h
		}
	}
	labels := strings.Split(host, ".")
	if i := indexPrefix(labels, "vpce-"); i >= 0 {
		h.vpce = endpointID(labels[i])
		if i > 0 {
			switch labels[i-1] {
			case "accesspoint":
				if i > 1 {
					h.point(labels[i-2])
				}
			case "bucket":
				h.bucket = strings.Join(labels[:i-1], ".")
			}
		}
		if i+2 < len(labels) {
			h.region = labels[i+2]
		}
		return h
	}
	for i, l := range labels {
		name := strings.Join(labels[:i], ".")
		switch {
		case l == "s3-accesspoint" || l == "s3-accesspoint-fips" || l == "s3-object-lambda":
			h.lambda = l == "s3-object-lambda"
			h.region = last(labels)
			h.point(name)
			return h
		case l == "accesspoint" && i+1 < len(labels) && labels[i+1] == "s3-global":
			h.mrap = name
			return h
		case l == "s3-website" || strings.HasPrefix(l, "s3-website-"):
			h.website, h.bucket = true, name
			return h
		case i > 0 && (l == "s3" || strings.HasPrefix(l, "s3-") || strings.HasPrefix(l, "s3express-")):
			h.bucket = name
			if strings.HasSuffix(name, "-s3alias") || strings.HasSuffix(name, "--ol-s3") {
				h.alias, h.bucket = name, ""
			}
			return h
		}
	}
	return h
}

// point splits NAME-ACCOUNT.
func (h *endpointHost) point(label string) {
	if i := strings.LastIndexByte(label, '-'); i > 0 && isAccount(label[i+1:]) {
		h.accessPoint, h.account = label[:i], label[i+1:]
	}
}

// endpointID takes vpce-0abc out of vpce-0abc-xyz or vpce-0abc-xyz-us-east-1a.
func endpointID(label string) string {
	rest := strings.TrimPrefix(label, "vpce-")
	id, _, _ := strings.Cut(rest, "-")
	return "vpce-" + id
}

func indexPrefix(labels []string, prefix string) int {
	for i, l := range labels {
		if strings.HasPrefix(l, prefix) {
			return i
		}
	}
	return -1
}

func last(labels []string) string { return labels[len(labels)-1] }
