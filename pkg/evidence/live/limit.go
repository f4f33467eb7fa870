package live

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"
)

// limits keep the calls on each service of an account well below AWS's own limits,
// which the account's people share.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
// https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/ec2-api-throttling.html
type limits struct {
	mu sync.Mutex
	of map[[2]string]*rate.Limiter
}

func newLimits() *limits { return &limits{of: make(map[[2]string]*rate.Limiter)} }

// allowance is how many calls a second a service takes from us, and how many at once.
func allowance(service string) (perSecond rate.Limit, burst int) {
	switch service {
	case "CloudTrail":
		return 1, 2
	case "Organizations":
		return 5, 20
	case "CloudFront":
		return 2, 5
	case "EC2", "S3 Control":
		return 10, 20
	case "IAM":
		return 15, 40
	default: // S3, KMS and STS take hundreds and more
		return 50, 100
	}
}

func (l *limits) wait(ctx context.Context, service, account string) error {
	l.mu.Lock()
	at := [2]string{service, account}
	limiter, ok := l.of[at]
	if !ok {
		limiter = rate.NewLimiter(allowance(service))
		l.of[at] = limiter
	}
	l.mu.Unlock()
	if err := limiter.Wait(ctx); err != nil {
		return fmt.Errorf("waiting for a turn to call %s: %w", service, err)
	}
	return nil
}

// paced adds a pace to the calls on an account. It comes after signing: what has no
// credentials is no call.
func paced(l *limits, account string) func(*middleware.Stack) error {
	return func(s *middleware.Stack) error {
		return s.Finalize.Insert(&pace{l, account}, "Signing", middleware.After)
	}
}

// pace is the middleware that waits before each attempt and counts it.
type pace struct {
	limits  *limits
	account string
}

// ID implements middleware.FinalizeMiddleware.
func (*pace) ID() string { return "why403Pace" }

// HandleFinalize implements middleware.FinalizeMiddleware.
func (p *pace) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
	service := awsmiddleware.GetServiceID(ctx)
	if err := p.limits.wait(ctx, service, p.account); err != nil {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, err
	}
	count(ctx, service, awsmiddleware.GetOperationName(ctx))
	return next.HandleFinalize(ctx, in)
}

// calls are the calls that a Read made.
type calls struct{ organization, other atomic.Int64 }

type callsKey struct{}

// count counts a call for the Read that made it.
func count(ctx context.Context, service, _ string) {
	c, ok := ctx.Value(callsKey{}).(*calls)
	switch {
	case !ok:
	case service == "Organizations":
		c.organization.Add(1)
	default:
		c.other.Add(1)
	}
}
