package report

import (
	"time"

	"why403/pkg/clean"
	"why403/pkg/finding"
)

// seen is how often and when a finding was seen, and what was done about it.
type seen struct {
	Status    string     `json:"status"`
	Count     int        `json:"count"`
	About     bool       `json:"about,omitempty"`
	First     int64      `json:"first,omitempty"`
	Last      int64      `json:"last,omitempty"`
	Causes    []counted  `json:"causes"`
	Prefixes  []prefix   `json:"prefixes,omitempty"`
	Samples   []sample   `json:"samples,omitempty"`
	MostKept  bool       `json:"mostKept,omitempty"` // there may be more samples
	Announced []string   `json:"announced,omitempty"`
	History   []happened `json:"history,omitempty"`
}

type counted struct {
	Cause     string `json:"cause"`
	Count     int    `json:"count"`
	Last      int64  `json:"last,omitempty"`
	Statement string `json:"statement,omitempty"`
}

type prefix struct {
	Prefix string `json:"prefix"`
	Count  int    `json:"count"`
}

type sample struct {
	ID        string `json:"id,omitempty"`
	Time      int64  `json:"time,omitempty"`
	Operation string `json:"operation,omitempty"`
	Key       string `json:"key,omitempty"`
	Address   string `json:"address,omitempty"`
}

// happened is a change of the status.
type happened struct {
	Status string `json:"status"`
	At     int64  `json:"at,omitempty"`
	By     string `json:"by,omitempty"`
	Reason string `json:"reason,omitempty"`
	Until  int64  `json:"until,omitempty"`
	How    string `json:"how,omitempty"`
}

func seenOf(f finding.Finding, now time.Time) seen {
	s := seen{
		Status: text(string(f.StatusAt(now))), Count: f.Count, About: f.Approximate, First: unix(f.FirstSeen), Last: unix(f.LastSeen),
		Causes: []counted{}, MostKept: len(f.Samples) >= finding.MaxSamples, Announced: texts(f.Announced),
	}
	for _, c := range f.Causes {
		s.Causes = append(s.Causes, counted{Cause: text(c.Cause), Count: c.Count, Last: unix(c.LastSeen), Statement: text(c.Statement)})
	}
	for _, p := range f.Prefixes {
		s.Prefixes = append(s.Prefixes, prefix{Prefix: text(p.Prefix), Count: p.Count})
	}
	for _, o := range f.Samples {
		s.Samples = append(s.Samples, sample{ID: text(o.ID), Time: unix(o.Time), Operation: text(o.Operation), Key: text(o.Key), Address: text(o.Address)})
	}
	for _, c := range f.History {
		s.History = append(s.History, happened{
			Status: text(string(c.Status)), At: unix(c.At), By: text(c.By), Reason: text(c.Reason), Until: unix(c.Until), How: text(string(c.How)),
		})
	}
	return s
}

// commands are what to run about a finding.
func commands(f finding.Finding, o Options) []command {
	id := clean.Shell(f.ID)
	if o.Table != "" {
		id += " --table=" + clean.Shell(o.Table)
	}
	if o.Table != "" && o.Region != "" {
		id += " --region=" + clean.Shell(o.Region)
	}
	return []command{
		{"everything about it", "why403 findings show " + id},
		{"acknowledge: it is counted on, and told again only for a cause that was not told before", "why403 findings ack " + id},
		{"suppress: it is counted on, and never told", "why403 findings suppress " + id},
		{"resolve: if it happens again it is open again, and told", "why403 findings resolve " + id},
	}
}
