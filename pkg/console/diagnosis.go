package console

import (
	"strings"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
)

// Diagnosis returns the text of one diagnosis: the sentence, the request, each blocker
// with the statement that decides, what is open, the change, and the checks.
func Diagnosis(x diagnosis.Diagnosis, s Style) string {
	p := &page{style: s}
	if x.Outcome == diagnosis.Ignored {
		p.begin("ignored", dim, " "+strings.TrimPrefix(x.Denial.Operation+": ", ": ")+x.Because)
		return p.String()
	}
	p.head(x)
	p.request(x.Denial)
	b := blocks{page: p, x: x}
	if x.Cause != nil {
		b.because(*x.Cause)
	}
	for _, c := range x.Contributing {
		p.line("")
		p.begin("also denied["+clean.Terminal(string(c.ID))+"]", red, " "+string(c.Confidence)+": "+c.Summary)
		b.because(c)
	}
	if x.Cause == nil {
		p.unsettled(x)
	}
	if len(x.Contributing) > 0 {
		p.line("") // what follows is about all of them
	}
	p.open(x)
	if x.Intended.Ask {
		p.note("intended? " + x.Intended.Because)
	}
	p.fix(x.Remedy)
	if x.Cause != nil && x.Cause.Doc != "" {
		p.labelled("doc", []string{clean.Terminal(x.Cause.Doc)})
	}
	p.checks(x)
	return p.String()
}

func (p *page) head(x diagnosis.Diagnosis) {
	switch {
	case x.Cause != nil:
		p.begin("denied["+clean.Terminal(string(x.Cause.ID))+"]", red, " "+string(x.Cause.Confidence)+": "+x.Cause.Summary)
	case x.Outcome == diagnosis.Unexplained:
		p.begin("denied[UNEXPLAINED]", yellow, " no cause found: "+x.Because)
	default:
		p.begin("denied[UNDETERMINED]", yellow, " cause not known yet: "+x.Because)
	}
}
