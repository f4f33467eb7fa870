package browse

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"why403/pkg/finding"
)

// Sorts are the orders that a list can have.
func Sorts() []string {
	return []string{"last-seen", "first-seen", "count", "status", "cause", "account"}
}

// views are the names of the saved filters.
func views() []string { return []string{"open", "mine", "undetermined", "suppressed", "all"} }

// haystack is what a filter looks in.
func haystack(f finding.Finding) string {
	b := f.InBrief()
	parts := []string{f.ID, f.Title, string(f.Status), f.Cause(), b.Requester, b.Bucket, b.Account, b.Statement, f.Key.Place}
	for _, c := range f.Causes {
		parts = append(parts, c.Cause)
	}
	return strings.ToLower(strings.Join(parts, "\x00"))
}

// in reports whether a saved filter has a finding.
func (m Model) in(view int, f finding.Finding) bool {
	status := f.StatusAt(m.now)
	waits := status == finding.Open || status == finding.Acknowledged
	switch view {
	case 1:
		return waits
	case 2:
		return waits && slices.Contains(m.opts.Mine, f.InBrief().Account)
	case 3:
		return waits && f.Cause() == finding.Undetermined
	case 4:
		return status == finding.Suppressed
	}
	return true
}

// choose finds and sorts what is shown, and keeps the cursor on a finding, or else where
// it was.
func (m Model) choose(id string) Model {
	wanted := strings.Fields(strings.ToLower(m.filter))
	m.shown = nil
	for i, f := range m.all {
		if m.in(m.view, f) && !slices.ContainsFunc(wanted, func(w string) bool { return !strings.Contains(m.words[i], w) }) {
			m.shown = append(m.shown, i)
		}
	}
	if compare := m.compare(); compare != nil {
		slices.SortStableFunc(m.shown, func(a, b int) int { return compare(m.all[a], m.all[b]) })
	}
	if m.reverse {
		slices.Reverse(m.shown)
	}
	if i := slices.IndexFunc(m.shown, func(i int) bool { return m.all[i].ID == id }); i >= 0 {
		m.cursor = i
	}
	return m
}

// compare is the order as a function; nil: as findings come from a store, the one seen
// last first.
func (m Model) compare() func(a, b finding.Finding) int {
	rank := func(f finding.Finding) int {
		return slices.Index([]finding.Status{finding.Open, finding.Acknowledged, finding.Suppressed, finding.Resolved}, f.StatusAt(m.now))
	}
	switch m.order {
	case "first-seen":
		return func(a, b finding.Finding) int { return a.FirstSeen.Compare(b.FirstSeen) }
	case "count":
		return func(a, b finding.Finding) int { return cmp.Compare(b.Count, a.Count) }
	case "status":
		return func(a, b finding.Finding) int { return cmp.Compare(rank(a), rank(b)) }
	case "cause":
		return func(a, b finding.Finding) int { return strings.Compare(a.Cause(), b.Cause()) }
	case "account":
		return func(a, b finding.Finding) int {
			x, y := a.InBrief().Account, b.InBrief().Account
			if (x == "") != (y == "") {
				return strings.Compare(y, x) // nobody known to act comes last
			}
			return strings.Compare(x, y)
		}
	}
	return nil
}

// current is the id of the finding under the cursor; empty if there is none.
func (m Model) current() string {
	if m.cursor < 0 || m.cursor >= len(m.shown) {
		return ""
	}
	return m.all[m.shown[m.cursor]].ID
}

// subject is the id of the finding that keys are about: the one that is open, or else the
// one under the cursor.
func (m Model) subject() string {
	for _, l := range slices.Backward(m.levels) {
		if l.id != "" {
			return l.id
		}
	}
	return m.current()
}

// known is a finding as the list has it.
func (m Model) known(id string) (finding.Finding, bool) {
	i := slices.IndexFunc(m.all, func(f finding.Finding) bool { return f.ID == id })
	if i < 0 {
		return finding.Finding{}, false
	}
	return m.all[i], true
}

func (m Model) sortBy(order string) Model {
	m.reverse = m.order == order && !m.reverse
	m.order = order
	return m.choose(m.current())
}

func (m Model) show(view int) Model {
	if view == 2 && len(m.opts.Mine) == 0 {
		m.message = "say which accounts are yours: why403 findings browse --mine 111111111111"
		return m
	}
	m.view = view
	m.levels, m.reading = nil, false
	return m.choose(m.current())
}

func (m Model) mark() Model {
	id := m.current()
	if id == "" {
		return m
	}
	m.marks = maps.Clone(m.marks)
	if m.marks == nil {
		m.marks = make(map[string]bool)
	}
	if m.marks[id] {
		delete(m.marks, id)
	} else {
		m.marks[id] = true
	}
	m.cursor++
	return m
}

// targets are the findings that a change is about: the one that is open, or else those
// that are marked, or else the one under the cursor. why says why there are none.
func (m Model) targets() (ids []string, why string) {
	if len(m.levels) > 0 || len(m.marks) == 0 {
		if id := m.subject(); id != "" {
			return []string{id}, ""
		}
		return nil, "there is no finding here"
	}
	for _, i := range m.shown {
		if m.marks[m.all[i].ID] {
			ids = append(ids, m.all[i].ID)
		}
	}
	if len(ids) == 0 {
		return nil, "the marked findings are not shown: esc takes the marks away"
	}
	return ids, ""
}
