package auditor

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// readingAtOnce is how many denials of a batch evidence is read for at a time. Those that need
// the same wait for one answer.
const readingAtOnce = 8

// diagnoseEach diagnoses what was read of a batch. Where evidence is read, a third of the
// time that is left is kept for recording and telling what comes of it.
func (a *Auditor) diagnoseEach(ctx context.Context, inputs []Input, read []parsed, results []Result) {
	one := func(ctx context.Context, i int, body []byte) {
		diagnosed := a.diagnoser.parsed(ctx, &read[i])
		results[i].Denial, results[i].Diagnosis, results[i].facts = diagnosed.Denial, diagnosed.Diagnosis, read[i].facts()
		results[i].made = read[i].caseOf(body)
		if !diagnosed.Asked && diagnosed.Diagnosis.Outcome != diagnosis.Ignored {
			results[i].FindingID = finding.KeyOf(diagnosed.Denial).ID()
		}
	}
	var group errgroup.Group
	group.SetLimit(readingAtOnce)
	if a.diagnoser.Evidence == nil {
		group.SetLimit(1)
	}
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-time.Until(end)/3))
		defer cancel()
	}
	for i := range results {
		if results[i].Err == nil {
			group.Go(func() error { one(ctx, i, inputs[i].Body); return nil })
		}
	}
	_ = group.Wait() // nothing in it fails: each result has its own error
}
