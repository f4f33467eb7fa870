package alert

import (
	"strings"
	"testing"
	"time"

	"why403/pkg/clean/cleantest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
)

func TestSubject(t *testing.T) {
	role := func(name string) evidence.Principal {
		return evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/" + name}
	}
	long := strings.Repeat("b", 28) + "-" + strings.Repeat("x", 28) + "-logs"
	tests := []struct {
		name   string
		causes []diagnosis.CauseID
		action string
		place  string
		who    evidence.Principal
		want   string
	}{
		{"as it is", []diagnosis.CauseID{diagnosis.IdentityNoAllow}, "s3:GetObject", "acme-data", role("team/app"),
			"IAM policy blocks s3:GetObject on acme-data for role team/app [why403 7F3K2MQ9]"},
		{"a cause that does not act", []diagnosis.CauseID{diagnosis.MissingObject}, "s3:ListBucket", "acme-data", role("app"),
			"Missing object: s3:ListBucket on acme-data for role app [why403 7F3K2MQ9]"},
		{"not known", nil, "s3:GetObject", "acme-data", evidence.Principal{Type: evidence.PrincipalUser, ARN: "arn:aws:iam::111111111111:user/bob"},
			"Cause not found yet: s3:GetObject on acme-data for user bob [why403 7F3K2MQ9]"},
		{"the path goes first", []diagnosis.CauseID{diagnosis.IdentityNoAllow}, "s3:GetObject", "acme-data", role("aws-reserved/sso.amazonaws.com/AWSReservedSSO_Read_0123"),
			"IAM policy blocks s3:GetObject on acme-data for role AWSReservedSSO_Read_0123 [why403 7F3K2MQ9]"},
		{"then the word role", []diagnosis.CauseID{diagnosis.SCP}, "s3:PutObject", "acme-analytics", role("report-builder"),
			"Service control policy blocks s3:PutObject on acme-analytics for report-builder [why403 7F3K2MQ9]"},
		{"then the middle of the longer name", []diagnosis.CauseID{diagnosis.IdentityNoAllow}, "s3:GetObject", long, role("app"),
			"IAM policy blocks s3:GetObject on bbbbbbbbbbbbbbbbbb...xxxxxxxxxxxxx-logs for app [why403 7F3K2MQ9]"},
		{"or of both", []diagnosis.CauseID{diagnosis.IdentityNoAllow}, "s3:GetObject", long, role(strings.Repeat("r", 64)),
			"IAM policy blocks s3:GetObject on bbbbbbbbb...xxxx-logs for rrrrrrrrr...rrrrrrrrr [why403 7F3K2MQ9]"},
		{"then the requester", []diagnosis.CauseID{diagnosis.MRAPPolicy}, "s3:GetBucketOwnershipControls", "acme-data", role("app"),
			"Multi-region access point policy blocks s3:GetBucketOwnershipControls [why403 7F3K2MQ9]"},
		{"two causes", []diagnosis.CauseID{diagnosis.IdentityNoAllow, diagnosis.KMSKeyPolicyNoAllow}, "s3:GetObject", "acme-data", role("app"),
			"IAM policy + KMS key policy block s3:GetObject on acme-data for role app [why403 7F3K2MQ9]"},
		{"two causes with long names", []diagnosis.CauseID{diagnosis.BucketPolicyExplicitDeny, diagnosis.RCP}, "s3:GetObject", "acme-data", role("app"),
			"Bucket policy explicit deny + 1 other blocks s3:GetObject on acme-data for app [why403 7F3K2MQ9]"},
		{"three causes", []diagnosis.CauseID{diagnosis.IdentityNoAllow, diagnosis.KMSKeyPolicyNoAllow, diagnosis.SCP}, "s3:GetObject", "acme-data", role("app"),
			"IAM policy + 2 others block s3:GetObject on acme-data for role app [why403 7F3K2MQ9]"},
		{"a cause of another version", []diagnosis.CauseID{"SOMETHING_NEW"}, "s3:GetObject", "acme-data", role("app"),
			"Something new blocks s3:GetObject on acme-data for role app [why403 7F3K2MQ9]"},
		{"a service", nil, "s3:ListBucket", "acme-data-config", evidence.Principal{Type: evidence.PrincipalService, Service: "config.amazonaws.com"},
			"Cause not found yet: s3:ListBucket on acme-data-config for config.amazonaws.com [why403 7F3K2MQ9]"},
		{"no bucket but an access point", []diagnosis.CauseID{diagnosis.AccessPointPolicy}, "s3:GetObject", "arn:aws:s3:us-east-1:222222222222:accesspoint/ap", role("app"),
			"Access point policy blocks s3:GetObject on accesspoint/ap for role app [why403 7F3K2MQ9]"},
		{"letters that look like others", []diagnosis.CauseID{diagnosis.IdentityNoAllow}, "s3:GetObject", "аcme", role("app"),
			`IAM policy blocks s3:GetObject on \u0430cme for role app [why403 7F3K2MQ9]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := finding.Finding{ID: "7F3K2MQ9", Key: finding.Key{Place: tt.place}}
			f.Diagnosis.Denial.Principal = tt.who
			f.Diagnosis.Denial.Authorizations = []evidence.Authorization{{Action: tt.action}}
			for i, id := range tt.causes {
				if i == 0 {
					f.Diagnosis.Outcome, f.Diagnosis.Cause = diagnosis.Explained, &diagnosis.Cause{ID: id}
					continue
				}
				f.Diagnosis.Contributing = append(f.Diagnosis.Contributing, diagnosis.Cause{ID: id})
			}
			got := Email(f, NewFinding, Options{}).Subject
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if err := cleantest.CheckSubject(got); err != nil {
				t.Error(err)
			}
		})
	}
}

// Mail programs keep mails of one subject together.
func TestSubjectStays(t *testing.T) {
	d := denials(t, "identity-no-allow.json")[0]
	first := findingOf(d)
	later := d
	later.Time, later.Key, later.Principal.Session = d.Time.Add(100*time.Hour), "another", "another"
	many := findingOf(d, later, later)
	if a, b := Email(first, NewFinding, options()).Subject, Email(many, None, Options{SummaryOnly: true}).Subject; a != b {
		t.Errorf("got %q, then %q", a, b)
	}
}

// No cause is cut, whatever its name.
func TestSubjectKeepsCauseAndID(t *testing.T) {
	for _, info := range diagnosis.Causes() {
		f := finding.Finding{ID: "7F3K2MQ9", Key: finding.Key{Place: strings.Repeat("b", 63)}}
		f.Diagnosis.Cause = &diagnosis.Cause{ID: info.ID}
		f.Diagnosis.Denial.Principal = evidence.Principal{Type: evidence.PrincipalRole, ARN: "arn:aws:iam::111111111111:role/" + strings.Repeat("r", 64)}
		f.Diagnosis.Denial.Authorizations = []evidence.Authorization{{Action: "s3:GetBucketOwnershipControls"}}
		got := Email(f, NewFinding, Options{}).Subject
		if err := cleantest.CheckSubject(got); err != nil {
			t.Errorf("%s: %v", got, err)
		}
		if !strings.HasPrefix(got, upperFirst(info.Name)) || !strings.HasSuffix(got, " [why403 7F3K2MQ9]") || !strings.Contains(got, "s3:GetBucketOwnershipControls") {
			t.Errorf("got %s", got)
		}
	}
}
