package scan

import (
	"context"
	"fmt"
	"time"

	"why403/pkg/auditor"
)

const (
	// batchInputs and batchBytes bound a batch: enough to count a flood as one, few enough
	// to hold in memory with all that is made of each.
	batchInputs = 1000
	batchBytes  = 8 << 20
	// What is recorded is kept for good after so many denials, files or so much time: each
	// time costs a wait for the disk.
	commitDenials = 5000
	commitFiles   = 2000
	commitTime    = 5 * time.Second
)

// collector takes what was read, in the order of the files, through the pipeline.
type collector struct {
	o      Options
	to     Pipeline
	marks  Marks
	report Report

	batch []auditor.Input
	of    []*done // the file of each of the batch
	bytes int
	// Since the last commit:
	read    []*done
	denials int
	at      time.Time
}

// done is a file whose parts were taken.
type done struct {
	key string
	// bad: something in it could not be read, and so it is read again the next time.
	bad bool
}

func (c *collector) collect(ctx context.Context, order <-chan *job) error {
	c.at = time.Now()
	for j := range order {
		d := &done{key: j.key}
		for p := range j.parts {
			if err := c.take(ctx, d, p); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			break // the file may not have come to its end
		}
		c.report.Files++
		c.o.Progress.files.Add(1)
		c.read = append(c.read, d)
		if c.denials >= commitDenials || len(c.read) >= commitFiles || time.Since(c.at) >= commitTime {
			if err := c.commit(ctx); err != nil {
				return err
			}
		}
	}
	return c.commit(ctx)
}

func (c *collector) take(ctx context.Context, d *done, p part) error {
	c.report.add(p.report)
	d.bad = d.bad || p.report.Unreadable > 0
	for _, in := range p.inputs {
		c.batch, c.of = append(c.batch, in), append(c.of, d)
		if c.bytes += len(in.Body); len(c.batch) < batchInputs && c.bytes < batchBytes {
			continue
		}
		if err := c.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// flush takes the batch through the pipeline.
func (c *collector) flush(ctx context.Context) error {
	if len(c.batch) == 0 || ctx.Err() != nil {
		return nil
	}
	report := c.to.Handle(ctx, c.batch)
	for i, r := range report.Results {
		switch {
		case r.Err == nil:
		case ctx.Err() != nil:
			c.of[i].bad = true // it was not begun with
		case r.Retry:
			return fmt.Errorf("%s: %w", r.ID, r.Err)
		default:
			c.of[i].bad = true
			c.report.problem(Problem{r.ID, r.Err})
		}
	}
	if c.o.Handled != nil {
		c.o.Handled(report)
	}
	c.denials += len(c.batch)
	clear(c.batch)
	c.batch, c.of, c.bytes = c.batch[:0], c.of[:0], 0
	return nil
}

// commit keeps what was recorded, and marks the files that were read. If time is over,
// those whose denials wait still are not.
func (c *collector) commit(ctx context.Context) error {
	if err := c.flush(ctx); err != nil {
		return err
	}
	for _, d := range c.of {
		d.bad = true
	}
	var keys []string
	for _, d := range c.read {
		if !d.bad {
			keys = append(keys, d.key)
		}
	}
	if err := c.marks.Commit(keys); err != nil {
		return fmt.Errorf("keeping what was found: %w", err)
	}
	c.read, c.denials, c.at = nil, 0, time.Now()
	return nil
}
