package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// choice is which findings are wanted, and in which order.
type choice struct {
	statuses                          []string
	bucket, requester, cause, account string
	since, sort                       string
	all                               bool
	limit                             int
}

// add adds the flags that choose.
func (c *choice) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&c.statuses, "status", nil, "only these: open, acknowledged, resolved, suppressed")
	f.StringVar(&c.bucket, "bucket", "", "only those of this bucket")
	f.StringVar(&c.requester, "requester", "", "only those of this requester: an ARN, or the name at its end")
	f.StringVar(&c.cause, "cause", "", "only those with this cause, as 'why403 explain' lists them, or UNDETERMINED")
	f.StringVar(&c.account, "account", "", "only those in which this account must act")
	f.StringVar(&c.since, "since", "", "only those seen since then: 7d, 12h, 2026-11-01, or a time of RFC 3339")
	for _, flag := range []string{"bucket", "requester", "account", "since"} {
		complete(cmd, flag) // not by names of files
	}
	complete(cmd, "status", statusWords()...)
	complete(cmd, "cause", append(completions(""), cobra.CompletionWithDesc(finding.Undetermined, "cause not known"))...)
}

func statusWords() []string {
	return []string{string(finding.Open), string(finding.Acknowledged), string(finding.Resolved), string(finding.Suppressed)}
}

func sorts() []string { return []string{"last-seen", "first-seen", "count", "status", "cause"} }

// filter is the choice as a store understands it. Statuses are chosen later: only a clock
// tells whether a suppression is over.
func (c *choice) filter(now time.Time) (finding.Filter, error) {
	f := finding.Filter{Bucket: c.bucket}
	for i, s := range c.statuses {
		c.statuses[i] = strings.ToLower(strings.TrimSpace(s))
		if !slices.Contains(statusWords(), c.statuses[i]) {
			return f, usageError{fmt.Errorf("--status is %q, want %s", s, oneOf(statusWords()))}
		}
		f.Statuses = append(f.Statuses, finding.Status(c.statuses[i]))
	}
	if slices.Contains(f.Statuses, finding.Open) && !slices.Contains(f.Statuses, finding.Suppressed) {
		f.Statuses = append(f.Statuses, finding.Suppressed)
	}
	if c.sort != "" && !slices.Contains(sorts(), c.sort) {
		return f, usageError{fmt.Errorf("--sort is %q, want %s", c.sort, oneOf(sorts()))}
	}
	if c.limit < 0 {
		return f, usageError{fmt.Errorf("--limit is %d, want a number of findings", c.limit)}
	}
	if c.cause != "" {
		f.Cause = causeID(c.cause)
		if _, ok := diagnosis.Info(diagnosis.CauseID(f.Cause)); !ok && f.Cause != finding.Undetermined {
			return f, usageError{fmt.Errorf("--cause: there is no cause %q; the nearest are %s", c.cause, strings.Join(nearest(f.Cause), ", "))}
		}
	}
	if c.account != "" {
		if len(c.account) != 12 || strings.Trim(c.account, "0123456789") != "" {
			return f, usageError{fmt.Errorf("--account is %q, want the 12 digits of an account", c.account)}
		}
		f.ActorAccount = c.account
	}
	if strings.HasPrefix(c.requester, "arn:") {
		f.Requester = c.requester
	}
	var err error
	if c.since != "" {
		if f.Since, err = moment(c.since, now, -1); err != nil {
			return f, usageError{fmt.Errorf("--since: %w", err)}
		}
	}
	return f, nil
}

// list returns the findings that were chosen, in order, and how many were left out for
// their status alone.
func (c *choice) list(ctx context.Context, s *source, now time.Time) (chosen []finding.Finding, hidden int, err error) {
	which, err := c.filter(now)
	if err != nil {
		return nil, 0, err
	}
	all, err := s.List(ctx, which)
	if err != nil {
		return nil, 0, err
	}
	for _, f := range all {
		status := f.StatusAt(now)
		switch {
		case !c.asks(f):
		case len(c.statuses) > 0 && !slices.Contains(c.statuses, string(status)):
		case len(c.statuses) == 0 && !c.all && (status == finding.Resolved || status == finding.Suppressed):
			hidden++
		default:
			chosen = append(chosen, f)
		}
	}
	c.order(chosen, now)
	return chosen, hidden, nil
}

// asks reports whether a finding is of the requester that is wanted, by the name at the
// end of its ARN, or as a finding's key has it.
func (c *choice) asks(f finding.Finding) bool {
	if c.requester == "" || strings.HasPrefix(c.requester, "arn:") {
		return true
	}
	arn := f.InBrief().Requester
	return arn == c.requester || f.Key.Requester == c.requester || strings.HasSuffix(arn, "/"+c.requester)
}

// order sorts; findings come from a store with the one seen last first, and equal ones
// stay so.
func (c *choice) order(all []finding.Finding, now time.Time) {
	rank := func(f finding.Finding) int {
		return slices.Index([]finding.Status{finding.Open, finding.Acknowledged, finding.Suppressed, finding.Resolved}, f.StatusAt(now))
	}
	var compare func(a, b finding.Finding) int
	switch c.sort {
	case "first-seen":
		compare = func(a, b finding.Finding) int { return a.FirstSeen.Compare(b.FirstSeen) }
	case "count":
		compare = func(a, b finding.Finding) int { return cmp.Compare(b.Count, a.Count) }
	case "status":
		compare = func(a, b finding.Finding) int { return cmp.Compare(rank(a), rank(b)) }
	case "cause":
		compare = func(a, b finding.Finding) int { return strings.Compare(a.Cause(), b.Cause()) }
	default:
		return
	}
	slices.SortStableFunc(all, compare)
}

// moment reads a point in time: a date, a time of RFC 3339, or a duration from now into
// the past (sign -1) or the future (1). A date means its begin, or in the future its end:
// what holds until a day holds that day, too.
func moment(text string, now time.Time, sign int) (time.Time, error) {
	text = strings.TrimSpace(text)
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		if sign > 0 {
			day = day.AddDate(0, 0, 1).Add(-time.Second)
		}
		return day, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	if len(text) > 1 {
		n, err := strconv.Atoi(text[:len(text)-1])
		unit := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[text[len(text)-1]]
		const most = 100_000 // of any unit: more is a slip of the pen, and would overflow
		if err == nil && unit > 0 && n > 0 && n < most && time.Duration(n) < time.Duration(1<<62)/unit {
			return now.Add(time.Duration(sign*n) * unit), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: want a date as 2026-12-31, a time as 2026-12-31T12:00:00Z, or a number of hours, days or weeks as 12h, 30d, 4w", text)
}

func oneOf(words []string) string {
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
