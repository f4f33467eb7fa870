package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"why403/pkg/clean"
	"why403/pkg/finding"
)

// newStatuses are the commands that set the status of a finding.
func newStatuses(o *options) []*cobra.Command {
	var all []*cobra.Command
	for _, c := range []struct {
		name, short, does string
		status            finding.Status
	}{
		{"ack", "Acknowledge a finding", "It is counted on, and told again only for a cause that was not told before.", finding.Acknowledged},
		{"suppress", "Silence a finding", "It is counted on, and never told.", finding.Suppressed},
		{"resolve", "Mark a finding as resolved", "If it happens again it is open again, and told.", finding.Resolved},
		{"reopen", "Mark a finding as open", "It is told as one that nobody has looked at.", finding.Open},
	} {
		cmd := &cobra.Command{
			Use: c.name + " ID", Short: c.short, Args: usage(cobra.ExactArgs(1)),
			Long:    c.short + " in the local store. " + c.does + "\nThe beginning of its id is enough if no other begins so.",
			Example: "  why403 findings " + c.name + " 7F3K2M",
			RunE: func(cmd *cobra.Command, args []string) error {
				return o.setStatus(cmd, args[0], c.status)
			},
		}
		all = append(all, cmd)
	}
	return all
}

func (o *options) setStatus(cmd *cobra.Command, id string, status finding.Status) error {
	return o.withFindings(cmd.Context(), true, func(s *source) error {
		whole, err := s.whole(cmd.Context(), id)
		if err != nil {
			return err
		}
		by, err := s.who(cmd.Context())
		if err != nil {
			return err
		}
		c := finding.StatusChange{Status: status, At: time.Now(), By: by, How: finding.ByHand}
		f, err := s.SetStatus(cmd.Context(), whole, c)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(o.sys.stdout, "%s is %s: %s\n", f.ID, status, clean.Terminal(f.Title)); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
		return nil
	})
}
