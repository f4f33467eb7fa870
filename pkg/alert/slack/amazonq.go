package slack

import (
	"encoding/json"
	"fmt"
	"strings"

	"why403/pkg/alert"
	"why403/pkg/clean"
)

// Notification is a custom notification of Amazon Q Developer in chat applications,
// which shows it in Slack or Microsoft Teams.
//
// https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
type Notification struct {
	Version  string   `json:"version"` // 1.0
	Source   string   `json:"source"`  // custom
	ID       string   `json:"id,omitempty"`
	Content  Content  `json:"content"`
	Metadata Metadata `json:"metadata"`
}

// Content is what is shown.
type Content struct {
	TextType    string   `json:"textType"` // client-markdown
	Title       string   `json:"title"`
	Description string   `json:"description"`
	NextSteps   []string `json:"nextSteps,omitempty"`
	Keywords    []string `json:"keywords,omitempty"`
}

// Metadata is about the notification. Those with one thread id stand in one thread,
// where the channel allows it.
type Metadata struct {
	ThreadID          string            `json:"threadId"`
	Summary           string            `json:"summary"`
	EventType         string            `json:"eventType"`
	RelatedResources  []string          `json:"relatedResources,omitempty"`
	AdditionalContext map[string]string `json:"additionalContext,omitempty"`
}

// AmazonQ words an event as a custom notification. Its text is that of Alert without
// what only a webhook can lay out.
func AmazonQ(e alert.Event) Notification {
	p := Alert(e)
	n := Notification{
		Version: "1.0", Source: "custom", ID: fit(e.ID, mostName, clean.Terminal),
		Content: Content{TextType: "client-markdown", Title: prose(e.Subject, 240)},
		Metadata: Metadata{
			ThreadID: fit(e.ID, mostName, clean.Terminal), Summary: p.Text, EventType: "S3AccessDenied",
			AdditionalContext: map[string]string{"reason": string(e.Reason)},
		},
	}
	var texts []string
	for _, b := range p.Blocks[1:] {
		if b.Text != nil {
			texts = append(texts, strings.TrimSpace(b.Text.Text))
		}
		for _, t := range append(append([]Text{}, b.Fields...), b.Elements...) {
			texts = append(texts, strings.Replace(t.Text, "*\n", "*: ", 1))
		}
	}
	n.Content.Description = strings.Join(texts, "\n\n")
	if e.Finding == nil {
		return n
	}
	c := chat{e: e, f: *e.Finding, x: e.Finding.Diagnosis}
	for _, s := range c.x.Remedy.Steps {
		if len(n.Content.NextSteps) == mostBlockers {
			break
		}
		step := sentence(s.Title)
		if s.Account != "" {
			step = c.account(s.Account) + ": " + step
		}
		n.Content.NextSteps = append(n.Content.NextSteps, step)
	}
	for _, word := range []string{c.f.Cause(), string(c.x.Outcome)} {
		n.Content.Keywords = append(n.Content.Keywords, prose(word, mostName))
	}
	n.Metadata.AdditionalContext["count"] = fmt.Sprint(c.f.Count)
	n.Metadata.AdditionalContext["state"] = prose(string(c.f.Status), mostName)
	d := c.x.Denial
	for _, arn := range []string{d.Principal.ARN, "arn:aws:s3:::" + d.Bucket} {
		// Only names that need no cleaning: these are for machines.
		if strings.HasPrefix(arn, "arn:") && !strings.HasSuffix(arn, ":") && clean.Slack(arn) == arn && len(arn) < 256 {
			n.Metadata.RelatedResources = append(n.Metadata.RelatedResources, arn)
		}
	}
	return n
}

// JSON writes the notification, its characters < > & as they are.
func (n Notification) JSON() (string, error) { return compact(n) }

// JSON writes the payload, its characters < > & as they are.
func (p Payload) JSON() (string, error) { return compact(p) }

func compact(v any) (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", fmt.Errorf("writing a message for chat: %w", err)
	}
	return strings.TrimSpace(b.String()), nil
}
