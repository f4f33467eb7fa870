package trail

import (
	"maps"
	"slices"
	"strings"

	"why403/pkg/evidence"
)

// FromRequest makes a Denial of a question that has no CloudTrail record. The
// request's text of the 403, if it has one, counts as AWS's message; given are the
// condition keys that the question comes with.
func FromRequest(q evidence.Request, given map[string]evidence.Values) Denial {
	d := Denial{
		Principal: q.Principal, Authorizations: q.All(), VersionID: q.VersionID, Document: q.Document, Complete: q.ContextComplete,
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
		case arn.service == "s3express" && strings.HasPrefix(arn.resource, "bucket/") && d.Bucket == "":
			d.Bucket, d.BucketAccount = strings.TrimPrefix(arn.resource, "bucket/"), arn.account
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
	d.Add(given)
	if id := d.Context.Lookup("aws:SourceVpce"); len(id.Values) == 1 {
		d.VPCEndpointID = id.Values[0]
	}
	if ip := d.Context.Lookup("aws:SourceIp"); len(ip.Values) == 1 {
		d.SourceIP = ip.Values[0]
	}
	if payer := d.Context.Lookup("s3:x-amz-request-payer"); len(payer.Values) == 1 {
		d.RequesterPays = strings.EqualFold(payer.Values[0], "requester")
	}
	if isKey(d.Message.Resource) {
		d.KMSKey = d.Message.Resource
	}
	distrustForgedReason(&d)
	return d
}

// Add adds condition keys that are known from elsewhere. What the record proves
// stands.
func (d *Denial) Add(given map[string]evidence.Values) {
	known := make(evidence.Context, 0, len(given))
	for _, name := range slices.Sorted(maps.Keys(given)) {
		known = append(known, evidence.ContextKey{Name: name, State: evidence.KeyPresent, Values: given[name]})
	}
	d.Context = mergeContext(d.Context, known)
}
