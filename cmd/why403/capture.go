package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"why403/pkg/auditor"
	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence/live"
	"why403/pkg/redact"
)

func newCapture(o *options) *cobra.Command {
	var f liveFlags
	var redacted bool
	cmd := &cobra.Command{
		Use:   "capture FILE...",
		Short: "Read from AWS what can decide each denial, as a case",
		Long: `Read from AWS the policies and settings that can decide each denial in the files,
and write each as a case, one on a line: a file that diagnose explains anywhere,
without AWS, now and years later.

Only reads are made, and only those that can matter to the denial; which ones they
are, 'why403 permissions' lists. Credentials, profiles and regions are those of
every AWS tool. Accounts other than that of the credentials are read only if
--account names them, by the role of --role or by a profile.

Whatever cannot be read says why in the case, and leaves the rest. With --redact the
case has names, ids and addresses replaced, and is diagnosed as before but for them;
where it would not be, nothing is written and stderr says what is in the way.`,
		Example: `  why403 capture event.json > case.json && why403 diagnose case.json
  why403 capture --role why403-reader --account 222222222222 event.json
  why403 capture --account 222222222222=storage-admin event.json`,
		Args: usage(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error {
			diagnoser, from, err := o.live(cmd.Context(), &f, diagnosis.Options{})
			if err != nil {
				return err
			}
			in := &reader{sys: o.sys}
			return in.each(files, func(where string, doc []byte) error {
				var found live.Found
				from.found = func(f live.Found) { found = f }
				got, err := diagnoser.Diagnose(cmd.Context(), doc)
				if err != nil {
					in.complain(where, err)
					return nil
				}
				if got.Diagnosis.Outcome == diagnosis.Ignored {
					fmt.Fprintf(o.sys.stderr, "why403: %s: %s\n", clean.Terminal(where), clean.Terminal(got.Diagnosis.Because))
					return nil
				}
				c, err := auditor.CaseOf(doc, got.Denial, found.Evidence)
				if err != nil {
					in.complain(where, err)
					return nil
				}
				if redacted {
					if c, _, err = redact.Case(c); err != nil {
						in.complain(where, err)
						return nil
					}
				}
				if !o.json() && o.sys.columns > 0 {
					fmt.Fprintf(o.sys.stderr, "%s: %d calls on AWS, and %d on the organization\n", clean.Terminal(where), found.Calls, found.OrganizationCalls)
				}
				return o.writeJSON(c)
			})
		},
	}
	cmd.Flags().BoolVar(&redacted, "redact", false, "replace names, ids and addresses, so that the case can be sent to others")
	f.add(cmd)
	return cmd
}

func newPermissions(o *options) *cobra.Command {
	var organization, readObjects, history bool
	cmd := &cobra.Command{
		Use:   "permissions",
		Short: "Write the IAM policy of a role that evidence is read with",
		Long: `Write the IAM policy of the role that evidence is read with: the reads that the
program makes, and a Deny for everything else. It is made from the reads themselves.

The role in each account gets the policy as it is; the one in the account that reads
the organization gets that of --organization.`,
		Example: `  why403 permissions > reader.json
  aws iam put-role-policy --role-name why403-reader --policy-name why403 --policy-document file://reader.json`,
		Args: usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			role := live.MemberRole
			if organization {
				role = live.OrganizationRole
			}
			doc, err := live.Policy(role, live.PolicyOptions{ReadObjects: readObjects, History: history})
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(o.sys.stdout, "%s\n", doc); err != nil {
				return fmt.Errorf("writing: %w", err)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.BoolVar(&organization, "organization", false, "the policy for reading the organization instead")
	f.BoolVar(&readObjects, "head-objects", false, "with s3:GetObject, which HeadObject needs: whoever has the role can then read objects")
	f.BoolVar(&history, "history", false, "with CloudTrail's event history")
	return cmd
}
