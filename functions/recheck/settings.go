package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"why403/pkg/alert"
	"why403/pkg/evidence/live"
)

// mostQuietHours is two weeks: what is held for a digest is kept for 15 days.
const mostQuietHours = 336

// mostQuietDays is ten years: a finding that is not seen for longer is nobody's.
const mostQuietDays = 3650

// settings are what the template sets in the function's environment.
type settings struct {
	table         string
	alertTopicARN string
	docsBaseURL   string // empty: alerts without links
	protected     []string
	read          live.Config // without clients
	chatTopicARN  string      // empty: nothing for chat
	eventTopicARN string      // empty: nothing for machines
	summaryOnly   bool
	policy        alert.Policy
	routes        string // the name of a parameter; empty: none
	quiet         time.Duration
}

func readSettings(getenv func(string) string) (settings, error) {
	var missing []string
	required := func(name string) string {
		v := getenv(name)
		if v == "" {
			missing = append(missing, name)
		}
		return v
	}
	s := settings{
		table:         required("WHY403_TABLE"),
		alertTopicARN: required("WHY403_ALERT_TOPIC_ARN"),
		docsBaseURL:   strings.TrimSuffix(getenv("WHY403_DOCS_BASE_URL"), "/"),
		protected:     list(getenv("WHY403_PROTECTED_BUCKETS")),
		read: live.Config{
			Home:         required("WHY403_ACCOUNT"),
			Partition:    getenv("WHY403_PARTITION"),
			Regions:      list(getenv("WHY403_READ_REGIONS")),
			Accounts:     list(getenv("WHY403_READ_ACCOUNTS")),
			RoleName:     getenv("WHY403_READ_ROLE"),
			ExternalID:   getenv("WHY403_READ_EXTERNAL_ID"),
			Organization: getenv("WHY403_ORGANIZATION_ACCOUNT"), OrganizationRole: getenv("WHY403_ORGANIZATION_ROLE"),
			ReadObjects: getenv("WHY403_HEAD_OBJECTS") == "true",
		},
	}
	s.chatTopicARN = getenv("WHY403_CHAT_TOPIC_ARN")
	s.eventTopicARN = getenv("WHY403_EVENT_TOPIC_ARN")
	s.routes = getenv("WHY403_ROUTES_PARAMETER")
	s.policy = alert.DefaultPolicy()
	if len(missing) > 0 {
		return settings{}, fmt.Errorf("not set in the environment: %s", strings.Join(missing, ", "))
	}
	switch detail := getenv("WHY403_ALERT_DETAIL"); detail {
	case "", "full":
	case "summary":
		s.summaryOnly = true
	default:
		return settings{}, fmt.Errorf("WHY403_ALERT_DETAIL is %q, want full or summary", detail)
	}
	if hours := getenv("WHY403_QUIET_START_HOURS"); hours != "" {
		n, err := strconv.Atoi(hours)
		if err != nil || n < 0 || n > mostQuietHours {
			return settings{}, fmt.Errorf("WHY403_QUIET_START_HOURS is %q, want a number of hours from 0 to %d", hours, mostQuietHours)
		}
		s.policy.QuietStart = time.Duration(n) * time.Hour
	}
	s.quiet = 14 * 24 * time.Hour
	if days := getenv("WHY403_QUIET_DAYS"); days != "" {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > mostQuietDays {
			return settings{}, fmt.Errorf("WHY403_QUIET_DAYS is %q, want a number of days from 0 (never) to %d", days, mostQuietDays)
		}
		s.quiet = time.Duration(n) * 24 * time.Hour
	}
	return s, nil
}

// list reads a list whose parts are separated by commas.
func list(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
