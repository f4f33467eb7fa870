package report

import (
	"crypto/sha256"
	_ "embed" // the page's own parts
	"encoding/base64"
	"fmt"
	"html"
	"strings"
)

//go:embed page/page.html
var shell string

//go:embed page/style.css
var style string

//go:embed page/dom.js
var domJS string

//go:embed page/state.js
var stateJS string

//go:embed page/overview.js
var overviewJS string

//go:embed page/table.js
var tableJS string

//go:embed page/gates.js
var gatesJS string

//go:embed page/finding.js
var findingJS string

//go:embed page/main.js
var mainJS string

// program is the script of the page.
func program() string {
	return "(() => {\n'use strict';\n" + strings.Join([]string{domJS, stateJS, overviewJS, tableJS, gatesJS, findingJS, mainJS}, "\n") + "})();\n"
}

// page puts the parts of a page together. Foreign text in it is data that was escaped:
// what is put in is not looked at again.
func page(all index, data []byte, blocks []string) []byte {
	script := program()
	var details strings.Builder
	for i, b := range blocks {
		fmt.Fprintf(&details, "<script type=\"application/gzip\" id=\"block-%d\">%s</script>\n", i, b)
	}
	return []byte(strings.NewReplacer(
		"{{csp}}", policyOf(script, style),
		"{{title}}", html.EscapeString(all.Title),
		"{{style}}", style,
		"{{plain}}", plain(all.Rows),
		"{{data}}", string(data),
		"{{details}}", details.String(),
		"{{script}}", script,
	).Replace(shell))
}

// policyOf is the content security policy: this script, this style, and nothing else,
// neither network nor markup made of text.
//
// https://www.w3.org/TR/CSP3/
func policyOf(script, style string) string {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; script-src " + hash(script) + "; style-src " + hash(style) +
		"; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

// mostPlain is how many findings are shown where scripts do not run.
const mostPlain = 100

// plain is the table for readers without scripts.
func plain(rows []row) string {
	var b strings.Builder
	for _, r := range rows[:min(len(rows), mostPlain)] {
		// The texts of a row are cleaned already, and here only escaped.
		fmt.Fprintf(&b, "<tr><td>%s</td><td>%s</td><td>%d</td><td>%s</td></tr>\n", html.EscapeString(r.ID), html.EscapeString(r.Status), r.Count, html.EscapeString(r.Title))
	}
	return b.String()
}
