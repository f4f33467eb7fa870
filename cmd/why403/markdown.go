package main

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"why403/pkg/console"
)

// onTerminal sets a page of docs/causes for a terminal: headings in bold where the
// style has colour, text filled to the width, code as it is. The pages know
// headings, paragraphs, lists and code between fences, and no more.
func onTerminal(page string, style console.Style) string {
	var b strings.Builder
	code, blank := false, false
	for line := range strings.Lines(page) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "```") {
			code = !code
			continue
		}
		if code {
			b.WriteString(line + "\n")
			blank = false
			continue
		}
		if line == "" {
			if !blank {
				b.WriteString("\n")
			}
			blank = true
			continue
		}
		blank = false
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			b.WriteString(heading(title, style) + "\n")
		} else if item, ok := strings.CutPrefix(line, "- "); ok {
			writeWords(&b, "- ", "  ", unmarked(item), lineWidth(style))
		} else {
			writeWords(&b, "", "", unmarked(line), lineWidth(style))
		}
	}
	return b.String()
}

// lineWidth is that of text, by the rules of the other commands.
func lineWidth(style console.Style) int {
	const widest, narrowest = 100, 40
	if style.Width <= 0 {
		return widest
	}
	return min(max(style.Width, narrowest), widest)
}

func heading(title string, style console.Style) string {
	if !style.Color {
		return title
	}
	return "\x1b[1m" + title + "\x1b[0m"
}

// unmarked takes the marks of Markdown out of a line of text. Code between backticks
// keeps them, and everything in it.
func unmarked(line string) string {
	parts := strings.Split(line, "`")
	for i := 0; i < len(parts); i += 2 {
		s := emphasis.ReplaceAllString(parts[i], "$1")
		parts[i] = pageLink.ReplaceAllString(webLink.ReplaceAllString(s, "$1 ($2)"), "$1")
	}
	return strings.Join(parts, "`")
}

var (
	emphasis = regexp.MustCompile(`\*{1,2}([^*]+)\*{1,2}`)
	webLink  = regexp.MustCompile(`\[([^\]]+)\]\((https://[^)]+)\)`)
	pageLink = regexp.MustCompile(`\[([^\]]+)\]\([^)]+\)`)
)

// writeWords fills lines with words. A word that is longer than a line, such as an
// ARN, is not broken.
func writeWords(b *strings.Builder, first, rest, text string, width int) {
	line, empty := first, true
	for _, w := range strings.Fields(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(w) > width {
			b.WriteString(line + "\n")
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+w, false
	}
	b.WriteString(line + "\n")
}
