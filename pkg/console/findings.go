package console

import (
	"fmt"
	"time"

	"why403/pkg/clean"
	"why403/pkg/finding"
)

// Findings returns a table of findings, one line each, that fits the width. Below 110
// columns who must act is left out, below 100 the year, and the status where it is
// open, below 60 the time; where no width is given, the output is read by a program
// and nothing is. What is too long has its middle cut out. now tells which suppressions
// are over.
func Findings(all []finding.Finding, now time.Time, s Style) string {
	p := &page{style: s}
	if len(all) == 0 {
		p.line("no findings")
		return p.String()
	}
	t := listing{narrow: s.Width > 0 && s.Width < 100, tiny: s.Width > 0 && s.Width < 60, actor: s.Width == 0 || s.Width >= 110}
	seen := "LAST SEEN (UTC)"
	if t.narrow {
		seen = "SEEN (UTC)"
	}
	p.line("%s", s.paint(bold, t.row("ID", "STATUS", "COUNT", seen, "MUST ACT")+"WHAT"))
	for _, f := range all {
		p.line("%s", t.line(f, now, s))
	}
	return p.String()
}

// listing is which columns a table of findings has.
type listing struct{ narrow, tiny, actor bool }

func (t listing) row(id, status, count, seen, actor string) string {
	switch {
	case t.tiny:
		return fmt.Sprintf("%-8s  %6s  ", id, count)
	case t.narrow:
		return fmt.Sprintf("%-8s  %6s  %-11s  ", id, count, seen)
	case !t.actor:
		return fmt.Sprintf("%-8s  %-12s  %7s  %-16s  ", id, status, count, seen)
	}
	return fmt.Sprintf("%-8s  %-12s  %7s  %-16s  %-12s  ", id, status, count, seen, actor)
}

func (t listing) line(f finding.Finding, now time.Time, s Style) string {
	layout := "2006-01-02 15:04"
	if t.narrow {
		layout = "01-02 15:04"
	}
	seen := "-"
	if !f.LastSeen.IsZero() {
		seen = f.LastSeen.UTC().Format(layout)
	}
	count := fmt.Sprint(f.Count)
	if f.Approximate {
		count = "~" + count
	}
	actor := f.InBrief().Account
	if actor == "" {
		actor = "-"
	}
	status := f.StatusAt(now)
	word := s.middle(clean.Terminal(string(status)), 12)
	begin := t.row(s.middle(clean.Terminal(f.ID), 8), word, count, seen, s.middle(clean.Terminal(actor), 12))
	what := clean.Terminal(f.Title)
	if t.narrow && status != finding.Open {
		what = word + ": " + what
	}
	if s.Width > 0 {
		what = s.middle(what, max(s.Width-columns(begin), 12))
	}
	if status != finding.Open {
		return s.paint(dim, begin+what)
	}
	return begin + what
}

// middle cuts the middle out of a clean text that takes more columns.
func (s Style) middle(text string, room int) string {
	if columns(text) <= room {
		return text
	}
	mark := s.ellipsis()
	room -= columns(mark)
	runes := []rune(text)
	from, to := 0, len(runes)
	for head, tail := 0, 0; from < to; {
		if head <= tail {
			head += wide(runes[from])
			if head+tail > room {
				break
			}
			from++
		} else {
			tail += wide(runes[to-1])
			if head+tail > room {
				break
			}
			to--
		}
	}
	return string(runes[:from]) + mark + string(runes[to:])
}
