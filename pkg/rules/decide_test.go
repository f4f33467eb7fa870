package rules_test

import (
	"strings"
	"testing"
	"time"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/rules"
	"why403/pkg/trail"
)

func TestMatching(t *testing.T) {
	const app = "arn:aws:iam::111111111111:role/team/app"
	tests := []struct {
		name, match string
		d           func(*rules.Subject)
		want        rules.Verdict
	}{
		{"the principal", "{principal: '" + app + "'}", nil, rules.Applies},
		{"another's prefix", "{principal: 'arn:aws:iam::111111111111:role/team/ap'}", nil, rules.Differs},
		{"upper case is another role", "{principal: 'arn:aws:iam::111111111111:role/team/APP'}", nil, rules.Differs},
		{"* in the path reaches over slashes", "{principal: 'arn:aws:iam::111111111111:role/*/app'}", func(s *rules.Subject) { s.Principal = role("arn:aws:iam::111111111111:role/a/b/app") }, rules.Applies},
		{"* stands for nothing too", "{principal: 'arn:aws:iam::111111111111:role/team/app*'}", nil, rules.Applies},
		{"* never reaches over a colon", "{principal: 'arn:aws:iam::1*1:role/team/app', bucket: acme-data}", func(s *rules.Subject) { s.Principal = role("arn:aws:iam::1:role/x:1:role/team/app") }, rules.Differs},
		{"? is a question mark", "{principal: 'arn:aws:iam::111111111111:role/team/ap?'}", nil, rules.Differs},
		{"one of several", "{principal: ['arn:aws:iam::111111111111:user/bob', '" + app + "']}", nil, rules.Applies},
		{"a role whose path is not known", "{principal: 'arn:aws:iam::111111111111:role/app'}", func(s *rules.Subject) {
			s.Principal = role("arn:aws:iam::111111111111:role/app")
			s.Principal.PathUnknown = true
		}, rules.Differs},
		{"the same with the path left open", "{principal: 'arn:aws:iam::111111111111:role/*app'}", func(s *rules.Subject) {
			s.Principal = role("arn:aws:iam::111111111111:role/app")
			s.Principal.PathUnknown = true
		}, rules.Applies},
		{"a service", "{principal: config.amazonaws.com}", func(s *rules.Subject) {
			s.Principal = evidence.Principal{Type: evidence.PrincipalService, Service: "config.amazonaws.com"}
		}, rules.Applies},
		{"nobody is no role", "{principal: anonymous}", nil, rules.Differs},

		{"the bucket", "{bucket: acme-data}", nil, rules.Applies},
		{"a bucket that begins alike", "{bucket: acme-dat}", nil, rules.Differs},
		{"* in the middle", "{bucket: ac*-*a}", nil, rules.Applies},
		{"the parts of a pattern may not overlap", "{bucket: acme-data*data}", nil, rules.Differs},
		{"no bucket known", "{bucket: acme*}", func(s *rules.Subject) { s.Bucket = "" }, rules.Differs},

		{"the action in lower case", "{action: s3:getobject}", nil, rules.Applies},
		{"one of the actions is not enough", "{action: s3:GetObjectTagging}", func(s *rules.Subject) { s.Actions = append(s.Actions, "s3:GetObjectTagging") }, rules.Differs},
		{"all of them are", "{action: 's3:GetObj*'}", func(s *rules.Subject) { s.Actions = append(s.Actions, "s3:GetObjectTagging") }, rules.Applies},
		{"no action known", "{action: s3:GetObject}", func(s *rules.Subject) { s.Actions = nil }, rules.Differs},

		{"account and cause", "{account: '111111111111', cause: IDENTITY_NO_ALLOW}", nil, rules.Applies},
		{"another account", "{account: '222222222222', cause: IDENTITY_NO_ALLOW}", nil, rules.Differs},
		{"another cause", "{bucket: acme-data, cause: SCP}", nil, rules.Differs},
		{"an unknown cause is none", "{bucket: acme-data, cause: IDENTITY_NO_ALLOW}", func(s *rules.Subject) { s.Cause = rules.Undetermined }, rules.Differs},
		{"the user agent", "{bucket: acme-data, userAgent: 'aws-cli/*'}", nil, rules.Applies},
		{"all that is named must fit", "{bucket: acme-data, userAgent: 'Boto3/*'}", nil, rules.Differs},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := rules.Parse("f", []byte(one(tt.match)))
			if err != nil {
				t.Fatal(err)
			}
			decision, steps := s.Explain(subject(tt.d), now)
			if steps[0].Verdict != tt.want {
				t.Errorf("got %s, because %s; want %s", steps[0].Verdict, steps[0].Because, tt.want)
			}
			if decision.Ignored != (tt.want == rules.Applies) {
				t.Errorf("decision %+v", decision)
			}
		})
	}
}

func TestExpiry(t *testing.T) {
	s, err := rules.Parse("f", []byte(one("{bucket: acme-data}")))
	if err != nil {
		t.Fatal(err)
	}
	end := time.Date(2027, 7, 1, 0, 0, 0, 0, time.UTC)
	if d := s.Decide(subject(nil), end.Add(-time.Second)); !d.Ignored || d.By != "r" || d.Reason != "why" {
		t.Errorf("on the last day: %+v", d)
	}
	d, steps := s.Explain(subject(nil), end)
	if d.Ignored || steps[0].Verdict != rules.Expired || steps[0].Because != "it expired with 2027-06-30" {
		t.Errorf("after it: %+v, %+v", d, steps[0])
	}
}

// TestGuards holds that what may be an attack is not ignored wholesale.
func TestGuards(t *testing.T) {
	anonymous := func(s *rules.Subject) {
		s.Principal = evidence.Principal{Type: evidence.PrincipalAnonymous}
		s.Cause, s.Guards = diagnosis.AnonymousNoGrant, []rules.Guard{rules.Anonymous}
	}
	guarded := func(g rules.Guard) func(*rules.Subject) {
		return func(s *rules.Subject) { s.Guards = []rules.Guard{g} }
	}
	const exact = "{principal: 'arn:aws:iam::111111111111:role/team/app', bucket: acme-data, cause: IDENTITY_NO_ALLOW}"
	tests := []struct {
		name, match string
		d           func(*rules.Subject)
		want        rules.Verdict
	}{
		{"explicit deny, wide rule", "{bucket: acme-*}", guarded(rules.ExplicitDeny), rules.Guarded},
		{"explicit deny, principal and bucket", "{principal: 'arn:aws:iam::111111111111:role/team/app', bucket: acme-data}", guarded(rules.ExplicitDeny), rules.Guarded},
		{"explicit deny, principal a pattern", "{principal: 'arn:aws:iam::111111111111:role/team/ap*', bucket: acme-data, cause: IDENTITY_NO_ALLOW}", guarded(rules.ExplicitDeny), rules.Guarded},
		{"explicit deny, bucket a pattern", "{principal: 'arn:aws:iam::111111111111:role/team/app', bucket: acme-*, cause: IDENTITY_NO_ALLOW}", guarded(rules.ExplicitDeny), rules.Guarded},
		{"explicit deny, exact", exact, guarded(rules.ExplicitDeny), rules.Applies},
		{"outsider, exact", exact, guarded(rules.Outsider), rules.Applies},
		{"outsider, wide rule", "{bucket: acme-data, cause: IDENTITY_NO_ALLOW}", guarded(rules.Outsider), rules.Guarded},
		{"probing, wide rule", "{bucket: acme-data}", guarded(rules.Probes), rules.Guarded},
		{"anonymous, wide rule", "{bucket: acme-data}", anonymous, rules.Guarded},
		{"anonymous, named", "{principal: anonymous, bucket: acme-data, cause: ANONYMOUS_NO_GRANT}", anonymous, rules.Applies},
		{"a probing role, named", "{principal: 'arn:aws:iam::111111111111:role/team/app', cause: PROBING}", func(s *rules.Subject) {
			s.Cause, s.Bucket, s.Guards = diagnosis.Probing, "", []rules.Guard{rules.Probes}
		}, rules.Applies},
		{"anonymous probing", "{principal: anonymous, cause: PROBING}", func(s *rules.Subject) {
			anonymous(s)
			s.Cause, s.Bucket = diagnosis.Probing, ""
		}, rules.Guarded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := rules.Parse("f", []byte(one(tt.match)))
			if err != nil {
				t.Fatal(err)
			}
			d, steps := s.Explain(subject(tt.d), now)
			if steps[0].Verdict != tt.want || d.Ignored != (tt.want == rules.Applies) {
				t.Errorf("got %s, because %s; want %s", steps[0].Verdict, steps[0].Because, tt.want)
			}
		})
	}
}

func TestSubjectOf(t *testing.T) {
	own := []string{"333333333333"}
	of := func(account, recipient string) trail.Denial {
		return trail.Denial{Principal: evidence.Principal{Type: evidence.PrincipalRole, Account: account}, Recipient: recipient}
	}
	explicit := of("111111111111", "111111111111")
	explicit.Message.Explicit = true
	tests := []struct {
		name    string
		d       trail.Denial
		x       diagnosis.Diagnosis
		probing bool
		want    string
	}{
		{"one's own", of("111111111111", "111111111111"), diagnosis.Diagnosis{}, false, ""},
		{"another account", of("222222222222", "111111111111"), diagnosis.Diagnosis{}, false, "outsider"},
		{"another account of one's own", of("333333333333", "111111111111"), diagnosis.Diagnosis{}, false, ""},
		{"an unknown account", of("", ""), diagnosis.Diagnosis{}, false, "outsider"},
		{"nobody", trail.Denial{Principal: evidence.Principal{Type: evidence.PrincipalAnonymous}}, diagnosis.Diagnosis{}, false, "anonymous"},
		{"a service", trail.Denial{Principal: evidence.Principal{Type: evidence.PrincipalService, Service: "config.amazonaws.com"}}, diagnosis.Diagnosis{}, false, ""},
		{"AWS names an explicit deny", explicit, diagnosis.Diagnosis{}, false, "explicit"},
		{"the evidence has one", of("111111111111", "111111111111"), diagnosis.Diagnosis{Checks: []diagnosis.Check{{Verdict: diagnosis.Deny, Blocks: "yes"}}}, false, "explicit"},
		{"probing", of("111111111111", "111111111111"), diagnosis.Diagnosis{}, true, "probes"},
	}
	word := map[rules.Guard]string{rules.ExplicitDeny: "explicit", rules.Outsider: "outsider", rules.Anonymous: "anonymous", rules.Probes: "probes"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, g := range rules.SubjectOf(tt.d, tt.x, own, tt.probing).Guards {
				got = append(got, word[g])
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("guards %q, want %q", s, tt.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	const file = head + `rules:
  - {name: old, reason: x, expires: 2026-11-25, match: {bucket: acme-*}}
  - {name: soon, reason: x, expires: 2026-12-01, match: {bucket: acme-tmp}}
  - {name: wide, reason: x, expires: 2027-06-30, match: {bucket: acme-*}}
  - {name: narrow, reason: x, expires: 2027-06-30, match: {bucket: acme-data, cause: SCP}}
  - {name: longer, reason: x, expires: 2027-12-31, match: {bucket: acme-data}}
  - {name: exact, reason: x, expires: 2027-06-30, match: {principal: anonymous, bucket: acme-data, cause: ANONYMOUS_NO_GRANT}}
  - {name: all, reason: x, expires: 2027-06-30, match: {action: s3:GetBucketAcl}}
`
	s, err := rules.Parse("f", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range s.Check(now, rules.SoonDefault) {
		got = append(got, w.Rule+": "+w.Text)
	}
	want := []string{
		"old: expired with 2026-11-25: it does not apply",
		"soon: expires soon, with 2026-12-01",
		"narrow: is never reached: wide, in line 5, fits all that it fits",
		"all: is about every requester and every bucket",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
