// Recheck is the Lambda function that remembers what changed, decides the requests of open
// findings again, and sends digests.
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
	"why403/pkg/recheck"
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
	store, history := dynamo.New(table, s.table), historydynamo.Open(table, s.table)
	s.read.History, s.read.Recent = history, true
	reader := live.New(s.read)
	topics := alertsns.Topics{People: s.alertTopicARN, Chat: s.chatTopicARN, Machine: s.eventTopicARN}
	a := auditor.New(store, alertsns.New(sns.NewFromConfig(cfg), topics), o, auditor.WithLedger(store))
	r := recheck.New(recheck.Config{
		Store: store, History: history, Teller: a, Quiet: s.quiet, Log: log,
		Options:  diagnosis.Options{Protected: s.protected},
		Evidence: func(since time.Time) auditor.Evidence { return reader.Since(since) },
	})
	return &handler{batch: r.Batch, all: r.All, digest: a.Digest, log: log}, nil
}
