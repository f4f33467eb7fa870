package browse

import (
	"fmt"
	"slices"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/console"
)

// levelKind is what a level above the list shows.
type levelKind uint8

const (
	levelFinding levelKind = iota
	levelPage
	levelCommands
	levelHelp
)

// level is a text that lies over the list.
type level struct {
	kind levelKind
	name string // in the breadcrumbs
	id   string // of the finding that it is about; empty: of none of its own
	pane pane
}

// pane is a text on the screen. Its lines are made anew when what they are made of changes.
type pane struct {
	of    string // what the lines are made of
	lines []string
	top   int
}

func (m Model) on(kind levelKind) bool {
	return len(m.levels) > 0 && m.levels[len(m.levels)-1].kind == kind
}

// inText reports whether keys move a text, and not the list.
func (m Model) inText() bool { return len(m.levels) > 0 || m.reading }

// detailed reports whether the screen shows the whole of a finding.
func (m Model) detailed() bool {
	if len(m.levels) > 0 {
		return m.on(levelFinding) || m.on(levelCommands)
	}
	return m.layout().text > 0
}

func (m Model) push(l level) Model {
	m.levels = append(slices.Clone(m.levels), l)
	m.search = ""
	return m
}

// open opens the finding under the cursor.
func (m Model) open() Model {
	if len(m.levels) > 0 || m.current() == "" {
		return m
	}
	return m.push(level{kind: levelFinding, name: m.current(), id: m.current()})
}

// about opens the page about the cause.
func (m Model) about() Model {
	if m.on(levelPage) {
		return m
	}
	f, ok := m.known(m.subject())
	if !ok {
		m.message = "there is no finding here"
		return m
	}
	cause := string(f.InBrief().Cause)
	if cause == "" || m.opts.Page == nil || m.opts.Page(cause, m.opts.Style) == "" {
		m.message = "its cause is not known, so that there is no page about it"
		return m
	}
	return m.push(level{kind: levelPage, name: cause, id: f.ID})
}

func (m Model) help() Model {
	if m.on(levelHelp) {
		return m
	}
	return m.push(level{kind: levelHelp, name: "help"})
}

// back goes back one level. It never quits: who presses esc once too often loses nothing.
func (m Model) back() Model {
	at := m.current()
	switch {
	case len(m.levels) > 0:
		m.levels, m.search = m.levels[:len(m.levels)-1], ""
	case m.reading:
		m.reading, m.search = false, ""
	case m.filter != "":
		m.filter = ""
		m = m.choose(at)
	case len(m.marks) > 0:
		m.marks = nil
	default:
		m.message = "this is the list: q quits"
	}
	return m
}

// other gives the keys to the preview, or back to the list.
func (m Model) other() Model {
	if len(m.levels) > 0 {
		return m
	}
	switch {
	case m.reading:
		m.reading = false
	case m.layout().text > 0:
		m.reading = true
	default:
		m.message = "there is no preview: p shows it, where there is room"
	}
	m.search = ""
	return m
}

// pane is the text that keys move.
func (m Model) pane() pane {
	if n := len(m.levels); n > 0 {
		return m.levels[n-1].pane
	}
	return m.beside
}

func (m Model) withPane(p pane) Model {
	if n := len(m.levels); n > 0 {
		m.levels = slices.Clone(m.levels)
		m.levels[n-1].pane = p
		return m
	}
	m.beside = p
	return m
}

// page is how many rows what keys move has.
func (m Model) page() int {
	l := m.layout()
	switch {
	case len(m.levels) > 0:
		return l.body
	case m.reading:
		return l.text
	}
	return l.rows
}

// move moves the cursor, or a text.
func (m Model) move(n int) Model {
	if !m.inText() {
		m.cursor += n
		return m
	}
	p := m.pane()
	p.top = min(max(p.top+n, 0), max(len(p.lines)-m.page(), 0))
	return m.withPane(p)
}

// next goes to the next match of a search, or without one to the next finding.
func (m Model) next(n int) Model {
	if m.inText() && m.search != "" {
		return m.match(n)
	}
	if len(m.levels) > 1 || m.on(levelHelp) {
		return m
	}
	m.cursor = min(max(m.cursor+n, 0), max(len(m.shown)-1, 0))
	if m.on(levelFinding) && m.current() != "" {
		m.levels = []level{{kind: levelFinding, name: m.current(), id: m.current()}}
	}
	return m
}

// match moves a text to the next line that has what is searched for, round the end; 0
// means the first from where the text stands.
func (m Model) match(n int) Model {
	p := m.pane()
	wanted := strings.ToLower(m.search)
	var at []int
	for i, l := range p.lines {
		if wanted != "" && strings.Contains(strings.ToLower(uncoloured(l)), wanted) {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		if wanted != "" {
			m.message = "nothing here has " + quoted(m.search)
		}
		return m
	}
	which := slices.IndexFunc(at, func(i int) bool { return i >= p.top && n == 0 || i > p.top && n != 0 })
	if n < 0 {
		which = -1
		for i, l := range at {
			if l < p.top {
				which = i
			}
		}
		if which < 0 {
			which = len(at) - 1
		}
	}
	which = max(which, 0)
	p.top = at[which]
	m.message = fmt.Sprintf("match %d of %d in the first line", which+1, len(at))
	return m.withPane(p)
}

// settle makes what is shown fit: cursor and rows, and the texts, which are made anew if
// the finding or the width is another.
func (m Model) settle() Model {
	m.cursor = min(max(m.cursor, 0), max(len(m.shown)-1, 0))
	l := m.layout()
	if l.rows > 0 {
		m.top = min(max(m.top, m.cursor-l.rows+1, 0), m.cursor, max(len(m.shown)-l.rows, 0))
	}
	if l.text == 0 {
		m.reading = false
	} else {
		m.beside = m.filled(m.beside, level{kind: levelFinding, id: m.current()}, l.textWidth)
	}
	if n := len(m.levels); n > 0 && m.width > 0 {
		m = m.withPane(m.filled(m.levels[n-1].pane, m.levels[n-1], m.width))
	}
	return m
}

// filled has the text of a level at a width.
func (m Model) filled(p pane, l level, width int) pane {
	of := fmt.Sprint(l.kind, l.name, l.id, width, m.version, m.loaded)
	if p.of == of {
		return p
	}
	same := strings.HasPrefix(p.of, fmt.Sprint(l.kind, l.name, l.id))
	next := pane{of: of, lines: wrapped(m.text(l, width), width)}
	if same {
		next.top = min(p.top, max(len(next.lines)-1, 0))
	}
	return next
}

// text is what a level says.
func (m Model) text(l level, width int) string {
	s := m.opts.Style
	s.Width = width
	switch l.kind {
	case levelHelp:
		return m.helpText(width)
	case levelPage:
		return m.opts.Page(l.name, s)
	case levelCommands:
		return m.commandText(l.id, width)
	case levelFinding:
	}
	if l.id == "" {
		return ""
	}
	if f, ok := m.detail(l.id); ok {
		text := console.Finding(f, m.now, s)
		if strip := console.Strip(f.Diagnosis, s); strip != "" {
			text = strip + "\n\n" + text
		}
		return text
	}
	if why := m.trouble[l.id]; why != "" {
		return "This finding cannot be read: " + clean.Terminal(why) + "\n(r reads all again)"
	}
	return "reading " + clean.Terminal(l.id) + m.more()
}
