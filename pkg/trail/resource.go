package trail

import (
	"strings"
)

// readResource finds the bucket, object and access point of a call. The record
// tells in up to three ways: by request parameters, by its list of resources, and
// by the host that was called.
func readResource(r *record, d *Denial) {
	if d.Category == CategoryNetworkActivity {
		return // names neither
	}
	readParameters(r, d)
	readResources(r, d)
	readHost(parseHost(calledHost(r)), d)
	if d.Service == "kms.amazonaws.com" {
		readEncryptionContext(r, d)
	}
}

// calledHost returns the host that was called, empty if the record does not say.
func calledHost(r *record) string {
	if host, ok := r.param("Host"); ok {
		return host
	}
	return r.TLSDetails.ClientProvidedHostHeader
}

// readParameters reads the bucket, which may be given as the ARN or the alias of
// an access point, the key and the version.
func readParameters(r *record, d *Denial) {
	d.Key, _ = r.param("key")
	d.VersionID, _ = r.param("versionId")
	name, _ := r.param("bucketName")
	switch {
	case strings.HasPrefix(name, "arn:"):
		if point, ok := parsePoint(name); ok {
			d.AccessPoint = point.arn
		}
	case isAlias(name):
		d.AccessPointAlias = name
	default:
		d.Bucket = name
	}
}

// readResources reads what CloudTrail lists as the resources of the call. CopyObject
// may list the bucket of its source, too: the bucket that the parameters name
// counts.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-monitoring-logging.html
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-log-files.html
func readResources(r *record, d *Denial) {
	for _, res := range r.Resources {
		if point, ok := parsePoint(res.ARN); ok && d.AccessPoint == "" {
			d.AccessPoint = point.arn
			if d.Key == "" {
				d.Key = point.key
			}
		}
	}
	several := false
	for _, res := range r.Resources {
		b, ok := parseBucket(res)
		if !ok {
			continue
		}
		if isAlias(b.name) {
			if d.AccessPointAlias == "" {
				d.AccessPointAlias = b.name
			}
			continue
		}
		if d.Bucket == "" && !several {
			d.Bucket = b.name
		}
		if b.name != d.Bucket {
			several = true
			continue
		}
		d.Partition = b.partition
		if d.BucketAccount == "" {
			d.BucketAccount = b.account
		}
		if d.Key == "" {
			d.Key = b.key
		}
	}
	if name, _ := r.param("bucketName"); several && name != d.Bucket {
		// Which of them is not told.
		d.Bucket, d.BucketAccount = "", ""
		d.Key, _ = r.param("key")
	}
}

// listedBucket is a bucket, with the key of the object where it is one, as the
// list of resources has it.
type listedBucket struct {
	partition, name, key string
	account              string // empty if not told
}

// parseBucket reads the bucket and the key of a listed resource: a bucket, an
// object, or the prefix of the objects of a bucket.
func parseBucket(res resource) (listedBucket, bool) {
	arn, whole := res.ARN, true
	switch res.Type {
	case "AWS::S3::Bucket", "AWS::S3Express::DirectoryBucket":
	case "AWS::S3::Object", "AWS::S3Express::Object":
		if arn == "" {
			arn, whole = res.ARNPrefix, false
		}
	default:
		return listedBucket{}, false
	}
	a, ok := parseARN(arn)
	if !ok || a.service != "s3" && a.service != "s3express" || a.account != "" && strings.HasPrefix(a.resource, "accesspoint/") {
		return listedBucket{}, false
	}
	b := listedBucket{partition: a.partition}
	b.name, b.key, _ = strings.Cut(strings.TrimPrefix(a.resource, "bucket/"), "/")
	if !whole {
		b.key = ""
	}
	for _, account := range []string{res.AccountID, a.account} {
		if b.account == "" && isAccount(account) {
			b.account = account
		}
	}
	return b, b.name != ""
}

// ownerOf returns the account that the record lists as the owner of a bucket.
func ownerOf(r *record, bucket string) string {
	for _, res := range r.Resources {
		if b, ok := parseBucket(res); ok && b.name == bucket && b.account != "" {
			return b.account
		}
	}
	return ""
}

// accessPoint is the ARN of an access point taken apart from that of an object
// behind it.
type accessPoint struct {
	arn, key string
}

// parsePoint reads `arn:…:accesspoint/NAME`, with `/object/KEY` behind it or not.
// S3 on Outposts has `outpost/ID/` before it. A bucket that is called accesspoint
// has no account in its ARN.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html#access-points-arns
func parsePoint(arn string) (accessPoint, bool) {
	a, ok := parseARN(arn)
	if !ok || a.account == "" {
		return accessPoint{}, false
	}
	rest, outpost := a.resource, ""
	if after, ok := strings.CutPrefix(rest, "outpost/"); ok {
		id, named, _ := strings.Cut(after, "/")
		rest, outpost = named, "outpost/"+id+"/"
	}
	rest, ok = strings.CutPrefix(rest, "accesspoint/")
	if !ok {
		return accessPoint{}, false
	}
	name, object, _ := strings.Cut(rest, "/")
	key, _ := strings.CutPrefix(object, "object/")
	return accessPoint{
		arn: "arn:" + a.partition + ":" + a.service + ":" + a.region + ":" + a.account + ":" + outpost + "accesspoint/" + name,
		key: key,
	}, true
}

// readHost reads from the host what the record does not say otherwise.
func readHost(h endpointHost, d *Denial) {
	d.Website = h.website
	if d.AccessPointAlias == "" {
		d.AccessPointAlias = h.alias
	}
	if d.AccessPoint == "" && h.accessPoint != "" {
		region, outpost := h.region, ""
		if region == "" {
			region = d.Region
		}
		if h.outpost != "" {
			outpost = "outpost/" + h.outpost + "/"
		}
		d.AccessPoint = "arn:" + d.Partition + ":" + h.service + ":" + region + ":" + h.account + ":" + outpost + "accesspoint/" + h.accessPoint
	}
	if d.Bucket == "" && d.AccessPoint == "" && d.AccessPointAlias == "" {
		d.Bucket = h.bucket
	}
}

// directoryBucket reports whether a bucket is a directory bucket, by its name.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html
func directoryBucket(name string) bool { return strings.HasSuffix(name, "--x-s3") }
