package console

import (
	"slices"
	"strings"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/excerpt"
)

// mostOpen is up to how many open causes are told one by one, each with what speaks
// for it and what would remove it. Of more, what must be read to tell is what counts.
const mostOpen = 5

// unsettled quotes AWS where its words say something and still settle nothing.
func (p *page) unsettled(x diagnosis.Diagnosis) {
	if x.Message != nil && x.Message.Layer != "" && x.Denial.ErrorMessage != "" {
		p.note("AWS says: " + x.Denial.ErrorMessage)
	}
}

// open lists what it may be, by what would have to be read to tell.
func (p *page) open(x diagnosis.Diagnosis) {
	if len(x.Open) == 0 {
		return
	}
	p.note(Possible(x))
	var needs []string
	for _, o := range x.Open {
		if !slices.Contains(needs, o.Needs) {
			needs = append(needs, o.Needs)
		}
	}
	for _, need := range needs {
		if len(x.Open) > mostOpen {
			p.toRead(need, x.Open)
			continue
		}
		if need == "" {
			p.text("     ", "nothing to read in AWS; look at the request itself")
		} else {
			p.words("     ", append([]string{"to", "tell,", "read"}, byAccount(need)...))
		}
		for _, o := range x.Open {
			if o.Needs != need {
				continue
			}
			p.possible(string(o.ID), broken(o.Because))
			if fix := diagnosis.FixFor(x.Denial.Principal, o.ID); fix != "" && x.Cause == nil {
				p.text("         ", "if so: "+fix)
			}
		}
	}
	for _, f := range x.Failed {
		where := ""
		if f.Account != "" {
			where = " in " + f.Account
		}
		p.note("not everything was read" + where + ": " + f.Because)
	}
}

// toRead names the causes that one read would settle; of one that nothing would, why
// it is possible.
func (p *page) toRead(need string, all []diagnosis.Open) {
	var ids []string
	for _, o := range all {
		switch {
		case o.Needs != need:
		case need == "":
			p.possible(string(o.ID), broken(o.Because))
		default:
			ids = append(ids, string(o.ID))
		}
	}
	if len(ids) > 0 {
		p.possible(strings.Join(ids, ", "), append([]string{"read"}, byAccount(need)...))
	}
}

// byAccount says what is to be read in which account, in clean words.
func byAccount(need string) []string {
	var words []string
	reads := excerpt.Reads(need)
	for i, r := range reads {
		for _, permission := range r.Permissions[:len(r.Permissions)-1] {
			words = append(words, clean.Terminal(permission)+",")
		}
		last := r.Permissions[len(r.Permissions)-1]
		if r.In != "" {
			last += " in " + r.In
		}
		if i < len(reads)-1 {
			last += ";"
		}
		if len(r.In) == len("111111111111") {
			words = append(words, clean.Terminal(last)) // the account is not parted from it
		} else {
			words = append(words, broken(last)...)
		}
	}
	return words
}

// possible writes a cause that may be, and clean words about it.
func (p *page) possible(id string, about []string) {
	id = clean.Terminal(id)
	words := append(strings.Split(id+":", " "), about...)
	for i, l := range fill(words, p.style.width()-9) {
		if i == 0 {
			p.line("       %s %s", p.style.mark(unknown), p.painted(bold, id, l))
		} else {
			p.line("         %s", l)
		}
	}
}

// Possible leads to what a denial may come from besides, or instead.
func Possible(x diagnosis.Diagnosis) string {
	switch {
	case x.Cause == nil:
		return "it may be one or more of these, in no order:"
	case evidenceRead(x):
		return "besides, in no order, it may be:"
	default:
		return "AWS uses the same words for:"
	}
}
