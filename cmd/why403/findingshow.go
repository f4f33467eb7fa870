package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"why403/pkg/clean"
	"why403/pkg/console"
	"why403/pkg/finding"
)

func newFindingShow(o *options) *cobra.Command {
	var dir string
	var force bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show everything about one finding", Args: usage(cobra.ExactArgs(1)),
		Long: `Show everything about one finding: causes, objects asked for, what was said of it, and
the diagnosis with the statements that decide, the change, and what every check says.
The beginning of its id is enough if no other begins so.

With --write the policies of the change are written into a folder, one file a step, and
the commands that use them are shown. Nothing is run. A file that is there already is
left as it is, and none is written, unless --force is given.`,
		Example: `  why403 findings show 7F3K2M
  why403 findings show 7F3K2M --write fix/
  why403 findings show 7F3K2M --output json | jq .diagnosis.remedy`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if force && dir == "" {
				return usageError{fmt.Errorf("show: --force is about the files of --write, which is missing")}
			}
			return o.withFindings(cmd.Context(), false, func(s *source) error {
				f, err := s.find(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				var text string
				if dir != "" {
					if text, err = writeRemedy(f, dir, force); err != nil {
						return err
					}
				}
				if o.json() {
					if _, err := io.WriteString(o.sys.stderr, text); err != nil {
						return fmt.Errorf("writing: %w", err)
					}
					return o.writeJSON(f)
				}
				if dir == "" {
					text = console.Finding(f, o.sys.time(), o.style()) + o.next(f)
				}
				if _, err := io.WriteString(o.sys.stdout, text); err != nil {
					return fmt.Errorf("writing: %w", err)
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&dir, "write", "", "folder to write the policies of the change into")
	cmd.Flags().BoolVar(&force, "force", false, "write over files that are there")
	_ = cmd.MarkFlagDirname("write")
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return o.completeFindings(cmd, args, begun)
	}
	return cmd
}

// next names the commands that go on from a finding, on lines of their own.
func (o *options) next(f finding.Finding) string {
	var b strings.Builder
	from := ""
	if o.table.name != "" {
		from = " --table " + clean.Shell(o.table.name)
	} else if o.store != "" {
		from = " --store " + clean.Shell(o.store)
	}
	id := clean.Shell(f.ID)
	b.WriteString("\nNext\n")
	if len(policyFiles(f)) > 0 {
		fmt.Fprintf(&b, "  why403 findings show %s --write DIR%s\n", id, from)
	}
	if len(f.Diagnosis.Open) > 0 {
		fmt.Fprintf(&b, "  why403 diagnose %s --with bucket-policy=FILE%s\n", id, from)
	}
	command := "ack"
	if f.StatusAt(o.sys.time()) != finding.Open {
		command = "reopen"
	}
	fmt.Fprintf(&b, "  why403 findings %s %s%s\n", command, id, from)
	return b.String()
}
