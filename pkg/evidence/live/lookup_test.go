package live_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"

	"why403/pkg/evidence"
	"why403/pkg/evidence/live"
	"why403/pkg/evidence/live/livetest"
	"why403/pkg/trail"
)

func ofSession() trail.Denial {
	return trail.Denial{
		Time: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Region: "eu-west-1", Bucket: "acme-data", BucketAccount: "222222222222",
		Principal: evidence.Principal{
			Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/app", Account: "111111111111",
			ID: "AROAEXAMPLE", Session: "job", AccessKeyID: "ASIAEXAMPLE",
		},
	}
}

func issued(region, at, resource, parameters string) livetest.Record {
	return livetest.Record{Account: "111111111111", Region: region, Resources: []string{resource}, Event: fmt.Sprintf(
		`{"eventTime":"2026-11-23T%s:00Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","userIdentity":{"type":"IAMUser"},"requestParameters":{%s},
		"responseElements":{"credentials":{"accessKeyId":"ASIAEXAMPLE"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLE:job"}}}`, at, parameters)}
}

func lookup(c *livetest.Cloud) *live.Lookup {
	return live.NewLookup(live.Config{AWS: c.Config(), Home: livetest.Home, Accounts: []string{"111111111111", "222222222222"}, RoleName: "why403-reader", Regions: []string{"us-east-1", "eu-west-1"}})
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
func TestLookupSession(t *testing.T) {
	const policy = `"policy":"{\"Version\":\"2012-10-17\",\"Statement\":[]}"`
	tests := []struct {
		name    string
		records []livetest.Record
		want    string // state and reason, or the names of policies
	}{
		{"by the key that was issued, where S3 was called", []livetest.Record{issued("eu-west-1", "09:00", "ASIAEXAMPLE", policy)}, "known [session policy]"},
		{"by the key, at the global endpoint", []livetest.Record{issued("us-east-1", "09:00", "ASIAEXAMPLE", policy)}, "known [session policy]"},
		{"by the session", []livetest.Record{issued("us-east-1", "09:00", "AROAEXAMPLE:job", policy)}, "known [session policy]"},
		{"the newest of several", []livetest.Record{issued("us-east-1", "07:00", "AROAEXAMPLE:job", policy), issued("us-east-1", "09:00", "AROAEXAMPLE:job", "")}, "absent issued without a session policy"},
		{"without a policy", []livetest.Record{issued("us-east-1", "09:00", "ASIAEXAMPLE", "")}, "absent issued without a session policy"},
		{"issued after the denial", []livetest.Record{issued("us-east-1", "11:00", "ASIAEXAMPLE", policy)}, "unreadable CloudTrail's event history does not have"},
		{"in another account", nil, "unreadable CloudTrail's event history does not have"},
	}
	for _, tt := range tests {
		// Time is the test's own: two calls a second is what AWS allows.
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := &livetest.Cloud{Trail: tt.records, PageSize: 1}
				got := lookup(cloud).Session(t.Context(), ofSession())
				text := got.State().String() + " " + got.Reason()
				if g, ok := got.Value(); ok {
					text = "known"
					for _, p := range g.Policies {
						text += " [" + p.Name + "]"
					}
				}
				if !strings.HasPrefix(text, tt.want) {
					t.Errorf("%s, want %s", text, tt.want)
				}
			})
		})
	}
	t.Run("throttled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			cloud := &livetest.Cloud{Before: func(_ context.Context, c livetest.Call) error {
				if c.Operation == "CloudTrail.LookupEvents" {
					return &smithy.GenericAPIError{Code: "ThrottlingException"}
				}
				return nil
			}}
			if got := lookup(cloud).Session(t.Context(), ofSession()); got.Reason() != "throttled" {
				t.Errorf("%v: %s", got.State(), got.Reason())
			}
		})
	})
}

func TestLookupChanges(t *testing.T) { synctest.Test(t, lookupChanges) }

func lookupChanges(t *testing.T) {
	time.Sleep(time.Until(ofSession().Time.Add(time.Hour)))
	change := func(account, region, at, name, call, parameters string) livetest.Record {
		source := "s3"
		if strings.Contains(call, "Role") {
			source = "iam"
		}
		return livetest.Record{Account: account, Region: region, Resources: []string{name}, Event: fmt.Sprintf(
			`{"eventTime":"2026-11-23T%s:00Z","eventSource":"%s.amazonaws.com","eventName":%q,"userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::222222222222:user/eve"},"requestParameters":{%s}}`, at, source, call, parameters)}
	}
	cloud := &livetest.Cloud{PageSize: 1, Trail: []livetest.Record{
		change("222222222222", "eu-west-1", "08:00", "acme-data", "PutBucketPolicy", `"bucketName":"acme-data"`),
		change("222222222222", "eu-west-1", "08:30", "acme-data", "GetBucketPolicy", `"bucketName":"acme-data"`),
		change("222222222222", "eu-west-1", "10:02", "acme-data", "PutBucketAcl", `"bucketName":"acme-data"`),
		change("111111111111", "us-east-1", "09:00", "app", "DetachRolePolicy", `"roleName":"app"`),
		change("111111111111", "us-east-1", "09:00", "other", "DetachRolePolicy", `"roleName":"other"`),
	}}
	got, err := lookup(cloud).Changes(t.Context(), ofSession(), []string{"acme-data", "arn:aws:iam::111111111111:role/team/app", "arn:aws:kms:us-east-1:333333333333:key/1"})
	if err == nil || !strings.Contains(err.Error(), "account 333333333333 is not one of those") {
		t.Errorf("error %v, want one that names the account that may not be read", err)
	}
	var text []string
	for _, c := range got {
		text = append(text, c.Event+" of "+c.Document)
	}
	if want := "PutBucketAcl of acme-data, DetachRolePolicy of arn:aws:iam::111111111111:role/team/app, PutBucketPolicy of acme-data"; strings.Join(text, ", ") != want {
		t.Errorf("%s, want %s", strings.Join(text, ", "), want)
	}
}
