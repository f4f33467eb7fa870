package main

import (
	"fmt"
	"strings"
)

// settings are what the template sets in the function's environment.
type settings struct {
	table         string
	alertTopicARN string
	docsBaseURL   string // empty: alerts without links
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
	}
	if len(missing) > 0 {
		return settings{}, fmt.Errorf("not set in the environment: %s", strings.Join(missing, ", "))
	}
	return s, nil
}
