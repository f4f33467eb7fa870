package report

import (
	"encoding/json"
	"fmt"
	"time"

	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
)

// Item is a finding with its case.
type Item struct {
	Finding finding.Finding
	// Case is the denial with the evidence that its diagnosis is made of; nil: none is
	// kept, and nothing can be tried on it.
	Case *evidence.Case
}

// Options are what a report says of itself.
type Options struct {
	Title string    // "why403 report" if empty
	Made  time.Time // when
	Since time.Time // findings seen last before are left out; zero: none are
	Store string    // where the findings are kept, in words
	// Table and Region are the DynamoDB table that the commands about a finding name;
	// empty: they name none.
	Table, Region string
	// Diagnosis are what the operator decides, as when the findings were diagnosed.
	Diagnosis diagnosis.Options
}

// Report is a report in the making. Its cases need not be held together.
type Report struct {
	o      Options
	all    index
	part   []detail
	blocks []string
}

// index is what the page has at hand of all findings.
type index struct {
	Title string `json:"title"`
	Made  int64  `json:"made"` // Unix seconds
	Since int64  `json:"since,omitempty"`
	Store string `json:"store,omitempty"`
	Block int    `json:"block"` // details in one block
	Rows  []row  `json:"rows"`
}

// New returns a report without findings.
func New(o Options) *Report {
	if o.Title == "" {
		o.Title = "why403 report"
	}
	return &Report{o: o, all: index{Title: text(o.Title), Made: unix(o.Made), Since: unix(o.Since), Store: text(o.Store), Block: inBlock, Rows: []row{}}}
}

// Add adds a finding, behind those before it.
func (r *Report) Add(i Item) error {
	if i.Finding.LastSeen.Before(r.o.Since) {
		return nil
	}
	r.all.Rows = append(r.all.Rows, rowOf(i.Finding, r.o.Made))
	r.part = append(r.part, detailOf(i, r.o))
	if len(r.part) < inBlock {
		return nil
	}
	return r.flush()
}

// Len is how many findings the report has.
func (r *Report) Len() int { return len(r.all.Rows) }

func (r *Report) flush() error {
	if len(r.part) == 0 {
		return nil
	}
	block, err := pack(r.part)
	if err != nil {
		return err
	}
	r.part, r.blocks = r.part[:0], append(r.blocks, block)
	return nil
}

// HTML returns the page. Nothing can be added after it.
func (r *Report) HTML() ([]byte, error) {
	if err := r.flush(); err != nil {
		return nil, err
	}
	data, err := json.Marshal(r.all) // which escapes < > and &
	if err != nil {
		return nil, fmt.Errorf("writing the findings of a report: %w", err)
	}
	return page(r.all, data, r.blocks), nil
}

// HTML returns the report on findings, in their order.
func HTML(items []Item, o Options) ([]byte, error) {
	r := New(o)
	for _, i := range items {
		if err := r.Add(i); err != nil {
			return nil, err
		}
	}
	return r.HTML()
}

// unix is a time in seconds; 0 for none.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
