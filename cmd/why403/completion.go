package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"why403/pkg/clean"
	"why403/pkg/finding"
)

// complete has the shell complete a flag by fixed words.
func complete(cmd *cobra.Command, flag string, words ...cobra.Completion) {
	// It fails only for a flag that the command has not, which a test would meet.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// completionTime is how long somebody who pressed Tab waits at most.
const completionTime = 1500 * time.Millisecond

// completeFindings completes ids of findings, with their titles. Where they cannot be read
// at once, there is nothing to complete: that is no error.
func (o *options) completeFindings(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	ctx := cmd.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	answer := make(chan []finding.Finding, 1)
	go func() { // a file that somebody has open is waited for longer
		var all []finding.Finding
		_ = o.withFindings(ctx, false, func(s *source) (err error) {
			all, err = s.List(ctx, finding.Filter{})
			return err
		})
		answer <- all
	}()
	var all []finding.Finding
	select {
	case all = <-answer:
	case <-ctx.Done():
	}
	given := make(map[string]bool)
	for _, id := range args {
		given[strings.ToUpper(id)] = true
	}
	var ids []cobra.Completion
	for _, f := range all {
		// Shells take what comes back for a word as it is, and cut it at a tab.
		if !given[f.ID] && strings.HasPrefix(f.ID, strings.ToUpper(begun)) && plainID(f.ID) {
			ids = append(ids, cobra.CompletionWithDesc(f.ID, clean.Terminal(f.Title)))
		}
	}
	return ids, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// plainID reports whether an id has letters and digits only.
func plainID(id string) bool {
	return id != "" && strings.Trim(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == ""
}

// completeFindingsAndFiles completes ids of findings, and files where none begins so.
func (o *options) completeFindingsAndFiles(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if begun == "" || !plainID(strings.ToUpper(begun)) {
		return nil, cobra.ShellCompDirectiveDefault
	}
	ids, _ := o.completeFindings(cmd, args, begun)
	return ids, cobra.ShellCompDirectiveDefault
}
