package scan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"why403/pkg/trail"
)

// Filter chooses what is scanned; its zero value everything.
type Filter struct {
	// Since and Until bound the times of the requests: from then, to before then.
	Since, Until time.Time
	// Accounts recorded the requests; Regions are those of the calls. Any of them.
	Accounts, Regions []string
}

// late is how much later than its records a log file is taken to be delivered at most.
// CloudTrail promises nothing: "a log file delivered at a specific time can contain records
// written at any point before that time", usually within minutes.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
const late = 24 * time.Hour

// all reports whether the filter chooses everything.
func (f Filter) all() bool {
	return f.Since.IsZero() && f.Until.IsZero() && len(f.Accounts) == 0 && len(f.Regions) == 0
}

// String is the same for filters that choose the same.
func (f Filter) String() string {
	if f.all() {
		return ""
	}
	accounts, regions := slices.Sorted(slices.Values(f.Accounts)), slices.Sorted(slices.Values(f.Regions))
	return fmt.Sprintf("%s/%s/%s/%s", f.Since.UTC().Format(time.RFC3339), f.Until.UTC().Format(time.RFC3339),
		strings.Join(accounts, ","), strings.Join(regions, ","))
}

// place reports whether a place may have records that are chosen. It is asked before a file
// is opened, or a folder listed.
func (f Filter) place(p place) bool {
	switch {
	case p.account != "" && len(f.Accounts) > 0 && !slices.Contains(f.Accounts, p.account):
		return false
	case p.region != "" && len(f.Regions) > 0 && !slices.Contains(f.Regions, p.region):
		return false
	case p.to.IsZero():
		return true
	case !f.Since.IsZero() && !p.to.After(f.Since):
		return false
	}
	return f.Until.IsZero() || p.from.Before(f.Until.Add(late))
}

// enter says whether a folder may have files that are chosen, and whether all files below
// it are as far as their paths say.
func (f Filter) enter(folder string) (enter, all bool) {
	p := placeOf(folder)
	all = p.kind != "" && f.Since.IsZero() && f.Until.IsZero() && (p.region != "" || len(f.Regions) == 0)
	return p.isLog() && f.place(p), all
}

// denial reports whether a denial is chosen. What a record does not say excludes nothing.
func (f Filter) denial(d trail.Denial) bool {
	switch {
	case d.Recipient != "" && len(f.Accounts) > 0 && !slices.Contains(f.Accounts, d.Recipient):
		return false
	case d.Region != "" && len(f.Regions) > 0 && !slices.Contains(f.Regions, d.Region):
		return false
	case d.Time.IsZero():
		return true
	}
	return (f.Since.IsZero() || !d.Time.Before(f.Since)) && (f.Until.IsZero() || d.Time.Before(f.Until))
}
