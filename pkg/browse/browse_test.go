package browse_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/browse"
	"why403/pkg/clean/cleantest"
	"why403/pkg/console"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
	"why403/pkg/trail"
)

var update = flag.Bool("update", false, "write the screens in testdata anew")

// noon is the time of the tests, the day after the samples.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// desk is a browser with somebody at it, and a store behind it.
type desk struct {
	testing.TB
	model         browse.Model
	width, height int
	style         console.Style
	now           time.Time
	store         []finding.Finding
	broken        error // what the store answers

	pending []browse.Effect // that were not carried out
	held    bool            // nothing is carried out
	asked   []string        // ids that were got
	set     []browse.Set
	copied  []string
	quit    bool
	why     error
}

// sit begins to browse, and waits until the list is there.
func sit(t testing.TB, width, height int, o browse.Options, store ...finding.Finding) *desk {
	t.Helper()
	d := &desk{TB: t, width: width, height: height, style: o.Style, now: noon, store: store}
	if o.Store == "" {
		o.Store = "/home/anna/findings.db"
	}
	o.Until = func(text string, now time.Time) (time.Time, error) {
		if text == "30d" {
			return now.AddDate(0, 0, 30), nil
		}
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return at, fmt.Errorf("%q is no time", text)
		}
		return at, nil
	}
	o.Page = func(cause string, _ console.Style) string {
		if cause == "" {
			return ""
		}
		return "The page about " + cause + "\n"
	}
	var first []browse.Effect
	d.model, first = browse.New(o)
	d.send(browse.Resize{Width: width, Height: height})
	d.work(first)
	return d
}

// send hands a message in, holds the screen to what every screen is held to, and carries
// out what is wanted.
func (d *desk) send(msg browse.Msg) {
	d.Helper()
	var effects []browse.Effect
	d.model, effects = d.model.Update(msg, d.now)
	if size, ok := msg.(browse.Resize); ok {
		d.width, d.height = size.Width, size.Height
	}
	d.check()
	d.work(effects)
}

func (d *desk) work(effects []browse.Effect) {
	d.Helper()
	if d.held {
		d.pending = append(d.pending, effects...)
		return
	}
	for _, e := range effects {
		switch e := e.(type) {
		case browse.Load:
			var all []finding.Finding
			for _, f := range d.store {
				f.Brief = f.InBrief()
				f.Diagnosis, f.Samples, f.Keys = diagnosis.Diagnosis{}, nil, nil
				all = append(all, f)
			}
			d.send(browse.Loaded{All: all, Err: d.broken})
		case browse.Get:
			d.asked = append(d.asked, e.ID)
			f, err := finding.Pick(d.store, e.ID)
			d.send(browse.Got{ID: e.ID, Finding: f, Err: errors.Join(err, d.broken)})
		case browse.Set:
			d.set = append(d.set, e)
			c := browse.Changed{Status: e.Change.Status}
			for _, id := range e.IDs {
				i := slices.IndexFunc(d.store, func(f finding.Finding) bool { return f.ID == id })
				if d.broken != nil {
					c.Failed = append(c.Failed, d.broken)
					continue
				}
				d.store[i] = d.store[i].Change(e.Change)
				c.Done = append(c.Done, d.store[i])
			}
			d.send(c)
		case browse.Copy:
			d.copied = append(d.copied, e.Text)
		case browse.Quit:
			d.quit, d.why = true, e.Err
		}
	}
}

// keys presses keys: names in a row, and what is in quotes is typed letter by letter.
func (d *desk) keys(keys ...string) *desk {
	d.Helper()
	for _, k := range keys {
		text, ok := strings.CutPrefix(k, "'")
		if !ok {
			d.send(browse.Key(k))
			continue
		}
		for _, r := range text {
			if r == ' ' {
				d.send(browse.Key("space"))
			} else {
				d.send(browse.Key(string(r)))
			}
		}
	}
	return d
}

// let carries out what was held back.
func (d *desk) let() {
	d.held = false
	effects := d.pending
	d.pending = nil
	d.work(effects)
}

var colours = regexp.MustCompile("\x1b\\[[0-9]+m")

// check holds for every screen: it fits, foreign text is clean, and there is no colour
// that nobody asked for.
func (d *desk) check() {
	d.Helper()
	screen := d.model.Screen()
	if len(screen.Lines) > d.height {
		d.Errorf("%d lines for %d rows", len(screen.Lines), d.height)
	}
	for _, l := range screen.Lines {
		plain := colours.ReplaceAllString(l, "")
		if !d.style.Color && plain != l {
			d.Errorf("colour: %q", l)
		}
		if n := console.Columns(plain); n > d.width {
			d.Errorf("%d columns of %d: %q", n, d.width, plain)
		}
		if err := cleantest.CheckTerminal(plain); err != nil {
			d.Errorf("%v: %q", err, plain)
		}
		if !d.style.Unicode && strings.ContainsAny(plain, "✓✗–…│─") {
			d.Errorf("symbols beyond ASCII: %q", plain)
		}
		if on := colours.FindAllString(l, -1); len(on) > 0 && on[len(on)-1] != "\x1b[0m" {
			d.Errorf("a colour does not end: %q", l)
		}
	}
	if screen.Typing && (screen.X < 0 || screen.X >= d.width) {
		d.Errorf("the cursor is at column %d of %d", screen.X, d.width)
	}
}

// screen is what is seen.
func (d *desk) screen() string { return strings.Join(d.model.Screen().Lines, "\n") + "\n" }

// line is one line of it, from 0; from the end if it is negative.
func (d *desk) line(i int) string {
	lines := d.model.Screen().Lines
	return lines[(i+len(lines))%len(lines)]
}

// ids are the findings in the list, in order; the one under the cursor has > before it.
func (d *desk) ids() []string {
	var all []string
	for _, l := range d.model.Screen().Lines {
		if m := regexp.MustCompile(`^(>?)[ *]*([0-9A-Z]{8})  `).FindStringSubmatch(l); m != nil {
			all = append(all, m[1]+m[2])
		}
	}
	return all
}

func (d *desk) see(parts ...string) {
	d.Helper()
	for _, p := range parts {
		if !strings.Contains(d.screen(), p) {
			d.Errorf("the screen lacks %q:\n%s", p, d.screen())
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("run go test -update if this is meant:\n%s", diff)
	}
}

// happened is the finding of a sample event, so many times.
func happened(t testing.TB, sample string, times int) finding.Finding {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("../../events", sample+".json"))
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := trail.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	var f finding.Finding
	for i := range times {
		f = f.Apply([]finding.Occurrence{{ID: fmt.Sprint(sample, i), Key: finding.KeyOf(d), Time: d.Time, Operation: d.Operation,
			ObjectKey: d.Key, Address: d.SourceIP, Diagnosis: diagnosis.FromDenial(d)}})
	}
	return f
}

// some are findings, the one seen last first: two with a change of one step, one with a
// change of two, one whose cause is not known, and one with a hostile key.
func some(t testing.TB) []finding.Finding {
	all := []finding.Finding{
		happened(t, "identity-no-allow", 14), happened(t, "bucket-policy-no-allow", 3), happened(t, "missing-object", 1), happened(t, "hostile-key", 2), happened(t, "scp-explicit-deny", 120),
	}
	two := &all[1].Diagnosis.Remedy
	two.Steps = append(slices.Clone(two.Steps), diagnosis.Step{Account: "999999999999", Title: "Narrow the statement that denies",
		Commands: []string{"aws organizations update-policy --policy-id=p-1 --content=file://scp.json", "echo \x1b[31mred"}})
	two.Verified, two.Because = true, "with these 2 changes every check passes"
	slices.SortStableFunc(all, func(a, b finding.Finding) int { return b.LastSeen.Compare(a.LastSeen) })
	return all
}

// many are so many findings.
func many(n int) []finding.Finding {
	all := make([]finding.Finding, n)
	for i := range all {
		k := finding.Key{Requester: fmt.Sprint("111111111111/AROA", i), Place: fmt.Sprint("acme-", i), Class: trail.ClassRead}
		at := noon.Add(-time.Duration(i) * time.Second)
		all[i] = finding.Finding{ID: k.ID(), Key: k, Status: finding.Open, Title: fmt.Sprint("IAM policy: role-", i, ", read on acme-", i), Count: i, FirstSeen: at, LastSeen: at,
			Brief: finding.Brief{Outcome: diagnosis.Explained, Cause: diagnosis.IdentityNoAllow, Account: "111111111111", Bucket: k.Place}}
	}
	return all
}
