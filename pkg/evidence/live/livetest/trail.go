package livetest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// Record is an event of CloudTrail's event history.
type Record struct {
	Account, Region string
	Resources       []string // by which it is found
	Event           string
}

// lookup answers with the events that name a resource, the newest first.
func (c *Cloud) lookup(call Call) (any, error) {
	in, ok := call.Input.(*cloudtrail.LookupEventsInput)
	if !ok {
		return nil, nil
	}
	var found []types.Event
	for _, r := range c.Trail {
		at := timeOf(r.Event)
		switch {
		case r.Account != call.Account, r.Region != call.Region, !slices.Contains(r.Resources, *in.LookupAttributes[0].AttributeValue):
		case in.StartTime != nil && at.Before(*in.StartTime), in.EndTime != nil && at.After(*in.EndTime):
		default:
			found = append(found, types.Event{CloudTrailEvent: aws.String(r.Event), EventTime: aws.Time(at)})
		}
	}
	slices.SortStableFunc(found, func(a, b types.Event) int { return b.EventTime.Compare(*a.EventTime) })
	some, next := page(c, found, in.NextToken)
	return &cloudtrail.LookupEventsOutput{Events: some, NextToken: next}, nil
}

func timeOf(event string) time.Time {
	var r struct {
		Time time.Time `json:"eventTime"`
	}
	if err := json.Unmarshal([]byte(event), &r); err != nil {
		panic(err)
	}
	return r.Time
}
