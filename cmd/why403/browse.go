package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"why403/docs/causes"
	"why403/pkg/browse"
	"why403/pkg/console"
)

func newFindingsBrowse(o *options) *cobra.Command {
	c := choice{all: true}
	var mine []string
	cmd := &cobra.Command{
		Use: "browse", Short: "Look through the findings in the terminal", Args: usage(cobra.NoArgs),
		Long: `Look through the findings in the terminal: a list that can be filtered and sorted, each
finding with the words of show, and keys to set its status or copy the commands of its
change. ? shows the keys, q quits.

The findings are read at the start, and again with r. The file of a local store is not
held open in between, so that others can write to it.`,
		Example: `  why403 findings browse
  why403 findings browse --mine 111111111111 --sort count
  why403 findings browse --table why403-FindingsTable-1ABC --region eu-west-1`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.atTerminal(); err != nil {
				return err
			}
			if _, err := c.filter(o.sys.time()); err != nil {
				return err
			}
			for _, account := range mine {
				if len(account) != 12 || strings.Trim(account, "0123456789") != "" {
					return usageError{fmt.Errorf("--mine is %q, want the 12 digits of an account", account)}
				}
			}
			return o.browse(cmd.Context(), &c, mine)
		},
		Annotations: map[string]string{outputs: "text"},
	}
	c.add(cmd)
	cmd.Flags().StringVar(&c.sort, "sort", browse.Sorts()[0], "order at the start: "+oneOf(browse.Sorts()))
	cmd.Flags().StringSliceVar(&mine, "mine", nil, "the accounts that you act for: key 2 shows what waits for them")
	complete(cmd, "sort", browse.Sorts()...)
	complete(cmd, "mine")
	return cmd
}

// atTerminal fails where there is no screen to draw on or no keyboard.
func (o *options) atTerminal() error {
	in, ok := o.sys.stdin.(*os.File)
	if o.sys.columns > 0 && ok && term.IsTerminal(int(in.Fd())) && o.sys.getenv("TERM") != "dumb" {
		return nil
	}
	return usageError{errors.New("findings browse needs a terminal for input and output: use 'why403 findings list', and 'why403 findings show ID'")}
}

func (o *options) browse(ctx context.Context, c *choice, mine []string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // what is still being read when the user quits
	w := &window{o: o, shelf: &shelf{o: o, choice: c}, ctx: ctx}
	name, err := w.shelf.name()
	if err != nil {
		return err
	}
	style := o.style()
	var effects []browse.Effect
	w.model, effects = browse.New(browse.Options{
		Style: style, Store: name, Mine: mine, Sort: c.sort, View: firstView(c),
		Until: untilThen,
		Page: func(cause string, s console.Style) string {
			page, _ := causes.Page(cause)
			return onTerminal(page, s)
		},
	})
	w.first = w.commands(effects)
	profile := colorprofile.ASCII
	if style.Color {
		profile = colorprofile.ANSI
	}
	p := tea.NewProgram(w, tea.WithContext(ctx), tea.WithInput(o.sys.stdin), tea.WithOutput(o.sys.stdout), tea.WithColorProfile(profile))
	if _, err := p.Run(); err != nil && !errors.Is(err, tea.ErrInterrupted) {
		return fmt.Errorf("the terminal: %w", err)
	}
	return w.err
}

// firstView shows everything that was asked for where a status was.
func firstView(c *choice) int {
	if len(c.statuses) > 0 {
		return 5
	}
	return 1
}

// window is the browser in a terminal: it translates keys and sizes, and carries out what
// the browser wants done.
type window struct {
	o     *options
	shelf *shelf
	ctx   context.Context // of the program: bubbletea's commands get none
	model browse.Model
	first tea.Cmd
	err   error // that ended it
}

// Init implements tea.Model.
func (w *window) Init() tea.Cmd { return w.first }

// Update implements tea.Model.
func (w *window) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var happened browse.Msg
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if msg.String() == "ctrl+z" {
			return w, tea.Suspend
		}
		happened = browse.Key(msg.String())
	case tea.PasteMsg:
		happened = browse.Paste(msg.Content)
	case tea.WindowSizeMsg:
		happened = browse.Resize{Width: msg.Width, Height: msg.Height}
	case browse.Msg:
		happened = msg
	default:
		return w, nil
	}
	var effects []browse.Effect
	w.model, effects = w.model.Update(happened, w.o.sys.time())
	return w, w.commands(effects)
}

// View implements tea.Model.
func (w *window) View() tea.View {
	screen := w.model.Screen()
	v := tea.NewView(strings.Join(screen.Lines, "\n"))
	v.AltScreen = true
	if screen.Typing {
		v.Cursor = tea.NewCursor(screen.X, len(screen.Lines)-1)
	}
	return v
}

// commands carries out effects, beside the browser.
func (w *window) commands(effects []browse.Effect) tea.Cmd {
	var all []tea.Cmd
	for _, e := range effects {
		switch e := e.(type) {
		case browse.Load:
			all = append(all, func() tea.Msg {
				found, err := w.shelf.list(w.ctx)
				return browse.Loaded{All: found, Err: err}
			})
		case browse.Get:
			all = append(all, func() tea.Msg {
				f, err := w.shelf.get(w.ctx, e.ID)
				return browse.Got{ID: e.ID, Finding: f, Err: err}
			})
		case browse.Set:
			all = append(all, func() tea.Msg { return w.shelf.set(w.ctx, e) })
		case browse.Copy:
			all = append(all, tea.SetClipboard(e.Text))
		case browse.Quit:
			w.err = e.Err
			all = append(all, tea.Quit)
		}
	}
	return tea.Batch(all...)
}
