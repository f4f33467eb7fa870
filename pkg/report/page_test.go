package report_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"why403/pkg/authz"
	"why403/pkg/diagnosis"
	"why403/pkg/report"
	"why403/pkg/trail"
)

// TestPage opens reports in a browser. Nothing that the page complains about is let pass,
// the content security policy included, nor any request.
func TestPage(t *testing.T) {
	ctx := browser(t)
	page := html(t, items(t))
	t.Run("overview", func(t *testing.T) {
		p := open(t, ctx, page, "")
		if got := p.text("#counted"); !strings.HasPrefix(got, "16 findings, ") {
			t.Errorf("%q", got)
		}
		if n := get[int](p, `document.querySelectorAll('.findings tbody tr').length`); n != 16 {
			t.Errorf("%d rows", n)
		}
		p.click(`[data-key="cause=UNDETERMINED"]`)
		p.wait(`location.hash === '#cause=UNDETERMINED'`)
		if got := p.text("#counted"); !strings.Contains(got, " of 16 findings") {
			t.Errorf("%q", got)
		}
		if pick := get[string](p, `document.querySelector('#pick-cause').value`); pick != "UNDETERMINED" {
			t.Errorf("the filter shows %q", pick)
		}
	})
	t.Run("sorted", func(t *testing.T) {
		p := open(t, ctx, page, "")
		p.click(`[data-sort=count]`)
		counts := get[[]int](p, `[...document.querySelectorAll('.findings td.c-count')].map(c => Number(c.innerText))`)
		if !slices.IsSortedFunc(counts, func(a, b int) int { return b - a }) {
			t.Errorf("not sorted: %v", counts)
		}
		if got := get[string](p, `document.querySelector('th.c-count').getAttribute('aria-sort')`); got != "descending" {
			t.Errorf("aria-sort is %q", got)
		}
		if got := get[string](p, `location.hash`); got != "#sort=-count" {
			t.Errorf("the address is %q", got)
		}
	})
	t.Run("sorted on a phone", func(t *testing.T) {
		p := open(t, ctx, page, "")
		p.size(390, 800)
		if shown := get[bool](p, `document.querySelector('.findings thead').getClientRects().length === 0 && document.querySelector('#pick-sort').getClientRects().length > 0`); !shown {
			t.Error("nothing to sort by is shown")
		}
		get[bool](p, `(() => { const s = document.querySelector('#pick-sort'); s.value = '-count'; return s.dispatchEvent(new Event('change')); })()`)
		p.wait(`location.hash === '#sort=-count'`)
	})
	t.Run("state in the address", func(t *testing.T) {
		p := open(t, ctx, page, "f="+idOf(0)+"&gate=identity&on=1,3&q=acme&sort=id")
		p.wait(`!document.querySelector('#finding').hidden`)
		if got := get[[]string](p, `[...document.querySelectorAll('[role=switch]')].map(s => s.getAttribute('aria-checked'))`); !slices.Equal(got, []string{"true", "false", "true"}) {
			t.Errorf("the switches are %v", got)
		}
		if got := p.text("#panel h4"); got != "identity: passes" {
			t.Errorf("the gate that is open says %q", got)
		}
		p.press(kb.Escape)
		p.wait(`document.querySelector('#finding').hidden`)
		if got := get[string](p, `document.querySelector('#search').value + location.hash`); got != "acme#q=acme&sort=id" {
			t.Errorf("%q", got)
		}
	})
	t.Run("keyboard", func(t *testing.T) { keyboard(t, open(t, ctx, page, "")) })
	for n, file := range []string{threeBlockers, twoBlockers, oneBlocker} {
		t.Run(fmt.Sprint(3-n, " blockers"), func(t *testing.T) {
			switches(t, open(t, ctx, page, "f="+idOf(n)), file)
		})
	}
	t.Run("no case", func(t *testing.T) {
		p := open(t, ctx, page, "f="+idOf(4))
		if got := p.text(".switches"); got != "No case is kept of this finding, so that no change can be tried here." {
			t.Errorf("%q", got)
		}
	})
	t.Run("five blockers", func(t *testing.T) {
		i := item(t, "../diagnosis/testdata/five-blockers.json")
		p := open(t, ctx, html(t, []report.Item{i}), "f="+i.Finding.ID+"&on=2,5")
		if got := p.text("#outcome"); got != "With changes 2 and 5: not computed. Each change alone, the first ones together and all of them were." {
			t.Errorf("%q", got)
		}
		for _, gate := range p.gates() {
			if !strings.HasSuffix(gate, ", not computed") {
				t.Errorf("%q", gate)
			}
		}
		if got := p.text(".switches"); !strings.Contains(got, "Not every combination was: each change alone, the first ones together, and all.") {
			t.Errorf("%q", got)
		}
		p.click(`[data-step="1"]`)
		if got := p.text("#outcome"); !strings.HasPrefix(got, "With change 5: still refused: ") {
			t.Errorf("%q", got)
		}
	})
	t.Run("copy", func(t *testing.T) {
		p := open(t, ctx, page, "f="+idOf(0))
		get[bool](p, `(navigator.clipboard.writeText = async (text) => { window.copied = text; }, true)`)
		p.click(".steps .copy")
		p.wait(`document.querySelector('.steps .copy').textContent === 'Copied'`)
		if got, want := get[string](p, `window.copied`), get[string](p, `document.querySelector('.steps pre').textContent`); got != want || !strings.Contains(got, `"Effect": "Allow"`) {
			t.Errorf("copied %q of %q", got, want)
		}
	})
	t.Run("print", func(t *testing.T) { printed(t, open(t, ctx, page, "f="+idOf(0)+"&gate=identity")) })
	for _, width := range []int64{320, 390, 768} {
		for _, hash := range []string{"", "f=" + idOf(0) + "&gate=identity", "f=" + idOf(3), "f=" + idOf(7)} {
			t.Run(fmt.Sprint(width, " wide ", hash), func(t *testing.T) {
				p := open(t, ctx, page, hash)
				p.size(width, 800)
				if got := get[int64](p, `document.documentElement.scrollWidth`); got > width {
					wide := get[[]string](p, `[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('pre, .scroll, .unseen')).slice(0, 5).map(e => e.tagName + '.' + e.className)`)
					t.Errorf("the page is %d wide: %v", got, wide)
				}
			})
		}
	}
}

// keyboard goes through a report by keys alone.
func keyboard(t *testing.T, p *tab) {
	at := func() string {
		return get[string](p, `document.activeElement.id || document.activeElement.textContent`)
	}
	p.press(kb.Tab)
	if got := at(); got != "skip" {
		t.Errorf("the first stop is %q", got)
	}
	p.press(kb.Enter)
	if got := at(); got != "main" {
		t.Errorf("the skip link leads to %q", got)
	}
	p.press("/")
	if got := at(); got != "search" {
		t.Errorf("/ leads to %q", got)
	}
	get[bool](p, `(document.activeElement.value = '', true)`) // the protocol types what the page did not want typed
	p.press("2", "2", "2", "2")
	p.wait(`location.hash === '#q=2222'`)
	p.press(kb.Escape)
	p.wait(`location.hash === ''`)
	p.focus(".findings td a")
	p.press(kb.ArrowDown)
	second := at()
	p.press(kb.ArrowUp)
	first := at()
	if first == second || first != idOf(0) {
		t.Errorf("the arrows lead to %q and %q", second, first)
	}
	p.press(kb.Enter)
	p.wait(`!document.querySelector('#finding').hidden`)
	if got := get[string](p, `document.activeElement.id`); got != "title" {
		t.Errorf("an opened finding has the focus at %q", got)
	}
	p.focus(".gate")
	p.press(kb.ArrowRight, kb.ArrowRight)
	label := get[string](p, `document.activeElement.textContent`)
	if !strings.HasPrefix(label, "gate 3 of ") {
		t.Errorf("the arrows lead to %q", label)
	}
	p.press(kb.Enter)
	if got := get[string](p, `document.activeElement.getAttribute('aria-expanded') + document.querySelectorAll('#panel h4').length`); got != "true1" {
		t.Errorf("Enter on a gate: %q", got)
	}
	p.press(kb.End)
	if label := get[string](p, `document.activeElement.textContent`); !strings.Contains(label, "key-state") {
		t.Errorf("End leads to %q", label)
	}
	p.focus("[role=switch]")
	p.press(" ")
	if got := get[string](p, `document.activeElement.getAttribute('aria-checked')`); got != "true" {
		t.Errorf("space on a switch: %q", got)
	}
	if got := get[string](p, `document.querySelector('#live').textContent`); got != "With change 1: still refused: bucket-policy, key-policy" {
		t.Errorf("a screen reader is told %q", got)
	}
	p.press(kb.Escape)
	p.wait(`document.querySelector('#finding').hidden`)
	if got := at(); got != first {
		t.Errorf("back in the list the focus is at %q", got)
	}
}

// switches sets every combination of switches, and compares the gates with what is
// decided here.
func switches(t *testing.T, p *tab, file string) {
	c := item(t, file)
	x, trials := diagnosis.WhatIf(trail.FromRequest(*c.Case.Request, c.Case.Context), authz.Compile(c.Case.Evidence), diagnosis.Options{})
	if len(trials) != 1<<len(x.Remedy.Steps) || len(trials) < 2 {
		t.Fatalf("%d trials", len(trials))
	}
	words := map[diagnosis.Verdict]string{diagnosis.Allow: "passes", diagnosis.Deny: "blocks", diagnosis.NotApplicable: "not involved", diagnosis.Unknown: "not known"}
	seen := make(map[string]bool)
	for _, trial := range trials {
		for n := range x.Remedy.Steps {
			want := slices.Contains(trial.Steps, n)
			if get[string](p, fmt.Sprintf(`document.querySelector('[data-step="%d"]').getAttribute('aria-checked')`, n)) != fmt.Sprint(want) {
				p.click(fmt.Sprintf(`[data-step="%d"]`, n))
			}
		}
		got := make(map[string]string)
		for _, label := range p.gates() {
			parts := strings.Split(label, ", ")
			verdict := parts[len(parts)-1]
			if strings.HasPrefix(verdict, "was: ") {
				verdict = parts[len(parts)-2]
			}
			got[parts[1]] = verdict
		}
		for _, g := range diagnosis.Strip(trial.Checks) {
			if got[string(g.Layer)] != words[g.Verdict] {
				t.Errorf("with the steps %v %s is drawn as %q, want %q", trial.Steps, g.Layer, got[string(g.Layer)], words[g.Verdict])
			}
		}
		outcome := p.text("#outcome")
		seen[outcome] = true
		if strings.HasSuffix(outcome, "every check passes") != (trial.Passes.String() == "yes") {
			t.Errorf("with the steps %v it says %q, and the request passes: %s", trial.Steps, outcome, trial.Passes)
		}
	}
	if len(seen) != len(trials) {
		t.Errorf("%d combinations say %d things", len(trials), len(seen))
	}
}

// printed has on paper what is selected, and nothing to press.
func printed(t *testing.T, p *tab) {
	p.paper()
	visible := func(selector string) bool {
		return get[bool](p, fmt.Sprintf(`[...document.querySelectorAll(%s)].some(e => e.getClientRects().length > 0)`, quoteJS(selector)))
	}
	for _, s := range []string{"#overview", "#list", ".copy", ".crumbs", ".tools"} {
		if visible(s) {
			t.Errorf("%s is printed", s)
		}
	}
	for _, s := range []string{".gate", "#panel h4", ".statement pre", ".steps pre", ".proof"} {
		if !visible(s) {
			t.Errorf("%s is not printed", s)
		}
	}
	get[bool](p, `dispatchEvent(new Event('beforeprint'))`)
	if n := get[int](p, `document.querySelectorAll('#finding details:not([open])').length`); n != 0 {
		t.Errorf("%d parts are folded on paper", n)
	}
	p.size(700, 1000)
	if cut := get[[]string](p, `[...document.querySelectorAll('pre')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)`); len(cut) > 0 {
		t.Errorf("cut on paper: %q", cut)
	}
	get[bool](p, `dispatchEvent(new Event('afterprint'))`)
	if n := get[int](p, `document.querySelectorAll('#finding details[open]').length`); n != 0 {
		t.Errorf("%d parts stay open", n)
	}
	if pdf := p.pdf(); len(pdf) < 10_000 {
		t.Errorf("the PDF has %d bytes", len(pdf))
	}
}

// TestAccessible has axe look at the page, light and dark. WHY403_AXE names a folder in
// which npm has installed axe-core.
func TestAccessible(t *testing.T) {
	ctx := browser(t)
	dir := os.Getenv("WHY403_AXE")
	axe, err := os.ReadFile(dir + "/node_modules/axe-core/axe.min.js")
	if dir == "" || err != nil {
		t.Skip("WHY403_AXE names no folder with axe-core: accessibility is not checked")
	}
	page := html(t, items(t))
	for _, hash := range []string{"", "q=nothing+has+this", "f=" + idOf(0) + "&gate=identity", "f=" + idOf(0) + "&on=1,2,3&gate=key-policy", "f=" + idOf(1) + "&gate=bucket-policy", "f=" + idOf(3) + "&gate=bucket-policy", "f=" + idOf(7)} {
		for _, how := range []string{"light", "dark", "phone"} {
			t.Run(how+" "+hash, func(t *testing.T) {
				p := open(t, ctx, page, hash)
				switch how {
				case "dark":
					p.dark()
				case "phone":
					p.size(360, 800)
				}
				p.unguarded()
				get[bool](p, string(axe)+"; true")
				get[bool](p, `for (const d of document.querySelectorAll('details')) d.open = true; true`)
				for _, v := range get[[]string](p, `axe.run().then(r => r.violations.map(v => v.id + ' (' + v.impact + '): ' + v.help + ': ' + v.nodes.slice(0, 3).map(n => n.html + ' ' + n.failureSummary).join(' | ')))`) {
					t.Error(v)
				}
			})
		}
	}
}
