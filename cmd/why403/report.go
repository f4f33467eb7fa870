package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"why403/pkg/clean"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/report"
)

func newReport(o *options) *cobra.Command {
	var out, since, title string
	cmd := &cobra.Command{
		Use: "report", Short: "Write the findings as one HTML file", Args: usage(cobra.NoArgs),
		Long: `Write the findings, of the local store or of a DynamoDB table, as one HTML file that
needs no network: an overview, a table to sort and filter, and for each finding the way of
its request through the checks, with switches that show what each change would do. What
they show was computed when the report was made, from the case that the store keeps.

The file names accounts, buckets, keys and policies: it is made readable for its owner
alone. It is written whole or not at all.`,
		Example: `  why403 report --out report.html
  why403 report --since 30d --title "Storage, November" --out november.html
  why403 report --table why403-findings --region eu-west-1 > report.html`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			now := time.Now()
			var from time.Time
			if since != "" {
				var err error
				if from, err = moment(since, now, -1); err != nil {
					return usageError{fmt.Errorf("--since: %w", err)}
				}
			}
			if (out == "" || out == "-") && o.sys.columns > 0 {
				return usageError{errors.New("a report is not for a terminal: name a file with --out")}
			}
			var r *report.Report
			err := o.withFindings(cmd.Context(), false, func(s *source) error {
				r = report.New(report.Options{Title: title, Made: now, Since: from, Store: s.name(), Table: s.table, Region: s.region})
				return o.fillReport(cmd.Context(), s, r, from)
			})
			if err != nil {
				return err
			}
			page, err := r.HTML()
			if err != nil {
				return err
			}
			if out == "" || out == "-" {
				if _, err := o.sys.stdout.Write(page); err != nil {
					return fmt.Errorf("writing: %w", err)
				}
				return nil
			}
			if err := writeWhole(out, page); err != nil {
				return err
			}
			fmt.Fprintf(o.sys.stderr, "%s in %s\n", count(r.Len(), "finding"), clean.Terminal(out))
			return nil
		},
	}
	addSource(cmd, o)
	cmd.Flags().StringVar(&out, "out", "", "file to write (default: standard output, if that is no terminal)")
	cmd.Flags().StringVar(&since, "since", "", "only those seen since then: 7d, 12h, 2026-11-01, or a time of RFC 3339")
	cmd.Flags().StringVar(&title, "title", "", "title of the page")
	return cmd
}

// name says where findings are, in a few words.
func (s *source) name() string {
	if s.table != "" {
		return "table " + s.table
	}
	return filepath.Base(s.file)
}

// fillReport adds the findings of a store with their cases. A case that cannot be read
// costs its finding the switches, and no more.
func (o *options) fillReport(ctx context.Context, s finding.Store, r *report.Report, since time.Time) error {
	all, err := s.List(ctx, finding.Filter{Since: since})
	if err != nil {
		return err
	}
	for _, f := range all {
		if f.Diagnosis.Format == "" {
			// A store may list findings without their diagnoses.
			if f, err = s.Get(ctx, f.ID); err != nil {
				return err
			}
		}
		item := report.Item{Finding: f}
		doc, err := s.Case(ctx, f.ID)
		if err == nil {
			var c evidence.Case
			if c, err = evidence.ParseCase(doc); err == nil {
				item.Case = &c
			}
		}
		if err != nil && !errors.Is(err, finding.ErrNoCase) {
			o.warn(err)
		}
		if err := r.Add(item); err != nil {
			return err
		}
	}
	return nil
}

// writeWhole writes a file that is there whole, or as it was before. Only its owner may
// read it.
func writeWhole(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".why403-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
