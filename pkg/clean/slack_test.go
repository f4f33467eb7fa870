package clean_test

import (
	"regexp"
	"testing"

	"why403/pkg/clean"
	"why403/pkg/clean/cleantest"
)

func TestSlack(t *testing.T) {
	specify(t, clean.Slack, []row{
		{"name", "my_bucket.name/a~1", "my_bucket.name/a~1"},
		{"channel", "<!channel>", "&lt;!channel&gt;"},
		{"user", "<@U123>", "&lt;@U123&gt;"},
		{"link", "<https://evil.example|click>", "&lt;https[:]//evil[.]example|click&gt;"},
		{"escaped once", "&lt;", "&amp;lt;"},
		{"bold", "*b*", `\x2ab\x2a`},
		{"wildcard", "acme/*", `acme/\x2a`},
		{"italic", "_i_ a/_temporary/0", `\x5fi\x5f a/\x5ftemporary/0`},
		{"struck", "~s~", `\x7es\x7e`},
		{"code", "`c`", `\x60c\x60`},
		{"quote", "> q", `\x3e q`},
		{"quote after spaces", "  >>> q", `  \x3e&gt;&gt; q`},
		{"greater", "a > b", "a &gt; b"},
		{"everybody", "@here @Channel x@everyone", `\x40here \x40Channel x\x40everyone`},
		{"address", "alice@example.com", "alice@example.com"},
		{"www", "www.a.b", "www[.]a[.]b"},
		{"backslash before a mark", `\*`, `\\x2a`},
		{"s3 uri", "from s3://b/k", "from s3://b/k"},
		{"s3 uri after a mark", "*s3://b", `\x2as3[:]//b`},
		{"bidi", "a\u202eb", `a\u202eb`},
		{"empty", "", ""},
	})
}

func TestSlackCode(t *testing.T) {
	specify(t, clean.SlackCode, []row{
		{"arn", "arn:aws:s3:::acme_data/*/_x", "arn:aws:s3:::acme_data/*/_x"},
		{"backtick", "a`b", `a\x60b`},
		{"fence", "```", `\x60\x60\x60`},
		{"channel", "<!channel>", "&lt;!channel&gt;"},
		{"ampersand", "a&b", "a&amp;b"},
		{"spaces at the ends", " a b ", `\x20a b\x20`},
		{"one space", " ", `\x20`},
		{"empty", "", `""`},
		{"line break", "a\nb", `a\x0ab`},
	})
}

func TestSlackHostile(t *testing.T) {
	overCorpus(t, slackHolds)
}

func FuzzSlack(f *testing.F) {
	seed(f)
	f.Fuzz(slackHolds)
}

var (
	formatting = regexp.MustCompile("[*`]|(?:^|[^0-9A-Za-z])[_~]|[_~](?:$|[^0-9A-Za-z])")
	quotation  = regexp.MustCompile(`^ *&gt;`)
)

func slackHolds(t *testing.T, text string) {
	got := clean.Slack(text)
	mustSafe(t, text, got, cleantest.CheckSlack(got))
	if mark := formatting.FindString(got); mark != "" {
		t.Errorf("%q became %q: formatting at %q", text, got, mark)
	}
	if quotation.MatchString(got) {
		t.Errorf("%q became %q: a quotation", text, got)
	}
	if !bracketed(text) {
		mustRestore(t, text, got, reveal(relink(slackShows(got))))
	}

	code := clean.SlackCode(text)
	for _, message := range []string{
		"*Denied* `" + code + "` by `" + code + "`",
		"```\n" + code + "\n```\n" + got,
	} {
		if err := cleantest.CheckSlack(message); err != nil {
			t.Errorf("%q became %q: %v", text, message, err)
		}
	}
	if text != "" {
		mustRestore(t, text, code, reveal(slackShows(code)))
	}
}
