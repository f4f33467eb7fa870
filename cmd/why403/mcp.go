package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"why403/pkg/auditor"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/mcp"
	"why403/pkg/version"
)

func newMCP(o *options) *cobra.Command {
	var isLive bool
	var f liveFlags
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "Serve an assistant: the Model Context Protocol on standard input and output",
		Long: `Serve one assistant by the Model Context Protocol on standard input and output, until
that is closed. An assistant starts this command itself: docs/assistants.md says how to
add it to one.

The tools only read: diagnose_denial, check_access, list_findings, get_finding and
explain_cause. Findings come from the local store, or from the table of a deployed stack
with --table. Nothing is asked of AWS otherwise, unless the server was started with
--live: then diagnose_denial and check_access read the policies that can decide, as
capture does, in the accounts that the flags name and no others.

What requests and policies say is marked as untrusted: they are written by others, who may
mean to speak to the assistant.`,
		Example: `  why403 mcp
  why403 mcp --store findings.db
  why403 mcp --table why403-findings --region eu-west-1 --profile security
  why403 mcp --live --profile security`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if ctx == nil {
				ctx = context.Background()
			}
			var diagnoser auditor.Diagnoser
			if isLive {
				var err error
				if diagnoser, _, err = o.live(ctx, &f, diagnosis.Options{}); err != nil {
					return err
				}
			}
			o.table.region, o.table.profile = f.region, f.profile
			return mcp.Serve(ctx, mcp.Options{
				Version: version.String(), Diagnoser: diagnoser, Live: isLive,
				Findings: func(ctx context.Context, do func(mcp.Findings) error) error {
					return o.withFindings(ctx, false, func(s *source) error { return do(readable{s}) })
				},
			}, io.NopCloser(o.sys.stdin), o.sys.stdout)
		},
	}
	cmd.Flags().BoolVar(&isLive, "live", false, "read the evidence from AWS")
	f.add(cmd)
	addTable(cmd, o)
	return cmd
}

// readable is a source that takes the beginning of an id, whatever its store does.
type readable struct{ *source }

// Get implements mcp.Findings.
func (r readable) Get(ctx context.Context, id string) (finding.Finding, error) {
	return r.find(ctx, id)
}
