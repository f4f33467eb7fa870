package cleantest

import (
	"fmt"
	"strings"
)

// CheckHTML reports what in a finished HTML document (or a piece of one) is alive
// that should be text: event handlers, script URLs, elements that load other
// documents, scripts that run the payload of [Hostile], tags that do not end,
// characters a reader cannot see. The document must not use event handler
// attributes itself, which its content security policy should forbid anyway.
func CheckHTML(text string) error {
	if err := checkVisible(text, "\n\t"); err != nil {
		return err
	}
	for {
		start := strings.IndexByte(text, '<')
		if start < 0 {
			return nil
		}
		text = text[start:]
		if strings.HasPrefix(text, "<!--") {
			end := strings.Index(text, "-->")
			if end < 0 {
				return fmt.Errorf("comment without end: %q", excerpt(text, 0))
			}
			text = text[end+len("-->"):]
			continue
		}
		tag, rest, err := readTag(text)
		if err != nil {
			return err
		}
		if err := tag.check(); err != nil {
			return err
		}
		if tag.name == "script" || tag.name == "style" {
			end := strings.Index(strings.ToLower(rest), "</"+tag.name)
			if end < 0 {
				return fmt.Errorf("%s without end", tag.name)
			}
			// Data blocks may hold the payload as a string; running it is another
			// matter.
			if strings.Contains(rest[:end], "alert(403)") && tag.attribute["type"] != "application/json" {
				return fmt.Errorf("payload runs as %s: %q", tag.name, excerpt(rest, 0))
			}
			rest = rest[end:]
		}
		text = rest
	}
}

// tag is a start or end tag ("/p") or a declaration ("!doctype").
type tag struct {
	name      string
	attribute map[string]string
}

func (t tag) check() error {
	switch t.name {
	case "iframe", "object", "embed", "base", "frame", "applet":
		return fmt.Errorf("element %s", t.name)
	}
	for name, value := range t.attribute {
		if strings.HasPrefix(name, "on") {
			return fmt.Errorf("event handler %s=%q in %s", name, value, t.name)
		}
		scheme := strings.ToLower(strings.TrimSpace(value))
		if strings.HasPrefix(scheme, "javascript:") && (name == "href" || name == "src" || name == "action" || name == "formaction") {
			return fmt.Errorf("script URL in %s of %s", name, t.name)
		}
	}
	return nil
}

// readTag reads the tag text begins with, as a browser would: quoted values may
// hold anything but their quote.
func readTag(text string) (tag, string, error) {
	t := tag{attribute: map[string]string{}}
	broken := fmt.Errorf("no tag: %q", excerpt(text, 0))
	begin := 1 // the slash of an end tag and the mark of a declaration are part of the name
	if strings.HasPrefix(text, "</") || strings.HasPrefix(text, "<!") {
		begin = 2
	}
	n := strings.IndexAny(text[begin:], " \t\n/>")
	if n < 1 || !wordByte(text[begin]) {
		return t, "", broken
	}
	t.name = strings.ToLower(text[1 : begin+n])
	rest := text[begin+n:]
	for {
		rest = strings.TrimLeft(rest, " \t\n/")
		if rest == "" {
			return t, "", broken
		}
		if rest[0] == '>' {
			return t, rest[1:], nil
		}
		// The first byte is never a separator here, so every round moves on.
		n := strings.IndexAny(rest[1:], "= \t\n/>")
		if n < 0 {
			return t, "", broken
		}
		name := strings.ToLower(rest[:1+n])
		rest = rest[1+n:]
		value := ""
		if strings.HasPrefix(rest, "=") {
			var ok bool
			if value, rest, ok = readValue(rest[1:]); !ok {
				return t, "", broken
			}
		}
		t.attribute[name] = value
	}
}

func readValue(rest string) (value, after string, ok bool) {
	if rest == "" {
		return "", "", false
	}
	if quote := rest[0]; quote == '"' || quote == '\'' {
		end := strings.IndexByte(rest[1:], quote)
		if end < 0 {
			return "", "", false
		}
		return rest[1 : 1+end], rest[2+end:], true
	}
	end := strings.IndexAny(rest, " \t\n>")
	if end < 0 {
		return "", "", false
	}
	return rest[:end], rest[end:], true
}
