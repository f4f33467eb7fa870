package trail_test

import (
	"fmt"
	"strings"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// dump writes everything a Denial says, a line a fact, for golden files that a
// person can review.
func dump(d trail.Denial) string {
	var b strings.Builder
	line := func(name string, values ...any) {
		text := strings.TrimSpace(fmt.Sprintln(values...))
		if text != "" {
			fmt.Fprintf(&b, "%-14s %s\n", name, text)
		}
	}
	line("event", d.EventID)
	line("shared", d.SharedEventID)
	line("occurrence", d.OccurrenceID())
	if !d.Time.IsZero() {
		line("time", d.Time.Format("2006-01-02T15:04:05Z07:00"))
	}
	line("recipient", d.Recipient)
	line("call", d.Service, d.Operation, d.Region, d.Partition, string(d.Category))
	line("principal", fmt.Sprintf("%+v", d.Principal))
	line("delegate", d.Delegate)
	for _, a := range d.Authorizations {
		line("authorization", fmt.Sprintf("%s on %q of %q", a.Action, a.Resource, a.Account))
	}
	line("unauthorized", d.Unauthorized)
	line("class", string(d.Class()))
	line("bucket", d.Bucket, d.BucketAccount)
	if d.Key != "" {
		line("key", fmt.Sprintf("%.200q", d.Key))
	}
	line("version", d.VersionID)
	line("access point", d.AccessPoint, d.AccessPointAlias)
	if d.Website {
		line("website", "yes")
	}
	line("error", d.ErrorCode)
	line("message", fmt.Sprintf("%.300q", fmt.Sprintf("%+v", d.Message)))
	line("endpoint", d.VPCEndpointID, d.VPCEndpointAccount)
	line("kms key", d.KMSKey)
	if d.RequesterPays {
		line("payer", "requester")
	}
	for _, k := range d.Context {
		switch k.State {
		case evidence.KeyPresent:
			line("+ "+k.Name, fmt.Sprintf("%.300q", strings.Join(k.Values, " | ")), because(k))
		case evidence.KeyAbsent:
			line("- "+k.Name, because(k))
		case evidence.KeyUnknown:
			line("? "+k.Name, because(k))
		}
	}
	return b.String()
}

func because(k evidence.ContextKey) string {
	if k.Because == "" {
		return ""
	}
	return "(" + k.Because + ")"
}
