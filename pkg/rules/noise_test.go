package rules_test

import (
	"strings"
	"testing"

	"why403/pkg/evidence"
	"why403/pkg/rules"
	"why403/pkg/trail"
)

func TestNoiseProfile(t *testing.T) {
	linked := func(name, operation string, class trail.Class) func(*rules.Subject) {
		return func(s *rules.Subject) {
			s.Principal, s.Operation, s.Class = role("arn:aws:iam::111111111111:role"+name), operation, class
		}
	}
	service := func(name, operation string, class trail.Class) func(*rules.Subject) {
		return func(s *rules.Subject) {
			s.Principal, s.Operation, s.Class = evidence.Principal{Type: evidence.PrincipalService, Service: name}, operation, class
		}
	}
	const config = "/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
	read := trail.ClassReadConfiguration
	console := func(operation string) func(*rules.Subject) {
		return func(s *rules.Subject) {
			s.Operation, s.Class, s.UserAgent = operation, read, "S3Console/0.4, aws-internal/3"
		}
	}
	tests := []struct {
		name string
		d    func(*rules.Subject)
		on   map[string]bool
		want string // what it is counted by; empty: told
	}{
		{"AWS Config's role", linked(config, "GetBucketPolicy", read), nil, "noise/aws-config"},
		{"AWS Config in its own name", service("config.amazonaws.com", "HeadBucket", trail.ClassList), nil, "noise/aws-config"},
		{"switched off", linked(config, "GetBucketPolicy", read), map[string]bool{"aws-config": false}, ""},
		{"AWS Config cannot deliver", service("config.amazonaws.com", "PutObject", trail.ClassWrite), nil, ""},
		{"an explicit deny", func(s *rules.Subject) {
			linked(config, "GetBucketPolicy", read)(s)
			s.Guards = []rules.Guard{rules.ExplicitDeny}
		}, nil, ""},
		{"a role of that name elsewhere", linked("/AWSServiceRoleForConfig", "GetBucketPolicy", read), nil, ""},
		{"a role whose path is not known", func(s *rules.Subject) {
			linked(config, "GetBucketPolicy", read)(s)
			s.Principal.PathUnknown = true
		}, nil, ""},
		{"Access Analyzer", linked("/aws-service-role/access-analyzer.amazonaws.com/AWSServiceRoleForAccessAnalyzer", "GetBucketAcl", read), nil, "noise/access-analyzer"},
		{"Macie's inventory", linked("/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie", "GetBucketPublicAccessBlock", read), nil, "noise/macie"},
		{"Macie reads an object", linked("/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie", "GetObject", trail.ClassRead), nil, ""},
		{"Trusted Advisor", linked("/aws-service-role/trustedadvisor.amazonaws.com/AWSServiceRoleForTrustedAdvisor", "GetBucketVersioning", read), nil, "noise/trusted-advisor"},
		{"Security Hub", linked("/aws-service-role/securityhub.amazonaws.com/AWSServiceRoleForSecurityHub", "GetBucketAcl", read), nil, "noise/security-hub"},
		{"Inspector", linked("/aws-service-role/inspector2.amazonaws.com/AWSServiceRoleForAmazonInspector2", "ListBuckets", trail.ClassList), nil, "noise/inspector"},
		{"CloudFront, off at first", service("cloudfront.amazonaws.com", "HeadObject", trail.ClassRead), nil, ""},
		{"CloudFront, switched on", service("cloudfront.amazonaws.com", "HeadObject", trail.ClassRead), map[string]bool{"cloudfront-head": true}, "noise/cloudfront-head"},
		{"CloudFront reads", service("cloudfront.amazonaws.com", "GetObject", trail.ClassRead), map[string]bool{"cloudfront-head": true}, ""},
		{"the console, off at first", console("GetBucketPolicyStatus"), nil, ""},
		{"the console, switched on", console("GetBucketPolicyStatus"), map[string]bool{"s3-console": true}, "noise/s3-console"},
		{"a person in the console", console("GetBucketPolicy"), map[string]bool{"s3-console": true}, ""},
		{"another service", service("delivery.logs.amazonaws.com", "GetBucketAcl", read), nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := rules.Set{Noise: tt.on}
			got, steps := s.Explain(subject(tt.d), now)
			if got.By != tt.want || got.Ignored != (tt.want != "") {
				t.Errorf("got %+v, want by %q", got, tt.want)
			}
			if len(steps) != len(rules.NoiseProfile()) {
				t.Errorf("%d steps, want one for each entry", len(steps))
			}
		})
	}
}

func TestNoiseSaysWhy(t *testing.T) {
	for _, n := range rules.NoiseProfile() {
		if n.Reason == "" || !strings.HasPrefix(n.Doc, "https://docs.aws.amazon.com/") {
			t.Errorf("%s: reason %q, page %q", n.Name, n.Reason, n.Doc)
		}
	}
}

func TestOwn(t *testing.T) {
	const reader, function = "arn:aws:iam::111111111111:role/why403/read", "arn:aws:iam::111111111111:role/why403/auditor"
	own := []rules.OwnRole{
		{ARN: reader, Session: "why403", Actions: []string{"s3:GetBucketPolicy", "s3:GetBucketAcl"}},
		{ARN: function, Actions: []string{"s3:GetBucketPolicy"}},
	}
	tests := []struct {
		name, arn, session string
		actions            []string
		skip               bool
		beyond             string // its end
	}{
		{"a read of the reader", reader, "why403", []string{"s3:GetBucketPolicy"}, true, ""},
		{"a read of the function", function, "why403-auditor", []string{"s3:GetBucketPolicy"}, true, ""},
		{"somebody else", "arn:aws:iam::111111111111:role/app", "why403", []string{"s3:GetBucketPolicy"}, false, ""},
		{"a role of the same name elsewhere", "arn:aws:iam::222222222222:role/why403/read", "why403", []string{"s3:GetBucketPolicy"}, false, ""},
		{"another session of the reader", reader, "mallory", []string{"s3:GetBucketPolicy"}, false, `under the session name "mallory"`},
		{"the reader reads data", reader, "why403", []string{"s3:GetObject"}, false, `tries "s3:GetObject", which the auditor never does`},
		{"one of two actions is beyond", reader, "why403", []string{"s3:GetBucketAcl", "s3:PutBucketAcl"}, false, `tries "s3:PutBucketAcl", which the auditor never does`},
		{"no action known", reader, "why403", nil, false, "whose action is not known"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := subject(func(s *rules.Subject) {
				s.Principal, s.Actions = role(tt.arn), tt.actions
				s.Principal.Session = tt.session
			})
			skip, beyond := rules.Own(own, d)
			if skip != tt.skip || !strings.HasSuffix(beyond, tt.beyond) || (beyond == "") != (tt.beyond == "") {
				t.Errorf("got %v, %q; want %v, %q", skip, beyond, tt.skip, tt.beyond)
			}
		})
	}
}
