package console

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// Finding returns everything that is known of one finding. now tells whether its
// suppression is over.
func Finding(f finding.Finding, now time.Time, s Style) string {
	p := &page{style: s}
	status := string(f.StatusAt(now))
	if f.StatusAt(now) != f.Status {
		status += " (its suppression is over)"
	}
	p.begin("finding "+clean.Terminal(f.ID), bold, "  "+status+", "+f.Title)
	when := plural(f.Count, "time")
	if f.Approximate {
		when = "about " + when + " (some perhaps counted twice)"
	}
	if !f.FirstSeen.IsZero() {
		when += ", first " + stamp(f.FirstSeen) + ", last " + stamp(f.LastSeen)
	}
	p.text("  seen    ", when)
	p.causes(f.Causes)
	p.asked(f)
	p.told(f)
	p.WriteString("\n")
	if f.Diagnosis.Format == "" && f.Diagnosis.Outcome == "" {
		p.inBrief(f.InBrief())
		return p.String()
	}
	p.WriteString(Diagnosis(f.Diagnosis, s))
	p.unread(f.Diagnosis)
	return p.String()
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// list writes items under one another behind a label.
func (p *page) list(label string, items [][]string) {
	for _, words := range items {
		p.words(fmt.Sprintf("  %-8s", label), words)
		label = ""
	}
}

func (p *page) causes(all []finding.CauseCount) {
	var items [][]string
	for _, c := range all {
		text := c.Cause + ", " + plural(c.Count, "time")
		if !c.LastSeen.IsZero() && len(all) > 1 {
			text += ", last " + stamp(c.LastSeen)
		}
		if c.Statement != "" {
			text += ": " + c.Statement
		}
		items = append(items, broken(text))
	}
	p.list("cause", items)
}

// asked writes which objects were asked for: where they are, and the first of them.
func (p *page) asked(f finding.Finding) {
	var items [][]string
	for _, c := range f.Prefixes {
		name := c.Prefix
		switch name {
		case "":
			name = "(no prefix)"
		case finding.OtherPrefixes:
			name = "(other prefixes)"
		}
		items = append(items, []string{clean.Terminal(name) + ",", plural(c.Count, "time")})
	}
	p.list("keys", items)

	items = nil
	for _, s := range f.Samples {
		var words []string
		if !s.Time.IsZero() {
			words = append(words, stamp(s.Time))
		}
		if s.Operation != "" {
			words = append(words, clean.Terminal(s.Operation))
		}
		if s.Key != "" {
			words = append(words, clean.Terminal(s.Key))
		}
		if s.Address != "" {
			words = append(words, "from", clean.Terminal(s.Address))
		}
		if len(words) > 0 {
			items = append(items, words)
		}
	}
	if len(items) == 0 {
		for _, k := range f.Keys {
			items = append(items, []string{clean.Terminal(k)})
		}
	}
	p.list("sample", items)
}

// told writes what people said of a finding, and what they were told.
func (p *page) told(f finding.Finding) {
	var items [][]string
	history := f.History
	if len(history) == 0 && f.Changed != nil {
		history = []finding.StatusChange{*f.Changed}
	}
	for _, c := range history {
		text := ""
		if !c.At.IsZero() {
			text = stamp(c.At) + " "
		}
		text += string(c.Status)
		if !c.Until.IsZero() {
			text += " until " + stamp(c.Until)
		}
		switch c.How {
		case finding.ByRecheck:
			text += " by a recheck: the request would be allowed"
		case finding.ByQuiet:
			text += " because it did not happen for long"
		default:
			if c.By != "" {
				text += " by " + c.By
			}
		}
		if c.Reason != "" {
			text += ": " + c.Reason
		}
		items = append(items, broken(text))
	}
	p.list("status", items)
	if len(f.Announced) > 0 {
		text := "sent for " + strings.Join(f.Announced, ", ")
		if f.Told != nil {
			text += fmt.Sprintf("; the latest %s, at %s", stamp(f.Told.At), plural(f.Told.Count, "time"))
		}
		p.text("  alerts  ", text)
	}
}

// inBrief says what is left of a diagnosis that a store keeps no more.
func (p *page) inBrief(b finding.Brief) {
	cause := "cause not known"
	if b.Cause != "" {
		cause = "denied[" + string(b.Cause) + "] " + string(b.Confidence)
	}
	p.begin(clean.Terminal(cause), red, "")
	if b.Requester != "" {
		p.labelled("who", []string{clean.Terminal(b.Requester)})
	}
	if b.Bucket != "" {
		p.labelled("what", []string{"bucket", clean.Terminal(b.Bucket)})
	}
	if b.Statement != "" {
		p.labelled("", broken("decided by "+b.Statement))
	}
	if b.Account != "" {
		p.labelled("", broken("must act: account "+b.Account))
	}
	p.note("the diagnosis is not kept any more (a table keeps it for 30 days after it last changed): it comes again with the next occurrence")
}

// unread says what could not be read where the diagnosis has not said it with what is
// open.
func (p *page) unread(x diagnosis.Diagnosis) {
	if len(x.Open) > 0 {
		return
	}
	var items [][]string
	for _, f := range x.Failed {
		where := ""
		if f.Account != "" {
			where = "account " + f.Account + ": "
		}
		items = append(items, broken(where+f.Because))
	}
	if len(items) == 0 && evidenceRead(x) && !slices.ContainsFunc(diagnosis.Strip(x.Checks), func(g diagnosis.Gate) bool { return markOf(g.Verdict) == unknown }) {
		items = [][]string{broken("nothing that could change this answer")}
	}
	p.list("unread", items)
}
