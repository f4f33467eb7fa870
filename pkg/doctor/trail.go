package doctor

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// trail looks for a trail that records here: without one EventBridge gets no API calls.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func (e *examiner) trail(ctx context.Context) {
	out, err := e.trails.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
	if err != nil {
		e.unread("trail", err, "")
		return
	}
	var logging []string
	var records recorded
	unread := false
	for _, t := range out.TrailList {
		status, err := e.trails.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: t.TrailARN})
		if err != nil {
			unread = true
			continue
		}
		if !aws.ToBool(status.IsLogging) {
			continue
		}
		logging = append(logging, aws.ToString(t.Name))
		selectors, err := e.trails.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: t.TrailARN})
		if err != nil {
			unread = true // of an organization's trail, perhaps
			continue
		}
		records.add(selectors, e.objects())
	}
	switch {
	case len(logging) > 0:
		e.add("trail", OK, "recording: "+strings.Join(logging, ", "), "")
	case unread:
		e.add("trail", Unknown, "the trails there are could not be read", "Look again with credentials that may read CloudTrail, in the trail's own account.")
	default:
		e.add("trail", Broken, "no trail records in this Region", "Make one, start it, or deploy the stack with CreateTrail; without a trail EventBridge gets no API calls.")
	}
	e.recorded("management events", records.management, unread && len(logging) > 0, "no trail records management events, reads among them",
		"Let the trail record management events, reads and writes: denied calls on buckets are among them.")
	what, missing := "object calls", "no trail records S3 data events"
	if e.o.Bucket != "" {
		what, missing = "object calls of "+e.o.Bucket, "no trail records the data events of this bucket"
	}
	e.recorded(what, records.data, unread && len(logging) > 0, missing,
		"Let the trail record data events of type AWS::S3::Object for the bucket: GetObject, PutObject and ListObjects are among them. docs/operations.md says what it costs.")
	if !records.network {
		e.add("denials by VPC endpoints", Weak, "no trail was seen that records network activity events of s3.amazonaws.com",
			"Only if requests come through VPC endpoints with policies: let the trail record them. S3 records nothing else of such a denial.")
	}
}

func (e *examiner) recorded(name string, yes, unread bool, missing, do string) {
	switch {
	case yes:
		e.add(name, OK, "recorded", "")
	case unread:
		e.add(name, Unknown, "what a trail records could not be read", "Look at the trail in its own account. "+do)
	default:
		e.add(name, Broken, missing, do)
	}
}

// objects is what the ARNs of a bucket's objects begin with; empty: any bucket.
func (e *examiner) objects() string {
	if e.o.Bucket == "" {
		return ""
	}
	return "arn:" + e.partition + ":s3:::" + e.o.Bucket + "/"
}

// recorded is what all trails together record.
type recorded struct{ management, data, network bool }

// add reads the selectors of a trail, in either form.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
func (r *recorded) add(out *cloudtrail.GetEventSelectorsOutput, objects string) {
	for _, s := range out.EventSelectors {
		all := s.ReadWriteType == types.ReadWriteTypeAll
		// Left out is true.
		r.management = r.management || all && (s.IncludeManagementEvents == nil || *s.IncludeManagementEvents)
		for _, d := range s.DataResources {
			if aws.ToString(d.Type) == "AWS::S3::Object" && all {
				r.data = r.data || slices.ContainsFunc(d.Values, func(v string) bool { return objects == "" || strings.HasPrefix(objects, v) })
			}
		}
	}
	for _, s := range out.AdvancedEventSelectors {
		switch first(s, "eventCategory") {
		case "Management":
			r.management = r.management || len(field(s, "readOnly")) == 0
		case "Data":
			if slices.Contains(values(s, "resources.type"), "AWS::S3::Object") && len(field(s, "readOnly")) == 0 && len(field(s, "eventName")) == 0 {
				r.data = r.data || covers(field(s, "resources.ARN"), objects)
			}
		case "NetworkActivity":
			r.network = r.network || slices.Contains(values(s, "eventSource"), "s3.amazonaws.com")
		}
	}
}

// covers reports whether selectors on ARNs take every object of a bucket.
func covers(selectors []types.AdvancedFieldSelector, objects string) bool {
	for _, f := range selectors {
		if objects == "" {
			continue
		}
		begins := func(v string) bool { return strings.HasPrefix(objects, v) }
		if len(f.StartsWith) > 0 && !slices.ContainsFunc(f.StartsWith, begins) {
			return false
		}
		// One key, or what ends alike, is not every object.
		if len(f.Equals) > 0 || len(f.EndsWith) > 0 || slices.ContainsFunc(f.NotStartsWith, begins) {
			return false
		}
	}
	return true
}

func field(s types.AdvancedEventSelector, name string) (all []types.AdvancedFieldSelector) {
	for _, f := range s.FieldSelectors {
		if aws.ToString(f.Field) == name {
			all = append(all, f)
		}
	}
	return all
}

func values(s types.AdvancedEventSelector, name string) (all []string) {
	for _, f := range field(s, name) {
		all = append(all, f.Equals...)
	}
	return all
}

func first(s types.AdvancedEventSelector, name string) string {
	if all := values(s, name); len(all) > 0 {
		return all[0]
	}
	return ""
}
