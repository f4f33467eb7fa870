// Command why403 says why Amazon S3 answered 403 Access Denied, who must act and
// what to change.
package main

import (
	"errors"
	"fmt"
	"os"

	"why403/pkg/clean"
)

// Exit statuses, as `why403 help exit-codes` describes them.
const (
	exitOK         = 0
	exitUnreadable = 1
	exitUsage      = 2
	exitInterrupt  = 130
)

func main() { os.Exit(run(os.Args[1:], system())) }

// run is the program: arguments and surroundings in, exit status out.
func run(args []string, sys surroundings) int {
	root := newRoot(sys)
	root.SetArgs(args)
	err := root.Execute()
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errBroken):
		return exitUnreadable // the report names it
	case errors.Is(err, errInterrupted):
		return exitInterrupt // the summary says so
	case errors.Is(err, errSomeUnreadable):
		return exitUnreadable // each was named when it came up
	case errors.As(err, &usage):
		fmt.Fprintf(sys.stderr, "why403: %s\nRun 'why403 --help' for usage.\n", clean.Terminal(err.Error()))
		return exitUsage
	default:
		fmt.Fprintf(sys.stderr, "why403: %s\n", clean.Terminal(err.Error()))
		return exitUnreadable
	}
}
