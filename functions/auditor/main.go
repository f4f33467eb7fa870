// Auditor is the Lambda function that finds the cause of every S3 denial it is
// given.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"why403/pkg/alert"
	alertsns "why403/pkg/alert/sns"
	"why403/pkg/auditor"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence/live"
	"why403/pkg/finding/dynamo"
)

func main() {
	log := lambdacontext.NewLogger()
	h, err := build(context.Background(), os.Getenv, log)
	if err != nil {
		log.Error("cannot start", slog.Any("error", err))
		os.Exit(1)
	}
	lambda.Start(h.handle)
}

func build(ctx context.Context, getenv func(string) string, log *slog.Logger) (*handler, error) {
	s, err := readSettings(getenv)
	if err != nil {
		return nil, err
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	s.read.AWS = cfg
	if len(s.read.Regions) > 0 && !slices.Contains(s.read.Regions, cfg.Region) {
		s.read.Regions = append(s.read.Regions, cfg.Region)
	}
	a := auditor.New(
		dynamo.New(dynamodb.NewFromConfig(cfg), s.table),
		alertsns.New(sns.NewFromConfig(cfg), s.alertTopicARN),
		alert.Options{DocsBaseURL: s.docsBaseURL, Policy: alert.DefaultPolicy(), Table: s.table, Region: cfg.Region},
		auditor.WithDiagnoser(auditor.Diagnoser{Options: diagnosis.Options{Protected: s.protected}, Evidence: live.New(s.read)}),
	)
	return &handler{audit: a.Handle, log: log}, nil
}
