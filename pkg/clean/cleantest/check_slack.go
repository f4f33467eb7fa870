package cleantest

import (
	"fmt"
	"strings"
)

// CheckSlack reports what in the finished mrkdwn text of a Slack message would
// notify people, become a foreign link, or leave its code span. Links that begin
// with one of own are the program's and pass, and so does s3://.
//
// Bold and italic marks cannot be checked here, since the program uses them.
func CheckSlack(text string, own ...string) error {
	if err := checkVisible(text, "\n"); err != nil {
		return err
	}
	if err := checkSlackMarkup(text, own); err != nil {
		return err
	}
	prose, err := slackProse(text)
	if err != nil {
		return err
	}
	lower := strings.ToLower(prose)
	for _, all := range []string{"@here", "@channel", "@everyone"} {
		if strings.Contains(lower, all) {
			return fmt.Errorf("plain mention %s", all)
		}
	}
	return checkUnlinked(prose, own, "://", "www.", "mailto:")
}

// checkSlackMarkup holds for prose and code alike: Slack reads < > & in both.
func checkSlackMarkup(text string, own []string) error {
	for i := 0; i < len(text); i++ {
		rest := text[i:]
		switch text[i] {
		case '&':
			if !strings.HasPrefix(rest, "&amp;") && !strings.HasPrefix(rest, "&lt;") && !strings.HasPrefix(rest, "&gt;") {
				return fmt.Errorf("bare ampersand: %q", excerpt(text, i))
			}
		case '>':
			return fmt.Errorf("bare >: %q", excerpt(text, i))
		case '<':
			end := strings.IndexByte(rest, '>')
			if end < 0 || !beginsWithAny(rest[1:end], own) {
				return fmt.Errorf("markup: %q", excerpt(text, i))
			}
			i += end
		}
	}
	return nil
}

// slackProse returns text without its code spans and fenced blocks, and an error
// if one of them does not end.
func slackProse(text string) (string, error) {
	var prose strings.Builder
	for text != "" {
		start := strings.IndexByte(text, '`')
		if start < 0 {
			prose.WriteString(text)
			break
		}
		prose.WriteString(text[:start])
		text = text[start:]
		fence, end := "`", 0
		if strings.HasPrefix(text, "```") {
			fence = "```"
			end = strings.Index(text[3:], fence)
		} else {
			end = strings.Index(text[1:], fence)
			if line := strings.IndexByte(text, '\n'); line >= 0 && line < end {
				end = -1
			}
			if end == 0 {
				return "", fmt.Errorf("empty code span")
			}
		}
		if end < 0 {
			return "", fmt.Errorf("code without end: %q", excerpt(text, 0))
		}
		code := text[len(fence) : len(fence)+end]
		if strings.Contains(code, "`") {
			return "", fmt.Errorf("backtick inside code: %q", code)
		}
		text = text[end+2*len(fence):]
	}
	return prose.String(), nil
}

func beginsWithAny(s string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}
