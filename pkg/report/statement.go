package report

import (
	"strings"

	"why403/pkg/diagnosis"
	"why403/pkg/excerpt"
)

// statement is a statement of a policy with what decides marked.
type statement struct {
	Place string `json:"place"`
	Lines []line `json:"lines,omitempty"`
	// Label says what is wrong with the marked part; Beside is what the request has in
	// its place, and Name what that is.
	Label  string `json:"label,omitempty"`
	Name   string `json:"name,omitempty"`
	Beside string `json:"beside,omitempty"`
	Note   string `json:"note,omitempty"`
}

// line is a line of it. From and To are the columns that are marked.
type line struct {
	Text    string `json:"t"`
	From    int    `json:"from,omitempty"`
	To      int    `json:"to,omitempty"`
	Matches bool   `json:"matches,omitempty"`
}

func statementOf(x diagnosis.Diagnosis, r diagnosis.Reason) statement {
	label := excerpt.LabelOf(x, r)
	s := statement{Place: place(x, r), Label: text(label.Text), Name: text(label.Name), Beside: text(label.Beside), Note: text(excerpt.Note(r))}
	lines, ok := excerpt.Lines(x, r, excerpt.Options{Width: width, Quote: quote, More: "…", Only: excerpt.Far(r)})
	if !ok {
		return s
	}
	for _, l := range lines {
		s.Lines = append(s.Lines, line{Text: l.Text, From: l.From, To: l.To, Matches: l.Matches})
	}
	if r.Effect == "Allow" && r.Matches == "yes" {
		// Nothing in it is in the way.
		s.Label, s.Name, s.Beside = "", "", ""
		for i := range s.Lines {
			s.Lines[i].From, s.Lines[i].To = 0, 0
		}
	}
	return s
}

// place says where a statement stands.
func place(x diagnosis.Diagnosis, r diagnosis.Reason) string {
	where := strings.Join(excerpt.Place(r, x.Denial, text), " ")
	if r.Effect == "Allow" && r.Matches != "yes" {
		return "nearest: " + where
	}
	return where
}
