package alert

import (
	"maps"
	"time"

	"why403/pkg/finding"
)

// Options are what the operator chose for all messages.
type Options struct {
	// DocsBaseURL is where the pages about causes are, without a slash at the
	// end. If it is empty, or no http or https URL, no link to them is given.
	DocsBaseURL string
	// AccountNames are the names people know accounts by.
	AccountNames map[string]string
	// SummaryOnly leaves out policies, AWS's own words and commands, for mailboxes
	// with more readers than a policy should have.
	SummaryOnly bool
	// Policy is when people are told; messages say when the next one comes.
	Policy Policy
	// Table is the DynamoDB table that the findings are in, and Region where it is. If
	// Table is empty they are in the local store of the command line.
	Table, Region string
	// Routes send messages to other topics than the usual one.
	Routes Routes
}

// Message is one message, ready to be sent.
type Message struct {
	FindingID string // empty for a digest
	Reason    Reason
	// Topic is where a route sends it; empty: the usual one.
	Topic string
	// Subject is printable ASCII of fewer than 100 characters.
	Subject string
	// Body is plain text of at most 8 KB.
	Body string
	// Attributes are what a subscription can filter by, at most 10 and none empty.
	Attributes map[string]string
	// Event is the same for machines, and for chat.
	Event Event
}

// Email words a mail about a finding. Reason is what Decide returned; with None
// the mail is one that somebody asked for.
func Email(f finding.Finding, reason Reason, o Options) Message {
	o = o.named(f)
	m := mail{f: f, x: f.Diagnosis, reason: reason, o: o}
	return Message{
		FindingID:  f.ID,
		Reason:     reason,
		Subject:    m.subject(),
		Body:       m.body(),
		Attributes: m.attributes(),
	}
}

// Compose words a message about a finding in all forms. What facts say of it decides
// where it is sent.
func Compose(f finding.Finding, reason Reason, now time.Time, o Options, facts Facts) Message {
	o = o.named(f)
	m := Email(f, reason, o)
	m.Topic = o.Routes.Topic(f, facts)
	m.Event = newEvent(m, f, now, o)
	return m
}

// AnnouncementOf is what a message about a finding told, to be noted once it went out.
func AnnouncementOf(f finding.Finding, now time.Time) finding.Announcement {
	return finding.Announcement{
		Causes: Names(f),
		Told:   finding.Told{At: now.UTC(), Count: f.Count, Status: f.Status},
	}
}

// named returns the options with the names of accounts that were read for a finding; those
// of the operator stand before them.
func (o Options) named(f finding.Finding) Options {
	if len(f.Diagnosis.AccountNames) == 0 {
		return o
	}
	names := maps.Clone(f.Diagnosis.AccountNames)
	maps.Copy(names, o.AccountNames)
	o.AccountNames = names
	return o
}
