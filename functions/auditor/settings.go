package main

import (
	"fmt"
	"strings"

	"why403/pkg/evidence/live"
)

// settings are what the template sets in the function's environment.
type settings struct {
	table         string
	alertTopicARN string
	docsBaseURL   string // empty: alerts without links
	protected     []string
	read          live.Config // without clients
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
	if len(missing) > 0 {
		return settings{}, fmt.Errorf("not set in the environment: %s", strings.Join(missing, ", "))
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
