package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"why403/pkg/clean"
	"why403/pkg/console"
	"why403/pkg/finding"
)

func newFindings(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "findings",
		Short: "Show what was found so far, and say what is done about it",
		Long: `Show the findings, and set their status. They are in the local store, which audit
fills, or with --table in the DynamoDB table of a deployed stack.`,
		Example: `  why403 findings list
  why403 findings show 7F3K2M
  why403 findings ack 7F3K2M
  why403 findings list --table why403-FindingsTable-1ABC --region eu-west-1`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, c := range append([]*cobra.Command{newFindingsList(o), newFindingShow(o), newFindingsExport(o), newFindingsBrowse(o)}, newStatuses(o)...) {
		addSource(c, o)
		cmd.AddCommand(c)
	}
	return cmd
}

func newFindingsList(o *options) *cobra.Command {
	var c choice
	cmd := &cobra.Command{
		Use: "list", Short: "List the findings", Args: usage(cobra.NoArgs),
		Long: `List the findings, the one seen last first, in a table that fits the terminal. Those
that are resolved or suppressed are left out unless --all or --status asks for them.

With --output json each line is one finding, without the diagnosis that show and export
have; with --output csv each line is one, for spreadsheets.`,
		Example: `  why403 findings list
  why403 findings list --account 111111111111 --since 7d --sort count
  why403 findings list --bucket acme-data --requester report-builder --all
  why403 findings list --output json | jq -r .id`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.withFindings(cmd.Context(), false, func(s *source) error {
				chosen, hidden, err := c.list(cmd.Context(), s, o.sys.time())
				if err != nil {
					return err
				}
				total := len(chosen)
				if c.limit > 0 {
					chosen = chosen[:min(total, c.limit)]
				}
				if err := o.writeFindings(chosen); err != nil {
					return err
				}
				o.tellLeftOut(total-len(chosen), hidden)
				if o.sys.columns > 0 && len(chosen) > 0 && o.output != "json" && o.output != "csv" {
					o.print("Next: why403 findings show %s\n", clean.Shell(chosen[0].ID))
				}
				return nil
			})
		},
		Annotations: map[string]string{outputs: "text table json csv"},
	}
	c.add(cmd)
	cmd.Flags().BoolVar(&c.all, "all", false, "those that are resolved or suppressed too")
	cmd.Flags().StringVar(&c.sort, "sort", "last-seen", "order: last-seen, first-seen, count, status or cause")
	cmd.Flags().IntVar(&c.limit, "limit", 0, "how many to list at most (default: all)")
	complete(cmd, "sort", sorts()...)
	return cmd
}

// tellLeftOut says how many findings a list has not, and how to see them.
func (o *options) tellLeftOut(cut, hidden int) {
	out := o.sys.stdout
	if o.output == "json" || o.output == "csv" {
		out = o.sys.stderr // whatever reads the output wants findings only
	}
	if cut > 0 {
		_, _ = fmt.Fprintf(out, "%d more: a larger --limit shows them\n", cut)
	}
	if hidden > 0 {
		_, _ = fmt.Fprintf(out, "%d resolved or suppressed not shown: --all shows them\n", hidden)
	}
}

func (o *options) writeFindings(all []finding.Finding) error {
	switch o.output {
	case "json":
		for _, f := range all {
			if err := o.writeJSON(listed(f)); err != nil {
				return err
			}
		}
		return nil
	case "csv":
		return writeCSV(o.sys.stdout, all, o.sys.time())
	}
	text := console.Findings(all, o.sys.time(), o.style())
	if len(all) == 0 {
		text = "No findings.\n"
	}
	if _, err := io.WriteString(o.sys.stdout, text); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}
