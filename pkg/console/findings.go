package console

import (
	"fmt"
	"strings"
	"time"

	"why403/pkg/clean"
	"why403/pkg/finding"
)

// Findings returns a table of findings, one line each, that fits the width. Below
// 100 columns the year is left out, and the status where it is open, below 60 the
// time; where no width is given, the output is read by a program and nothing is.
func Findings(all []finding.Finding, s Style) string {
	p := &page{style: s}
	if len(all) == 0 {
		p.line("no findings")
		return p.String()
	}
	narrow := s.Width > 0 && s.Width < 100
	row := func(id, status, count, seen string) string {
		switch {
		case s.Width > 0 && s.Width < 60:
			return fmt.Sprintf("%-8s  %6s  ", id, count)
		case narrow:
			return fmt.Sprintf("%-8s  %6s  %-11s  ", id, count, seen)
		}
		return fmt.Sprintf("%-8s  %-12s  %7s  %-16s  ", id, status, count, seen)
	}
	layout, heading := "2006-01-02 15:04", "LAST SEEN (UTC)"
	if narrow {
		layout, heading = "01-02 15:04", "SEEN (UTC)"
	}
	p.line("%s", s.paint(bold, row("ID", "STATUS", "COUNT", heading)+"WHAT"))
	for _, f := range all {
		seen := "-"
		if !f.LastSeen.IsZero() {
			seen = f.LastSeen.UTC().Format(layout)
		}
		begin := row(clean.Terminal(f.ID), clean.Terminal(string(f.Status)), fmt.Sprint(f.Count), seen)
		what := clean.Terminal(f.Title)
		if narrow && f.Status != finding.Open {
			what = clean.Terminal(string(f.Status)) + ": " + what
		}
		if s.Width > 0 {
			what = clean.Truncate(what, max(s.Width-columns(begin), 12))
		}
		p.line("%s%s", begin, what)
	}
	return p.String()
}

// Finding returns everything that is known of one finding.
func Finding(f finding.Finding, s Style) string {
	p := &page{style: s}
	p.begin("finding "+clean.Terminal(f.ID), bold, "  "+string(f.Status)+", "+f.Title)
	when := plural(f.Count, "time")
	if !f.FirstSeen.IsZero() {
		when += ", first " + f.FirstSeen.UTC().Format(time.RFC3339) + ", last " + f.LastSeen.UTC().Format(time.RFC3339)
	}
	p.text("  seen    ", when)
	for _, c := range f.Causes {
		p.text("  cause   ", c.Cause+", "+plural(c.Count, "time"))
	}
	for _, k := range f.Keys {
		p.words("  key     ", []string{clean.Terminal(k)})
	}
	if len(f.Announced) > 0 {
		p.text("  alerts  ", "sent for "+strings.Join(f.Announced, ", "))
	}
	p.WriteString("\n")
	p.WriteString(Diagnosis(f.Diagnosis, s))
	return p.String()
}
