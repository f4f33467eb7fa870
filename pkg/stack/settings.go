package stack

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"why403/pkg/alert"
	alertsns "why403/pkg/alert/sns"
	"why403/pkg/evidence/live"
)

const (
	// mostQuietHours is two weeks: what is held for a digest is kept for 15 days.
	mostQuietHours = 336
	// mostQuietDays is ten years: a finding that is not seen for longer is nobody's.
	mostQuietDays = 3650
)

// Settings are what the template sets in the environment of its functions.
type Settings struct {
	Table       string
	Topics      alertsns.Topics
	DocsBaseURL string      // empty: alerts without links
	Protected   []string    // names of buckets for which no grant is proposed
	Read        live.Config // without clients
	SummaryOnly bool
	Policy      alert.Policy
	Routes      string   // the name of a parameter; empty: none
	Rules       string   // where ignore rules are, see remote.New; empty: nowhere
	Own         []string // ARNs of the roles that the stack's functions run as
	// Quiet is after which time without a denial a finding is resolved; 0: never.
	Quiet time.Duration
}

// ReadSettings reads the settings from an environment. Its error names the variables that
// are missing or wrong.
func ReadSettings(getenv func(string) string) (Settings, error) {
	var missing []string
	required := func(name string) string {
		v := getenv(name)
		if v == "" {
			missing = append(missing, name)
		}
		return v
	}
	s := Settings{
		Table:       required("WHY403_TABLE"),
		Topics:      alertsns.Topics{People: required("WHY403_ALERT_TOPIC_ARN"), Chat: getenv("WHY403_CHAT_TOPIC_ARN"), Machine: getenv("WHY403_EVENT_TOPIC_ARN")},
		DocsBaseURL: strings.TrimSuffix(getenv("WHY403_DOCS_BASE_URL"), "/"),
		Protected:   list(getenv("WHY403_PROTECTED_BUCKETS")),
		Read: live.Config{
			Home:         required("WHY403_ACCOUNT"),
			Partition:    getenv("WHY403_PARTITION"),
			Regions:      list(getenv("WHY403_READ_REGIONS")),
			Accounts:     list(getenv("WHY403_READ_ACCOUNTS")),
			RoleName:     getenv("WHY403_READ_ROLE"),
			ExternalID:   getenv("WHY403_READ_EXTERNAL_ID"),
			Organization: getenv("WHY403_ORGANIZATION_ACCOUNT"), OrganizationRole: getenv("WHY403_ORGANIZATION_ROLE"),
			ReadObjects: getenv("WHY403_HEAD_OBJECTS") == "true",
		},
		Policy: alert.DefaultPolicy(),
		Routes: getenv("WHY403_ROUTES_PARAMETER"),
		Rules:  getenv("WHY403_RULES"), Own: list(getenv("WHY403_OWN_ROLES")),
	}
	if len(missing) > 0 {
		return Settings{}, fmt.Errorf("not set in the environment: %s", strings.Join(missing, ", "))
	}
	switch detail := getenv("WHY403_ALERT_DETAIL"); detail {
	case "", "full":
	case "summary":
		s.SummaryOnly = true
	default:
		return Settings{}, fmt.Errorf("WHY403_ALERT_DETAIL is %q, want full or summary", detail)
	}
	switch daily := getenv("WHY403_DAILY_DIGEST"); daily {
	case "", "true":
	case "false":
		s.Policy.Daily = false
	default:
		return Settings{}, fmt.Errorf("WHY403_DAILY_DIGEST is %q, want true or false", daily)
	}
	hours, err := number(getenv, "WHY403_QUIET_START_HOURS", "hours", 0, mostQuietHours)
	if err != nil {
		return Settings{}, err
	}
	days, err := number(getenv, "WHY403_QUIET_DAYS", "days", 14, mostQuietDays)
	if err != nil {
		return Settings{}, err
	}
	s.Policy.QuietStart, s.Quiet = time.Duration(hours)*time.Hour, time.Duration(days)*24*time.Hour
	return s, nil
}

// number reads a number from 0 to the most.
func number(getenv func(string) string, name, of string, otherwise, most int) (int, error) {
	v := getenv(name)
	if v == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("%s is %q, want a number of %s from 0 to %d", name, v, of, most)
	}
	return n, nil
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

// Reading is how evidence is read, with a configuration for clients.
func (s Settings) Reading(cfg aws.Config) live.Config {
	c := s.Read
	c.AWS = cfg
	if len(c.Regions) > 0 && !slices.Contains(c.Regions, cfg.Region) {
		c.Regions = append(c.Regions[:len(c.Regions):len(c.Regions)], cfg.Region)
	}
	return c
}
