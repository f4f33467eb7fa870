package trail

import (
	"strings"
)

// readResource finds the bucket, object and access point of a call. The record
// tells in up to three ways: by its list of resources, by request parameters, and
// by the host that was called.
func readResource(r *record, d *Denial) {
	if d.Category == CategoryNetworkActivity {
		return // names neither
	}
	readResources(r, d)
	readParameters(r, d)
	host, _ := r.param("Host")
	if host == "" {
		host = r.TLSDetails.ClientProvidedHostHeader
	}
	readHost(parseHost(host), d)
	if d.Service == "kms.amazonaws.com" {
		readEncryptionContext(r, d)
	}
}

// readResources reads what CloudTrail lists as the resources of the call.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-monitoring-logging.html
func readResources(r *record, d *Denial) {
	for _, res := range r.Resources {
		a, ok := parseARN(res.ARN)
		switch res.Type {
		case "AWS::S3::Bucket", "AWS::S3Express::DirectoryBucket":
			d.BucketAccount = res.AccountID
			if ok {
				d.Bucket = strings.TrimPrefix(a.resource, "bucket/")
				d.Partition = a.partition
			}
		case "AWS::S3::AccessPoint", "AWS::S3ObjectLambda::AccessPoint":
			d.AccessPoint = res.ARN
		}
	}
	for _, res := range r.Resources {
		if res.Type != "AWS::S3::Object" && res.Type != "AWS::S3Express::Object" {
			continue
		}
		a, ok := parseARN(res.ARN)
		if !ok {
			a, ok = parseARN(res.ARNPrefix)
		}
		bucket, key, _ := strings.Cut(strings.TrimPrefix(a.resource, "bucket/"), "/")
		if ok && d.Bucket == "" {
			d.Bucket = bucket
		}
		if ok && bucket == d.Bucket && res.ARN != "" && d.Key == "" {
			d.Key = key
		}
	}
}

// readParameters reads the bucket, which may be given as the ARN or the alias of
// an access point, the key and the version.
func readParameters(r *record, d *Denial) {
	if key, ok := r.param("key"); ok {
		d.Key = key
	}
	d.VersionID, _ = r.param("versionId")
	name, _ := r.param("bucketName")
	switch {
	case name == "":
	case strings.HasPrefix(name, "arn:"):
		if a, ok := parseARN(name); ok && strings.HasPrefix(a.resource, "accesspoint/") && d.AccessPoint == "" {
			d.AccessPoint = name
		}
	case strings.HasSuffix(name, "-s3alias") || strings.HasSuffix(name, "--ol-s3"):
		d.AccessPointAlias = name
		if d.Bucket == name {
			d.Bucket = ""
		}
	default:
		d.Bucket = name
	}
}

// readHost reads from the host what the record does not say otherwise.
func readHost(h endpointHost, d *Denial) {
	d.Website = h.website
	if d.Bucket == "" && d.AccessPoint == "" {
		d.Bucket = h.bucket
	}
	if d.AccessPointAlias == "" {
		d.AccessPointAlias = h.alias
	}
	switch {
	case d.AccessPoint != "":
	case h.accessPoint != "":
		service := "s3"
		if h.lambda {
			service = "s3-object-lambda"
		}
		region := h.region
		if region == "" {
			region = d.Region
		}
		d.AccessPoint = "arn:" + d.Partition + ":" + service + ":" + region + ":" + h.account + ":accesspoint/" + h.accessPoint
	case h.mrap != "":
		d.AccessPoint = "arn:" + d.Partition + ":s3::" + d.Recipient + ":accesspoint/" + h.mrap
	}
}

// directoryBucket reports whether a bucket is a directory bucket, by its name.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html
func directoryBucket(name string) bool { return strings.HasSuffix(name, "--x-s3") }
