package policy

import (
	"fmt"
	"strings"
)

// Error is why a document cannot be read.
type Error struct {
	Place string // Statement[1].Effect; empty: the document
	Line  int    // from 1
	What  string
}

// Error says what is wrong, and where.
func (e *Error) Error() string {
	where := ""
	if e.Place != "" {
		where = " at " + e.Place
	}
	if e.Line > 0 {
		where += fmt.Sprintf(", line %d", e.Line)
	}
	return "policy" + where + ": " + e.What
}

// within puts a place in front of that of an error, on the way out of the
// document. No place is written down while all is well.
func within(place string, e *Error) {
	switch {
	case e.Place == "":
		e.Place = place
	case strings.HasPrefix(e.Place, "["):
		e.Place = place + e.Place
	default:
		e.Place = place + "." + e.Place
	}
}

// Problem is something in a document that was not understood. What hangs on it is
// Unknown.
type Problem struct {
	Place string // Statement[2].Condition.StringEquls
	What  string
}
