package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

func newFindingsExport(o *options) *cobra.Command {
	var c choice
	var format string
	cmd := &cobra.Command{
		Use: "export", Short: "Write all findings for other programs", Args: usage(cobra.NoArgs),
		Long: `Write the findings of every status to standard output.

With --format json each line is one finding with everything that is kept of it, as show
--output json writes it: from a table that takes three reads for each. With --format csv
each line is one finding without its diagnosis; cells are safe to be opened in a
spreadsheet. Other formats, such as OCSF or ASFF, are not supported.`,
		Example: `  why403 findings export > findings.jsonl
  why403 findings export --format csv --since 30d > findings.csv`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.output != "text" && !cmd.Flags().Changed("format") {
				format = o.output
			}
			if format != "json" && format != "csv" {
				return usageError{fmt.Errorf("--format is %q, want json or csv", format)}
			}
			c.all = true
			return o.withFindings(cmd.Context(), false, func(s *source) error {
				all, _, err := c.list(cmd.Context(), s, o.sys.time())
				if err != nil {
					return err
				}
				if format == "csv" {
					return writeCSV(o.sys.stdout, all, o.sys.time())
				}
				return o.exportJSON(cmd, s, all)
			})
		},
		Annotations: map[string]string{outputs: "text json csv"},
	}
	c.add(cmd)
	cmd.Flags().StringVar(&format, "format", "json", "json (one finding a line) or csv")
	complete(cmd, "format", "json", "csv")
	return cmd
}

// exportBatch is how many findings are read side by side, and held.
const exportBatch = 16

// exportJSON writes whole findings. Those of a file come whole.
func (o *options) exportJSON(cmd *cobra.Command, s *source, all []finding.Finding) error {
	for at := 0; at < len(all); at += exportBatch {
		some := all[at:min(at+exportBatch, len(all))]
		if s.table != "" {
			g, ctx := errgroup.WithContext(cmd.Context())
			for i := range some {
				g.Go(func() error {
					f, err := s.Get(ctx, some[i].ID)
					if err == nil {
						some[i] = f
					}
					if errors.Is(err, finding.ErrNotFound) { // forgotten since it was listed
						return nil
					}
					return err
				})
			}
			if err := g.Wait(); err != nil {
				return err
			}
		}
		for _, f := range some {
			if err := o.writeJSON(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// listed is a finding as lists have it, from whatever store: show has the rest.
func listed(f finding.Finding) finding.Finding {
	f.Brief = f.InBrief()
	f.Diagnosis, f.Samples, f.Keys = diagnosis.Diagnosis{}, nil, nil
	return f
}

// writeCSV writes one finding a line. What stands in a cell is cleaned for spreadsheets.
func writeCSV(out io.Writer, all []finding.Finding, now time.Time) error {
	w := csv.NewWriter(out)
	_ = w.Write([]string{"id", "status", "title", "count", "count_approximate", "first_seen", "last_seen", "outcome", "cause", "confidence",
		"must_act_account", "decided_by", "requester", "requester_account", "bucket", "action_class", "status_by", "status_reason", "suppressed_until"})
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	for _, f := range all {
		b := f.InBrief()
		var changed finding.StatusChange
		if f.Changed != nil {
			changed = *f.Changed
		}
		row := []string{f.ID, string(f.StatusAt(now)), f.Title, strconv.Itoa(f.Count), strconv.FormatBool(f.Approximate), at(f.FirstSeen), at(f.LastSeen),
			string(b.Outcome), f.Cause(), string(b.Confidence), b.Account, b.Statement, b.Requester, b.RequesterAccount, b.Bucket, string(f.Key.Class),
			changed.By, changed.Reason, at(changed.Until)}
		for i := range row {
			row[i] = clean.CSV(row[i])
		}
		_ = w.Write(row)
	}
	w.Flush() // an error of any write is that of the writer
	if err := w.Error(); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}
