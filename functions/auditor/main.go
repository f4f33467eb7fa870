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
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"why403/pkg/alert"
	alertsns "why403/pkg/alert/sns"
	"why403/pkg/auditor"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence/live"
	"why403/pkg/finding/dynamo"
	historydynamo "why403/pkg/history/dynamo"
	"why403/pkg/rules"
	"why403/pkg/rules/remote"
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
	o := alert.Options{DocsBaseURL: s.docsBaseURL, Policy: s.policy, SummaryOnly: s.summaryOnly, Table: s.table, Region: cfg.Region}
	if s.routes != "" {
		out, err := ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: &s.routes})
		if err != nil {
			return nil, fmt.Errorf("reading the routes: %w", err)
		}
		if o.Routes, err = alert.ParseRoutes([]byte(aws.ToString(out.Parameter.Value))); err != nil {
			return nil, fmt.Errorf("parameter %s: %w", s.routes, err)
		}
	}
	table := dynamodb.NewFromConfig(cfg)
	store := dynamo.New(table, s.table)
	s.read.History, s.read.Recent = historydynamo.NewProduction(table, s.table), true
	topics := alertsns.Topics{People: s.alertTopicARN, Chat: s.chatTopicARN, Machine: s.eventTopicARN}
	screen := auditor.Screen{Own: s.ownRoles(), Accounts: append(s.read.Accounts[:len(s.read.Accounts):len(s.read.Accounts)], s.read.Home), Probing: rules.DefaultThresholds()}
	if s.rules != "" {
		source, err := remote.New(cfg, s.rules)
		if err != nil {
			return nil, err
		}
		watch(source, store, log)
		screen.Rules = source.Rules
	}
	a := auditor.New(store, alertsns.New(sns.NewFromConfig(cfg), topics), o, auditor.WithLedger(store), auditor.WithScreen(screen),
		auditor.WithDiagnoser(auditor.Diagnoser{Options: diagnosis.Options{Protected: s.protected}, Evidence: live.New(s.read)}))
	return &handler{audit: a.Handle, digest: a.Digest, log: log, metrics: os.Stdout, now: time.Now}, nil
}
