package alert

import (
	"fmt"
	"slices"
	"strings"

	"why403/pkg/diagnosis"
	"why403/pkg/excerpt"
)

// mostBlockers is how many blockers, and how many steps, are written out. More do
// not fit.
const mostBlockers = 6

// causes are the blockers, numbered, each with who must act and its evidence.
func (m mail) causes() []section {
	blockers := m.blockers()
	more := len(blockers) - mostBlockers
	blockers = blockers[:min(len(blockers), mostBlockers)]
	var all []section
	for i, c := range blockers {
		lines := m.withActor(fmt.Sprintf("%d %s ", i+1, markBlocks), c)
		if i > 0 {
			// The sentence of the first is at the top.
			lines = append(lines, wrap(indent(4), indent(4), sentence(c.Summary))...)
		}
		all = append(all, section{lines: lines})
		var words []string
		for _, r := range c.Because {
			words = append(words, quoted(r.Text)...)
		}
		all = append(all,
			section{lines: m.evidence(c), tight: true, drop: dropReasons, name: "the statements that decide"},
			section{lines: words, tight: true, drop: dropWords, name: "AWS's own words"},
			section{lines: m.toBeSure(c), tight: true, drop: dropOpen, name: "what would settle it"})
	}
	if more > 0 {
		all = append(all, section{lines: []string{fmt.Sprintf("    and %d more", more)}})
	}
	return all
}

// toBeSure is what would settle a cause that is likely.
func (m mail) toBeSure(c diagnosis.Cause) []string {
	if c.Needs == "" {
		return nil
	}
	return wrap(indent(4)+"To tell ", indent(12), "read "+fit(needed(c.Needs, ""), mostSentence))
}

// quoted are AWS's own words. Every line begins with a mark, since the requester's
// names in them could imitate lines of the mail.
func quoted(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	return append([]string{indent(4) + "AWS says"}, wrap(indent(4)+"> ", indent(4)+"> ", fit(text, mostWords))...)
}

// unsettled quotes AWS where its words name something and still settle nothing.
func (m mail) unsettled() section {
	if m.x.Cause != nil || m.x.Message == nil || m.x.Message.Layer == "" {
		return section{}
	}
	lines := quoted(m.x.Denial.ErrorMessage)
	if len(lines) > 0 {
		lines[0] = "AWS SAYS"
	}
	return section{lines: lines, drop: dropWords, name: "AWS's own words"}
}

// intended asks whether the denial is perhaps right, before any change.
func (m mail) intended() section {
	if !m.x.Intended.Ask {
		return section{}
	}
	text := "Perhaps this denial is right"
	if because := fit(m.x.Intended.Because, mostSentence); because != "" {
		text += " (" + because + ")"
	}
	text += ". If it is, change nothing."
	return section{lines: wrap("INTENDED? ", indent(10), text), drop: dropIntended, name: "whether it is intended"}
}

// open are the causes that are possible, by the account and the read that would
// settle them.
func (m mail) open() []section {
	if len(m.x.Open) == 0 {
		return nil
	}
	title := "WHAT IT MAY BE (in no order, none is likelier) and what must be read to tell"
	if m.x.Cause != nil {
		title = "ALSO POSSIBLE (in no order, none is likelier) and what must be read to tell"
	}
	all := []section{{lines: []string{title}, drop: dropOpen, name: "what else it may be"}}
	var accounts []string
	needs := make(map[string][]string) // by account
	for _, o := range m.x.Open {
		account := readAccount(o)
		if !slices.Contains(accounts, account) {
			accounts = append(accounts, account)
		}
		if !slices.Contains(needs[account], o.Needs) {
			needs[account] = append(needs[account], o.Needs)
		}
	}
	for _, account := range accounts {
		lines := []string{indent(2) + finished(m.reader(account))}
		for _, need := range needs[account] {
			if text := needed(need, account); text != "" {
				lines = append(lines, wrap(indent(4)+"needs ", indent(10), fit(text, mostSentence))...)
			}
			for _, o := range m.x.Open {
				if o.Needs == need {
					lines = append(lines, wrap(indent(6)+markUnknown+" ", indent(8), causeID(o.ID)+": "+fit(o.Because, mostSentence))...)
				}
			}
		}
		all = append(all, section{lines: lines, drop: dropOpen, name: "what else it may be"})
	}
	return all
}

// readAccount is the first account in which something must be read to tell.
func readAccount(o diagnosis.Open) string {
	if reads := excerpt.Reads(o.Needs); len(reads) > 0 {
		return reads[0].In
	}
	return ""
}

// needed names the permissions that are needed in an account, and those that are needed
// elsewhere besides.
func needed(need, account string) string {
	var all []string
	for _, r := range excerpt.Reads(need) {
		text := strings.Join(r.Permissions, ", ")
		if r.In != account {
			text += " in " + r.In
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// reader is where something must be read.
func (m mail) reader(account string) string {
	if account == "" {
		return "Cannot be read from AWS"
	}
	if name := m.account(account); strings.HasPrefix(name, "account") {
		return "In " + name
	}
	return "In " + fit(account, mostName)
}

// ruledOut are the causes that it cannot be, by reason.
func (m mail) ruledOut() section {
	var reasons []string
	ids := make(map[string][]string)
	for _, r := range m.x.RuledOut {
		if ids[r.Because] == nil {
			reasons = append(reasons, r.Because)
		}
		ids[r.Because] = append(ids[r.Because], causeID(r.ID))
	}
	var lines []string
	label := "RULED OUT "
	for _, because := range reasons {
		lines = append(lines, wrap(label, indent(12), strings.Join(ids[because], ", ")+": "+fit(because, mostSentence))...)
		label = indent(10)
	}
	return section{lines: lines, drop: dropRuledOut, name: "what is ruled out"}
}

// changes are recent changes of the documents that decide, newest first.
func (m mail) changes() section {
	const most = 3
	var lines []string
	label := "CHANGED   "
	for _, c := range m.x.Changes[:min(len(m.x.Changes), most)] {
		text := value(c.Event, mostWord)
		if !c.Time.IsZero() {
			text = span(c.Time.UTC(), c.Time.UTC()) + " " + text
		}
		if c.Document != "" {
			text += " on " + arnValue(c.Document)
		}
		if c.By != "" {
			text += " by " + arnValue(c.By)
		}
		lines = append(lines, wrap(label, indent(12), text)...)
		label = indent(10)
	}
	return section{lines: lines, drop: dropChanges, name: "recent changes of policies"}
}
