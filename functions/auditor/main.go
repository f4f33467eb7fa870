// Auditor is the Lambda function that finds the cause of every S3 denial it is
// given.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
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
	"why403/pkg/rules"
	"why403/pkg/rules/remote"
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
	store, reading := dynamo.New(table, s.Table), s.Reading(cfg)
	reading.History, reading.Recent = historydynamo.NewProduction(table, s.Table), true
	accounts := slices.Concat(s.Read.Accounts, []string{s.Read.Home})
	screen := auditor.Screen{Own: ownRoles(s), Accounts: accounts, Probing: rules.DefaultThresholds()}
	if s.Rules != "" {
		source, err := remote.New(cfg, s.Rules)
		if err != nil {
			return nil, err
		}
		watch(source, store, log)
		screen.Rules = source.Rules
	}
	a := auditor.New(store, alertsns.New(sns.NewFromConfig(cfg), s.Topics), alerts, auditor.WithLedger(store), auditor.WithScreen(screen),
		auditor.WithDiagnoser(auditor.Diagnoser{Options: diagnosis.Options{Protected: s.Protected, Version: version.String()}, Evidence: live.New(reading)}))
	return &handler{audit: a.Handle, log: log, metrics: os.Stdout, now: time.Now, reads: accounts}, nil
}
