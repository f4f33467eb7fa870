package alert

import (
	"slices"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// Reason is why people are told of a finding.
type Reason string

// The reasons to speak. There is none for a resolved finding that happens again
// for a cause already announced: what is recorded does not tell it from one that
// was open all along.
const (
	// None: there is nothing new to say.
	None Reason = ""
	// NewFinding: nobody has been told of this finding.
	NewFinding Reason = "new"
	// NewCause: people know the finding, but not the cause it has now.
	NewCause Reason = "new cause"
)

// Decide returns why people should be told of a finding now, or None.
//
// It asks what has been announced, not what was just counted: a message that was
// lost between recording and publishing is sent on the next occasion, even if
// that is a repeated delivery with nothing new in it.
//
// A cause is news once, also when it alternates with others. That a cause is not
// known is news only for a finding nobody has heard of: going from a known cause
// to none adds nothing that could be acted upon.
//
// An acknowledged finding still speaks of a cause that was not announced: who
// acknowledged it knew another one, and the next blocker often shows only when
// the first was removed. If nothing was announced before it was acknowledged,
// that person saw the finding elsewhere, and it is not announced after the fact.
// A suppressed finding never speaks, and a resolved one has nothing to say.
func Decide(r finding.Recorded) Reason {
	f := r.Finding
	if f.ID == "" || f.Diagnosis.Outcome == diagnosis.Ignored {
		return None
	}
	told := len(f.Announced) > 0
	switch f.Status {
	case finding.Open:
	case finding.Acknowledged:
		if !told {
			return None
		}
	default:
		return None
	}
	cause := f.Cause()
	switch {
	case !told:
		return NewFinding
	case cause == finding.Undetermined, slices.Contains(f.Announced, cause):
		return None
	}
	return NewCause
}
