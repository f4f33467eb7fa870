package report_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is a Chromium without a window; tests are skipped where there is none.
func browser(t testing.TB) context.Context {
	t.Helper()
	path := os.Getenv("WHY403_CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); path == "" && err == nil {
			path = found
		}
	}
	if path == "" {
		t.Skip("there is no Chromium: the page is not tried in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true), chromedp.WSURLReadTimeout(time.Minute))
	allocator, done := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(done)
	ctx, done := chromedp.NewContext(allocator)
	t.Cleanup(done)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting %s: %v", path, err)
	}
	return ctx
}

// tab is an open page. What it complains about fails the test, and so does a request to
// anything but its own file.
type tab struct {
	testing.TB
	ctx context.Context
	url string
}

// open opens a page at an address within it.
func open(t testing.TB, parent context.Context, html []byte, hash string) *tab { //nolint:revive // a test comes first
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, html, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, done := chromedp.NewContext(parent)
	t.Cleanup(done)
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(stop)
	p := &tab{TB: t, ctx: ctx, url: "file://" + file}
	var mu sync.Mutex
	var bad []string
	complain := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		bad = append(bad, fmt.Sprintf(format, args...))
	}
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			complain("exception: %v", e.ExceptionDetails)
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
				complain("%s: %s", e.Entry.Source, e.Entry.Text)
			}
		case *runtime.EventConsoleAPICalled:
			complain("console.%s", e.Type)
		case *network.EventRequestWillBeSent:
			if u := e.Request.URL; u != p.url && !strings.HasPrefix(u, p.url+"#") {
				complain("asked for %s", u)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		for _, b := range bad {
			t.Error(b)
		}
	})
	call(p, network.Enable, network.EnableParams{})
	call(p, log.Enable, cdp.Empty{})
	p.size(1320, 900)
	p.do(chromedp.Navigate(p.url + "#" + hash))
	p.wait(`!document.querySelector('#list').hidden || !document.querySelector('#finding').hidden`)
	return p
}

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.Fatal(err)
	}
}

// call has the browser do something by its protocol.
func call[P, R any](p *tab, command cdp.Command[P, R], params P) {
	p.Helper()
	if _, err := chromedp.Call(p.ctx, command, params); err != nil {
		p.Fatalf("%s: %v", command.Method, err)
	}
}

// get evaluates an expression, and waits for it if it is a promise.
func get[T any](p *tab, js string) T {
	p.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatalf("%s: %v", js[:min(len(js), 200)], err)
	}
	return v
}

func (p *tab) wait(js string) {
	p.Helper()
	for began := time.Now(); !get[bool](p, js); time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 20*time.Second {
			p.Fatalf("never came: %s", js)
		}
	}
}

func (p *tab) press(keys ...string) {
	p.Helper()
	for _, k := range keys {
		p.do(chromedp.KeyEvent(k))
	}
}

func (p *tab) click(selector string) {
	p.Helper()
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

// gates are the labels of the gates, as a screen reader says them.
func (p *tab) gates() []string {
	p.Helper()
	return get[[]string](p, `[...document.querySelectorAll('.gate')].map(b => b.textContent)`)
}

func (p *tab) text(selector string) string {
	p.Helper()
	return get[string](p, fmt.Sprintf(`document.querySelector(%q).innerText`, selector))
}

func quoteJS(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

// dark has the page shown to somebody who likes it dark.
func (p *tab) dark() {
	p.Helper()
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
}

// paper has the page laid out as it is printed.
func (p *tab) paper() {
	p.Helper()
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
}

func (p *tab) size(width, height int64) {
	p.Helper()
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

func (p *tab) focus(selector string) {
	p.Helper()
	get[bool](p, fmt.Sprintf(`document.querySelector(%s).focus(), true`, quoteJS(selector)))
}

// unguarded reloads the page without its content security policy, which would keep a
// test's own scripts out.
func (p *tab) unguarded() {
	p.Helper()
	call(p, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
	p.do(chromedp.Reload())
	p.wait(`document.readyState === 'complete' && (!document.querySelector('#list').hidden || !document.querySelector('#finding').hidden)`)
}

func (p *tab) pdf() []byte {
	p.Helper()
	out, err := chromedp.Run(p.ctx, chromedp.PrintToPDF())
	if err != nil {
		p.Fatal(err)
	}
	return out
}
