package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"why403/pkg/alert"
	"why403/pkg/auditor"
	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/finding/local"
	"why403/pkg/rules"
)

// batchSize is how many documents go through the pipeline together: enough to
// count a flood as one, few enough to hold in memory.
const batchSize = 1000

func newAudit(o *options) *cobra.Command {
	var docs, rulesFile string
	cmd := &cobra.Command{
		Use:   "audit FILE...",
		Short: "Run the pipeline: diagnose, record findings, write the alerts",
		Long: `Run over the files what the Lambda runs over events: diagnose each denial, keep
it in the local findings store, and write each alert as a person would receive it,
then a summary. Files are read as diagnose reads them.

A finding is one requester, one bucket or VPC endpoint and one class of action. An
event that was recorded before is not counted again, and an alert that was sent
before is marked so.

What AWS itself does and nobody mends is counted and not told, and so is what a file of
rules ignores (--rules, see 'why403 rules'). Somebody who is denied on many buckets in a
short time is one finding.`,
		Example: `  why403 audit events/
  why403 audit --store try.db event.json
  why403 audit - < records.json`,
		Args: usage(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error {
			screen := auditor.Screen{Probing: rules.DefaultThresholds()}
			if rulesFile != "" {
				set, err := readRules(rulesFile)
				if err != nil {
					return err
				}
				screen.Rules = func(context.Context) rules.Set { return set }
			}
			path, err := o.storePath()
			if err != nil {
				return err
			}
			store, err := local.Open(path)
			if err != nil {
				return err
			}
			defer store.Close()
			run := &auditRun{o: o, in: &reader{sys: o.sys}, sum: newSummary()}
			run.auditor = auditor.New(store, nobody{}, alert.Options{DocsBaseURL: docs, Policy: alert.DefaultPolicy()}, auditor.WithScreen(screen))
			err = run.in.each(files, func(where string, doc []byte) error {
				run.batch = append(run.batch, auditor.Input{ID: where, Body: bytes.Clone(doc)})
				if len(run.batch) < batchSize {
					return nil
				}
				return run.flush(cmd.Context())
			})
			if flushed := run.flush(cmd.Context()); flushed != nil {
				return flushed
			}
			run.sum.events, run.sum.unreadable = run.in.read, run.in.unreadable
			if run.in.unreadable > 0 {
				err = errSomeUnreadable
			}
			if o.json() {
				fmt.Fprint(o.sys.stderr, run.sum.text(path))
			} else {
				fmt.Fprint(o.sys.stdout, run.sum.text(path))
			}
			return err
		},
	}
	addStore(cmd, o)
	cmd.Flags().StringVar(&rulesFile, "rules", "", "file of ignore rules")
	cmd.Flags().StringVar(&docs, "docs-base-url", "", "where your own pages about causes are: alerts then link BASE/causes/identity-no-allow.md and the like")
	return cmd
}

// nobody is told by the local run: its alerts are written on the terminal.
type nobody struct{}

func (nobody) Send(context.Context, alert.Message) error { return nil }

// auditRun is one run of the audit command.
type auditRun struct {
	o       *options
	in      *reader
	auditor *auditor.Auditor
	batch   []auditor.Input
	alerts  int
	sum     *summary
}

func (r *auditRun) flush(ctx context.Context) error {
	if ctx == nil {
		ctx = context.Background()
	}
	report := r.auditor.Handle(ctx, r.batch)
	r.batch = r.batch[:0]
	for _, res := range report.Results {
		if res.Err != nil {
			r.in.complain(res.ID, res.Err)
			continue
		}
		r.sum.add(res)
		if r.o.json() {
			if err := r.o.writeJSON(res.Diagnosis); err != nil {
				return err
			}
		}
	}
	for _, t := range report.Touched {
		r.sum.touch(t)
		if r.o.json() {
			continue
		}
		if err := r.write(t); err != nil {
			return err
		}
	}
	return nil
}

// write writes an alert as it is mailed. The text is already safe for mail, whose
// rules include those of a terminal but for line breaks.
func (r *auditRun) write(t auditor.Touched) error {
	r.alerts++
	what := "sent: " + string(t.Reason)
	if t.Reason == alert.None {
		what = "known already: not sent again"
	}
	rule := strings.Repeat("-", 78)
	_, err := fmt.Fprintf(r.o.sys.stdout, "%s\nAlert %d, %s\nSubject: %s\n\n%s\n\n",
		rule, r.alerts, what, t.Message.Subject, strings.TrimRight(t.Message.Body, "\n"))
	if err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

// summary counts what a run did.
type summary struct {
	events, denials, duplicates, unreadable int
	findings                                map[string]finding.Finding
	ignored                                 map[string]int
	alerts                                  int
}

func newSummary() *summary {
	return &summary{findings: map[string]finding.Finding{}, ignored: map[string]int{}}
}

func (s *summary) add(r auditor.Result) {
	if r.Ignored.Ignored {
		s.ignored[r.Ignored.By+": "+r.Ignored.Reason]++
		return
	}
	if r.Diagnosis.Outcome == diagnosis.Ignored {
		s.ignored[r.Diagnosis.Because]++
		return
	}
	s.denials++
}

func (s *summary) touch(t auditor.Touched) {
	s.duplicates += t.Duplicates
	s.findings[t.Finding.ID] = t.Finding
	if t.Reason != alert.None {
		s.alerts++
	}
}

func (s *summary) text(store string) string {
	var b strings.Builder
	ignored := 0
	for _, n := range s.ignored {
		ignored += n
	}
	fmt.Fprintf(&b, "%s\n%s read: %s in %s, %d ignored, %d unreadable; %s\n", strings.Repeat("=", 78),
		count(s.events, "event"), count(s.denials, "denial"), count(len(s.findings), "finding"),
		ignored, s.unreadable, count(s.alerts, "alert"))
	if s.duplicates > 0 {
		fmt.Fprintf(&b, "%s had been counted before (copies of one request count once)\n", count(s.duplicates, "denial"))
	}
	byCause := map[string]int{}
	for _, f := range s.findings {
		for _, c := range f.Causes {
			byCause[c.Cause]++
		}
	}
	table(&b, "Findings by cause (one with several counts for each)", byCause)
	table(&b, "Ignored", s.ignored)
	fmt.Fprintf(&b, "\nFindings are kept in %s\nNext: why403 findings list\n", clean.Terminal(store))
	return b.String()
}
