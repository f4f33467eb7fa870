package rules_test

import (
	"errors"
	"strings"
	"testing"

	"why403/pkg/rules"
)

const head = "format: why403.rules/v1\n"

// one is a file with one rule that has this match.
func one(match string) string {
	return head + "rules:\n  - name: r\n    reason: why\n    expires: 2027-06-30\n    match: " + match + "\n"
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, doc, want string }{
		{"nothing", "", "f.yaml: is empty"},
		{"no YAML", "a: [", "f.yaml: is neither YAML nor JSON: line 1: did not find expected node content"},
		{"a list", "- a", "f.yaml:1: is no object"},
		{"null", "null", "f.yaml:1: is no object"},
		{"two documents", head + "---\n" + head, "f.yaml:2: has more than one document"},
		{"an alias", head + "rules: &a []\nnoise: *a\n", "f.yaml:2: anchors and aliases are not allowed"},
		{"no format", "rules: []", "f.yaml:1: format: is missing"},
		{"another format", "format: v2", `f.yaml:1: format: is "v2", want "why403.rules/v1"`},
		{"an unknown field", head + "rule: []", `f.yaml:2: has a field "rule", which is none of accounts, format, noise, rules`},
		{"a field twice", head + "rules: []\nrules: []", "f.yaml:3: rules: is there twice"},
		{"no reason", head + "rules:\n- name: r\n  expires: 2027-01-01\n  match: {bucket: acme-data}", "f.yaml:3: rules[0].reason: is missing"},
		{"an empty reason", head + "rules:\n- {name: r, reason: ' ', expires: 2027-01-01, match: {bucket: acme-data}}", "f.yaml:3: rules[0].reason: is empty"},
		{"no expiry", head + "rules:\n- {name: r, reason: x, match: {bucket: acme-data}}", "f.yaml:3: rules[0].expires: is missing"},
		{"an expiry that is no day", head + "rules:\n- {name: r, reason: x, expires: never, match: {bucket: acme-data}}", `f.yaml:3: rules[0].expires: is "never", want a day such as 2027-06-30`},
		{"a day that is none", head + "rules:\n- {name: r, reason: x, expires: 2027-02-30, match: {bucket: acme-data}}", `f.yaml:3: rules[0].expires: is "2027-02-30", want a day such as 2027-06-30`},
		{"a bad name", head + "rules:\n- {name: A b, reason: x, expires: 2027-01-01, match: {bucket: acme-data}}", `f.yaml:3: rules[0].name: is "A b", want up to 64 of a-z, 0-9 and -`},
		{"a name twice", head + "rules:\n- {name: r, reason: x, expires: 2027-01-01, match: {bucket: acme-data}}\n- {name: r, reason: x, expires: 2027-01-01, match: {bucket: acme-logs}}", `f.yaml:4: rules[1].name: "r" is also the name of the rule in line 3`},
		{"no match", head + "rules:\n- {name: r, reason: x, expires: 2027-01-01}", "f.yaml:3: rules[0].match: is missing"},

		{"an empty match", one("{}"), "f.yaml:6: rules[0].match: is empty: the rule would ignore everything"},
		{"an empty list", one("{bucket: []}"), "f.yaml:6: rules[0].match.bucket: is an empty list, which nothing fits"},
		{"every principal", one("{principal: '*'}"), `f.yaml:6: rules[0].match.principal: is "*", want the ARN of a user, role or root, a service principal, or anonymous`},
		{"every role", one("{principal: 'arn:aws:iam::*:role/*'}"), `f.yaml:6: rules[0].match.principal: is "arn:aws:iam::*:role/*", which fits principals of every account`},
		{"a session", one("{principal: 'arn:aws:sts::111111111111:assumed-role/app/x'}"), `f.yaml:6: rules[0].match.principal: is "arn:aws:sts::111111111111:assumed-role/app/x", which is a session: name the role, arn:aws:iam::ACCOUNT:role/PATH/NAME`},
		{"every role of an account", one("{principal: 'arn:aws:iam::111111111111:role/*'}"), "f.yaml:6: rules[0].match: is too wide: it would ignore everything of an account; name a principal, bucket, action or cause besides"},
		{"a role, or every role", one("{principal: ['arn:aws:iam::111111111111:role/app', 'arn:aws:iam::111111111111:role/*']}"), "f.yaml:6: rules[0].match: is too wide: it would ignore everything of an account; name a principal, bucket, action or cause besides"},
		{"an account", one("{account: '111111111111'}"), "f.yaml:6: rules[0].match: is too wide: it would ignore everything of an account; name a principal, bucket, action or cause besides"},
		{"no account", one("{account: acme}"), `f.yaml:6: rules[0].match.account: is "acme", want the 12 digits of an account`},
		{"every bucket", one("{bucket: '**'}"), `f.yaml:6: rules[0].match.bucket: is "**", which fits too many buckets: name 3 characters at least`},
		{"the ARN of a bucket", one("{bucket: 'arn:aws:s3:::acme-data'}"), `f.yaml:6: rules[0].match.bucket: is "arn:aws:s3:::acme-data", want the name of a bucket, without arn: and key`},
		{"every action", one("{action: 's3:*'}"), `f.yaml:6: rules[0].match.action: is "s3:*", which fits too many actions: name 3 characters at least`},
		{"a call for an action", one("{action: GetObject}"), `f.yaml:6: rules[0].match.action: is "GetObject", want an IAM action such as s3:GetObject`},
		{"a user agent alone", one("{userAgent: 'aws-cli/*'}"), "f.yaml:6: rules[0].match: is too wide: a cause or a user agent, which anybody may send, is not enough; name a principal, bucket or action"},
		{"a cause alone", one("{cause: SCP}"), "f.yaml:6: rules[0].match: is too wide: a cause or a user agent, which anybody may send, is not enough; name a principal, bucket or action"},
		{"no cause", one("{cause: scp}"), `f.yaml:6: rules[0].match.cause: is "scp", which is no cause: 'why403 explain' lists them`},
		{"no text", one("{bucket: {a: b}}"), "f.yaml:6: rules[0].match.bucket: is no text"},
		{"the second of a list", one("{bucket: [acme-data, '*']}"), `f.yaml:6: rules[0].match.bucket[1]: is "*", which fits too many buckets: name 3 characters at least`},

		{"an entry of the noise profile that is none", head + "noise: {nobody: true}", `f.yaml:2: noise: has a field "nobody", which is none of access-analyzer, aws-config, cloudfront-head, inspector, macie, s3-console, security-hub, trusted-advisor`},
		{"a switch that is none", head + "noise: {macie: maybe}", `f.yaml:2: noise.macie: is "maybe", want true or false`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := rules.Parse("f.yaml", []byte(tt.doc))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got error %v\nwant      %s", err, tt.want)
			}
			if got.Rules != nil || got.Noise != nil || got.Accounts != nil {
				t.Errorf("a file with a mistake has rules: %+v", got)
			}
		})
	}
}

func TestParseSaysAllMistakes(t *testing.T) {
	_, err := rules.Parse("f.yaml", []byte(one("{bucket: '*', action: x}")+"noise: {x: true}\n"))
	if n := strings.Count(err.Error(), "\n") + 1; n != 3 {
		t.Errorf("%d mistakes, want 3:\n%v", n, err)
	}
	var p *rules.Problem
	if !errors.As(err, &p) || p.Line != 6 || p.Field != "rules[0].match.bucket" {
		t.Errorf("the first problem is %+v", p)
	}
}

func TestParse(t *testing.T) {
	tests := []struct{ name, doc string }{
		{"YAML", head + "accounts: [222222222222]\nnoise: {s3-console: true}\nrules:\n  - name: r\n    reason: x\n    expires: 2027-06-30\n    match: {bucket: acme-data, cause: UNDETERMINED}\n"},
		{"JSON with tabs", "{\n\t\"format\": \"why403.rules/v1\",\n\t\"accounts\": [\"222222222222\"],\n\t\"noise\": {\"s3-console\": true},\n\t\"rules\": [{\"name\": \"r\", \"reason\": \"x\", \"expires\": \"2027-06-30\",\n\t\t\"match\": {\"bucket\": [\"acme-data\"], \"cause\": \"UNDETERMINED\"}}]\n}\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := rules.Parse("f", []byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Rules) != 1 || s.Rules[0].Match.Buckets[0] != "acme-data" || s.Rules[0].Match.Causes[0] != rules.Undetermined ||
				s.Accounts[0] != "222222222222" || !s.Noise["s3-console"] {
				t.Errorf("got %+v", s)
			}
			if e := s.Rules[0].Expires.Format("2006-01-02T15:04"); e != "2027-07-01T00:00" {
				t.Errorf("expires %s, want the end of the day named", e)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(one("{bucket: acme-*, cause: [SCP, UNDETERMINED]}"))
	f.Add(`{"format":"why403.rules/v1","rules":[{"name":"r","reason":"x","expires":"2027-01-01","match":{"principal":"anonymous","bucket":"a"}}]}`)
	f.Add("a: &a [*a]")
	f.Fuzz(func(t *testing.T, doc string) {
		s, err := rules.Parse("f", []byte(doc))
		if err != nil {
			return
		}
		for _, r := range s.Rules {
			if r.Reason == "" || r.Name == "" || r.Expires.IsZero() {
				t.Errorf("a rule without reason, name or expiry: %+v", r)
			}
		}
		s.Check(now, rules.SoonDefault)
		// Nothing that is not named is ignored.
		if d := (rules.Set{Rules: s.Rules}).Decide(rules.Subject{Cause: rules.Undetermined, Guards: []rules.Guard{rules.Anonymous}}, now); d.Ignored {
			t.Errorf("%q ignores an anonymous request to no bucket", d.By)
		}
	})
}
