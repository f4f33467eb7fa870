package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"why403/pkg/clean"
	"why403/pkg/doctor"
)

// errBroken says that a link of a deployment is broken; what was printed says which.
var errBroken = errors.New("a link is broken")

func newDoctor(o *options) *cobra.Command {
	var f liveFlags
	var d doctor.Options
	var asJSON bool
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look for the broken link of a deployed stack", Args: usage(cobra.NoArgs),
		Long: `Looks at each link from the trail to the inbox of a deployed stack, and says which is
broken and what to do: trail and what it records, rules, queues, functions, table,
subscriptions, dead letters, read roles.

It reads, and writes nothing. Read roles trust the auditor's role alone; whoever asks
here is refused as a rule, and the link is unknown then.

Exit status 1 if a link is broken.`,
		Example: `  why403 doctor                                  the stack why403 in your region
  why403 doctor --stack audit --bucket acme-data does a trail record this bucket?`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := f.load(cmd.Context(), f.profile)
			if err != nil {
				return err
			}
			if cfg.Region == "" {
				return usageError{errors.New("no AWS region is configured: say --region, or set AWS_REGION")}
			}
			d.AWS = cfg
			report, err := doctor.Examine(cmd.Context(), d)
			if err != nil {
				return err
			}
			if o.json() || asJSON {
				err = o.writeJSON(report)
			} else {
				err = writeReport(o, report)
			}
			if err == nil && report.Broken() {
				return errBroken
			}
			return err
		},
	}
	cmd.Flags().StringVar(&d.Stack, "stack", "why403", "name of the stack")
	cmd.Flags().StringVar(&d.Bucket, "bucket", "", "bucket whose objects a trail has to record (default: any)")
	cmd.Flags().StringVar(&f.profile, "profile", "", "AWS profile to read with (default: as every AWS tool chooses)")
	cmd.Flags().StringVar(&f.region, "region", "", "AWS region of the stack (default: that of the profile)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "the same as --output json")
	return cmd
}

// writeReport writes a line a link, and below it what to do.
func writeReport(o *options, report doctor.Report) error {
	if _, err := fmt.Fprintf(o.sys.stdout, "stack %s, account %s, %s\n\n", clean.Terminal(report.Stack), report.Account, clean.Terminal(report.Region)); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	for _, l := range report.Links {
		if _, err := fmt.Fprintf(o.sys.stdout, "%-8s %s: %s\n", l.Verdict, clean.Terminal(l.Name), clean.Terminal(l.Found)); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
		if l.Do != "" {
			if _, err := fmt.Fprintf(o.sys.stdout, "         -> %s\n", clean.Terminal(l.Do)); err != nil {
				return fmt.Errorf("writing the report: %w", err)
			}
		}
	}
	return nil
}
