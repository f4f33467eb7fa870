package policy_test

import (
	"testing"

	"why403/pkg/policy"
)

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-currenttime
func TestTimed(t *testing.T) {
	for name, tt := range map[string]struct {
		doc  string
		want bool
	}{
		"no condition":        {`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`, false},
		"another key":         {`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"3600"}}}}`, false},
		"current time":        {`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateGreaterThan":{"AWS:currenttime":"2026-01-01T00:00:00Z"}}}}`, true},
		"epoch time":          {`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"aws:EpochTime":"1700000000"}}}]}`, true},
		"a variable of it":    {`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-data/${aws:CurrentTime}"}}`, true},
		"a value with it":     {`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"s3:prefix":"${aws:EpochTime}"}}}}`, true},
		"the time of a token": {`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-01-01T00:00:00Z"}}}}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := policy.Parse([]byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Timed(); got != tt.want {
				t.Errorf("timed %t, want %t", got, tt.want)
			}
		})
	}
}
