package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"why403/pkg/clean"
	"why403/pkg/console"
)

// warn says what went wrong without ending anything.
func (o *options) warn(err error) {
	fmt.Fprintf(o.sys.stderr, "why403: %s\n", clean.Terminal(err.Error()))
}

// errSomeUnreadable ends a command that has already said what it could not read.
var errSomeUnreadable = errors.New("some input was unreadable")

// usageError is a mistake in how the command was called.
type usageError struct{ error }

// surroundings are what the program takes from the system it runs on.
type surroundings struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	// columns is the width of the terminal that stdout is; 0 if it is none.
	columns int
	// now tells the time; nil: the clock of the system.
	now func() time.Time
}

func (s surroundings) time() time.Time {
	if s.now == nil {
		return time.Now()
	}
	return s.now()
}

func system() surroundings {
	s := surroundings{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
	if term.IsTerminal(int(os.Stdout.Fd())) {
		if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
			s.columns = w
		} else {
			s.columns = 80
		}
	}
	return s
}

// style decides on colour and symbols by the rules of no-color.org and of the
// locale.
func (s surroundings) style(noColor bool) console.Style {
	locale := s.getenv("LC_ALL")
	for _, name := range []string{"LC_CTYPE", "LANG"} {
		if locale == "" {
			locale = s.getenv(name)
		}
	}
	locale = strings.ToLower(strings.ReplaceAll(locale, "-", ""))
	return console.Style{
		Color:   s.columns > 0 && !noColor && s.getenv("NO_COLOR") == "" && s.getenv("TERM") != "dumb",
		Unicode: strings.Contains(locale, "utf8"),
		Width:   s.columns,
	}
}

// options are the flags that every command has.
type options struct {
	sys     surroundings
	noColor bool
	output  string
	store   string
	table   tableFlags
}

func (o *options) style() console.Style { return o.sys.style(o.noColor) }

func (o *options) json() bool { return o.output == "json" }

// outputs is the annotation of a command that has other forms of output than text and
// json, with their names.
const outputs = "outputs"

// outputsOf are the forms of output that a command has.
func outputsOf(cmd *cobra.Command) []string {
	if forms := cmd.Annotations[outputs]; forms != "" {
		return strings.Fields(forms)
	}
	return []string{"text", "json"}
}

func (o *options) check(cmd *cobra.Command) error {
	if forms := outputsOf(cmd); !slices.Contains(forms, o.output) {
		return usageError{fmt.Errorf("--output is %q, want %s", o.output, oneOf(forms))}
	}
	return nil
}

// storePath is where findings are kept without AWS.
func (o *options) storePath() (string, error) {
	switch {
	case o.store != "":
		return o.store, nil
	case o.sys.getenv("WHY403_STORE") != "":
		return o.sys.getenv("WHY403_STORE"), nil
	case o.sys.getenv("XDG_STATE_HOME") != "":
		return filepath.Join(o.sys.getenv("XDG_STATE_HOME"), "why403", "findings.db"), nil
	case o.sys.getenv("HOME") != "":
		return filepath.Join(o.sys.getenv("HOME"), ".local", "state", "why403", "findings.db"), nil
	}
	return "", usageError{errors.New("there is no home folder to keep findings in: name a file with --store")}
}

func newRoot(sys surroundings) *cobra.Command {
	o := &options{sys: sys}
	root := &cobra.Command{
		Use:   "why403",
		Short: "Say why S3 answered 403 Access Denied, who must act and what to change",
		Long: `why403 reads CloudTrail records of requests that Amazon S3 denied, and says why,
who must act and what to change. It needs no AWS account: records are read from
files and standard input. With --live, and in capture, it reads from AWS what can
decide, and never writes.`,
		Example: `  why403 audit events/                     the whole pipeline over a folder of events
  why403 diagnose event.json               one event, explained
  aws cloudtrail ... | why403 diagnose -   records from standard input
  why403 ask --message "User: arn:... is not authorized to perform: ..."
  why403 capture event.json > case.json    the policies that decide it, from AWS
  why403 explain OBJECT_OWNERSHIP          what a cause is, and how to mend it
  why403 findings list                     what was found so far
  why403 report --out report.html          the same as a page to look at`,
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return o.check(cmd) },
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there is no command %q", args[0])}
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	root.SetIn(sys.stdin)
	root.SetOut(sys.stdout)
	root.SetErr(sys.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentFlags().StringVarP(&o.output, "output", "o", "text", "form of the output: text or json (one document a line); csv, too, of findings list")
	root.PersistentFlags().BoolVar(&o.noColor, "no-color", false, "write without colour (so does NO_COLOR)")
	root.AddCommand(newAudit(o), newScan(o), newDiagnose(o), newAsk(o), newCapture(o), newPermissions(o), newExplain(o), newFindings(o), newReport(o), newRules(o), newDoctor(o), newMCP(o), newVersion(o))
	root.AddCommand(helpTopics()...)
	_ = root.RegisterFlagCompletionFunc("output", func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return outputsOf(cmd), cobra.ShellCompDirectiveNoFileComp
	})
	return root
}

// usage makes the errors of an argument check count as mistakes of usage.
func usage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%s: %w", cmd.CommandPath(), err)}
		}
		return nil
	}
}

func helpTopics() []*cobra.Command {
	return []*cobra.Command{
		{
			Use: "exit-codes", Short: "What the exit status means",
			Long: `Exit status of every command:

  0    every input was read, whatever came of it
  1    some input was unreadable, or the command failed; stderr says which and why
  2    the command was called wrongly
  130  interrupted by Ctrl-C`,
		},
		{
			Use: "environment", Short: "Environment variables",
			Long: `Environment variables:

  WHY403_STORE    file that findings are kept in (flag --store wins)
  WHY403_TABLE    DynamoDB table that 'why403 findings', 'report' and 'diagnose ID' take
                  findings from instead (flags --table and --store win)
  XDG_STATE_HOME  folder under which why403/findings.db is kept otherwise;
                  without it ~/.local/state
  NO_COLOR        write without colour if set to anything
  AWS_PROFILE, AWS_REGION and the others of every AWS tool
                  say what capture, --live and --table read with
  TERM=dumb       write without colour
  LC_ALL, LC_CTYPE, LANG
                  symbols beyond ASCII are written in UTF-8 locales only`,
		},
	}
}
