package browse

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"why403/pkg/console"
	"why403/pkg/finding"
)

// Options are what a browser is about. Its functions are called within Update, and must
// neither wait nor write.
type Options struct {
	// Style is with or without colour and symbols; its width is not used.
	Style console.Style
	// Store is the name of the store, as the user gave it.
	Store string
	// Mine are the accounts that the user acts for.
	Mine []string
	// Sort is the order at the start, by the names of Sorts; empty: the first.
	Sort string
	// View is the saved filter at the start, from 1; 0 means 1.
	View int
	// Until reads a point in the future as people write it.
	Until func(text string, now time.Time) (time.Time, error)
	// Page is the page about a cause as a text for a style; empty if there is none.
	Page func(cause string, s console.Style) string
}

// Msg is something that happened.
type Msg interface{ msg() }

// The messages.
type (
	// Key is a key that was pressed: a character, or a name as enter, esc, tab, space,
	// backspace, up, pgdown, ctrl+d.
	Key string
	// Paste is text that was pasted.
	Paste string
	// Resize is the size of the terminal, in columns and rows.
	Resize struct{ Width, Height int }
	// Loaded answers Load. The findings need no diagnosis and samples.
	Loaded struct {
		All []finding.Finding
		Err error
	}
	// Got answers Get, with the whole of a finding.
	Got struct {
		ID      string
		Finding finding.Finding
		Err     error
	}
	// Changed answers Set: what was changed, and what could not be.
	Changed struct {
		Status finding.Status
		Done   []finding.Finding
		Failed []error
	}
)

func (Key) msg()     {}
func (Paste) msg()   {}
func (Resize) msg()  {}
func (Loaded) msg()  {}
func (Got) msg()     {}
func (Changed) msg() {}

// Effect is something to be done.
type Effect interface{ effect() }

// The effects.
type (
	// Load wants the list of findings.
	Load struct{}
	// Get wants the whole of one finding.
	Get struct{ ID string }
	// Set wants the status of findings changed; who says so is left open.
	Set struct {
		IDs    []string
		Change finding.StatusChange
	}
	// Copy wants a text on the clipboard.
	Copy struct{ Text string }
	// Quit ends the browser, with an error if there never was a list to show.
	Quit struct{ Err error }
)

func (Load) effect() {}
func (Get) effect()  {}
func (Set) effect()  {}
func (Copy) effect() {}
func (Quit) effect() {}

// maxDetails is how many whole findings are kept: going back to one seen a moment ago
// costs no read, and browsing thousands no memory.
const maxDetails = 16

// Model is a browser of findings. The zero value is of no use; New makes one.
type Model struct {
	opts          Options
	width, height int
	now           time.Time

	all             []finding.Finding
	words           []string // of each of all, what a filter looks in
	loaded, loading bool
	writing         bool

	shown   []int // of all, in order
	view    int   // saved filter, from 1
	order   string
	reverse bool
	filter  string
	cursor  int // in shown
	top     int // of shown, the first row on the screen
	marks   map[string]bool

	preview bool // whether it is wanted; small terminals have no room for it
	reading bool // the preview has the keys, not the list
	beside  pane // the preview
	levels  []level

	details []finding.Finding // whole ones, the latest first
	version int               // of details: texts made of an older one are made anew
	asking  string            // the id of the Get that is under way
	trouble map[string]string // why a finding could not be got

	prompt  *prompt
	search  string
	message string
}

// New returns a browser that knows nothing yet, and what it wants first.
func New(o Options) (Model, []Effect) {
	m := Model{opts: o, view: max(o.View, 1), order: o.Sort, preview: true, loading: true}
	if m.order == "" {
		m.order = Sorts()[0]
	}
	return m, []Effect{Load{}}
}

// Update returns the browser after something happened, and what is to be done.
func (m Model) Update(msg Msg, now time.Time) (Model, []Effect) {
	m.now = now
	var effects []Effect
	switch msg := msg.(type) {
	case Resize:
		m.width, m.height = msg.Width, msg.Height
	case Key:
		m, effects = m.key(string(msg))
	case Paste:
		m = m.paste(string(msg))
	case Loaded:
		m, effects = m.load(msg)
	case Got:
		m = m.got(msg)
	case Changed:
		m = m.changed(msg)
	}
	m = m.settle()
	m, ask := m.ask()
	return m, append(effects, ask...)
}

func (m Model) load(l Loaded) (Model, []Effect) {
	m.loading = false
	if l.Err != nil {
		if !m.loaded {
			return m, []Effect{Quit{Err: l.Err}}
		}
		m.message = "not read again: " + l.Err.Error()
		return m, nil
	}
	at := m.current()
	m.loaded = true
	m = m.with(l.All)
	m.details, m.trouble, m.version = nil, nil, m.version+1
	m = m.choose(at)
	return m, nil
}

// with takes a list of findings.
func (m Model) with(all []finding.Finding) Model {
	m.all = all
	m.words = make([]string, len(all))
	for i, f := range all {
		m.words[i] = haystack(f)
	}
	return m
}

func (m Model) got(g Got) Model {
	if m.asking == g.ID {
		m.asking = ""
	}
	m.version++
	if g.Err != nil {
		m.trouble = maps.Clone(m.trouble)
		if m.trouble == nil {
			m.trouble = make(map[string]string)
		}
		m.trouble[g.ID] = g.Err.Error()
		return m
	}
	kept := m.without(g.ID)
	m.details = append([]finding.Finding{g.Finding}, kept[:min(len(kept), maxDetails-1)]...)
	return m
}

// without are the details but for one.
func (m Model) without(id string) []finding.Finding {
	return slices.DeleteFunc(slices.Clone(m.details), func(f finding.Finding) bool { return f.ID == id })
}

// detail is the whole of a finding, if it is at hand.
func (m Model) detail(id string) (finding.Finding, bool) {
	i := slices.IndexFunc(m.details, func(f finding.Finding) bool { return f.ID == id })
	if i < 0 {
		return finding.Finding{}, false
	}
	return m.details[i], true
}

// ask asks for the finding that the screen shows, one at a time: who runs down the list
// causes one read and not one for each row.
func (m Model) ask() (Model, []Effect) {
	id := m.subject()
	if id == "" || m.asking != "" || m.trouble[id] != "" || !m.detailed() {
		return m, nil
	}
	if _, ok := m.detail(id); ok {
		return m, nil
	}
	m.asking = id
	return m, []Effect{Get{ID: id}}
}

func (m Model) changed(c Changed) Model {
	m.writing = false
	at := m.current()
	m.all, m.marks = slices.Clone(m.all), maps.Clone(m.marks)
	for _, f := range c.Done {
		if i := slices.IndexFunc(m.all, func(g finding.Finding) bool { return g.ID == f.ID }); i >= 0 {
			m.all[i] = f
		}
		m.details = m.without(f.ID)
		delete(m.marks, f.ID)
	}
	m.version++
	m = m.with(m.all).choose(at)
	var said []string
	switch {
	case len(c.Done) == 1:
		said = append(said, c.Done[0].ID+" is "+string(c.Status))
	case len(c.Done) > 1:
		said = append(said, fmt.Sprintf("%d findings are %s", len(c.Done), c.Status))
	}
	switch {
	case len(c.Failed) == 1:
		said = append(said, "not changed: "+c.Failed[0].Error())
	case len(c.Failed) > 1:
		said = append(said, fmt.Sprintf("%d not changed, the first: %v", len(c.Failed), c.Failed[0]))
	}
	m.message = strings.Join(said, "; ")
	return m
}
