package main

import (
	"testing"

	"why403/pkg/awstest"
)

// BenchmarkColdStart starts the function's binary and gives it one event that needs no AWS: what is measured is the process, its
// configuration and its clients, up to the first answer. docs/performance.md has the figure.
func BenchmarkColdStart(b *testing.B) {
	binary := awstest.BuildLambda(b, "./functions/auditor")
	event := []byte(`{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","account":"111111111111","region":"us-east-1","detail":{"eventVersion":"1.11",
		"userIdentity":{"type":"IAMUser"},"eventTime":"2026-11-23T08:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","eventID":"a","recipientAccountId":"111111111111"}}`)
	for b.Loop() {
		r := awstest.StartRuntimeAPI(b, binary, "WHY403_TABLE=findings", "WHY403_ALERT_TOPIC_ARN=arn:aws:sns:us-east-1:111111111111:alerts", "WHY403_ACCOUNT=111111111111",
			"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AWS_LAMBDA_LOG_FORMAT=JSON")
		if _, failed, err := r.Invoke(b.Context(), event); failed != nil || err != nil {
			b.Fatalf("function error %v, error %v", failed, err)
		}
	}
}
