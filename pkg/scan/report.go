package scan

import (
	"sync"
	"sync/atomic"
)

// MaxProblems is how many problems a Report has; more are counted.
const MaxProblems = 1000

// maxReasons is how many reasons for ignoring a record are told apart.
const maxReasons = 200

// otherReasons counts those that are beyond.
const otherReasons = "(other reasons)"

// Problem is a file or a record that could not be read, and why.
type Problem struct {
	Where string // the file, and the record in it
	Err   error
}

// Report is what came of a scan.
type Report struct {
	Files int // that were read to their end
	// Before are files that an earlier scan had read, Unchosen those that the filter
	// leaves out, as far as they were listed, and Other those that are no logs.
	Before, Unchosen, Other int
	// Stored is how many bytes were read, and Bytes how many these were without
	// compression.
	Stored, Bytes int64
	Records       int
	// Outside are denials that the filter leaves out.
	Outside int
	// Ignored counts records that are no denials by the reason. Calls that succeeded are
	// under Succeeded.
	Ignored   map[string]int
	Succeeded int
	// Problems are the first MaxProblems, in the order of the files; Unreadable counts all.
	Problems   []Problem
	Unreadable int
	// Interrupted says that the scan ended before its end: what was read is recorded, and
	// the next scan goes on from there.
	Interrupted bool
}

func (r *Report) problem(p Problem) {
	r.Unreadable++
	if len(r.Problems) < MaxProblems {
		r.Problems = append(r.Problems, p)
	}
}

func (r *Report) ignore(reason string, n int) {
	if r.Ignored == nil {
		r.Ignored = make(map[string]int)
	}
	if _, known := r.Ignored[reason]; !known && len(r.Ignored) >= maxReasons {
		reason = otherReasons
	}
	r.Ignored[reason] += n
}

// add adds what was counted of one part.
func (r *Report) add(t Report) {
	r.Stored += t.Stored
	r.Bytes += t.Bytes
	r.Records += t.Records
	r.Outside += t.Outside
	r.Succeeded += t.Succeeded
	for reason, n := range t.Ignored {
		r.ignore(reason, n)
	}
	for _, p := range t.Problems {
		r.problem(p)
	}
}

// Progress says how far a scan is, while it runs. Its methods are safe for concurrent use.
type Progress struct {
	files, filesOf, stored, storedOf, denials atomic.Int64
	listed                                    atomic.Bool

	mu   sync.Mutex
	name string
}

// State is how far a scan is.
type State struct {
	// Files and Stored (bytes, as they are stored) were read, of so many that were listed.
	Files, FilesOf, Stored, StoredOf int64
	Denials                          int64
	Listed                           bool // no more will be listed
	File                             string
}

// State returns how far the scan is now.
func (p *Progress) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return State{
		Files: p.files.Load(), FilesOf: p.filesOf.Load(), Stored: p.stored.Load(), StoredOf: p.storedOf.Load(),
		Denials: p.denials.Load(), Listed: p.listed.Load(), File: p.name,
	}
}

func (p *Progress) at(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.name = name
}
