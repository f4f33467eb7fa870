package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"why403/pkg/clean"
	"why403/pkg/finding"
)

// statusFlags say who changes a status, why, and for how long.
type statusFlags struct{ reason, by, until string }

// newStatuses are the commands that set the status of findings.
func newStatuses(o *options) []*cobra.Command {
	var all []*cobra.Command
	for _, c := range []struct {
		name, short, does, example string
		status                     finding.Status
	}{
		{"ack", "Acknowledge findings", "They are counted on, and told again only for a cause that was not told before.",
			`why403 findings ack 7F3K2M --reason "the data team is at it"`, finding.Acknowledged},
		{"suppress", "Silence findings", "They are counted on, and never told. With --until, what happens\nlater opens them again.",
			`why403 findings suppress 7F3K2M --until 2026-12-31 --reason "meant to be denied"`, finding.Suppressed},
		{"resolve", "Mark findings as resolved", "One that happens again is open again, and told.",
			`why403 findings resolve 7F3K2M 9QX4TD --reason "policy app-data v4"`, finding.Resolved},
		{"reopen", "Mark findings as open", "They are told as those that nobody has looked at.",
			"why403 findings reopen 7F3K2M", finding.Open},
	} {
		var flags statusFlags
		cmd := &cobra.Command{
			Use: c.name + " ID...", Short: c.short, Args: usage(cobra.MinimumNArgs(1)),
			Long: c.short + ". " + c.does + `

The beginning of an id is enough if no other begins so. Each id is reported; the exit
status is 1 if one could not be changed, and the others are changed all the same.`,
			Example: "  " + c.example,
			RunE: func(cmd *cobra.Command, ids []string) error {
				change, err := flags.change(c.status, o.sys.time())
				if err != nil {
					return err
				}
				return o.withFindings(cmd.Context(), true, func(s *source) error {
					return o.setStatus(cmd.Context(), s, ids, change)
				})
			},
		}
		cmd.Flags().StringVar(&flags.reason, "reason", "", "why; it is kept with the finding")
		cmd.Flags().StringVar(&flags.by, "by", "", "who says so (default: the user of this computer; for a table, the caller by AWS)")
		if c.status == finding.Suppressed {
			cmd.Flags().StringVar(&flags.until, "until", "", "how long: a date, whose day counts, a time of RFC 3339, or 12h, 30d, 4w from now")
		}
		complete(cmd, "reason")
		complete(cmd, "by")
		cmd.ValidArgsFunction = o.completeFindings
		all = append(all, cmd)
	}
	return all
}

// change is what the flags say.
func (f statusFlags) change(status finding.Status, now time.Time) (finding.StatusChange, error) {
	c := finding.StatusChange{Status: status, At: now, By: strings.TrimSpace(f.by), Reason: strings.TrimSpace(f.reason), How: finding.ByHand}
	if status != finding.Suppressed {
		return c, nil
	}
	if c.Reason == "" {
		return c, usageError{errors.New("suppress: --reason is missing: whoever finds the silence later wants to know why")}
	}
	if f.until == "" {
		return c, nil
	}
	until, err := moment(f.until, now, 1)
	if err != nil {
		return c, usageError{fmt.Errorf("suppress: --until: %w", err)}
	}
	if !until.After(now) {
		return c, usageError{fmt.Errorf("suppress: --until is %s, which is over", until.Format(time.RFC3339))}
	}
	c.Until = until
	return c, nil
}

// setStatus changes findings one after another. What is wrong with one stops no other;
// what is wrong with the table stops all.
func (o *options) setStatus(ctx context.Context, s *source, ids []string, c finding.StatusChange) error {
	if c.By == "" {
		var err error
		if c.By, err = s.who(ctx); err != nil {
			return err
		}
	}
	var done []string
	failed := false
	for _, id := range ids {
		f, err := finding.Finding{}, error(nil)
		whole, err := s.whole(ctx, id)
		if err == nil && slices.Contains(done, whole) {
			continue // named twice
		}
		if err == nil {
			f, err = s.SetStatus(ctx, whole, c)
		}
		if err != nil {
			if s.ofAWS(err) != nil {
				return err
			}
			o.warn(fmt.Errorf("%s: %w", id, shorter(err)))
			failed = true
			continue
		}
		done = append(done, whole)
		if err := o.saidStatus(f, c); err != nil {
			return err
		}
	}
	if failed {
		return errSomeUnreadable
	}
	return nil
}

// shorter is an error about a finding, which is named anyway.
func shorter(err error) error {
	if errors.Is(err, finding.ErrNotFound) {
		return finding.ErrNotFound
	}
	return err
}

func (o *options) saidStatus(f finding.Finding, c finding.StatusChange) error {
	if o.json() {
		return o.writeJSON(listed(f))
	}
	status := string(c.Status)
	switch {
	case !c.Until.IsZero():
		status += " until " + c.Until.UTC().Format("2006-01-02 15:04 UTC")
	case c.Status == finding.Suppressed:
		status += " without an end"
	}
	if _, err := fmt.Fprintf(o.sys.stdout, "%s is %s: %s\n", clean.Terminal(f.ID), status, clean.Terminal(f.Title)); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}
