// Package causes holds the pages about the causes of a 403, for programs that show
// them. The pages are the Markdown files of this folder, each named by its cause in
// lower case with dashes; README.md lists them by family.
package causes

import (
	"embed"
	"strings"
)

//go:embed *.md
var files embed.FS

// Family is a heading of the index with the causes below it.
type Family struct {
	Title string
	IDs   []string
}

// File returns the name of the page of a cause: identity-no-allow.md.
func File(id string) string {
	return strings.ToLower(strings.ReplaceAll(id, "_", "-")) + ".md"
}

// Page returns the page of a cause, as Markdown; ok is false if there is none.
func Page(id string) (text string, ok bool) {
	b, err := files.ReadFile(File(id))
	return string(b), err == nil
}

// Families returns what the index lists, in its order.
func Families() []Family {
	index, _ := files.ReadFile("README.md")
	var all []Family
	for line := range strings.Lines(string(index)) {
		line = strings.TrimSpace(line)
		if title, ok := strings.CutPrefix(line, "## "); ok {
			all = append(all, Family{Title: title})
		}
		entry, ok := strings.CutPrefix(line, "- [")
		if id, _, linked := strings.Cut(entry, "]("); ok && linked && len(all) > 0 {
			last := &all[len(all)-1]
			last.IDs = append(last.IDs, id)
		}
	}
	return all
}
