package auditor

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// readingAtOnce is how many questions of a batch evidence is read for at a time. Those that
// need the same wait for one answer.
const readingAtOnce = 8

// errNoTime says that an input was not begun with, so that it is whole when it comes again.
var errNoTime = errors.New("no time left")

// diagnoseEach diagnoses what was read of a batch, each question once. Where evidence is
// read, a third of the time that is left is kept for recording and telling what comes of
// it: what was not begun with by then comes again.
func (a *Auditor) diagnoseEach(ctx context.Context, read []parsed, results []Result) {
	var group errgroup.Group
	group.SetLimit(readingAtOnce)
	if a.diagnoser.Evidence == nil {
		// Nothing is waited for.
		group.SetLimit(runtime.GOMAXPROCS(0))
	}
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-time.Until(end)/3))
		defer cancel()
	}
	for _, q := range fair(questions(read, results), func(q asked) string { return finding.KeyOf(read[q.of[0]].denial).Requester }) {
		if kept, ok := a.answers.find(q.question, a.now()); ok {
			kept.give(q.of, read, results)
			continue
		}
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				for _, i := range q.of {
					results[i].Err, results[i].Retry = fmt.Errorf("%w: %w", errNoTime, err), true
				}
				return nil
			}
			a.answerAll(ctx, q, read, results)
			return nil
		})
	}
	_ = group.Wait() // nothing in it fails: each result has its own error
}

// asked is a question, and the inputs of a batch that ask it.
type asked struct {
	question question // zero of one that is nobody else's
	of       []int
}

// questions groups the inputs to diagnose by their question, in the order in which they
// came. What is no denial, or has evidence of its own, is a question for itself.
func questions(read []parsed, results []Result) []asked {
	var all []asked
	at := make(map[question]int)
	var h hasher
	for i := range read {
		p := &read[i]
		switch {
		case results[i].Err != nil || results[i].Ignored.Ignored:
			continue
		case p.ignored != "" || p.evidence != nil:
			all = append(all, asked{of: []int{i}})
			continue
		}
		q := h.question(&p.denial)
		n, known := at[q]
		if !known {
			n = len(all)
			at[q], all = n, append(all, asked{question: q})
		}
		all[n].of = append(all[n].of, i)
	}
	return all
}

// answerAll diagnoses the inputs of one question: the first, and the others as it. Where a
// policy speaks of the time, each is a question of its own after all.
func (a *Auditor) answerAll(ctx context.Context, q asked, read []parsed, results []Result) {
	first := a.answers.ask(ctx, a.diagnoser, &read[q.of[0]], q.question, a.now)
	if !first.timed {
		first.give(q.of, read, results)
		return
	}
	first.give(q.of[:1], read, results)
	for _, i := range q.of[1:] {
		a.diagnoser.answer(ctx, &read[i]).give([]int{i}, read, results)
	}
}

// give makes the answer that of inputs with its question.
func (x answer) give(to []int, read []parsed, results []Result) {
	for _, i := range to {
		p, r := &read[i], &results[i]
		r.answer = x.of(p.denial)
		r.Denial, r.Diagnosis = p.denial, r.answer.diagnosis
		if !p.asked && r.Diagnosis.Outcome != diagnosis.Ignored {
			r.FindingID = finding.KeyOf(r.Denial).ID()
		}
	}
}
