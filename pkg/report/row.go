package report

import (
	"slices"
	"time"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// row is what the table, its filters and the charts need of a finding.
type row struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Title  string `json:"title"`
	// Causes are those of the latest occurrence, the first first; of an undetermined
	// finding the word for that.
	Causes []string `json:"causes"`
	Why    string   `json:"why"` // the first of them in words
	// Accounts are those that must act, each once.
	Accounts []string `json:"accounts"`
	Who      string   `json:"who"`
	Of       string   `json:"of,omitempty"` // the requester's account
	Place    string   `json:"place"`
	Class    string   `json:"class"`
	Count    int      `json:"count"`
	About    bool     `json:"about,omitempty"` // Count may be too high
	First    int64    `json:"first,omitempty"` // Unix seconds
	Last     int64    `json:"last,omitempty"`
	Fix      string   `json:"fix"` // proven, unproven or none
	Intended bool     `json:"intended,omitempty"`
}

func rowOf(f finding.Finding, now time.Time) row {
	x, b := f.Diagnosis, f.InBrief()
	r := row{
		ID: text(f.ID), Status: text(string(f.StatusAt(now))), Title: text(f.Title), Why: "cause not known",
		Who: text(diagnosis.Who(x.Denial.Principal)), Of: text(b.RequesterAccount),
		Place: text(f.Key.Place), Class: text(string(f.Key.Class)),
		Count: f.Count, About: f.Approximate, First: unix(f.FirstSeen), Last: unix(f.LastSeen),
		Causes: []string{finding.Undetermined}, Accounts: []string{}, Fix: "none", Intended: x.Intended.Ask,
	}
	if all := blockers(x); len(all) > 0 {
		r.Causes = nil
		for _, c := range all {
			r.Causes = appendNew(r.Causes, text(string(c.ID)))
			r.Accounts = appendNew(r.Accounts, text(c.Account))
		}
		r.Why = text(name(all[0].ID))
	}
	if x.Format == "" {
		// A store forgets diagnoses before findings.
		r.Who, r.Causes, r.Accounts = text(b.Requester), []string{text(f.Cause())}, appendNew(r.Accounts, text(b.Account))
		if b.Cause != "" {
			r.Why = text(name(b.Cause))
		}
	}
	for _, s := range x.Remedy.Steps {
		r.Accounts = appendNew(r.Accounts, text(s.Account))
		r.Fix = "unproven"
	}
	if x.Remedy.Verified {
		r.Fix = "proven"
	}
	return r
}

// blockers are all causes, the first first; none unless the denial is explained.
func blockers(x diagnosis.Diagnosis) []diagnosis.Cause {
	if x.Cause == nil {
		return nil
	}
	return append([]diagnosis.Cause{*x.Cause}, x.Contributing...)
}

// name is that of a cause in words, or its id.
func name(id diagnosis.CauseID) string {
	if info, ok := diagnosis.Info(id); ok {
		return info.Name
	}
	return string(id)
}

// appendNew appends a text that is neither empty nor there.
func appendNew(all []string, s string) []string {
	if s == "" || slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}
