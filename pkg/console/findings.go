package console

import (
	"fmt"
	"strings"
	"time"

	"why403/pkg/clean"
	"why403/pkg/finding"
)

// Findings returns a table of findings, one line each, that fits the width.
func Findings(all []finding.Finding, s Style) string {
	p := &page{style: s}
	p.line("%s", s.paint(bold, fmt.Sprintf("%-8s  %-12s  %5s  %-16s  %s", "ID", "STATUS", "COUNT", "LAST SEEN (UTC)", "WHAT")))
	for _, f := range all {
		seen := "-"
		if !f.LastSeen.IsZero() {
			seen = f.LastSeen.UTC().Format("2006-01-02 15:04")
		}
		what := clean.Middle(clean.Terminal(f.Title), max(s.width()-51, 20))
		if s.Width == 0 {
			what = clean.Terminal(f.Title)
		}
		p.line("%-8s  %-12s  %5d  %-16s  %s", f.ID, f.Status, f.Count, seen, what)
	}
	return p.String()
}

// Finding returns everything that is known of one finding.
func Finding(f finding.Finding, s Style) string {
	p := &page{style: s}
	p.line("%s  %s, %s", s.paint(bold, "finding "+f.ID), f.Status, clean.Terminal(f.Title))
	when := plural(f.Count, "time")
	if !f.FirstSeen.IsZero() {
		when += ", first " + f.FirstSeen.UTC().Format(time.RFC3339) + ", last " + f.LastSeen.UTC().Format(time.RFC3339)
	}
	p.line("  seen    %s", when)
	for _, c := range f.Causes {
		p.line("  cause   %s, %s", c.Cause, plural(c.Count, "time"))
	}
	for _, k := range f.Keys {
		p.line("  key     %s", clean.Terminal(k))
	}
	if len(f.Announced) > 0 {
		p.line("  alerts  sent for %s", strings.Join(f.Announced, ", "))
	}
	p.WriteString("\n")
	p.WriteString(Diagnosis(f.Diagnosis, s))
	return p.String()
}
