package alert

import (
	"fmt"
	"slices"
	"strings"

	"why403/pkg/diagnosis"
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
		var reasons, words []string
		for _, r := range c.Because {
			reasons = append(reasons, reasonLines(r)...)
			words = append(words, quoted(r.Text)...)
		}
		all = append(all,
			section{lines: reasons, tight: true, drop: dropReasons, name: "the statements that decide"},
			section{lines: words, tight: true, drop: dropWords, name: "AWS's own words"})
	}
	if more > 0 {
		all = append(all, section{lines: []string{fmt.Sprintf("    and %d more", more)}})
	}
	return all
}

// reasonLines is one line of evidence: which statement, and what it wants.
func reasonLines(r diagnosis.Reason) []string {
	var at []string
	if r.Policy != "" {
		at = append(at, "policy "+arnValue(r.Policy))
	}
	if r.Statement != nil {
		at = append(at, fmt.Sprintf("statement %d", *r.Statement))
	}
	if r.SID != "" {
		at = append(at, `"`+strings.ReplaceAll(fit(r.SID, mostName), " ", noBreak)+`"`)
	}
	if r.Element != "" {
		at = append(at, value(r.Element, mostWord))
	}
	if r.Key != "" {
		at = append(at, value(r.Key, mostName))
	}
	if len(at) == 0 && len(r.Wanted) == 0 && len(r.Got) == 0 {
		return nil
	}
	lines := wrap(indent(4), indent(6), strings.Join(at, " "))
	if len(at) == 0 {
		lines = nil
	}
	for _, side := range []struct {
		label  string
		values []string
	}{{"wants", r.Wanted}, {"gets", r.Got}} {
		const most = 5
		label := side.label
		for i, v := range side.values {
			if i == most {
				lines = append(lines, fmt.Sprintf("%14s and %d more", "", len(side.values)-most))
				break
			}
			lines = append(lines, wrap(fmt.Sprintf("      %-8s", label), indent(14), wantedValue(v))...)
			label = ""
		}
	}
	return lines
}

// wantedValue is an ARN, or a text short enough for its line.
func wantedValue(s string) string {
	if strings.HasPrefix(s, "arn:") {
		return arnValue(s)
	}
	return value(s, mostName-2)
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
	byNeed := make(map[string][]diagnosis.Open)
	var accounts []string
	needs := make(map[string][]string) // by account
	for _, o := range m.x.Open {
		permission, account := splitNeed(o.Needs)
		if !slices.Contains(accounts, account) {
			accounts = append(accounts, account)
		}
		if !slices.Contains(needs[account], permission) {
			needs[account] = append(needs[account], permission)
		}
		byNeed[o.Needs] = append(byNeed[o.Needs], o)
	}
	for _, account := range accounts {
		lines := []string{indent(2) + finished(m.reader(account))}
		for _, permission := range needs[account] {
			if permission != "" {
				lines = append(lines, wrap(indent(4)+"needs ", indent(10), fit(permission, mostSentence))...)
			}
			for _, o := range byNeed[joinNeed(permission, account)] {
				lines = append(lines, wrap(indent(6)+markUnknown+" ", indent(8), causeID(o.ID)+": "+fit(o.Because, mostSentence))...)
			}
		}
		all = append(all, section{lines: lines, drop: dropOpen, name: "what else it may be"})
	}
	return all
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

// splitNeed takes a need apart: a permission, and the account to read it in.
func splitNeed(need string) (permission, account string) {
	if i := strings.LastIndex(need, " in "); i >= 0 {
		return need[:i], need[i+len(" in "):]
	}
	return need, ""
}

func joinNeed(permission, account string) string {
	if account == "" {
		return permission
	}
	return permission + " in " + account
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
