package stack

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"why403/pkg/alert"
)

// Alerts is how alerts are worded and routed. It reads the routes, if there are any.
func (s Settings) Alerts(ctx context.Context, cfg aws.Config) (alert.Options, error) {
	o := alert.Options{DocsBaseURL: s.DocsBaseURL, Policy: s.Policy, SummaryOnly: s.SummaryOnly, Table: s.Table, Region: cfg.Region}
	if s.Routes == "" {
		return o, nil
	}
	out, err := ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: &s.Routes})
	if err != nil {
		return o, fmt.Errorf("reading the routes: %w", err)
	}
	if o.Routes, err = alert.ParseRoutes([]byte(aws.ToString(out.Parameter.Value))); err != nil {
		return o, fmt.Errorf("parameter %s: %w", s.Routes, err)
	}
	return o, nil
}
