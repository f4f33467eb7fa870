// Command totals reads the output of "go test -json" and prints what a reader
// of a test run wants to see: one line for each package, the whole output of
// whatever failed, every skipped test with its reason, and as the last line
// the totals over tests and subtests:
//
//	N passed, N failed, N skipped
//
// It exits with status 1 if anything failed or if no test ran at all.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"sort"
	"strings"
)

func main() {
	sum, err := summarize(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "totals:", err)
		os.Exit(1)
	}
	if !sum.ok() {
		os.Exit(1)
	}
}

// event is one line of "go test -json"; see "go doc test2json" and, for the
// build actions, "go help buildjson".
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build-output and build-fail
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// A pack is the state of one package under test.
type pack struct {
	started []string            // tests without a result yet, in the order they started
	output  map[string][]string // lines of each test; "" holds the package's own
	failed  []string            // in the order of their results
	passed  int
	skipped int
}

// summary is what the run came to.
type summary struct {
	passed, failed, skipped int
	skips                   []string // "package Test: reason"
}

func (s *summary) ok() bool { return s.failed == 0 && s.passed+s.skipped > 0 }

// summarize reads events from r to the end and writes the report to w.
// A line that is not an event is passed on as it is.
func summarize(r io.Reader, w io.Writer) (*summary, error) {
	sum := &summary{}
	packs := map[string]*pack{}
	builds := map[string][]string{} // output of compilers, by import path
	out := bufio.NewWriter(w)

	in := bufio.NewReader(r) // lines may be of any length
	for {
		line, err := in.ReadBytes('\n')
		if line = bytes.TrimRight(line, "\r\n"); len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil || e.Action == "" {
				fmt.Fprintf(out, "%s\n", line)
			} else {
				sum.take(e, packs, builds, out)
			}
			if e := out.Flush(); e != nil { // a package's line appears when it is done
				return nil, e
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}

	// A package without a result: the run was cut off.
	var cut []string
	for name := range packs {
		cut = append(cut, name)
	}
	sort.Strings(cut)
	for _, name := range cut {
		sum.close(name, event{Action: "fail"}, packs[name], nil, out)
	}

	if len(sum.skips) > 0 {
		fmt.Fprintf(out, "\nskipped tests:\n")
		for _, s := range sum.skips {
			fmt.Fprintf(out, "  %s\n", s)
		}
	}
	if !sum.ok() && sum.failed == 0 {
		fmt.Fprintf(out, "\nno test ran\n")
	}
	fmt.Fprintf(out, "\n%d passed, %d failed, %d skipped\n", sum.passed, sum.failed, sum.skipped)
	return sum, out.Flush()
}

// take brings one event into the state.
func (s *summary) take(e event, packs map[string]*pack, builds map[string][]string, w io.Writer) {
	switch e.Action {
	case "build-output":
		builds[e.ImportPath] = append(builds[e.ImportPath], e.Output)
		return
	case "build-fail":
		return
	}

	p := packs[e.Package]
	if p == nil {
		p = &pack{output: map[string][]string{}}
		packs[e.Package] = p
	}
	switch {
	case e.Action == "output":
		p.output[e.Test] = append(p.output[e.Test], e.Output)
	case e.Test == "" && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip"):
		s.close(e.Package, e, p, builds[e.FailedBuild], w)
		delete(packs, e.Package)
	case e.Test == "":
		// start and the like
	case e.Action == "run":
		p.started = append(p.started, e.Test)
	case e.Action == "pass":
		p.end(e.Test)
		p.passed++
		delete(p.output, e.Test)
	case e.Action == "fail":
		p.end(e.Test)
		p.failed = append(p.failed, e.Test)
	case e.Action == "skip":
		p.end(e.Test)
		p.skipped++
		s.skips = append(s.skips, fmt.Sprintf("%s %s: %s", e.Package, e.Test, reason(p.output[e.Test])))
		delete(p.output, e.Test)
	}
}

func (p *pack) end(test string) {
	for i, t := range p.started {
		if t == test {
			p.started = append(p.started[:i], p.started[i+1:]...)
			return
		}
	}
}

// close counts a package whose result e has come, and prints it.
func (s *summary) close(name string, e event, p *pack, build []string, w io.Writer) {
	p.failed = append(p.failed, p.started...) // cut off by a panic, a timeout or an exit
	failed := len(p.failed)
	if e.Action == "fail" && failed == 0 {
		failed = 1 // the package itself: it does not build, or TestMain gave up
	}
	s.passed += p.passed
	s.failed += failed
	s.skipped += p.skipped

	if e.Action != "fail" && failed == 0 {
		if p.passed+p.skipped > 0 {
			fmt.Fprintf(w, "ok    %-36s %5d passed%s  %6.2fs\n", name, p.passed, count(p.skipped, "skipped"), e.Elapsed)
		}
		return
	}
	fmt.Fprintf(w, "FAIL  %-36s %5d passed%s%s  %6.2fs\n", name, p.passed, count(failed, "failed"), count(p.skipped, "skipped"), e.Elapsed)
	for _, t := range p.failed {
		fmt.Fprintf(w, "  --- FAIL: %s\n", t)
		printLines(w, p.output[t])
	}
	printLines(w, build)
	printLines(w, p.output[""])
}

func count(n int, word string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d %s", n, word)
}

// frame matches the lines that testing prints around a test's own output.
var frame = regexp.MustCompile(`^\s*(=== (RUN|PAUSE|CONT|NAME)|--- (PASS|FAIL|SKIP):|(PASS|FAIL|FAIL\t.*)$|exit status \d+$)`)

// printLines writes the output of a test or a compiler, indented, without frame.
func printLines(w io.Writer, chunks []string) {
	for line := range strings.Lines(strings.Join(chunks, "")) {
		line = strings.TrimRight(line, "\n")
		if line == "" || frame.MatchString(line) {
			continue
		}
		fmt.Fprintf(w, "      %s\n", line)
	}
}

// place matches the file and line that testing puts before a message.
var place = regexp.MustCompile(`^\S+\.go:\d+: `)

// reason returns what a skipped test said last, in one line.
func reason(chunks []string) string {
	var words []string
	for line := range strings.Lines(strings.Join(chunks, "")) {
		if frame.MatchString(strings.TrimRight(line, "\n")) {
			continue
		}
		line = strings.TrimSpace(line)
		if place.MatchString(line) { // a new message: t.Skip's is the last one
			words = nil
		}
		if line = place.ReplaceAllString(line, ""); line != "" {
			words = append(words, line)
		}
	}
	if len(words) == 0 {
		return "no reason given"
	}
	return strings.Join(words, " ")
}
