package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"why403/docs/causes"
	"why403/pkg/diagnosis"
)

func newExplain(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "explain [CAUSE]",
		Short: "Explain a cause: when it comes, how to see it, how to mend it",
		Long: `Show the page of a cause: when S3 answers so, how to see it, who must act, how to
fix it, what it is often confused with, and a worked example. Without a cause, list
all causes by family. Upper or lower case, dashes or underscores do not matter.

With --output json each line is one cause with id, name, means, doc (the AWS page)
and page (as Markdown).`,
		Example: `  why403 explain
  why403 explain OBJECT_OWNERSHIP
  why403 explain missing-object
  why403 explain -o json | jq -r .id`,
		Args: usage(cobra.MaximumNArgs(1)),
		ValidArgsFunction: func(_ *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completions(begun), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return o.listCauses()
			}
			info, ok := diagnosis.Info(diagnosis.CauseID(causeID(args[0])))
			if !ok {
				return usageError{fmt.Errorf("explain: there is no cause %q; the nearest are %s", args[0], strings.Join(nearest(causeID(args[0])), ", "))}
			}
			return o.explain(info)
		},
	}
}

// explained is a cause as explain writes it in JSON.
type explained struct {
	ID    diagnosis.CauseID `json:"id"`
	Name  string            `json:"name"`
	Means string            `json:"means"`
	Doc   string            `json:"doc"`
	Page  string            `json:"page"`
}

func (o *options) explain(info diagnosis.CauseInfo) error {
	page, ok := causes.Page(string(info.ID))
	if !ok {
		return fmt.Errorf("explain: there is no page about %s", info.ID)
	}
	if o.json() {
		return o.writeJSON(explained{info.ID, info.Name, info.Means, info.Doc, page})
	}
	if _, err := fmt.Fprint(o.sys.stdout, onTerminal(page, o.style())); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

// listCauses writes every cause, by the families of the index.
func (o *options) listCauses() error {
	style := o.style()
	var b strings.Builder
	for i, family := range causes.Families() {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(heading(family.Title, style) + "\n")
		for _, id := range family.IDs {
			info, ok := diagnosis.Info(diagnosis.CauseID(id))
			if !ok {
				return fmt.Errorf("explain: the index lists %s, which is no cause", id)
			}
			if o.json() {
				if err := o.explain(info); err != nil {
					return err
				}
			}
			writeWords(&b, "  ", "      ", id+": "+info.Means, lineWidth(style))
		}
	}
	if o.json() {
		return nil
	}
	if _, err := fmt.Fprintf(o.sys.stdout, "%s\nNext: why403 explain CAUSE\n", b.String()); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

// causeID writes what somebody typed as causes are written.
func causeID(typed string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.TrimSuffix(strings.TrimSpace(typed), ".md"), "-", "_"))
}

func completions(begun string) []cobra.Completion {
	var all []cobra.Completion
	for _, info := range diagnosis.Causes() {
		if strings.HasPrefix(string(info.ID), causeID(begun)) {
			all = append(all, cobra.CompletionWithDesc(string(info.ID), info.Name))
		}
	}
	return all
}

// nearest returns the three causes whose ids are most like a text: first those that
// have it, or all of its words, in them.
func nearest(text string) []string {
	const few = 3
	type candidate struct {
		id       string
		distance int
	}
	var all []candidate
	for _, info := range diagnosis.Causes() {
		c := candidate{string(info.ID), distance(text, string(info.ID))}
		if len(text) >= few && strings.Contains(c.id, text) || hasWords(c.id, text) {
			c.distance = 0
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var ids []string
	for _, c := range all[:few] {
		ids = append(ids, c.id)
	}
	return ids
}

// hasWords reports whether an id has every word of a text.
func hasWords(id, text string) bool {
	have := strings.Split(id, "_")
	for word := range strings.SplitSeq(text, "_") {
		if !slices.Contains(have, word) {
			return false
		}
	}
	return true
}

// distance is the number of letters to add, drop or change to make one text of the
// other. Of a long text the beginning counts.
func distance(a, b string) int {
	const most = 64
	a = a[:min(len(a), most)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
