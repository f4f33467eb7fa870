package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"why403/pkg/auditor"
	"why403/pkg/clean"
	"why403/pkg/console"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/evidence/live"
	"why403/pkg/redact"
)

func newDiagnose(o *options) *cobra.Command {
	var protected []string
	var isLive, redacted bool
	var f liveFlags
	cmd := &cobra.Command{
		Use:   "diagnose FILE...",
		Short: "Explain each denial in files or standard input",
		Long: `Explain each denial in the files. A file may be an EventBridge event, a CloudTrail
record, a CloudTrail log file (also gzipped), an SQS message that holds an event,
a case, or several of them one after another; a folder stands for the .json and
.gz files in it; - reads standard input.

A case holds the policies and settings that could decide the denial beside it: every
check that S3 makes is then made, every blocker listed with the statement that
decides, and each change tried on a copy.

With --live those are read from AWS, whatever a case has: see capture for what is
read, how, and by which flags. Nothing in a file starts that.

Nothing is recorded and nobody is told: for that, see audit. With --output json
each line of the output is one diagnosis, in the order of the input.

With --redact account ids, names, object keys, addresses and other ids are replaced,
the same by the same in one diagnosis, so that it can be shown to others. Times, Regions
and what AWS calls its own stay. A denial that would be diagnosed otherwise with the
names replaced is refused and named on stderr.`,
		Example: `  why403 diagnose event.json
  why403 diagnose 111111111111_CloudTrail_us-east-1_20261123T1000Z.json.gz
  why403 diagnose --live --profile storage event.json
  cat events.json | why403 diagnose - --output json
  why403 diagnose event.json --redact`,
		Args: usage(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error {
			diagnoser := auditor.Diagnoser{Options: diagnosis.Options{Protected: protected}}
			var found *evidence.Evidence // what was read from AWS
			if isLive {
				var err error
				var from *watched
				if diagnoser, from, err = o.live(cmd.Context(), &f, diagnoser.Options); err != nil {
					return err
				}
				from.found = func(f live.Found) { found = &f.Evidence }
			}
			in := &reader{sys: o.sys}
			return in.each(files, func(where string, doc []byte) error {
				got, err := diagnoser.Diagnose(cmd.Context(), doc)
				if err != nil {
					in.complain(where, err)
					return nil
				}
				if redacted {
					x, err := diagnoseRedacted(cmd.Context(), doc, got, found, diagnoser.Options)
					if err != nil {
						in.complain(where, err)
						return nil
					}
					return o.write("", x) // the name of a file may have names in it
				}
				return o.write(where, got.Diagnosis)
			})
		},
	}
	cmd.Flags().StringSliceVar(&protected, "protected", nil, "buckets for which no grant is proposed, by name")
	cmd.Flags().BoolVar(&redacted, "redact", false, "replace names, ids and addresses, so that it can be shown to others")
	cmd.Flags().BoolVar(&isLive, "live", false, "read the evidence from AWS")
	f.add(cmd)
	return cmd
}

// diagnoseRedacted diagnoses a document with its names replaced. What was read from AWS
// takes the place of what it has.
func diagnoseRedacted(ctx context.Context, doc []byte, got auditor.Diagnosed, found *evidence.Evidence, given diagnosis.Options) (diagnosis.Diagnosis, error) {
	var c evidence.Case
	var m *redact.Map
	var err error
	if found != nil && got.Diagnosis.Outcome != diagnosis.Ignored {
		if c, err = auditor.CaseOf(doc, got.Denial, *found); err == nil {
			c, m, err = redact.CaseWith(c, given)
		}
	} else {
		c, m, err = redact.Document(doc, given)
	}
	if err != nil {
		return diagnosis.Diagnosis{}, err
	}
	again, err := auditor.Diagnoser{Options: m.Options(given)}.DiagnoseCase(ctx, c)
	return again.Diagnosis, err
}

// write writes one diagnosis; where names its source if the output is text.
func (o *options) write(where string, x diagnosis.Diagnosis) error {
	if o.json() {
		return o.writeJSON(x)
	}
	if where != "" {
		if _, err := fmt.Fprintf(o.sys.stdout, "%s\n", clean.Terminal(where)); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
	}
	if _, err := fmt.Fprintf(o.sys.stdout, "%s\n", console.Diagnosis(x, o.style())); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

func (o *options) writeJSON(v any) error {
	e := json.NewEncoder(o.sys.stdout)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}
