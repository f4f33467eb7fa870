package browse_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"why403/pkg/browse"
	"why403/pkg/diagnosis"
	"why403/pkg/finding"
)

// TestMove: the cursor and texts move by the keys that people know from elsewhere, and
// never beyond the ends.
func TestMove(t *testing.T) {
	for _, tt := range []struct {
		keys string
		at   int // the row, from 1
	}{
		{"", 1}, {"j", 2}, {"down down k", 2}, {"up", 1}, {"G", 100}, {"end j", 100}, {"G g", 1}, {"G home", 1}, {"pgdown pgdown", 41}, {"ctrl+d", 11}, {"ctrl+d ctrl+u", 1}, {"pgdown pgup k", 1}, {"n n N", 2},
	} {
		d := sit(t, 80, 24, browse.Options{}, many(100)...)
		d.keys("p") // no preview: 20 rows
		d.keys(strings.Fields(tt.keys)...)
		if want := fmt.Sprintf("%d/100 of 100 findings", tt.at); !strings.HasPrefix(d.line(-2), want) {
			t.Errorf("%q: %q, want %s", tt.keys, d.line(-2), want)
		}
		if rows := d.ids(); len(rows) != 20 || !slices.ContainsFunc(rows, func(r string) bool { return r[0] == '>' }) {
			t.Errorf("%q: %d rows, the cursor among them? %q", tt.keys, len(rows), rows)
		}
	}
}

// TestLevels: enter goes in, esc goes back by one and never quits, q and ctrl+c quit
// wherever one is.
func TestLevels(t *testing.T) {
	all := some(t)
	for _, tt := range []struct{ keys, want string }{
		{"", "findings  "},
		{"enter", "findings > ID  "},
		{"enter o", "findings > ID > CAUSE  "},
		{"enter o ?", "findings > ID > CAUSE > help"},
		{"enter o ? esc", "findings > ID > CAUSE  "},
		{"enter o ? esc esc esc esc esc", "findings  "},
		{"o", "findings > CAUSE  "},
		{"? ?", "findings > help  "},
		{"tab", "findings > preview  "},
		{"tab tab", "findings  "},
		{"tab esc", "findings  "},
		{"tab enter", "findings > ID  "},
		{"p tab", "findings  "},
		{"enter 5", "findings  "},
	} {
		d := sit(t, 120, 24, browse.Options{}, all...)
		d.keys(strings.Fields(tt.keys)...)
		want := strings.NewReplacer("ID", all[0].ID, "CAUSE", all[0].Cause()).Replace(tt.want)
		if !strings.HasPrefix(d.line(0), want) {
			t.Errorf("%q: %q, want %q", tt.keys, d.line(0), want)
		}
		if d.quit {
			t.Errorf("%q quits", tt.keys)
		}
		if d.keys("q"); !d.quit || d.why != nil {
			t.Errorf("%q, then q: does not quit, or with %v", tt.keys, d.why)
		}
	}
	for _, keys := range []string{"", "enter", "/ 'x", "s", "s 'x enter enter", "?"} {
		d := sit(t, 80, 24, browse.Options{}, all...)
		if d.keys(strings.Fields(keys)...).keys("ctrl+c"); !d.quit {
			t.Errorf("%q, then ctrl+c: does not quit", keys)
		}
	}
}

// TestViews: the saved filters are what they say.
func TestViews(t *testing.T) {
	all := many(6)
	all[1].Status = finding.Acknowledged
	all[2] = all[2].Change(finding.StatusChange{Status: finding.Suppressed, Until: noon.Add(time.Hour)})
	all[3] = all[3].Change(finding.StatusChange{Status: finding.Suppressed, Until: noon.Add(-time.Hour)}) // over
	all[4].Status = finding.Resolved
	all[5].Brief = finding.Brief{Outcome: diagnosis.Undetermined}
	all[1].Brief.Account = "222222222222"
	for _, tt := range []struct {
		keys string
		want []int
	}{
		{"", []int{0, 1, 3, 5}},
		{"2", []int{1}},
		{"3", []int{5}},
		{"4", []int{2}},
		{"5", []int{0, 1, 2, 3, 4, 5}},
		{"5 1", []int{0, 1, 3, 5}},
		{"5 / 'acme-4 enter", []int{4}},
		{"5 / 'ROLE-3 enter", []int{3}},
		{"5 / '222222222222 enter", []int{1}},
		{"5 / 'acme-4 esc", []int{0, 1, 2, 3, 4, 5}},
		{"5 / 'acme-4 enter esc", []int{0, 1, 2, 3, 4, 5}},
		{"5 / 'acme-4 enter / ctrl+u enter", []int{0, 1, 2, 3, 4, 5}},
		{"5 / 'acme-44 backspace enter", []int{4}},
		{"5 / 'nowhere enter", nil},
		{"5 / 'role space 'acme-2 enter", []int{2}},
		{"5 / 'role space 'acme-9 ctrl+w 'acme-2 enter", []int{2}},
	} {
		d := sit(t, 80, 40, browse.Options{Mine: []string{"222222222222"}}, all...)
		d.keys(strings.Fields(tt.keys)...)
		var want []string
		for _, i := range tt.want {
			want = append(want, all[i].ID)
		}
		var got []string
		for _, id := range d.ids() {
			got = append(got, strings.TrimPrefix(id, ">"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", tt.keys, diff)
		}
	}
	d := sit(t, 80, 24, browse.Options{}, all...).keys("2")
	d.see("--mine", "[1 open]")
}

// TestSort: each key sorts by its column, again the other way round.
func TestSort(t *testing.T) {
	all := many(3)
	all[0].FirstSeen = noon.Add(-time.Hour)
	all[1].Count, all[1].Status = 99, finding.Acknowledged
	all[2].Brief.Cause, all[2].Brief.Account = diagnosis.BucketPolicyExplicitDeny, ""
	all[0].Brief.Account = "999999999999"
	for _, tt := range []struct {
		keys string
		want []int
	}{
		{"", []int{0, 1, 2}},
		{"L", []int{2, 1, 0}}, // it is by last seen already
		{"C", []int{1, 2, 0}},
		{"C C", []int{0, 2, 1}},
		{"C C C", []int{1, 2, 0}},
		{"C C L", []int{0, 1, 2}},
		{"F", []int{0, 2, 1}},
		{"S", []int{0, 2, 1}},
		{"W", []int{2, 0, 1}},
		{"A", []int{1, 0, 2}},
	} {
		d := sit(t, 80, 40, browse.Options{}, all...)
		at := d.ids()[0]
		d.keys(strings.Fields(tt.keys)...)
		var want, got []string
		for _, i := range tt.want {
			want = append(want, all[i].ID)
		}
		for _, id := range d.ids() {
			got = append(got, strings.TrimPrefix(id, ">"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", tt.keys, diff)
		}
		if !slices.Contains(d.ids(), at) {
			t.Errorf("%q: the cursor left its finding", tt.keys)
		}
	}
}

// TestStatus: a change is asked for, made once, by hand, and shown.
func TestStatus(t *testing.T) {
	for _, tt := range []struct {
		name, keys string
		want       finding.StatusChange // nil Status: nothing is changed
		of         []int
		says       string
	}{
		{"acknowledge", "a enter", finding.StatusChange{Status: finding.Acknowledged}, []int{0}, "is acknowledged"},
		{"with a reason", "a 'known enter", finding.StatusChange{Status: finding.Acknowledged, Reason: "known"}, []int{0}, "is acknowledged"},
		{"resolve", "j x enter", finding.StatusChange{Status: finding.Resolved}, []int{1}, "is resolved"},
		{"reopen", "j X enter", finding.StatusChange{Status: finding.Open}, []int{1}, "is open"},
		{"suppress", "s 'meant enter '30d enter y", finding.StatusChange{Status: finding.Suppressed, Reason: "meant", Until: noon.AddDate(0, 0, 30)}, []int{0}, "is suppressed"},
		{"suppress without an end", "s 'meant enter enter y", finding.StatusChange{Status: finding.Suppressed, Reason: "meant"}, []int{0}, "is suppressed"},
		{"two marked", "space space j a enter", finding.StatusChange{Status: finding.Acknowledged}, []int{0, 1}, "2 findings are acknowledged"},
		{"a mark taken away", "space k space a enter", finding.StatusChange{Status: finding.Acknowledged}, []int{1}, "is acknowledged"},
		{"the open one, not the marked", "space j enter a enter", finding.StatusChange{Status: finding.Acknowledged}, []int{2}, "is acknowledged"},

		{"let be", "a esc", finding.StatusChange{}, nil, "nothing changed"},
		{"let be after a reason", "s 'meant esc", finding.StatusChange{}, nil, "nothing changed"},
		{"let be at the last question", "s 'meant enter enter n", finding.StatusChange{}, nil, "nothing changed"},
		{"not sure is not yes", "s 'meant enter enter enter", finding.StatusChange{}, nil, "y yes, n no"},
		{"suppress without a reason", "s enter", finding.StatusChange{}, nil, "say why"},
		{"suppress until nonsense", "s 'meant enter 'soon enter", finding.StatusChange{}, nil, "is no time"},
		{"suppress until yesterday", "s 'meant enter '2026-11-23 enter", finding.StatusChange{}, nil, "is over"},
		{"marked ones that are not seen", "space / 'acme-2 enter a", finding.StatusChange{}, nil, "marked findings are not shown"},
		{"nothing there", "4 a", finding.StatusChange{}, nil, "no finding here"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := sit(t, 80, 40, browse.Options{}, many(4)...)
			want := []browse.Set(nil)
			if tt.want.Status != "" {
				tt.want.At, tt.want.How = noon, finding.ByHand
				want = []browse.Set{{Change: tt.want}}
				for _, i := range tt.of {
					want[0].IDs = append(want[0].IDs, d.store[i].ID)
				}
			}
			d.keys(strings.Fields(tt.keys)...)
			if diff := cmp.Diff(want, d.set); diff != "" {
				t.Error(diff)
			}
			d.see(tt.says)
		})
	}
}

// TestStatusFails: what could not be changed is said, and is as it was.
func TestStatusFails(t *testing.T) {
	d := sit(t, 80, 24, browse.Options{}, many(4)...)
	d.broken = errors.New("the table is busy")
	d.keys("a", "enter")
	d.see("not changed: the table is busy", "1/4 of 4 findings")
	d.broken = nil
	d.held = true
	d.keys("a", "enter", "a")
	d.see("the last change is still being written")
	d.let()
	d.see("is acknowledged")
}

// TestShownAfterChange: a finding that leaves the view leaves the list, the cursor stays
// where it was, and what is shown of it is read again.
func TestShownAfterChange(t *testing.T) {
	d := sit(t, 80, 24, browse.Options{}, many(4)...)
	d.keys("j", "x", "enter")
	if diff := cmp.Diff([]string{d.store[0].ID, ">" + d.store[2].ID, d.store[3].ID}, d.ids()); diff != "" {
		t.Error(diff)
	}
	d.asked = nil
	d.keys("enter", "a", "'known", "enter")
	d.see("acknowledged: known")
	if diff := cmp.Diff([]string{d.store[2].ID}, d.asked); diff != "" {
		t.Error(diff)
	}
}

// TestCopy: what is copied is what is said, and commands that hide something are not.
func TestCopy(t *testing.T) {
	all := some(t)
	i := slices.IndexFunc(all, func(f finding.Finding) bool { return len(f.Diagnosis.Remedy.Steps) == 2 })
	steps := all[i].Diagnosis.Remedy.Steps
	first := strings.Join(steps[0].Commands, "\n") + "\n"
	second := steps[1].Commands[0] + "\n"
	down := strings.Repeat("j ", i)
	for _, tt := range []struct {
		keys string
		want []string
		says string
	}{
		{"y", []string{all[i].ID}, "copied, if the terminal lets it"},
		{"enter y", []string{all[i].ID}, "copied, if the terminal lets it"},
		{"c", nil, "account 999999999999: Narrow"},
		{"c c", []string{first + second}, "copied, if the terminal lets it"},
		{"c 1", []string{first}, "copied, if the terminal lets it"},
		{"c 2", []string{second}, "1 command"},
		{"c 3", nil, "there are 2 steps"},
		{"Y", []string{all[i].Diagnosis.Cause.Doc}, "https://"},
	} {
		d := sit(t, 120, 40, browse.Options{}, all...)
		d.keys(strings.Fields(down + tt.keys)...)
		if diff := cmp.Diff(tt.want, d.copied); diff != "" {
			t.Errorf("%q: %s", tt.keys, diff)
		}
		d.see(tt.says)
		if strings.Contains(d.screen(), "red") && strings.Contains(d.screen(), "echo") {
			t.Errorf("%q: a command that is not fit to be pasted is shown", tt.keys)
		}
	}
}

// TestLazily: details are read when they are seen, one at a time, and the latest are kept.
func TestLazily(t *testing.T) {
	d := sit(t, 80, 24, browse.Options{}, many(10_000)...)
	d.held = true
	for range 500 {
		d.keys("j")
	}
	if len(d.pending) != 1 {
		t.Fatalf("%d reads under way, want 1", len(d.pending))
	}
	d.asked = nil
	d.let() // and asks for the one under the cursor
	if want := []string{d.store[1].ID, d.store[500].ID}; !slices.Equal(d.asked, want) {
		t.Errorf("asked for %q, want %q", d.asked, want)
	}
	d.asked = nil
	d.keys("k", "j", "k", "j")
	if want := []string{d.store[499].ID}; !slices.Equal(d.asked, want) {
		t.Errorf("asked for %q, want %q", d.asked, want)
	}
	for range 40 {
		d.keys("j")
	}
	d.asked = nil
	d.keys(strings.Fields(strings.Repeat("k ", 40))...)
	if n := len(d.asked); n < 20 || n > 30 {
		t.Errorf("%d of 40 read again: some are kept, and not all", n)
	}
	d.asked = nil
	d.keys("p")
	d.keys(strings.Fields(strings.Repeat("k ", 40))...)
	if len(d.asked) > 0 {
		t.Errorf("without a preview %d are read", len(d.asked))
	}
}

// TestRefresh reads again, stays on its finding, and says if that failed.
func TestRefresh(t *testing.T) {
	d := sit(t, 80, 24, browse.Options{}, many(5)...)
	d.keys("j", "j")
	d.store = append([]finding.Finding{many(7)[6]}, d.store...)
	d.store[3].Count = 4711
	d.keys("r")
	d.see("4/6 of 6 findings", "4711 times")
	d.broken = errors.New("no network")
	d.keys("r")
	d.see("not read again: no network", "4/6 of 6 findings")
}

// TestUnreadable: a finding that cannot be read says so, and is not asked for again and
// again.
func TestUnreadable(t *testing.T) {
	d := sit(t, 80, 24, browse.Options{}, many(5)...)
	d.broken = errors.New("it is gone")
	d.asked = nil
	d.keys("j", "k", "j", "j", "k", "enter")
	d.see("cannot be read: it is gone")
	if len(d.asked) != 2 {
		t.Errorf("asked %d times for 2 findings", len(d.asked))
	}
	d.broken = nil
	d.keys("r")
	d.see("IDENTITY_NO_ALLOW")
}

// TestPaste: what is pasted is an answer, and never a row of keys.
func TestPaste(t *testing.T) {
	d := sit(t, 80, 24, browse.Options{}, many(5)...)
	d.send(browse.Paste("q"))
	d.send(browse.Paste("a\n"))
	if d.quit || len(d.set) > 0 {
		t.Error("pasted text pressed keys")
	}
	d.keys("/")
	d.send(browse.Paste("acme-3\n"))
	if got := d.ids(); len(got) != 1 {
		t.Errorf("filtered to %q", got)
	}
}

// TestHelp names every key, and says of each what it does.
func TestHelp(t *testing.T) {
	d := sit(t, 120, 100, browse.Options{}, many(1)...)
	d.keys("?")
	for _, k := range strings.Fields("up k down j g G ctrl+u ctrl+d / n N enter esc tab ? q ctrl+c r p o y Y a x X s c space 1 2 3 4 5 L F C S W A") {
		found := slices.ContainsFunc(d.model.Screen().Lines, func(l string) bool {
			return strings.HasPrefix(l, "  ") && len(l) > 12 && slices.Contains(strings.Fields(l[:12]), k) && strings.TrimSpace(l[12:]) != ""
		})
		if !found {
			t.Errorf("the help lacks %s", k)
		}
	}
}

func BenchmarkKey(b *testing.B) {
	d := sit(b, 120, 40, browse.Options{}, many(10_000)...)
	for b.Loop() {
		d.model, _ = d.model.Update(browse.Key("j"), noon)
		_ = d.model.Screen()
	}
}

func BenchmarkFilter(b *testing.B) {
	d := sit(b, 120, 40, browse.Options{}, many(10_000)...)
	d.keys("/")
	for b.Loop() {
		d.model, _ = d.model.Update(browse.Key("7"), noon)
		d.model, _ = d.model.Update(browse.Key("backspace"), noon)
		_ = d.model.Screen()
	}
}
