package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/spf13/cobra"

	"why403/pkg/auditor"
	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence/live"
	"why403/pkg/trail"
)

// liveFlags say how evidence is read from AWS.
type liveFlags struct {
	profile, region, role, externalID, organization string
	accounts, regions                               []string
	readObjects, noHistory                          bool
	timeout                                         time.Duration
}

func (f *liveFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.profile, "profile", "", "AWS profile to read with (default: as every AWS tool chooses)")
	flags.StringVar(&f.region, "region", "", "AWS region to call from (default: that of the profile)")
	flags.StringSliceVar(&f.regions, "also-region", nil, "further regions that may be read")
	flags.StringSliceVar(&f.accounts, "account", nil, "further accounts that may be read: ID, with the role of --role, or ID=PROFILE")
	flags.StringVar(&f.role, "role", "", "name of the read role to assume in the further accounts, with its path")
	flags.StringVar(&f.externalID, "external-id", "", "external id that the read role asks for")
	flags.StringVar(&f.organization, "organization-account", "", "account to read the organization's policies in: the management account or a delegated administrator")
	flags.BoolVar(&f.readObjects, "head-objects", false, "allow HeadObject, which needs s3:GetObject: tells which key an object is encrypted with")
	flags.BoolVar(&f.noHistory, "no-history", false, "do not look into CloudTrail's event history, which takes seconds: the session policy stays unknown")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "how long to read at most")
}

// reader returns a reader of live AWS: standard configuration, the credentials' own
// account, and the further ones that are named.
func (f *liveFlags) reader(ctx context.Context) (*live.Reader, error) {
	cfg, err := f.load(ctx, f.profile)
	if err != nil {
		return nil, err
	}
	if cfg.Region == "" {
		return nil, usageError{errors.New("no AWS region is configured: say --region, or set AWS_REGION")}
	}
	me, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("finding out whose credentials these are: %w", err)
	}
	c := live.Config{
		AWS: cfg, Home: aws.ToString(me.Account), Partition: strings.Split(aws.ToString(me.Arn)+"::", ":")[1],
		Regions: append([]string{cfg.Region}, f.regions...), RoleName: f.role, ExternalID: f.externalID,
		Organization: f.organization, ReadObjects: f.readObjects, Credentials: make(map[string]aws.CredentialsProvider),
	}
	for _, account := range append(f.accounts, f.organization) {
		id, profile, own := strings.Cut(account, "=")
		switch {
		case account == "":
		case len(id) != 12 || strings.Trim(id, "0123456789") != "":
			return nil, usageError{fmt.Errorf("--account %q: want the 12 digits of an account, or ID=PROFILE", account)}
		case own:
			other, err := f.load(ctx, profile)
			if err != nil {
				return nil, err
			}
			c.Credentials[id] = other.Credentials
		default:
			c.Accounts = append(c.Accounts, id)
		}
	}
	if !f.noHistory {
		c.History = live.NewLookup(c)
	}
	return live.New(c), nil
}

func (f *liveFlags) load(ctx context.Context, profile string) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx, func(o *config.LoadOptions) error {
		o.SharedConfigProfile, o.Region = profile, f.region
		return nil
	})
	if err != nil {
		return aws.Config{}, fmt.Errorf("loading the AWS configuration: %w", err)
	}
	return cfg, nil
}

// watched is evidence from live AWS, with a line of progress for whoever waits for it.
type watched struct {
	reader  *live.Reader
	timeout time.Duration
	// progress is where the line is written; nil: nowhere.
	progress io.Writer
	// failed is told what could not be looked up, and found what was read.
	failed func(error)
	found  func(live.Found)
}

// slow is how long a person waits without a word.
const slow = time.Second

// Evidence implements auditor.Evidence.
func (w *watched) Evidence(ctx context.Context, d trail.Denial, q *authz.Request, fresh bool) (*authz.Evidence, bool) {
	ctx, cancel := context.WithTimeout(ctx, w.timeout)
	defer cancel()
	o := live.Options{Fresh: fresh}
	begin, shown := time.Now(), false
	if w.progress != nil {
		o.Progress = func(done, total int) {
			if shown = shown || time.Since(begin) > slow; shown {
				fmt.Fprintf(w.progress, "\rreading evidence: %d of %d ", done, total)
			}
		}
	}
	found := w.reader.Read(ctx, d, q, o)
	if shown {
		fmt.Fprint(w.progress, "\r\x1b[K")
	}
	if err := w.reader.Changes(ctx, d, &found); err != nil && w.failed != nil {
		w.failed(err)
	}
	if w.found != nil {
		w.found(found)
	}
	return found.Compiled, found.Kept > 0
}

// live returns what diagnoses with evidence from AWS.
func (o *options) live(ctx context.Context, f *liveFlags, d diagnosis.Options) (auditor.Diagnoser, *watched, error) {
	reader, err := f.reader(ctx)
	if err != nil {
		return auditor.Diagnoser{}, nil, err
	}
	w := &watched{reader: reader, timeout: f.timeout, failed: func(err error) { o.warn(err) }}
	if o.sys.columns > 0 {
		w.progress = o.sys.stderr
	}
	return auditor.Diagnoser{Options: d, Evidence: w}, w, nil
}
