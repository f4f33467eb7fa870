package deploy_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"why403/pkg/evidence/live"
)

// TestOperationsPage holds what docs/operations.md names to what there is.
func TestOperationsPage(t *testing.T) {
	page := string(readFile(t, "../docs/operations.md"))
	parameters, outputs := map[string]bool{}, map[string]bool{}
	alarms := map[string]bool{}
	for _, file := range []string{templatePath, "member.yaml", "management.yaml"} {
		document := documentOf(t, file)
		for name := range document["Parameters"].(object) {
			parameters[name] = true
		}
		for name := range document["Outputs"].(object) {
			outputs[name] = true
		}
		for name := range ofType(document["Resources"].(object), "AWS::CloudWatch::Alarm") {
			alarms[name] = true
		}
	}
	seen := 0
	for _, match := range regexp.MustCompile(`\b([A-Z][a-z]+[A-Za-z]+)=|ParameterKey=(\w+)`).FindAllStringSubmatch(page, -1) {
		name := match[1] + match[2]
		switch {
		case parameters[name]:
			seen++
		case slices.Contains([]string{"Enabled", "Active", "RegionConcurrencyType", "OrganizationalUnitIds", "RetainStacksOnAccountRemoval", "ParameterKey", "ParameterValue"}, name):
			// of AWS's own commands
		default:
			t.Errorf("there is no parameter %s", name)
		}
	}
	for _, match := range regexp.MustCompile("`(\\w+Alarm)`").FindAllStringSubmatch(page, -1) {
		seen++
		if !alarms[match[1]] {
			t.Errorf("there is no alarm %s", match[1])
		}
	}
	for _, match := range regexp.MustCompile("output `(\\w+)`").FindAllStringSubmatch(page, -1) {
		seen++
		if !outputs[match[1]] {
			t.Errorf("there is no output %s", match[1])
		}
	}
	if seen < 30 {
		t.Errorf("only %d names found", seen)
	}

	_, after, _ := strings.Cut(page, "```json\n")
	statement, _, _ := strings.Cut(after, "```")
	var s struct{ Action []string }
	if err := json.Unmarshal([]byte(statement), &s); err != nil {
		t.Fatal(err)
	}
	same(t, "delegated reads", s.Action, reads(live.OrganizationRole))
}
