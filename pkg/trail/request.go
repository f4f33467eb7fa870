package trail

import (
	"strings"

	"why403/pkg/evidence"
)

// FromRequest makes a Denial of a question that has no CloudTrail record. The
// request's text of the 403, if it has one, counts as AWS's message.
func FromRequest(q evidence.Request) Denial {
	d := Denial{
		Principal: q.Principal, Authorizations: q.All(),
		ErrorCode: q.ErrorCode, ErrorMessage: q.ErrorMessage, Message: ParseMessage(q.ErrorMessage),
	}
	if d.Principal.Account == "" {
		if a, ok := parseARN(d.Principal.ARN); ok {
			d.Principal.Account = a.account
		}
	}
	for _, a := range d.Authorizations {
		arn, ok := parseARN(a.Resource)
		if !ok {
			continue
		}
		if d.Partition == "" {
			d.Partition, d.Region = arn.partition, arn.region
		}
		switch {
		case arn.service == "s3" && arn.account == "" && d.Bucket == "":
			d.Bucket, d.Key, _ = strings.Cut(arn.resource, "/")
			d.BucketAccount = a.Account
		case arn.service == "s3" && strings.HasPrefix(arn.resource, "accesspoint/") && d.AccessPoint == "":
			point, key, _ := strings.Cut(strings.TrimPrefix(arn.resource, "accesspoint/"), "/object/")
			d.AccessPoint, d.Key = "arn:"+arn.partition+":s3:"+arn.region+":"+arn.account+":accesspoint/"+point, key
		}
	}
	if d.Partition == "" {
		d.Partition = "aws"
	}
	if len(d.Authorizations) > 0 {
		_, d.Operation, _ = strings.Cut(d.Authorizations[0].Action, ":")
		d.Service = "s3.amazonaws.com"
	}
	if q.Operation != "" {
		d.Operation = q.Operation
	}
	if isKey(d.Message.Resource) {
		d.KMSKey = d.Message.Resource
	}
	distrustForgedReason(&d)
	return d
}
