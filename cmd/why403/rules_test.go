package main

import "testing"

const ruleFile = `format: why403.rules/v1
rules:
  - name: report-builder-is-known
    reason: accepted in the access review
    expires: 2999-12-31
    match:
      principal: arn:aws:iam::111111111111:role/team/analytics/report-builder
      bucket: acme-data
  - name: over
    reason: was accepted
    expires: 2020-01-01
    match: {bucket: acme-data}
`

func TestRules(t *testing.T) {
	file := write(t, "rules.yaml", ruleFile)
	call(t, "", "rules", "check", file).expect(t, exitOK, []string{"rules.yaml:9: over expired with 2020-01-01", "2 rules"}, nil)
	call(t, "", "rules", "explain", file, samples+"identity-no-allow.json", samples+"scp-explicit-deny.json", samples+"not-a-denial.json").expect(t, exitOK, []string{
		"identity-no-allow.json: ignored by report-builder-is-known: accepted in the access review",
		"scp-explicit-deny.json: told: no rule applies", "differs  report-builder-is-known: bucket is", "not-a-denial.json: no denial: ",
	}, nil)
	call(t, "", "rules", "check", write(t, "rules.yaml", "format: why403.rules/v1\nrules: [{name: r, expires: 2027-01-01, match: {bucket: b}}]\n")).
		expect(t, exitUnreadable, nil, []string{"rules.yaml:2", "reason"})
	call(t, "", "rules", "check", "/nonexistent.yaml").expect(t, exitUnreadable, nil, []string{"/nonexistent.yaml: no such file"})
	call(t, "", "rules", "explain", file).expect(t, exitUsage, nil, []string{"explain"})
}
