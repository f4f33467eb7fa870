package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"
)

// The limits of Block Kit.
//
// https://docs.slack.dev/reference/block-kit/blocks
const (
	MaxBlocks   = 50
	MaxHeader   = 150
	MaxSection  = 3000
	MaxField    = 2000
	MaxFields   = 10
	MaxElements = 10 // of a context
)

// Budget is the most characters a payload has as JSON. Slack refuses messages well below the sum of
// its limits, at some 13,000 characters: https://github.com/slackapi/bolt-js/issues/2509
const Budget = 8000

// Payload is a message for an incoming webhook.
type Payload struct {
	// Text is what notifications and screen readers show.
	Text   string  `json:"text"`
	Blocks []Block `json:"blocks"`
	// Links in it are ours, and need no preview.
	UnfurlLinks bool `json:"unfurl_links"`
	UnfurlMedia bool `json:"unfurl_media"`
}

// Block is a header, a section or a context.
type Block struct {
	Type     string `json:"type"`
	Text     *Text  `json:"text,omitempty"`
	Fields   []Text `json:"fields,omitempty"`
	Elements []Text `json:"elements,omitempty"`
	// drop says when the block goes if the payload is too long: the highest first, 0
	// never. name is what is then said to be left out.
	drop int
	name string
}

// Text is plain text or mrkdwn.
type Text struct {
	Type string `json:"type"`
	Text string `json:"text"`
	// Verbatim keeps Slack from making links and mentions of names.
	Verbatim *bool `json:"verbatim,omitempty"`
	Emoji    *bool `json:"emoji,omitempty"`
}

func plainText(s string) *Text {
	no := false
	return &Text{Type: "plain_text", Text: s, Emoji: &no}
}

func mrkdwn(s string) Text {
	yes := true
	return Text{Type: "mrkdwn", Text: s, Verbatim: &yes}
}

func section(s string) Block {
	t := mrkdwn(s)
	return Block{Type: "section", Text: &t}
}

func note(s string) Block { return Block{Type: "context", Elements: []Text{mrkdwn(s)}} }

func (b Block) droppable(rank int, name string) Block {
	b.drop, b.name = rank, name
	return b
}

// Check reports what Slack would refuse in a payload.
func (p Payload) Check() error {
	if p.Text == "" || len(p.Blocks) == 0 || len(p.Blocks) > MaxBlocks {
		return fmt.Errorf("text of %d bytes and %d blocks, of at most %d", len(p.Text), len(p.Blocks), MaxBlocks)
	}
	for i, b := range p.Blocks {
		if err := b.check(); err != nil {
			return fmt.Errorf("block %d, a %s: %w", i, b.Type, err)
		}
	}
	if n := p.size(); n > Budget {
		return fmt.Errorf("it has %d characters, and should have at most %d", n, Budget)
	}
	return nil
}

func (b Block) check() error {
	texts := make([]Text, 0, 1+len(b.Fields)+len(b.Elements))
	texts = append(append(texts, b.Fields...), b.Elements...)
	most := MaxField
	switch b.Type {
	case "header":
		most = MaxHeader
		if b.Text == nil || b.Text.Type != "plain_text" {
			return fmt.Errorf("it has no plain text")
		}
	case "section":
		most = MaxSection
		if b.Text == nil && len(b.Fields) == 0 {
			return fmt.Errorf("it has neither text nor fields")
		}
	case "context":
		if len(b.Elements) == 0 {
			return fmt.Errorf("it has no elements")
		}
	default:
		return fmt.Errorf("the type is not one that is used here")
	}
	if b.Text != nil {
		texts = append(texts, *b.Text)
	}
	if len(b.Fields) > MaxFields || len(b.Elements) > MaxElements {
		return fmt.Errorf("%d fields and %d elements", len(b.Fields), len(b.Elements))
	}
	for _, t := range texts {
		if n := utf8.RuneCountInString(t.Text); n == 0 || n > most {
			return fmt.Errorf("a text of %d characters, want 1 to %d", n, most)
		}
	}
	for _, f := range b.Fields {
		if utf8.RuneCountInString(f.Text) > MaxField {
			return fmt.Errorf("a field of more than %d characters", MaxField)
		}
	}
	return nil
}

func (p Payload) size() int {
	doc, err := json.Marshal(p)
	if err != nil {
		return Budget + 1 // text always marshals
	}
	return utf8.RuneCount(doc)
}

// shorten leaves blocks out until the payload fits, the least needed first, and says
// which.
func (p Payload) shorten() Payload {
	if p.size() <= Budget {
		return p
	}
	last := 0
	for _, b := range p.Blocks {
		last = max(last, b.drop)
	}
	blocks, names := p.Blocks, []string{}
	for rank := last; rank > 0 && p.size() > Budget; rank-- {
		for i := len(blocks) - 1; i >= 0 && p.size() > Budget; i-- {
			if blocks[i].drop != rank {
				continue
			}
			names = appendNew(names, blocks[i].name)
			blocks = append(blocks[:i:i], blocks[i+1:]...)
			p.Blocks = slices.Concat(blocks, []Block{note("_Left out for length: " + join(names) + "._")})
		}
	}
	return p
}

func appendNew(all []string, s string) []string {
	if slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}
