package alert

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"why403/pkg/clean"
	"why403/pkg/finding"
)

// Why findings are held for a digest.
const (
	QuietStart = "quiet start" // they came when a deployment or an account was new
	Burst      = "burst"       // there were too many messages
)

// Daily is why a digest tells of a whole day: nothing of it was held back.
const Daily = "daily"

// mostListed is how many findings the event of a digest lists.
const mostListed = 200

// DigestOf is what a digest says.
type DigestOf struct {
	Why      string        `json:"why"`
	Count    int           `json:"count"` // of findings, also those not listed
	Causes   []Tally       `json:"causes"`
	Actors   []Tally       `json:"actors"`   // by account; empty where it is not known
	Findings []DigestEntry `json:"findings"` // the most frequent first
	// New is how many of them are new, and Resolved lists what was resolved: of a whole day.
	New      int           `json:"new,omitempty"`
	Resolved []DigestEntry `json:"resolved,omitempty"`
	List     string        `json:"list"` // the command that lists all findings
}

// Tally is how many findings have a thing in common.
type Tally struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// DigestEntry is one finding of a digest.
type DigestEntry struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Cause    string    `json:"cause"`
	Account  string    `json:"account,omitempty"` // who must act
	Count    int       `json:"count"`
	LastSeen time.Time `json:"lastSeen,omitzero"`
}

// Day is what happened in the day before a time.
type Day struct {
	Seen     []finding.Finding // what was denied, whatever became of it
	Resolved []finding.Finding // what was resolved
}

// ComposeDaily words the digest of a day, in all forms.
func ComposeDaily(day Day, now time.Time, o Options) Message {
	d := digestOf(day.Seen, Daily, o)
	for _, f := range day.Seen {
		if now.Sub(f.FirstSeen) <= 24*time.Hour {
			d.New++
		}
	}
	d.Resolved = digestOf(day.Resolved, Daily, o).Findings
	return composeDigest(d, now, o)
}

// ComposeDigest words one message about several findings, in all forms.
func ComposeDigest(findings []finding.Finding, why string, now time.Time, o Options) Message {
	return composeDigest(digestOf(findings, why, o), now, o)
}

func composeDigest(d DigestOf, now time.Time, o Options) Message {
	g := digest{d: d, o: o, m: mail{o: o}}
	subject := clean.Truncate(plural(d.Count, "finding", "findings")+" "+g.of()+" [why403 digest]", maxSubject)
	m := Message{
		Reason: Digest, Subject: subject, Body: g.body(),
		Attributes: map[string]string{"reason": string(Digest)},
	}
	if o.Region != "" {
		m.Attributes["region"] = clean.Truncate(clean.Subject(o.Region), 128)
	}
	m.Event = Event{
		Format: EventFormat, ID: "digest-" + now.UTC().Format("20060102T150405Z"), Reason: Digest, Time: now.UTC(),
		Subject: subject, State: g.state(), Actors: []Actor{}, Digest: &d,
	}
	for _, a := range d.Actors {
		if a.Name != "" {
			m.Event.Actors = append(m.Event.Actors, Actor{Account: a.Name, Name: o.AccountNames[a.Name]})
		}
	}
	return m
}

func digestOf(findings []finding.Finding, why string, o Options) DigestOf {
	all := slices.Clone(findings)
	slices.SortStableFunc(all, func(a, b finding.Finding) int {
		return cmp.Or(b.Count-a.Count, b.LastSeen.Compare(a.LastSeen), strings.Compare(a.ID, b.ID))
	})
	d := DigestOf{Why: why, Count: len(all), List: o.list(), Findings: []DigestEntry{}}
	causes, actors := make(map[string]int), make(map[string]int)
	for i, f := range all {
		e := DigestEntry{ID: f.ID, Title: f.Title, Cause: f.Cause(), Count: f.Count, LastSeen: f.LastSeen}
		e.Account = f.InBrief().Account
		for _, c := range Names(f) {
			causes[c]++
		}
		actors[e.Account]++
		if i < mostListed {
			d.Findings = append(d.Findings, e)
		}
	}
	d.Causes, d.Actors = tallies(causes), tallies(actors)
	return d
}

func tallies(counts map[string]int) []Tally {
	all := []Tally{}
	for name, n := range counts {
		all = append(all, Tally{name, n})
	}
	slices.SortFunc(all, func(a, b Tally) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Name, b.Name)) })
	return all
}

// list is the command that lists the open findings.
func (o Options) list() string {
	if o.Table == "" {
		return "why403 findings list"
	}
	at := ""
	if o.Region != "" {
		at = " --region=" + clean.Shell(o.Region)
	}
	return "aws dynamodb query" + at + " --table-name=" + clean.Shell(o.Table) +
		` --index-name=by-status --no-scan-index-forward --key-condition-expression='#s = :s'` +
		` --expression-attribute-names='{"#s":"status"}' --expression-attribute-values='{":s":{"S":"open"}}'` +
		` --query='Items[].[id.S,count.N,title.S]' --output=text`
}

// digest is the mail of a digest in the making.
type digest struct {
	d DigestOf
	o Options
	m mail
}

// of says which findings they are.
func (g digest) of() string {
	switch {
	case g.d.Why == Daily:
		return fmt.Sprintf("of the last 24 hours: %d new, %d resolved", g.d.New, len(g.d.Resolved))
	case g.d.Why == QuietStart && g.o.Policy.QuietStart > 0:
		return "of the first " + duration(g.o.Policy.QuietStart)
	case g.d.Why == QuietStart:
		return "of the quiet start"
	case g.d.Why == Burst && g.o.Policy.Burst > 0:
		return fmt.Sprintf("beyond %d messages in %s", g.o.Policy.Burst, duration(g.o.Policy.Window))
	}
	return "held back"
}

func (g digest) state() string {
	return "DIGEST: " + plural(g.d.Count, "finding", "findings") + " " + g.of() + ", in one message."
}

func (g digest) body() string {
	because := "So many at once are seldom many causes: one policy, one deployment or one scanner is often behind them. Begin with the first line of each list."
	switch g.d.Why {
	case Daily:
		because = "Whoever had to hear of one of them was told when it happened: this is the day in short."
	case QuietStart:
		because = "They were recorded and not told one by one. From now on a new finding is told at once."
	}
	// As many findings as there is room for: the foot and the head always stay.
	for n := len(g.d.Findings); ; n = n * 3 / 4 {
		if text := g.with(because, n); len(text) <= maxBody || n == 0 {
			return text
		}
	}
}

func (g digest) with(because string, n int) string {
	head := []section{
		{lines: wrap("", "  ", g.state())},
		{lines: wrap("", "  ", because)},
	}
	if g.d.Count > 0 {
		head = append(head, section{lines: append([]string{"WHO MUST ACT"}, g.actors()...)},
			section{lines: append([]string{"CAUSES"}, g.causes()...)},
			section{lines: append([]string{"FINDINGS (the most frequent first)"}, g.entries(n)...)})
	}
	if len(g.d.Resolved) > 0 {
		head = append(head, section{lines: append([]string{"RESOLVED"}, g.resolved()...)})
	}
	foot := []string{"All open findings", indent(2) + g.d.List}
	if len(g.d.Findings) > 0 {
		c := g.o.commands(g.d.Findings[0].ID)
		foot = append(foot, "One of them, such as the first", indent(2)+c.Show, "Silence it", indent(2)+c.Suppress)
	}
	return join(head, nil, section{lines: foot})
}

func (g digest) resolved() []string {
	const most, by = 8, 12
	var lines []string
	for i, e := range g.d.Resolved {
		if i == most {
			lines = append(lines, indent(2)+fmt.Sprintf("and %d more", len(g.d.Resolved)-most))
			break
		}
		lines = append(lines, wrap(fmt.Sprintf("  %-8s  ", finished(value(e.ID, 8))), indent(by), g.title(e.Title, width-by))...)
	}
	return lines
}

func (g digest) actors() []string {
	const most = 8
	var lines []string
	for i, a := range g.d.Actors {
		if i == most {
			lines = append(lines, indent(2)+plural(len(g.d.Actors)-most, "more account", "more accounts"))
			break
		}
		name := "not known"
		if a.Name != "" {
			name = g.m.account(a.Name)
		}
		lines = append(lines, flush(indent(2)+finished(name), plural(a.Count, "finding", "findings"))...)
	}
	return lines
}

func (g digest) causes() []string {
	const most = 8
	var lines []string
	for i, c := range g.d.Causes {
		if i == most {
			lines = append(lines, indent(2)+plural(len(g.d.Causes)-most, "more cause", "more causes"))
			break
		}
		name := finished(value(c.Name, mostID))
		if c.Name == finding.Undetermined {
			name = "not known"
		}
		lines = append(lines, flush(indent(2)+name, plural(c.Count, "finding", "findings"))...)
	}
	return lines
}

func (g digest) entries(n int) []string {
	const by = 25
	var lines []string
	for _, e := range g.d.Findings[:n] {
		times := "once"
		if e.Count != 1 {
			times = fmt.Sprintf("%d times", e.Count)
		}
		lines = append(lines, wrap(fmt.Sprintf("  %-8s  %-11s  ", finished(value(e.ID, 8)), times), indent(by), g.title(e.Title, width-by))...)
	}
	if more := g.d.Count - n; more > 0 {
		lines = append(lines, indent(2)+fmt.Sprintf("and %d more", more))
	}
	return lines
}

// title is a title whose words are no longer than a line has room for.
func (g digest) title(title string, room int) string {
	words := strings.Fields(fit(title, 2*mostName))
	for i, w := range words {
		words[i] = clean.Middle(w, room)
	}
	return strings.Join(words, " ")
}
