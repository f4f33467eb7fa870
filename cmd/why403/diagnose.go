package main

import (
	"context"
	"encoding/json"
	"errors"
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
	var h handed
	cmd := &cobra.Command{
		Use:   "diagnose FILE|FINDING...",
		Short: "Explain each denial in files or standard input, or that of a finding",
		Long: `Explain each denial in the files. A file may be an EventBridge event, a CloudTrail
record, a CloudTrail log file (also gzipped), an SQS message that holds an event,
a case, or several of them one after another; a folder stands for the .json and
.gz files in it; - reads standard input.

A case holds the policies and settings that could decide the denial beside it: every
check that S3 makes is then made, every blocker listed with the statement that
decides, and each change tried on a copy.

What is no file and reads as the id of a finding is one: its case, which was kept with
it, is diagnosed again. --store and --table say where findings are.

With --with a policy that could not be read is put into the evidence, and at the end
stands what it settles. The file may be what the AWS command line answered. Kinds are
bucket-policy, access-point-policy, key-policy, endpoint-policy, identity-policy,
boundary, session-policy, scp and rcp. Where the case has several places for it, NAME
says which: the bucket, the key, the policy. Other IAM policies of the requester that
nobody read stay unknown, unless --complete says that there are none.

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
  why403 diagnose event.json --redact
  why403 diagnose 7F3K2M --with bucket-policy=policy.json
  why403 diagnose case.json --with identity-policy=a.json --with identity-policy=b.json --complete`,
		Args: usage(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error {
			if isLive && len(h.with) > 0 {
				return usageError{errors.New("--with and --live: what is read from AWS would take the place of what is handed over")}
			}
			if err := h.read(o.sys.stdin); err != nil {
				return err
			}
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
			o.table.region, o.table.profile = f.region, f.profile
			in := &reader{sys: o.sys}
			return o.eachDenial(cmd.Context(), in, files, func(where string, doc []byte) error {
				got, err := diagnoser.Diagnose(cmd.Context(), doc)
				if err != nil {
					in.complain(where, err)
					return nil
				}
				before := got.Diagnosis
				if len(h.documents) > 0 && before.Outcome != diagnosis.Ignored {
					if doc, got, err = h.diagnose(cmd.Context(), diagnoser, doc, got); err != nil {
						in.complain(where, err)
						return nil
					}
				}
				if redacted {
					x, err := diagnoseRedacted(cmd.Context(), doc, got, found, diagnoser.Options)
					if err != nil {
						in.complain(where, err)
						return nil
					}
					return o.write("", x) // the name of a file may have names in it
				}
				if err := o.write(where, got.Diagnosis); err != nil || o.json() || len(h.documents) == 0 {
					return err
				}
				o.print("%s", console.Settled(before, got.Diagnosis, h.said, o.style()))
				return nil
			})
		},
		ValidArgsFunction: o.completeFindingsAndFiles,
	}
	cmd.Flags().StringSliceVar(&protected, "protected", nil, "buckets for which no grant is proposed, by name")
	cmd.Flags().BoolVar(&redacted, "redact", false, "replace names, ids and addresses, so that it can be shown to others")
	cmd.Flags().BoolVar(&isLive, "live", false, "read the evidence from AWS")
	cmd.Flags().StringArrayVar(&h.with, "with", nil, "a policy to put into the evidence: KIND=FILE, or KIND=NAME:FILE where there are several (repeatable)")
	cmd.Flags().BoolVar(&h.complete, "complete", false, "of each kind of --with there are no other policies")
	complete(cmd, "with", kindsOfWith()...)
	f.add(cmd)
	addTable(cmd, o)
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
