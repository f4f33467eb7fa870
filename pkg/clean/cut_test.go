package clean_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"why403/pkg/clean"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		name             string
		text             string
		max              int
		truncate, middle string
	}{
		{"fits", "acme-data", 9, "acme-data", "acme-data"},
		{"one too long", "acme-data1", 9, "acme-d...", "acm...ta1"},
		{"odd remainder goes to the head", "abcdefghij", 8, "abcde...", "abc...ij"},
		{"runes, not bytes", "日本語日本語", 6, "日本語日本語", "日本語日本語"},
		{"rune borders", "日本語日本語", 5, "日本...", "日...語"},
		{"invalid bytes count", "\xff\xff\xff\xff\xff", 4, "\xff...", "\xff..."},
		{"ellipsis alone does not help", "abcdef", 3, "abc", "abc"},
		{"nothing", "abc", 0, "", ""},
		{"less than nothing", "abc", -1, "", ""},
		{"empty", "", 0, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := clean.Truncate(c.text, c.max); got != c.truncate {
				t.Errorf("Truncate(%q, %d) = %q, want %q", c.text, c.max, got, c.truncate)
			}
			if got := clean.Middle(c.text, c.max); got != c.middle {
				t.Errorf("Middle(%q, %d) = %q, want %q", c.text, c.max, got, c.middle)
			}
		})
	}
}

func TestCutHostile(t *testing.T) {
	overCorpus(t, func(t *testing.T, text string) {
		for max := range 12 {
			cutHolds(t, text, max)
		}
		cutHolds(t, text, 99)
	})
}

func FuzzCut(f *testing.F) {
	f.Add("acme-data", 5)
	f.Add("日本語\xff\xe6", 4)
	f.Fuzz(cutHolds)
}

func cutHolds(t *testing.T, text string, max int) {
	for name, cut := range map[string]func(string, int) string{"Truncate": clean.Truncate, "Middle": clean.Middle} {
		got := cut(text, max)
		if n := utf8.RuneCountInString(got); max >= 0 && n > max || max < 0 && n > 0 {
			t.Errorf("%s(%q, %d) = %q, %d runes", name, text, max, got, n)
		}
		if utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Errorf("%s(%q, %d) = %q cuts a rune", name, text, max, got)
		}
		if again := cut(got, max); again != got {
			t.Errorf("%s(%q, %d) = %q, again %q", name, text, max, got, again)
		}
		if utf8.RuneCountInString(text) <= max && got != text {
			t.Errorf("%s(%q, %d) = %q, though it fits", name, text, max, got)
		}
		if max > 3 && got != text && !strings.Contains(got, "...") {
			t.Errorf("%s(%q, %d) = %q without a mark", name, text, max, got)
		}
	}
}
