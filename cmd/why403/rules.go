package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"why403/pkg/auditor"
	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/rules"
)

func newRules(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "Check a file of ignore rules, and say which rule fits a denial",
		Long: `Check a file of ignore rules, and say which rule fits a denial. The rules say which
denials nobody needs to hear of, why, and until when.

They are checked and explained here. 'why403 audit --rules' applies them, and a deployed
stack those that its parameter RulesParameter names.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newRulesCheck(o), newRulesExplain(o))
	return cmd
}

func newRulesCheck(o *options) *cobra.Command {
	return &cobra.Command{
		Use:     "check FILE",
		Short:   "Say what is wrong with a file of rules, or what is perhaps not meant",
		Example: `  why403 rules check rules.yaml`,
		Args:    usage(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := readRules(args[0])
			if err != nil {
				return err
			}
			for _, w := range set.Check(time.Now(), rules.SoonDefault) {
				o.print("%s:%d: %s %s\n", clean.Terminal(args[0]), w.Line, clean.Terminal(w.Rule), clean.Terminal(w.Text))
			}
			o.print("%s\n", count(len(set.Rules), "rule"))
			return nil
		},
	}
}

func newRulesExplain(o *options) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "explain FILE EVENT...",
		Short: "Say which rule ignores each denial in the files, and why the others do not",
		Long: `Say which rule ignores each denial in the files, and why the others do not. Events
are read as diagnose reads them. Entries of the noise profile that have nothing to do
with a denial are left out without --all.`,
		Example: `  why403 rules explain rules.yaml event.json`,
		Args:    usage(cobra.MinimumNArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			set, err := readRules(args[0])
			if err != nil {
				return err
			}
			in := &reader{sys: o.sys}
			return in.each(args[1:], func(where string, doc []byte) error {
				got, err := auditor.Diagnoser{}.Diagnose(cmd.Context(), doc)
				switch {
				case err != nil:
					in.complain(where, err)
				case got.Diagnosis.Outcome == diagnosis.Ignored:
					o.print("%s: no denial: %s\n", clean.Terminal(where), clean.Terminal(got.Diagnosis.Because))
				default:
					decision, steps := set.Explain(rules.SubjectOf(got.Denial, got.Diagnosis, set.Accounts, false), time.Now())
					o.explainRules(where, decision, steps, all)
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every entry of the noise profile too")
	return cmd
}

func (o *options) explainRules(where string, decision rules.Decision, steps []rules.Step, all bool) {
	head := "told: no rule applies"
	if decision.Ignored {
		head = "ignored by " + decision.By + ": " + decision.Reason
	}
	o.print("%s: %s\n", clean.Terminal(where), clean.Terminal(head))
	for _, s := range steps {
		if s.Noise && s.Verdict == rules.Differs && !all {
			continue
		}
		name := s.Rule
		if s.Noise {
			name = "noise/" + name
		}
		o.print("  %-8s %s: %s\n", s.Verdict, clean.Terminal(name), clean.Terminal(s.Because))
	}
}

func readRules(file string) (rules.Set, error) {
	doc, err := os.ReadFile(file)
	if err != nil {
		return rules.Set{}, fmt.Errorf("%s: %w", file, plain(err))
	}
	return rules.Parse(file, doc)
}

// print writes to standard output. Whoever reads it may have gone: nothing can be done
// for them.
func (o *options) print(format string, args ...any) {
	if _, err := fmt.Fprintf(o.sys.stdout, format, args...); err != nil && !errors.Is(err, os.ErrClosed) {
		o.warn(err)
	}
}
