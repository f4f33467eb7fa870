package slack

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"why403/pkg/clean"
	"why403/pkg/evidence"
)

// The most characters of a foreign text that are shown.
const (
	mostName     = 80
	mostSentence = 320
	mostLine     = 240 // of code
)

// fit cleans a foreign text by a sink and cuts its middle out where the result is longer
// than most characters. It is cut first: cleaned text must stay whole.
func fit(s string, most int, sink func(string) string) string {
	n := most
	for {
		short := sink(clean.Middle(s, n))
		if utf8.RuneCountInString(short) <= most || n <= 1 {
			return short
		}
		n = n * 3 / 4
	}
}

// prose is foreign text in running mrkdwn.
func prose(s string, most int) string { return fit(s, most, clean.Slack) }

// code is foreign text in a code span.
func code(s string) string { return "`" + fit(s, mostName, clean.SlackCode) + "`" }

// longCode is code for what is copied whole, such as an ARN.
func longCode(s string) string { return "`" + fit(s, 300, clean.SlackCode) + "`" }

// fence sets lines in a fenced block. Indentation stays, which the cleaning of a line
// would write as escapes.
func fence(lines []string) string {
	const most = 30
	var b strings.Builder
	b.WriteString("```\n")
	n := 0
	for _, l := range lines {
		text := strings.TrimSpace(l)
		if text == "" {
			continue
		}
		if n == most {
			b.WriteString("...\n")
			break
		}
		n++
		by := len(l) - len(strings.TrimLeft(l, " "))
		b.WriteString(strings.Repeat(" ", min(by, 20)) + fit(text, mostLine, clean.SlackCode) + "\n")
	}
	b.WriteString("```")
	if n == 0 {
		return ""
	}
	return b.String()
}

// bold is foreign text in bold. Spaces at its ends would end the mark.
func bold(s string) string {
	if s = strings.TrimSpace(prose(s, mostName)); s == "" {
		return ""
	}
	return "*" + s + "*"
}

// link is a link with a text of ours, if the URL is one that cannot leave the markup.
func link(url, text string) string {
	if !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
		return ""
	}
	for i := range len(url) {
		if c := url[i]; c <= ' ' || c > '~' || strings.IndexByte("<>|&\"\\`", c) >= 0 {
			return ""
		}
	}
	return "<" + url + "|" + text + ">"
}

func sentence(s string) string {
	s = strings.TrimRight(prose(strings.TrimSpace(s), mostSentence), ". ")
	if s == "" {
		return ""
	}
	return s + "."
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func join(all []string) string { return strings.Join(all, ", ") }

func upperFirst(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// layerName is how a layer is called in the strip.
func layerName(l evidence.Layer) string { return prose(string(l), mostName) }
