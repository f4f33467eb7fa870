package rules_test

import (
	"time"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/rules"
	"why403/pkg/trail"
)

var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// role is a requester of the operator's own account.
func role(arn string) evidence.Principal {
	return evidence.Principal{Type: evidence.PrincipalRole, ARN: arn, Account: "111111111111", ID: "AROAEXAMPLE"}
}

// subject is a denied read of an object by a role of one's own.
func subject(change func(*rules.Subject)) rules.Subject {
	s := rules.Subject{
		Principal: role("arn:aws:iam::111111111111:role/team/app"), Bucket: "acme-data", Actions: []string{"s3:GetObject"},
		Class: trail.ClassRead, Operation: "GetObject", UserAgent: "aws-cli/2.31.0", Cause: diagnosis.IdentityNoAllow,
	}
	if change != nil {
		change(&s)
	}
	return s
}
