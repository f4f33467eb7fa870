package alert

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// EventFormat is the value of Event.Format.
const EventFormat = "why403.alert/v1"

// MaxEvent is the most bytes that the JSON of an event has. SNS takes 262,144 with the
// attributes.
const MaxEvent = 200_000

// Event is a message for machines; docs/alert.schema.json describes its JSON. Text in it
// is as foreign as in a record: who shows it cleans it.
type Event struct {
	Format string    `json:"format"`
	ID     string    `json:"id"` // of the finding; of a digest its time
	Reason Reason    `json:"reason"`
	Time   time.Time `json:"time"`
	// Subject is that of the mail, and State the first line of it: both are ready to be
	// shown.
	Subject string `json:"subject"`
	State   string `json:"state"`
	// Actors are who must act, each once, the one for the cause first.
	Actors []Actor `json:"actors"`
	// Accounts are the names of the accounts in Finding that have one.
	Accounts map[string]string `json:"accounts,omitempty"`
	// Finding is the whole finding; nil in a digest.
	Finding  *finding.Finding `json:"finding,omitempty"`
	Commands *Commands        `json:"commands,omitempty"`
	Links    Links            `json:"links,omitzero"`
	Digest   *DigestOf        `json:"digest,omitempty"`
	// Shortened names what was left out of Finding.
	Shortened []string `json:"shortened,omitempty"`
}

// Actor is an account that must act.
type Actor struct {
	Account string `json:"account,omitempty"` // empty: not known
	Name    string `json:"name,omitempty"`
	// Whose says whose account it is, where its id is not known.
	Whose string `json:"whose,omitempty"`
}

// Links are pages about the cause.
type Links struct {
	AWS   string `json:"aws,omitempty"`
	Cause string `json:"cause,omitempty"` // the operator's own
}

func newEvent(m Message, f finding.Finding, now time.Time, o Options) Event {
	w := mail{f: f, x: f.Diagnosis, reason: m.Reason, o: o}
	commands := o.commands(f.ID)
	state, _, _ := strings.Cut(m.Body, "\n\n")
	e := Event{
		Format: EventFormat, ID: f.ID, Reason: m.Reason, Time: now.UTC(), Subject: m.Subject,
		State:   strings.Join(strings.Fields(state), " "),
		Actors:  w.actors(),
		Finding: &f, Commands: &commands,
	}
	for id, name := range o.AccountNames {
		if d := f.Diagnosis.Denial; id == d.Principal.Account || id == d.BucketAccount || slices.ContainsFunc(e.Actors, func(a Actor) bool { return a.Account == id }) {
			if e.Accounts == nil {
				e.Accounts = make(map[string]string)
			}
			e.Accounts[id] = name
		}
	}
	if c := f.Diagnosis.Cause; c != nil {
		if page := link(c.Doc); strings.HasPrefix(page, awsDocs) {
			e.Links.AWS = page
		}
		e.Links.Cause = o.causePage(c.ID)
	}
	if o.SummaryOnly {
		e.Finding.Diagnosis = withoutPolicies(f.Diagnosis)
		e.Finding.Brief.Statement = ""
		e.Finding.Causes = slices.Clone(f.Causes)
		for i := range e.Finding.Causes {
			e.Finding.Causes[i].Statement = ""
		}
		e.Shortened = []string{"policies", "commands", "AWS's own words"}
	}
	return e
}

// actors are the accounts that must act, each once.
func (m mail) actors() []Actor {
	all := []Actor{}
	add := func(account string, id diagnosis.CauseID) {
		a := Actor{Account: account, Name: m.o.AccountNames[account]}
		if account == "" {
			a.Whose = whose(id)
		}
		if !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	for _, c := range m.blockers() {
		add(c.Account, c.ID)
	}
	for _, s := range m.x.Remedy.Steps {
		if s.Account != "" {
			add(s.Account, s.Cause)
		}
	}
	return all
}

// withoutPolicies leaves of a diagnosis what a summary says: no statement, no command and
// none of AWS's own words.
func withoutPolicies(x diagnosis.Diagnosis) diagnosis.Diagnosis {
	bare := func(c diagnosis.Cause) diagnosis.Cause {
		c.Because = []diagnosis.Reason{}
		return c
	}
	x.Denial.ErrorMessage = ""
	if x.Cause != nil {
		c := bare(*x.Cause)
		x.Cause = &c
	}
	x.Contributing = each(x.Contributing, bare)
	x.Checks = withoutReasons(x.Checks)
	x.Remedy.Steps = each(x.Remedy.Steps, func(s diagnosis.Step) diagnosis.Step {
		return diagnosis.Step{Account: s.Account, Cause: s.Cause, Title: s.Title, Target: s.Target, Kind: s.Kind}
	})
	return x
}

func withoutReasons(checks []diagnosis.Check) []diagnosis.Check {
	return each(checks, func(c diagnosis.Check) diagnosis.Check {
		c.Because = nil
		return c
	})
}

// each is never nil, as the lists of a diagnosis are never null.
func each[T any](all []T, change func(T) T) []T {
	out := make([]T, len(all))
	for i, v := range all {
		out[i] = change(v)
	}
	return out
}

// JSON writes the event in at most MaxEvent bytes. Where it would be longer, parts of the
// diagnosis are left out that the store has, the least needed first, and named.
func (e Event) JSON() ([]byte, error) {
	doc, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("writing an alert as JSON: %w", err)
	}
	if len(doc) <= MaxEvent || e.Finding == nil {
		return doc, nil
	}
	f := *e.Finding
	e.Finding = &f
	e.Shortened = slices.Clone(e.Shortened)
	for _, part := range []struct {
		name   string
		remove func(*diagnosis.Diagnosis)
	}{
		{"reasons of checks", func(x *diagnosis.Diagnosis) { x.Checks = withoutReasons(x.Checks) }},
		{"whole policies", func(x *diagnosis.Diagnosis) {
			x.Remedy.Steps = each(x.Remedy.Steps, func(s diagnosis.Step) diagnosis.Step {
				s.Document, s.Terraform = nil, ""
				return s
			})
		}},
		{"what is ruled out", func(x *diagnosis.Diagnosis) { x.RuledOut = []diagnosis.RuledOut{} }},
		{"policies, commands and AWS's own words", func(x *diagnosis.Diagnosis) { *x = withoutPolicies(*x) }},
	} {
		part.remove(&f.Diagnosis)
		e.Shortened = append(e.Shortened, part.name)
		if doc, err = json.Marshal(e); err != nil {
			return nil, fmt.Errorf("writing an alert as JSON: %w", err)
		}
		if len(doc) <= MaxEvent {
			break
		}
	}
	return doc, nil
}
