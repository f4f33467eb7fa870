package browse_test

import (
	"errors"
	"strings"
	"testing"

	"why403/pkg/browse"
	"why403/pkg/console"
)

// TestScreens holds whole screens. Read them as somebody who sees the browser for the
// first time.
func TestScreens(t *testing.T) {
	for _, tt := range []struct{ name, keys string }{
		{"list", ""},
		{"down", "j j"},
		{"preview-scrolled", "j tab ctrl+d"},
		{"no-preview", "p"},
		{"finding", "enter"},
		{"finding-scrolled", "enter G"},
		{"hostile", "/ 'hostile enter enter"},
		{"help", "?"},
		{"filter", "/ 'acme-data"},
		{"nothing", "4"},
		{"marked", "space space a 'the_data_team_is_at_it"},
		{"acknowledged", "space space a enter"},
		{"suppress-until", "s 'meant_to_be enter 'soon enter"},
		{"suppress-sure", "s 'meant_to_be enter '30d enter"},
		{"commands-of-two", "/ 'bucket_policy enter enter c"},
		{"commands-of-one", "/ 'iam enter c"},
		{"page", "enter o"},
		{"search", "enter / 'identity enter n"},
	} {
		for _, size := range []struct {
			name          string
			width, height int
			style         console.Style
		}{
			{"80x24", 80, 24, console.Style{Unicode: true}},
			{"120x40", 120, 40, console.Style{Unicode: true}},
		} {
			t.Run(tt.name+"-"+size.name, func(t *testing.T) {
				d := sit(t, size.width, size.height, browse.Options{Style: size.style}, some(t)...)
				for _, k := range strings.Fields(tt.keys) {
					if strings.HasPrefix(k, "'") {
						k = strings.ReplaceAll(k, "_", " ")
					}
					d.keys(k)
				}
				golden(t, tt.name+"-"+size.name, d.screen())
			})
		}
	}
	t.Run("list-80x24-ascii", func(t *testing.T) {
		golden(t, "list-80x24-ascii", sit(t, 80, 24, browse.Options{}, some(t)...).screen())
	})
	t.Run("list-120x40-color", func(t *testing.T) {
		d := sit(t, 120, 40, browse.Options{Style: console.Style{Color: true, Unicode: true}}, some(t)...)
		golden(t, "list-120x40-color", d.keys("j", "space", "a", "enter").screen())
	})
}

// TestEverySize walks through everything at sizes that people do not think of. The desk
// checks each screen.
func TestEverySize(t *testing.T) {
	for _, style := range []console.Style{{}, {Color: true, Unicode: true}} {
		for _, width := range []int{1, 31, 32, 45, 60, 80, 109, 110, 160} {
			for _, height := range []int{1, 6, 7, 16, 17, 50} {
				d := sit(t, width, height, browse.Options{Style: style}, some(t)...)
				d.keys("j", "j", "tab", "j", "esc", "/", "'data", "enter", "enter", "G", "o", "esc", "c", "c", "1", "esc", "?", "G", "esc", "s", "'why this is so long that it does not fit anywhere", "enter", "'30d", "enter", "y", "5", "X", "enter")
				if len(d.set) != 2 {
					t.Fatalf("%d × %d: %d changes, want 2", width, height, len(d.set))
				}
			}
		}
	}
}

// TestResize: what one reads stays where it is, and the cursor on its finding.
func TestResize(t *testing.T) {
	d := sit(t, 80, 24, browse.Options{}, many(200)...)
	d.keys("G", "k", "k")
	at := d.ids()
	for _, size := range []browse.Resize{{Width: 80, Height: 50}, {Width: 120, Height: 9}, {Width: 10, Height: 3}, {Width: 0, Height: 0}, {Width: 80, Height: 24}} {
		d.send(size)
	}
	if got := d.line(-2); !strings.HasPrefix(got, "198/200 of 200 findings") {
		t.Errorf("the cursor moved: %s", got)
	}
	if got := d.ids(); len(got) != len(at) {
		t.Errorf("%d rows, before %d", len(got), len(at))
	}
}

// TestBefore is what is seen before there is a list, and if there never is one.
func TestBefore(t *testing.T) {
	d := &desk{TB: t, width: 80, height: 24, now: noon, held: true}
	d.model, _ = browse.New(browse.Options{Store: "findings.db"})
	d.send(browse.Resize{Width: 80, Height: 24})
	d.see("reading the findings")
	d.keys("j", "enter", "a", "/", "'x", "esc", "c", "y", "o", "n", "G", "space", "p", "tab", "?", "esc")
	d.send(browse.Loaded{})
	d.see("no findings: why403 audit records what it explains")

	d = &desk{TB: t, width: 80, height: 24, now: noon}
	d.model, _ = browse.New(browse.Options{})
	want := errors.New("there is no table")
	d.send(browse.Loaded{Err: want})
	if !d.quit || !errors.Is(d.why, want) {
		t.Errorf("quit %v because of %v, want to end with the error", d.quit, d.why)
	}
}

// TestForeignText: names are chosen by whoever made the request, and errors and what is
// typed may have anything in them, too.
func TestForeignText(t *testing.T) {
	const evil = "a\x1b[31m\x1b]52;c;AA\x07\u202e\r\nb"
	all := some(t)
	all[0].Title, all[0].Brief.Account = evil, evil
	all[0].Samples[0].Key = evil
	d := sit(t, 80, 24, browse.Options{Store: evil}, all...)
	d.keys("enter", "esc", "/", "'"+evil, "enter", "esc")
	d.send(browse.Key("/"))
	d.send(browse.Paste(evil))
	d.keys("enter", "esc")
	d.broken = errors.New(evil)
	d.keys("a", "enter", "r", "j", "j", "j", "enter")
	d.see(`\x1b`)
}
