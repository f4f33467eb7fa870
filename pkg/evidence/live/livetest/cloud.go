package livetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"why403/pkg/evidence"
)

// Home is the account that calls come from.
const Home = "999900009999"

// Cloud is an AWS that has what evidence says. Its fields may be set until the first
// call.
type Cloud struct {
	Evidence evidence.Evidence
	// Before is asked before each answer; an error of it is the answer. It may be nil.
	Before func(ctx context.Context, c Call) error
	// Latency is how long each answer takes.
	Latency time.Duration
	// PageSize is how many things are on one page of an answer; 0: all.
	PageSize int
	// Trail is the event history.
	Trail []Record
	// Lifetime is how long the credentials of a role last; 0: an hour.
	Lifetime time.Duration
	// NoRoles are accounts whose read role cannot be assumed.
	NoRoles []string

	mu    sync.Mutex
	calls []Call
}

// Call is a call that was made.
type Call struct {
	Account, Region string
	Operation       string // S3.GetBucketPolicy
	Input           any
}

// Calls returns the calls made so far.
func (c *Cloud) Calls() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// Config returns a configuration for clients of this AWS, with the credentials of Home
// and retries that do not wait.
func (c *Cloud) Config() aws.Config {
	return aws.Config{
		Region: "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIA" + Home, SecretAccessKey: "secret"}, nil
		}),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts, o.Backoff = 3, retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
				o.RateLimiter = unlimited{}
			})
		},
		HTTPClient: ec2{c},
		APIOptions: []func(*middleware.Stack) error{
			func(s *middleware.Stack) error { return s.Initialize.Add(keep{}, middleware.After) },
			func(s *middleware.Stack) error { return s.Finalize.Insert(&answer{c}, "Signing", middleware.After) },
		},
	}
}

// Accounts returns the accounts that the evidence speaks of.
func (c *Cloud) Accounts() []string {
	var all []string
	add := func(id string) {
		if len(id) == 12 && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	for id, a := range c.Evidence.Accounts {
		add(id)
		org, _ := a.Organization.Value()
		add(org.ManagementAccount)
	}
	for arn := range c.Evidence.Principals {
		add(account(arn))
	}
	for _, b := range c.Evidence.Buckets {
		id, _ := b.Account.Value()
		add(id)
	}
	for arn := range c.Evidence.Keys {
		add(account(arn))
	}
	for arn := range c.Evidence.KeyAliases {
		add(account(arn))
	}
	for arn := range c.Evidence.AccessPoints {
		add(account(arn))
	}
	slices.Sort(all)
	return all
}

type unlimited struct{}

func (unlimited) GetToken(context.Context, uint) (func() error, error) {
	return func() error { return nil }, nil
}
func (unlimited) AddTokens(uint) error { return nil }

type inputKey struct{}

// keep keeps the input of a call for the answer.
type keep struct{}

func (keep) ID() string { return "livetestKeep" }
func (keep) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	return next.HandleInitialize(context.WithValue(ctx, inputKey{}, in.Parameters), in)
}

// answer answers calls that are ready to be sent.
type answer struct{ *Cloud }

func (*answer) ID() string { return "livetestAnswer" }
func (a *answer) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, _ middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
	call := Call{
		Account: caller(in.Request), Region: awsmiddleware.GetRegion(ctx),
		Operation: awsmiddleware.GetServiceID(ctx) + "." + awsmiddleware.GetOperationName(ctx), Input: ctx.Value(inputKey{}),
	}
	out, err := a.do(ctx, call)
	return middleware.FinalizeOutput{Result: out}, middleware.Metadata{}, err
}

func (c *Cloud) do(ctx context.Context, call Call) (any, error) {
	c.mu.Lock()
	c.calls = append(c.calls, call)
	c.mu.Unlock()
	if c.Latency > 0 {
		select {
		case <-time.After(c.Latency):
		case <-ctx.Done():
			return nil, &aws.RequestCanceledError{Err: ctx.Err()}
		}
	}
	if c.Before != nil {
		if err := c.Before(ctx, call); err != nil {
			return nil, err
		}
	}
	if in, ok := call.Input.(*sts.AssumeRoleInput); ok {
		return c.assumeRole(in)
	}
	for _, of := range []func(Call) (any, error){c.s3, c.s3control, c.iam, c.kms, c.organizations, c.lookup, c.endpoint, c.cdn} {
		if out, err := of(call); out != nil || err != nil {
			return out, err
		}
	}
	return nil, failure("NotImplemented", "the stand-in does not know "+call.Operation)
}

func (c *Cloud) assumeRole(in *sts.AssumeRoleInput) (any, error) {
	id := account(*in.RoleArn)
	if slices.Contains(c.NoRoles, id) {
		return nil, failure("AccessDenied", "not authorized to perform: sts:AssumeRole")
	}
	return &sts.AssumeRoleOutput{Credentials: &ststypes.Credentials{
		AccessKeyId: aws.String("ASIA" + id), SecretAccessKey: aws.String("secret"), SessionToken: aws.String("token"), Expiration: aws.Time(time.Now().Add(cmp.Or(c.Lifetime, time.Hour))),
	}}, nil
}

// caller is the account whose credentials signed a request: they have it in the key.
func caller(request any) string {
	r, ok := request.(*smithyhttp.Request)
	if !ok {
		return ""
	}
	return signer(r.Header.Get("Authorization"))
}

func signer(authorization string) string {
	_, after, ok := strings.Cut(authorization, "Credential=")
	if !ok || len(after) < 16 {
		return ""
	}
	return after[4:16]
}

func failure(code, message string) error {
	return &smithy.GenericAPIError{Code: code, Message: message, Fault: smithy.FaultClient}
}

// value returns what a Read has, or the error that AWS would return; its code for a
// thing that does not exist is given.
func value[T any](r evidence.Read[T], none string) (T, error) {
	v, known := r.Value()
	switch {
	case known:
		return v, nil
	case r.State() == evidence.StateAbsent:
		return v, failure(none, "there is none")
	case r.State() == evidence.StateUnreadable:
		return v, failure("AccessDenied", r.Reason())
	}
	return v, failure("AccessDenied", "the case does not say")
}

func account(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
}

func last(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// page returns what is on a page of a list, and the token of the next page; nil on the
// last.
func page[T any](c *Cloud, all []T, token *string) ([]T, *string) {
	from := 0
	if token != nil {
		if _, err := fmt.Sscanf(*token, "from-%d", &from); err != nil || from > len(all) {
			panic("a token that nobody gave: " + *token)
		}
	}
	if c.PageSize == 0 || from+c.PageSize >= len(all) {
		return all[from:], nil
	}
	return all[from : from+c.PageSize], aws.String(fmt.Sprintf("from-%d", from+c.PageSize))
}
