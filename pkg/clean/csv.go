package clean

import (
	"strings"
	"unicode/utf8"
)

// CSV makes s safe as a cell of a CSV file that will be opened in a spreadsheet.
// Quoting is left to encoding/csv, which must write the file.
//
// Guaranteed: all that [Terminal] guarantees, so no tab, carriage return or line
// feed remains; and no cell begins with = + - @ or one of their full-width or
// small forms, not even after spaces and quotes that an import might drop: such
// a cell gets a leading apostrophe, which spreadsheets take as "this is text"
// (https://owasp.org/www-community/attacks/CSV_Injection).
//
// The same holds after every semicolon. Where the decimal sign is a comma,
// spreadsheets split at semicolons, which encoding/csv does not quote.
//
// Two different texts give two different results.
func CSV(s string) string {
	s = visible(s)
	p := patch{s: s}
	for i := 0; ; {
		if formula(s[i:]) {
			p.replace(i, 0, "'")
		}
		next := strings.IndexByte(s[i:], ';')
		if next < 0 {
			return p.String()
		}
		i += next + 1
	}
}

// formula reports whether a spreadsheet could take cell as a formula.
func formula(cell string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, ` '"`))
	switch r {
	case '=', '+', '-', '@',
		'＝', '＋', '－', '＠', // full width, folded to ASCII by East Asian editions
		'﹦', '﹢', '﹣', '﹫': // small forms
		return true
	}
	return false
}
