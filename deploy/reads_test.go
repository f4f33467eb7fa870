package deploy_test

import (
	"fmt"
	"slices"
	"testing"

	"why403/pkg/evidence/live"
)

// TestReads holds what the roles may read to what the code reads.
func TestReads(t *testing.T) {
	member, organization := reads(live.MemberRole), reads(live.OrganizationRole)
	both := slices.Concat(member, organization)
	slices.Sort(both)
	both = slices.Compact(both)
	head := []string{"s3:GetObject", "s3:GetObjectVersion"}
	data := []string{"s3:GetObject", "s3:GetObjectTorrent", "s3:GetObjectVersion", "s3:GetObjectVersionTorrent"}
	tests := []struct {
		file, role string
		want       map[string][]string // actions by the Sid of the statement
	}{
		{templatePath, "AuditorRole", map[string][]string{"ReadWhatDecides": both, "ReadHeadsOfObjects": head, "NeverReadObjects": data}},
		{templatePath, "RecheckRole", map[string][]string{"ReadWhatDecides": both, "ReadHeadsOfObjects": head, "NeverReadObjects": data}},
		{"member.yaml", "ReadRole", map[string][]string{"ReadWhatDecides": member, "ReadHeadsOfObjects": head, "NeverReadObjects": data, "NothingElse": slices.Concat(member, head)}},
		{"management.yaml", "ReadRole", map[string][]string{"ReadWhatDecides": organization, "NothingElse": organization}},
	}
	for _, tt := range tests {
		role := documentOf(t, tt.file)["Resources"].(object)[tt.role]
		for _, statement := range statements(at(role, "Properties", "Policies")) {
			sid := fmt.Sprint(statement["Sid"])
			want, ours := tt.want[sid]
			if !ours {
				if tt.file != templatePath {
					t.Errorf("%s: a statement %s", tt.file, sid)
				}
				continue
			}
			delete(tt.want, sid)
			actions, effect := statement["Action"], "Allow"
			if sid == "NeverReadObjects" || sid == "NothingElse" {
				effect = "Deny"
			}
			if sid == "NothingElse" {
				actions = statement["NotAction"]
			}
			var got []string
			for _, action := range list(actions) {
				if choice, hangs := at(action, "Fn::If").([]any); hangs {
					action = choice[1]
				}
				got = append(got, fmt.Sprint(action))
			}
			same(t, tt.file+" "+sid, got, want)
			same(t, tt.file+" "+sid, statement["Effect"], effect)
		}
		for sid := range tt.want {
			t.Errorf("%s: no statement %s", tt.file, sid)
		}
	}
}

func reads(r live.Role) (all []string) {
	for _, p := range live.Permissions(r) {
		if !p.ReadsObjects && !p.History {
			all = append(all, p.Actions...)
		}
	}
	slices.Sort(all)
	return all
}

// TestTrust: the read roles are for the roles of the auditor's stack alone.
func TestTrust(t *testing.T) {
	for _, file := range []string{"member.yaml", "management.yaml"} {
		for name, tt := range map[string]struct {
			given params
			want  object
		}{
			"alone": {params{}, object{
				"ArnEquals":    object{"aws:PrincipalArn": []any{auditorRole}},
				"StringEquals": object{"aws:PrincipalAccount": account}}},
			"everything": {params{"RecheckRoleArn": recheckRole, "ExternalId": "only-us", "OrganizationId": "o-exampleorg1"}, object{
				"ArnEquals":    object{"aws:PrincipalArn": []any{auditorRole, recheckRole}},
				"StringEquals": object{"aws:PrincipalAccount": account, "sts:ExternalId": "only-us", "aws:PrincipalOrgID": "o-exampleorg1"}}},
		} {
			tt.given["AuditorRoleArn"], tt.given["AuditorAccount"] = auditorRole, account
			role := deployed(t, mode{file: file, given: tt.given}).resources["ReadRole"]
			same(t, file+" "+name, at(role, "Properties", "AssumeRolePolicyDocument", "Statement"), []any{object{
				"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": object{"AWS": "arn:aws:iam::" + account + ":root"}, "Condition": tt.want}})
		}
	}
}
