package clean

import "html"

// HTML makes s safe as the text of an element and as the value of a quoted
// attribute.
//
// Guaranteed: all that [Terminal] guarantees, and & < > " ' are character
// references, so the text cannot open or close an element or leave its quotes.
// Two different texts give two different results.
//
// Not for unquoted attributes, for attributes that hold a URL, an event handler
// or a style, nor inside script and style elements. With html/template pass the
// text through [Terminal] instead: the template escapes by itself, and would
// escape a second time.
func HTML(s string) string {
	return html.EscapeString(visible(s))
}
