package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// kept reads the webhook's URL once, and again after it was refused: who has the URL can
// post to the channel, so it is never written anywhere.
type kept struct {
	read func(context.Context) (string, error)

	mu  sync.Mutex
	url string
}

func (k *kept) get(ctx context.Context) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.url != "" {
		return k.url, nil
	}
	url, err := k.read(ctx)
	if err != nil {
		return "", err
	}
	if url = strings.TrimSpace(url); url == "" {
		return "", errors.New("the secret with the webhook is empty")
	}
	k.url = url
	return url, nil
}

// forget makes the next get read again.
func (k *kept) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.url = ""
}

func fromSecret(api *secretsmanager.Client, arn string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		out, err := api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
		if err != nil {
			return "", fmt.Errorf("reading the webhook from Secrets Manager: %w", err)
		}
		return aws.ToString(out.SecretString), nil
	}
}

func fromParameter(api *ssm.Client, name string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		out, err := api.GetParameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
		if err != nil {
			return "", fmt.Errorf("reading the webhook from Systems Manager: %w", err)
		}
		return aws.ToString(out.Parameter.Value), nil
	}
}
