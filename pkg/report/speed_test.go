package report_test

import (
	"testing"
	"time"
)

// TestTenThousand filters and opens 10,000 findings. The figures go to
// docs/performance.md; what is held is only that nobody waits a second.
func TestTenThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	ctx := browser(t)
	const n = 10_000
	began := time.Now()
	page := html(t, many(t, n))
	t.Logf("%d findings in %d bytes, %d for each, made in %s", n, len(page), len(page)/n, time.Since(began).Round(time.Millisecond))
	p := open(t, ctx, page, "")
	t.Logf("loaded in %.0f ms", get[float64](p, `performance.getEntriesByType('navigation')[0].duration`))
	// From the key to the frame that shows what it did.
	timed := func(js string) float64 {
		return get[float64](p, `new Promise(done => {
			const began = performance.now();
			`+js+`;
			requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
		})`)
	}
	typed := func(text string) string {
		return `const s = document.querySelector('#search'); s.value = ` + quoteJS(text) + `; s.dispatchEvent(new Event('input'))`
	}
	for _, of := range []struct{ name, js string }{
		{"one letter typed", typed("a")},
		{"a bucket typed", typed("acme-data-69")},
		{"nothing found", typed("not there at all")},
		{"cleared", typed("")},
		{"a cause picked", `document.querySelector('[data-key="cause=UNDETERMINED"]').click()`},
		{"let go", `document.querySelector('[data-key="cause=UNDETERMINED"]').click()`},
		{"sorted by requester", `document.querySelector('[data-sort=who]').click()`},
		{"next page", `document.querySelector('[data-go=next]').click()`},
	} {
		took := timed(of.js)
		t.Logf("%-20s %4.0f ms, of which the program took %s ms", of.name, took, get[string](p, `document.documentElement.dataset.took`))
		const most = 1000
		if took > most {
			t.Errorf("%s: %.0f ms", of.name, took)
		}
	}
	opened := get[float64](p, `new Promise(done => {
		const began = performance.now();
		document.querySelector('.findings td a').click();
		const look = () => document.querySelector('#finding').hidden ? setTimeout(look) : done(performance.now() - began);
		look();
	})`)
	t.Logf("%-20s %4.0f ms", "a finding opened", opened)
}
