package browse

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/console"
	"why403/pkg/finding"
)

// Screen is what a terminal shows.
type Screen struct {
	// Lines are as many as the terminal has rows, none wider than it, each with the
	// colours that it begins and ends.
	Lines []string
	// Typing says that the cursor is shown, in the last line at column X from 0.
	Typing bool
	X      int
}

const (
	sideBySide = 110 // columns from which the preview is beside the list
	leastWidth = 32  // a row of the list
	leastRows  = 6
	frame      = 3 // rows: breadcrumbs, status, keys
)

// layout is how the screen is divided, in columns and rows.
type layout struct {
	body            int // rows between the frame
	rows, listWidth int // of findings, without the heading
	text, textWidth int // of the preview; 0: there is none
	beside          bool
}

func (m Model) layout() layout {
	l := layout{body: max(m.height-frame, 0), listWidth: m.width}
	l.rows = max(l.body-1, 0)
	switch {
	case !m.preview:
	case m.width >= sideBySide:
		l.beside = true
		l.listWidth = min(max(m.width*9/20, 50), 80)
		l.text, l.textWidth = l.body, m.width-l.listWidth-3
	case l.body >= 14:
		list := l.body * 9 / 20
		l.rows = list - 1
		l.text, l.textWidth = l.body-list-1, m.width
	}
	return l
}

// Screen returns what the terminal shows. Only what is visible is written.
func (m Model) Screen() Screen {
	if m.width <= 0 || m.height <= 0 {
		return Screen{}
	}
	if m.width < leastWidth || m.height < leastRows {
		lines := wrapped(fmt.Sprintf("too small: %d columns and %d rows are needed", leastWidth, leastRows), m.width)
		return Screen{Lines: lines[:min(len(lines), m.height)]}
	}
	lines := []string{m.crumbs()}
	lines = append(lines, m.body()...)
	for len(lines) < m.height-2 {
		lines = append(lines, "")
	}
	last, x := m.lastLine()
	lines = append(lines, m.status(), last)
	return Screen{Lines: lines, Typing: m.prompt != nil, X: x}
}

func (m Model) body() []string {
	l := m.layout()
	if n := len(m.levels); n > 0 {
		return m.levels[n-1].pane.seen(l.body)
	}
	list := m.list(l)
	if l.text == 0 {
		return list
	}
	text := m.beside.seen(l.text)
	bar, edge := "|", "-"
	if m.opts.Style.Unicode {
		bar, edge = "│", "─"
	}
	if m.reading {
		bar, edge = m.paint(bold, bar), m.paint(bold, strings.Repeat(edge, m.width))
	} else {
		bar, edge = m.paint(dim, bar), m.paint(dim, strings.Repeat(edge, m.width))
	}
	if !l.beside {
		for len(list) < l.rows+1 {
			list = append(list, "")
		}
		return append(append(list, edge), text...)
	}
	var out []string
	at := func(lines []string, i int) string {
		if i < len(lines) {
			return lines[i]
		}
		return ""
	}
	for i := range l.body {
		out = append(out, strings.TrimRight(padded(at(list, i), l.listWidth)+" "+bar+" "+at(text, i), " "))
	}
	return out
}

// seen are the lines of a text that the screen shows.
func (p pane) seen(rows int) []string {
	from := min(p.top, len(p.lines))
	return p.lines[from:min(from+rows, len(p.lines))]
}

// list are the heading and the rows of the findings that are visible.
func (m Model) list(l layout) []string {
	switch {
	case !m.loaded:
		return []string{"", "  reading the findings" + m.more()}
	case len(m.all) == 0:
		return []string{"", "  no findings: why403 audit records what it explains"}
	case len(m.shown) == 0:
		return []string{"", "  none of " + plural(len(m.all), "finding") + " is in this view: 5 shows all, esc drops the filter"}
	}
	from := min(m.top, len(m.shown))
	var seen []finding.Finding
	for _, i := range m.shown[from:min(from+l.rows, len(m.shown))] {
		seen = append(seen, m.all[i])
	}
	s := m.opts.Style
	s.Width = l.listWidth - 2
	table := strings.Split(strings.TrimRight(console.Findings(seen, m.now, s), "\n"), "\n")
	table[0] = "  " + table[0]
	for i, f := range seen {
		sign, mark := " ", " "
		if m.marks[f.ID] {
			mark = "*"
		}
		row := table[i+1]
		if from+i == m.cursor {
			sign = ">"
			row = m.paint(reversed, padded(sign+mark+uncoloured(row), l.listWidth))
			table[i+1] = row
			continue
		}
		table[i+1] = sign + mark + row
	}
	return table
}

// crumbs says where one is, and which saved filters there are.
func (m Model) crumbs() string {
	where := "findings"
	for _, l := range m.levels {
		where += " > " + clean.Terminal(l.name)
	}
	if len(m.levels) == 0 && m.reading {
		where += " > preview"
	}
	var tabs []string
	for i, name := range views() {
		name = strconv.Itoa(i+1) + " " + name
		if i+1 == m.view {
			name = "[" + name + "]"
		}
		tabs = append(tabs, name)
	}
	right := strings.Join(tabs, " ")
	gap := m.width - console.Columns(where) - console.Columns(right)
	if gap < 2 {
		return m.paint(bold, m.opts.Style.Cut(where, m.width))
	}
	return m.paint(bold, where) + strings.Repeat(" ", gap) + right
}

// status says how many findings there are, how they were chosen, and where they are. While
// something is asked, it has the message.
func (m Model) status() string {
	if m.prompt != nil && m.message != "" {
		return m.short(m.message)
	}
	parts := []string{fmt.Sprintf("%d of %s", len(m.shown), plural(len(m.all), "finding"))}
	if len(m.shown) > 0 {
		parts[0] = fmt.Sprintf("%d/", m.cursor+1) + parts[0]
	}
	if n := len(m.marks); n > 0 {
		parts = append(parts, fmt.Sprintf("%d marked", n))
	}
	order := "by " + strings.ReplaceAll(m.order, "-", " ")
	if m.reverse {
		order += ", reversed"
	}
	parts = append(parts, order)
	if m.filter != "" {
		parts = append(parts, "filter "+quoted(m.filter))
	}
	if p := m.pane(); m.inText() && len(p.lines) > 0 {
		parts = append(parts, fmt.Sprintf("line %d of %d", p.top+1, len(p.lines)))
	}
	switch {
	case m.writing:
		parts = append(parts, "writing"+m.more())
	case m.loading:
		parts = append(parts, "reading"+m.more())
	}
	left := strings.Join(parts, ", ")
	store := clean.Terminal(m.opts.Store)
	if room := m.width - console.Columns(left) - 2; room >= 8 {
		store = m.opts.Style.Cut(store, room)
		return left + strings.Repeat(" ", m.width-console.Columns(left)-console.Columns(store)) + store
	}
	return m.opts.Style.Cut(left, m.width)
}

// lastLine is the question, or the message, or the keys that matter most; and where the
// cursor stands in it.
func (m Model) lastLine() (string, int) {
	if p := m.prompt; p != nil {
		label := m.opts.Style.Cut(p.label(), m.width-10)
		text := clean.Terminal(p.text)
		for console.Columns(label)+console.Columns(text) >= m.width {
			_, text, _ = strings.Cut(text, string([]rune(text)[:1])) // its end is where one types
		}
		return m.paint(bold, label) + text, console.Columns(label) + console.Columns(text)
	}
	if m.message != "" {
		return m.short(m.message), 0
	}
	line := ""
	for _, b := range m.hints() {
		next := strings.Join(append(strings.Fields(line), b...), " ")
		if line != "" {
			next = line + "  " + strings.Join(b, " ")
		}
		if console.Columns(next) > m.width {
			break
		}
		line = next
	}
	return m.paint(dim, line), 0
}

// short is a sentence in one line: of one that is too long the begin says most.
func (m Model) short(text string) string {
	lines := broken(clean.Terminal(text), m.width)
	if len(lines) == 1 {
		return lines[0]
	}
	more := strings.TrimSpace(m.more())
	return broken(lines[0], m.width-len(more))[0] + more
}

// hints are the keys of the last line, the way back first where there is one.
func (m Model) hints() [][]string {
	var all [][]string
	if m.on(levelCommands) {
		all = append(all, []string{"1-9", "copy a step"}, []string{"c", "copy all"})
	}
	if m.inText() {
		all = append(all, []string{"esc", "back"}, []string{"/", "search"})
	}
	for _, g := range bindings() {
		for _, b := range g.all {
			if b.hint != "" && !(m.inText() && slices.Contains([]string{"enter", "/"}, b.keys[0])) && !(m.on(levelCommands) && b.keys[0] == "c") {
				all = append(all, []string{b.keys[0], b.hint})
			}
		}
	}
	return all
}

// helpText is made of the bindings.
func (m Model) helpText(width int) string {
	var b strings.Builder
	for i, g := range bindings() {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(m.paint(bold, g.title) + "\n")
		for _, k := range g.all {
			b.WriteString(prose(padded("  "+k.written(), 12), k.does, width))
		}
	}
	b.WriteString("\nText is selected with the mouse as in any other program.\n")
	return b.String()
}

const (
	bold     = "1"
	dim      = "2"
	reversed = "7"
)

func (m Model) paint(code, text string) string {
	if !m.opts.Style.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + reset
}

// more stands for what is still to come.
func (m Model) more() string {
	if m.opts.Style.Unicode {
		return " …"
	}
	return " ..."
}

func quoted(s string) string { return `"` + clean.Terminal(s) + `"` }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
