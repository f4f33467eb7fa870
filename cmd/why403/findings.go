package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"why403/pkg/console"
	"why403/pkg/finding"
)

func newFindings(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "findings",
		Short: "Show what was found so far, and say what is done about it",
		Long:  "Show the findings in the local store, which audit fills, and set their status.",
		Example: `  why403 findings list
  why403 findings show 7F3K2M
  why403 findings ack 7F3K2M`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	list := &cobra.Command{
		Use: "list", Short: "List the findings, the one seen last first", Args: usage(cobra.NoArgs),
		Example: "  why403 findings list\n  why403 findings list --output json | jq -r .id",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.withFindings(cmd.Context(), false, func(s *source) error {
				all, err := s.List(cmd.Context(), finding.Filter{})
				if err != nil {
					return err
				}
				return o.writeFindings(all)
			})
		},
	}
	show := &cobra.Command{
		Use: "show ID", Short: "Show everything about one finding", Args: usage(cobra.ExactArgs(1)),
		Long:    "Show everything about one finding. The beginning of its id is enough if no other begins so.",
		Example: "  why403 findings show 7F3K2M",
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.withFindings(cmd.Context(), false, func(s *source) error {
				f, err := s.find(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if o.json() {
					return o.writeJSON(f)
				}
				_, err = fmt.Fprint(o.sys.stdout, console.Finding(f, o.style()))
				return err
			})
		},
	}
	for _, c := range append([]*cobra.Command{list, show}, newStatuses(o)...) {
		addSource(c, o)
		cmd.AddCommand(c)
	}
	return cmd
}

func (o *options) writeFindings(all []finding.Finding) error {
	if o.json() {
		for _, f := range all {
			if err := o.writeJSON(f); err != nil {
				return err
			}
		}
		return nil
	}
	text := console.Findings(all, o.style())
	if len(all) == 0 {
		text = "No findings yet.\n"
	}
	if _, err := fmt.Fprint(o.sys.stdout, text); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}
