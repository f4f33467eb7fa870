package console

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
)

// Diagnosis returns the text of one diagnosis: the sentence, the request, AWS's
// own words or what is open, the change, and the strip of checks.
func Diagnosis(x diagnosis.Diagnosis, s Style) string {
	p := &page{style: s}
	if x.Outcome == diagnosis.Ignored {
		p.begin("ignored", dim, " "+strings.TrimPrefix(x.Denial.Operation+": ", ": ")+x.Because)
		return p.String()
	}
	p.head(x)
	p.request(x.Denial)
	if x.Cause != nil {
		p.reasons(*x.Cause)
	}
	for _, c := range x.Contributing {
		p.begin("also denied["+clean.Terminal(string(c.ID))+"]", red, " "+string(c.Confidence)+": "+c.Summary)
		p.reasons(c)
	}
	if x.Cause == nil {
		p.unsettled(x)
	}
	p.open(x)
	if x.Intended.Ask {
		p.note("intended? " + x.Intended.Because)
	}
	p.fix(x.Remedy)
	p.path(x)
	if x.Cause != nil && x.Cause.Doc != "" {
		p.line(" doc  %s", clean.Terminal(x.Cause.Doc))
	}
	return p.String()
}

type page struct {
	strings.Builder
	style Style
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// text writes foreign or long text behind a label, and under it.
func (p *page) text(label, text string) {
	p.words(label, strings.Split(clean.Terminal(text), " "))
}

// words writes words, which are never broken, behind a label and under it. They
// must be clean.
func (p *page) words(label string, words []string) {
	indent := columns(label)
	for i, l := range fill(words, p.style.width()-indent) {
		if i == 0 {
			p.line("%s%s", label, l)
		} else {
			p.line("%s%s", strings.Repeat(" ", indent), l)
		}
	}
}

// note writes text under the sign of a remark.
func (p *page) note(text string) { p.text("   = ", text) }

// begin writes a coloured word and text that goes on behind it.
func (p *page) begin(word, color, text string) {
	words := strings.Split(clean.Terminal(text), " ")
	words[0] = word + words[0] // not broken, or there would be no word to paint
	for i, l := range fill(words, p.style.width()-4) {
		if i == 0 {
			p.line("%s", p.painted(color, word, l))
		} else {
			p.line("    %s", l)
		}
	}
}

// painted is a line with its first word in colour.
func (p *page) painted(color, word, line string) string {
	if rest, ok := strings.CutPrefix(line, word); ok {
		return p.style.paint(color, word) + rest
	}
	return line
}

func (p *page) head(x diagnosis.Diagnosis) {
	if x.Cause == nil {
		p.begin("denied[UNDETERMINED]", yellow, " cause not known yet: "+x.Because)
		return
	}
	p.begin("denied["+clean.Terminal(string(x.Cause.ID))+"]", red, " "+string(x.Cause.Confidence)+": "+x.Cause.Summary)
}

func (p *page) request(d diagnosis.Denial) {
	// Names are words, whatever spaces they have: they are not broken.
	words := []string{clean.Terminal(d.Principal.ARN)}
	if d.Principal.ARN == "" {
		words = strings.Split(clean.Terminal(diagnosis.Who(d.Principal)), " ")
	}
	if d.Principal.Session != "" {
		words = append(words, "(session", clean.Terminal(d.Principal.Session)+")")
	}
	p.words("  --> ", words)
	if d.Principal.Via != "" {
		p.words("   |  ", []string{"called", "by", clean.Terminal(d.Principal.Via), "on", "its", "behalf"})
	}
	for _, a := range d.Authorizations {
		resource := []string{"a", "resource", "that", "the", "record", "does", "not", "name"}
		if a.Resource != "" {
			resource = []string{clean.Terminal(a.Resource)}
		}
		p.words("   |  ", append([]string{clean.Terminal(a.Action), "on"}, resource...))
	}
	var where []string
	add := func(label, value string) {
		if value != "" {
			where = append(where, strings.TrimSpace(label+" "+value))
		}
	}
	add("bucket of account", d.BucketAccount)
	add("", d.Region)
	add("through", d.AccessPoint)
	add("through", d.VPCEndpointID)
	add("from", d.SourceIP)
	if !d.Time.IsZero() {
		add("", d.Time.UTC().Format(time.RFC3339))
	}
	if len(where) > 0 {
		p.text("   |  ", strings.Join(where, ", "))
	}
}

func (p *page) reasons(c diagnosis.Cause) {
	for _, r := range c.Because {
		if r.Text != "" {
			p.note("AWS says: " + r.Text)
		}
		var at []string
		if r.Policy != "" {
			at = append(at, "policy", clean.Terminal(r.Policy))
		}
		if r.Statement != nil {
			at = append(at, fmt.Sprintf("statement %d", *r.Statement))
		}
		if r.SID != "" {
			at = append(at, `"`+clean.Terminal(r.SID)+`"`)
		}
		for _, name := range []string{r.Element, r.Key} {
			if name != "" {
				at = append(at, clean.Terminal(name))
			}
		}
		if len(at) > 0 {
			p.words("   = ", at)
		}
		for _, side := range []struct {
			label  string
			values []string
		}{{"     wants ", r.Wanted}, {"     gets  ", r.Got}} {
			for _, v := range side.values {
				p.words(side.label, []string{clean.Terminal(v)})
			}
		}
	}
	p.note("must act: " + mustAct(c))
}

// mustAct says who must act: where the account is not known, what it is the
// account of.
func mustAct(c diagnosis.Cause) string {
	if c.Account != "" {
		return "account " + c.Account
	}
	info, _ := diagnosis.Info(c.ID)
	whose := "whoever owns it"
	switch info.Layer {
	case evidence.LayerSCP, evidence.LayerRCP:
		whose = "the organization's management account"
	case evidence.LayerBucketPolicy, evidence.LayerPublicAccessBlock, evidence.LayerACLOwnership, evidence.LayerObjectLock, evidence.LayerMFADelete:
		whose = "the bucket's account"
	case evidence.LayerKeyPolicy, evidence.LayerKeyState:
		whose = "the account of the KMS key"
	case evidence.LayerVPCE:
		whose = "the account of the VPC endpoint"
	case evidence.LayerAccessPoint, evidence.LayerMRAP:
		whose = "the access point's account"
	case evidence.LayerSession:
		whose = "the account that makes the session"
	default:
	}
	return whose + " (which, the record does not say)"
}

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
	if x.Cause == nil {
		p.note("it may be one or more of these, in no order:")
	} else {
		p.note("AWS uses the same words for:")
	}
	var needs []string
	for _, o := range x.Open {
		if !slices.Contains(needs, o.Needs) {
			needs = append(needs, o.Needs)
		}
	}
	for _, need := range needs {
		if need == "" {
			p.text("     ", "nothing to read in AWS; look at the request itself")
		} else {
			p.text("     ", "to tell, read "+need)
		}
		for _, o := range x.Open {
			if o.Needs == need {
				fix := ""
				if x.Cause == nil {
					fix = diagnosis.FixFor(x.Denial.Principal, o.ID)
				}
				p.possible(o, fix)
			}
		}
	}
}

func (p *page) possible(o diagnosis.Open, fix string) {
	id := clean.Terminal(string(o.ID))
	words := append([]string{id + ":"}, strings.Split(clean.Terminal(o.Because), " ")...)
	for i, l := range fill(words, p.style.width()-9) {
		if i == 0 {
			p.line("       %s %s", p.style.mark(unknown), p.painted(bold, id, l))
		} else {
			p.line("         %s", l)
		}
	}
	if fix != "" {
		p.text("         ", "if so: "+fix)
	}
}

func (p *page) fix(r diagnosis.Remedy) {
	if len(r.Steps) == 0 && r.Because != "" {
		p.labelled(" fix", "  none: "+r.Because)
		return
	}
	for _, s := range r.Steps {
		p.step(s)
	}
	if len(r.Steps) > 0 && r.Because != "" {
		word := "not proven: "
		if r.Verified {
			word = "proven: "
		}
		p.text("      ", word+r.Because)
	}
}

func (p *page) step(s diagnosis.Step) {
	who := "  "
	if s.Account != "" {
		who = "  account " + s.Account + ": "
	}
	p.labelled(" fix", who+s.Title)
	if len(s.Patch) > 0 {
		p.line("%s", patch(s.Patch))
	}
	if s.Caution != "" {
		p.text("      ", "note: "+s.Caution)
	}
	// Nothing but the command on its line: people paste.
	saved := ""
	for _, c := range s.Commands {
		if c == "" || clean.Terminal(c) != c {
			p.text("      ", "(a command that is not fit to be pasted)")
			continue
		}
		if saved != "" && strings.Contains(c, "file://"+saved) {
			p.text("      ", "edit "+saved+", then")
		}
		p.line("      %s", c)
		_, saved, _ = strings.Cut(c, " > ")
	}
}

// labelled writes text behind a bold label of four columns.
func (p *page) labelled(label, text string) {
	for i, l := range fill(strings.Split(clean.Terminal(strings.TrimLeft(text, " ")), " "), p.style.width()-6) {
		if i == 0 {
			p.line("%s  %s", p.style.paint(bold, label), l)
		} else {
			p.line("      %s", l)
		}
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
