package deploy_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"gopkg.in/yaml.v3"

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
		{"member.yaml", "ReadRole", map[string][]string{"ReadWhatDecides": member, "ReadHeadsOfObjects": head, "NeverReadObjects": data, "NothingElse": slices.Concat(member, head)}},
		{"management.yaml", "ReadRole", map[string][]string{"ReadWhatDecides": organization, "NothingElse": organization}},
	}
	for _, tt := range tests {
		role := resourcesIn(t, tt.file)[tt.role]
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

// TestTrust: the read roles are for the auditor's role alone.
func TestTrust(t *testing.T) {
	for _, file := range []string{"member.yaml", "management.yaml"} {
		trust := statements(at(resourcesIn(t, file)["ReadRole"], "Properties", "AssumeRolePolicyDocument"))
		if len(trust) != 1 {
			t.Fatalf("%s: %d statements", file, len(trust))
		}
		same(t, file+": the auditor's role", at(trust[0], "Condition", "ArnEquals", "aws:PrincipalArn"), ref("AuditorRoleArn"))
		for _, key := range []string{"sts:ExternalId", "aws:PrincipalOrgID", "aws:PrincipalAccount"} {
			if at(trust[0], "Condition", "StringEquals", key) == nil {
				t.Errorf("%s: no condition on %s", file, key)
			}
		}
	}
}

func resourcesIn(t *testing.T, file string) object {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(readFile(t, file), &doc); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(plain(t, doc.Content[0]))
	if err != nil {
		t.Fatal(err)
	}
	return resourcesOf(t, text)
}
