package browse

import (
	"slices"
	"strings"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// binding is what keys do. The help is made of it, so that it cannot say anything else.
type binding struct {
	keys  []string
	label string // how the keys are written; empty: as they are
	hint  string // in the last line; empty: not there
	does  string
	do    func(Model) (Model, []Effect)
}

func (b binding) written() string {
	if b.label != "" {
		return b.label
	}
	return strings.Join(b.keys, " ")
}

// plainly makes a change of the model alone what a key does.
func plainly(do func(Model) Model) func(Model) (Model, []Effect) {
	return func(m Model) (Model, []Effect) { return do(m), nil }
}

// group is bindings under a title.
type group struct {
	title string
	all   []binding
}

// bindings are all keys but those of prompts.
func bindings() []group {
	move := func(n int) func(Model) (Model, []Effect) {
		return plainly(func(m Model) Model { return m.move(n) })
	}
	sorted := func(order string) func(Model) (Model, []Effect) {
		return plainly(func(m Model) Model { return m.sortBy(order) })
	}
	saved := func(view int) func(Model) (Model, []Effect) {
		return plainly(func(m Model) Model { return m.show(view) })
	}
	set := func(s finding.Status) func(Model) (Model, []Effect) {
		return plainly(func(m Model) Model { return m.begin(s) })
	}
	return []group{
		{"Move", []binding{
			{keys: []string{"up", "k"}, does: "up", do: move(-1)},
			{keys: []string{"down", "j"}, does: "down", do: move(1)},
			{keys: []string{"ctrl+u"}, does: "half a page up", do: plainly(func(m Model) Model { return m.move(-max(m.page()/2, 1)) })},
			{keys: []string{"ctrl+d"}, does: "half a page down", do: plainly(func(m Model) Model { return m.move(max(m.page()/2, 1)) })},
			{keys: []string{"pgup"}, does: "a page up", do: plainly(func(m Model) Model { return m.move(-m.page()) })},
			{keys: []string{"pgdown"}, does: "a page down", do: plainly(func(m Model) Model { return m.move(m.page()) })},
			{keys: []string{"g", "home"}, does: "to the begin", do: move(-1 << 30)},
			{keys: []string{"G", "end"}, does: "to the end", do: move(1 << 30)},
			{keys: []string{"enter"}, hint: "open", does: "open the finding", do: plainly(Model.open)},
			{keys: []string{"esc"}, does: "back one level; in the list, drop the filter, then the marks", do: plainly(Model.back)},
			{keys: []string{"tab"}, does: "between list and preview", do: plainly(Model.other)},
			{keys: []string{"p"}, does: "preview on or off", do: plainly(func(m Model) Model { m.preview, m.reading = !m.preview, false; return m })},
		}},
		{"Find", []binding{
			{keys: []string{"/"}, hint: "filter", does: "filter the list while you type; in a text, search", do: plainly(Model.find)},
			{keys: []string{"n"}, does: "next match; without a search, the next finding", do: plainly(func(m Model) Model { return m.next(1) })},
			{keys: []string{"N"}, does: "previous match or finding", do: plainly(func(m Model) Model { return m.next(-1) })},
			{keys: []string{"1"}, does: "open: open and acknowledged", do: saved(1)},
			{keys: []string{"2"}, does: "mine: those of 1 in which an account of --mine must act", do: saved(2)},
			{keys: []string{"3"}, does: "undetermined: those of 1 without a known cause", do: saved(3)},
			{keys: []string{"4"}, does: "suppressed", do: saved(4)},
			{keys: []string{"5"}, does: "all", do: saved(5)},
			{keys: []string{"L"}, does: "sort by last seen; the same key again turns the order round", do: sorted("last-seen")},
			{keys: []string{"F"}, does: "sort by first seen", do: sorted("first-seen")},
			{keys: []string{"C"}, does: "sort by count", do: sorted("count")},
			{keys: []string{"S"}, does: "sort by status", do: sorted("status")},
			{keys: []string{"W"}, does: "sort by why: the cause", do: sorted("cause")},
			{keys: []string{"A"}, does: "sort by the account that must act", do: sorted("account")},
		}},
		{"Act: on the open finding, or the marked ones, or the one under the cursor", []binding{
			{keys: []string{"space"}, does: "mark, or take the mark away", do: plainly(Model.mark)},
			{keys: []string{"a"}, hint: "ack", does: "acknowledge: counted on, told only for a new cause", do: set(finding.Acknowledged)},
			{keys: []string{"s"}, hint: "suppress", does: "suppress: counted on, never told; asks why and until when", do: set(finding.Suppressed)},
			{keys: []string{"x"}, hint: "resolve", does: "resolve: it opens again if it happens again", do: set(finding.Resolved)},
			{keys: []string{"X"}, does: "reopen", do: set(finding.Open)},
			{keys: []string{"c"}, hint: "commands", does: "copy the commands of the change", do: Model.commands},
			{keys: []string{"y"}, does: "copy the id", do: func(m Model) (Model, []Effect) { return m.copied(m.subject(), "the id") }},
			{keys: []string{"Y"}, does: "copy the address of AWS's page about the cause", do: Model.link},
			{keys: []string{"o"}, does: "open our page about the cause", do: plainly(Model.about)},
		}},
		{"Else", []binding{
			{keys: []string{"r"}, does: "read the findings again", do: Model.refresh},
			{keys: []string{"?"}, hint: "help", does: "these keys", do: plainly(Model.help)},
			{keys: []string{"q"}, hint: "quit", does: "quit", do: func(m Model) (Model, []Effect) { return m, []Effect{Quit{}} }},
			{keys: []string{"ctrl+c"}, does: "quit, wherever you are", do: func(m Model) (Model, []Effect) { return m, []Effect{Quit{}} }},
		}},
	}
}

// key does what a key does here.
func (m Model) key(k string) (Model, []Effect) {
	m.message = ""
	switch {
	case k == "ctrl+c":
		return m, []Effect{Quit{}}
	case m.prompt != nil:
		return m.typed(k)
	case m.on(levelCommands) && len(k) == 1 && k[0] >= '1' && k[0] <= '9':
		return m.copyStep(int(k[0] - '1'))
	}
	for _, g := range bindings() {
		for _, b := range g.all {
			if slices.Contains(b.keys, k) {
				return b.do(m)
			}
		}
	}
	return m, nil
}

func (m Model) refresh() (Model, []Effect) {
	if m.loading {
		return m, nil
	}
	m.loading = true
	return m, []Effect{Load{}}
}

// copied says that a text goes to the clipboard. Whether it arrives nobody says: some
// terminals do not let programs write there.
func (m Model) copied(text, what string) (Model, []Effect) {
	if text == "" {
		m.message = "there is no finding here"
		return m, nil
	}
	m.message = "copied, if the terminal lets it: " + what
	return m, []Effect{Copy{Text: text}}
}

// link copies the address of AWS's page about the cause.
func (m Model) link() (Model, []Effect) {
	f, ok := m.known(m.subject())
	if !ok {
		return m.copied("", "")
	}
	info, ok := diagnosis.Info(f.InBrief().Cause)
	if !ok || info.Doc == "" {
		m.message = "its cause is not known, so that there is no page about it"
		return m, nil
	}
	return m.copied(info.Doc, info.Doc)
}
