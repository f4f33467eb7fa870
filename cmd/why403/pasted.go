package main

import (
	"html"
	"regexp"
	"strings"
)

// pasted takes the parts out of the text of a 403 as tools show it: S3's XML, the
// AWS CLI's "An error occurred (AccessDenied) when calling the GetObject operation:
// …", SDK errors around it, quotation marks escaped on the way. What was typed by
// hand comes back as it is.
func pasted(s string) (message, code, operation string) {
	s = strings.TrimSpace(s)
	if _, rest, ok := strings.Cut(s, "<Message>"); ok {
		message, _, _ = strings.Cut(rest, "</Message>")
		if _, rest, ok := strings.Cut(s, "<Code>"); ok {
			code, _, _ = strings.Cut(rest, "</Code>")
		}
		return html.UnescapeString(message), code, ""
	}
	// Before the message there is no foreign text: what follows the first "User:"
	// belongs to AWS.
	before, rest, named := strings.Cut(s, "User: arn:")
	if m := regexp.MustCompile(`An error occurred \((\w+)\) when calling the (\w+) operation(?: \([^)]*\))?: `).FindStringSubmatchIndex(before); m != nil {
		code, operation = before[m[2]:m[3]], before[m[4]:m[5]]
		message = before[m[1]:]
	}
	if named {
		message = "User: arn:" + rest
	}
	if message == "" {
		message = s
	}
	switch {
	case strings.Contains(message, `resource: &quot;`):
		message = html.UnescapeString(message)
	case strings.Contains(message, `resource: \"`):
		message = strings.ReplaceAll(message, `\"`, `"`)
	}
	return message, code, operation
}
