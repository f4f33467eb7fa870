package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
)

// SessionName is the name of the sessions of the read roles, by which the auditor's own
// calls are known in CloudTrail.
const SessionName = "why403"

// refusedFor is how long a role that could not be assumed is left alone.
const refusedFor = time.Minute

// accessError says why an account cannot be read at all.
type accessError struct {
	text      string
	transient bool
}

func (e *accessError) Error() string { return e.text }

// accounts gives access to the accounts that the operator knows.
type accounts struct {
	Config
	limits *limits
	mu     sync.Mutex
	// credentials are by account and role, configs by account, role and region.
	credentials map[[2]string]aws.CredentialsProvider
	configs     map[[3]string]aws.Config
}

func newAccounts(c Config) *accounts {
	return &accounts{Config: c, limits: newLimits(), credentials: make(map[[2]string]aws.CredentialsProvider), configs: make(map[[3]string]aws.Config)}
}

// in returns the configuration of clients for an account and a region. Its calls fail
// with an accessError where that account or region may not be read.
func (a *accounts) in(account, region string) aws.Config { return a.as(account, a.RoleName, region) }

// organization is the same for reading the organization in an account.
func (a *accounts) organization(account string) aws.Config {
	if account == a.Organization {
		return a.as(account, a.OrganizationRole, a.AWS.Region)
	}
	return a.in(account, a.AWS.Region)
}

func (a *accounts) as(account, role, region string) aws.Config {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := [3]string{account, role, region}
	if cfg, ok := a.configs[at]; ok {
		return cfg
	}
	if err := a.mayRead(account, role, region); err != nil {
		return a.refusing(err) // not kept: an event may name any number of accounts
	}
	cfg := a.AWS.Copy()
	cfg.Region = region
	cfg.Credentials = a.provider(account, role)
	cfg.APIOptions = append(slices.Clone(cfg.APIOptions), paced(a.limits, account))
	if cfg.Retryer == nil {
		// One for all clients: it is what ends retries when everything fails.
		r := retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 4, 2*time.Second })
		cfg.Retryer = func() aws.Retryer { return r }
	}
	a.configs[at] = cfg
	return cfg
}

// refusing returns a configuration whose calls fail with an error before they are made.
func (a *accounts) refusing(err error) aws.Config {
	cfg := a.AWS.Copy()
	// The SDK's clients have one of their own; a call that is signed here has not.
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	cfg.Credentials = refuse{err}
	cfg.APIOptions = append(slices.Clone(cfg.APIOptions), func(s *middleware.Stack) error {
		return s.Initialize.Add(refuse{err}, middleware.Before)
	})
	return cfg
}

// provider returns the credentials for an account.
func (a *accounts) provider(account, role string) aws.CredentialsProvider {
	at := [2]string{account, role}
	if p, ok := a.credentials[at]; ok {
		return p
	}
	p := a.newProvider(account, role)
	a.credentials[at] = p
	return p
}

func (a *accounts) newProvider(account, name string) aws.CredentialsProvider {
	if p, ok := a.Credentials[account]; ok {
		return p
	}
	if account == a.Home {
		return a.AWS.Credentials
	}
	base := a.AWS.Copy()
	base.APIOptions = append(slices.Clone(base.APIOptions), paced(a.limits, a.Home))
	role := a.role(account, name)
	return aws.NewCredentialsCache(&assumed{role: role, patience: a.Patience, from: stscreds.NewAssumeRoleProvider(sts.NewFromConfig(base), role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = SessionName
		if a.ExternalID != "" {
			o.ExternalID = aws.String(a.ExternalID)
		}
	})}, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = time.Minute })
}

// role is the ARN of a role of an account.
func (a *accounts) role(account, name string) string {
	return "arn:" + a.Partition + ":iam::" + account + ":role/" + strings.TrimPrefix(name, "/")
}

// mayRead holds what an event names against what the operator knows.
func (a *accounts) mayRead(account, role, region string) error {
	_, own := a.Credentials[account]
	switch {
	case account == "":
		return &accessError{text: "which account holds it is not known"}
	case !a.inRegion(region) && !slices.Contains(globalRegions(), region):
		return a.foreignRegion(region)
	case account == a.Home || own:
		return nil
	case account == a.Organization && role == a.OrganizationRole && role != "":
		return nil
	case !slices.Contains(a.Accounts, account):
		return &accessError{text: "account " + account + " is not one of those that the auditor may read"}
	case role == "":
		return &accessError{text: "no role is configured to read account " + account + " with"}
	}
	return nil
}

func (a *accounts) inRegion(region string) bool {
	return region == a.AWS.Region || slices.Contains(a.Regions, region)
}

func (a *accounts) foreignRegion(region string) error {
	return &accessError{text: "region " + region + " is not one of those that the auditor may read"}
}

// globalRegions are where services without a region of the caller's choice are asked:
// CloudFront and the calls on multi-region access points.
//
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRestrictions.html
func globalRegions() []string { return []string{"us-east-1", "us-west-2", "cn-northwest-1"} }

// known returns the accounts that may be read, those given first.
func (a *accounts) known(first ...string) []string {
	var all []string
	own := make([]string, 0, len(a.Credentials))
	for id := range a.Credentials {
		own = append(own, id)
	}
	slices.Sort(own)
	for _, id := range slices.Concat(first, []string{a.Home}, own, a.Accounts) {
		if id != "" && !slices.Contains(all, id) && a.mayRead(id, a.RoleName, a.AWS.Region) == nil {
			all = append(all, id)
		}
	}
	return all
}

// refuse is the credentials of an account that may not be read, and what keeps its
// calls from being made.
type refuse struct{ error }

// Retrieve implements aws.CredentialsProvider.
func (r refuse) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{}, r.error
}

// ID implements middleware.InitializeMiddleware.
func (refuse) ID() string { return "why403Refuse" }

// HandleInitialize implements middleware.InitializeMiddleware.
func (r refuse) HandleInitialize(context.Context, middleware.InitializeInput, middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	return middleware.InitializeOutput{}, middleware.Metadata{}, r.error
}

// assumed is the credentials of a read role. A refusal is kept for a while: each read
// would repeat it.
type assumed struct {
	role     string
	patience time.Duration
	from     aws.CredentialsProvider

	mu    sync.Mutex
	err   error
	until time.Time
}

func (p *assumed) Retrieve(ctx context.Context) (aws.Credentials, error) {
	p.mu.Lock()
	err, until := p.err, p.until
	p.mu.Unlock()
	if err != nil && time.Now().Before(until) {
		return aws.Credentials{}, err
	}
	// The cache of credentials waits without a limit, and has all who come later wait too.
	ctx, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	c, err := p.from.Retrieve(ctx)
	if err == nil {
		return c, nil
	}
	text, transient := why(err)
	failed := &accessError{text: fmt.Sprintf("the role %s cannot be assumed (%s)", p.role, text), transient: transient}
	if !transient {
		p.mu.Lock()
		p.err, p.until = failed, time.Now().Add(refusedFor)
		p.mu.Unlock()
	}
	return aws.Credentials{}, failed
}

// isAccess returns the accessError in an error.
func isAccess(err error) (*accessError, bool) {
	var a *accessError
	return a, errors.As(err, &a)
}
