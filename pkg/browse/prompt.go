package browse

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"why403/pkg/clean"
	"why403/pkg/finding"
)

// stage is what a prompt asks for.
type stage uint8

const (
	askFilter stage = iota
	askSearch
	askReason
	askUntil
	askSure
)

// prompt is a question in the last line.
type prompt struct {
	stage  stage
	text   string
	before string // the filter or search that esc brings back
	ids    []string
	change finding.StatusChange
}

// maxTyped is the most bytes of an answer. More is a slip in pasting.
const maxTyped = 1000

// verb is what is done to a finding, by the status that it gets.
func verb(s finding.Status) string {
	switch s {
	case finding.Acknowledged:
		return "acknowledge"
	case finding.Suppressed:
		return "suppress"
	case finding.Resolved:
		return "resolve"
	case finding.Open:
		return "reopen"
	}
	return "change"
}

// begin asks for what a change of status needs. Nothing is changed before the last answer.
func (m Model) begin(status finding.Status) Model {
	ids, why := m.targets()
	if m.writing {
		why = "the last change is still being written"
	}
	if why != "" {
		m.message = why
		return m
	}
	m.prompt = &prompt{stage: askReason, ids: ids, change: finding.StatusChange{Status: status, How: finding.ByHand}}
	return m
}

// find asks for a filter, or in a text for what to search.
func (m Model) find() Model {
	if m.inText() {
		m.prompt = &prompt{stage: askSearch, before: m.search}
		return m
	}
	m.prompt = &prompt{stage: askFilter, text: m.filter, before: m.filter}
	return m
}

// label is what stands before the answer.
func (p *prompt) label() string {
	what := "1 finding"
	if len(p.ids) == 1 {
		what = clean.Terminal(p.ids[0])
	} else if len(p.ids) > 1 {
		what = fmt.Sprintf("%d findings", len(p.ids))
	}
	act := verb(p.change.Status) + " " + what
	switch p.stage {
	case askFilter:
		return "filter: "
	case askSearch:
		return "search: "
	case askReason:
		if p.change.Status == finding.Suppressed {
			return act + "; why: "
		}
		return act + "; why (enter: no reason, esc: do not): "
	case askUntil:
		return act + "; until (30d, 2026-12-31; enter: no end): "
	case askSure:
	}
	until := "without an end"
	if !p.change.Until.IsZero() {
		until = "until " + p.change.Until.UTC().Format("2006-01-02 15:04 UTC")
	}
	return act + " " + until + "; y yes, n no: "
}

// typed takes a key of an answer.
func (m Model) typed(k string) (Model, []Effect) {
	p := *m.prompt
	m.prompt = &p
	if p.stage == askSure {
		switch k {
		case "y", "Y":
			return m.write(p)
		case "n", "N", "esc", "q":
			m.prompt = nil
			m.message = "nothing changed"
		}
		return m, nil
	}
	switch k {
	case "esc":
		return m.cancel(p), nil
	case "enter":
		return m.answer(p)
	case "backspace":
		_, size := utf8.DecodeLastRuneInString(p.text)
		p.text = p.text[:len(p.text)-size]
	case "ctrl+u":
		p.text = ""
	case "ctrl+w":
		p.text = strings.TrimRight(p.text, " ")
		p.text = p.text[:strings.LastIndexByte(p.text, ' ')+1]
	case "space":
		p.text += " "
	default:
		if utf8.RuneCountInString(k) != 1 {
			return m, nil // a key without a character
		}
		p.text += k
	}
	return m.retyped(p), nil
}

// paste takes pasted text as if it was typed, on one line. Without a question it is
// nothing: it might be anything, and keys act.
func (m Model) paste(text string) Model {
	if m.prompt == nil || m.prompt.stage == askSure {
		return m
	}
	p := *m.prompt
	p.text += strings.Join(strings.Fields(text), " ")
	return m.retyped(p)
}

// retyped has the list or the text follow what was typed.
func (m Model) retyped(p prompt) Model {
	if len(p.text) > maxTyped {
		p.text = strings.ToValidUTF8(p.text[:maxTyped], "")
	}
	m.prompt = &p
	switch p.stage {
	case askFilter:
		at := m.current()
		m.filter = p.text
		return m.choose(at)
	case askSearch:
		m.search = p.text
		return m.settle().match(0)
	case askReason, askUntil, askSure:
	}
	return m
}

func (m Model) cancel(p prompt) Model {
	m.prompt = nil
	switch p.stage {
	case askFilter:
		at := m.current()
		m.filter = p.before
		return m.choose(at)
	case askSearch:
		m.search = p.before
	default:
		m.message = "nothing changed"
	}
	return m
}

// answer goes on to the next question, or does what was asked for.
func (m Model) answer(p prompt) (Model, []Effect) {
	text := strings.TrimSpace(p.text)
	suppress := p.change.Status == finding.Suppressed
	switch p.stage {
	case askReason:
		if suppress && text == "" {
			m.message = "say why: whoever finds the silence later wants to know"
			return m, nil
		}
		p.change.Reason = text
		if !suppress {
			return m.write(p)
		}
		p.stage, p.text = askUntil, ""
		m.prompt = &p
		return m, nil
	case askUntil:
		if text != "" {
			until, err := m.until(text)
			if err != nil {
				m.message = err.Error()
				return m, nil
			}
			p.change.Until = until
		}
		p.stage, p.text = askSure, ""
		m.prompt = &p
		return m, nil
	case askSearch:
		m.prompt = nil
		return m.match(0), nil // and says where
	case askFilter, askSure:
	}
	m.prompt = nil
	return m, nil
}

func (m Model) until(text string) (time.Time, error) {
	until, err := m.opts.Until(text, m.now)
	if err == nil && !until.After(m.now) {
		err = fmt.Errorf("%s is over", until.UTC().Format("2006-01-02 15:04 UTC"))
	}
	return until, err
}

func (m Model) write(p prompt) (Model, []Effect) {
	m.prompt = nil
	m.writing = true
	p.change.At = m.now
	return m, []Effect{Set{IDs: p.ids, Change: p.change}}
}
