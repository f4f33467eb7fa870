package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"why403/pkg/clean"
	"why403/pkg/scan"
)

// progressEvery is how often the line of progress changes.
const progressEvery = 200 * time.Millisecond

// showProgress shows on a terminal how far a scan is, until end is called.
func (o *options) showProgress(p *scan.Progress) (end func()) {
	if o.sys.columns == 0 {
		return func() {}
	}
	over := make(chan struct{})
	var shown sync.WaitGroup
	shown.Go(func() {
		begin := time.Now()
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				line := progressLine(p.State(), time.Since(begin))
				fmt.Fprintf(o.sys.stderr, "\r%s\x1b[K", clean.Terminal(line[:min(len(line), max(o.sys.columns-1, 0))]))
			case <-over:
				fmt.Fprint(o.sys.stderr, "\r\x1b[K")
				return
			}
		}
	})
	return func() { close(over); shown.Wait() }
}

// progressLine is one line of ASCII.
func progressLine(s scan.State, gone time.Duration) string {
	rate := float64(s.Stored) / max(gone.Seconds(), 0.001)
	line := fmt.Sprintf("%d of %d files, %s of %s, %s/s, %s", s.Files, s.FilesOf,
		size(s.Stored), size(s.StoredOf), size(int64(rate)), count(int(s.Denials), "denial"))
	switch {
	case !s.Listed:
		line += ", still listing"
	case s.Stored > 0 && s.StoredOf >= s.Stored:
		left := time.Duration(float64(s.StoredOf-s.Stored) / rate * float64(time.Second))
		line += ", " + left.Round(time.Second).String() + " left"
	}
	return line
}

// size writes bytes as people say them.
func size(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d B", n)
}

// scanResult is what a scan with --output json writes.
type scanResult struct {
	Files       int            `json:"files"`
	FilesBefore int            `json:"filesReadBefore"`
	FilesLeft   int            `json:"filesNotChosen"`
	FilesOther  int            `json:"filesOfOtherKinds"`
	Stored      int64          `json:"storedBytes"`
	Bytes       int64          `json:"bytes"`
	Seconds     float64        `json:"seconds"`
	Records     int            `json:"records"`
	Succeeded   int            `json:"succeeded"`
	Denials     int            `json:"denials"`
	Duplicates  int            `json:"countedBefore"`
	Outside     int            `json:"denialsNotChosen"`
	Findings    int            `json:"findings"`
	Causes      map[string]int `json:"findingsByCause"`
	Ignored     map[string]int `json:"ignored"`
	Unreadable  int            `json:"unreadable"`
	Problems    []scanProblem  `json:"problems"`
	Interrupted bool           `json:"interrupted"`
	Store       string         `json:"store"`
}

type scanProblem struct {
	Where  string `json:"where"`
	Reason string `json:"reason"`
}

// writeScan writes what came of a scan: the problems to standard error, the rest to
// standard output.
func (o *options) writeScan(r scan.Report, sum *summary, store string, took time.Duration) error {
	for reason, n := range r.Ignored {
		sum.ignored[reason] += n
	}
	byCause := map[string]int{}
	for _, f := range sum.findings {
		for _, c := range f.Causes {
			byCause[c.Cause]++
		}
	}
	// Files are read side by side.
	slices.SortStableFunc(r.Problems, func(a, b scan.Problem) int { return cmp.Compare(a.Where, b.Where) })
	out := scanResult{
		Files: r.Files, FilesBefore: r.Before, FilesLeft: r.Unchosen, FilesOther: r.Other,
		Stored: r.Stored, Bytes: r.Bytes, Seconds: took.Seconds(), Records: r.Records, Succeeded: r.Succeeded,
		Denials: sum.denials, Duplicates: sum.duplicates, Outside: r.Outside, Findings: len(sum.findings),
		Causes: byCause, Ignored: sum.ignored, Unreadable: r.Unreadable, Interrupted: r.Interrupted, Store: store,
		Problems: []scanProblem{},
	}
	for _, p := range r.Problems {
		out.Problems = append(out.Problems, scanProblem{p.Where, p.Err.Error()})
	}
	if o.json() {
		return o.writeJSON(out)
	}
	for _, p := range out.Problems {
		fmt.Fprintf(o.sys.stderr, "why403: %s: %s\n", clean.Terminal(p.Where), clean.Terminal(p.Reason))
	}
	if more := r.Unreadable - len(out.Problems); more > 0 {
		fmt.Fprintf(o.sys.stderr, "why403: %d more could not be read\n", more)
	}
	if _, err := fmt.Fprint(o.sys.stdout, out.text()); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

func (r scanResult) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s read, %s (%s unpacked) in %s, %s/s\n", count(r.Files, "file"), size(r.Stored), size(r.Bytes),
		time.Duration(r.Seconds*float64(time.Second)).Round(100*time.Millisecond), size(int64(float64(r.Bytes)/max(r.Seconds, 0.001))))
	for _, left := range []struct {
		n   int
		why string
	}{
		{r.FilesBefore, "read by an earlier scan (--again reads them again)"},
		{r.FilesLeft, "not chosen by the flags"},
		{r.FilesOther, "no CloudTrail logs of calls"},
	} {
		if left.n > 0 {
			fmt.Fprintf(&b, "%s left out: %s\n", count(left.n, "file"), left.why)
		}
	}
	ignored := 0
	for _, n := range r.Ignored {
		ignored += n
	}
	fmt.Fprintf(&b, "%s read: %s in %s, %d succeeded, %d ignored, %d unreadable\n", count(r.Records, "record"),
		count(r.Denials, "denial"), count(r.Findings, "finding"), r.Succeeded, ignored, r.Unreadable)
	if r.Outside > 0 {
		fmt.Fprintf(&b, "%s not chosen by the flags\n", count(r.Outside, "denial"))
	}
	if r.Duplicates > 0 {
		fmt.Fprintf(&b, "%s had been counted before (copies of one request count once)\n", count(r.Duplicates, "denial"))
	}
	table(&b, "Findings by cause (one with several counts for each)", r.Causes)
	table(&b, "Ignored", top(r.Ignored, 20))
	fmt.Fprintf(&b, "\nFindings are kept in %s\n", clean.Terminal(r.Store))
	next := "Next: why403 findings list"
	if r.Interrupted {
		next = "Interrupted. The same command again goes on from here."
	}
	fmt.Fprintln(&b, next)
	return b.String()
}

// top returns the n largest counts, and the rest as one.
func top(counts map[string]int, n int) map[string]int {
	names := slices.SortedFunc(maps.Keys(counts), func(x, y string) int {
		return cmp.Or(cmp.Compare(counts[y], counts[x]), cmp.Compare(x, y))
	})
	out := map[string]int{}
	for i, name := range names {
		if i >= n {
			name = "(others)"
		}
		out[name] += counts[names[i]]
	}
	return out
}
