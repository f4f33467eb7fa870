package stack_test

import (
	"cmp"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"why403/pkg/alert"
	alertsns "why403/pkg/alert/sns"
	"why403/pkg/evidence/live"
	"why403/pkg/stack"
)

func TestReadSettings(t *testing.T) {
	required := map[string]string{"WHY403_TABLE": "findings", "WHY403_ALERT_TOPIC_ARN": "arn", "WHY403_ACCOUNT": "111111111111"}
	least := stack.Settings{Table: "findings", Topics: alertsns.Topics{People: "arn"}, Policy: alert.DefaultPolicy(), Read: live.Config{Home: "111111111111"}, Quiet: 14 * 24 * time.Hour}
	tests := []struct {
		name string
		env  map[string]string // besides
		want func(*stack.Settings)
	}{
		{"the least", nil, func(*stack.Settings) {}},
		{"what the template sets without parameters", map[string]string{"WHY403_READ_ACCOUNTS": "", "WHY403_READ_REGIONS": "", "WHY403_HEAD_OBJECTS": "false"}, func(*stack.Settings) {}},
		{"own pages", map[string]string{"WHY403_DOCS_BASE_URL": "https://docs.example.com/why403/"}, func(s *stack.Settings) { s.DocsBaseURL = "https://docs.example.com/why403" }},
		{"protected buckets", map[string]string{"WHY403_PROTECTED_BUCKETS": "acme-data, acme-logs"}, func(s *stack.Settings) { s.Protected = []string{"acme-data", "acme-logs"} }},
		{"other accounts", map[string]string{"WHY403_READ_ACCOUNTS": "222222222222,333333333333", "WHY403_READ_ROLE": "why403-reader", "WHY403_READ_EXTERNAL_ID": "x", "WHY403_READ_REGIONS": "eu-west-1", "WHY403_PARTITION": "aws"},
			func(s *stack.Settings) {
				s.Read.Accounts, s.Read.Regions = []string{"222222222222", "333333333333"}, []string{"eu-west-1"}
				s.Read.RoleName, s.Read.ExternalID, s.Read.Partition = "why403-reader", "x", "aws"
			}},
		{"an organization", map[string]string{"WHY403_ORGANIZATION_ACCOUNT": "999999999999", "WHY403_ORGANIZATION_ROLE": "o"}, func(s *stack.Settings) { s.Read.Organization, s.Read.OrganizationRole = "999999999999", "o" }},
		{"heads of objects", map[string]string{"WHY403_HEAD_OBJECTS": "true"}, func(s *stack.Settings) { s.Read.ReadObjects = true }},
		{"when and how people are told", map[string]string{"WHY403_QUIET_START_HOURS": "24", "WHY403_ALERT_DETAIL": "summary", "WHY403_CHAT_TOPIC_ARN": "chat", "WHY403_EVENT_TOPIC_ARN": "events", "WHY403_ROUTES_PARAMETER": "/routes"},
			func(s *stack.Settings) {
				s.Policy.QuietStart, s.SummaryOnly = 24*time.Hour, true
				s.Topics.Chat, s.Topics.Machine, s.Routes = "chat", "events", "/routes"
			}},
		{"rules and own roles", map[string]string{"WHY403_RULES": "/rules", "WHY403_OWN_ROLES": "arn:a, arn:b"}, func(s *stack.Settings) { s.Rules, s.Own = "/rules", []string{"arn:a", "arn:b"} }},
		{"quiet for some days", map[string]string{"WHY403_QUIET_DAYS": "3"}, func(s *stack.Settings) { s.Quiet = 72 * time.Hour }},
		{"never quiet, and no digest of the day", map[string]string{"WHY403_QUIET_DAYS": "0", "WHY403_DAILY_DIGEST": "false"}, func(s *stack.Settings) { s.Quiet, s.Policy.Daily = 0, false }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := least
			tt.want(&want)
			got, err := stack.ReadSettings(func(name string) string { return cmp.Or(tt.env[name], required[name]) })
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, error %v; want %+v", got, err, want)
			}
		})
	}
	for name, values := range map[string][]string{"WHY403_QUIET_START_HOURS": {"-1", "a day", "337"}, "WHY403_ALERT_DETAIL": {"none"}, "WHY403_QUIET_DAYS": {"-1", "many", "99999"}, "WHY403_DAILY_DIGEST": {"yes"}} {
		for _, v := range values {
			env := maps.Clone(required)
			env[name] = v
			if _, err := stack.ReadSettings(func(n string) string { return env[n] }); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s=%q: error %v", name, v, err)
			}
		}
	}
	if _, err := stack.ReadSettings(func(string) string { return "" }); err == nil || err.Error() != "not set in the environment: WHY403_TABLE, WHY403_ALERT_TOPIC_ARN, WHY403_ACCOUNT" {
		t.Errorf("without anything: error %v", err)
	}
}
