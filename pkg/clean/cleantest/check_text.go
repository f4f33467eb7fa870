package cleantest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckTerminal reports what in a finished terminal output, of one or many
// lines, would act on a terminal or deceive its reader. Colour is an escape
// sequence as well, so the output under test has to be made without it.
func CheckTerminal(text string) error {
	return checkVisible(text, "\n")
}

// CheckSubject reports what in a finished subject SNS would refuse or a mail
// system would change: it must be 1 to 99 characters of printable ASCII with no
// space at either end.
func CheckSubject(text string) error {
	if text == "" {
		return fmt.Errorf("empty subject")
	}
	if len(text) >= 100 {
		return fmt.Errorf("subject of %d bytes, SNS takes fewer than 100", len(text))
	}
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c > 0x7E {
			return fmt.Errorf("byte %#02x at %d is not printable ASCII", c, i)
		}
	}
	if strings.TrimSpace(text) != text {
		return fmt.Errorf("space at an end of %q", text)
	}
	return nil
}

// CheckMail reports what in a finished plain-text mail body would deceive its
// reader or become a link. Links that begin with one of own are the program's
// and pass, and so does s3://.
func CheckMail(text string, own ...string) error {
	if err := checkVisible(text, "\n"); err != nil {
		return err
	}
	return checkUnlinked(text, own, "://", "www.", "mailto:", `\\`)
}

// CheckModel reports what in one finished value for a language model breaks the
// promise made for it: one visible line of at most 200 runes without a fence.
func CheckModel(text string) error {
	if err := checkVisible(text, ""); err != nil {
		return err
	}
	if n := utf8.RuneCountInString(text); n > 200 {
		return fmt.Errorf("%d runes", n)
	}
	if strings.Contains(text, "`") || strings.Contains(text, "~~~") {
		return fmt.Errorf("fence in %q", text)
	}
	return nil
}

// checkVisible reports a character a reader cannot see, unless it is in allowed.
func checkVisible(text, allowed string) error {
	marks := 0
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD") {
			return fmt.Errorf("invalid UTF-8 byte %#02x at %d", text[i], i)
		}
		if unseeable(r) && !strings.ContainsRune(allowed, r) {
			return fmt.Errorf("%U at %d", r, i)
		}
		if !unicode.Is(unicode.M, r) {
			marks = 0
			continue
		}
		if marks++; marks > 4 {
			return fmt.Errorf("more than 4 combining marks in a row at %d", i)
		}
	}
	return nil
}

// unseeable lists by category and by name what package clean finds by exclusion.
func unseeable(r rune) bool {
	switch {
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp):
		return true
	case unicode.Is(unicode.Zs, r):
		return r != ' '
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0000 && r <= 0xE0FFF: // variation selectors, tags
		return true
	case r&0xFFFE == 0xFFFE, r >= 0xFDD0 && r <= 0xFDEF: // noncharacters
		return true
	}
	switch r {
	case 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2065, 0x2800, 0x3164, 0xFFA0:
		return true
	}
	return false
}

// checkUnlinked reports where one of signs makes a link of the text around it.
func checkUnlinked(text string, own []string, signs ...string) error {
	lower := strings.ToLower(text)
	for _, sign := range signs {
		for from := 0; ; {
			at := strings.Index(lower[from:], sign)
			if at < 0 {
				break
			}
			at += from
			from = at + len(sign)
			if !ownLink(lower, at, append(own, "s3://")) && linkGoesOn(lower[from:], sign) {
				return fmt.Errorf("link: %q", excerpt(lower, at))
			}
		}
	}
	return nil
}

// ownLink reports whether the sign at index at lies in a word that begins with
// one of the allowed links.
func ownLink(text string, at int, own []string) bool {
	for _, link := range own {
		link = strings.ToLower(link)
		for start := max(0, at-len(link)); start <= at; start++ {
			if strings.HasPrefix(text[start:], link) && start+len(link) > at && (start == 0 || !wordByte(text[start-1])) {
				return true
			}
		}
	}
	return false
}

// linkGoesOn reports whether rest, the text after the sign, makes it a link: a
// sentence may end in "www." and two backslashes may stand in quoted JSON.
func linkGoesOn(rest, sign string) bool {
	switch sign {
	case "www.", `\\`:
		return rest != "" && (wordByte(rest[0]) || rest[0] >= utf8.RuneSelf)
	}
	return true
}

func wordByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func excerpt(text string, at int) string {
	return strings.ToValidUTF8(text[max(0, at-20):min(len(text), at+40)], "")
}
