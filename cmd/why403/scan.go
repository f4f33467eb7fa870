package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/spf13/cobra"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/finding/local"
	"why403/pkg/rules"
	"why403/pkg/scan"
	"why403/pkg/scan/bucket"
)

// errInterrupted ends a command that Ctrl-C ended, and that has said so.
var errInterrupted = errors.New("interrupted")

// scanFlags are the flags of the scan command.
type scanFlags struct {
	since, until      string
	accounts, regions []string
	rules             string
	workers           int
	again, live       bool
	from              liveFlags
}

func newScan(o *options) *cobra.Command {
	var f scanFlags
	cmd := &cobra.Command{
		Use:   "scan PATH...",
		Short: "Find past denials in CloudTrail logs: a folder, or s3://bucket/prefix",
		Long: `Read past CloudTrail logs, diagnose each denial in them and keep it in the local
findings store, as audit does, but nobody is told and nothing counts as told. A PATH is a
folder, a file, or s3://bucket/prefix. Files end in .json, .jsonl or .gz; digest and
Insights files and logs of other services beside them are left out.

Many files are read at once and none is held in memory. An interrupted scan goes on where
it was: files that were read whole and well are not read again, unless they changed, or
with --again. No event is counted twice.

--since, --until, --only-account and --only-region choose by the records, and leave files
and folders unread whose CloudTrail path says that they have none. A file may be delivered
after its records: with --until, a day more is read.

Files in S3 are read with your AWS configuration, by ListBucket and GetObject alone. With
--live the policies that can decide are read from AWS as well, as they are today: see
capture.

What cannot be read is listed at the end with the reason; the exit status is 1 then.`,
		Example: `  why403 scan ~/cloudtrail-logs/
  why403 scan s3://acme-trail/AWSLogs/ --since 30d
  why403 scan s3://acme-trail/AWSLogs/111111111111/ --only-region eu-west-1 --live
  why403 scan --since 2026-10-01 --until 2026-11-01 logs/`,
		Args: usage(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, paths []string) error { return o.scan(cmd.Context(), &f, paths) },
	}
	addStore(cmd, o)
	flags := cmd.Flags()
	flags.StringVar(&f.since, "since", "", "requests from then: 2026-11-23, 2026-11-23T10:00:00Z, or 30d for the last 30 days")
	flags.StringVar(&f.until, "until", "", "requests before then, likewise")
	flags.StringSliceVar(&f.accounts, "only-account", nil, "requests that these accounts recorded")
	flags.StringSliceVar(&f.regions, "only-region", nil, "requests in these Regions")
	flags.StringVar(&f.rules, "rules", "", "file of ignore rules")
	flags.IntVar(&f.workers, "workers", 0, "how many files are read at a time (default: one for each CPU, 16 in S3)")
	flags.BoolVar(&f.again, "again", false, "read files that were read before, too")
	flags.BoolVar(&f.live, "live", false, "read the evidence from AWS")
	f.from.add(cmd)
	return cmd
}

func (o *options) scan(ctx context.Context, f *scanFlags, paths []string) error {
	if ctx == nil {
		ctx = context.Background()
	}
	opts, pipeline, err := o.scanOptions(ctx, f, paths)
	if err != nil {
		return err
	}
	path, err := o.storePath()
	if err != nil {
		return err
	}
	store, err := local.Open(path)
	if err != nil {
		return err
	}
	defer store.Close()
	bulk := store.Bulk()
	defer bulk.Close()

	// The first Ctrl-C keeps what was read, the second ends at once.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop)
	found := &scanFound{sum: newSummary()}
	opts.Handled, opts.Progress = found.add, new(scan.Progress)
	end := o.showProgress(opts.Progress)
	begin := time.Now()
	report, err := scan.Run(ctx, auditor.New(bulk, nobody{}, alert.Options{}, append(pipeline, auditor.Silent())...), bulk, opts)
	end()
	if err != nil {
		return err
	}
	if err := o.writeScan(report, found.sum, path, time.Since(begin)); err != nil {
		return err
	}
	switch {
	case report.Interrupted:
		return errInterrupted
	case report.Unreadable > 0:
		return errSomeUnreadable
	}
	return nil
}

// workersInS3 is how many objects are read at a time: what takes the time there is not to
// expand them.
const workersInS3 = 16

// scanOptions make the flags and arguments options of a scan and of its pipeline.
func (o *options) scanOptions(ctx context.Context, f *scanFlags, paths []string) (scan.Options, []auditor.Option, error) {
	opts := scan.Options{Workers: f.workers, Again: f.again, Filter: scan.Filter{Accounts: f.accounts, Regions: f.regions}}
	now := time.Now()
	for _, t := range []struct {
		flag, value string
		into        *time.Time
	}{{"--since", f.since, &opts.Filter.Since}, {"--until", f.until, &opts.Filter.Until}} {
		at, err := parseWhen(t.value, now)
		if err != nil {
			return opts, nil, usageError{fmt.Errorf("%s: %w", t.flag, err)}
		}
		*t.into = at
	}
	if err := o.scanSources(ctx, f, paths, &opts); err != nil {
		return opts, nil, err
	}
	screen := auditor.Screen{Probing: rules.DefaultThresholds()}
	if f.rules != "" {
		set, err := readRules(f.rules)
		if err != nil {
			return opts, nil, err
		}
		screen.Rules = func(context.Context) rules.Set { return set }
		// What was ignored by other rules is looked at again.
		text, err := os.ReadFile(f.rules)
		if err != nil {
			return opts, nil, fmt.Errorf("%s: %w", f.rules, plain(err))
		}
		opts.Basis = "rules " + string(text)
	}
	pipeline := []auditor.Option{auditor.WithScreen(screen)}
	if f.live {
		diagnoser, _, err := o.live(ctx, &f.from, diagnosis.Options{})
		if err != nil {
			return opts, nil, err
		}
		pipeline = append(pipeline, auditor.WithDiagnoser(diagnoser))
	}
	return opts, pipeline, nil
}

// scanSources makes sources of the arguments. AWS is asked only for those in S3.
func (o *options) scanSources(ctx context.Context, f *scanFlags, paths []string, opts *scan.Options) error {
	var client *s3.Client
	for _, path := range paths {
		name, prefix, remote := bucket.Parse(path)
		if !remote {
			opts.Sources = append(opts.Sources, scan.Folder(path))
			continue
		}
		if client == nil {
			cfg, err := f.from.load(ctx, f.from.profile)
			if err != nil {
				return err
			}
			if cfg.Region == "" {
				return usageError{errors.New("no AWS region is configured: say --region, or set AWS_REGION")}
			}
			client = s3.NewFromConfig(cfg, func(s *s3.Options) {
				if endpoint := o.sys.getenv("AWS_ENDPOINT_URL"); endpoint != "" {
					s.UsePathStyle = true // as what is not AWS expects
				}
			})
		}
		opts.Sources = append(opts.Sources, bucket.New(client, name, prefix))
	}
	if client != nil && opts.Workers <= 0 {
		opts.Workers = max(workersInS3, 2*runtime.GOMAXPROCS(0))
	}
	return nil
}

// parseWhen reads a day, a time or a number of days before now; nothing is the zero time.
// Days are whole ones of UTC, so that a scan that is repeated means the same.
func parseWhen(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	var days int
	if n, err := fmt.Sscanf(s, "%dd", &days); err == nil && n == 1 && days >= 0 && s == fmt.Sprintf("%dd", days) {
		return now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -days), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: want 2026-11-23, 2026-11-23T10:00:00Z, or 30d", s)
}

// scanFound is what the pipeline made of the denials.
type scanFound struct{ sum *summary }

func (s *scanFound) add(r auditor.Report) {
	for _, res := range r.Results {
		if res.Err == nil {
			s.sum.add(res)
		}
	}
	for _, t := range r.Touched {
		s.sum.duplicates += t.Duplicates
		// A finding as it is would stay in memory with its diagnosis.
		s.sum.findings[t.Finding.ID] = finding.Finding{Causes: t.Finding.Causes}
	}
}
