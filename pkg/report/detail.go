package report

import (
	"strings"
	"time"

	"why403/pkg/clean"
	"why403/pkg/console"
	"why403/pkg/diagnosis"
	"why403/pkg/excerpt"
)

// detail is what the page shows of one finding when it is opened.
type detail struct {
	ID       string    `json:"id"`
	Facts    []fact    `json:"facts"`
	Intended string    `json:"intended,omitempty"` // why to ask whether it is
	Because  string    `json:"because,omitempty"`  // why there is no cause
	Outcome  string    `json:"outcome"`
	Way      way       `json:"way"`
	Causes   []cause   `json:"causes"`
	Possible string    `json:"possible,omitempty"` // leads to what is open
	Open     []open    `json:"open"`
	Failed   []string  `json:"failed"`
	Remedy   remedy    `json:"remedy"`
	Seen     seen      `json:"seen"`
	Commands []command `json:"commands"`
}

// fact is a labelled line or several.
type fact struct {
	Label string   `json:"label"`
	Lines []string `json:"lines"`
}

// cause is a blocker with its evidence.
type cause struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Confidence string     `json:"confidence"`
	Summary    string     `json:"summary"`
	Actor      string     `json:"actor"` // who must act
	AWS        []string   `json:"aws,omitempty"`
	Statement  *statement `json:"statement,omitempty"`
	Others     []string   `json:"others,omitempty"`  // statements that come to the same
	Perhaps    []string   `json:"perhaps,omitempty"` // and those that may deny it too
	Facts      []string   `json:"facts,omitempty"`
	Needs      string     `json:"needs,omitempty"` // to be sure, read this
	Doc        string     `json:"doc,omitempty"`   // a page of AWS
	Explain    string     `json:"explain"`         // a command
}

// open is what one read would settle.
type open struct {
	Needs  string     `json:"needs,omitempty"`
	Causes []possible `json:"causes"`
}

type possible struct {
	ID      string `json:"id"`
	Because string `json:"because"`
	Fix     string `json:"fix,omitempty"` // what would remove it
}

// command is one line for a shell, and what it does.
type command struct {
	Does string `json:"does"`
	Line string `json:"line"`
}

func detailOf(i Item, o Options) detail {
	f, x := i.Finding, i.Finding.Diagnosis
	d := detail{
		ID: text(f.ID), Facts: facts(x), Because: text(x.Because), Outcome: string(x.Outcome), Causes: []cause{},
		Way: wayOf(i, o.Diagnosis), Open: openOf(x), Failed: []string{}, Remedy: remedyOf(x.Remedy, x.AccountNames), Seen: seenOf(f, o.Made), Commands: commands(f, o),
	}
	if x.Format == "" {
		d.Outcome, d.Because = string(f.InBrief().Outcome), "the diagnosis of this finding is not kept any more"
	}
	if x.Intended.Ask {
		d.Intended = text(x.Intended.Because)
	}
	for _, c := range blockers(x) {
		d.Causes = append(d.Causes, causeOf(x, c))
	}
	if len(d.Open) > 0 {
		d.Possible = console.Possible(x)
	}
	for _, failed := range x.Failed {
		where := ""
		if failed.Account != "" {
			where = " in " + failed.Account
		}
		d.Failed = append(d.Failed, text("not everything was read"+where+": "+failed.Because))
	}
	return d
}

func causeOf(x diagnosis.Diagnosis, c diagnosis.Cause) cause {
	out := cause{
		ID: text(string(c.ID)), Name: text(name(c.ID)), Confidence: text(string(c.Confidence)), Summary: text(c.Summary),
		Actor: text(console.MustAct(c)), Needs: needs(c.Needs), Explain: "why403 explain " + clean.Shell(string(c.ID)),
	}
	if strings.HasPrefix(c.Doc, "https://docs.aws.amazon.com/") {
		out.Doc = text(c.Doc)
	}
	if c.Account != "" && x.AccountNames[c.Account] != "" {
		out.Actor = "account " + account(c.Account, x.AccountNames)
	}
	decide, perhaps := excerpt.Parts(c.Because)
	for n, r := range decide {
		if n == 0 {
			s := statementOf(x, r)
			out.Statement = &s
			continue
		}
		out.Others = append(out.Others, place(x, r))
	}
	for _, r := range perhaps {
		out.Perhaps = append(out.Perhaps, place(x, r))
	}
	for _, r := range c.Because {
		switch {
		case r.Text != "":
			out.AWS = appendNew(out.AWS, text(r.Text))
		case r.Statement != nil:
		default:
			if r.Fact != "" && !excerpt.Said(c.Summary, r.Fact) {
				out.Facts = appendNew(out.Facts, text(r.Fact))
			}
			if len(r.Wanted)+len(r.Got) > 0 && r.Element+r.Key != "" {
				out.Facts = appendNew(out.Facts, text(console.Setting(r)))
			}
		}
	}
	return out
}

// needs says what is to be read in which account.
func needs(need string) string {
	var parts []string
	for _, r := range excerpt.Reads(need) {
		part := strings.Join(r.Permissions, ", ")
		if r.In != "" {
			part += " in " + r.In
		}
		parts = append(parts, part)
	}
	return text(strings.Join(parts, "; "))
}

func openOf(x diagnosis.Diagnosis) []open {
	all := []open{}
	at := make(map[string]int)
	for _, o := range x.Open {
		i, ok := at[o.Needs]
		if !ok {
			i = len(all)
			at[o.Needs] = i
			all = append(all, open{Needs: needs(o.Needs)})
		}
		p := possible{ID: text(string(o.ID)), Because: text(o.Because)}
		if x.Cause == nil {
			p.Fix = text(diagnosis.FixFor(x.Denial.Principal, o.ID))
		}
		all[i].Causes = append(all[i].Causes, p)
	}
	return all
}

// facts are who asked for what, and whence, in the words of the terminal.
func facts(x diagnosis.Diagnosis) []fact {
	d := x.Denial
	who := d.Principal.ARN
	if who == "" {
		who = diagnosis.Who(d.Principal)
	}
	if d.Principal.Session != "" {
		who += " (session " + d.Principal.Session + ")"
	}
	all := []fact{{Label: "Who", Lines: []string{text(who)}}}
	if d.Principal.Via != "" {
		all[0].Lines = append(all[0].Lines, text("called by "+d.Principal.Via+" on its behalf"))
	}
	what := fact{Label: "What"}
	for _, a := range d.Authorizations {
		resource := a.Resource
		if resource == "" {
			resource = "a resource that the record does not name"
		}
		what.Lines = append(what.Lines, text(a.Action+" on "+resource))
	}
	if len(what.Lines) > 0 {
		all = append(all, what)
	}
	var where []string
	for _, of := range []struct{ label, value string }{
		{"bucket of account ", d.BucketAccount}, {"", d.Region}, {"through ", d.AccessPoint}, {"through ", d.VPCEndpointID}, {"from ", d.SourceIP},
	} {
		if of.value != "" {
			where = append(where, text(of.label+of.value))
		}
	}
	at := fact{Label: "At"}
	if len(where) > 0 {
		at.Lines = append(at.Lines, strings.Join(where, ", "))
	}
	if d.UserAgent != "" && d.UserAgent != d.SourceIP {
		at.Lines = append(at.Lines, text("with "+d.UserAgent))
	}
	if !d.Time.IsZero() {
		at.Lines = append(at.Lines, d.Time.UTC().Format(time.RFC3339))
	}
	if len(at.Lines) > 0 {
		all = append(all, at)
	}
	return all
}
