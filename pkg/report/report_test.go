package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"why403/pkg/clean/cleantest"
	"why403/pkg/diagnosis"
	"why403/pkg/evidence"
	"why403/pkg/finding"
	"why403/pkg/report"
)

// TestSelfContained: the page refers to nothing outside, and its policy allows its own
// script and style by their hashes and nothing else.
//
// https://www.w3.org/TR/CSP3/#grammardef-hash-source
func TestSelfContained(t *testing.T) {
	page := string(html(t, items(t)))
	policy := find(t, page, `http-equiv="Content-Security-Policy" content="([^"]*)"`)
	for _, of := range []struct{ directive, element string }{
		{"script-src", find(t, page, `(?s)<script>(.*?)</script>`)},
		{"style-src", find(t, page, `(?s)<style>(.*?)</style>`)},
	} {
		sum := sha256.Sum256([]byte(of.element))
		if want := of.directive + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "';"; !strings.Contains(policy, want) {
			t.Errorf("the policy is %q, want %q in it", policy, want)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %q", policy)
	}
	for _, never := range []string{" src=", "<link", "@import", "url(", "innerHTML", "insertAdjacentHTML", "document.write", "eval(", " style="} {
		if strings.Contains(page, never) {
			t.Errorf("the page has %q", never)
		}
	}
}

func find(t *testing.T, page, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page has no %s", pattern)
	}
	return m[1]
}

// TestSameReport: the same findings make the same page, byte by byte.
func TestSameReport(t *testing.T) {
	if !bytes.Equal(html(t, items(t)), html(t, items(t))) {
		t.Error("the page differs from run to run")
	}
}

// TestNothingBreaksOut puts every hostile text into every text of a finding: the page
// has it as data, and as nothing else. TestHostile looks at it in a browser.
func TestNothingBreaksOut(t *testing.T) {
	for _, c := range cleantest.Hostile() {
		t.Run(c.Name, func(t *testing.T) {
			page, err := report.HTML([]report.Item{hostile(t, c.Text)}, report.Options{Title: c.Text, Store: c.Text, Made: noon()})
			if err != nil {
				t.Fatal(err)
			}
			own := find(t, string(page), `(?s)<script>(.*?)</script>`)
			if err := cleantest.CheckHTML(strings.Replace(string(page), own, "", 1)); err != nil {
				t.Error(err)
			}
		})
	}
}

// hostile is a finding with a text in every field that is foreign.
func hostile(t testing.TB, text string) report.Item {
	t.Helper()
	i := item(t, hostileNames)
	i.Case = nil
	fillStrings(reflect.ValueOf(&i.Finding.Diagnosis).Elem(), text)
	i.Finding.ID = "7F3K0000"
	i.Finding.Title, i.Finding.Key.Place, i.Finding.Status = text, text, finding.Status(text)
	i.Finding.Samples = []finding.Sample{{ID: text, Operation: text, Key: text, Address: text}}
	i.Finding.Prefixes = []finding.PrefixCount{{Prefix: text, Count: 1}}
	i.Finding.Causes = []finding.CauseCount{{Cause: text, Statement: text, Count: 1}}
	i.Finding.History = []finding.StatusChange{{Status: finding.Status(text), By: text, Reason: text}}
	i.Finding.Announced = []string{text}
	return i
}

// fillStrings puts a text into every string that a value holds, but for the few words
// that say what kind of thing it is.
func fillStrings(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		switch v.Interface().(type) {
		case evidence.Layer, diagnosis.Verdict, diagnosis.Outcome, diagnosis.CauseID:
		default:
			v.SetString(text)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for n := range v.NumField() {
			if v.Field(n).CanSet() && v.Type().Field(n).Name != "Format" {
				fillStrings(v.Field(n), text)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return // a statement is JSON
		}
		for n := range v.Len() {
			fillStrings(v.Index(n), text)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			fillStrings(v.Elem(), text)
		}
	default:
	}
}

// TestHostile opens findings full of hostile texts: they are shown as text, and nothing
// in them is alive.
func TestHostile(t *testing.T) {
	ctx := browser(t)
	var all []report.Item
	for n, c := range cleantest.Hostile() {
		i := hostile(t, c.Text)
		i.Finding.ID = idOf(n)
		all = append(all, i)
	}
	page := html(t, all)
	p := open(t, ctx, page, "")
	for n := range all {
		get[bool](p, fmt.Sprintf(`(location.hash = '#f=%s&gate=bucket-policy', true)`, idOf(n)))
		p.wait(fmt.Sprintf(`!document.querySelector('#finding').hidden && document.title.startsWith('%s')`, idOf(n)))
		alive := get[[]string](p, `[...document.querySelectorAll('#finding *')].filter(e =>
			['IMG', 'IFRAME', 'SCRIPT', 'STYLE', 'LINK', 'OBJECT', 'EMBED', 'FORM', 'INPUT', 'BASE', 'META'].includes(e.tagName) ||
			[...e.attributes].some(a => a.name.startsWith('on') || a.name === 'style') ||
			e.tagName === 'A' && !e.getAttribute('href').startsWith('#') && !e.href.startsWith('https://docs.aws.amazon.com/')).map(e => e.outerHTML)`)
		for _, a := range alive {
			t.Errorf("%s: %s", cleantest.Hostile()[n].Name, a)
		}
		get[bool](p, `(document.querySelectorAll('details').forEach(d => { d.open = true; }), true)`)
		for shown := range strings.SplitSeq(p.text("#finding"), "\n") {
			if err := cleantest.CheckTerminal(strings.ReplaceAll(shown, "\t", " ")); err != nil {
				t.Errorf("%s: %v", cleantest.Hostile()[n].Name, err)
			}
		}
	}
}

// TestWithoutDiagnosis: a store forgets diagnoses before findings.
func TestWithoutDiagnosis(t *testing.T) {
	i := item(t, oneBlocker)
	i.Finding.Brief = i.Finding.InBrief()
	i.Finding.Diagnosis = diagnosis.Diagnosis{}
	page := string(html(t, []report.Item{i}))
	for _, want := range []string{`"causes":["KMS_KEY_POLICY_NO_ALLOW"]`, `"why":"KMS key policy"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s: %s", want, find(t, page, `id="data">(.*)</script>`))
		}
	}
	p := open(t, browser(t), []byte(page), "f="+i.Finding.ID)
	if got := p.text("#finding"); !strings.Contains(got, "the diagnosis of this finding is not kept any more") {
		t.Errorf("%s", got)
	}
}

// TestSince leaves out what was seen last before.
func TestSince(t *testing.T) {
	all := items(t)
	r := report.New(report.Options{Made: noon(), Since: all[3].Finding.LastSeen})
	for _, i := range all {
		if err := r.Add(i); err != nil {
			t.Fatal(err)
		}
	}
	if r.Len() != 4 {
		t.Errorf("%d findings, want 4", r.Len())
	}
}

// TestNoFindings is a page too.
func TestNoFindings(t *testing.T) {
	p := open(t, browser(t), html(t, nil), "")
	if got := p.text("#list"); !strings.Contains(got, "There are no findings.") {
		t.Errorf("%q", got)
	}
}

// TestAccountNames: people know accounts by name.
func TestAccountNames(t *testing.T) {
	i := item(t, oneBlocker)
	i.Finding.Diagnosis.AccountNames = map[string]string{"222222222222": "storage"}
	p := open(t, browser(t), html(t, []report.Item{i}), "f="+i.Finding.ID)
	for selector, want := range map[string]string{
		".party:last-child h4": "222222222222 (storage)", ".actor": "must act: account 222222222222 (storage)", ".step": "account 222222222222 (storage): ",
	} {
		if got := p.text(selector); !strings.Contains(got, want) {
			t.Errorf("%s is %q, want %q in it", selector, got, want)
		}
	}
}

// TestTable: commands about findings of a table name it.
func TestTable(t *testing.T) {
	i := item(t, oneBlocker)
	page, err := report.HTML([]report.Item{i}, report.Options{Made: noon(), Table: "why403-findings", Region: "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, browser(t), page, "f="+i.Finding.ID)
	if got, want := p.text(".command pre"), "why403 findings show "+i.Finding.ID+" --table=why403-findings --region=eu-west-1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestOtherCase: switches show what was decided of this diagnosis, or are not there.
func TestOtherCase(t *testing.T) {
	i := item(t, oneBlocker)
	i.Case = item(t, threeBlockers).Case
	p := open(t, browser(t), html(t, []report.Item{i}), "f="+i.Finding.ID)
	if got := p.text(".switches"); got != "The case of this finding is diagnosed otherwise today, so that no change is tried here." {
		t.Errorf("%q", got)
	}
	if n := get[int](p, `document.querySelectorAll('[role=switch]').length`); n != 0 {
		t.Errorf("%d switches", n)
	}
}
