// Slack is the Lambda function that posts alerts to an incoming webhook of Slack, for
// those who do not use Amazon Q Developer in chat applications.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	smithytime "github.com/aws/smithy-go/time"
)

// postLimit is how long Slack may take to answer.
const postLimit = 10 * time.Second

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
	secretARN := getenv("WHY403_WEBHOOK_SECRET")
	parameter := getenv("WHY403_WEBHOOK_PARAMETER")
	if (secretARN == "") == (parameter == "") {
		return nil, errors.New("set one of WHY403_WEBHOOK_SECRET and WHY403_WEBHOOK_PARAMETER in the environment")
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	h := &handler{log: log, sleep: smithytime.SleepWithContext, post: poster{
		client: &http.Client{
			Timeout: postLimit,
			// A webhook answers itself; where it would send us is no Slack.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}.post}
	if secretARN != "" {
		h.secret = &kept{read: fromSecret(secretsmanager.NewFromConfig(cfg), secretARN)}
	} else {
		h.secret = &kept{read: fromParameter(ssm.NewFromConfig(cfg), parameter)}
	}
	return h, nil
}
