// Recheck is the Lambda function that remembers what changed, decides the requests of open
// findings again, and sends digests.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	alertsns "why403/pkg/alert/sns"
	"why403/pkg/auditor"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence/live"
	"why403/pkg/finding/dynamo"
	historydynamo "why403/pkg/history/dynamo"
	"why403/pkg/recheck"
	"why403/pkg/stack"
	"why403/pkg/version"
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
	s, err := stack.ReadSettings(getenv)
	if err != nil {
		return nil, err
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	alerts, err := s.Alerts(ctx, cfg)
	if err != nil {
		return nil, err
	}
	table := dynamodb.NewFromConfig(cfg)
	store, history := dynamo.New(table, s.Table), historydynamo.Open(table, s.Table)
	reading := s.Reading(cfg)
	reading.History, reading.Recent = history, true
	reader := live.New(reading)
	a := auditor.New(store, alertsns.New(sns.NewFromConfig(cfg), s.Topics), alerts, auditor.WithLedger(store))
	r := recheck.New(recheck.Config{
		Store: store, History: history, Teller: a, Quiet: s.Quiet, Log: log,
		Options:  diagnosis.Options{Protected: s.Protected, Version: version.String()},
		Evidence: func(since time.Time) auditor.Evidence { return reader.Since(since) },
	})
	return &handler{batch: r.Batch, all: r.All, digest: a.Digest, log: log, metrics: os.Stdout, now: time.Now}, nil
}
