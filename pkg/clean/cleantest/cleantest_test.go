package cleantest_test

import (
	"strings"
	"testing"

	"why403/pkg/clean/cleantest"
)

func TestHostileNames(t *testing.T) {
	names, texts := map[string]bool{}, map[string]string{}
	for _, c := range cleantest.Hostile() {
		if c.Name == "" || names[c.Name] {
			t.Errorf("name %q is empty or taken", c.Name)
		}
		names[c.Name] = true
		if other, ok := texts[c.Text]; ok {
			t.Errorf("%q has the text of %q", c.Name, other)
		}
		texts[c.Text] = c.Name
	}
}

// sample is one output and whether the sink is safe with it.
type sample struct {
	name, output string
	safe         bool
}

func judge(t *testing.T, check func(string) error, samples []sample) {
	t.Helper()
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			t.Helper()
			if err := check(s.output); (err == nil) != s.safe {
				t.Errorf("%q: got %v, safe is %v", s.output, err, s.safe)
			}
		})
	}
}

// unseen are outputs no sink may make.
func unseen() []sample {
	return []sample{
		{"escape character", "a\x1b[31m", false},
		{"carriage return", "a\rb", false},
		{"nul", "a\x00", false},
		{"delete", "a\x7f", false},
		{"C1", "a\u009b", false},
		{"bidi", "a\u202e", false},
		{"bidi isolate", "a\u2066", false},
		{"zero width", "a\u200b", false},
		{"soft hyphen", "a\u00ad", false},
		{"line separator", "a\u2028", false},
		{"no-break space", "a\u00a0", false},
		{"variation selector", "a\ufe0f", false},
		{"tag", "a\U000e0041", false},
		{"filler", "a\u3164", false},
		{"private use", "a\ue000", false},
		{"noncharacter", "a\ufffe", false},
		{"invalid UTF-8", "a\xff", false},
		{"stacked marks", "a" + strings.Repeat("\u0301", 5), false},
	}
}

func TestCheckTerminal(t *testing.T) {
	judge(t, cleantest.CheckTerminal, append(unseen(),
		sample{"document", "DENIED\n\n  who  arn:aws:iam::111111111111:role/é ✓\n", true},
		sample{"shown escape", `a\x1b[31m`, true},
		sample{"replacement character", "\ufffd", true},
		sample{"tab", "a\tb", false},
		sample{"empty", "", true},
	))
}

func TestCheckSubject(t *testing.T) {
	judge(t, cleantest.CheckSubject, append(unseen(),
		sample{"subject", "IAM policy blocks s3:GetObject [why403 7F3K2M]", true},
		sample{"99 characters", strings.Repeat("a", 99), true},
		sample{"100 characters", strings.Repeat("a", 100), false},
		sample{"empty", "", false},
		sample{"line feed", "a\nb", false},
		sample{"beyond ASCII", "é", false},
		sample{"space first", " a", false},
		sample{"space last", "a ", false},
	))
}

func TestCheckMail(t *testing.T) {
	check := func(text string) error {
		return cleantest.CheckMail(text, "https://docs.example.org/why403/", "file://")
	}
	judge(t, check, append(unseen(),
		sample{"document", "Who  arn:aws:s3:::www/a.b\n\n  alice@example.com report.csv s3://b/k \\\n", true},
		sample{"own link", "see https://docs.example.org/why403/x.md", true},
		sample{"own link in brackets", "(HTTPS://docs.example.org/why403/x.md)", true},
		sample{"own file", "--policy file://policy.json", true},
		sample{"broken link", "https[:]//evil[.]example www[.]evil mailto[:]a", true},
		sample{"link", "https://evil.example", false},
		sample{"link after own", "https://docs.example.org/why403/ https://evil.example", false},
		sample{"own scheme inside a word", "profile://x", false},
		sample{"link that contains own", "https://evil.example/?https://docs.example.org/why403/", false},
		sample{"www", "WWW.evil.example", false},
		sample{"mailto", "mailto:a@b", false},
		sample{"server path", `\\evil\share`, false},
		sample{"quoted JSON", `"a\\"`, true},
	))
}

func TestCheckModel(t *testing.T) {
	judge(t, cleantest.CheckModel, append(unseen(),
		sample{"value", "home/report.csv", true},
		sample{"line feed", "a\nb", false},
		sample{"backtick", "a`b", false},
		sample{"tildes", "~~~", false},
		sample{"long", strings.Repeat("a", 201), false},
	))
}

func TestCheckSlack(t *testing.T) {
	check := func(text string) error { return cleantest.CheckSlack(text, "https://docs.example.org/") }
	judge(t, check, append(unseen(),
		sample{"message", "*Denied* `s3:GetObject` on `https://a.b` &lt;!here&gt;\n```\na @here & b\n```", false},
		sample{"message escaped", "*Denied* `s3:GetObject` on `https://a.b @here` &lt;!x&gt;\n```\na &amp; b\n```", true},
		sample{"own link", "<https://docs.example.org/x|cause page> <https://docs.example.org/y>", true},
		sample{"foreign link", "<https://evil.example|cause page>", false},
		sample{"bare link", "https://evil.example", false},
		sample{"channel", "<!channel>", false},
		sample{"channel in code", "`<!channel>`", false},
		sample{"channel in a fence", "```\n<!channel>\n```", false},
		sample{"user", "<@U123>", false},
		sample{"plain mention", "a @Here b", false},
		sample{"code without end", "`a", false},
		sample{"code over two lines", "`a\nb`", false},
		sample{"fence without end", "```a", false},
		sample{"empty code", "``", false},
		sample{"bare ampersand", "a&b", false},
		sample{"bare greater", "a>b", false},
	))
}

func TestCheckCSV(t *testing.T) {
	judge(t, cleantest.CheckCSV, append(unseen(),
		sample{"file", "bucket,count\nacme,1\n'=1,\"a,b\"\n", true},
		sample{"equals", "a,=1\n", false},
		sample{"quoted equals", "a,\"=1\"\n", false},
		sample{"minus", "a,-1\n", false},
		sample{"after spaces", "a,\"  +1\"\n", false},
		sample{"after quotes", "a,\"\"\"=1\"\n", false},
		sample{"full width", "a,＝1\n", false},
		sample{"after semicolon", "a,b;=1\n", false},
		sample{"after semicolon, neutral", "a,b;'=1\n", true},
		sample{"line feed in a cell", "a,\"b\nc\"\n", false},
		sample{"not CSV", "a\"b,c\n", false},
	))
}

func TestCheckHTML(t *testing.T) {
	const data = `<script type="application/json">{"key":"\u003c/script\u003ealert(403)"}</script>`
	judge(t, cleantest.CheckHTML, append(unseen(),
		sample{"document", "<!doctype html>\n<html lang=en><!-- a < b --><p title=\"a>b\" hidden>x &lt;y&gt;</p><br/><a href='#f'>f</a>\n\t</html>", true},
		sample{"own script", `<script>start("a<b")</script><style>p>a{}</style>`, true},
		sample{"data", data, true},
		sample{"data broken out of", `<script type="application/json">{"key":"</script><script>alert(403)</script>"}</script>`, false},
		sample{"script", "<p><script>alert(403)</script></p>", false},
		sample{"script without end", "<script>", false},
		sample{"handler", `<img src=x onerror=alert(403)>`, false},
		sample{"handler after slash", `<svg/onload=alert(403)>`, false},
		sample{"handler after break out", `<p title="" onmouseover="alert(403)" x="">`, false},
		sample{"script URL", `<a href=" JavaScript:alert(403)">x</a>`, false},
		sample{"frame", `<iframe src=x></iframe>`, false},
		sample{"raw less-than", "a < b", false},
		sample{"tag without end", "<p title=\"x", false},
		sample{"tag without end after a name", "<p title", false},
		sample{"tag without end after a sign", "<p title=", false},
		sample{"tag without end after a value", "<p title=x", false},
		sample{"comment without end", "<!-- x", false},
	))
}

// TestChecksFindRawText holds that the corpus and the checks fit each other: a
// sink that lets these texts through as they are must not pass.
func TestChecksFindRawText(t *testing.T) {
	texts := map[string]string{}
	for _, c := range cleantest.Hostile() {
		texts[c.Name] = c.Text
	}
	deceptive := []string{
		"carriage return", "nul", "tab", "every control character", "control sequence introducer (C1)", "ansi colour", "cursor up and erase",
		"hyperlink", "bidi embeddings", "bidi isolates", "bidi marks", "right to left override", "zero width", "byte order mark", "soft hyphen",
		"line separator", "paragraph separator", "tag characters", "variation selectors", "fillers", "private use",
		"unassigned and noncharacter", "combining marks stacked", "lone continuation byte", "overlong slash",
		"surrogate halves", "latin 1", "emoji with joiner", "long key of three byte letters cut inside one",
	}
	for sink, c := range map[string]struct {
		check func(string) error
		found []string
	}{
		"terminal": {cleantest.CheckTerminal, deceptive},
		"subject": {cleantest.CheckSubject, append([]string{
			"empty", "spaces only", "line feed", "homoglyphs", "long key", "accents and scripts",
		}, deceptive...)},
		"mail": {func(s string) error { return cleantest.CheckMail(s) }, append([]string{
			"https link", "link inside words", "link with user", "other schemes", "www", "mailto", "server path",
		}, deceptive...)},
		"slack": {func(s string) error { return cleantest.CheckSlack(s) }, append([]string{
			"slack channel", "slack here", "slack user", "slack group", "slack link", "slack plain mentions",
			"slack code break out", "slack fence break out", "https link", "www", "only a backtick",
		}, deceptive...)},
		"html": {func(s string) error { return cleantest.CheckHTML(`<p title="` + s + `">` + s + `</p>`) }, []string{
			"script", "script in comment", "attribute break out", "image", "svg", "nul", "bidi embeddings", "lone continuation byte",
		}},
		"csv": {func(s string) error {
			return cleantest.CheckCSV(`a,"` + strings.ReplaceAll(s, `"`, `""`) + "\"\n")
		}, append([]string{
			"formula command", "formula plus", "formula minus", "formula at", "formula after tab", "formula after spaces",
			"formula after quote", "formula full width", "formula small form", "formula after semicolon", "line feed",
		}, deceptive...)},
		"model": {cleantest.CheckModel, append([]string{
			"line feed", "prompt injection", "prompt injection fence", "markdown fence tildes", "long key",
		}, deceptive...)},
	} {
		for _, name := range c.found {
			text, ok := texts[name]
			if !ok {
				t.Errorf("no text named %q", name)
			} else if c.check(text) == nil {
				t.Errorf("%s: raw %q passes", sink, name)
			}
		}
	}
}
