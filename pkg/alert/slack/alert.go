package slack

import (
	"fmt"
	"slices"
	"strings"

	"why403/pkg/alert"
	"why403/pkg/clean"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// mostBlockers is how many blockers are written out: more than this is not read on a
// phone.
const mostBlockers = 4

// What goes first when a payload is too long.
const (
	_        = iota
	dropMore // all blockers and changes but the first
	dropAcknowledge
	dropCommands
	dropOpen
	dropChange
	dropStatement
	dropStrip
	dropRuledOut
)

// Alert words an event as a message for an incoming webhook.
func Alert(e alert.Event) Payload {
	if e.Digest != nil {
		return digest(e)
	}
	if e.Finding == nil {
		return Payload{Text: prose(e.Subject, mostSentence), Blocks: []Block{section(prose(e.Subject, mostSentence) + " ")}}
	}
	c := chat{e: e, f: *e.Finding, x: e.Finding.Diagnosis}
	p := Payload{Text: c.fallback(), Blocks: []Block{
		{Type: "header", Text: plainText(fit(c.headline(), MaxHeader, clean.Terminal))},
		section(c.sentence()),
		{Type: "section", Fields: c.fields()},
	}}
	if e.Reason != alert.Resolved {
		p.add(c.strip())
		p.add(c.intended())
		p.Blocks = append(p.Blocks, c.blockers()...)
		p.Blocks = append(p.Blocks, c.steps()...)
		p.add(c.proof())
		p.Blocks = append(p.Blocks, c.open()...)
		p.add(c.ruledOut())
	}
	p.add(c.commands())
	p.add(c.foot())
	return p.shorten()
}

func (p *Payload) add(b Block) {
	if b.Type != "" {
		p.Blocks = append(p.Blocks, b)
	}
}

// chat is a message in the making.
type chat struct {
	e alert.Event
	f finding.Finding
	x diagnosis.Diagnosis
}

func (c chat) causes() []diagnosis.Cause {
	if c.x.Cause == nil {
		return nil
	}
	return append([]diagnosis.Cause{*c.x.Cause}, c.x.Contributing...)
}

// headline says what happened and why, in what a push notification shows.
func (c chat) headline() string {
	turn := map[alert.Reason]string{
		alert.NewCause: "Denied, new cause", alert.Magnitude: fmt.Sprintf("Denied %d times", c.f.Count), alert.StillFailing: "Still denied",
		alert.Reopened: "Denied again", alert.Resolved: "Resolved",
	}[c.e.Reason]
	if turn == "" {
		turn = "Denied"
	}
	causes := c.causes()
	if len(causes) == 0 {
		if turn == "Denied" {
			return "Denied, cause not found yet"
		}
		return turn + ": cause not found yet"
	}
	var names []string
	for _, cause := range causes[:min(2, len(causes))] {
		names = append(names, causeName(cause.ID))
	}
	text := turn + ": " + strings.Join(names, " + ")
	if more := len(causes) - 2; more > 0 {
		text += fmt.Sprintf(" + %d more", more)
	}
	return text
}

func causeName(id diagnosis.CauseID) string {
	if info, ok := diagnosis.Info(id); ok {
		return info.Name
	}
	return string(id)
}

func (c chat) fallback() string {
	return prose(c.headline(), MaxHeader) + ": " + prose(diagnosis.Who(c.x.Denial.Principal), mostName) + ", " + prose(c.x.Action(), mostName) +
		" on " + prose(c.place(), mostName) + " [" + prose(c.f.ID, 16) + "]"
}

// sentence is who cannot do what where, and what would end it.
func (c chat) sentence() string {
	d := c.x.Denial
	who := upperFirst(diagnosis.Who(d.Principal))
	text := bold(who)
	if d.Principal.Account != "" && d.Principal.Type != "anonymous" {
		text += " (" + c.account(d.Principal.Account) + ")"
	}
	on := c.place()
	if d.Key != "" && d.Bucket != "" {
		on += "/" + d.Key
	}
	text += " may not " + code(c.x.Action()) + " on " + longCode(on)
	if d.BucketAccount != "" && d.BucketAccount != d.Principal.Account {
		text += " (" + c.account(d.BucketAccount) + ")"
	}
	state := strings.TrimPrefix(c.e.State, "DENIED, EXPLAINED: ") // as the header says
	return text + ".\n" + upperFirst(sentence(state))
}

func (c chat) place() string {
	if c.x.Denial.Bucket != "" {
		return c.x.Denial.Bucket
	}
	if place := c.f.Key.Place; place != "" {
		return place
	}
	return "a place the record does not name"
}

func (c chat) account(id string) string {
	text := prose(id, mostName)
	if name := c.e.Accounts[id]; name != "" {
		text += " " + prose(name, mostName)
	}
	return text
}

func (c chat) fields() []Text {
	seen := plural(c.f.Count, "time", "times")
	if !c.f.FirstSeen.IsZero() {
		seen += " since " + c.f.FirstSeen.UTC().Format("2006-01-02 15:04 UTC")
	}
	var actors []string
	for _, a := range c.e.Actors {
		switch {
		case a.Account == "":
			actors = append(actors, prose(a.Whose, mostName))
		case a.Name != "":
			actors = append(actors, prose(a.Account, mostName)+" "+prose(a.Name, mostName))
		default:
			actors = append(actors, prose(a.Account, mostName))
		}
	}
	if len(actors) > mostBlockers {
		actors = append(actors[:mostBlockers], plural(len(actors)-mostBlockers, "more", "more"))
	}
	who := join(actors)
	if who == "" {
		who = "not known"
	}
	fields := []Text{
		mrkdwn("*Must act*\n" + who),
		mrkdwn("*Seen*\n" + seen),
		mrkdwn("*State*\n" + prose(upperFirst(string(c.f.Status)), mostName)),
		mrkdwn("*Finding*\n" + code(c.f.ID)),
	}
	if d := c.x.Denial; d.VPCEndpointID != "" || d.SourceIP != "" {
		from := d.SourceIP
		if d.VPCEndpointID != "" {
			from = strings.TrimSpace(from + " through " + d.VPCEndpointID)
		}
		fields = append(fields, mrkdwn("*From*\n"+prose(from, mostName)))
	}
	return fields
}

func (c chat) strip() Block {
	var items []string
	known := false
	for _, g := range diagnosis.Strip(c.x.Checks) {
		name := layerName(g.Layer)
		switch g.Verdict {
		case diagnosis.Allow:
			items, known = append(items, name+" ✓"), true
		case diagnosis.Deny:
			items, known = append(items, "*"+name+" ✗*"), true
		case diagnosis.NotApplicable:
			items = append(items, name+" –")
		default:
			items = append(items, name+" ?")
		}
	}
	if !known {
		return Block{}
	}
	return note(strings.Join(items, "  ")+"\n✓ passes, ✗ blocks, ? not known, – not involved").droppable(dropStrip, "the checks")
}

func (c chat) intended() Block {
	if !c.x.Intended.Ask {
		return Block{}
	}
	text := "*Working as intended?*"
	if because := sentence(c.x.Intended.Because); because != "" {
		text += " " + upperFirst(because)
	}
	return section(text + " If it is meant to be refused, change nothing.")
}

func (c chat) foot() Block {
	var all []string
	aws := c.e.Links.AWS
	if !strings.HasPrefix(aws, "https://docs.aws.amazon.com/") {
		aws = ""
	}
	for _, l := range []string{link(c.e.Links.Cause, "cause page"), link(aws, "AWS's page")} {
		if l != "" {
			all = append(all, l)
		}
	}
	if len(all) == 0 {
		return Block{}
	}
	return note(strings.Join(all, " · "))
}

func (c chat) commands() Block {
	if c.e.Commands == nil || c.e.Commands.Show == "" {
		return Block{}
	}
	lines := []string{c.e.Commands.Show}
	title := "*Everything*"
	if c.f.Status == finding.Open && c.e.Commands.Acknowledge != "" {
		lines = append(lines, c.e.Commands.Acknowledge)
		title = "*Everything, and acknowledge*"
	}
	if !pasteable(lines) {
		return Block{}
	}
	return section(title+"\n"+commandFence(lines)).droppable(dropAcknowledge, "the commands of the finding")
}

// pasteable reports whether each line can be copied as it is: it begins with a program we
// know and holds nothing hidden, and nothing that Slack would change.
func pasteable(lines []string) bool {
	return !slices.ContainsFunc(lines, func(l string) bool {
		if !strings.HasPrefix(l, "aws ") && !strings.HasPrefix(l, "why403 ") {
			return true
		}
		shown := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(clean.SlackCode(l))
		return shown != l
	})
}

// commandFence sets commands that are pasteable, uncut.
func commandFence(lines []string) string {
	var b strings.Builder
	b.WriteString("```\n")
	for _, l := range lines {
		b.WriteString(clean.SlackCode(l) + "\n")
	}
	b.WriteString("```")
	return b.String()
}
