package alert

import "why403/pkg/finding"

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
}

// Message is one message, ready to be sent.
type Message struct {
	FindingID string
	Reason    Reason
	// Subject is printable ASCII of fewer than 100 characters.
	Subject string
	// Body is plain text of at most 8 KB.
	Body string
	// Attributes are what a subscription can filter by, at most 10 and none empty.
	Attributes map[string]string
}

// Email words a mail about a finding. Reason is what Decide returned; with None
// the mail is one that somebody asked for.
func Email(f finding.Finding, reason Reason, o Options) Message {
	m := mail{f: f, x: f.Diagnosis, reason: reason, o: o}
	return Message{
		FindingID:  f.ID,
		Reason:     reason,
		Subject:    m.subject(),
		Body:       m.body(),
		Attributes: m.attributes(),
	}
}
